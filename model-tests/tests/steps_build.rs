//! Runs the sweeps of the steps build as part of a plain `cargo test`.
//!
//! The steps build is another build of the library (`--cfg latchless_steps`), so it has a target
//! directory of its own, and its flags reach it whatever `RUSTFLAGS` the plain build was given.

#![cfg(not(any(latchless_loom, latchless_steps)))]
#![forbid(unsafe_code)]

use std::env;
use std::path::Path;
use std::process::Command;

/// What separates flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\x1f";

#[test]
fn every_sweep_of_the_steps_build_passes() {
    let inherited = match (env::var("CARGO_ENCODED_RUSTFLAGS"), env::var("RUSTFLAGS")) {
        (Ok(encoded), _) if !encoded.is_empty() => encoded,
        (_, Ok(plain)) => plain.split_whitespace().collect::<Vec<_>>().join(SEPARATOR),
        _ => String::new(),
    };
    let flags = [inherited.as_str(), "--cfg", "latchless_steps"];
    let flags: Vec<&str> = flags.into_iter().filter(|flag| !flag.is_empty()).collect();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("steps");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["test", "--package", "model-tests", "--test", "stall_steps"])
        .arg("--target-dir")
        .arg(target)
        .args(["--", "--nocapture"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join(SEPARATOR))
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Without the cfg the file is empty and passes.
    let swept = said.lines().filter(|line| line.contains("swept"));
    assert!(swept.count() > 20, "the steps build swept nothing");
}
