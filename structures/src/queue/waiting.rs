//! The calls of a [`Bounded`] queue that wait: by reference and through a handle.

#![forbid(unsafe_code)]

use super::attempt::{OfThread, Place};
use super::pending::{Pop, Push};
use super::{Bounded, HandleTo};
use crate::error::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
use crate::sync::Deadline;
use crate::wait::forms::{self, Waiting};
use core::future::Future;
use core::ops::Deref;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

impl<T> Bounded<T> {
    /// Pushes `value` at the tail, and waits while the queue is full.
    ///
    /// **Waits:** for room. **Progress:** of those who wait, one is woken for each item that is popped;
    /// if a thread is stopped before it wakes one, the next successful pop does. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// ```
    /// let queue = latchless::queue::Bounded::new(1);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| (0..100).try_for_each(|n| queue.push(n)));
    ///     assert_eq!((0..100).map_while(|_| queue.pop().ok()).sum::<i32>(), 4950);
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the queue was closed; `value` is inside.
    #[doc(alias = "put")]
    #[inline]
    pub fn push(&self, value: T) -> Result<(), PushError<T>> {
        match self.try_push(value) {
            Ok(()) => Ok(()),
            Err(TryPushError::Closed(value)) => Err(PushError(value)),
            Err(TryPushError::Full(value)) => forms::wait(self.pushing(value)),
        }
    }

    /// Pushes `value` at the tail, and waits at most for `timeout` while the queue is full.
    ///
    /// A timeout of zero is a [`try_push`](Self::try_push); one beyond what the clock can count never
    /// passes.
    ///
    /// **Waits:** for room. **Progress:** as [`push`](Self::push). **Cancel:** a call that runs out of
    /// time gives `value` back.
    ///
    /// # Errors
    ///
    /// If the time is over and the queue was full, or if it was closed; `value` is inside.
    pub fn push_timeout(&self, value: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        push_until(self.pushing(value), &Deadline::after(timeout))
    }

    /// As [`push_timeout`](Self::push_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn push_deadline(&self, value: T, deadline: Instant) -> Result<(), PushTimeoutError<T>> {
        push_until(self.pushing(value), &Deadline::at(deadline))
    }

    /// Pushes `value` at the tail, and waits, as a task, while the queue is full.
    ///
    /// **Waits:** for room. **Progress:** as [`push`](Self::push). **Cancel:** a future that is dropped
    /// before it completes has not pushed; `value` is dropped with it, and a wake that it was given
    /// goes to the next. Any runtime's timeout will do. (One that is forgotten while it waits takes a
    /// wake, and a little memory until the queue is dropped.)
    ///
    /// # Errors
    ///
    /// If the queue was closed; `value` is inside.
    pub fn push_async(
        &self,
        value: T,
    ) -> impl Future<Output = Result<(), PushError<T>>> + use<'_, T> {
        Waiting::new(self.pushing(value))
    }

    /// Pops the item at the head, and waits while the queue is empty.
    ///
    /// **Waits:** for an item. **Progress:** of those who wait, one is woken for each item that is
    /// pushed; if a thread is stopped before it wakes one, the next successful push does. **Cancel:**
    /// there is nothing to cancel.
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

    /// Pushes all of `items` from the front, waits while the queue is full, and returns how many were
    /// pushed: all, unless the queue was closed. What was not pushed stays in `items`.
    ///
    /// **Waits:** for room. **Progress:** as [`push`](Self::push). **Cancel:** there is nothing to cancel.
    pub fn push_many(&self, items: &mut VecDeque<T>) -> usize {
        let mut pushed = self.try_push_many(items);
        while let Some(item) = items.pop_front() {
            if let Err(PushError(item)) = self.push(item) {
                items.push_front(item);
                break;
            }
            pushed += 1 + self.try_push_many(items);
        }
        pushed
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

    fn pushing(&self, value: T) -> Push<'_, T, OfThread> {
        Push {
            queue: self,
            place: OfThread,
            value: Some(value),
        }
    }

    fn popping(&self) -> Pop<'_, T, OfThread> {
        Pop {
            queue: self,
            place: OfThread,
        }
    }
}

impl<T, Q: Deref<Target = Bounded<T>>> HandleTo<T, Q> {
    /// As [`Bounded::push`].
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), PushError<T>> {
        match self.try_push(value) {
            Ok(()) => Ok(()),
            Err(TryPushError::Closed(value)) => Err(PushError(value)),
            Err(TryPushError::Full(value)) => forms::wait(self.pushing(value)),
        }
    }

    /// As [`Bounded::push_timeout`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn push_timeout(&mut self, value: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        push_until(self.pushing(value), &Deadline::after(timeout))
    }

    /// As [`Bounded::push_deadline`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn push_deadline(
        &mut self,
        value: T,
        deadline: Instant,
    ) -> Result<(), PushTimeoutError<T>> {
        push_until(self.pushing(value), &Deadline::at(deadline))
    }

    /// As [`Bounded::push_async`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn push_async(
        &mut self,
        value: T,
    ) -> impl Future<Output = Result<(), PushError<T>>> + use<'_, T, Q> {
        Waiting::new(self.pushing(value))
    }

    /// As [`Bounded::pop`].
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

    /// As [`Bounded::pop_timeout`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError> {
        pop_until(self.popping(), &Deadline::after(timeout))
    }

    /// As [`Bounded::pop_deadline`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn pop_deadline(&mut self, deadline: Instant) -> Result<T, PopTimeoutError> {
        pop_until(self.popping(), &Deadline::at(deadline))
    }

    /// As [`Bounded::pop_async`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn pop_async(&mut self) -> impl Future<Output = Result<T, PopError>> + use<'_, T, Q> {
        Waiting::new(self.popping())
    }

    fn pushing(&mut self, value: T) -> Push<'_, T, &mut crate::raw::participants::Participant> {
        Push {
            queue: &self.queue,
            place: &mut self.own,
            value: Some(value),
        }
    }

    fn popping(&mut self) -> Pop<'_, T, &mut crate::raw::participants::Participant> {
        Pop {
            queue: &self.queue,
            place: &mut self.own,
        }
    }
}

fn push_until<T, P: Place<T>>(
    push: Push<'_, T, P>,
    deadline: &Deadline,
) -> Result<(), PushTimeoutError<T>> {
    match forms::wait_until(push, deadline) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(PushError(value))) => Err(PushTimeoutError::Closed(value)),
        Err(push) => match push.value {
            Some(value) => Err(PushTimeoutError::Timeout(value)),
            None => unreachable!("a push that has not ended has its value"),
        },
    }
}

fn pop_until<T, P: Place<T>>(
    pop: Pop<'_, T, P>,
    deadline: &Deadline,
) -> Result<T, PopTimeoutError> {
    match forms::wait_until(pop, deadline) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(PopError)) => Err(PopTimeoutError::Closed),
        Err(_) => Err(PopTimeoutError::Timeout),
    }
}
