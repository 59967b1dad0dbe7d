//! An allocator that counts what one thread asks for, while it is asked to.
//!
//! A program that wants to know declares it:
//! ```text
//! #[global_allocator]
//! static ALLOCATOR: Counting = Counting;
//! ```
//! Elsewhere [`counted`] has no answer. While nobody counts, an allocation costs one look at a flag more than the system's.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts, and leaves the rest to the system's allocator.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counting;

/// How many threads count.
static COUNTING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// What this thread has asked for since it began to count; none: it does not.
    static ASKED: Cell<Option<Asked>> = const { Cell::new(None) };
}

/// What a thread has asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Bytes that it asked for, less those that it gave back.
    pub bytes: i64,
    /// How often it asked for some.
    pub times: u64,
}

impl Asked {
    /// What this thread has asked for since it began to count.
    pub fn now() -> Asked {
        ASKED.get().unwrap_or_default()
    }
}

#[inline]
fn count(bytes: i64, times: u64) {
    // ORDERING: Relaxed: the thread that counts has set it itself.
    if COUNTING.load(Ordering::Relaxed) > 0 {
        note(bytes, times);
    }
}

#[cold]
fn note(bytes: i64, times: u64) {
    // A thread that ends may allocate when its locals are gone.
    let _ = ASKED.try_with(|asked| {
        let so_far = asked.get();
        asked.set(so_far.map(|so_far| Asked {
            bytes: so_far.bytes + bytes,
            times: so_far.times + times,
        }));
    });
}

// SAFETY: every call is passed on to `System` as it came.
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64, 1);
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64, 1);
        // SAFETY: the caller's contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as i64 - layout.size() as i64, 1);
        // SAFETY: the caller's contract.
        unsafe { System.realloc(block, layout, size) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as i64), 0);
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Ends the counting of this thread, also when it unwinds.
struct Ends;

impl Drop for Ends {
    fn drop(&mut self) {
        ASKED.set(None);
        COUNTING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Does `work` while what this thread asks for is counted; none where this program does not use [`Counting`].
pub fn counted<R>(work: impl FnOnce() -> R) -> Option<R> {
    COUNTING.fetch_add(1, Ordering::Relaxed);
    ASKED.set(Some(Asked::default()));
    let ends = Ends;
    drop(black_box(Box::new(0_u8)));
    if Asked::now().times == 0 {
        return None;
    }
    let result = work();
    drop(ends);
    Some(result)
}
