//! Decides whether a history is linearizable.
//!
//! **The question** Is there an order of all calls that the sequential specification accepts, that keeps each thread's
//! own order, and that puts a call before every call that was invoked after it had returned?
//!
//! **The search** (Wing & Gong, "Testing and verifying concurrent objects", 1993) Build the order from the front. The
//! next call can only be one that was invoked before any remaining call returned; take such a call if the
//! specification accepts its answer in the present state, go on, and step back when stuck.
//!
//! **The memory** (Lowe, "Testing for linearizability", 2017) Two orders of the same calls that lead to the same state
//! have the same futures. So a configuration, which is the set of calls taken and the state, is entered once. Since a
//! thread's calls are taken in its own order, one position a thread says which calls were taken. Configurations are
//! kept whole, not hashed to a word: a collision would refuse a good history.
//!
//! **Cost** exponential in the worst case (the problem is NP-complete), linear when few calls overlap. For long
//! histories of queues see [`crate::queue_rules`].
#![forbid(unsafe_code)]

use std::collections::HashSet;
use std::fmt;

use crate::history::{History, Operation};
use crate::spec::Spec;

/// The place of a call in a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Which thread.
    pub thread: usize,
    /// Which of its calls.
    pub index: usize,
}

/// What the search found.
#[derive(Clone, Debug)]
pub enum Verdict<S> {
    /// An order that the specification accepts. Calls that never returned may be missing from it.
    Linearizable(Vec<Place>),
    /// There is none.
    Refused(Stuck<S>),
    /// The search was stopped before it knew.
    Undecided,
}

/// How far the search came at its farthest: the calls that had been taken, and the state that none of the remaining
/// ones fitted.
#[derive(Clone, Debug)]
pub struct Stuck<S> {
    /// The calls taken, in order.
    pub order: Vec<Place>,
    /// The state after them.
    pub state: S,
}

impl<S> Verdict<S> {
    /// Was an order found?
    pub fn is_linearizable(&self) -> bool {
        matches!(self, Verdict::Linearizable(_))
    }

    /// Is it known that there is no order?
    pub fn is_refused(&self) -> bool {
        matches!(self, Verdict::Refused(_))
    }
}

/// Decides whether `history` could have come from `start`, whatever the search costs.
pub fn linearize<S: Spec>(start: &S, history: &History<S::Call, S::Answer>) -> Verdict<S> {
    linearize_within(start, history, usize::MAX)
}

/// As [`linearize`], but gives up after entering `configurations`.
pub fn linearize_within<S: Spec>(
    start: &S,
    history: &History<S::Call, S::Answer>,
    configurations: usize,
) -> Verdict<S> {
    Search::new(start, history).run(configurations)
}

/// Panics with the whole history and the farthest point of the search unless `history` is linearizable from `start`.
///
/// # Panics
/// As said.
pub fn assert_linearizable<S: Spec>(start: &S, history: &History<S::Call, S::Answer>) {
    if let Verdict::Refused(stuck) = linearize(start, history) {
        panic!("not linearizable from {start:?}:\n{history}\n{stuck}");
    }
}

impl<S: fmt::Debug> fmt::Display for Stuck<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at its farthest, the search took thread.call")?;
        for place in &self.order {
            write!(f, " {}.{}", place.thread, place.index)?;
        }
        write!(f, " and stood before {:?}", self.state)
    }
}

/// A step of the order under construction: the state reached, and the first thread not yet tried from there.
struct Step<S> {
    state: S,
    untried: usize,
}

struct Search<'h, S: Spec> {
    threads: &'h [Vec<Operation<S::Call, S::Answer>>],
    /// How many calls of each thread were taken.
    taken: Vec<usize>,
    /// The threads whose calls were taken, in order; one fewer than `steps`.
    order: Vec<usize>,
    steps: Vec<Step<S>>,
    entered: HashSet<(Vec<usize>, S)>,
    farthest: Stuck<S>,
}

impl<'h, S: Spec> Search<'h, S> {
    fn new(start: &S, history: &'h History<S::Call, S::Answer>) -> Self {
        let threads = history.threads();
        Search {
            threads,
            taken: vec![0; threads.len()],
            order: Vec::new(),
            steps: vec![Step {
                state: start.clone(),
                untried: 0,
            }],
            entered: HashSet::new(),
            farthest: Stuck {
                order: Vec::new(),
                state: start.clone(),
            },
        }
    }

    fn run(mut self, configurations: usize) -> Verdict<S> {
        while let Some(step) = self.steps.last() {
            if self.is_complete() {
                return Verdict::Linearizable(self.places());
            }
            if self.entered.len() >= configurations {
                return Verdict::Undecided;
            }
            match self.next_fit(step) {
                Some((thread, state)) => self.enter(thread, state),
                None => self.step_back(),
            }
        }
        Verdict::Refused(self.farthest)
    }

    /// A call that never returned need not have taken effect.
    fn is_complete(&self) -> bool {
        self.heads().all(|(_, op)| op.answer.is_none())
    }

    /// The first call of each thread that was not taken yet.
    fn heads(&self) -> impl Iterator<Item = (usize, &'h Operation<S::Call, S::Answer>)> {
        self.threads
            .iter()
            .zip(&self.taken)
            .enumerate()
            .filter_map(|(thread, (operations, &taken))| Some((thread, operations.get(taken)?)))
    }

    /// The next thread whose call may come next and fits, and the state behind it.
    fn next_fit(&self, step: &Step<S>) -> Option<(usize, S)> {
        // A thread's returns rise, so the earliest return of all remaining calls is that of a head.
        let first_return = self.heads().map(|(_, op)| op.returned).min()?;
        self.heads()
            .filter(|&(thread, op)| thread >= step.untried && op.invoked < first_return)
            .find_map(|(thread, op)| {
                Some((thread, step.state.after(&op.call, op.answer.as_ref())?))
            })
    }

    fn enter(&mut self, thread: usize, state: S) {
        if let Some(step) = self.steps.last_mut() {
            step.untried = thread + 1;
        }
        self.taken[thread] += 1;
        if !self.entered.insert((self.taken.clone(), state.clone())) {
            self.taken[thread] -= 1;
            return;
        }
        self.order.push(thread);
        self.steps.push(Step { state, untried: 0 });
    }

    fn step_back(&mut self) {
        if let Some(step) = self.steps.pop()
            && self.order.len() >= self.farthest.order.len()
        {
            self.farthest = Stuck {
                order: self.places(),
                state: step.state,
            };
        }
        if let Some(thread) = self.order.pop() {
            self.taken[thread] -= 1;
        }
    }

    fn places(&self) -> Vec<Place> {
        let mut next = vec![0; self.threads.len()];
        self.order
            .iter()
            .map(|&thread| {
                next[thread] += 1;
                Place {
                    thread,
                    index: next[thread] - 1,
                }
            })
            .collect()
    }
}
