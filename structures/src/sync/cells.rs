//! Cells that lie side by side, so that many are read or written at once.

use super::UnsafeCell;
use core::mem::MaybeUninit;

/// So many cells in one piece. It never reads or drops what is in them.
///
/// In the model build the values lie in memory that loom does not know, and each has a watcher, which is accessed
/// whenever its value may be: so loom sees a race for the values as one for the watchers.
#[derive(Debug)]
pub struct Cells<T> {
    values: Box<[core::cell::UnsafeCell<MaybeUninit<T>>]>,
    watchers: Box<[UnsafeCell<()>]>,
}

// SAFETY: whoever reads or writes promises to be alone.
unsafe impl<T: Send> Sync for Cells<T> {}

impl<T> Cells<T> {
    /// Memory that is not touched; `None` when it cannot be had.
    pub fn new(length: usize) -> Option<Self> {
        let watched = if cfg!(latchless_loom) { length } else { 0 };
        // SAFETY: a cell is transparent, and any memory is a `MaybeUninit`.
        let values = unsafe { super::boxed(length, std::alloc::alloc) }?;
        Some(Self {
            values,
            watchers: (0..watched).map(|_| UnsafeCell::new(())).collect(),
        })
    }

    /// Where the cells from `at` on lie, for `count` of them to be read.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    #[inline(always)]
    #[cfg_attr(latchless_loom, track_caller)]
    pub fn to_read(&self, at: usize, count: usize) -> *const T {
        if cfg!(latchless_loom) {
            let watchers = &self.watchers[at..at + count];
            watchers.iter().for_each(|watcher| watcher.with(|_| ()));
        }
        let cells = &self.values[at..at + count];
        cells.as_ptr().cast()
    }

    /// Where the cells from `at` on lie, for `count` of them to be written.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    #[inline(always)]
    #[cfg_attr(latchless_loom, track_caller)]
    pub fn to_write(&self, at: usize, count: usize) -> *mut T {
        if cfg!(latchless_loom) {
            let watchers = &self.watchers[at..at + count];
            watchers.iter().for_each(|watcher| watcher.with_mut(|_| ()));
        }
        let cells = &self.values[at..at + count];
        cells.as_ptr().cast_mut().cast()
    }
}
