//! A push and a pop that do not wait, once for everybody who makes them; and a pop as an attempt that can wait.

#![forbid(unsafe_code)]

use super::Unbounded;
use crate::error::{PopError, PushError, TryPopError};
use crate::raw::segments::{NotPopped, Place, Segments};
use crate::wait::forms::Attempt;
use crate::wait::list::WaitList;
use std::collections::VecDeque;

/// How a caller comes to its place, for one attempt at a time.
pub(super) trait Seat<T> {
    /// Does something there.
    fn with<R>(&mut self, list: &Segments<T>, act: impl FnOnce(&mut Place<T>) -> R) -> R;
}

/// The calling thread's place.
#[derive(Debug)]
pub(super) struct OfThread;

impl<T> Seat<T> for OfThread {
    #[inline(always)]
    fn with<R>(&mut self, list: &Segments<T>, act: impl FnOnce(&mut Place<T>) -> R) -> R {
        act(&mut list.enter())
    }
}

/// A handle's place.
impl<T> Seat<T> for &mut Place<T> {
    #[inline(always)]
    fn with<R>(&mut self, _: &Segments<T>, act: impl FnOnce(&mut Place<T>) -> R) -> R {
        act(self)
    }
}

/// A push, whoever makes it.
#[inline(always)]
pub(super) fn push<T>(
    queue: &Unbounded<T>,
    seat: &mut impl Seat<T>,
    value: T,
) -> Result<(), PushError<T>> {
    match seat.with(&queue.list, |own| queue.list.push(own, value)) {
        Ok(()) => {
            // The change is the ticket, which was drawn by a read-modify-write: a popper that enlists, and then finds the
            // ticket, does not sleep before it knows what becomes of it.
            queue.poppers.notify_after_change();
            Ok(())
        }
        Err(value) => {
            queue.wake_all();
            Err(PushError(value))
        }
    }
}

/// A pop that does not wait, whoever makes it.
#[inline(always)]
pub(super) fn pop<T>(queue: &Unbounded<T>, seat: &mut impl Seat<T>) -> Result<T, TryPopError> {
    match seat.with(&queue.list, |own| queue.list.pop(own)) {
        Ok(value) => Ok(value),
        Err(NotPopped::Empty) => Err(TryPopError::Empty),
        Err(NotPopped::Closed) => {
            queue.wake_all();
            Err(TryPopError::Closed)
        }
    }
}

/// Pushes all, unless the queue is closed.
pub(super) fn push_many<T>(
    queue: &Unbounded<T>,
    own: &mut Place<T>,
    items: &mut VecDeque<T>,
) -> usize {
    let mut pushed = 0;
    while let Some(item) = items.pop_front() {
        if let Err(item) = queue.list.push(own, item) {
            items.push_front(item);
            break;
        }
        pushed += 1;
    }
    if items.is_empty() {
        queue.wake_for(pushed);
    } else {
        queue.wake_all();
    }
    pushed
}

/// Pops what is there, at most `max`.
pub(super) fn pop_many<T>(
    queue: &Unbounded<T>,
    own: &mut Place<T>,
    items: &mut Vec<T>,
    max: usize,
) -> usize {
    let before = items.len();
    while items.len() - before < max {
        // Before an item is in our hands: to ask for memory may panic.
        items.reserve(1);
        match queue.list.pop(own) {
            Ok(item) => items.push(item),
            Err(NotPopped::Empty) => break,
            Err(NotPopped::Closed) => {
                queue.wake_all();
                break;
            }
        }
    }
    items.len() - before
}

/// A pop that may have to wait for an item.
#[derive(Debug)]
pub(super) struct Pop<'a, T, S> {
    pub(super) queue: &'a Unbounded<T>,
    pub(super) seat: S,
}

impl<'a, T, S: Seat<T>> Attempt for Pop<'a, T, S> {
    type Done = Result<T, PopError>;
    type List = &'a WaitList;

    #[inline(always)]
    fn attempt(&mut self) -> Option<Self::Done> {
        match pop(self.queue, &mut self.seat) {
            Ok(value) => Some(Ok(value)),
            Err(TryPopError::Closed) => Some(Err(PopError)),
            Err(TryPopError::Empty) => None,
        }
    }

    fn list(&self) -> &'a WaitList {
        &self.queue.poppers
    }

    fn would_end(&mut self) -> bool {
        let list = &self.queue.list;
        self.seat
            .with(list, |own| !list.is_empty(own) || list.is_closed(own))
    }
}
