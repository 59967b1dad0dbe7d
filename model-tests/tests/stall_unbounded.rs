//! Lock-freedom of the unbounded queue, step by step: threads are stopped for ever before each of their accesses to
//! shared memory, alone and in pairs, and another must finish its operations in a bounded number of its own steps, with
//! answers that a sequential queue could have given.
//!
//! Needs `--cfg latchless_steps`; without it, this file is empty.

#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

use latchless::queue::Unbounded;
use model_tests::stall::Steps;
use model_tests::subject::unbounded::{ByHandle, ByReference};
use model_tests::sweep::{Deed, Subject, Sweep, Swept};

/// Every operation.
const DEEDS: [Deed; 9] = [
    Deed::TryPush,
    Deed::TryPop,
    Deed::PushMany,
    Deed::PopMany,
    Deed::Close,
    Deed::CloseNow,
    Deed::Len,
    Deed::IsClosed,
    Deed::Handle,
];

/// Pushes and pops on both sides of empty and of the ends of segments.
const TRAFFIC: &[Deed] = &[
    Deed::TryPop,
    Deed::TryPop,
    Deed::TryPush,
    Deed::TryPush,
    Deed::TryPush,
    Deed::TryPop,
    Deed::TryPop,
    Deed::TryPop,
];

/// All operations but `len`, which is a snapshot; the last ones on a closed queue.
const EVERYTHING: &[Deed] = &[
    Deed::TryPush,
    Deed::PopMany,
    Deed::TryPop,
    Deed::PushMany,
    Deed::Handle,
    Deed::IsClosed,
    Deed::Close,
    Deed::TryPush,
    Deed::TryPop,
    Deed::CloseNow,
    Deed::IsClosed,
];

/// The most steps of any of these operations while all others stand: those of several items, at segments of one slot,
/// each of which is appended, passed and recycled.
const BOUND: u64 = 500;

fn sweep<S: Subject>(victims: &[Deed], others: &[Deed]) -> Swept {
    // A thread's first call of all takes a number that all threads of the process compete for.
    assert!(Unbounded::<u64>::new().is_empty());
    let is_snapshot = |deed: &Deed| *deed == Deed::Len;
    let mut all = Swept::default();
    for filled in 0..3 {
        let sweep = Sweep {
            capacity: 1_000,
            filled,
            victims,
            others,
            budget: BOUND,
            stride: 1,
            linearizable: !victims.iter().chain(others).any(is_snapshot),
        };
        all = all.and(sweep.run::<Steps, S>());
    }
    all
}

fn sweep_alone<S: Subject>(name: &str) {
    let mut all = Swept::default();
    for victim in DEEDS {
        for (others, title) in [(TRAFFIC, "traffic"), (EVERYTHING, "everything")] {
            let swept = sweep::<S>(&[victim], others);
            println!("{name}, stopped in {victim:?}, others do {title}: {swept} steps");
            assert_eq!(swept.stalls, 0, "{victim:?}, {title}");
            all = all.and(swept);
        }
    }
    println!("{name}, one stopped: {all} steps");
    assert!(all.stops > 500, "the sweep was cut short: {all}");
}

#[test]
fn a_stopped_thread_never_blocks_another_through_handles() {
    sweep_alone::<ByHandle<1>>("handles, segments of one slot");
    sweep_alone::<ByHandle<2>>("handles, segments of two");
    sweep_alone::<ByHandle<9>>("handles, one segment");
}

#[test]
fn a_stopped_thread_never_blocks_another_through_a_shared_reference() {
    sweep_alone::<ByReference<1>>("shared reference, segments of one slot");
    sweep_alone::<ByReference<2>>("shared reference, segments of two");
}

/// Every pair of operations, stopped at every pair of steps.
#[test]
fn two_stopped_threads_never_block_a_third() {
    let mut all = Swept::default();
    for first in DEEDS {
        for second in DEEDS {
            let is_long = |deed| matches!(deed, Deed::PushMany | Deed::PopMany | Deed::CloseNow);
            if is_long(first) || is_long(second) {
                continue;
            }
            let swept = sweep::<ByHandle<2>>(&[first, second], TRAFFIC);
            assert_eq!(swept.stalls, 0, "{first:?}, {second:?}");
            all = all.and(swept);
        }
    }
    println!("handles, two stopped: {all} steps");
    assert!(all.stops > 2_000, "the sweep was cut short: {all}");
}
