//! The demos by name.

use model_tests::single_step::Unsupported;

use super::race::Race;
use super::{balance, handoff, increments, lost_wakeup, show, stall, tickets};

/// One of the demos.
#[derive(Clone, Copy, Debug)]
pub enum Demo {
    /// A program with a race, and its cures.
    Race(&'static Race),
    /// The thread that is stopped in mid-operation.
    Stall,
}

/// All of them, in the order in which they are best read.
pub static DEMOS: [Demo; 6] = [
    Demo::Race(&balance::RACE),
    Demo::Race(&increments::RACE),
    Demo::Race(&tickets::RACE),
    Demo::Race(&handoff::RACE),
    Demo::Race(&lost_wakeup::RACE),
    Demo::Stall,
];

impl Demo {
    /// What the user types.
    pub fn name(&self) -> &'static str {
        match self {
            Demo::Race(race) => race.name,
            Demo::Stall => stall::NAME,
        }
    }

    /// What happens, in one line.
    pub fn about(&self) -> &'static str {
        match self {
            Demo::Race(race) => race.about,
            Demo::Stall => stall::ABOUT,
        }
    }

    /// Runs it and writes down what was seen.
    ///
    /// # Errors
    ///
    /// [`Unsupported`] where the platform cannot stop a thread in mid-operation.
    pub fn play(&self) -> Result<String, Unsupported> {
        match self {
            Demo::Race(race) => Ok(show(race)),
            Demo::Stall => stall::play(),
        }
    }
}

/// The demo of that name.
pub fn find(name: &str) -> Option<&'static Demo> {
    DEMOS.iter().find(|demo| demo.name() == name)
}
