//! Looking at a whole ring: its length, and its end for good. Part of [`cell_ring`](super::cell_ring),
//! whose invariants it uses.
//!
//! # Closing
//!
//! `close` says CLOSING, then *seals*: it walks to the true tail t and sets C on the word there by
//! a CAS, whether that slot is empty (stamp 2·lap) or still holds the item of the lap before
//! (2·lap - 1). Every later push walks to t too and meets C; a pop that empties the slot keeps C;
//! a pop whose head reaches t finds it empty with C: Closed. The CAS is the linearization point.
//! A push that reads CLOSING at its start seals too before it answers Closed, so the answer is
//! true by then, and a closer loses its CAS only to operations that began before it said CLOSING
//! (and to pops), which bounds its retries.
//!
//! # Length
//!
//! Walk to the true tail t, then to the true head h, fence, look at the slot of t again. If t is
//! still not filled, the tail was t all the time (positions are filled in order), so at the moment
//! when h was found not taken, exactly t - h items were inside. Otherwise start again: a push took
//! effect meanwhile, so this is lock-free.

#![forbid(unsafe_code)]

use super::cell_ring::{CLOSING, CellRing, Head, OPEN, Tail};
use super::participants::Participant;
use super::storage::Storage;
use super::word::{Relation, Word};
use crate::sync::{Ordering, own_changes_before_next_look};

impl<T, S: Storage<T>> CellRing<T, S> {
    /// Closes the ring; says whether this call was the first to.
    pub fn close(&self, own: &mut Participant) -> bool {
        // ORDERING: Relaxed; the flag carries no knowledge, C does.
        let first = self.state.swap(CLOSING, Ordering::Relaxed) == OPEN;
        self.seal(own);
        first
    }

    /// Sets C at the true tail, if nobody has yet.
    #[cold]
    pub(super) fn seal(&self, own: &mut Participant) {
        loop {
            // ORDERING: Acquire, as in `try_push`.
            let found = Word::from_bits(self.slot(own.tail).load(Ordering::Acquire));
            let word = match self.find_tail(own, found) {
                Tail::Closed { .. } => return,
                Tail::Full(word) => word,
                // ORDERING: Acquire, as in `try_push`: `find_tail` may have moved on.
                Tail::Open => Word::from_bits(self.slot(own.tail).load(Ordering::Acquire)),
            };
            if self.layout.for_push(word, own.tail) == Relation::Ahead
                || self.layout.is_closed(word)
            {
                continue;
            }
            // ORDERING: Release publishes what the closer did before to whoever finds C; killed by
            // `what_was_done_before_close_is_seen_after_closed`. Relaxed on failure: the word is
            // loaded anew. LP of close.
            if self
                .slot(own.tail)
                .compare_exchange(
                    word.to_bits(),
                    self.layout.closed(word).to_bits(),
                    Ordering::Release,
                    Ordering::Relaxed,
                )
                .is_ok()
            {
                return;
            }
        }
    }

    /// Whether the ring is closed; a close that has begun is brought to its end first.
    pub fn is_closed(&self, own: &mut Participant) -> bool {
        // ORDERING: Relaxed, as in `close`. A call that comes after the end of `close` reads
        // CLOSING, by coherence.
        if self.state.load(Ordering::Relaxed) == OPEN {
            return false;
        }
        self.seal(own);
        true
    }

    /// Whether there was no item at one moment of the call.
    pub fn is_empty(&self, own: &mut Participant) -> bool {
        own_changes_before_next_look();
        // ORDERING: Acquire, as in `try_pop`.
        let word = Word::from_bits(self.slot(own.head).load(Ordering::Acquire));
        self.find_head(own, word) != Head::Item
    }

    /// Whether every slot held an item at one moment of the call.
    pub fn is_full(&self, own: &mut Participant) -> bool {
        own_changes_before_next_look();
        // ORDERING: Acquire, as in `try_push`.
        let word = Word::from_bits(self.slot(own.tail).load(Ordering::Acquire));
        matches!(
            self.find_tail(own, word),
            Tail::Full(_) | Tail::Closed { full: true }
        )
    }

    /// How many items there were at one moment of the call.
    pub fn len(&self, own: &mut Participant) -> usize {
        loop {
            // ORDERING: Acquire, as in `try_push`.
            let word = Word::from_bits(self.slot(own.tail).load(Ordering::Acquire));
            self.find_tail(own, word);
            let tail = own.tail;
            own_changes_before_next_look();
            // ORDERING: Acquire, as in `try_pop`.
            let word = Word::from_bits(self.slot(own.head).load(Ordering::Acquire));
            // LP: where this finds the head.
            self.find_head(own, word);
            own_changes_before_next_look();
            // ORDERING: Acquire, as in `try_push`.
            let word = Word::from_bits(self.slot(tail).load(Ordering::Acquire));
            if self.layout.for_push(word, tail) != Relation::Ahead {
                return self.layout.distance(own.head, tail);
            }
        }
    }
}
