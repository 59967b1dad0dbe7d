//! What a thread does when the queue is full or empty: the same for every contender.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};

/// The longest row of spin hints is `1 << LONGEST` of them.
const LONGEST: u32 = 5;

/// Waits a little longer after each failed attempt.
///
/// Failure *n* is followed by 2^*n* spin hints, at most 32. With more threads than cores the
/// sixth failure in a row and each one after it also gives the core away, because then the
/// thread that could help is probably not running.
#[derive(Debug)]
pub(super) struct Patience<'a> {
    stop: &'a AtomicBool,
    crowded: bool,
    failures: u32,
}

impl<'a> Patience<'a> {
    /// For one operation of a run that ends when `stop` is set.
    #[inline]
    pub(super) fn new(stop: &'a AtomicBool, crowded: bool) -> Patience<'a> {
        Patience {
            stop,
            crowded,
            failures: 0,
        }
    }

    /// After a failed attempt: waits, and says whether to try again.
    #[inline]
    pub(super) fn wait(&mut self) -> bool {
        // ORDERING: Acquire pairs with the Release stores that end a run, so that whoever sees
        // the end also sees all items that were pushed before it.
        if self.stop.load(Ordering::Acquire) {
            return false;
        }
        for _ in 0..1 << self.failures.min(LONGEST) {
            std::hint::spin_loop();
        }
        if self.crowded && self.failures >= LONGEST {
            std::thread::yield_now();
        }
        self.failures += 1;
        true
    }
}
