//! The queue inside a [`Joinable`](super::Joinable) queue: of one kind or the other.

#![forbid(unsafe_code)]

use crate::error::{PushError, TryPopError, TryPushError};
use crate::queue::{Bounded, Unbounded};
use crate::wait::list::WaitList;

/// What a joinable queue asks of the queue inside.
#[allow(
    clippy::large_enum_variant,
    reason = "either is large, and a box would cost every call a load"
)]
pub(super) enum Inside<T> {
    Bounded(Bounded<T>),
    Unbounded(Unbounded<T>),
}

impl<T> Inside<T> {
    #[inline]
    pub(super) fn try_push(&self, value: T) -> Result<(), TryPushError<T>> {
        match self {
            Self::Bounded(queue) => queue.try_push(value),
            Self::Unbounded(queue) => queue
                .push(value)
                .map_err(|PushError(value)| TryPushError::Closed(value)),
        }
    }

    #[inline]
    pub(super) fn try_pop(&self) -> Result<T, TryPopError> {
        match self {
            Self::Bounded(queue) => queue.try_pop(),
            Self::Unbounded(queue) => queue.try_pop(),
        }
    }

    pub(super) fn close(&self) -> bool {
        match self {
            Self::Bounded(queue) => queue.close(),
            Self::Unbounded(queue) => queue.close(),
        }
    }

    pub(super) fn close_now(&self) -> Vec<T> {
        match self {
            Self::Bounded(queue) => queue.close_now(),
            Self::Unbounded(queue) => queue.close_now(),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::Bounded(queue) => queue.is_closed(),
            Self::Unbounded(queue) => queue.is_closed(),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Bounded(queue) => queue.len(),
            Self::Unbounded(queue) => queue.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Bounded(queue) => queue.is_empty(),
            Self::Unbounded(queue) => queue.is_empty(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        match self {
            Self::Bounded(queue) => queue.is_full(),
            Self::Unbounded(_) => false,
        }
    }

    pub(super) fn capacity(&self) -> Option<usize> {
        match self {
            Self::Bounded(queue) => Some(queue.capacity()),
            Self::Unbounded(_) => None,
        }
    }

    /// Gives back the memory that is kept for later.
    pub(super) fn shrink(&self) {
        if let Self::Unbounded(queue) = self {
            queue.shrink();
        }
    }

    /// Those who wait for a task.
    #[inline]
    pub(super) fn poppers(&self) -> &WaitList {
        match self {
            Self::Bounded(queue) => &queue.poppers,
            Self::Unbounded(queue) => &queue.poppers,
        }
    }

    /// Those who wait for room.
    #[inline]
    pub(super) fn pushers(&self) -> &WaitList {
        match self {
            Self::Bounded(queue) => &queue.pushers,
            Self::Unbounded(_) => unreachable!("a queue without bound is never full"),
        }
    }
}
