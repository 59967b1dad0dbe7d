//! Runs tests of this package in another build of the library, from a plain build.
//!
//! The builds are chosen by cfgs, so each has a target directory of its own, and its flags are handed on in the one
//! variable that nothing else overrides: inherited `RUSTFLAGS` are kept, and never replace the cfg.
#![forbid(unsafe_code)]

use std::env;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The variable that raises the preemption bound of every model that has a smaller one.
pub const BOUND: &str = "LATCHLESS_MODEL_BOUND";

/// What separates flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\x1f";

/// A build of the library that is there to be tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Under loom.
    Loom,
    /// With counted steps.
    Steps,
    /// With crossbeam-epoch under loom, and nothing else.
    Epochs,
}

impl Build {
    fn name(self) -> &'static str {
        match self {
            Build::Loom => "loom",
            Build::Steps => "steps",
            Build::Epochs => "epochs",
        }
    }

    fn cfg(self) -> &'static str {
        match self {
            Build::Loom => "latchless_loom",
            Build::Steps => "latchless_steps",
            Build::Epochs => "crossbeam_loom",
        }
    }

    fn flags(self) -> String {
        let inherited = match (env::var("CARGO_ENCODED_RUSTFLAGS"), env::var("RUSTFLAGS")) {
            (Ok(encoded), _) if !encoded.is_empty() => encoded,
            (_, Ok(plain)) => plain.split_whitespace().collect::<Vec<_>>().join(SEPARATOR),
            _ => String::new(),
        };
        let flags = [inherited.as_str(), "--cfg", self.cfg()];
        let flags: Vec<&str> = flags.into_iter().filter(|flag| !flag.is_empty()).collect();
        flags.join(SEPARATOR)
    }

    /// `cargo test` for this build of the package in the folder where it is run.
    pub fn cargo(self) -> Command {
        let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(target) => PathBuf::from(target),
            None => package.with_file_name("target"),
        };
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(["test", "--profile", "proof", "--package", "model-tests"])
            .arg("--target-dir")
            .arg(target.join(self.name()))
            .current_dir(package)
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags())
            .stdin(Stdio::null());
        command
    }

    /// The command that runs the tests whose files match `tests`.
    pub fn tests(self, tests: &[&str]) -> Command {
        let mut command = self.cargo();
        for test in tests {
            command.args(["--test", test]);
        }
        command.args(["--", "--nocapture"]);
        command
    }

    /// Runs them, but for those whose names contain one of `skipped`, and returns what they said; the error holds it
    /// too, when they fail.
    ///
    /// # Errors
    ///
    /// If cargo cannot be run or a test fails.
    pub fn run(self, tests: &[&str], skipped: &[&str]) -> io::Result<String> {
        let mut command = self.tests(tests);
        for name in skipped {
            command.args(["--skip", name]);
        }
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(said);
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(format!("{said}\n{complaint}")))
    }
}
