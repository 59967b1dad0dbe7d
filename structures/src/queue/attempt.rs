//! A push and a pop as attempts that can wait.

#![forbid(unsafe_code)]

use super::Bounded;
use super::bounded::{not_popped, not_pushed};
use crate::error::{PopError, PushError, TryPopError, TryPushError};
use crate::raw::cell_ring::CellRing;
use crate::raw::participants::{Entry, Participant};
use crate::raw::storage::Heap;
use crate::wait::forms::Attempt;
use crate::wait::list::WaitList;
use core::ops::DerefMut;

/// How a caller comes to a participant, for one attempt at a time.
pub(super) trait Place<T> {
    /// The participant, as long as it is held.
    type Held<'a>: DerefMut<Target = Participant>
    where
        Self: 'a,
        T: 'a;
    fn take<'a>(&'a mut self, ring: &'a CellRing<T, Heap<T>>) -> Self::Held<'a>;
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
    fn take<'a>(&'a mut self, ring: &'a CellRing<T, Heap<T>>) -> Entry<'a> {
        ring.enter()
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
    fn take<'a>(&'a mut self, _: &'a CellRing<T, Heap<T>>) -> &'a mut Participant {
        self
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
        let ring = &self.queue.ring;
        let pushed = ring
            .try_push_in_haste(self.place.take(ring), value)
            .map_err(not_pushed);
        self.queue.after_push(&pushed);
        match pushed {
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
        let place = &mut self.place.take(ring);
        !ring.is_full(place) || ring.is_closed(place)
    }
}

impl<'a, T, P: Place<T>> Attempt for Pop<'a, T, P> {
    type Done = Result<T, PopError>;
    type List = &'a WaitList;

    #[inline(always)]
    fn attempt(&mut self) -> Option<Self::Done> {
        let ring = &self.queue.ring;
        let popped = ring
            .try_pop_in_haste(self.place.take(ring))
            .map_err(not_popped);
        self.queue.after_pop(&popped);
        match popped {
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
        let place = &mut self.place.take(ring);
        !ring.is_empty(place) || ring.is_closed(place)
    }
}
