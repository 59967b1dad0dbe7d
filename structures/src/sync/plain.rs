//! The build that users run: `core` and `std`, and nothing added.

pub(crate) use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
pub(crate) use std::sync::Arc;
pub(crate) use std::thread::yield_now;

/// How many thread numbers there are; see `raw::thread_number`.
pub(crate) const THREAD_NUMBERS: u32 = 64;
/// Handles of a queue that does not say how many.
pub(crate) const HANDLES: usize = 64;
/// Participants for calls of threads without a number.
pub(crate) const POOL: usize = 8;

/// `core::cell::UnsafeCell` with the closure interface that loom can watch.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

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

    /// Where the value lies, for a prefetch.
    #[inline(always)]
    pub(crate) fn address(&self) -> *const T {
        self.0.get()
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

/// Keeps what this thread did before in front of what it does next, as a signal handler on this
/// very thread sees it.
#[inline(always)]
pub(crate) fn visible_to_own_signal_handler() {
    core::sync::atomic::compiler_fence(Ordering::SeqCst);
}

/// Waits a little after a lost race, so that the winner's line can settle.
#[inline]
pub(crate) fn pause(times: u32) {
    for _ in 0..times {
        core::hint::spin_loop();
    }
}

/// A static that the model build makes anew for each execution.
macro_rules! global {
    (static $name:ident: $kind:ty = $value:expr;) => {
        static $name: $kind = $value;
    };
}
pub(crate) use global;

/// A thread-local that is made without a check at each use.
macro_rules! local {
    (static $name:ident: $kind:ty = $value:expr;) => {
        std::thread_local! {
            static $name: $kind = const { $value };
        }
    };
}
pub(crate) use local;
