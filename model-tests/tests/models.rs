//! The tests of the other two builds, as part of a plain `cargo test`.
//!
//! A file for another build is empty without its cfg, and passes: so what the tests print is counted.

#![cfg(not(any(latchless_loom, latchless_steps)))]
#![forbid(unsafe_code)]

use std::path::Path;
use std::{fs, io};

use model_tests::builds::Build;

/// What has something to say in the steps build.
const STEPS: &[&str] = &[
    "stall_steps",
    "stall_unbounded",
    "stall_waiting",
    "stall_semaphore",
    "linear_semaphore",
    "stall_channel",
    "stall_joinable",
    "stall_event",
    "linear_event",
    "stall_lock",
    "stall_bytes",
    "prop_frames",
    "stall_pipe",
    "prop_pipe",
    "linear_bounded",
    "linear_unbounded",
    "linear_waiting",
    "linear_channel",
    "linear_joinable",
    "prop_wrap",
    "memory_timeouts",
    "memory_overlaps",
    "stall_controls",
    "signal_steps",
    "signal_channel",
    "signal_joinable",
];

fn run(build: Build, tests: &[&str], skipped: &[&str]) -> String {
    let said = build
        .run(tests, skipped)
        .unwrap_or_else(|failure| panic!("{failure}"));
    println!("{said}");
    said
}

fn lines_with(said: &str, word: &str) -> usize {
    said.lines().filter(|line| line.starts_with(word)).count()
}

#[test]
fn every_model_passes_and_every_weakened_ordering_is_noticed() {
    // The test of the mutants explores every model before it weakens anything: once is enough.
    let explored_there = ["every_execution_of_every_model"];
    let said = run(Build::Loom, &["loom_*"], &explored_there);
    assert!(
        lines_with(&said, "model ") >= 300,
        "too few models were explored"
    );
    assert!(
        lines_with(&said, "mutant ") >= 120,
        "too few mutants were tried"
    );
    assert!(
        said.contains("a_consumer_that_looks_before_it_pops_is_found_to_fail"),
        "the user's code was not explored"
    );
    assert!(
        lines_with(&said, "lost wake ") >= 4,
        "the known ways to lose a wake were not tried"
    );
}

#[test]
fn what_is_replaced_is_dropped_by_epochs_when_nobody_reads_it() {
    let said = run(Build::Epochs, &["loom_epochs"], &[]);
    let told = [
        "epochs read and replace",
        "epochs replace and replace",
        "epochs control",
    ];
    assert!(
        told.iter().all(|model| said.contains(model)),
        "a model was left out"
    );
}

#[test]
fn every_sweep_and_history_of_the_steps_build_passes() {
    let said = run(Build::Steps, STEPS, &[]);
    let swept = said.lines().filter(|line| line.contains("swept")).count();
    assert!(swept > 200, "the steps build swept too little");
    assert!(
        said.contains("places in the list"),
        "no wait that timed out was counted"
    );
    // Wherever in its line: a harness that runs one test at a time has begun the line.
    let chains = said.lines().filter(|line| line.contains("chain, ")).count();
    assert!(chains >= 25, "the chain was not swept");
    assert!(
        said.contains("a_signal_handler_may_call_between_any_two_steps")
            && said.contains("a_handler_may_call_a_joinable_queue_between_any_two_steps"),
        "no call was interrupted"
    );
}

/// Without its cfg such a file is empty, and passes: nobody would miss it.
#[test]
fn no_file_for_the_steps_build_is_left_out() -> io::Result<()> {
    let mut found = 0;
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"))? {
        let path = file?.path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        if text.lines().any(|line| line == "#![cfg(latchless_steps)]") {
            let name = path.file_stem().expect("it has a name").to_string_lossy();
            assert!(STEPS.contains(&&*name), "{name} is not run");
            found += 1;
        }
    }
    assert!(found >= 10, "only {found} were looked at");
    Ok(())
}
