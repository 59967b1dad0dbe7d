//! The build that users run: what `core` and `alloc` have, and nothing added. Threads and time are in `hosted`.

use super::membarrier;
pub(crate) use alloc::sync::Arc;
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// Handles of a queue that does not say how many.
pub(crate) const HANDLES: usize = 64;

/// Waiters that a structure has room for without asking the allocator.
pub(crate) const WAITERS_INLINE: usize = 4;
/// Blocks of waiters, each twice as large as the one before.
pub(crate) const WAITER_BLOCKS: usize = 22;
/// How many dead waiters a list keeps beside as many as are alive, before it is swept.
pub(crate) const DEAD_BEFORE_A_SWEEP: u64 = 32;
/// After so many looks in vain for a waiter at a pipe there will hardly be one: they cost as much as to be found by a fence
/// that is made in all threads.
pub(crate) const LOOKS_IN_VAIN: u32 = 1024;
/// How often a popper looks again at a slot whose pusher is on its way before it doubts it: some microseconds.
pub(crate) const LOOKS_BEFORE_A_DOUBT: u32 = 64;
/// How many wakes a thread that locks loses before it is handed the lock.
pub(crate) const LOSSES: u32 = 4;

/// `core::cell::UnsafeCell` with the closure interface that loom can watch.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct UnsafeCell<T: ?Sized>(core::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    /// The value.
    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner()
    }

    /// Where the value lies, for a prefetch.
    #[inline(always)]
    pub(crate) fn address(&self) -> *const T {
        self.0.get()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Lends a pointer to read through.
    #[inline(always)]
    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    /// Lends a pointer to write through.
    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// Makes every change that this thread made by a read-modify-write visible to all before its
/// next load.
///
/// On x86-64 a read-modify-write has drained the store buffer by the time it retires, and loads
/// are not reordered with older loads: only the compiler must be held back. Everywhere else this
/// is the full fence.
#[inline(always)]
pub(crate) fn own_changes_before_next_look() {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    core::sync::atomic::compiler_fence(Ordering::SeqCst);
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    core::sync::atomic::fence(Ordering::SeqCst);
}

/// The full fence: for changes of whatever kind.
#[inline(always)]
pub(crate) fn full_fence() {
    core::sync::atomic::fence(Ordering::SeqCst);
}

/// A fence between two that meet again and again, of whom one must not be kept up by it.
///
/// The *light* side makes a change and then looks; the *heavy* side does too, with the two the other way round. One of
/// them sees the other's change. Where the system can make a fence in all threads at once (see `membarrier`), only the
/// heavy side pays for that: the fence that it makes in the other thread falls either before the other's look, which then
/// sees the heavy side's change, or behind the other's change, which the heavy side's look then sees. For that the light
/// side must only be kept from being reordered by its compiler. Everywhere else both sides make a full fence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AsymmetricFence {
    is_asymmetric: bool,
}

impl AsymmetricFence {
    /// Asymmetric where the system allows it.
    pub(crate) fn new() -> Self {
        Self {
            is_asymmetric: membarrier::is_to_be_had(),
        }
    }

    /// Between the light side's change and its look.
    #[inline(always)]
    pub(crate) fn light(&self) {
        if self.is_asymmetric {
            core::sync::atomic::compiler_fence(Ordering::SeqCst);
        } else {
            core::sync::atomic::fence(Ordering::SeqCst);
        }
    }

    /// Between the heavy side's change and its look: takes microseconds.
    ///
    /// # Panics
    ///
    /// If a sandbox was put up since this was made that forbids it.
    #[cold]
    pub(crate) fn heavy(&self) {
        if self.is_asymmetric {
            membarrier::issue();
        } else {
            core::sync::atomic::fence(Ordering::SeqCst);
        }
    }
}

/// Keeps what this thread did before in front of what it does next, as a signal handler on this
/// very thread sees it.
#[inline(always)]
pub(crate) fn visible_to_own_signal_handler() {
    core::sync::atomic::compiler_fence(Ordering::SeqCst);
}

/// Only a model can fail.
#[inline(always)]
pub(crate) fn has_failed() -> bool {
    false
}

/// Waits a little after a lost race, so that the winner's line can settle.
#[inline]
pub(crate) fn pause(times: u32) {
    for _ in 0..times {
        core::hint::spin_loop();
    }
}

/// Nothing: a step of the steps build, between the choice of a waiter and its wake.
#[inline(always)]
pub(crate) fn about_to_wake() {}
