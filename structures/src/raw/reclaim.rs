//! The only door to epochs: something that is replaced as a whole while others read it.
//!
//! # What
//!
//! [`Replaced`] holds a value behind a pointer. Readers pin the current epoch, and may read what they found until they
//! unpin it; who replaces the value hands the old one, and whatever goes with it, to crossbeam-epoch, which drops it when
//! nobody who could have found it is pinned any more.
//!
//! # What it costs when a thread is stopped
//!
//! A thread that is stopped while it reads keeps everything from being dropped that is replaced meanwhile. So nothing
//! of any size is kept here: segments of queues never are. See [`registry`](super::registry).
//!
//! # In a model
//!
//! loom cannot look into crossbeam-epoch. There, what was replaced is never dropped, as if somebody were pinned for
//! ever; who reads what, and what was written before it was published, loom watches all the same.

#[cfg(not(latchless_loom))]
pub(super) use epochs::Replaced;
#[cfg(latchless_loom)]
pub(super) use leaking::Replaced;

#[cfg(not(latchless_loom))]
mod epochs {
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
            // ORDERING: Acquire pairs with the Release in `replace`: the value has been written. In the model, killed by
            // `who_comes_to_a_segment_is_seen_by_who_retires_it`.
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
                // ORDERING: Release publishes the new value to `read`; Acquire on failure, as there.
                match self.0.compare_exchange(
                    old,
                    new,
                    Ordering::Release,
                    Ordering::Acquire,
                    &guard,
                ) {
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
}

#[cfg(latchless_loom)]
mod leaking {
    use crate::sync::{AtomicPtr, Ordering, UnsafeCell};

    /// A value that is replaced as a whole, and never dropped before the end.
    #[derive(Debug)]
    pub(crate) struct Replaced<D>(AtomicPtr<UnsafeCell<D>>);

    fn published<D>(value: D) -> *mut UnsafeCell<D> {
        let place = Box::new(UnsafeCell::new(value));
        // A write that the model can watch.
        place.with_mut(|_| ());
        Box::into_raw(place)
    }

    impl<D> Replaced<D> {
        pub(crate) fn new(value: D) -> Self {
            Self(AtomicPtr::new(published(value)))
        }

        pub(crate) fn read<R>(&self, read: impl FnOnce(&D) -> R) -> R {
            // ORDERING: Acquire pairs with the Release in `replace`; killed by
            // `who_comes_to_a_segment_is_seen_by_who_retires_it`.
            let value = self.0.load(Ordering::Acquire);
            // SAFETY: never null, and never dropped while it is shared.
            read(unsafe { &*(*value).with(|value| value) })
        }

        pub(crate) fn replace<B>(&self, besides: B, mut renew: impl FnMut(&D) -> D) {
            let mut old = self.0.load(Ordering::Acquire);
            loop {
                // SAFETY: as in `read`.
                let new = published(renew(unsafe { &*(*old).with(|value| value) }));
                match self
                    .0
                    .compare_exchange(old, new, Ordering::Release, Ordering::Acquire)
                {
                    Ok(_) => break,
                    Err(seen) => old = seen,
                }
            }
            core::mem::forget(besides);
        }

        pub(crate) fn get_mut(&mut self) -> &mut D {
            let value = self.0.load(Ordering::Relaxed);
            // SAFETY: alone.
            unsafe { &mut *(*value).with_mut(|value| value) }
        }
    }
}
