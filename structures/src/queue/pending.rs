//! A push and a pop as attempts, which may have to wait.

#![forbid(unsafe_code)]

use super::Bounded;
use super::attempt::{Place, pop, push};
use crate::error::{PopError, PushError, TryPopError, TryPushError};
use crate::raw::cell_ring::CellRing;
use crate::raw::participants::Participant;
use crate::raw::storage::Heap;
use crate::wait::forms::Attempt;
use crate::wait::list::WaitList;

/// Looks at the ring from a place, or from another when that is not at hand.
fn with_place<T, P: Place<T>, R>(
    place: &mut P,
    ring: &CellRing<T, Heap<T>>,
    look: impl FnOnce(&mut Participant) -> R,
) -> R {
    match place.at_once(ring) {
        Some(mut own) => look(&mut own),
        None => look(&mut ring.enter_elsewhere()),
    }
}

/// A push that may have to wait for room.
#[derive(Debug)]
pub(super) struct Push<'a, T, P> {
    pub(super) queue: &'a Bounded<T>,
    pub(super) place: P,
    pub(super) value: Option<T>,
}

/// A pop that may have to wait for an item.
#[derive(Debug)]
pub(super) struct Pop<'a, T, P> {
    pub(super) queue: &'a Bounded<T>,
    pub(super) place: P,
}

impl<'a, T, P: Place<T>> Attempt for Push<'a, T, P> {
    type Done = Result<(), PushError<T>>;
    type List = &'a WaitList;

    #[inline(always)]
    fn attempt(&mut self) -> Option<Self::Done> {
        let value = self.value.take()?;
        match push(self.queue, &mut self.place, value) {
            Ok(()) => Some(Ok(())),
            Err(TryPushError::Closed(value)) => Some(Err(PushError(value))),
            Err(TryPushError::Full(value)) => {
                self.value = Some(value);
                None
            }
        }
    }

    fn list(&self) -> &'a WaitList {
        &self.queue.pushers
    }

    fn would_end(&mut self) -> bool {
        let ring = &self.queue.ring;
        with_place(&mut self.place, ring, |own| {
            !ring.is_full(own) || ring.is_closed(own)
        })
    }
}

impl<'a, T, P: Place<T>> Attempt for Pop<'a, T, P> {
    type Done = Result<T, PopError>;
    type List = &'a WaitList;

    #[inline(always)]
    fn attempt(&mut self) -> Option<Self::Done> {
        match pop(self.queue, &mut self.place) {
            Ok(value) => Some(Ok(value)),
            Err(TryPopError::Closed) => Some(Err(PopError)),
            Err(TryPopError::Empty) => None,
        }
    }

    fn list(&self) -> &'a WaitList {
        &self.queue.poppers
    }

    fn would_end(&mut self) -> bool {
        let ring = &self.queue.ring;
        with_place(&mut self.place, ring, |own| {
            !ring.is_empty(own) || ring.is_closed(own)
        })
    }
}
