//! A ring of bytes between one thread that writes and one that reads, with contiguous room for the asking.
//!
//! # What
//!
//! Each side counts the bytes that it has moved, and publishes its count; what lies between the two counts is
//! inside. Each keeps a copy of the other's count, and looks again only where that says too little. Room for the
//! next `n` bytes can be reserved *contiguously*, and is to be had whenever `n` bytes fit at all.
//!
//! # Picture
//!
//! ```text
//!  memory, twice the capacity     [ . . . d e f g . . . . . . . . . ]
//!                                         ^at (reader)
//!                                                 ^at (writer)
//!  the same after a jump          [ k l m . . . . . . . . . h i j . . . ]      j, then k: the rest is left out
//!                                         ^at (writer)      ^at (reader)
//!  tail  [ bytes written | CLOSED ]   jump  [ the position at which the writer went back to offset 0 ]
//!  head  [ bytes read ]               gone  [ whether the reader is ]
//! ```
//!
//! # Word layout
//!
//! ```text
//!  tail, head, jump   [ position (63) | CLOSED (1), in tail alone ]
//! ```
//!
//! Positions count from the beginning and wrap after 2^63 bytes, which nobody notices: only differences are used,
//! of positions less than a capacity apart. Each side knows for itself where in the memory it stands, so nothing
//! is ever divided. CLOSED lies beside the tail: so one load tells how much was written, and whether that was all.
//!
//! # Invariants
//!
//! * **B1** `tail` and `jump` are written by the writer alone, `head` and `gone` by the reader alone.
//! * **B2** `0 <= tail - head <= capacity`, for each side's own count and what it knows of the other's: what it knows
//!   may be old, and counts do not fall, so the writer thinks that there is less room than there is, the reader that
//!   there is less to read.
//! * **B3** The bytes inside, and the `capacity - inside` behind them, lie at different places. The bytes between two
//!   jumps follow each other in the memory, from 0 on, and over its end to 0 again.
//! * **B4** The writer jumps only where `at + n > 2 * capacity` and `inside + n <= capacity`. So `at > capacity +
//!   inside`: all that is inside lies in one piece before `at`, and begins behind `capacity >= n`; the first `n`
//!   places are free. And the reader has read more than one byte behind the last jump: it has taken note of it, and
//!   the word may be used again.
//!
//! # Why it is correct
//!
//! The writer writes only where B3 says free, then publishes by a Release swap of `tail`; the reader reads below
//! a `tail` that it has loaded with Acquire, and so sees the bytes, and every jump up to there. The way back is the
//! same: the reader is through with what lies below the `head` that it publishes. Both commits are single steps: a
//! write takes effect as a whole, or not at all.
//!
//! *The end.* CLOSED is stored with the last tail. Who finds it there and nothing to read has read all.
//!
//! # Progress
//!
//! Wait-free: no call has a loop that another thread could prolong. A stopped side changes nothing any more; the other
//! goes on until it finds the ring full, or empty.
//!
//! # Cost
//!
//! A swap for each commit: a store would do for the ring, but who publishes looks for waiters next, and the look must not
//! come before. (To leave that to the waiter, by a fence that it makes in all threads, was tried: where both ends
//! are at work a fence is nothing beside the copying, and where they take turns the waits became many times as
//! dear.) The other side's line is loaded once for each time that it looked too full, or too empty.
//! What comes in long pieces, to be read on another core, is copied through the writer's cache, past it, or half and half, whichever
//! took the least time of late (see `ways`): which that is depends on how far the cores are apart, and between the best and the
//! worst lies a factor of up to six. Where writer and reader take turns on one thread it goes through the cache; so
//! the reader says where it reads.
//! Two bytes of memory for each byte of capacity: the price of contiguous room at any time.
//!
//! # Source
//!
//! The counts are Lamport's ("Proving the correctness of multiprocess programs", 1977), the copies those of
//! MCRingBuffer (Lee, Bu, Chandranmenon 2010); a wrap that leaves a rest out is that of a BipBuffer (Simon Cooke, 2003).

mod consumer;
mod producer;

pub use consumer::Consumer;
pub use producer::{Producer, Reserved};

use super::ways::Whereabouts;
use crate::sync::{Arc, AtomicU64, Ordering, SharedBytes};
use core::fmt;
use crossbeam_utils::CachePadded;

/// How many bytes were moved before, in a word; see the head of this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position(u64);

impl Position {
    const CLOSED: u64 = 1;

    /// So many bytes later.
    #[inline(always)]
    #[must_use]
    pub fn plus(self, bytes: usize) -> Self {
        Self(self.0.wrapping_add((bytes as u64) << 1))
    }

    /// So many bytes earlier.
    fn minus(self, bytes: usize) -> Self {
        Self(self.0.wrapping_sub((bytes as u64) << 1))
    }

    /// The bytes in between.
    #[inline(always)]
    fn since(self, earlier: Self) -> u64 {
        self.0.wrapping_sub(earlier.0) >> 1
    }

    /// Whether it is not before `other`, from which it is no more than a capacity away.
    #[inline(always)]
    #[must_use]
    pub fn has_reached(self, other: Self) -> bool {
        self.since(other) < 1 << 62
    }

    /// As it lies in a word.
    #[inline(always)]
    #[must_use]
    pub fn word(self) -> u64 {
        self.0
    }

    /// From a word.
    #[inline(always)]
    #[must_use]
    pub fn from_word(word: u64) -> Self {
        Self(word & !Self::CLOSED)
    }
}

/// What both sides see, and what their user has put beside it.
pub struct Shared<X> {
    bytes: SharedBytes,
    capacity: usize,
    gone: AtomicU64,
    /// Where the consumer reads.
    reader: Whereabouts,
    beside: X,
    written: CachePadded<Written>,
    head: CachePadded<AtomicU64>,
}

/// The writer's words.
#[derive(Debug)]
struct Written {
    tail: AtomicU64,
    jump: AtomicU64,
}

/// Why there is no such ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRing {
    /// More bytes than an index counts.
    TooLarge,
    /// The memory cannot be had.
    OutOfMemory,
}

/// A ring for `capacity` bytes, which is not zero, with `beside` for both sides to see.
///
/// # Errors
///
/// If there cannot be one.
pub fn ring<X>(capacity: usize, beside: X) -> Result<(Producer<X>, Consumer<X>), NoRing> {
    ring_at(Position(0), capacity, beside)
}

/// As [`ring`], as if so many bytes had gone through it before.
///
/// # Errors
///
/// As there.
pub fn ring_after<X>(
    bytes: u64,
    capacity: usize,
    beside: X,
) -> Result<(Producer<X>, Consumer<X>), NoRing> {
    ring_at(Position(bytes << 1), capacity, beside)
}

fn ring_at<X>(
    start: Position,
    capacity: usize,
    beside: X,
) -> Result<(Producer<X>, Consumer<X>), NoRing> {
    debug_assert!(capacity > 0);
    let memory = capacity.checked_mul(2).ok_or(NoRing::TooLarge)?;
    if isize::try_from(memory).is_err() {
        return Err(NoRing::TooLarge);
    }
    let shared = Arc::new(Shared {
        bytes: SharedBytes::new(memory).ok_or(NoRing::OutOfMemory)?,
        capacity,
        gone: AtomicU64::new(0),
        reader: Whereabouts::new(),
        beside,
        written: CachePadded::new(Written {
            tail: AtomicU64::new(start.0),
            jump: AtomicU64::new(start.0),
        }),
        head: CachePadded::new(AtomicU64::new(start.0)),
    });
    let producer = Producer::new(Arc::clone(&shared), start);
    let consumer = Consumer::new(shared, start);
    Ok((producer, consumer))
}

impl<X> Shared<X> {
    /// What was put beside it.
    #[inline(always)]
    pub fn beside(&self) -> &X {
        &self.beside
    }

    /// How many bytes fit inside.
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// What was written, and whether that is all.
    #[inline(always)]
    pub fn tail(&self) -> (Position, bool) {
        // ORDERING: Acquire pairs with the Release in `publish` and `close` of the producer: what lies below the tail
        // is seen, and the jumps up to there. Killed by `bytes_arrive_as_they_were_written`.
        let word = self.written.tail.load(Ordering::Acquire);
        (Position::from_word(word), word & Position::CLOSED != 0)
    }

    /// What was read.
    #[inline(always)]
    pub fn head(&self) -> Position {
        // ORDERING: Acquire pairs with the Release in `publish` of the consumer: it is through with what lies below.
        // Killed by `bytes_are_not_written_over_before_they_are_read`.
        Position(self.head.load(Ordering::Acquire))
    }

    /// Whether the consumer is gone.
    #[inline(always)]
    pub fn is_deserted(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `leave`: who finds the reader gone sees what was done before.
        // Killed by `who_finds_the_reader_gone_sees_what_was_done_before`.
        self.gone.load(Ordering::Acquire) != 0
    }

    /// How many bytes are inside; exact where one of the sides asks, for the other can only change it in its favour.
    pub fn inside(&self) -> usize {
        // The head first: it never overtakes the tail, so that the difference is none of a later head.
        let head = self.head();
        let (tail, _) = self.tail();
        let inside = tail.since(head) as usize;
        inside.min(self.capacity)
    }
}

impl<X> fmt::Debug for Shared<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("capacity", &self.capacity)
            .field("inside", &self.inside())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// Some numbers below `end`, one after the other.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: usize) -> usize {
            self.0 = (self.0.wrapping_mul(6_364_136_223_846_793_005)).wrapping_add(1);
            (self.0 >> 33) as usize % end
        }
    }

    /// Writes, grants and reads of all lengths, over the wrap of the memory and of the positions.
    #[test]
    fn bytes_are_kept_over_every_wrap() {
        for capacity in [1, 2, 3, 5, 8] {
            let Ok((mut producer, mut consumer)) = ring_after(u64::MAX / 2 - 1_000, capacity, ())
            else {
                panic!("a small ring");
            };
            let (mut numbers, mut next) = (Numbers(capacity as u64), 0_u8);
            let mut expected = VecDeque::<u8>::new();
            for _ in 0..20_000 {
                let length = numbers.below(capacity + 1);
                let room = capacity - expected.len();
                let bytes: Vec<u8> = (0..length).map(|n| next.wrapping_add(n as u8)).collect();
                let written = if numbers.below(2) == 0 {
                    let written = producer.write(&bytes);
                    assert_eq!(written, length.min(room));
                    written
                } else if let Some(mut reserved) = producer.reserve(length) {
                    assert!(length <= room);
                    reserved.bytes_mut().copy_from_slice(&bytes);
                    let written = numbers.below(length + 1);
                    reserved.commit(written);
                    written
                } else {
                    assert!(length > room);
                    0
                };
                expected.extend(&bytes[..written]);
                next = next.wrapping_add(written as u8);
                let mut into = vec![0; numbers.below(capacity + 1)];
                let read = consumer.read(&mut into);
                assert_eq!(read, into.len().min(expected.len()));
                assert!(expected.drain(..read).eq(into[..read].iter().copied()));
                assert_eq!(consumer.shared().inside(), expected.len());
            }
        }
    }

    #[test]
    fn what_cannot_be_indexed_is_too_large() {
        for capacity in [usize::MAX, usize::MAX / 2 + 1, usize::MAX / 4 + 1] {
            assert_eq!(ring(capacity, ()).err(), Some(NoRing::TooLarge));
        }
    }

    #[test]
    fn positions_are_told_apart_over_the_wrap() {
        let last = Position(u64::MAX - 1);
        assert_eq!(last.plus(3).since(last), 3);
        assert!(last.plus(3).has_reached(last) && !last.has_reached(last.plus(3)));
        assert!(last.has_reached(last));
        assert_eq!(last.plus(3).minus(3), last);
        assert_eq!(Position::from_word(last.word() | Position::CLOSED), last);
    }
}
