//! `cargo model`: all models, with larger bounds than the tests have time for.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use model_tests::builds::BOUND;
use model_tests::builds::Build;

const USAGE: &str = "\
Explores every model of the queue under loom, then weakens every ordering in turn.

usage: cargo model [--bound N] [--record]
       cargo model --help

  --bound N   let each thread be interrupted N times in one execution (2 if nothing is said,
              more where a model asks for more); each more multiplies the time
  --record    write the kill matrix to reports/kill-matrix.json
  --help      this
";

/// Interruptions of a thread in one execution, if nothing is said.
const LARGER: u32 = 2;

fn main() -> ExitCode {
    let mut bound = LARGER;
    let mut record = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" => {
                print!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            "--record" => record = true,
            "--bound" => match arguments.next().and_then(|number| number.parse().ok()) {
                Some(number) => bound = number,
                None => return refuse("--bound needs a number"),
            },
            other => return refuse(&format!("unknown option: {other}")),
        }
    }
    let models = Build::Loom
        .tests(&[
            "loom_bounded",
            "loom_ghosts",
            "loom_lost_wakes",
            "loom_participants",
            "loom_user_code",
        ])
        .env(BOUND, bound.to_string())
        .status();
    let mutants = || {
        let mut command = Build::Loom.tests(&["loom_mutants"]);
        if record {
            command.env("LATCHLESS_RECORD", "1");
        }
        command.status()
    };
    match models.and_then(|models| Ok(models.success() && mutants()?.success())) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo cannot be run: {error}");
            ExitCode::FAILURE
        }
    }
}

fn refuse(why: &str) -> ExitCode {
    eprint!("{why}\n\n{USAGE}");
    ExitCode::from(2)
}
