//! What an acquisition gives.

#![forbid(unsafe_code)]

use super::Semaphore;
use core::fmt;
use core::ops::Deref;
use std::sync::Arc;

/// A [`PermitOf`] a borrowed semaphore.
pub type Permit<'a> = PermitOf<&'a Semaphore>;

/// A [`PermitOf`] a semaphore in an [`Arc`]: it may outlive the call that acquired it, and move to other threads.
pub type OwnedPermit = PermitOf<Arc<Semaphore>>;

/// One permit or several, which go back to their semaphore when this is dropped, also by a panic.
///
/// | to | call |
/// |---|---|
/// | give them back | drop it |
/// | give some back | [`split`](Self::split) them off, and drop those |
/// | take them out of circulation, for good or until [`add_permits`](Semaphore::add_permits) | [`forget`](Self::forget) |
/// | have one guard for several acquisitions | [`merge`](Self::merge) |
///
/// ```
/// let semaphore = latchless::Semaphore::new(5);
/// let mut permit = semaphore.try_acquire_many(4)?;
/// let half = permit.split(2).unwrap();
/// drop(half);
/// assert_eq!((permit.num_permits(), semaphore.available_permits()), (2, 3));
/// permit.merge(semaphore.try_acquire()?);
/// assert_eq!((permit.num_permits(), semaphore.available_permits()), (3, 2));
/// permit.forget();
/// assert_eq!(semaphore.available_permits(), 2);
/// # Ok::<(), latchless::error::TryAcquireError>(())
/// ```
#[must_use = "permits go back when this is dropped"]
pub struct PermitOf<S: Deref<Target = Semaphore>> {
    semaphore: S,
    permits: u64,
}

impl<S: Deref<Target = Semaphore>> PermitOf<S> {
    /// Of permits that the caller has taken.
    #[inline(always)]
    pub(super) fn new(semaphore: S, permits: u64) -> Self {
        Self { semaphore, permits }
    }

    /// How many permits these are.
    #[must_use]
    pub fn num_permits(&self) -> usize {
        self.permits as usize
    }

    /// Does not give them back: there are so many permits fewer, until somebody
    /// [adds](Semaphore::add_permits) some.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    pub fn forget(mut self) {
        self.semaphore.count_off(self.permits);
        self.permits = 0;
    }

    /// Splits `permits` off, to be kept or given back on their own; `None`, and nothing changes, if there are not
    /// so many.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    pub fn split(&mut self, permits: usize) -> Option<Self>
    where
        S: Clone,
    {
        let rest = self.num_permits().checked_sub(permits)?;
        let semaphore = self.semaphore.clone();
        self.permits = rest as u64;
        Some(Self::new(semaphore, permits as u64))
    }

    /// Takes `other`'s permits in.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    ///
    /// # Panics
    ///
    /// If they are of another semaphore; they go back there.
    pub fn merge(&mut self, mut other: Self) {
        assert!(
            core::ptr::eq(&raw const *self.semaphore, &raw const *other.semaphore),
            "permits of two semaphores cannot be merged"
        );
        self.permits += core::mem::take(&mut other.permits);
    }
}

impl<S: Deref<Target = Semaphore>> Drop for PermitOf<S> {
    #[inline]
    fn drop(&mut self) {
        if self.permits > 0 {
            self.semaphore.line().release(self.permits);
        }
    }
}

impl<S: Deref<Target = Semaphore>> fmt::Debug for PermitOf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("num_permits", &self.permits)
            .finish_non_exhaustive()
    }
}
