//! The channel without bound: how one sends to an [`Unbounded`] queue, which is without ever waiting.

#![forbid(unsafe_code)]

use super::queued::Queued;
use crate::error::{PushError, SendError, SendTimeoutError, TrySendError};
use crate::queue::Unbounded;
use crate::sync::Deadline;
use core::future::Future;
use core::ops::Deref;
use core::pin::Pin;
use core::task::{Context, Poll};

/// The channel.
pub(super) type Growing<T> = Queued<Unbounded<T>>;

impl<T> Queued<Unbounded<T>> {
    #[inline]
    pub(super) fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.0
            .push(message)
            .map_err(|PushError(message)| TrySendError::Closed(message))
    }

    #[inline]
    pub(super) fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.0
            .push(message)
            .map_err(|PushError(message)| SendError(message))
    }

    pub(super) fn send_until(&self, message: T, _: &Deadline) -> Result<(), SendTimeoutError<T>> {
        self.0
            .push(message)
            .map_err(|PushError(message)| SendTimeoutError::Closed(message))
    }

    pub(super) fn send_async(&self, message: T) -> Sending<T, &Self> {
        Sending::new(self, message)
    }
}

/// A send that was not polled yet; the first poll ends it.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub(super) struct Sending<T, C> {
    channel: C,
    message: Option<T>,
}

impl<T, C> Sending<T, C> {
    pub(super) fn new(channel: C, message: T) -> Self {
        Self {
            channel,
            message: Some(message),
        }
    }
}

// Nothing in it is pinned.
impl<T, C> Unpin for Sending<T, C> {}

impl<T, C: Deref<Target = Growing<T>>> Future for Sending<T, C> {
    type Output = Result<(), SendError<T>>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(message) = self.message.take() else {
            panic!("a future was polled after it had completed");
        };
        Poll::Ready(self.channel.send(message))
    }
}
