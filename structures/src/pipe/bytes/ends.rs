//! The two ends of a ring of bytes, which wake each other; what a stream of bytes and one of messages have in common.

#![forbid(unsafe_code)]

use super::link::{ForBytes, ForRoom, Link, Shared, Waits};
use crate::raw::bytes::{self, Consumer, NoRing, Producer, Reserved};
use crate::sync::Deadline;
use core::future::Future;
#[cfg(any(feature = "futures", feature = "tokio"))]
use core::task::{Context, Poll};

/// So many bytes are copied before the other end is told of them: enough that to tell is little beside the copying, and few
/// enough that the other end is not kept waiting for the rest.
const PIECE: usize = 8 * 1024;

/// A new pipe's ends.
///
/// # Errors
///
/// If there cannot be one.
pub(in crate::pipe) fn ends(capacity: usize) -> Result<(WriteEnd, ReadEnd), NoRing> {
    let (producer, consumer) = bytes::ring(capacity, Link::new())?;
    let writer = WriteEnd {
        waits: Waits::NONE,
        producer,
    };
    let reader = ReadEnd {
        waits: Waits::NONE,
        consumer,
    };
    Ok((writer, reader))
}

/// The end that writes. When it is dropped, that was all.
#[derive(Debug)]
pub(in crate::pipe) struct WriteEnd {
    waits: Waits<ForRoom>,
    producer: Producer<Link>,
}

/// Contiguous room, whose commit wakes the reader.
#[derive(Debug)]
pub(in crate::pipe) struct Room<'p>(Reserved<'p, Link>);

impl WriteEnd {
    pub(in crate::pipe) fn shared(&self) -> &Shared {
        self.producer.shared()
    }

    /// Whether there is nobody to write for, or it was closed.
    #[inline(always)]
    pub(in crate::pipe) fn is_broken(&self) -> bool {
        self.producer.is_closed() || self.producer.shared().is_deserted()
    }

    /// Writes what there is room for, and says how much that was.
    #[inline]
    pub(in crate::pipe) fn write(&mut self, bytes: &[u8]) -> usize {
        let mut written = 0;
        for piece in bytes.chunks(PIECE) {
            let now = self.producer.write(piece);
            if now > 0 {
                self.published();
            }
            written += now;
            if now < piece.len() {
                break;
            }
        }
        written
    }

    /// As [`write`](Self::write), and all at once, from several pieces at once.
    pub(in crate::pipe) fn write_pieces<'p>(
        &mut self,
        pieces: impl IntoIterator<Item = &'p [u8]>,
    ) -> usize {
        let written = self.producer.write_pieces(pieces);
        if written > 0 {
            self.published();
        }
        written
    }

    /// How many bytes can be written: looks anew if fewer than `wanted` are known.
    #[inline(always)]
    pub(in crate::pipe) fn room(&mut self, wanted: usize) -> usize {
        self.producer.room(wanted)
    }

    /// Contiguous room for so many bytes, at most the capacity; `None` if there is less.
    #[inline]
    pub(in crate::pipe) fn reserve(&mut self, length: usize) -> Option<Room<'_>> {
        self.producer.reserve(length).map(Room)
    }

    #[inline(always)]
    fn published(&self) {
        published(&self.producer);
    }

    /// Says that this was all.
    pub(in crate::pipe) fn close(&mut self) {
        if !self.producer.is_closed() {
            self.producer.close();
            self.shared().beside().for_bytes.ended();
        }
    }

    /// Waits until there is room for so many bytes, or nobody reads.
    pub(in crate::pipe) fn wait(&mut self, room: usize) {
        let wanted = self.producer.head_for(room);
        self.waits.wait(self.producer.shared(), wanted);
    }

    /// As [`wait`](Self::wait); false if the time is over.
    pub(in crate::pipe) fn wait_until(&mut self, room: usize, deadline: &Deadline) -> bool {
        let wanted = self.producer.head_for(room);
        self.waits
            .wait_until(self.producer.shared(), wanted, deadline)
    }

    /// As [`wait`](Self::wait), as a task.
    pub(in crate::pipe) fn wait_async(
        &mut self,
        room: usize,
    ) -> impl Future<Output = ()> + use<'_> {
        let wanted = self.producer.head_for(room);
        self.waits.wait_async(self.producer.shared(), wanted)
    }

    /// As [`wait`](Self::wait), by polls: what is waited for stays the same until it is there, or
    /// [`is_served`](Self::is_served).
    #[cfg(any(feature = "futures", feature = "tokio"))]
    pub(in crate::pipe) fn poll_wait(&mut self, room: usize, cx: &mut Context<'_>) -> Poll<()> {
        let wanted = self.producer.head_for(room);
        self.waits.poll(self.producer.shared(), wanted, cx)
    }

    /// Nothing is waited for by polls any more.
    #[cfg(any(feature = "futures", feature = "tokio"))]
    pub(in crate::pipe) fn is_served(&mut self) {
        self.waits.end();
    }
}

#[inline(always)]
fn published(producer: &Producer<Link>) {
    let link = producer.shared().beside();
    link.for_bytes.reached(producer.position());
}

impl Drop for WriteEnd {
    fn drop(&mut self) {
        self.close();
    }
}

impl Room<'_> {
    /// The room. It holds what once went through it.
    pub(in crate::pipe) fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    /// The room, to be filled.
    pub(in crate::pipe) fn bytes_mut(&mut self) -> &mut [u8] {
        self.0.bytes_mut()
    }

    /// Writes its first bytes, so many.
    #[inline]
    pub(in crate::pipe) fn commit(self, length: usize) {
        let producer = self.0.commit(length);
        if length > 0 {
            published(producer);
        }
    }
}

/// The end that reads. When it is dropped, writing is in vain.
#[derive(Debug)]
pub(in crate::pipe) struct ReadEnd {
    waits: Waits<ForBytes>,
    consumer: Consumer<Link>,
}

impl ReadEnd {
    pub(in crate::pipe) fn shared(&self) -> &Shared {
        self.consumer.shared()
    }

    /// How many bytes can be read: looks anew if fewer than `wanted` are known.
    #[inline(always)]
    pub(in crate::pipe) fn unread(&mut self, wanted: usize) -> usize {
        self.consumer.unread(wanted)
    }

    /// Whether everything was read, and nothing will come; as of the last look.
    #[inline(always)]
    pub(in crate::pipe) fn is_over(&self) -> bool {
        self.consumer.is_over()
    }

    /// The first bytes in one piece, as far as is known.
    #[inline(always)]
    pub(in crate::pipe) fn piece(&self) -> &[u8] {
        self.consumer.piece()
    }

    /// The first bytes are done with, so many of the [piece](Self::piece).
    #[inline(always)]
    pub(in crate::pipe) fn consume(&mut self, length: usize) {
        self.consumer.consume(length);
        self.published(length);
    }

    /// Reads what there is, and fits, and says how much that was.
    #[inline]
    pub(in crate::pipe) fn read(&mut self, into: &mut [u8]) -> usize {
        let mut read = 0;
        for piece in into.chunks_mut(PIECE) {
            let now = self.consumer.read(piece);
            self.published(now);
            read += now;
            if now < piece.len() {
                break;
            }
        }
        read
    }

    /// As [`read`](Self::read), and all at once, into several pieces at once.
    pub(in crate::pipe) fn read_pieces<'p>(
        &mut self,
        pieces: impl IntoIterator<Item = &'p mut [u8]>,
    ) -> usize {
        let read = self.consumer.read_pieces(pieces);
        self.published(read);
        read
    }

    #[inline(always)]
    fn published(&self, read: usize) {
        if read > 0 {
            let link = self.consumer.shared().beside();
            link.for_room.reached(self.consumer.position());
        }
    }

    /// Waits until there are so many bytes, or no more will come.
    pub(in crate::pipe) fn wait(&mut self, bytes: usize) {
        let wanted = self.consumer.position().plus(bytes);
        self.waits.wait(self.consumer.shared(), wanted);
    }

    /// As [`wait`](Self::wait); false if the time is over.
    pub(in crate::pipe) fn wait_until(&mut self, bytes: usize, deadline: &Deadline) -> bool {
        let wanted = self.consumer.position().plus(bytes);
        self.waits
            .wait_until(self.consumer.shared(), wanted, deadline)
    }

    /// As [`wait`](Self::wait), as a task.
    pub(in crate::pipe) fn wait_async(
        &mut self,
        bytes: usize,
    ) -> impl Future<Output = ()> + use<'_> {
        let wanted = self.consumer.position().plus(bytes);
        self.waits.wait_async(self.consumer.shared(), wanted)
    }

    /// As [`wait`](Self::wait), by polls: what is waited for stays the same until it is there, or
    /// [`is_served`](Self::is_served).
    #[cfg(any(feature = "futures", feature = "tokio"))]
    pub(in crate::pipe) fn poll_wait(&mut self, bytes: usize, cx: &mut Context<'_>) -> Poll<()> {
        let wanted = self.consumer.position().plus(bytes);
        self.waits.poll(self.consumer.shared(), wanted, cx)
    }

    /// Nothing is waited for by polls any more.
    #[cfg(any(feature = "futures", feature = "tokio"))]
    pub(in crate::pipe) fn is_served(&mut self) {
        self.waits.end();
    }
}

impl Drop for ReadEnd {
    fn drop(&mut self) {
        self.consumer.leave();
        self.shared().beside().for_room.ended();
    }
}
