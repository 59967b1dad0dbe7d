//! The calls of an [`Unbounded`] queue that wait: by reference and through a handle.

#![forbid(unsafe_code)]

use super::attempt::{OfThread, Pop, Seat};
use super::{HandleTo, Unbounded};
use crate::error::{PopError, PopTimeoutError, TryPopError};
use crate::raw::segments::Place;
use crate::sync::Deadline;
use crate::wait::forms::{self, Waiting};
use core::future::Future;
use core::ops::Deref;
use std::time::{Duration, Instant};

impl<T> Unbounded<T> {
    /// Pops the item at the head, and waits while the queue is empty.
    ///
    /// **Waits:** for an item. **Progress:** of those who wait, one is woken for each item that is
    /// pushed; if a thread is stopped before it wakes one, the next successful push does. **Cancel:**
    /// there is nothing to cancel.
    ///
    /// ```
    /// let queue = latchless::queue::Unbounded::new();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| (0..100).try_for_each(|n| queue.push(n)));
    ///     assert_eq!((0..100).map_while(|_| queue.pop().ok()).sum::<i32>(), 4950);
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the queue was closed and is empty.
    #[doc(alias = "get")]
    #[inline]
    pub fn pop(&self) -> Result<T, PopError> {
        match self.try_pop() {
            Ok(value) => Ok(value),
            Err(TryPopError::Closed) => Err(PopError),
            Err(TryPopError::Empty) => forms::wait(self.popping()),
        }
    }

    /// Pops the item at the head, and waits at most for `timeout` while the queue is empty.
    ///
    /// A timeout of zero is a [`try_pop`](Self::try_pop); one beyond what the clock can count never
    /// passes.
    ///
    /// **Waits:** for an item. **Progress:** as [`pop`](Self::pop). **Cancel:** a call that runs out of
    /// time has taken nothing.
    ///
    /// # Errors
    ///
    /// If the time is over and the queue was empty, or if it was closed and is empty.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<T, PopTimeoutError> {
        pop_until(self.popping(), &Deadline::after(timeout))
    }

    /// As [`pop_timeout`](Self::pop_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn pop_deadline(&self, deadline: Instant) -> Result<T, PopTimeoutError> {
        pop_until(self.popping(), &Deadline::at(deadline))
    }

    /// Pops the item at the head, and waits, as a task, while the queue is empty.
    ///
    /// **Waits:** for an item. **Progress:** as [`pop`](Self::pop). **Cancel:** a future that is dropped
    /// before it completes has taken nothing, and a wake that it was given goes to the next. Any
    /// runtime's timeout will do. (One that is forgotten while it waits takes a wake, and a little
    /// memory until the queue is dropped.)
    ///
    /// # Errors
    ///
    /// If the queue was closed and is empty.
    pub fn pop_async(&self) -> impl Future<Output = Result<T, PopError>> + use<'_, T> {
        Waiting::new(self.popping())
    }

    /// Waits while the queue is empty, then pops at most `max` items, appends them to `items`, and
    /// returns how many: at least one, unless `max` is zero or the queue was closed and is empty.
    ///
    /// **Waits:** for an item. **Progress:** as [`pop`](Self::pop). **Cancel:** there is nothing to
    /// cancel.
    pub fn pop_many(&self, items: &mut Vec<T>, max: usize) -> usize {
        let popped = self.try_pop_many(items, max);
        if popped > 0 || max == 0 {
            return popped;
        }
        let Ok(first) = self.pop() else {
            return 0;
        };
        items.push(first);
        1 + self.try_pop_many(items, max - 1)
    }

    fn popping(&self) -> Pop<'_, T, OfThread> {
        Pop {
            queue: self,
            seat: OfThread,
        }
    }
}

impl<T, Q: Deref<Target = Unbounded<T>>> HandleTo<T, Q> {
    /// As [`Unbounded::pop`].
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn pop(&mut self) -> Result<T, PopError> {
        match self.try_pop() {
            Ok(value) => Ok(value),
            Err(TryPopError::Closed) => Err(PopError),
            Err(TryPopError::Empty) => forms::wait(self.popping()),
        }
    }

    /// As [`Unbounded::pop_timeout`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError> {
        pop_until(self.popping(), &Deadline::after(timeout))
    }

    /// As [`Unbounded::pop_deadline`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn pop_deadline(&mut self, deadline: Instant) -> Result<T, PopTimeoutError> {
        pop_until(self.popping(), &Deadline::at(deadline))
    }

    /// As [`Unbounded::pop_async`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn pop_async(&mut self) -> impl Future<Output = Result<T, PopError>> + use<'_, T, Q> {
        Waiting::new(self.popping())
    }

    /// As [`Unbounded::pop_many`].
    pub fn pop_many(&mut self, items: &mut Vec<T>, max: usize) -> usize {
        let popped = self.try_pop_many(items, max);
        if popped > 0 || max == 0 {
            return popped;
        }
        let Ok(first) = self.pop() else {
            return 0;
        };
        items.push(first);
        1 + self.try_pop_many(items, max - 1)
    }

    fn popping(&mut self) -> Pop<'_, T, &mut Place<T>> {
        Pop {
            queue: &self.queue,
            seat: &mut self.own,
        }
    }
}

fn pop_until<T, S: Seat<T>>(pop: Pop<'_, T, S>, deadline: &Deadline) -> Result<T, PopTimeoutError> {
    match forms::wait_until(pop, deadline) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(PopError)) => Err(PopTimeoutError::Closed),
        Err(_) => Err(PopTimeoutError::Timeout),
    }
}
