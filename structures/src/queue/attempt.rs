//! A push and a pop that do not wait, once for everybody who makes them.

#![forbid(unsafe_code)]

use super::Bounded;
use crate::error::{TryPopError, TryPushError};
use crate::raw::cell_ring::CellRing;
use crate::raw::moves::{Missed, NotPopped, NotPushed};
use crate::raw::participants::{Entry, Participant};
use crate::raw::storage::Heap;
use crate::wait::list::WaitList;
use core::ops::DerefMut;

/// How a caller comes to a participant, for one attempt at a time.
pub(super) trait Place<T> {
    /// The participant, as long as it is held.
    type Held<'a>: DerefMut<Target = Participant>
    where
        Self: 'a,
        T: 'a;
    /// The participant, if it is at hand.
    fn at_once<'a>(&'a mut self, ring: &'a CellRing<T, Heap<T>>) -> Option<Self::Held<'a>>;
}

/// The calling thread's place.
#[derive(Debug)]
pub(super) struct OfThread;

impl<T> Place<T> for OfThread {
    type Held<'a>
        = Entry<'a>
    where
        T: 'a;
    #[inline(always)]
    fn at_once<'a>(&'a mut self, ring: &'a CellRing<T, Heap<T>>) -> Option<Entry<'a>> {
        ring.enter_at_once()
    }
}

/// A handle's place.
impl<T> Place<T> for &mut Participant {
    type Held<'a>
        = &'a mut Participant
    where
        Self: 'a,
        T: 'a;
    #[inline(always)]
    fn at_once<'a>(&'a mut self, _: &'a CellRing<T, Heap<T>>) -> Option<&'a mut Participant> {
        Some(self)
    }
}

/// A push that does not wait, whoever makes it.
///
/// The usual way through is short and keeps nothing for later: whatever else there is to do is done
/// out of line, up to the end of the call.
#[inline(always)]
pub(super) fn push<T, P: Place<T>>(
    queue: &Bounded<T>,
    place: &mut P,
    value: T,
) -> Result<(), TryPushError<T>> {
    let Some(mut own) = place.at_once(&queue.ring) else {
        return push_from_elsewhere(queue, value);
    };
    match queue.ring.push_at_once(&mut own, value) {
        Ok(()) => {
            drop(own);
            queue.poppers.notify_after_change();
            Ok(())
        }
        Err(missed) => finish_push(queue, own, missed),
    }
}

/// A pop that does not wait; as [`push`].
#[inline(always)]
pub(super) fn pop<T, P: Place<T>>(queue: &Bounded<T>, place: &mut P) -> Result<T, TryPopError> {
    // The functions that are out of line say so by the way: a `Result` of theirs would be returned
    // through memory, and with it that of the usual way.
    let mut why = TryPopError::Empty;
    let Some(mut own) = place.at_once(&queue.ring) else {
        return pop_from_elsewhere(queue, &mut why).ok_or(why);
    };
    match queue.ring.pop_at_once(&mut own) {
        Ok(item) => {
            drop(own);
            if queue.pushers.has_waiters_after_change() {
                return Ok(notify_one_with(&queue.pushers, item));
            }
            Ok(item)
        }
        Err(missed) => finish_pop(queue, own, missed, &mut why).ok_or(why),
    }
}

#[cold]
#[inline(never)]
fn push_from_elsewhere<T>(queue: &Bounded<T>, value: T) -> Result<(), TryPushError<T>> {
    let mut own = queue.ring.enter_elsewhere();
    match queue.ring.push_at_once(&mut own, value) {
        Ok(()) => {
            drop(own);
            queue.poppers.notify_after_change();
            Ok(())
        }
        Err(missed) => finish_push(queue, own, missed),
    }
}

#[cold]
#[inline(never)]
fn finish_push<T>(
    queue: &Bounded<T>,
    own: impl DerefMut<Target = Participant>,
    missed: Missed,
) -> Result<(), TryPushError<T>> {
    let pushed = queue.ring.finish_push(own, missed);
    match &pushed {
        Ok(()) => queue.poppers.notify_after_change(),
        Err((NotPushed::Full, _)) => {}
        Err((NotPushed::Closed, _)) => queue.wake_all(),
    }
    pushed.map_err(|(why, value)| match why {
        NotPushed::Full => TryPushError::Full(value),
        NotPushed::Closed => TryPushError::Closed(value),
    })
}

#[cold]
#[inline(never)]
fn pop_from_elsewhere<T>(queue: &Bounded<T>, why: &mut TryPopError) -> Option<T> {
    let mut own = queue.ring.enter_elsewhere();
    match queue.ring.pop_at_once(&mut own) {
        Ok(item) => {
            drop(own);
            queue.pushers.notify_after_change();
            Some(item)
        }
        Err(missed) => finish_pop(queue, own, missed, why),
    }
}

#[cold]
#[inline(never)]
fn finish_pop<T>(
    queue: &Bounded<T>,
    own: impl DerefMut<Target = Participant>,
    missed: Missed,
    why: &mut TryPopError,
) -> Option<T> {
    match queue.ring.finish_pop(own, missed) {
        Ok(item) => {
            queue.pushers.notify_after_change();
            Some(item)
        }
        Err(NotPopped::Empty) => {
            *why = TryPopError::Empty;
            None
        }
        Err(NotPopped::Closed) => {
            queue.wake_all();
            *why = TryPopError::Closed;
            None
        }
    }
}

/// Wakes a waiter while it keeps `item`, which then needs no place to survive the call.
#[cold]
#[inline(never)]
fn notify_one_with<T>(list: &WaitList, item: T) -> T {
    list.notify_one();
    item
}
