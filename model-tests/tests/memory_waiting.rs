//! The memory law of the waiting calls: what they take is in the order of the greatest number that waited at a time,
//! however many have waited, and nothing of a waiter outlives it.
//!
//! The allocator counts what the current thread asks for while it is *watched*, and what the process holds. Tests
//! take turns, for they look at the whole process.
#![cfg(not(latchless_loom))]

#[path = "memory_bounded/counting.rs"]
mod counting;
#[path = "waiting/rogue.rs"]
mod rogue;
#[path = "waiting/tasks.rs"]
mod tasks;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use latchless::queue::Bounded;

use counting::{asked, assert_flat, held, turn};
use rogue::{Deed, Rogue};
use tasks::{Bell, poll, poll_for, poll_once};

/// Bytes that a waiter takes, at most, in the pool of its list.
const NODE: usize = 64;
/// Waiters that have left may stay in the list: so many, and as many as are still waiting.
const LEFT_BEHIND: usize = 32;

/// What a list may ever have asked for, if so many waited at a time: it doubles what it has.
fn law(waiters: usize) -> usize {
    4 * NODE * (2 * waiters + LEFT_BEHIND + 4)
}

/// Waits `rounds` times, for a moment each: polled once, and dropped.
fn wait_and_give_up(queue: &Bounded<u64>, rounds: u64) {
    for _ in 0..rounds {
        let mut pop = queue.pop_async();
        assert!(poll_once(&mut pop).is_pending());
    }
}

/// What a thread asked for while it waited and gave up, after a first time.
fn asked_for(rounds: u64, mut wait: impl FnMut(u64)) -> usize {
    wait(1_000);
    let ((), times, _) = asked(|| wait(rounds));
    times
}

/// Ten million in all, in this test and the next ones, all of futures that are dropped; `memory_timeouts` and
/// `memory_overlaps` have the waits of threads that time out.
#[test]
fn millions_of_waits_that_are_given_up_leave_memory_flat() {
    let _turn = turn();
    let queue = Bounded::new(1);
    assert_eq!(
        asked_for(4_000_000, |rounds| wait_and_give_up(&queue, rounds)),
        0
    );
    queue.try_push(0).expect("there is room");
    let pushes = |rounds| {
        for value in 0..rounds {
            let mut push = queue.push_async(value);
            assert!(poll_once(&mut push).is_pending());
        }
    };
    assert_eq!(asked_for(1_000_000, pushes), 0);
}

#[test]
fn a_long_sleeper_at_the_front_does_not_keep_those_behind_it() {
    let _turn = turn();
    let queue = Bounded::new(1);
    let bell = Bell::new();
    let mut sleeper = queue.pop_async();
    assert!(poll_for(&mut sleeper, &bell).is_pending());
    assert_eq!(
        asked_for(2_000_000, |rounds| wait_and_give_up(&queue, rounds)),
        0
    );
    queue.try_push(1).expect("there is room");
    assert_eq!(bell.rings(), 1);
    assert!(poll_for(&mut sleeper, &bell).is_ready());
}

#[test]
fn waits_that_overlap_leave_nothing_in_the_middle() {
    let _turn = turn();
    let queue = Bounded::<u64>::new(1);
    let overlap = |rounds| {
        let mut one = queue.pop_async();
        assert!(poll_once(&mut one).is_pending());
        for _ in 0..rounds / 2 {
            let mut two = queue.pop_async();
            assert!(poll_once(&mut two).is_pending());
            one = queue.pop_async();
            assert!(poll_once(&mut one).is_pending());
        }
    };
    assert_eq!(asked_for(1_000_000, overlap), 0);
}

#[test]
fn a_million_futures_that_are_dropped_when_notified_leave_memory_flat() {
    let _turn = turn();
    let queue = Bounded::new(1);
    let notified = |rounds| {
        for value in 0..rounds {
            let mut pop = queue.pop_async();
            assert!(poll_once(&mut pop).is_pending());
            queue.try_push(value).expect("it was empty");
            drop(pop);
            assert_eq!(queue.try_pop(), Ok(value));
        }
    };
    assert_eq!(asked_for(1_000_000, notified), 0);
}

#[test]
fn threads_whose_waits_overlap_take_what_as_many_waiters_need() {
    let _turn = turn();
    const THREADS: usize = 4;
    let queue = Bounded::new(1);
    let mut sleeper = queue.pop_async();
    assert!(poll_once(&mut sleeper).is_pending());
    let all_there = std::sync::Barrier::new(THREADS);
    let bytes = thread::scope(|scope| {
        let threads = [(); THREADS].map(|()| {
            scope.spawn(|| {
                all_there.wait();
                let ((), _, bytes) = asked(|| {
                    let mut last = queue.pop_async();
                    for _ in 0..250_000 {
                        let mut next = queue.pop_async();
                        assert!(poll_once(&mut next).is_pending());
                        last = next;
                    }
                    drop(last);
                });
                bytes
            })
        });
        threads
            .map(|thread| thread.join().expect("no thread panicked"))
            .iter()
            .sum::<usize>()
    });
    // Two at a time each, one that is being enlisted, and those that a sweep has just missed.
    assert!(bytes <= law(4 * THREADS), "{bytes} bytes");
    drop(sleeper);
    assert_eq!(
        asked_for(1_000, |rounds| wait_and_give_up(&queue, rounds)),
        0
    );
}

#[test]
fn what_waiters_took_is_in_the_order_of_how_many_waited_at_a_time() {
    let _turn = turn();
    for waiters in [1, 10, 100, 1_000, 10_000] {
        let queue = Bounded::<u64>::new(1);
        let mut pops = Vec::with_capacity(waiters);
        let all_at_once = |pops: &mut Vec<_>| {
            for _ in 0..waiters {
                let mut pop = queue.pop_async();
                assert!(poll_once(&mut pop).is_pending());
                pops.push(pop);
            }
            pops.clear();
        };
        let ((), _, bytes) = asked(|| all_at_once(&mut pops));
        assert!(bytes <= law(waiters), "{bytes} bytes for {waiters}");
        let ((), _, bytes) = asked(|| (0..50).for_each(|_| all_at_once(&mut pops)));
        assert!(bytes <= law(waiters), "{bytes} bytes more for {waiters}");
        let ((), times, _) = asked(|| (0..20).for_each(|_| all_at_once(&mut pops)));
        assert_eq!(times, 0, "{waiters} waiters again and again");
    }
}

#[test]
fn a_dropped_queue_gives_back_what_its_waiters_took() {
    let _turn = turn();
    let before = held();
    for round in 0..200 {
        let queue = Bounded::new(1);
        let mut pops: Vec<_> = (0..round).map(|_| queue.pop_async()).collect();
        for pop in &mut pops {
            assert!(poll_once(pop).is_pending());
        }
        drop(pops);
        queue.try_push(Box::new(round)).expect("there is room");
    }
    assert_flat(before, held());
}

#[test]
fn tries_and_notifications_allocate_nothing() {
    let _turn = turn();
    let queue = Bounded::new(4);
    let mut handle = queue.handle().expect("few handles exist");
    let bell = Bell::new();
    let mut pops: Vec<_> = (0..100).map(|_| queue.pop_async()).collect();
    for round in 0..100 {
        for pop in &mut pops {
            assert!(poll_for(pop, &bell).is_pending());
        }
        let mut batch = VecDeque::from([0, 0]);
        let ((), times, _) = asked(|| {
            for value in 0..10 {
                let pushed = if value % 2 == 0 {
                    queue.try_push(value)
                } else {
                    handle.try_push(value)
                };
                assert!(pushed.is_ok());
                assert_eq!(handle.try_pop(), Ok(value));
            }
            assert_eq!(queue.try_push_many(&mut batch), 2);
            assert!(queue.try_pop().is_ok() && queue.try_pop().is_ok());
        });
        assert_eq!(times, 0);
        assert_eq!(bell.rings(), 12 * (round + 1));
        // Those that were notified find nothing, and enlist again.
        for pop in &mut pops {
            assert!(poll_for(pop, &bell).is_pending());
        }
    }
    let ((), times, _) = asked(|| {
        queue.close();
    });
    assert_eq!(times, 0);
    assert_eq!(bell.rings(), 1_200 + 100, "a close wakes everybody");
}

#[test]
fn a_wait_that_ends_at_once_allocates_nothing() {
    let _turn = turn();
    let queue = Bounded::new(2);
    let mut handle = queue.handle().expect("few handles exist");
    let ((), times, _) = asked(|| {
        for value in 0..10_000 {
            assert_eq!(queue.push(value), Ok(()));
            assert_eq!(handle.push_timeout(value, Duration::MAX), Ok(()));
            assert!(queue.push_timeout(value, Duration::ZERO).is_err());
            assert_eq!(handle.pop(), Ok(value));
            assert_eq!(queue.pop_timeout(Duration::MAX), Ok(value));
            assert!(handle.pop_timeout(Duration::ZERO).is_err());
            assert!(poll_once(&mut handle.push_async(value)).is_ready());
            assert!(poll_once(&mut queue.pop_async()).is_ready());
        }
    });
    assert_eq!(times, 0);
}

/// How many wakers of `bell` live.
fn wakers(bell: &Arc<Bell>) -> usize {
    Arc::strong_count(bell) - 1
}

#[test]
fn no_waker_outlives_its_future() {
    let _turn = turn();
    let queue = Bounded::new(1);
    let bell = Bell::new();
    let waiting = || {
        let mut pop = queue.pop_async();
        assert!(poll_for(&mut pop, &bell).is_pending());
        pop
    };
    // As the only one, and so the last in the list; among others; notified; completed.
    for others in 0..3 {
        let other_bell = Bell::new();
        let mut others: Vec<_> = (0..others).map(|_| queue.pop_async()).collect();
        let pop = waiting();
        for other in &mut others {
            assert!(poll_for(other, &other_bell).is_pending());
        }
        assert_eq!(wakers(&bell), 1);
        drop(pop);
        assert_eq!(wakers(&bell), 0, "dropped");
        drop(others);
        assert_eq!(wakers(&other_bell), 0, "dropped");

        let pop = waiting();
        queue.try_push(1).expect("there is room");
        drop(pop);
        assert_eq!(wakers(&bell), 0, "notified and dropped");
        assert_eq!(queue.try_pop(), Ok(1));

        let mut pop = waiting();
        queue.try_push(2).expect("there is room");
        assert!(poll_for(&mut pop, &bell).is_ready());
        assert_eq!(
            wakers(&bell),
            0,
            "notified and completed, though not dropped"
        );
        drop(pop);

        let mut pop = waiting();
        queue.try_push(3).expect("there is room");
        assert_eq!(queue.try_pop(), Ok(3));
        assert!(poll_for(&mut pop, &bell).is_pending());
        assert_eq!(wakers(&bell), 1, "enlisted again");
        let other = Bell::new();
        assert!(poll_for(&mut pop, &other).is_pending());
        assert_eq!((wakers(&bell), wakers(&other)), (0, 1), "exchanged");
        drop(pop);
        assert_eq!(wakers(&other), 0);
    }
    let mut pop = waiting();
    queue.close();
    assert!(poll_for(&mut pop, &bell).is_ready());
    assert_eq!(wakers(&bell), 0, "closed");
}

/// The one who notifies may be in the middle of it when the waiter goes: then it drops the waker.
#[test]
fn no_waker_outlives_its_future_though_it_is_dropped_while_it_is_woken() {
    let _turn = turn();
    let queue = Bounded::new(1);
    let bell = Bell::new();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let _ = queue.try_push(1);
                let _ = queue.try_pop();
            }
        });
        // Until some were woken, for on a busy machine the other thread may come late.
        let mut waits = 0;
        while waits < 100_000 || bell.rings() < 100 {
            let _ = poll_for(&mut queue.pop_async(), &bell);
            waits += 1;
        }
        over.store(true, Ordering::Relaxed);
    });
    assert_eq!(wakers(&bell), 0);
}

#[test]
fn wakers_that_panic_take_no_memory_with_them() {
    let _turn = turn();
    for deed in [Deed::Clone, Deed::Wake, Deed::Drop] {
        let queue = Bounded::new(1);
        // The rogue answers some hundred times; those are enough to be seen if each costs a node.
        let rogue = Rogue::that_panics(deed);
        let waker = rogue.waker();
        rogue.arm(true);
        let wait = |rounds: u64| {
            for value in 0..rounds {
                let mut pop = queue.pop_async();
                let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    assert!(poll(&mut pop, &waker).is_pending());
                }));
                if caught.is_ok() && value % 2 == 0 {
                    queue.try_push(value).expect("it was empty");
                    drop(pop);
                    assert_eq!(queue.try_pop(), Ok(value));
                }
            }
        };
        wait(40);
        let before = held();
        wait(1_000);
        rogue.arm(false);
        assert!(rogue.times() >= 40);
        assert!((held() - before).abs() < NODE as isize * 40);
        drop(waker);
        assert_eq!(Arc::strong_count(&rogue), 1);
    }
}
