//! The side that reads; see [`bytes`](super).

use super::{Position, Shared};
use crate::raw::ways::Said;
use crate::sync::{Arc, LONG, Ordering};
use core::fmt;
use core::ops::Range;

/// The side that reads.
pub struct Consumer<X> {
    shared: Arc<Shared<X>>,
    /// How much was read, and where the next byte lies.
    head: Position,
    at: usize,
    /// How much was written, as far as is known, and whether that was all.
    tail: Position,
    is_closed: bool,
    /// The newest jump that is known, and the newest that was followed.
    jump: Position,
    jumped: Position,
    /// What it has told the producer of where it reads.
    said: Said,
}

impl<X> Consumer<X> {
    pub(super) fn new(shared: Arc<Shared<X>>, start: Position) -> Self {
        Self {
            shared,
            head: start,
            at: 0,
            tail: start,
            is_closed: false,
            jump: start,
            jumped: start,
            said: Said::default(),
        }
    }

    /// What both sides see.
    #[inline(always)]
    pub fn shared(&self) -> &Arc<Shared<X>> {
        &self.shared
    }

    /// How far it has read.
    #[inline(always)]
    pub fn position(&self) -> Position {
        self.head
    }

    #[inline(always)]
    fn known_unread(&self) -> usize {
        self.tail.since(self.head) as usize
    }

    /// How many bytes can be read: looks anew if fewer than `wanted` are known.
    #[inline(always)]
    pub fn unread(&mut self, wanted: usize) -> usize {
        if self.known_unread() < wanted {
            self.look();
        }
        self.known_unread()
    }

    #[inline]
    fn look(&mut self) {
        (self.tail, self.is_closed) = self.shared.tail();
        // ORDERING: Relaxed; published by the tail that was just acquired. One that is newer than this tail lies
        // behind it, and is not met before the tail is looked at again.
        self.jump = Position(self.shared.written.jump.load(Ordering::Relaxed));
    }

    /// Whether everything was read, and nothing will come; as of the last look.
    #[inline(always)]
    pub fn is_over(&self) -> bool {
        self.is_closed && self.known_unread() == 0
    }

    /// The first bytes in one piece, as far as is known: all that can be read without a wrap between.
    #[inline(always)]
    pub fn piece(&self) -> &[u8] {
        let (place, _) = self.next_place();
        // SAFETY: written and published (B2), and not free for the writer before `head` passes it; this is the one
        // consumer.
        unsafe { self.shared.bytes.read(place) }
    }

    /// Where the next bytes lie, and whether it is behind a jump.
    #[inline(always)]
    fn next_place(&self) -> (Range<usize>, bool) {
        let mut unread = self.known_unread();
        let mut at = self.at;
        let mut jumps = false;
        if self.jump != self.jumped {
            let before = self.jump.since(self.head);
            if before == 0 && unread > 0 {
                (at, jumps) = (0, true);
            } else if before < unread as u64 {
                unread = before as usize;
            }
        }
        (at..self.shared.bytes.len().min(at + unread), jumps)
    }

    /// The first `length` bytes are done with; no more than the [piece](Self::piece).
    ///
    /// # Panics
    ///
    /// If they are more.
    #[inline(always)]
    pub fn consume(&mut self, length: usize) {
        self.advance(length);
        self.publish(length);
    }

    #[inline(always)]
    fn advance(&mut self, length: usize) {
        let (place, jumps) = self.next_place();
        assert!(length <= place.len(), "more bytes than were lent");
        if jumps {
            self.jumped = self.jump;
        }
        let end = place.start + length;
        self.at = if end < self.shared.bytes.len() {
            end
        } else {
            0
        };
        self.head = self.head.plus(length);
    }

    /// Lets the writer see what was done with.
    #[inline(always)]
    fn publish(&self, moved: usize) {
        if moved > 0 {
            // ORDERING: Release pairs with the Acquire in `head`; killed by
            // `bytes_are_not_written_over_before_they_are_read`. That it is a read-modify-write, who looks for waiters
            // next relies on.
            self.shared.head.swap(self.head.word(), Ordering::Release);
        }
    }

    /// Reads as many bytes as there are, and fit, and says how many.
    #[inline]
    pub fn read(&mut self, into: &mut [u8]) -> usize {
        let read = self.get(into);
        self.publish(read);
        read
    }

    /// As [`read`](Self::read), into several pieces at once.
    pub fn read_pieces<'p>(&mut self, pieces: impl IntoIterator<Item = &'p mut [u8]>) -> usize {
        let mut read = 0;
        for piece in pieces {
            let got = self.get(piece);
            read += got;
            if got < piece.len() {
                break;
            }
        }
        self.publish(read);
        read
    }

    #[inline(always)]
    fn get(&mut self, into: &mut [u8]) -> usize {
        let count = into.len().min(self.unread(into.len()));
        if count >= LONG {
            self.shared.reader.say(&mut self.said);
        }
        let mut rest = &mut into[..count];
        while !rest.is_empty() {
            let (place, _) = self.next_place();
            let (now, later) = rest.split_at_mut(place.len().min(rest.len()));
            // SAFETY: as in `piece`.
            unsafe { self.shared.bytes.copy_out(place.start, now) };
            self.advance(now.len());
            rest = later;
        }
        count
    }

    /// It will read no more.
    pub fn leave(&mut self) {
        // ORDERING: Release pairs with the Acquire in `is_deserted`; killed by
        // `who_finds_the_reader_gone_sees_what_was_done_before`.
        self.shared.gone.swap(1, Ordering::Release);
    }
}

impl<X> fmt::Debug for Consumer<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Consumer").field(&self.shared).finish()
    }
}
