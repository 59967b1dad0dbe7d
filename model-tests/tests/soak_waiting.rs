//! Many threads that wait on one queue in every way there is, and often think better of it: every item arrives
//! exactly once, in order, is dropped exactly once, and nobody waits for ever.
//!
//! As much as a few seconds take; `cargo soak` runs it for a minute or two, and with `LATCHLESS_SOAK=900` about an hour. What
//! makes it a test of waiting is counted: waits that time out, futures that are dropped while they wait, closes that
//! cut somebody off. It goes on until there were enough of each.
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
const CAPACITIES: [usize; 3] = [1, 3, 64];

/// How many times the usual a long form takes, if nothing is said.
const LONG: u64 = 30;

/// How many times the usual.
fn long() -> u64 {
    match std::env::var("LATCHLESS_SOAK") {
        Ok(times) => times.parse().expect("LATCHLESS_SOAK is a number"),
        Err(_) => LONG,
    }
}

/// Whether the queue is closed when all have been pushed, or in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Close {
    AtTheEnd,
    InTheMiddle,
}

/// What happened in some runs, beside items that were moved.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    timeouts: u64,
    cancels: u64,
    /// Producers that a close cut off.
    cut_off: u64,
}

impl Tally {
    fn and(self, other: Tally) -> Tally {
        Tally {
            timeouts: self.timeouts + other.timeouts,
            cancels: self.cancels + other.cancels,
            cut_off: self.cut_off + other.cut_off,
        }
    }

    fn is_at_least(self, least: Tally) -> bool {
        self.timeouts >= least.timeouts
            && self.cancels >= least.cancels
            && self.cut_off >= least.cut_off
    }
}

/// More rounds than this, times what was asked for, without what must happen, and it never does.
const ENOUGH: u64 = 50;

/// Makes `rounds` rounds, and goes on until `least` has happened in all of them together.
fn until(least: Tally, rounds: u64, mut round: impl FnMut(u64) -> Tally) {
    let mut all = Tally::default();
    let mut made = 0;
    while made < rounds || !all.is_at_least(least) {
        assert!(
            made < rounds * ENOUGH,
            "in {made} rounds only {all:?}, of {least:?}"
        );
        all = all.and(round(made));
        made += 1;
    }
    println!("soaked {made} rounds: {all:?}");
}

fn soak(capacity: usize, each: u64, close: Close) -> Tally {
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
    let seen = &books.seen;
    Tally {
        timeouts: seen.timeouts.load(Ordering::Relaxed),
        cancels: seen.cancels.load(Ordering::Relaxed),
        cut_off: seen.cut_off.load(Ordering::Relaxed),
    }
}

fn to_the_end(times: u64) {
    let least = Tally {
        timeouts: 300 * times,
        cancels: 300 * times,
        cut_off: 0,
    };
    until(least, 3, |round| {
        soak(
            CAPACITIES[round as usize % 3],
            12_000 * times,
            Close::AtTheEnd,
        )
    });
}

fn closed_in_the_middle(times: u64) {
    let least = Tally {
        timeouts: 10 * times,
        cancels: 10 * times,
        cut_off: 50 * times,
    };
    until(least, 100 * times, |round| {
        soak(CAPACITIES[round as usize % 3], 50, Close::InTheMiddle)
    });
}

fn tokens_to_and_fro(times: u64) {
    for (capacity, tokens) in [(1, 1), (1, 2), (2, 3)] {
        let dropped = ring::run(capacity, tokens, 6_000 * times, 100 * times);
        println!("{tokens} tokens: {dropped} futures were dropped");
    }
}

#[test]
fn everything_arrives_once_and_nobody_is_left_asleep() {
    to_the_end(1);
}

#[test]
fn a_close_in_the_middle_loses_nothing_and_leaves_nobody_asleep() {
    closed_in_the_middle(1);
}

#[test]
fn a_token_that_everybody_waits_for_is_never_left_lying() {
    tokens_to_and_fro(1);
}

#[test]
#[ignore = "takes a minute or more: `cargo soak`"]
fn all_of_this_for_a_long_time() {
    let times = long();
    to_the_end(times);
    closed_in_the_middle(times);
    tokens_to_and_fro(times);
}
