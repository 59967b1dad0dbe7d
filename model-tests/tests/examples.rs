//! Every example of the library runs to its end, and its last line says what it must.
#![forbid(unsafe_code)]
#![cfg(not(any(latchless_loom, latchless_steps)))]

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Their names, and how each ends.
const EXAMPLES: [(&str, &str); 15] = [
    (
        "async_timeout",
        "8 items sent, sum 36 received: no timeout took one with it",
    ),
    (
        "dumplings",
        "100 dumplings eaten, and the eater knew that it was the last",
    ),
    (
        "food",
        "12 dishes cooked, 12 eaten, 4 of them warmed up before",
    ),
    ("lines", "31 of 1000 lines kept, the last one 961"),
    ("log_collector", "3 workers, 120 lines written, none lost"),
    (
        "ping_pong",
        "the ball was hit 11 times, 6 times from the right",
    ),
    (
        "poll",
        "3 news heard, and then there was nobody any more who could send some",
    ),
    (
        "recursion",
        "3 descents of 5 calls each, none of them interrupted",
    ),
    (
        "room_for_two",
        "6 visits, 4 gave up, never more than 2 inside",
    ),
    ("runtimes", "together:        4000 items, sum 2002000"),
    (
        "ticket_lock",
        "60 tickets sold under the lock, each once; 30 buyers came too late",
    ),
    (
        "tickets",
        "100 tickets sold, each once; 50 buyers came too late",
    ),
    (
        "traffic_light",
        "18 cars waited for green and passed, 1 ran the red light",
    ),
    (
        "too_short",
        "6 messages, 2 of them too long at first, none cut off",
    ),
    ("worker_pool", "9592 primes below 100000"),
];

fn library() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("structures")
}

/// Builds them, and returns where they lie. With the features of the whole workspace, as `cargo test --workspace` has
/// built them already: so there is nothing left to do then.
fn built() -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--examples"])
        .current_dir(library())
        .stdin(Stdio::null())
        .status()
        .expect("cargo can be run");
    assert!(status.success(), "the examples cannot be built");
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("debug/examples")
}

/// What it says; the test fails with it, if the example does.
fn said_by(example: &Path) -> String {
    let output = Command::new(example)
        .stdin(Stdio::null())
        .output()
        .expect("an example can be run");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    let name = example.display();
    assert!(output.status.success(), "{name}: {said}\n{complaint}");
    said
}

#[test]
fn every_example_runs_and_ends_as_it_says() {
    let folder = built();
    for (example, end) in EXAMPLES {
        let said = said_by(
            &folder
                .join(example)
                .with_extension(env::consts::EXE_EXTENSION),
        );
        assert_eq!(said.lines().last(), Some(end), "{example}");
    }
}

#[test]
fn no_example_is_left_out() {
    let files = fs::read_dir(library().join("examples")).expect("there are examples");
    let files: BTreeSet<_> = files
        .map(|file| file.expect("a readable folder").path())
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    let known = EXAMPLES.map(|(name, _)| name.to_owned());
    assert_eq!(files, known.into());
}
