//! What a demo of a race consists of.

use std::time::Duration;

use model_tests::explore::{Exploration, Explorer, Program};

use super::chase::Chase;

/// One way of writing the program.
#[derive(Clone, Copy, Debug)]
pub struct Version {
    /// The name shown in the table.
    pub name: &'static str,
    /// The program in steps, for the explorer.
    pub program: fn(&mut Program),
    /// The time that so many operations take, on as many real threads as the demo has.
    pub cost: fn(u64) -> Duration,
}

impl Version {
    /// Runs every schedule of the program.
    pub fn explore(&self) -> Exploration {
        Explorer::new().explore(self.program)
    }
}

/// A program that is wrong, and its cures.
#[derive(Clone, Copy, Debug)]
pub struct Race {
    /// What the user types.
    pub name: &'static str,
    /// What happens, in one line.
    pub about: &'static str,
    /// The program, in two lines.
    pub lines: [&'static str; 2],
    /// What the program is to get right.
    pub result: &'static str,
    /// What one operation is called.
    pub operation: &'static str,
    /// How many real threads run it.
    pub threads: usize,
    /// The program as it stands, which fails.
    pub broken: Version,
    /// The same job done right.
    pub mended: [Version; 3],
    /// Runs the broken program on real threads until it fails.
    pub chase: fn() -> Chase,
    /// Why it fails and why the others do not.
    pub why: [&'static str; 2],
}

impl Race {
    /// The broken version, then the mended ones.
    pub fn versions(&self) -> impl Iterator<Item = &Version> {
        std::iter::once(&self.broken).chain(&self.mended)
    }
}

/// A claim about a number.
pub(super) fn expect(expected: i64, got: i64) -> Result<(), String> {
    if got == expected {
        Ok(())
    } else {
        Err(format!("expected {expected}, got {got}"))
    }
}
