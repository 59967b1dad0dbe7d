//! The wait list where there is no `std`: nobody can be put to sleep, so nobody is ever on it.

#![forbid(unsafe_code)]

/// The list on which nobody waits.
#[derive(Debug)]
pub(crate) struct WaitList;

impl WaitList {
    pub(crate) fn new() -> Self {
        Self
    }
    #[inline(always)]
    pub(crate) fn has_waiters_after_change(&self) -> bool {
        false
    }
    #[inline(always)]
    pub(crate) fn notify_after_change(&self) {}
    #[inline(always)]
    pub(crate) fn notify_one(&self) -> bool {
        false
    }
    #[inline(always)]
    pub(crate) fn notify_all(&self) {}
}
