//! Lock-freedom of the code as compiled: a thread is stopped at every instruction of an operation,
//! and another must finish its operations within a fixed number of its own instructions. Every
//! answer given meanwhile is checked against the sequential queue.
//!
//! An optimised build is swept without a gap. An unoptimised one has ten times the instructions:
//! there every sweep takes a sample, evenly spread over the operation. Which state a queue is in
//! makes no difference to most instructions, so only the commonest operations are swept in all of
//! them; all operations in all states take minutes and are asked for:
//!
//! ```text
//! cargo test --release -p model-tests --test stall_instructions -- --include-ignored
//! ```

#![cfg(not(any(latchless_loom, latchless_steps)))]

use model_tests::single_step::{Unsupported, supported};
use model_tests::subject::bounded::{ByHandle, ByPool, ByReference, Warm};
use model_tests::subject::lock::StdMutex;
use model_tests::subject::unbounded;
use model_tests::subject::vyukov::Vyukov;
use model_tests::sweep::{Deed, Instructions, Subject, Sweep, Swept};

/// The operations that everybody uses all the time.
const COMMON: &[Deed] = &[Deed::TryPush, Deed::TryPop];

/// The others that handles have.
const BATCHES_AND_FORCE: &[Deed] = &[Deed::ForcePush, Deed::PushMany, Deed::PopMany];

/// Those that take a reference. `close_now` is not among them: it allocates, and a thread that is
/// stopped inside the system's allocator may hold the allocator's lock; the steps build sweeps it.
const QUESTIONS_AND_ENDS: &[Deed] = &[
    Deed::Close,
    Deed::Len,
    Deed::IsEmpty,
    Deed::IsFull,
    Deed::IsClosed,
    Deed::Handle,
];

/// Both ends, empty and full.
const OTHERS: &[Deed] = &[Deed::TryPop, Deed::TryPush, Deed::TryPop];

/// A start state: the capacity, and how many values are inside.
type State = (usize, usize);

/// Empty, half full, full but for one, full.
const EVERYWHERE: &[State] = &[
    (1, 0),
    (1, 1),
    (2, 0),
    (2, 1),
    (2, 2),
    (4, 0),
    (4, 2),
    (4, 3),
    (4, 4),
];

/// The states of a queue of two.
const OF_TWO: &[State] = &[(2, 0), (2, 1), (2, 2)];

/// Room and an item.
const HALF: &[State] = &[(2, 1)];

/// Stops of one sweep of an operation that has more than [`SWEPT_WHOLE`] instructions, in an
/// unoptimised build.
const SAMPLE: u64 = 3;

/// Operations up to this length are swept without a gap in any build.
const SWEPT_WHOLE: u64 = 400;

/// What a push or a pop may take: some times what it does.
const BUDGET: u64 = if cfg!(debug_assertions) {
    20_000
} else {
    2_000
};

/// Sweeps one operation from several start states.
fn sweep<S: Subject>(states: &[State], victim: Deed, budget: u64, sample: u64) -> Swept {
    let mut all = Swept::default();
    for &(capacity, filled) in states {
        let mut sweep = Sweep {
            capacity,
            filled,
            victims: &[victim],
            others: OTHERS,
            budget,
            stride: 1,
            linearizable: true,
        };
        let places = sweep.places::<Instructions, S>();
        if cfg!(debug_assertions) && places > SWEPT_WHOLE {
            sweep.stride = places / sample;
        }
        let swept = sweep.run::<Instructions, S>();
        // The victim meets the same code here and there, but for what other tests do to the
        // process-wide allocator and thread numbers.
        let least = places / sweep.stride / 2;
        assert!(swept.stops >= least, "{swept}, of {places} places");
        all = all.and(swept);
    }
    all
}

fn never_blocks<S: Subject>(name: &str, states: &[State], deeds: &[Deed]) {
    never_blocks_within::<S>(name, states, deeds, BUDGET);
}

fn never_blocks_within<S: Subject>(name: &str, states: &[State], deeds: &[Deed], budget: u64) {
    if !supported() {
        println!("{name}: not swept, {Unsupported}");
        return;
    }
    for &victim in deeds {
        let swept = sweep::<S>(states, victim, budget, SAMPLE);
        println!("{name}, stopped in {victim:?}: {swept} instructions");
        assert_eq!(swept.stalls, 0, "{victim:?}");
    }
}

#[test]
fn no_instruction_of_ours_blocks_another_thread_through_handles() {
    never_blocks::<ByHandle>("handles", EVERYWHERE, COMMON);
    never_blocks::<ByHandle>("handles", OF_TWO, BATCHES_AND_FORCE);
}

/// Nobody is full here. A pop looks again for a while before it goes on without a push that was stopped.
#[test]
fn no_instruction_of_a_push_or_pop_without_bound_blocks_another_thread() {
    let states = &[(1_000, 0), (1_000, 1), (1_000, 2)];
    never_blocks_within::<unbounded::ByHandle<1>>("unbounded", states, COMMON, 5 * BUDGET);
}

#[test]
fn no_instruction_of_ours_blocks_another_thread_through_a_shared_reference() {
    never_blocks::<Warm>("shared reference", OF_TWO, COMMON);
    never_blocks::<Warm>("shared reference", HALF, BATCHES_AND_FORCE);
    never_blocks::<Warm>("shared reference", HALF, QUESTIONS_AND_ENDS);
}

#[test]
fn no_instruction_of_a_threads_first_call_blocks_another_thread() {
    never_blocks::<ByReference>("first call", HALF, COMMON);
    never_blocks::<ByPool>("pool", HALF, COMMON);
}

#[test]
#[ignore = "takes minutes"]
fn no_instruction_of_any_operation_in_any_state_blocks_another_thread() {
    never_blocks::<ByHandle>("handles", EVERYWHERE, BATCHES_AND_FORCE);
    for deeds in [COMMON, BATCHES_AND_FORCE, QUESTIONS_AND_ENDS] {
        never_blocks::<Warm>("shared reference", EVERYWHERE, deeds);
        never_blocks::<ByReference>("first call", EVERYWHERE, deeds);
        never_blocks::<ByPool>("pool", EVERYWHERE, deeds);
    }
}

/// The teeth of the sweep.
fn blocks<S: Subject>(name: &str) {
    if !supported() {
        println!("{name}: not swept, {Unsupported}");
        return;
    }
    let budget = if cfg!(debug_assertions) { 5_000 } else { 600 };
    for &victim in COMMON {
        let swept = sweep::<S>(OF_TWO, victim, budget, 20);
        println!("{name}, stopped in {victim:?}: {swept} instructions");
        assert!(swept.stalls > 0 && swept.stalls < swept.stops);
    }
}

#[test]
fn a_thread_stopped_inside_a_mutex_blocks_the_others() {
    blocks::<StdMutex>("std::sync::Mutex");
}

#[test]
fn a_thread_stopped_between_claim_and_publication_blocks_a_vyukov_ring() {
    blocks::<Vyukov>("Vyukov ring");
}
