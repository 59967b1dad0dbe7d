//! Bytes that two threads share, each piece in the hands of one of them at a time.
//!
//! They are memory as any other, so that a slice of them can be lent; the model build keeps a cell for each beside
//! them, and tells it of every piece that is lent: so loom sees two threads that touch a byte in no order.

use super::copies::LINE;
use super::{Way, ZeroStart, copy_in, copy_out};
use core::cell::UnsafeCell;
use core::ops::Range;

/// The bytes, all zero at first.
#[derive(Debug)]
pub(crate) struct SharedBytes {
    lines: Box<[Line]>,
    length: usize,
    #[cfg(latchless_loom)]
    watched: Box<[super::UnsafeCell<()>]>,
}

/// A cache line of bytes.
#[derive(Debug)]
#[repr(C, align(64))]
struct Line(UnsafeCell<[u8; LINE]>);

// SAFETY: bytes may be zero.
unsafe impl ZeroStart for Line {
    fn zero() -> Self {
        Line(UnsafeCell::new([0; LINE]))
    }
}

// SAFETY: bytes, which are reached by unsafe calls alone; who makes them keeps the threads apart.
unsafe impl Sync for SharedBytes {}

impl SharedBytes {
    /// So many bytes, or `None` when the memory cannot be had.
    pub(crate) fn new(length: usize) -> Option<Self> {
        Some(Self {
            lines: super::zeroed(length.div_ceil(LINE))?,
            length,
            #[cfg(latchless_loom)]
            watched: (0..length).map(|_| super::UnsafeCell::new(())).collect(),
        })
    }

    /// How many.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.length
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
        let first = self.place(&piece);
        // SAFETY: inside, initialised from the beginning, and nobody writes there (the contract).
        unsafe { core::slice::from_raw_parts(first, piece.len()) }
    }

    /// Copies `from` to the place from `at` on.
    ///
    /// # Safety
    ///
    /// Nobody else reads or writes there before this is over.
    ///
    /// # Panics
    ///
    /// If it does not fit there.
    #[inline]
    pub(crate) unsafe fn copy_in(&self, at: usize, from: &[u8], way: Way) {
        // SAFETY: the contract.
        let to = unsafe { self.write(at..at + from.len()) };
        // SAFETY: both are so long, and two references.
        unsafe { copy_in(from.as_ptr(), to.as_mut_ptr(), from.len(), way) };
    }

    /// Copies what lies from `at` on to `into`.
    ///
    /// # Safety
    ///
    /// Nobody writes there before this is over.
    ///
    /// # Panics
    ///
    /// If there is not so much.
    #[inline]
    pub(crate) unsafe fn copy_out(&self, at: usize, into: &mut [u8]) {
        // SAFETY: the contract.
        let from = unsafe { self.read(at..at + into.len()) };
        // SAFETY: both are so long, and two references.
        unsafe { copy_out(from.as_ptr(), into.as_mut_ptr(), into.len()) };
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
        let first = self.place(&piece);
        // SAFETY: inside, initialised from the beginning, and the caller's alone (the contract).
        unsafe { core::slice::from_raw_parts_mut(first, piece.len()) }
    }

    /// Where a piece begins.
    #[inline(always)]
    fn place(&self, piece: &Range<usize>) -> *mut u8 {
        assert!(
            piece.start <= piece.end && piece.end <= self.length,
            "a piece lies inside"
        );
        // SAFETY: inside, as was asserted, and the lines lie side by side.
        unsafe { self.lines.as_ptr().cast::<u8>().cast_mut().add(piece.start) }
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_zero_and_lie_at_a_line() {
        let bytes = SharedBytes::new(100).expect("there is memory");
        assert_eq!(bytes.len(), 100);
        // SAFETY: nobody else knows them.
        let all = unsafe { bytes.read(0..100) };
        assert!(all.iter().all(|byte| *byte == 0));
        assert!(all.as_ptr().addr().is_multiple_of(LINE));
    }
}
