//! `cargo demo <name>`: watch a race happen, see the schedule that explains it, and its cures.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::process::ExitCode;

use latchless_bench::demo::{DEMOS, find};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(|a| a.to_string_lossy()).collect();
    let wanted = match arguments.as_slice() {
        [only] => only.as_ref(),
        [] => return misused("which demo?"),
        _ => return misused("one demo at a time"),
    };
    match wanted {
        "--help" | "-h" => say(&usage()),
        "--list" => say(&list()),
        name => match find(name) {
            None => misused(&format!("there is no demo `{name}`")),
            Some(demo) => match demo.play() {
                Ok(text) => say(&text),
                Err(unsupported) => {
                    eprintln!("demo {name}: {unsupported}");
                    ExitCode::FAILURE
                }
            },
        },
    }
}

fn misused(complaint: &str) -> ExitCode {
    eprint!("error: {complaint}\n\n{}", usage());
    ExitCode::from(2)
}

fn usage() -> String {
    let names: Vec<&str> = DEMOS.iter().map(|demo| demo.name()).collect();
    format!(
        "usage: cargo demo {} | --list | --help\n\n{}",
        names.join(" | "),
        list()
    )
}

fn list() -> String {
    DEMOS
        .iter()
        .map(|demo| format!("  {:<12}{}\n", demo.name(), demo.about()))
        .collect()
}

/// Prints `text`; a reader that has gone away, such as `head`, is no failure.
fn say(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("error: cannot write: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
