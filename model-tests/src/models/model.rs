//! What is explored, how far, and how much must be seen.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use latchless::sync::fences;

use super::script::{Do, Outcome, Script};
use super::seat::Seat;
use crate::outcomes::{Seen, explore};
use crate::spec::fifo::Call;

/// A model.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Its claim.
    pub name: &'static str,
    /// What happens in one execution.
    pub body: Body,
    /// How often a thread may be interrupted between its own steps, in one execution.
    pub preemptions: usize,
    /// How many executions that makes at least.
    pub executions: usize,
    /// Whether that is enough to reach every outcome that is right.
    pub reaches_all: bool,
    /// Whether the queue's fences take part; see [`fences`].
    pub fences: bool,
}

/// Puts the fences in again, also when a model fails.
struct Fences;

impl Drop for Fences {
    fn drop(&mut self) {
        fences(true);
    }
}

/// What happens in one execution, and which outcomes are right.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// A script, judged by the sequential specification.
    Script {
        /// What the threads do.
        script: Script,
        /// How they come to the queue.
        seat: Seat,
    },
    /// What no script can say: values with destructors, handles that come and go.
    Own {
        /// One execution; it checks what it must and names its outcome.
        run: fn() -> &'static str,
        /// The outcomes that are right.
        right: &'static [&'static str],
    },
}

impl Model {
    /// A model on an empty queue of `capacity`, without threads as yet, that must reach all outcomes that are right.
    pub const fn new(
        name: &'static str,
        capacity: usize,
        seat: Seat,
        preemptions: usize,
        executions: usize,
    ) -> Self {
        let script = Script {
            capacity,
            before: &[],
            threads: &[],
        };
        Model {
            name,
            body: Body::Script { script, seat },
            preemptions,
            executions,
            reaches_all: true,
            fences: true,
        }
    }

    /// A model with a body of its own.
    pub const fn own(
        name: &'static str,
        preemptions: usize,
        executions: usize,
        right: &'static [&'static str],
        run: fn() -> &'static str,
    ) -> Self {
        Model {
            name,
            body: Body::Own { run, right },
            preemptions,
            executions,
            reaches_all: true,
            fences: true,
        }
    }

    /// What the main thread does before.
    pub const fn before(mut self, calls: &'static [Call]) -> Self {
        if let Body::Script { script, .. } = &mut self.body {
            script.before = calls;
        }
        self
    }

    /// What the threads do.
    pub const fn threads(mut self, threads: &'static [&'static [Do]]) -> Self {
        if let Body::Script { script, .. } = &mut self.body {
            script.threads = threads;
        }
        self
    }

    /// Needs more preemptions than it is given to reach all outcomes: those that it reaches must be right, and two at
    /// least if it is given any.
    pub const fn some(mut self) -> Self {
        self.reaches_all = false;
        self
    }

    /// Is right without the queue's fences too, which would hide what its loads acquire.
    pub const fn without_fences(mut self) -> Self {
        self.fences = false;
        self
    }

    /// Explores it, checks all that it states, and says in one line what was explored.
    ///
    /// # Panics
    ///
    /// If an execution ends otherwise than the specification allows, or too little was seen.
    pub fn explore(&self) {
        self.check().report();
    }

    /// As [`explore`](Self::explore), in silence.
    ///
    /// # Panics
    ///
    /// As there.
    pub fn check(&self) -> Seen<Outcome> {
        let body = self.body;
        let right = body.right();
        let expected = right.clone();
        let _restored = Fences;
        fences(self.fences);
        let seen = explore(self.name, self.preemptions, move || {
            let outcome = body.run();
            assert!(
                right.contains(&outcome),
                "no order of the calls gives {outcome:?}\nfrom {body:?}"
            );
            outcome
        });
        seen.at_least(self.executions);
        if self.reaches_all {
            seen.including(&expected);
        } else {
            // Without preemptions the threads run one after the other, and only stale reads differ.
            let least = if self.preemptions > 0 { 2 } else { 1 };
            assert!(
                seen.outcomes.len() >= least,
                "{}: too few outcomes",
                self.name
            );
        }
        seen
    }
}

impl Body {
    fn right(&self) -> BTreeSet<Outcome> {
        match self {
            Body::Script { script, .. } => script.allowed(),
            Body::Own { right, .. } => right.iter().map(|&outcome| named(outcome)).collect(),
        }
    }

    fn run(&self) -> Outcome {
        match self {
            Body::Script { script, seat } => script.run(*seat),
            Body::Own { run, .. } => named(run()),
        }
    }
}

fn named(outcome: &str) -> Outcome {
    vec![vec![outcome.to_owned()]]
}
