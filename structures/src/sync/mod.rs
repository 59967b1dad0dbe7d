//! The only door to atomics, cells, fences and threads.
//!
//! Three builds stand behind one set of names:
//!
//! | build | chosen by | what an access does |
//! |---|---|---|
//! | plain | nothing | what `core` and `std` do; without the feature `std`, `core` and `alloc` |
//! | model | `--cfg latchless_loom` | runs under [loom](https://docs.rs/loom), preceded by a *ghost access* that makes loom explore orders which it would skip; its ordering can be weakened at run time |
//! | steps | `--cfg latchless_steps` | calls the thread's hook first, which may count the step or stop the thread there |
//!
//! The builds are cfgs and never features: cargo unifies features over a workspace, and a build
//! that is measured must not become one that is tested.

use alloc::boxed::Box;
use core::mem::MaybeUninit;

#[cfg(all(latchless_loom, latchless_steps))]
compile_error!("latchless_loom and latchless_steps are different builds: choose one");
#[cfg(all(any(latchless_loom, latchless_steps), not(feature = "std")))]
compile_error!("latchless_loom and latchless_steps need the feature `std`");

#[cfg(feature = "std")]
mod bytes;
#[cfg(feature = "std")]
pub(crate) use bytes::SharedBytes;

#[cfg(latchless_loom)]
mod model;
#[cfg(latchless_loom)]
pub use model::*;

#[cfg(latchless_steps)]
mod stepped;
#[cfg(latchless_steps)]
pub use stepped::*;

#[cfg(not(any(latchless_loom, latchless_steps)))]
mod membarrier;
#[cfg(not(any(latchless_loom, latchless_steps)))]
#[cfg_attr(
    not(feature = "std"),
    allow(dead_code, unused_imports, reason = "much of it is for those who wait")
)]
mod plain;
#[cfg(not(any(latchless_loom, latchless_steps)))]
pub(crate) use plain::*;

#[cfg(all(feature = "std", not(any(latchless_loom, latchless_steps))))]
mod hosted;
#[cfg(all(feature = "std", not(any(latchless_loom, latchless_steps))))]
pub(crate) use hosted::*;

#[cfg(not(feature = "std"))]
mod bare;
#[cfg(not(feature = "std"))]
pub(crate) use bare::*;

#[cfg(feature = "std")]
mod copies;
#[cfg(feature = "std")]
pub(crate) use copies::{LINE, LONG, Way, copy_in, copy_out, ticks};

#[cfg(feature = "std")]
mod cells;
#[cfg(feature = "std")]
pub use cells::Cells;

/// How long a thread tries again before it sleeps.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Tries after a pause, each longer than the last.
    pub(crate) pauses: u32,
    /// Tries after the thread has let others run.
    pub(crate) yields: u32,
}

/// A value whose first state is all zeros, so that a large array of it can be had untouched.
///
/// # Safety
///
/// In the plain and steps builds the all-zero bit pattern must be a valid value, equal to
/// [`zero`](ZeroStart::zero).
pub unsafe trait ZeroStart: Sized {
    /// The value that zeroed memory stands for.
    #[cfg_attr(not(latchless_loom), allow(dead_code, reason = "memory comes zeroed"))]
    fn zero() -> Self;
}

// SAFETY: an atomic integer has the representation of its integer.
unsafe impl ZeroStart for AtomicU64 {
    fn zero() -> Self {
        AtomicU64::new(0)
    }
}

/// `length` values in their zero state, or `None` when that much memory cannot be had.
#[cfg(not(latchless_loom))]
pub(crate) fn zeroed<T: ZeroStart>(length: usize) -> Option<Box<[T]>> {
    // SAFETY: zeroed memory holds values by the contract of `ZeroStart`.
    unsafe { boxed(length, alloc::alloc::alloc_zeroed) }
}

/// `length` cells that hold nothing yet, in memory that is not touched, or `None` when it cannot be
/// had.
#[cfg(not(latchless_loom))]
pub(crate) fn unwritten<T>(length: usize) -> Option<Box<[UnsafeCell<MaybeUninit<T>>]>> {
    // SAFETY: a cell is transparent, and any memory is a `MaybeUninit`.
    unsafe { boxed(length, alloc::alloc::alloc) }
}

/// # Safety
///
/// Memory as `allocate` returns it holds values of `T`.
unsafe fn boxed<T>(
    length: usize,
    allocate: unsafe fn(core::alloc::Layout) -> *mut u8,
) -> Option<Box<[T]>> {
    let layout = core::alloc::Layout::array::<T>(length).ok()?;
    let first = if layout.size() == 0 {
        core::ptr::NonNull::<T>::dangling().as_ptr()
    } else {
        // SAFETY: the layout is not of size zero.
        unsafe { allocate(layout).cast::<T>() }
    };
    if first.is_null() {
        return None;
    }
    // SAFETY: the memory holds `length` values by the contract, and was allocated (or needs no
    // allocation) as a box of that slice would be.
    Some(unsafe { Box::from_raw(core::ptr::slice_from_raw_parts_mut(first, length)) })
}

/// `length` values in their zero state; loom's objects must be made one by one.
#[cfg(latchless_loom)]
pub(crate) fn zeroed<T: ZeroStart>(length: usize) -> Option<Box<[T]>> {
    Some((0..length).map(|_| T::zero()).collect())
}

/// `length` cells that hold nothing yet.
#[cfg(latchless_loom)]
pub(crate) fn unwritten<T>(length: usize) -> Option<Box<[UnsafeCell<MaybeUninit<T>>]>> {
    let cell = |_| UnsafeCell::new(MaybeUninit::uninit());
    Some((0..length).map(cell).collect())
}

/// Runs a stranger's code, and says whether it came through; a panic ends there.
#[cfg(all(feature = "std", not(latchless_loom)))]
pub(crate) fn without_panic(stranger: impl FnOnce()) -> bool {
    use core::panic::AssertUnwindSafe;
    use std::panic::catch_unwind;
    let Err(payload) = catch_unwind(AssertUnwindSafe(stranger)) else {
        return true;
    };
    // What it panicked with is a stranger too: its drop may panic again, which is not tried twice.
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        core::mem::forget(again);
    }
    false
}

/// Runs a stranger's code; in a model, a panic is a failure of the model.
#[cfg(latchless_loom)]
pub(crate) fn without_panic(stranger: impl FnOnce()) -> bool {
    stranger();
    true
}

/// Asks for the cache line of `_at` before it is read; never needed for correctness.
#[inline(always)]
pub(crate) fn prefetch<T>(_at: *const T) {
    #[cfg(all(target_arch = "x86_64", not(latchless_loom), not(miri)))]
    // SAFETY: a prefetch accesses nothing, whatever the address.
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(_at.cast());
    }
}

/// As [`prefetch`], to be written.
#[cfg(feature = "std")]
#[inline(always)]
pub(crate) fn prefetch_to_write<T>(_at: *const T) {
    #[cfg(all(target_arch = "x86_64", not(latchless_loom), not(miri)))]
    // SAFETY: a prefetch accesses nothing, whatever the address, and where the instruction is not known it does nothing.
    unsafe {
        core::arch::asm!("prefetchw [{}]", in(reg) _at, options(nostack, preserves_flags, readonly));
    }
}
