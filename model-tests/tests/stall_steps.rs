//! Lock-freedom, step by step: threads are stopped for ever before each of their accesses to shared
//! memory, alone and in pairs, and another thread must finish its operations in a bounded number of
//! its own steps. Every answer given meanwhile is checked against the sequential queue.
//!
//! Needs `--cfg latchless_steps`; without it, this file is empty.

#![cfg(latchless_steps)]

use latchless::queue::{Bounded, Handle};
use model_tests::single_step::Reached;
use model_tests::stall::{Steps, Stop, checked};
use model_tests::subject::bounded::{ByHandle, ByPool, ByReference};
use model_tests::subject::lock::Spin;
use model_tests::subject::vyukov::Vyukov;
use model_tests::sweep::{BATCH, Deed, Subject, Sweep, Swept};
use std::thread;

/// Every operation of ours.
const DEEDS: [Deed; 12] = [
    Deed::TryPush,
    Deed::TryPop,
    Deed::ForcePush,
    Deed::PushMany,
    Deed::PopMany,
    Deed::Close,
    Deed::CloseNow,
    Deed::Len,
    Deed::IsEmpty,
    Deed::IsFull,
    Deed::IsClosed,
    Deed::Handle,
];

/// Pushes and pops on both sides of full and of empty.
const TRAFFIC: &[Deed] = &[
    Deed::TryPush,
    Deed::TryPop,
    Deed::TryPop,
    Deed::TryPush,
    Deed::TryPush,
    Deed::TryPop,
];

/// All operations, the last ones on a closed queue.
const EVERYTHING: &[Deed] = &[
    Deed::Len,
    Deed::TryPush,
    Deed::IsFull,
    Deed::ForcePush,
    Deed::PopMany,
    Deed::IsEmpty,
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

/// The most steps of one push, pop, displacement, close or question while all others stand: a walk
/// of at most one round over the slots for each end of the queue, and what an operation costs
/// where it arrives, the first call of a thread on a queue included.
fn bound(capacity: usize) -> u64 {
    2 * capacity as u64 + 14
}

fn sweep<S: Subject>(capacities: &[usize], victims: &[Deed], others: &[Deed]) -> Swept {
    // A thread's first call of all takes a number that all threads of the process compete for. The
    // other tests do that all the time, and their races are not to be counted here.
    assert!(Bounded::<u64>::new(1).is_empty());
    let mut all = Swept::default();
    for &capacity in capacities {
        let mut states = vec![0, capacity / 2, capacity - 1, capacity];
        states.dedup();
        // A batch, and the pops of `close_now`, are several operations.
        let several = others.contains(&Deed::CloseNow);
        let items = if several { BATCH.max(capacity + 1) } else { 1 };
        for filled in states {
            let sweep = Sweep {
                capacity,
                filled,
                victims,
                others,
                budget: bound(capacity) * items as u64,
                stride: 1,
                linearizable: true,
            };
            all = all.and(sweep.run::<Steps, S>());
        }
    }
    all
}

/// Every operation as victim, under both lists of others.
fn sweep_alone<S: Subject>(name: &str) {
    let mut all = Swept::default();
    for victim in DEEDS {
        for (others, title) in [(TRAFFIC, "traffic"), (EVERYTHING, "everything")] {
            let swept = sweep::<S>(&[1, 2, 3, 4], &[victim], others);
            println!("{name}, stopped in {victim:?}, others do {title}: {swept} steps");
            assert_eq!(swept.stalls, 0, "{victim:?}, {title}");
            all = all.and(swept);
        }
    }
    println!("{name}, one stopped: {all} steps");
    assert!(all.stops > 1_000, "the sweep was cut short: {all}");
}

#[test]
fn a_stopped_thread_never_blocks_another_through_handles() {
    sweep_alone::<ByHandle>("handles");
}

#[test]
fn a_stopped_thread_never_blocks_another_through_a_shared_reference() {
    sweep_alone::<ByReference>("shared reference");
}

#[test]
fn a_stopped_thread_never_blocks_another_through_the_pool() {
    sweep_alone::<ByPool>("pool");
}

/// Every pair of operations, stopped at every pair of steps.
fn sweep_pairs<S: Subject>(name: &str) {
    let mut all = Swept::default();
    for first in DEEDS {
        for second in DEEDS {
            let swept = sweep::<S>(&[1, 2], &[first, second], EVERYTHING);
            assert_eq!(swept.stalls, 0, "{first:?}, {second:?}");
            all = all.and(swept);
        }
    }
    println!("{name}, two stopped: {all} steps");
    assert!(all.stops > 10_000, "the sweep was cut short: {all}");
}

#[test]
fn two_stopped_threads_never_block_a_third_through_handles() {
    sweep_pairs::<ByHandle>("handles");
}

#[test]
fn two_stopped_threads_never_block_a_third_through_a_shared_reference() {
    sweep_pairs::<ByReference>("shared reference");
}

/// The limit that the documentation of `Bounded` states, met exactly.
#[test]
fn the_pool_serves_a_caller_until_all_of_its_places_hold_stopped_callers() {
    const PLACES: usize = 8;
    for stopped in [PLACES - 1, PLACES] {
        let builder = Bounded::<u64>::builder(4).threads(0);
        let queue: Bounded<u64> = builder.build().expect("a small queue");
        let (queue, mut stops) = (&queue, Vec::<Stop>::new());
        let other = thread::scope(|scope| {
            for _ in 0..stopped {
                // A new thread's call, the second one from this place: it always takes as many steps.
                let call = || checked(u64::MAX, &[], || queue.try_pop()).steps;
                let steps = [(); 2].map(|()| scope.spawn(call).join().expect("it returns"))[1];
                // The last of them gives the place back.
                let stop = Stop::before(steps);
                stops.push(stop.clone());
                scope.spawn(move || stop.run(|| queue.try_pop()));
                assert_eq!(stops[stops.len() - 1].wait(), Reached::Stop);
            }
            let victims: Vec<&Stop> = stops.iter().collect();
            let other = checked(500, &victims, || queue.try_pop());
            stops.iter().for_each(Stop::release);
            other
        });
        assert_eq!(other.stalled, stopped == PLACES, "{stopped} stopped");
    }
}

/// A pusher (a popper) is stopped before each of its steps, the last of which tells the others how far
/// it has come; the world moves on by thousands of positions; then it goes on, and what it tells is
/// long past. Whoever believes it must still arrive within a round, by the stamps in the slots.
#[test]
fn a_hint_stored_late_costs_newcomers_and_sleepers_one_round_at_most() {
    const CAPACITY: usize = 2;
    let mut worst = 0;
    let mut stops = 0;
    for deed in [push as fn(&mut Handle<'_, u64>), pop] {
        for before in 1.. {
            let queue = Bounded::<u64>::new(CAPACITY);
            let [mut sleeper, mut worker] = [(); 2].map(|()| handle(&queue));
            push(&mut worker);
            let stop = Stop::before(before);
            let reached = thread::scope(|scope| {
                scope.spawn(|| {
                    let mut victim = handle(&queue);
                    stop.run(|| deed(&mut victim));
                });
                let reached = stop.wait();
                for _ in 0..5_000 {
                    pop(&mut worker);
                    push(&mut worker);
                }
                stop.release();
                reached
            });
            if reached == Reached::End {
                break;
            }
            stops += 1;
            let mut newcomer = handle(&queue);
            for laggard in [&mut newcomer, &mut sleeper] {
                for deed in [push as fn(&mut Handle<'_, u64>), pop] {
                    let took = checked(bound(CAPACITY), &[], || deed(laggard));
                    assert!(
                        !took.stalled,
                        "{} steps after a stop before {before}",
                        took.steps
                    );
                    worst = took.steps.max(worst);
                }
            }
        }
    }
    println!("late hints: swept {stops} stops, worst op {worst} steps");
    assert!(stops >= 6, "a push and a pop have more steps than {stops}");
}

fn handle(queue: &Bounded<u64>) -> Handle<'_, u64> {
    queue.handle().expect("few handles")
}

fn push(handle: &mut Handle<'_, u64>) {
    // Full is an answer too.
    let _ = handle.try_push(1);
}

fn pop(handle: &mut Handle<'_, u64>) {
    // So is Empty.
    let _ = handle.try_pop();
}

/// The teeth of the sweep: it finds the gap between claim and publication.
#[test]
fn a_thread_stopped_between_claim_and_publication_stops_a_vyukov_ring() {
    for victim in [Deed::TryPush, Deed::TryPop] {
        let swept = sweep::<Vyukov>(&[2, 3, 4], &[victim], TRAFFIC);
        println!("Vyukov ring, stopped in {victim:?}: {swept} steps");
        assert!(swept.stops > 10 && swept.stalls > 0 && swept.stalls < swept.stops);
    }
}

#[test]
fn a_thread_stopped_under_a_spin_lock_stops_a_locked_queue() {
    for victim in [Deed::TryPush, Deed::TryPop] {
        let swept = sweep::<Spin>(&[1, 2, 4], &[victim], TRAFFIC);
        println!("spin lock, stopped in {victim:?}: {swept} steps");
        assert!(swept.stops > 10 && swept.stalls > 0 && swept.stalls < swept.stops);
    }
}
