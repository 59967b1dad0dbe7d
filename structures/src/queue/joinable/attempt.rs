//! A push, a retry and a pop of tasks as attempts that can wait.

#![forbid(unsafe_code)]

use super::Joinable;
use crate::error::{PopError, PushError, PushTimeoutError, TryPopError, TryPushError};
use crate::queue::Task;
use crate::sync::Deadline;
use crate::wait::forms::{self, Attempt, Waiting};
use crate::wait::list::WaitList;
use core::ops::Deref;

/// A push that may have to wait for room: of a value, or of a task that was popped (`V`).
///
/// A value counts as unfinished only while it is tried: not while it waits, for then a push that
/// nobody goes on with would hold up who joins.
#[derive(Debug)]
pub(in crate::queue) struct Pushing<T, Q: Deref<Target = Joinable<T>>, V> {
    queue: Q,
    value: Option<V>,
    try_once: fn(&Q, V) -> Result<(), TryPushError<V>>,
}

/// The list of those who wait for room.
#[derive(Debug)]
pub(in crate::queue) struct Pushers<T, Q: Deref<Target = Joinable<T>>>(Q);

impl<T, Q: Deref<Target = Joinable<T>>> Deref for Pushers<T, Q> {
    type Target = WaitList;
    fn deref(&self) -> &WaitList {
        self.0.queue.pushers()
    }
}

impl<T, Q: Deref<Target = Joinable<T>> + Clone, V> Pushing<T, Q, V> {
    /// Of `value`, by `try_once`.
    pub(in crate::queue) fn new(
        queue: Q,
        value: V,
        try_once: fn(&Q, V) -> Result<(), TryPushError<V>>,
    ) -> Self {
        Self {
            queue,
            value: Some(value),
            try_once,
        }
    }

    /// As a call of a thread.
    #[inline]
    pub(in crate::queue) fn wait(mut self) -> Result<(), PushError<V>> {
        match self.attempt() {
            Some(done) => done,
            None => forms::wait(self),
        }
    }

    /// As a call of a thread that is in a hurry.
    pub(in crate::queue) fn wait_until(
        self,
        deadline: &Deadline,
    ) -> Result<(), PushTimeoutError<V>> {
        match forms::wait_until(self, deadline) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(PushError(value))) => Err(PushTimeoutError::Closed(value)),
            Err(Self { value, .. }) => match value {
                Some(value) => Err(PushTimeoutError::Timeout(value)),
                None => unreachable!("a push that has not ended has its value"),
            },
        }
    }

    /// As a call of a task.
    pub(in crate::queue) fn future(self) -> Waiting<Self> {
        Waiting::new(self)
    }
}

impl<T, Q: Deref<Target = Joinable<T>> + Clone, V> Attempt for Pushing<T, Q, V> {
    type Done = Result<(), PushError<V>>;
    type List = Pushers<T, Q>;

    #[inline]
    fn attempt(&mut self) -> Option<Self::Done> {
        let value = self.value.take()?;
        match (self.try_once)(&self.queue, value) {
            Ok(()) => Some(Ok(())),
            Err(TryPushError::Closed(value)) => Some(Err(PushError(value))),
            Err(TryPushError::Full(value)) => {
                self.value = Some(value);
                None
            }
        }
    }

    fn list(&self) -> Pushers<T, Q> {
        Pushers(self.queue.clone())
    }

    fn would_end(&mut self) -> bool {
        !self.queue.is_full() || self.queue.is_closed()
    }
}

/// A pop that may have to wait for a task.
#[derive(Debug)]
pub(super) struct Popping<'a, T> {
    pub(super) queue: &'a Joinable<T>,
}

impl<'a, T> Attempt for Popping<'a, T> {
    type Done = Result<Task<'a, T>, PopError>;
    type List = &'a WaitList;

    fn attempt(&mut self) -> Option<Self::Done> {
        match self.queue.try_pop() {
            Ok(task) => Some(Ok(task)),
            Err(TryPopError::Closed) => Some(Err(PopError)),
            Err(TryPopError::Empty) => None,
        }
    }

    fn list(&self) -> &'a WaitList {
        self.queue.queue.poppers()
    }

    fn would_end(&mut self) -> bool {
        !self.queue.is_empty() || self.queue.is_closed()
    }
}
