//! The side that writes; see [`bytes`](super).

use super::{Position, Shared};
use crate::raw::ways::Ways;
use crate::sync::{Arc, LONG, Ordering, Way};
use core::fmt;
use core::ops::Range;

/// The side that writes.
pub struct Producer<X> {
    shared: Arc<Shared<X>>,
    /// How much was written, and where the next byte goes.
    tail: Position,
    at: usize,
    /// How much was read, as far as is known.
    head: Position,
    is_closed: bool,
    ways: Ways,
}

impl<X> Producer<X> {
    pub(super) fn new(shared: Arc<Shared<X>>, start: Position) -> Self {
        Self {
            shared,
            tail: start,
            at: 0,
            head: start,
            is_closed: false,
            ways: Ways::new(),
        }
    }

    /// What both sides see.
    #[inline(always)]
    pub fn shared(&self) -> &Arc<Shared<X>> {
        &self.shared
    }

    /// How far it has written.
    #[inline(always)]
    pub fn position(&self) -> Position {
        self.tail
    }

    /// What the reader must have read before there is room for `bytes`.
    pub fn head_for(&self, bytes: usize) -> Position {
        self.tail.plus(bytes).minus(self.shared.capacity)
    }

    /// Whether it has said that this was all.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    #[inline(always)]
    fn known_room(&self) -> usize {
        self.shared.capacity - self.tail.since(self.head) as usize
    }

    /// How many bytes can be written: looks anew if fewer than `wanted` are known.
    #[inline(always)]
    pub fn room(&mut self, wanted: usize) -> usize {
        if self.known_room() < wanted {
            self.head = self.shared.head();
        }
        self.known_room()
    }

    /// Writes as many of `bytes` as there is room for, and says how many.
    #[inline]
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        if bytes.len() >= LONG && self.shared.reader.is_elsewhere() {
            return self.write_far(bytes);
        }
        let written = self.put(bytes, Way::Through);
        self.publish(written);
        written
    }

    /// As [`write`](Self::write), much, for a reader on another core.
    fn write_far(&mut self, bytes: &[u8]) -> usize {
        let (way, timed) = self.ways.next();
        let written = self.put(bytes, way);
        self.publish(written);
        if let Some(since) = timed
            && written >= LONG
        {
            self.ways.took(way, since, written);
        }
        written
    }

    /// As [`write`](Self::write), from several pieces at once.
    pub fn write_pieces<'p>(&mut self, pieces: impl IntoIterator<Item = &'p [u8]>) -> usize {
        let way = if self.shared.reader.is_elsewhere() {
            self.ways.best()
        } else {
            Way::Through
        };
        let mut written = 0;
        for piece in pieces {
            let put = self.put(piece, way);
            written += put;
            if put < piece.len() {
                break;
            }
        }
        self.publish(written);
        written
    }

    /// Puts as many of `bytes` behind the tail as there is room for, and moves the own tail.
    #[inline(always)]
    fn put(&mut self, bytes: &[u8], way: Way) -> usize {
        let count = bytes.len().min(self.room(bytes.len()));
        let end = self.shared.bytes.len() - self.at;
        let (first, rest) = bytes[..count].split_at(count.min(end));
        self.copy(self.at, first, way);
        self.at = if first.len() < end {
            self.at + first.len()
        } else {
            self.copy(0, rest, way);
            rest.len()
        };
        self.tail = self.tail.plus(count);
        count
    }

    #[inline(always)]
    fn copy(&self, at: usize, bytes: &[u8], way: Way) {
        // SAFETY: there is room for them behind the tail, so nobody reads there (B3), until they are published.
        unsafe { self.shared.bytes.copy_in(at, bytes, way) };
    }

    /// Lets the reader see what was put behind the tail that it sees.
    #[inline(always)]
    fn publish(&self, moved: usize) {
        if moved > 0 {
            // ORDERING: Release pairs with the Acquire in `tail`; killed by `bytes_arrive_as_they_were_written`. That it
            // is a read-modify-write, who looks for waiters next relies on.
            let word = self.tail.word();
            self.shared.written.tail.swap(word, Ordering::Release);
        }
    }

    /// Contiguous room for `length` bytes, at most the capacity; `None` if there is less room.
    #[inline]
    pub fn reserve(&mut self, length: usize) -> Option<Reserved<'_, X>> {
        if self.room(length) < length {
            return None;
        }
        let jumps = length > self.shared.bytes.len() - self.at;
        let start = if jumps { 0 } else { self.at };
        Some(Reserved {
            place: start..start + length,
            jumps,
            producer: self,
        })
    }

    /// Says that this was all.
    pub fn close(&mut self) {
        self.is_closed = true;
        let word = self.tail.word() | Position::CLOSED;
        // ORDERING: Release pairs with the Acquire in `tail`; killed by
        // `who_finds_the_end_sees_what_was_done_before_it`.
        self.shared.written.tail.swap(word, Ordering::Release);
    }
}

/// Room that was reserved: nothing of it is written before it is committed.
pub struct Reserved<'p, X> {
    producer: &'p mut Producer<X>,
    place: Range<usize>,
    jumps: bool,
}

impl<'p, X> Reserved<'p, X> {
    /// The room. It holds what once went through it.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: nobody else touches it, for it lies behind the tail (B3, B4), and there is one producer.
        unsafe { self.producer.shared.bytes.read(self.place.clone()) }
    }

    /// The room, to be filled.
    #[inline(always)]
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above.
        unsafe { self.producer.shared.bytes.write(self.place.clone()) }
    }

    /// Writes its first `length` bytes, at most those reserved, and gives the producer back.
    ///
    /// # Panics
    ///
    /// If fewer were reserved.
    #[inline]
    pub fn commit(self, length: usize) -> &'p Producer<X> {
        assert!(length <= self.place.len(), "more bytes than were reserved");
        let producer = self.producer;
        if length == 0 {
            return producer;
        }
        if self.jumps {
            // ORDERING: Relaxed; published by the tail that follows. The reader has seen the one before (B4).
            let jump = producer.tail.word();
            producer.shared.written.jump.store(jump, Ordering::Relaxed);
        }
        let end = self.place.start + length;
        producer.at = if end < producer.shared.bytes.len() {
            end
        } else {
            0
        };
        producer.tail = producer.tail.plus(length);
        producer.publish(length);
        producer
    }
}

impl<X> fmt::Debug for Producer<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Producer").field(&self.shared).finish()
    }
}

impl<X> fmt::Debug for Reserved<'_, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reserved")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
