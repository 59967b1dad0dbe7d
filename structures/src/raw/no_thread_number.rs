//! In place of `thread_number`, where there is no `std`: no thread has a number.
//!
//! So each call by reference takes a place of the pool: it is lock-free as long as fewer callers are stopped inside calls
//! than the pool has places. Handles have places of their own, here as everywhere.

#![forbid(unsafe_code)]

/// Places would be below this.
pub(crate) const PLACES_END: usize = 1;

/// Where the current thread's record is: nowhere.
#[inline(always)]
pub(crate) fn place() -> usize {
    PLACES_END
}

/// The current thread's number: none.
#[inline(always)]
pub(crate) fn current() -> Option<usize> {
    None
}
