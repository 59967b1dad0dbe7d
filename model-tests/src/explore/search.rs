//! Depth-first search through the schedules of a program, by replay.
#![forbid(unsafe_code)]

use super::program::Program;
use crate::schedule::Schedule;

/// How far to search.
///
/// The default has no preemption bound, and gives up after ten million schedules or, in one
/// schedule, after ten thousand steps.
#[derive(Clone, Debug)]
pub struct Explorer {
    preemption_bound: Option<usize>,
    most_schedules: u64,
    most_steps: usize,
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A claim did not hold in the end: what it found.
    Claim(String),
    /// Nobody could go on: who waits for what.
    Deadlock(String),
}

/// How one run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All threads ended and all claims held.
    Held,
    /// A claim was broken, or the threads locked each other up.
    Failed(Failure),
    /// The run was given up at the limit of steps: perhaps a loop that waits by spinning.
    CutOff,
}

/// A schedule that fails, and all it takes to see it again.
#[derive(Clone, Debug)]
pub struct Failing {
    /// Which thread took each step: the input of [`Explorer::replay`].
    pub choices: Vec<usize>,
    /// Why it fails.
    pub failure: Failure,
    /// Its steps, ready to be printed.
    pub schedule: Schedule,
}

/// What an exploration found.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// How many schedules were run.
    pub schedules: u64,
    /// How many of them failed.
    pub failures: u64,
    /// The shortest one that failed; among equals the one found first.
    pub failing: Option<Failing>,
    /// Whether every schedule within the preemption bound was run to its end.
    pub complete: bool,
}

/// What the replay of one schedule showed.
#[derive(Clone, Debug)]
pub struct Replay {
    /// How it ended.
    pub outcome: Outcome,
    /// Which thread took each step.
    pub choices: Vec<usize>,
    /// Its steps, ready to be printed.
    pub schedule: Schedule,
}

/// One place on the path: the thread that took the step, and those still to be tried there.
struct Choice {
    thread: usize,
    untried: u64,
}

impl Default for Explorer {
    fn default() -> Self {
        Explorer::new()
    }
}

impl Explorer {
    /// An explorer with the default limits.
    pub fn new() -> Explorer {
        Explorer {
            preemption_bound: None,
            most_schedules: 10_000_000,
            most_steps: 10_000,
        }
    }

    /// Leaves out schedules in which threads that could have gone on are interrupted more than
    /// `bound` times. Most bugs need one or two.
    pub fn preemption_bound(mut self, bound: usize) -> Explorer {
        self.preemption_bound = Some(bound);
        self
    }

    /// Stops after `most` schedules; the exploration is then not complete.
    pub fn most_schedules(mut self, most: u64) -> Explorer {
        self.most_schedules = most;
        self
    }

    /// Cuts a run off after `most` steps; the exploration is then not complete.
    pub fn most_steps(mut self, most: usize) -> Explorer {
        self.most_steps = most;
        self
    }

    /// Runs `program` in every order of its steps.
    ///
    /// # Panics
    ///
    /// When the program panics, or does not take the same steps again under the same choices.
    pub fn explore(&self, program: impl Fn(&mut Program)) -> Exploration {
        let mut path = Vec::new();
        let mut shortest: Option<Vec<usize>> = None;
        let mut found = Exploration {
            schedules: 0,
            failures: 0,
            failing: None,
            complete: true,
        };
        loop {
            if found.schedules == self.most_schedules {
                found.complete = false;
                break;
            }
            found.schedules += 1;
            match self.run(&program, &mut path, false).0 {
                Outcome::Held => {}
                Outcome::CutOff => found.complete = false,
                Outcome::Failed(_) => {
                    found.failures += 1;
                    if shortest.as_ref().is_none_or(|best| path.len() < best.len()) {
                        shortest = Some(threads(&path));
                    }
                }
            }
            if !advance(&mut path) {
                break;
            }
        }
        found.failing = shortest.map(|choices| self.failing(&choices, &program));
        found
    }

    /// Runs `program` once, by `choices` as far as they go, then by the lowest thread that can.
    ///
    /// # Panics
    ///
    /// When a chosen thread cannot take a step at that point.
    pub fn replay(&self, choices: &[usize], program: impl Fn(&mut Program)) -> Replay {
        let chosen = choices.iter().map(|&thread| Choice { thread, untried: 0 });
        let mut path = chosen.collect();
        let (outcome, schedule) = self.run(&program, &mut path, true);
        Replay {
            outcome,
            choices: threads(&path),
            schedule,
        }
    }

    /// Runs the schedule again, this time with its steps written down.
    fn failing(&self, choices: &[usize], program: &impl Fn(&mut Program)) -> Failing {
        let replay = self.replay(choices, program);
        let Outcome::Failed(failure) = replay.outcome else {
            panic!("the program is not deterministic: a failing schedule did not fail again");
        };
        Failing {
            choices: replay.choices,
            failure,
            schedule: replay.schedule,
        }
    }

    /// Follows `path`, and beyond its end appends to it.
    fn run(
        &self,
        program: &impl Fn(&mut Program),
        path: &mut Vec<Choice>,
        recording: bool,
    ) -> (Outcome, Schedule) {
        let mut run = Program::default();
        program(&mut run);
        run.start(recording);
        let outcome = self.drive(&mut run, path);
        (outcome, run.into_schedule())
    }

    fn drive(&self, run: &mut Program, path: &mut Vec<Choice>) -> Outcome {
        let mut last = None;
        let mut preemptions = 0;
        for depth in 0..=self.most_steps {
            let enabled = run.enabled();
            if enabled == 0 {
                assert!(depth >= path.len(), "{NOT_THE_SAME}");
                return match run.stuck() {
                    Some(who) => Outcome::Failed(Failure::Deadlock(who)),
                    None => match run.verdict() {
                        Ok(()) => Outcome::Held,
                        Err(found) => Outcome::Failed(Failure::Claim(found)),
                    },
                };
            }
            if depth == self.most_steps {
                break;
            }
            let could_go_on = last.map_or(0, |thread: usize| enabled & bit(thread));
            let spent = self
                .preemption_bound
                .is_some_and(|most| preemptions >= most);
            let allowed = if spent && could_go_on != 0 {
                could_go_on
            } else {
                enabled
            };
            if depth == path.len() {
                path.push(Choice::lowest_of(allowed));
            }
            let thread = path[depth].thread;
            assert!(enabled & bit(thread) != 0, "{NOT_THE_SAME}");
            if could_go_on != 0 && last != Some(thread) {
                preemptions += 1;
            }
            run.step(thread);
            last = Some(thread);
        }
        Outcome::CutOff
    }
}

const NOT_THE_SAME: &str = "the program did not take the same steps under the same choices";

impl Choice {
    fn lowest_of(threads: u64) -> Choice {
        Choice {
            thread: threads.trailing_zeros() as usize,
            untried: threads & (threads - 1),
        }
    }
}

/// Turns the path to the next schedule; `false` when there is none.
fn advance(path: &mut Vec<Choice>) -> bool {
    while let Some(choice) = path.pop() {
        if choice.untried != 0 {
            path.push(Choice::lowest_of(choice.untried));
            return true;
        }
    }
    false
}

/// Nobody's bit for a number that no thread has.
fn bit(thread: usize) -> u64 {
    1_u64.checked_shl(thread as u32).unwrap_or(0)
}

fn threads(path: &[Choice]) -> Vec<usize> {
    path.iter().map(|choice| choice.thread).collect()
}
