//! The channel with room: how one sends to a [`Bounded`] queue.

#![forbid(unsafe_code)]

use super::queued::Queued;
use crate::error::{CapacityError, SendError, SendTimeoutError, TryPushError, TrySendError};
use crate::queue::Bounded;
use crate::sync::Deadline;
use crate::wait::forms::{self, Attempt, Waiting};
use crate::wait::list::WaitList;
use core::future::Future;
use core::ops::Deref;

/// The channel.
pub(super) type Buffered<T> = Queued<Bounded<T>>;

impl<T> Queued<Bounded<T>> {
    /// Open and empty.
    pub(super) fn new(capacity: usize) -> Result<Self, CapacityError> {
        Bounded::builder(capacity).handles(0).build().map(Queued)
    }

    #[inline]
    pub(super) fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.0.try_push(message).map_err(|error| match error {
            TryPushError::Full(message) => TrySendError::Full(message),
            TryPushError::Closed(message) => TrySendError::Closed(message),
        })
    }

    #[inline]
    pub(super) fn send(&self, message: T) -> Result<(), SendError<T>> {
        match self.0.try_push(message) {
            Ok(()) => Ok(()),
            Err(TryPushError::Closed(message)) => Err(SendError(message)),
            Err(TryPushError::Full(message)) => forms::wait(Sending::new(self, message)),
        }
    }

    pub(super) fn send_until(
        &self,
        message: T,
        deadline: &Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        match forms::wait_until(Sending::new(self, message), deadline) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(SendError(message))) => Err(SendTimeoutError::Closed(message)),
            Err(sending) => match sending.message {
                Some(message) => Err(SendTimeoutError::Timeout(message)),
                None => unreachable!("a send that has not ended has its message"),
            },
        }
    }

    pub(super) fn send_async(
        &self,
        message: T,
    ) -> impl Future<Output = Result<(), SendError<T>>> + Unpin + use<'_, T> {
        Waiting::new(Sending::new(self, message))
    }
}

/// An attempt to send.
#[derive(Debug)]
pub(super) struct Sending<T, C> {
    channel: C,
    message: Option<T>,
}

impl<T, C: Deref<Target = Buffered<T>>> Sending<T, C> {
    pub(super) fn new(channel: C, message: T) -> Self {
        Self {
            channel,
            message: Some(message),
        }
    }
}

/// The way to those who wait for room.
#[derive(Debug)]
pub(super) struct Senders<T, C: Deref<Target = Buffered<T>>>(C);

impl<T, C: Deref<Target = Buffered<T>>> Deref for Senders<T, C> {
    type Target = WaitList;
    fn deref(&self) -> &WaitList {
        &self.0.0.pushers
    }
}

impl<T, C: Deref<Target = Buffered<T>> + Clone> Attempt for Sending<T, C> {
    type Done = Result<(), SendError<T>>;
    type List = Senders<T, C>;

    #[inline(always)]
    fn attempt(&mut self) -> Option<Self::Done> {
        match self.channel.try_send(self.message.take()?) {
            Ok(()) => Some(Ok(())),
            Err(TrySendError::Closed(message)) => Some(Err(SendError(message))),
            Err(TrySendError::Full(message)) => {
                self.message = Some(message);
                None
            }
        }
    }

    fn list(&self) -> Senders<T, C> {
        Senders(self.channel.clone())
    }

    fn would_end(&mut self) -> bool {
        !self.channel.0.is_full() || self.channel.0.is_closed()
    }
}
