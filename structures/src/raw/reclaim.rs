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
//! In the models of the queues what was replaced is never dropped, as if somebody were pinned for ever: epochs would
//! multiply their executions. Who reads what, and what was written before it was published, loom watches all the same. The
//! epochs themselves, as they are used here, are explored alone, in crossbeam-epoch's own loom mode (`loom_epochs.rs`).

#[cfg(not(latchless_loom))]
pub(super) use epochs::Replaced;
#[cfg(latchless_loom)]
pub(super) use leaking::Replaced;

#[cfg(not(latchless_loom))]
mod epochs;

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
