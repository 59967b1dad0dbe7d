//! Handles: a place of one's own at an unbounded queue.

#![forbid(unsafe_code)]

use super::{Unbounded, attempt};
use crate::error::{PushError, TryPopError};
use crate::raw::segments::Place;
use crate::sync::Arc;
use core::fmt;
use core::ops::Deref;
use std::collections::VecDeque;

/// A [`HandleTo`] a borrowed queue, from [`Unbounded::handle`].
pub type Handle<'a, T> = HandleTo<T, &'a Unbounded<T>>;

/// A [`HandleTo`] a queue in an [`Arc`], from [`Unbounded::owned_handle`].
pub type OwnedHandle<T> = HandleTo<T, Arc<Unbounded<T>>>;

/// One participant of an [`Unbounded`] queue, for one thread at a time.
///
/// Its calls take `&mut self`, so nothing has to be looked up or claimed: a push is one fetch-and-add, a pop one
/// compare-and-swap. What is not here is called on the queue itself, to which a handle dereferences. A handle that is not
/// used keeps up to two segments in memory; one that is leaked, for as long as the queue lives.
///
/// ```
/// let queue = latchless::queue::Unbounded::new();
/// let mut handle = queue.handle();
/// handle.push("a")?;
/// assert_eq!(handle.len(), 1);
/// assert_eq!(handle.try_pop(), Ok("a"));
/// # Ok::<(), latchless::error::PushError<&str>>(())
/// ```
pub struct HandleTo<T, Q: Deref<Target = Unbounded<T>>> {
    pub(super) queue: Q,
    pub(super) own: Place<T>,
}

impl<T, Q: Deref<Target = Unbounded<T>>> HandleTo<T, Q> {
    pub(super) fn new(queue: Q) -> Self {
        let own = queue.list.check_out();
        Self { queue, own }
    }

    /// As [`Unbounded::push`].
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), PushError<T>> {
        attempt::push(&self.queue, &mut &mut self.own, value)
    }

    /// As [`Unbounded::try_pop`].
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn try_pop(&mut self) -> Result<T, TryPopError> {
        attempt::pop(&self.queue, &mut &mut self.own)
    }

    /// As [`Unbounded::push_many`].
    pub fn push_many(&mut self, items: &mut VecDeque<T>) -> usize {
        attempt::push_many(&self.queue, &mut self.own, items)
    }

    /// As [`Unbounded::try_pop_many`].
    pub fn try_pop_many(&mut self, items: &mut Vec<T>, max: usize) -> usize {
        attempt::pop_many(&self.queue, &mut self.own, items, max)
    }

    /// As [`Unbounded::close`].
    pub fn close(&mut self) -> bool {
        let first = self.queue.list.close(&mut self.own);
        self.queue.wake_all();
        first
    }

    /// As [`Unbounded::close_now`].
    pub fn close_now(&mut self) -> Vec<T> {
        self.close();
        let mut rest = Vec::new();
        self.try_pop_many(&mut rest, usize::MAX);
        rest
    }

    /// As [`Unbounded::is_closed`].
    pub fn is_closed(&mut self) -> bool {
        let is_closed = self.queue.list.is_closed(&mut self.own);
        if is_closed {
            self.queue.wake_all();
        }
        is_closed
    }

    /// As [`Unbounded::len`].
    pub fn len(&mut self) -> usize {
        self.queue.list.len(&mut self.own)
    }

    /// As [`Unbounded::is_empty`].
    pub fn is_empty(&mut self) -> bool {
        self.queue.list.is_empty(&mut self.own)
    }
}

impl<T, Q: Deref<Target = Unbounded<T>>> Deref for HandleTo<T, Q> {
    type Target = Unbounded<T>;
    fn deref(&self) -> &Unbounded<T> {
        &self.queue
    }
}

impl<T, Q: Deref<Target = Unbounded<T>>> Drop for HandleTo<T, Q> {
    fn drop(&mut self) {
        self.queue.list.check_in(&self.own);
    }
}

impl<T, Q: Deref<Target = Unbounded<T>>> fmt::Debug for HandleTo<T, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&*self.queue).finish()
    }
}
