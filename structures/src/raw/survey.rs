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
//! Walk to the true tail t, fence, walk to the true head h, fence, look at the slot of t again. If t
//! is still not filled, the tail was t all the time (positions are filled in order), so at the moment
//! when h was found not taken, exactly t - h items were inside. Otherwise start again: a push took
//! effect meanwhile, so this is lock-free.

#![forbid(unsafe_code)]

use super::cell_ring::{CLOSING, CellRing, Head, OPEN, PAUSES_BEFORE_A_FIRST_REFUSAL, Tail};
use super::participants::Participant;
use super::storage::Storage;
use super::word::{Relation, Word};
use crate::sync::{Ordering, own_changes_before_next_look, pause};

impl<T, S: Storage<T>> CellRing<T, S> {
    /// Moves the own tail on to the first position that is not filled, beginning with `word`
    /// found at the own tail, and says what a push may do there.
    #[cold]
    pub(super) fn find_tail(&self, own: &mut Participant, mut word: Word) -> Tail {
        let mut hinted = false;
        loop {
            match self.layout.for_push(word, own.tail) {
                Relation::Ready if self.layout.is_closed(word) => {
                    return Tail::Closed { full: false };
                }
                Relation::Ready => return Tail::Open,
                Relation::Ahead => {
                    let shown = self.layout.after_filled(word, own.tail);
                    let mut later = self.layout.next(own.tail).max(shown);
                    if !hinted {
                        hinted = true;
                        let hint = Self::hinted(&self.tail);
                        later = later.max(hint);
                    }
                    own.overtaken(later);
                    word = self.look(own.tail);
                }
                Relation::Behind => {
                    let pauses = own.pauses_when_full(&self.layout);
                    if pauses {
                        pause(PAUSES_BEFORE_A_FIRST_REFUSAL);
                    }
                    own_changes_before_next_look();
                    // LP of Full, when the slot is unchanged.
                    let again = self.look(own.tail);
                    if pauses {
                        own.has_paused_when_full(again != word);
                    }
                    if again == word {
                        return if self.layout.is_closed(word) {
                            Tail::Closed { full: true }
                        } else {
                            Tail::Full(word)
                        };
                    }
                    word = again;
                }
            }
        }
    }

    /// Moves the own head on to the first position that is not taken, beginning with `word` found
    /// at the own head, and says what a pop may do there.
    #[cold]
    pub(super) fn find_head(&self, own: &mut Participant, mut word: Word) -> Head {
        let mut hinted = false;
        loop {
            match self.layout.for_pop(word, own.head) {
                Relation::Ready => return Head::Item,
                Relation::Ahead => {
                    let shown = self.layout.after_taken(word, own.head);
                    own.head = self.layout.next(own.head).max(shown);
                    if !hinted {
                        hinted = true;
                        let hint = Self::hinted(&self.head);
                        own.head = own.head.max(hint);
                    }
                    word = self.look(own.head);
                }
                Relation::Behind if self.layout.is_closed(word) => return Head::Closed,
                Relation::Behind => {
                    let pauses = own.pauses_when_empty(&self.layout);
                    if pauses {
                        pause(PAUSES_BEFORE_A_FIRST_REFUSAL);
                    }
                    own_changes_before_next_look();
                    // LP of Empty, when the slot is unchanged.
                    let again = self.look(own.head);
                    if pauses {
                        own.has_paused_when_empty(again != word);
                    }
                    if again == word {
                        return Head::Empty;
                    }
                    word = again;
                }
            }
        }
    }

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
            let found = self.look(own.tail);
            let word = match self.find_tail(own, found) {
                Tail::Closed { .. } => return,
                Tail::Full(word) => word,
                Tail::Open => self.look(own.tail),
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
        // Else B: pop, then "not closed", and A: close, then "not empty", each overlooking the
        // other's change.
        own_changes_before_next_look();
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
        // For "not empty" beside a close, as in `is_closed`; "empty" has the fence in `find_head`.
        own_changes_before_next_look();
        let word = self.look(own.head);
        self.find_head(own, word) != Head::Item
    }

    /// Whether every slot held an item at one moment of the call.
    pub fn is_full(&self, own: &mut Participant) -> bool {
        // "Full" has the fence in `find_tail`. "Not full" needs none: what this participant could
        // overlook is a push, and whoever pushed had seen every push and close before it.
        let word = self.look(own.tail);
        matches!(
            self.find_tail(own, word),
            Tail::Full(_) | Tail::Closed { full: true }
        )
    }

    /// How many items there were at one moment of the call.
    pub fn len(&self, own: &mut Participant) -> usize {
        loop {
            let word = self.look(own.tail);
            self.find_tail(own, word);
            let tail = own.tail;
            own_changes_before_next_look();
            let word = self.look(own.head);
            // LP: where this finds the head.
            self.find_head(own, word);
            // Else this call sees a pop before a push, and another call the push before the pop.
            own_changes_before_next_look();
            let word = self.look(tail);
            if self.layout.for_push(word, tail) != Relation::Ahead {
                return self.layout.distance(own.head, tail);
            }
        }
    }
}
