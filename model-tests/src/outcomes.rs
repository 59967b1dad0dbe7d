//! Runs a model under loom, keeps every outcome it saw, and refuses a model that saw too little.
//!
//! A model that explores nothing passes. So each says which outcomes must be seen, which may be, and how many
//! executions it takes at least; "passed with 1 execution" is a failure here.
//!
//! **Is the exploration complete?** loom stops *with success* at a limit on time or on executions, and takes such
//! limits from the environment. [`explore`] sets them all itself: no limit on either, so that the search can only end
//! because nothing is left within the preemption bound; too many branches in one execution are a panic.
//!
//! The outcomes are kept in a `std` mutex, which loom does not see: keeping them adds no order to the model.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::builds::BOUND;

/// What an exploration says that was too small: its model has proved nothing, but it has found nothing wrong either.
pub(crate) const TOO_SMALL: &str = "were expected at least";

/// What the exploration of a model found.
#[derive(Clone, Debug)]
pub struct Seen<O> {
    /// The model.
    pub name: String,
    /// How many executions were explored; all that the preemption bound allows.
    pub executions: usize,
    /// How many executions ended with each outcome.
    pub outcomes: BTreeMap<O, usize>,
    /// How long it took.
    pub took: Duration,
}

/// The bound that holds for a model that asks for `preemptions`.
fn bound(preemptions: usize) -> usize {
    let raised = std::env::var(BOUND).ok().map(|text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{BOUND} is a number, not {text:?}"))
    });
    // A model without preemptions is about stale reads alone, and would never end with them.
    if preemptions == 0 {
        return 0;
    }
    preemptions.max(raised.unwrap_or(0))
}

/// Runs every execution of `body` with at most `preemptions` preemptions.
///
/// # Panics
///
/// Where an execution panics, races, leaks or deadlocks.
pub fn explore<O>(
    name: &str,
    preemptions: usize,
    body: impl Fn() -> O + Send + Sync + 'static,
) -> Seen<O>
where
    O: Ord + Send + 'static,
{
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(bound(preemptions));
    builder.max_branches = 100_000;
    builder.max_threads = loom::MAX_THREADS;
    builder.max_duration = None;
    builder.max_permutations = None;
    builder.checkpoint_file = None;
    builder.expect_explicit_explore = false;
    let outcomes = Arc::new(Mutex::new(BTreeMap::new()));
    let kept = outcomes.clone();
    let began = Instant::now();
    builder.check(move || {
        let outcome = body();
        *kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(outcome)
            .or_insert(0) += 1;
    });
    let took = began.elapsed();
    let outcomes = std::mem::take(&mut *outcomes.lock().unwrap_or_else(PoisonError::into_inner));
    Seen {
        name: name.to_owned(),
        executions: outcomes.values().sum(),
        outcomes,
        took,
    }
}

impl<O: Ord + Debug> Seen<O> {
    /// Says in one line what was explored.
    pub fn report(&self) -> &Self {
        println!(
            "model {}: {} executions, {} outcomes, {:.1} s",
            self.name,
            self.executions,
            self.outcomes.len(),
            self.took.as_secs_f64()
        );
        self
    }

    /// Refuses an exploration of fewer than `executions`.
    ///
    /// # Panics
    ///
    /// If there were fewer.
    pub fn at_least(&self, executions: usize) -> &Self {
        assert!(
            self.executions >= executions,
            "{}: {} executions, but {executions} {TOO_SMALL}",
            self.name,
            self.executions
        );
        self
    }

    /// Refuses an exploration that missed one of `expected`.
    ///
    /// # Panics
    ///
    /// If one was missed.
    pub fn including(&self, expected: &BTreeSet<O>) -> &Self {
        let missed: Vec<_> = expected
            .iter()
            .filter(|outcome| !self.outcomes.contains_key(outcome))
            .collect();
        assert!(
            missed.is_empty(),
            "{}: never seen: {missed:?}\nseen: {:?}",
            self.name,
            self.outcomes
        );
        self
    }

    /// Refuses an exploration that saw anything but `allowed`.
    ///
    /// # Panics
    ///
    /// If it saw something else.
    pub fn only(&self, allowed: &BTreeSet<O>) -> &Self {
        let wrong: Vec<_> = self
            .outcomes
            .keys()
            .filter(|outcome| !allowed.contains(outcome))
            .collect();
        assert!(
            wrong.is_empty(),
            "{}: must not happen: {wrong:?}",
            self.name
        );
        self
    }
}
