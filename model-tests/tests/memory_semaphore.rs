//! The memory law of a semaphore: what waits take is in the order of how many wait at a time, however many have waited,
//! given up, or been given parts. (`memory_timeouts` has those that run out of time.)
#![cfg(not(latchless_loom))]

#[path = "memory_bounded/counting.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod counting;
#[path = "waiting/tasks.rs"]
mod tasks;

use std::time::Duration;

use latchless::Semaphore;

use counting::{asked, turn};
use tasks::{Bell, poll_for, poll_once};

/// What a thread asked for while it waited and gave up, after a first time.
fn asked_for(rounds: u64, mut wait: impl FnMut(u64)) -> usize {
    wait(1_000);
    let ((), times, _) = asked(|| wait(rounds));
    times
}

#[test]
fn a_million_futures_that_are_dropped_leave_memory_flat() {
    let _turn = turn();
    for (semaphore, rounds) in [
        (Semaphore::new(1), 1_000_000),
        (Semaphore::barging(1), 100_000),
    ] {
        let gives_up = |rounds| {
            for _ in 0..rounds {
                let mut wait = semaphore.acquire_many_async(2);
                assert!(poll_once(&mut wait).is_pending());
            }
        };
        assert_eq!(asked_for(rounds, gives_up), 0);
        assert_eq!(semaphore.available_permits(), 1);
    }
}

#[test]
fn futures_that_are_dropped_behind_a_long_sleeper_leave_memory_flat() {
    let _turn = turn();
    let semaphore = Semaphore::new(0);
    let bell = Bell::new();
    let mut sleeper = semaphore.acquire_async();
    assert!(poll_for(&mut sleeper, &bell).is_pending());
    let gives_up = |rounds| {
        for _ in 0..rounds {
            assert!(poll_once(&mut semaphore.acquire_async()).is_pending());
        }
    };
    assert_eq!(asked_for(200_000, gives_up), 0);
    semaphore.add_permits(1).expect("there is no maximum");
    assert_eq!(bell.rings(), 1);
    assert!(poll_for(&mut sleeper, &bell).is_ready());
}

#[test]
fn a_million_futures_that_are_dropped_when_they_have_their_permit_leave_memory_flat() {
    let _turn = turn();
    let semaphore = Semaphore::new(0);
    let given = |rounds| {
        for _ in 0..rounds {
            let mut wait = semaphore.acquire_async();
            assert!(poll_once(&mut wait).is_pending());
            semaphore.add_permits(1).expect("there is no maximum");
            assert_eq!(semaphore.available_permits(), 0);
            drop(wait);
            assert_eq!(semaphore.forget_permits(2), 1);
        }
    };
    assert_eq!(asked_for(1_000_000, given), 0);
}

#[test]
fn what_does_not_wait_allocates_nothing() {
    let _turn = turn();
    let semaphore = Semaphore::new(3);
    let ((), times, _) = asked(|| {
        for _ in 0..1_000 {
            let mut permit = semaphore.acquire_many(2).expect("two are free");
            let one = permit.split(1);
            permit.merge(semaphore.try_acquire().expect("one is free"));
            assert!(semaphore.try_acquire().is_err());
            assert!(semaphore.acquire_timeout(Duration::ZERO).is_err());
            drop((permit, one));
            assert_eq!(semaphore.available_permits(), 3);
        }
    });
    assert_eq!(times, 0);
}
