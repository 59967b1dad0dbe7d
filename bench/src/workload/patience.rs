//! What a thread does when the queue is full or empty: the same for every contender.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};

/// The longest row of spin hints is `1 << LONGEST` of them.
const LONGEST: u32 = 5;

/// Failures in a row after which a thread gives its core away, when every thread has a core. The
/// others are running then and help much sooner, unless the system has taken a core away: this
/// is some 50 microseconds.
const ABANDONED: u32 = 64;

/// Waits a little longer after each failed attempt.
///
/// Failure *n* is followed by 2^*n* spin hints, at most 32. With more threads than cores the
/// sixth failure in a row and each one after it also gives the core away, because then the
/// thread that could help is probably not running; otherwise the sixty-fifth.
#[derive(Debug)]
pub(super) struct Patience<'a> {
    stop: &'a AtomicBool,
    yields_from: u32,
    failures: u32,
}

impl<'a> Patience<'a> {
    /// For one operation of a run that ends when `stop` is set.
    #[inline]
    pub(super) fn new(stop: &'a AtomicBool, crowded: bool) -> Patience<'a> {
        Patience {
            stop,
            yields_from: if crowded { LONGEST } else { ABANDONED },
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
        if self.failures >= self.yields_from {
            std::thread::yield_now();
        }
        self.failures = self.failures.saturating_add(1);
        true
    }
}
