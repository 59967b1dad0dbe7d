//! How far apart two cores are at this moment.
//!
//! On a virtual machine the hypervisor moves the cores about, and what a contended queue can do
//! moves with them, by up to an order of magnitude. A short ping-pong of one cache line before
//! and after each round says which machine the round was run on.
#![forbid(unsafe_code)]

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_utils::CachePadded;

use crate::cores;
use crate::record::Distance;

/// One-way transfer times that count as near, in nanoseconds.
pub const NEAR: RangeInclusive<f64> = 18.0..=60.0;

/// How long one ping-pong takes.
const TIME: Duration = Duration::from_micros(200);

/// Round trips between two looks at the clock.
const BATCH: u64 = 32;

/// Batches that are played however long they take: with fewer, one interruption would count.
const FEWEST_BATCHES: usize = 15;

/// What the leader writes when it has seen enough.
const OVER: u64 = u64::MAX;

/// One-way transfer time of a cache line between the cores `a` and `b`, in nanoseconds: the
/// median over short batches, so that an interruption of one batch does not count.
pub fn one_way_nanos(a: usize, b: usize) -> f64 {
    let ball = CachePadded::new(AtomicU64::new(0));
    let mut batches = std::thread::scope(|scope| {
        scope.spawn(|| {
            cores::pin(b);
            return_balls(&ball);
        });
        let leader = scope.spawn(|| {
            cores::pin(a);
            lead(&ball)
        });
        leader.join().unwrap_or_default()
    });
    batches.sort_by(f64::total_cmp);
    batches.get(batches.len() / 2).copied().unwrap_or(0.0)
}

/// Answers every odd value with the next even one.
fn return_balls(ball: &AtomicU64) {
    let mut expected = 1;
    while wait_for(ball, expected) {
        ball.store(expected + 1, Ordering::Release);
        expected += 2;
    }
}

/// Looks at the ball until it is `expected`, or [`OVER`], which is no.
fn wait_for(ball: &AtomicU64, expected: u64) -> bool {
    // Many times a transfer: by then the other thread is not running.
    const ABANDONED: u32 = 50_000;
    let mut looks = 0;
    loop {
        match ball.load(Ordering::Acquire) {
            value if value == expected => return true,
            OVER => return false,
            // No spin hint: a pause is as long as a transfer.
            _ if looks < ABANDONED => looks += 1,
            _ => std::thread::yield_now(),
        }
    }
}

/// Plays for [`TIME`], or longer for [`FEWEST_BATCHES`]; returns the one-way time of each batch.
fn lead(ball: &AtomicU64) -> Vec<f64> {
    // The first exchange waits for the other thread to start.
    exchange(ball, 0);
    let mut value = 2;
    let mut batches = Vec::with_capacity(256);
    let start = Instant::now();
    let mut before = start;
    loop {
        for _ in 0..BATCH {
            exchange(ball, value);
            value += 2;
        }
        let now = Instant::now();
        batches.push((now - before).as_nanos() as f64 / (2 * BATCH) as f64);
        if now - start >= TIME && batches.len() >= FEWEST_BATCHES {
            break;
        }
        before = now;
    }
    ball.store(OVER, Ordering::Release);
    batches
}

/// Sends the odd value after `value` and waits for the even one after that.
fn exchange(ball: &AtomicU64, value: u64) {
    ball.store(value + 1, Ordering::Release);
    wait_for(ball, value + 2);
}

/// What the transfer times before and after a round say about it.
pub fn distance([before, after]: [f64; 2]) -> Distance {
    let (before, after) = (class(before), class(after));
    if before == after {
        before
    } else {
        Distance::Changed
    }
}

fn class(nanos: f64) -> Distance {
    if nanos < *NEAR.start() {
        Distance::Close
    } else if nanos <= *NEAR.end() {
        Distance::Near
    } else {
        Distance::Far
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_whose_two_ends_disagree_counts_as_changed() {
        assert_eq!(distance([34.0, 41.0]), Distance::Near);
        assert_eq!(distance([18.0, 60.0]), Distance::Near);
        assert_eq!(distance([14.0, 12.0]), Distance::Close);
        assert_eq!(distance([165.0, 150.0]), Distance::Far);
        assert_eq!(distance([34.0, 165.0]), Distance::Changed);
        assert_eq!(distance([14.0, 34.0]), Distance::Changed);
    }

    #[test]
    fn a_line_needs_time_to_cross_and_the_ping_pong_ends() {
        let cores = cores::available();
        let (Some(&a), Some(&b)) = (cores.first(), cores.get(1)) else {
            return;
        };
        let nanos = one_way_nanos(a, b);
        // No upper bound: on a busy machine the threads of a ping-pong wait for each other.
        assert!(nanos > 1.0 && nanos.is_finite(), "{nanos} ns");
    }
}
