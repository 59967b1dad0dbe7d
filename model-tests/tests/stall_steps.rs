//! Lock-freedom, step by step: threads are stopped for ever before any of their accesses to shared
//! memory, alone and in pairs, and another thread must get on in a bounded number of its own steps.
//!
//! Run with `--cfg latchless_steps`.

#![cfg(latchless_steps)]

use model_tests::stall::Steps;
use model_tests::subject::bounded::{ByHandle, ByReference};
use model_tests::subject::lock::Spin;
use model_tests::subject::vyukov::Vyukov;
use model_tests::sweep::{Deed, Subject, Sweep, Swept};

/// What another thread does while the victim stands: both ends, Full and Empty included.
const OTHERS: &[Deed] = &[
    Deed::TryPush,
    Deed::TryPop,
    Deed::TryPop,
    Deed::TryPush,
    Deed::TryPush,
    Deed::TryPop,
];

fn sweep<S: Subject>(capacities: &[usize], victims: &[Deed], budget: u64) -> Swept {
    let mut all = Swept::default();
    for &capacity in capacities {
        let mut states = vec![0, capacity / 2, capacity - 1, capacity];
        states.dedup();
        for filled in states {
            let sweep = Sweep {
                capacity,
                filled,
                victims,
                others: OTHERS,
                budget,
                stride: 1,
                linearizable: true,
            };
            all = all.and(sweep.run::<Steps, S>());
        }
    }
    all
}

/// Every operation of ours.
const DEEDS: [Deed; 10] = [
    Deed::TryPush,
    Deed::TryPop,
    Deed::ForcePush,
    Deed::PushMany,
    Deed::PopMany,
    Deed::Close,
    Deed::CloseNow,
    Deed::Len,
    Deed::IsClosed,
    Deed::Handle,
];

fn sweep_alone<S: Subject>(name: &str, floor: u64) {
    let mut all = Swept::default();
    for victim in DEEDS {
        let swept = sweep::<S>(&[1, 2, 3, 4], &[victim], 100);
        println!("{name}, {victim:?}: {swept} steps");
        assert_eq!(swept.stalls, 0, "{victim:?}");
        all = all.and(swept);
    }
    println!("{name}, one stopped: {all} steps");
    assert!(all.stops >= floor, "the sweep was cut short: {all}");
}

#[test]
fn a_stopped_thread_never_blocks_another_through_handles() {
    sweep_alone::<ByHandle>("handles", 300);
}

#[test]
fn a_stopped_thread_never_blocks_another_through_a_shared_reference() {
    sweep_alone::<ByReference>("shared reference", 300);
}

#[test]
fn two_stopped_threads_never_block_a_third() {
    let mut all = Swept::default();
    for first in DEEDS {
        for second in DEEDS {
            let swept = sweep::<ByReference>(&[1, 2, 3], &[first, second], 100);
            assert_eq!(swept.stalls, 0, "{first:?}, {second:?}");
            all = all.and(swept);
            let swept = sweep::<ByHandle>(&[1, 2, 3], &[first, second], 100);
            assert_eq!(swept.stalls, 0, "{first:?}, {second:?}");
            all = all.and(swept);
        }
    }
    println!("pairs: {all} steps");
}

#[test]
fn a_thread_stopped_between_claim_and_publication_stops_a_vyukov_ring() {
    for victim in [Deed::TryPush, Deed::TryPop] {
        let swept = sweep::<Vyukov>(&[2, 3, 4], &[victim], 200);
        println!("Vyukov, {victim:?}: {swept} steps");
        assert!(swept.stops > 10 && swept.stalls > 0 && swept.stalls < swept.stops);
    }
}

#[test]
fn a_thread_stopped_under_a_spin_lock_stops_a_locked_queue() {
    for victim in [Deed::TryPush, Deed::TryPop] {
        let swept = sweep::<Spin>(&[1, 2, 4], &[victim], 200);
        println!("spin lock, {victim:?}: {swept} steps");
        assert!(swept.stops > 10 && swept.stalls > 0 && swept.stalls < swept.stops);
    }
}
