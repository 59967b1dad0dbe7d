//! By crossbeam-epoch: see [`reclaim`](super). A test takes this file alone, to explore it in crossbeam-epoch's own loom mode.

use core::fmt;
use crossbeam_epoch::{Atomic, Owned, Shared, pin, unprotected};
use std::sync::atomic::Ordering;

/// A value that is replaced as a whole; see the head of this file.
pub(crate) struct Replaced<D>(Atomic<D>);

impl<D: Send + Sync> Replaced<D> {
    pub(crate) fn new(value: D) -> Self {
        Self(Atomic::new(value))
    }

    /// Reads the value that is there now. It must not be kept.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&D) -> R) -> R {
        let guard = pin();
        // ORDERING: Acquire pairs with the Release in `replace`: the value has been written; killed by
        // `who_reads_is_not_overtaken_by_the_drop`.
        let value = self.0.load(Ordering::Acquire, &guard);
        // SAFETY: never null, and not dropped while the guard lives.
        read(unsafe { value.deref() })
    }

    /// Replaces the value by what `renew` makes of it; it is asked again when somebody else was faster. Drops the old
    /// one, and `besides`, when nobody reads it any more.
    pub(crate) fn replace<B: Send>(&self, besides: B, mut renew: impl FnMut(&D) -> D) {
        let guard = pin();
        // ORDERING: Acquire, as in `read`.
        let mut old = self.0.load(Ordering::Acquire, &guard);
        loop {
            // SAFETY: as in `read`.
            let new = Owned::new(renew(unsafe { old.deref() }));
            // ORDERING: Release publishes the new value to `read`; killed by `who_reads_is_not_overtaken_by_the_drop`. Acquire on
            // failure, as there; killed by `two_who_replace_are_both_in_the_last_value`.
            match self
                .0
                .compare_exchange(old, new, Ordering::Release, Ordering::Acquire, &guard)
            {
                Ok(_) => break,
                Err(lost) => old = lost.current,
            }
        }
        // SAFETY: whoever pins from now on finds the new value, so nobody can come to the old one, nor, by the
        // caller's word, to what goes with it. Neither borrows anything: see `registry`, the only user.
        unsafe {
            guard.defer_destroy(old);
            guard.defer_unchecked(move || drop(besides));
        }
        guard.flush();
    }

    /// The value, for an owner that is alone.
    pub(crate) fn get_mut(&mut self) -> &mut D {
        // SAFETY: `&mut self`: nobody replaces it, and it is not null.
        unsafe {
            self.0
                .load(Ordering::Relaxed, unprotected())
                .as_raw()
                .cast_mut()
                .as_mut()
                .unwrap_unchecked()
        }
    }
}

impl<D> Drop for Replaced<D> {
    fn drop(&mut self) {
        // SAFETY: alone, and dropped once.
        unsafe {
            let value: Shared<'_, D> = self.0.load(Ordering::Relaxed, unprotected());
            drop(value.into_owned());
        }
    }
}

impl<D> fmt::Debug for Replaced<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Replaced")
    }
}
