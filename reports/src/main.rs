//! Measures latchless beside its peers and writes the comparison as a page:
//! `data.json` (every round, raw), `summary.md` (one screen) and `index.html` (one file that
//! needs no network). See [`options::USAGE`].
#![forbid(unsafe_code)]

mod analysis;
mod chart;
mod document;
mod fairness;
mod folder;
mod goals;
mod goals_list;
mod html;
mod kill_matrix;
mod markdown;
mod number;
mod options;
mod page;
mod progress;
mod readme;
mod recorded;
mod run;
mod stall;
mod statistics;
mod svg;
#[cfg(test)]
mod synthetic;
mod verdict;

use std::process::ExitCode;

use latchless_bench::allocator::Counting;

/// What contenders take of memory is counted here.
#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Exit code of a command line that cannot be understood.
const MISUSE: u8 = 2;

fn main() -> ExitCode {
    match run::requested(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(run::Failure::Misuse(what)) => {
            eprint!("{what}\n\n{}", options::USAGE);
            ExitCode::from(MISUSE)
        }
        Err(run::Failure::Failed(what)) => {
            eprintln!("{what}");
            ExitCode::FAILURE
        }
    }
}
