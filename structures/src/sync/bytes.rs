//! Bytes that two threads share, each piece in the hands of one of them at a time.
//!
//! They are memory as any other, so that a slice of them can be lent; the model build keeps a cell for each beside
//! them, and tells it of every piece that is lent: so loom sees two threads that touch a byte in no order.

use super::ZeroStart;
use core::cell::UnsafeCell;
use core::ops::Range;

/// From so many bytes on it pays to [copy past the cache](copy_past_the_cache).
pub(crate) const LONG: usize = 2048;

/// Copies whole cache lines to memory instead of into the own cache.
///
/// There a core that writes what another has read must first be given each line, with what is in it, and the other one then
/// gets it from here, one after the other, by way of both caches; to memory it is written without being asked for, and
/// from there the other reads as far ahead as it can.
#[cfg(all(target_arch = "x86_64", not(latchless_loom), not(miri)))]
fn copy_past_the_cache(to: &mut [u8], from: &[u8]) {
    use core::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_sfence, _mm_stream_si128};
    const PART: usize = size_of::<__m128i>();
    let before = to.as_ptr().align_offset(LINE).min(from.len());
    let (first, from) = from.split_at(before);
    let (to_first, to) = to.split_at_mut(before);
    to_first.copy_from_slice(first);
    let mut lines = to.chunks_exact_mut(LINE);
    let mut from_lines = from.chunks_exact(LINE);
    for (to, from) in lines.by_ref().zip(from_lines.by_ref()) {
        let (to, from) = (to.as_mut_ptr(), from.as_ptr());
        for part in (0..LINE).step_by(PART) {
            // SAFETY: both are a line long, and `to` begins at one.
            unsafe {
                let word = _mm_loadu_si128(from.add(part).cast());
                _mm_stream_si128(to.add(part).cast(), word);
            }
        }
    }
    lines
        .into_remainder()
        .copy_from_slice(from_lines.remainder());
    // SAFETY: each x86-64 has it. Whatever comes after is behind the copy, which no ordering sees to otherwise.
    unsafe { _mm_sfence() };
}

/// Copies: how to do better here is not known.
#[cfg(not(all(target_arch = "x86_64", not(latchless_loom), not(miri))))]
fn copy_past_the_cache(to: &mut [u8], from: &[u8]) {
    to.copy_from_slice(from);
}

/// The bytes, all zero at first.
#[derive(Debug)]
pub(crate) struct SharedBytes {
    lines: Box<[Line]>,
    length: usize,
    #[cfg(latchless_loom)]
    watched: Box<[super::UnsafeCell<()>]>,
}

/// As much as is moved between two cores at a time.
const LINE: usize = 64;

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

    /// Copies `from` to the place from `at` on, to be read on the core that is given, as far as that is known.
    ///
    /// # Safety
    ///
    /// Nobody else reads or writes there before this is over.
    ///
    /// # Panics
    ///
    /// If it does not fit there.
    #[inline]
    pub(crate) unsafe fn copy_in(&self, at: usize, from: &[u8], read_on: Option<u32>) {
        // SAFETY: the contract.
        let to = unsafe { self.write(at..at + from.len()) };
        if read_on.is_some() && from.len() >= LONG && read_on != super::current_core() {
            copy_past_the_cache(to, from);
        } else {
            to.copy_from_slice(from);
        }
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

    /// Whatever the place begins and ends with: no line, a whole one, or a part of one.
    #[test]
    fn a_copy_past_the_cache_is_a_copy() {
        let from: Vec<u8> = (0..1000_u32).map(|n| (n * 7 % 251) as u8).collect();
        for start in 0..2 * LINE {
            for length in [0, 1, 15, 16, 63, 64, 65, 127, 128, 129, 200, 500] {
                let mut to = vec![255; 800];
                let place = start..start + length;
                copy_past_the_cache(&mut to[place.clone()], &from[start / 2..][..length]);
                assert_eq!(to[place.clone()], from[start / 2..][..length]);
                let untouched = (0..to.len()).filter(|at| !place.contains(at));
                assert!(untouched.map(|at| to[at]).all(|byte| byte == 255));
            }
        }
    }

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
