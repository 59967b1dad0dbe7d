//! Which thread it is: a number that no other thread of the process ever has.

#![forbid(unsafe_code)]

use crate::sync::{AtomicU64, Ordering, global, local};
use core::cell::Cell;

/// No thread.
pub(super) const NOBODY: u64 = 0;

global! {
    static NEXT: AtomicU64 = AtomicU64::new(NOBODY + 1);
}

local! {
    static OWN: Cell<u64> = Cell::new(NOBODY);
}

/// The current thread's number.
#[inline(always)]
pub(super) fn current() -> u64 {
    match OWN.with(Cell::get) {
        NOBODY => ask(),
        own => own,
    }
}

#[cold]
fn ask() -> u64 {
    // ORDERING: Relaxed; the number alone counts. (2^64 threads do not come.)
    let own = NEXT.fetch_add(1, Ordering::Relaxed);
    OWN.with(|cell| cell.set(own));
    own
}
