//! An allocator that counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts, and leaves the rest to the system.
struct Counting;

/// Bytes that the process holds.
static HELD: AtomicIsize = AtomicIsize::new(0);

thread_local! {
    /// How often, and how many bytes, this thread asked for.
    static ASKED: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

fn count(bytes: usize) {
    HELD.fetch_add(bytes as isize, Ordering::Relaxed);
    // A thread that ends may allocate when its locals are gone.
    let _ = ASKED.try_with(|asked| {
        let (times, sum) = asked.get();
        asked.set((times + 1, sum + bytes));
    });
}

// SAFETY: every call is passed on to `System` as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's contract.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        HELD.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's contract.
        unsafe { System.realloc(block, layout, size) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What the current thread asked for during `action`: how often, and how many bytes.
pub fn asked<R>(action: impl FnOnce() -> R) -> (R, usize, usize) {
    let before = ASKED.get();
    let result = action();
    let after = ASKED.get();
    (result, after.0 - before.0, after.1 - before.1)
}

pub fn held() -> isize {
    HELD.load(Ordering::Relaxed)
}

/// What the test runner may hold more or less between two looks. A leak of a single word in each of the thousands of
/// things that a test makes is more.
#[allow(dead_code, reason = "as below")]
const NOISE: isize = 4 * 1024;

#[allow(dead_code, reason = "not every test that counts needs it")]
pub fn assert_flat(before: isize, after: isize) {
    assert!(
        (after - before).abs() < NOISE,
        "{before} bytes were held before, {after} after"
    );
}

/// One test at a time.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
