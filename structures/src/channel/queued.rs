//! A channel that is a queue: how it is received from, and how it ends, whichever queue it is.
//!
//! How one sends is in [`buffered`](super::buffered) and [`growing`](super::growing). Attempts are generic over how
//! they come to the channel, so that calls borrow it and streams own it.

#![forbid(unsafe_code)]

use crate::error::{RecvError, RecvTimeoutError, TryPopError, TryRecvError};
use crate::queue::{Bounded, Unbounded};
use crate::sync::Deadline;
use crate::wait::forms::{self, Attempt, Waiting};
use crate::wait::list::WaitList;
use core::future::Future;
use core::ops::Deref;

/// A queue, as far as it is the same for all.
pub(super) trait Queue {
    /// What is inside.
    type Item;
    fn try_pop(&self) -> Result<Self::Item, TryPopError>;
    fn is_empty(&self) -> bool;
    fn is_closed(&self) -> bool;
    fn close(&self) -> bool;
    /// Those who wait for an item.
    fn poppers(&self) -> &WaitList;
}

macro_rules! queue {
    ($Queue:ident) => {
        impl<T> Queue for $Queue<T> {
            type Item = T;
            #[inline(always)]
            fn try_pop(&self) -> Result<T, TryPopError> {
                $Queue::try_pop(self)
            }
            fn is_empty(&self) -> bool {
                $Queue::is_empty(self)
            }
            fn is_closed(&self) -> bool {
                $Queue::is_closed(self)
            }
            fn close(&self) -> bool {
                $Queue::close(self)
            }
            fn poppers(&self) -> &WaitList {
                &self.poppers
            }
        }
    };
}

queue!(Bounded);
queue!(Unbounded);

/// The channel.
#[derive(Debug)]
pub(super) struct Queued<Q>(pub(super) Q);

impl<Q> Queued<Q> {
    /// The queue, for calls that are the same there.
    pub(super) fn queue(&self) -> &Q {
        &self.0
    }
}

impl<Q: Queue> Queued<Q> {
    #[inline]
    pub(super) fn try_recv(&self) -> Result<Q::Item, TryRecvError> {
        self.0.try_pop().map_err(|error| match error {
            TryPopError::Empty => TryRecvError::Empty,
            TryPopError::Closed => TryRecvError::Closed,
        })
    }

    #[inline]
    pub(super) fn recv(&self) -> Result<Q::Item, RecvError> {
        match self.0.try_pop() {
            Ok(message) => Ok(message),
            Err(TryPopError::Closed) => Err(RecvError),
            Err(TryPopError::Empty) => forms::wait(Receiving(self)),
        }
    }

    pub(super) fn recv_until(&self, deadline: &Deadline) -> Result<Q::Item, RecvTimeoutError> {
        match forms::wait_until(Receiving(self), deadline) {
            Ok(Ok(message)) => Ok(message),
            Ok(Err(RecvError)) => Err(RecvTimeoutError::Closed),
            Err(_) => Err(RecvTimeoutError::Timeout),
        }
    }

    pub(super) fn recv_async(
        &self,
    ) -> impl Future<Output = Result<Q::Item, RecvError>> + Unpin + use<'_, Q> {
        Waiting::new(Receiving(self))
    }

    pub(super) fn close(&self) -> bool {
        self.0.close()
    }

    /// Drops every message, each once: when no receiver is left, after `close`.
    pub(super) fn discard(&self) {
        /// Drops what is left; goes on where a panicking destructor stopped it.
        struct Rest<'a, Q: Queue>(&'a Q);
        impl<Q: Queue> Rest<'_, Q> {
            fn discard(&self) {
                while let Ok(message) = self.0.try_pop() {
                    drop(message);
                }
            }
        }
        impl<Q: Queue> Drop for Rest<'_, Q> {
            fn drop(&mut self) {
                self.discard();
            }
        }
        let rest = Rest(&self.0);
        rest.discard();
        core::mem::forget(rest);
    }
}

/// An attempt to receive.
#[derive(Debug)]
pub(super) struct Receiving<C>(pub(super) C);

/// The way to those who wait for a message.
#[derive(Debug)]
pub(super) struct Receivers<Q, C: Deref<Target = Queued<Q>>>(C);

impl<Q: Queue, C: Deref<Target = Queued<Q>>> Deref for Receivers<Q, C> {
    type Target = WaitList;
    fn deref(&self) -> &WaitList {
        self.0.0.poppers()
    }
}

impl<Q: Queue, C: Deref<Target = Queued<Q>> + Clone> Attempt for Receiving<C> {
    type Done = Result<Q::Item, RecvError>;
    type List = Receivers<Q, C>;

    #[inline(always)]
    fn attempt(&mut self) -> Option<Self::Done> {
        match self.0.try_recv() {
            Ok(message) => Some(Ok(message)),
            Err(TryRecvError::Closed) => Some(Err(RecvError)),
            Err(TryRecvError::Empty) => None,
        }
    }

    fn list(&self) -> Receivers<Q, C> {
        Receivers(self.0.clone())
    }

    fn would_end(&mut self) -> bool {
        !self.0.0.is_empty() || self.0.0.is_closed()
    }
}
