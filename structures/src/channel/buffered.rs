//! The channel with room: a [`Bounded`] queue, in the words of a channel.
//!
//! Its attempts are generic over how they come to the queue, so that calls borrow it and streams own it.

#![forbid(unsafe_code)]

use crate::error::{
    CapacityError, RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryPopError,
    TryPushError, TryRecvError, TrySendError,
};
use crate::queue::Bounded;
use crate::sync::Deadline;
use crate::wait::forms::{self, Attempt, Waiting};
use crate::wait::list::WaitList;
use core::future::Future;
use core::ops::Deref;

/// The channel.
#[derive(Debug)]
pub(super) struct Buffered<T>(Bounded<T>);

impl<T> Buffered<T> {
    /// Open and empty.
    pub(super) fn new(capacity: usize) -> Result<Self, CapacityError> {
        Bounded::builder(capacity).handles(0).build().map(Self)
    }

    /// The queue, for calls that are the same there.
    pub(super) fn queue(&self) -> &Bounded<T> {
        &self.0
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

    #[inline]
    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        self.0.try_pop().map_err(|error| match error {
            TryPopError::Empty => TryRecvError::Empty,
            TryPopError::Closed => TryRecvError::Closed,
        })
    }

    #[inline]
    pub(super) fn recv(&self) -> Result<T, RecvError> {
        match self.0.try_pop() {
            Ok(message) => Ok(message),
            Err(TryPopError::Closed) => Err(RecvError),
            Err(TryPopError::Empty) => forms::wait(Receiving(self)),
        }
    }

    pub(super) fn recv_until(&self, deadline: &Deadline) -> Result<T, RecvTimeoutError> {
        match forms::wait_until(Receiving(self), deadline) {
            Ok(Ok(message)) => Ok(message),
            Ok(Err(RecvError)) => Err(RecvTimeoutError::Closed),
            Err(_) => Err(RecvTimeoutError::Timeout),
        }
    }

    pub(super) fn recv_async(
        &self,
    ) -> impl Future<Output = Result<T, RecvError>> + Unpin + use<'_, T> {
        Waiting::new(Receiving(self))
    }

    pub(super) fn close(&self) -> bool {
        self.0.close()
    }

    /// Drops every message, each once: when no receiver is left, after `close`.
    pub(super) fn discard(&self) {
        /// Drops what is left; goes on where a panicking destructor stopped it.
        struct Rest<'a, T>(&'a Bounded<T>);
        impl<T> Rest<'_, T> {
            fn discard(&self) {
                while let Ok(message) = self.0.try_pop() {
                    drop(message);
                }
            }
        }
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.discard();
            }
        }
        let rest = Rest(&self.0);
        rest.discard();
        core::mem::forget(rest);
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

/// An attempt to receive.
#[derive(Debug)]
pub(super) struct Receiving<C>(pub(super) C);

/// The way to those who wait for room.
#[derive(Debug)]
pub(super) struct Senders<T, C: Deref<Target = Buffered<T>>>(C);

/// The way to those who wait for a message.
#[derive(Debug)]
pub(super) struct Receivers<T, C: Deref<Target = Buffered<T>>>(C);

impl<T, C: Deref<Target = Buffered<T>>> Deref for Senders<T, C> {
    type Target = WaitList;
    fn deref(&self) -> &WaitList {
        &self.0.0.pushers
    }
}

impl<T, C: Deref<Target = Buffered<T>>> Deref for Receivers<T, C> {
    type Target = WaitList;
    fn deref(&self) -> &WaitList {
        &self.0.0.poppers
    }
}

impl<T, C: Deref<Target = Buffered<T>> + Clone> Attempt for Sending<T, C> {
    type Done = Result<(), SendError<T>>;
    type List = Senders<T, C>;

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

impl<T, C: Deref<Target = Buffered<T>> + Clone> Attempt for Receiving<C> {
    type Done = Result<T, RecvError>;
    type List = Receivers<T, C>;

    fn attempt(&mut self) -> Option<Self::Done> {
        match self.0.try_recv() {
            Ok(message) => Some(Ok(message)),
            Err(TryRecvError::Closed) => Some(Err(RecvError)),
            Err(TryRecvError::Empty) => None,
        }
    }

    fn list(&self) -> Receivers<T, C> {
        Receivers(self.0.clone())
    }

    fn would_end(&mut self) -> bool {
        !self.0.0.is_empty() || self.0.0.is_closed()
    }
}
