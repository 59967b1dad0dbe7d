//! Bytes that two threads share, each piece in the hands of one of them at a time.
//!
//! They are memory as any other, so that a slice of them can be lent; the model build keeps a cell for each beside
//! them, and tells it of every piece that is lent: so loom sees two threads that touch a byte in no order.

use super::ZeroStart;
use core::cell::UnsafeCell;
use core::ops::Range;

/// The bytes, all zero at first.
#[derive(Debug)]
pub(crate) struct SharedBytes {
    bytes: Box<[UnsafeCell<u8>]>,
    #[cfg(latchless_loom)]
    watched: Box<[super::UnsafeCell<()>]>,
}

// SAFETY: a cell has the representation of its byte.
unsafe impl ZeroStart for UnsafeCell<u8> {
    fn zero() -> Self {
        UnsafeCell::new(0)
    }
}

// SAFETY: bytes, which are reached by unsafe calls alone; who makes them keeps the threads apart.
unsafe impl Sync for SharedBytes {}

impl SharedBytes {
    /// So many bytes, or `None` when the memory cannot be had.
    pub(crate) fn new(length: usize) -> Option<Self> {
        Some(Self {
            bytes: super::zeroed(length)?,
            #[cfg(latchless_loom)]
            watched: (0..length).map(|_| super::UnsafeCell::new(())).collect(),
        })
    }

    /// How many.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Lends a piece to read.
    ///
    /// # Safety
    ///
    /// Nobody writes there as long as it is lent.
    ///
    /// # Panics
    ///
    /// If the piece does not lie inside.
    #[inline(always)]
    pub(crate) unsafe fn read(&self, piece: Range<usize>) -> &[u8] {
        #[cfg(latchless_loom)]
        self.watched[piece.clone()]
            .iter()
            .for_each(|one| one.with(|_| ()));
        let cells = &self.bytes[piece];
        // SAFETY: cells are as bytes, initialised from the beginning, and nobody writes to these (the contract).
        unsafe { core::slice::from_raw_parts(cells.as_ptr().cast(), cells.len()) }
    }

    /// Lends a piece to write.
    ///
    /// # Safety
    ///
    /// Nobody else reads or writes there as long as it is lent.
    ///
    /// # Panics
    ///
    /// If the piece does not lie inside.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "the bytes lie in cells")]
    pub(crate) unsafe fn write(&self, piece: Range<usize>) -> &mut [u8] {
        #[cfg(latchless_loom)]
        self.watched[piece.clone()]
            .iter()
            .for_each(|one| one.with_mut(|_| ()));
        let cells = &self.bytes[piece];
        let first = UnsafeCell::raw_get(cells.as_ptr());
        // SAFETY: cells are as bytes, initialised from the beginning, and these are the caller's alone (the
        // contract).
        unsafe { core::slice::from_raw_parts_mut(first, cells.len()) }
    }
}
