//! Handles: a place of one's own at a queue.

#![forbid(unsafe_code)]

use super::attempt;
use super::bounded::{Bounded, in_runs};
use crate::error::{HandleError, PushError, TryPopError, TryPushError};
use crate::raw::participants::Participant;
use crate::sync::Arc;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

/// A [`HandleTo`] a borrowed queue, from [`Bounded::handle`].
pub type Handle<'a, T> = HandleTo<T, &'a Bounded<T>>;

/// A [`HandleTo`] a queue in an [`Arc`], from [`Bounded::owned_handle`].
pub type OwnedHandle<T> = HandleTo<T, Arc<Bounded<T>>>;

/// One participant of a [`Bounded`] queue, for one thread at a time.
///
/// Its calls take `&mut self`, so nothing has to be looked up or claimed: a push or a pop is one
/// compare-and-swap. What is not here is called on the queue itself, to which a handle
/// dereferences, and then uses the calling thread's place there. A handle that is leaked takes its
/// place with it, and nothing else.
///
/// ```
/// let queue = latchless::queue::Bounded::new(4);
/// let mut handle = queue.handle().unwrap();
/// handle.try_push("a")?;
/// assert_eq!(handle.len(), 1);
/// assert_eq!(handle.try_pop(), Ok("a"));
/// # Ok::<(), latchless::error::TryPushError<&str>>(())
/// ```
pub struct HandleTo<T, Q: Deref<Target = Bounded<T>>> {
    pub(super) queue: Q,
    pub(super) own: Participant,
    record: usize,
}

impl<T, Q: Deref<Target = Bounded<T>>> HandleTo<T, Q> {
    pub(super) fn new(queue: Q) -> Result<Self, HandleError> {
        let (record, own) = queue.ring.check_out().ok_or(HandleError)?;
        Ok(Self { queue, own, record })
    }

    /// As [`Bounded::try_push`].
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn try_push(&mut self, value: T) -> Result<(), TryPushError<T>> {
        attempt::push(&self.queue, &mut &mut self.own, value)
    }

    /// As [`Bounded::try_pop`].
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn try_pop(&mut self) -> Result<T, TryPopError> {
        attempt::pop(&self.queue, &mut &mut self.own)
    }

    /// As [`Bounded::force_push`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn force_push(&mut self, value: T) -> Result<Option<T>, PushError<T>> {
        let pushed = self.queue.ring.force_push(&mut self.own, value);
        self.queue.after_force_push(&pushed);
        pushed.map_err(PushError)
    }

    /// As [`Bounded::try_push_many`].
    pub fn try_push_many(&mut self, items: &mut VecDeque<T>) -> usize {
        let pushed = self.queue.ring.try_push_many(&mut self.own, items);
        self.queue.after_batch(&self.queue.poppers, pushed)
    }

    /// As [`Bounded::try_pop_many`].
    pub fn try_pop_many(&mut self, items: &mut Vec<T>, max: usize) -> usize {
        let capacity = self.queue.capacity();
        let popped = in_runs(items, max, capacity, |items, run| {
            self.queue.ring.try_pop_many(&mut self.own, items, run)
        });
        self.queue.after_batch(&self.queue.pushers, popped)
    }

    /// As [`Bounded::close`].
    pub fn close(&mut self) -> bool {
        let first = self.queue.ring.close(&mut self.own);
        self.queue.wake_all();
        first
    }

    /// As [`Bounded::close_now`].
    pub fn close_now(&mut self) -> Vec<T> {
        self.close();
        // Nothing comes in any more, so this is room for all, and no more than that is popped.
        let most = self.len();
        let mut rest = Vec::with_capacity(most);
        self.try_pop_many(&mut rest, most);
        rest
    }

    /// As [`Bounded::is_closed`].
    pub fn is_closed(&mut self) -> bool {
        let is_closed = self.queue.ring.is_closed(&mut self.own);
        if is_closed {
            self.queue.wake_all();
        }
        is_closed
    }

    /// As [`Bounded::len`].
    pub fn len(&mut self) -> usize {
        self.queue.ring.len(&mut self.own)
    }

    /// As [`Bounded::is_empty`].
    pub fn is_empty(&mut self) -> bool {
        self.queue.ring.is_empty(&mut self.own)
    }

    /// As [`Bounded::is_full`].
    pub fn is_full(&mut self) -> bool {
        self.queue.ring.is_full(&mut self.own)
    }
}

impl<T, Q: Deref<Target = Bounded<T>>> Deref for HandleTo<T, Q> {
    type Target = Bounded<T>;
    fn deref(&self) -> &Bounded<T> {
        &self.queue
    }
}

impl<T, Q: Deref<Target = Bounded<T>>> Drop for HandleTo<T, Q> {
    fn drop(&mut self) {
        self.queue.ring.check_in(self.record, &self.own);
    }
}

impl<T, Q: Deref<Target = Bounded<T>>> fmt::Debug for HandleTo<T, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&*self.queue).finish()
    }
}
