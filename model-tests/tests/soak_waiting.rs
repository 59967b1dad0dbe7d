//! Many threads that wait on one queue in every way there is, and often think better of it: every item arrives
//! exactly once, in order, is dropped exactly once, and nobody waits for ever.
//!
//! As much as a few seconds take; with `LATCHLESS_SOAK=20`, twenty times as much.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

#[path = "linear_bounded/caller.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod caller;
#[path = "soak_waiting/crew.rs"]
mod crew;
#[path = "soak_waiting/ring.rs"]
mod ring;
#[path = "waiting/tasks.rs"]
mod tasks;
#[path = "waiting/watchdog.rs"]
mod watchdog;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use latchless::queue::Bounded;

use crew::{Books, consume, produce};
use watchdog::Watchdog;

const PRODUCERS: usize = 16;
const CONSUMERS: usize = 16;

/// How many times the usual.
fn factor() -> u64 {
    match std::env::var("LATCHLESS_SOAK") {
        Ok(times) => times.parse().expect("LATCHLESS_SOAK is a number"),
        Err(_) => 1,
    }
}

/// Whether the queue is closed when all have been pushed, or in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Close {
    AtTheEnd,
    InTheMiddle,
}

fn soak(capacity: usize, each: u64, close: Close) {
    let queue = Arc::new(Bounded::new(capacity));
    let books = Arc::new(Books::new(PRODUCERS, CONSUMERS, each));
    let _watchdog = Watchdog::watch("the soak test", Arc::clone(&books.steps), {
        let (queue, books) = (Arc::clone(&queue), Arc::clone(&books));
        move || format!("{queue:?}, {close:?}\n{books}")
    });
    let (pushed, popped) = thread::scope(|scope| {
        let (queue, books) = (&queue, &books);
        let consumers: Vec<_> = (0..CONSUMERS)
            .map(|who| scope.spawn(move || consume(queue, books, who)))
            .collect();
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|who| scope.spawn(move || produce(queue, books, who)))
            .collect();
        if close == Close::InTheMiddle {
            let half = each * PRODUCERS as u64 / 2;
            while books.popped.load(Ordering::Relaxed) < half {
                thread::yield_now();
            }
            queue.close();
        }
        let pushed: u64 = producers
            .into_iter()
            .map(|one| one.join().expect("no producer panics"))
            .sum();
        queue.close();
        let popped: u64 = consumers
            .into_iter()
            .map(|one| one.join().expect("no consumer panics"))
            .sum();
        (pushed, popped)
    });
    assert_eq!(pushed, popped, "capacity {capacity}, {close:?}");
    if close == Close::AtTheEnd {
        assert_eq!(pushed, each * PRODUCERS as u64);
    }
    assert_eq!(
        books.alive.load(Ordering::Relaxed),
        0,
        "dropped exactly once"
    );
    assert!(queue.is_empty());
}

#[test]
fn everything_arrives_once_and_nobody_is_left_asleep() {
    for capacity in [1, 3, 64] {
        soak(capacity, 12_000 * factor(), Close::AtTheEnd);
    }
}

#[test]
fn a_close_in_the_middle_loses_nothing_and_leaves_nobody_asleep() {
    for round in 0..100 * factor() {
        soak([1, 3, 64][round as usize % 3], 50, Close::InTheMiddle);
    }
}

#[test]
fn a_token_that_everybody_waits_for_is_never_left_lying() {
    for (capacity, tokens) in [(1, 1), (1, 2), (2, 3)] {
        ring::run(capacity, tokens, 6_000 * factor());
    }
}
