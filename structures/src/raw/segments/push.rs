//! The way in. Part of [`segments`](super), whose invariants and proof hold here.

use super::Segments;
use super::segment::{CLOSED, KEPT, OPEN, REFUSED, Segment, Slot, VOID, sealed};
use crate::raw::registry::Place;
use crate::sync::Ordering;

/// Why a ticket came to nothing; the value is inside.
struct Missed<T> {
    value: T,
    /// The ticket, if it is out of range; else its slot was REFUSED.
    beyond: Option<u64>,
}

impl<T> Segments<T> {
    /// Puts `value` at the tail; gives it back if the queue is closed.
    #[inline(always)]
    pub fn push(&self, own: &mut Place<T>, value: T) -> Result<(), T> {
        match self.draw(own, value) {
            Ok(()) => Ok(()),
            Err(missed) => self.push_on(own, missed),
        }
    }

    /// Draws a ticket, and fills its slot.
    #[inline(always)]
    fn draw(&self, own: &mut Place<T>, value: T) -> Result<(), Missed<T>> {
        let segment = own.pushed();
        // ORDERING: Release, for `len` alone, which must see the pops that came before if it counts this push; killed by
        // `len_counts_the_pop_before_a_push`. LP of a push that is kept.
        let ticket = segment.tickets.fetch_add(1, Ordering::Release);
        let Some(slot) = segment.slot(ticket) else {
            return Err(Missed {
                value,
                beyond: Some(ticket),
            });
        };
        // SAFETY: the ticket was drawn here (U1).
        unsafe { slot.write(value) };
        // ORDERING: Release publishes the value to the Acquire loads in `pop` and `front`; killed by `values_arrive_by_tickets`.
        slot.state.store(super::FULL, Ordering::Release);
        // Against `judge`; killed by `a_judge_and_a_late_pusher_agree`.
        self.fence.light();
        // ORDERING: Relaxed; the fence orders it behind FULL, and the verdict is asked for by a CAS.
        let doubted = segment.doubted.load(Ordering::Relaxed);
        segment.is_used();
        if doubted == 0 {
            return Ok(());
        }
        Self::confirm(slot)
    }

    /// Asks whether a slot that was filled counts.
    #[cold]
    #[inline(never)]
    fn confirm(slot: &Slot<T>) -> Result<(), Missed<T>> {
        // ORDERING: Release publishes the value to a popper that finds KEPT; killed by `a_value_that_is_kept_has_arrived`.
        // Relaxed on failure: nothing of the judge's is read.
        match slot
            .verdict
            .compare_exchange(OPEN, KEPT, Ordering::Release, Ordering::Relaxed)
        {
            Err(REFUSED) => Err(Missed {
                // SAFETY: written by this call, and nobody takes it out of a slot that was refused (U3).
                value: unsafe { slot.take() },
                beyond: None,
            }),
            _ => Ok(()),
        }
    }

    /// Goes on until the value is inside, or the queue closed.
    #[cold]
    #[inline(never)]
    fn push_on(&self, own: &mut Place<T>, mut missed: Missed<T>) -> Result<(), T> {
        loop {
            let mut value = missed.value;
            if let Some(ticket) = missed.beyond {
                match self.append(own, ticket, value)? {
                    None => return Ok(()),
                    Some(back) => value = back,
                }
            }
            match self.draw(own, value) {
                Ok(()) => return Ok(()),
                Err(again) => missed = again,
            }
        }
    }

    /// Comes to the segment behind the own one; if there is none, appends one with `value` inside. Gives `value` back: in
    /// `Ok`, to be pushed there, in `Err`, because the queue is closed.
    fn append(&self, own: &mut Place<T>, ticket: u64, value: T) -> Result<Option<T>, T> {
        let segment = own.pushed();
        let is_closed = ticket & CLOSED != 0;
        if is_closed && let Some(slot) = segment.slot(ticket & !CLOSED) {
            // ORDERING: Relaxed; it has nothing to publish, and poppers would come to the same end without it.
            slot.state.store(VOID, Ordering::Relaxed);
        }
        // ORDERING: Acquire pairs with the Release of whoever appended it: it has been written; killed by
        // `a_push_beyond_the_end_finds_what_was_appended`.
        let mut next = segment.next.load(Ordering::Acquire);
        if next.is_null() {
            // ORDERING: Acquire pairs with the Release in `close`; killed by
            // `a_push_at_the_end_that_is_told_closed_sees_what_was_done_before`.
            if is_closed || self.closing.load(Ordering::Acquire) != 0 {
                // ORDERING: Acquire pairs with the Release of the close: what was done before it is seen by who is told
                // Closed; killed by `a_push_that_is_told_closed_sees_what_was_done_before`.
                segment.tickets.load(Ordering::Acquire);
                next = self.end(segment);
            } else {
                let new = self.make_behind(segment, value);
                // ORDERING: Release publishes the segment and the value; Acquire on failure: as above (both killed by
                // `a_push_beyond_the_end_finds_what_was_appended`). LP of this push.
                match segment.next.compare_exchange(
                    core::ptr::null_mut(),
                    new,
                    Ordering::Release,
                    Ordering::Acquire,
                ) {
                    Ok(_) => {
                        self.move_tail(own.push, new);
                        self.come_to_tail(own);
                        return Ok(None);
                    }
                    Err(seen) => {
                        // SAFETY: made by this call, and shared with nobody.
                        let value = unsafe { self.unmake(new) };
                        return self.follow(own, seen, value);
                    }
                }
            }
        }
        self.follow(own, next, value)
    }

    fn follow(&self, own: &mut Place<T>, next: *mut Segment<T>, value: T) -> Result<Option<T>, T> {
        if next == sealed() {
            return Err(value);
        }
        self.move_tail(own.push, next);
        self.come_to_tail(own);
        Ok(Some(value))
    }
}
