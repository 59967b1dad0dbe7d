//! Why the model build makes ghost accesses: without them loom skips interleavings, and says nothing.
#![forbid(unsafe_code)]
#![cfg(latchless_loom)]

use std::collections::BTreeSet;

use model_tests::models::script::Do::{self, Once};
use model_tests::models::script::{Outcome, Script};
use model_tests::models::seat::RING;
use model_tests::outcomes::explore;
use model_tests::spec::fifo::Call::{TryPop, TryPush};

const POP: Do = Once(TryPop);

/// One thread tries to push twice into a queue of one, another to pop twice.
const SCRIPT: Script = Script {
    capacity: 1,
    before: &[],
    threads: &[&[Once(TryPush(1)), Once(TryPush(2))], &[POP, POP]],
};

fn outcomes(ghosts: bool) -> (usize, BTreeSet<Outcome>) {
    latchless::sync::ghosts(ghosts);
    let seen = explore("try_push_and_try_pop", 2, || SCRIPT.run(RING));
    latchless::sync::ghosts(true);
    (seen.executions, seen.outcomes.into_keys().collect())
}

#[test]
fn without_ghosts_outcomes_are_missed_and_with_them_all_are_seen() {
    let allowed = SCRIPT.allowed();
    let (without, some) = outcomes(false);
    let (with, all) = outcomes(true);
    println!(
        "model try_push_and_try_pop: {} of {} outcomes in {without} executions without ghosts, {} in {with} with them",
        some.len(),
        allowed.len(),
        all.len()
    );
    assert!(some.len() < allowed.len(), "loom has learnt to do without");
    assert_eq!(all, allowed);
}
