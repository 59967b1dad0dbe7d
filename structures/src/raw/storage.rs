//! Where a ring lives: its memory is handed in, so that one algorithm serves the heap and, later,
//! a `static` or mapped memory.

use super::participants::{Census, MOST_SPARES, Record};
use super::word::Layout;
use crate::sync::{AtomicU64, UnsafeCell, unwritten, zeroed};
use alloc::boxed::Box;
use core::mem::MaybeUninit;
use crossbeam_utils::CachePadded;

/// The memory of a ring: three arrays, of which slots and records begin as zeros.
///
/// # Safety
///
/// The three methods return the same memory at every call, at least as much of it as the
/// [`Plan`] asks for, slots and records in their zero state when the ring is made, touched by
/// the ring alone, and may be used and dropped on any thread.
pub unsafe trait Storage<T> {
    /// One word a slot.
    fn slots(&self) -> &[AtomicU64];
    /// The values.
    fn cells(&self) -> &[UnsafeCell<MaybeUninit<T>>];
    /// The participants.
    fn records(&self) -> &[CachePadded<Record>];
}

/// How much of everything a ring needs.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Widths of the packed words, and the capacity.
    pub layout: Layout,
    /// Who may take part.
    pub census: Census,
    /// Spare cells of each participant, a power of two.
    pub spares: usize,
}

impl Plan {
    /// The plan of a ring for values of `size` bytes; `None` when its indices or stamps do not
    /// fit.
    pub fn new(capacity: usize, census: Census, size: usize) -> Option<Self> {
        let spares = spares(capacity, size);
        let cells = cells(capacity, census, spares)?;
        Some(Self {
            layout: Layout::new(capacity, cells)?,
            census,
            spares,
        })
    }

    /// Number of cells: one a slot, and the spares of everybody.
    pub fn cells(&self) -> Option<usize> {
        cells(self.layout.capacity(), self.census, self.spares)
    }
}

fn cells(capacity: usize, census: Census, spares: usize) -> Option<usize> {
    capacity.checked_add(census.total()?.checked_mul(spares)?)
}

/// How many spares pay for themselves: about a cache line of values, so that a producer does not
/// write into the line which a consumer still reads, but never more than the queue has slots.
fn spares(capacity: usize, size: usize) -> usize {
    let line = 64usize
        .checked_div(size)
        .map_or(1, |fit| fit.clamp(1, MOST_SPARES));
    let most = line.min(capacity.max(1));
    1 << most.ilog2()
}

/// A ring's memory on the heap.
#[derive(Debug)]
pub struct Heap<T> {
    slots: Box<[AtomicU64]>,
    cells: Box<[UnsafeCell<MaybeUninit<T>>]>,
    records: Box<[CachePadded<Record>]>,
}

impl<T> Heap<T> {
    /// Memory for `plan`, or `None` when it cannot be had.
    pub fn new(plan: &Plan) -> Option<Self> {
        Some(Self {
            slots: zeroed(plan.layout.capacity())?,
            cells: unwritten(plan.cells()?)?,
            records: zeroed(plan.census.total()?)?,
        })
    }
}

// SAFETY: boxes do not move, are as long as planned and zeroed when made.
unsafe impl<T> Storage<T> for Heap<T> {
    #[inline(always)]
    fn slots(&self) -> &[AtomicU64] {
        &self.slots
    }
    #[inline(always)]
    fn cells(&self) -> &[UnsafeCell<MaybeUninit<T>>] {
        &self.cells
    }
    #[inline(always)]
    fn records(&self) -> &[CachePadded<Record>] {
        &self.records
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spares_fill_a_line_but_never_exceed_the_slots() {
        for (capacity, size, expected) in [
            (1024, 8, 8),
            (1024, 24, 2),
            (1024, 12, 4),
            (1024, 64, 1),
            (1024, 4096, 1),
            (1024, 0, 1),
            (1024, 1, 8),
            (1, 8, 1),
            (2, 8, 2),
            (7, 8, 4),
            (8, 8, 8),
        ] {
            assert_eq!(
                spares(capacity, size),
                expected,
                "{capacity} slots of {size} bytes"
            );
        }
    }
}
