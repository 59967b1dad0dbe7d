//! The way out. Part of [`segments`](super), whose invariants and proof hold here.

use super::segment::{CLOSED, DOUBTED, FULL, KEPT, OPEN, REFUSED, Segment, Slot, VOID, sealed};
use super::{NotPopped, Segments};
use crate::raw::distance::{MILESTONE, PAUSES_AT_SEGMENTS};
use crate::raw::registry::Place;
use crate::sync::{LOOKS_BEFORE_A_DOUBT, Ordering, pause};

/// How often a popper pauses after a lost race.
const PAUSES_AFTER_A_LOST_RACE: u32 = 64;

impl<T> Segments<T> {
    /// Takes the item at the head out, or says why not.
    #[inline(always)]
    pub fn pop(&self, own: &mut Place<T>) -> Result<T, NotPopped> {
        let segment = own.popped();
        let index = own.guess;
        if let Some(slot) = segment.slot(index)
            // ORDERING: Acquire pairs with the Release in `draw`: the value has been written; killed by
            // `values_arrive_by_tickets`.
            && slot.state.load(Ordering::Acquire) == FULL
            && Self::pass(segment, 2 * index)
        {
            own.guess = index + 1;
            if own.guess.is_multiple_of(MILESTONE) && own.distance.is_due() {
                Self::keep_distance(own, segment);
            }
            // SAFETY: FULL, and passed by this call alone (U1, U3).
            return Ok(unsafe { slot.take() });
        }
        self.pop_on(own)
    }

    /// Lets the producers get ahead of a consumer that has come upon their heels; see [`distance`](crate::raw::distance).
    #[cold]
    #[inline(never)]
    fn keep_distance(own: &mut Place<T>, segment: &Segment<T>) {
        let is_near = |own: &Place<T>| {
            // ORDERING: Relaxed; whatever it finds, the worst is a pause too much or too few.
            let is_full = |slot: &Slot<T>| slot.state.load(Ordering::Relaxed) == FULL;
            let ahead = segment.slot(own.guess + MILESTONE);
            ahead.is_some_and(|slot| !is_full(slot))
        };
        if is_near(own) {
            pause(PAUSES_AT_SEGMENTS);
            own.distance.was_kept(!is_near(own));
        }
    }

    /// Moves the head over the slot at which it stands; `head` is its word.
    #[inline(always)]
    fn pass(segment: &Segment<T>, head: u64) -> bool {
        let next = (head | DOUBTED) + 1;
        // ORDERING: Release, for `len` alone, which must see the pushes that came before if it counts this pop; killed by
        // `len_counts_the_push_before_a_pop`. What is in the slot was acquired by its state or verdict, and that it has been read
        // is published when the segment is left. LP of pop.
        segment
            .head
            .compare_exchange(head, next, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }

    #[cold]
    #[inline(never)]
    fn pop_on(&self, own: &mut Place<T>) -> Result<T, NotPopped> {
        loop {
            let head = self.front(own)?;
            let segment = own.popped();
            if let Some(slot) = segment.slot(head / 2)
                && Self::pass(segment, head)
            {
                own.guess = head / 2 + 1;
                // SAFETY: `front` says that it counts, and it was passed by this call alone (U1, U3).
                return Ok(unsafe { slot.take() });
            }
            pause(PAUSES_AFTER_A_LOST_RACE);
        }
    }

    /// The word of the head, in the own segment, when an item that counts is there.
    pub(super) fn front(&self, own: &mut Place<T>) -> Result<u64, NotPopped> {
        let mut looks = 0;
        loop {
            let segment = own.popped();
            // ORDERING: Relaxed; the word counts only if a CAS, or a look behind a fence, finds it unchanged.
            let head = segment.head.load(Ordering::Relaxed);
            own.guess = head / 2;
            let Some(slot) = segment.slot(head / 2) else {
                self.pass_end(own)?;
                continue;
            };
            if head & DOUBTED != 0 {
                if self.judge(segment, slot) == KEPT {
                    return Ok(head);
                }
                Self::pass(segment, head);
                continue;
            }
            // ORDERING: Acquire, as in `pop`; killed by the same model.
            match slot.state.load(Ordering::Acquire) {
                FULL => return Ok(head),
                VOID => _ = Self::pass(segment, head),
                _ => {
                    self.expect_item(segment, head)?;
                    looks += 1;
                    if looks > LOOKS_BEFORE_A_DOUBT {
                        looks = 0;
                        Self::doubt(segment, head);
                    } else {
                        pause(1);
                    }
                }
            }
        }
    }

    /// Where the slot at the head is EMPTY: says so if nobody has its ticket.
    fn expect_item(&self, segment: &Segment<T>, head: u64) -> Result<(), NotPopped> {
        // No fence: what this look could overlook is a push or a close, and both make one when they look for sleepers.
        // ORDERING: Acquire pairs with the Release of the close: what was done before it is seen by who is told Closed;
        // killed by `a_pop_that_is_told_closed_sees_what_was_done_before`. LP of Empty and Closed.
        let tickets = segment.tickets.load(Ordering::Acquire);
        if tickets & !CLOSED > head / 2 {
            return Ok(());
        }
        Err(if tickets & CLOSED == 0 {
            NotPopped::Empty
        } else {
            NotPopped::Closed
        })
    }

    /// Sets DOUBTED beside the head, if it still stands there: nobody takes that slot without its verdict any more.
    #[cold]
    fn doubt(segment: &Segment<T>, head: u64) {
        // ORDERING: Relaxed; nothing is published, and who finds DOUBTED goes on to `judge`.
        let _ = segment.head.compare_exchange(
            head,
            head | DOUBTED,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
    }

    /// Whether the slot at a DOUBTED head is KEPT or REFUSED.
    #[cold]
    fn judge(&self, segment: &Segment<T>, slot: &Slot<T>) -> u32 {
        // ORDERING: Acquire pairs with the Release of whoever judged, or confirmed: the value of a slot that is KEPT has been
        // written; killed by `a_value_that_is_kept_has_arrived`.
        let verdict = slot.verdict.load(Ordering::Acquire);
        if verdict != OPEN {
            return verdict;
        }
        // ORDERING: Relaxed; ordered before the look at the slot by the fence.
        segment.doubted.store(1, Ordering::Relaxed);
        // Against `draw`; killed by `a_judge_and_a_late_pusher_agree`.
        self.fence.heavy();
        // ORDERING: Acquire, as in `pop`; killed by `a_value_that_is_kept_has_arrived`.
        let is_full = slot.state.load(Ordering::Acquire) == FULL;
        let mine = if is_full { KEPT } else { REFUSED };
        // ORDERING: Release hands on that the value has been written; Acquire on failure, as above.
        match slot
            .verdict
            .compare_exchange(OPEN, mine, Ordering::Release, Ordering::Acquire)
        {
            Ok(_) => mine,
            Err(verdict) => verdict,
        }
    }

    /// Moves on to the segment behind the own one, all of whose slots have been passed.
    #[cold]
    fn pass_end(&self, own: &mut Place<T>) -> Result<(), NotPopped> {
        let (old, segment) = (own.pop, own.popped());
        // No fence, as in `expect_item`.
        // ORDERING: Acquire pairs with the Release of whoever appended it: it has been written (killed by
        // `a_pop_beyond_the_end_finds_what_was_appended`); or with that of the close. LP of Empty and Closed.
        let mut next = segment.next.load(Ordering::Acquire);
        if next.is_null() {
            // The segment may be closed all the same, and Closed have been said, before its last tickets were drawn; who is to
            // seal the list has not come to it.
            // ORDERING: Acquire pairs with the Release of the close; killed by
            // `a_pop_at_the_end_that_is_told_closed_sees_what_was_done_before`.
            if segment.tickets.load(Ordering::Acquire) & CLOSED == 0 {
                return Err(NotPopped::Empty);
            }
            next = self.end(segment);
        }
        if next == sealed() {
            return Err(NotPopped::Closed);
        }
        // The tail must not be behind the head (U4).
        self.move_tail(old, next);
        let moved = self.move_head(old, next);
        self.come_to_head(own);
        if own.push == old {
            // It shall not keep what it has done with.
            self.come_to_tail(own);
        }
        if moved {
            self.retire(old);
        }
        Ok(())
    }
}
