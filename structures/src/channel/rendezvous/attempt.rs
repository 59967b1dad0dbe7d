//! Sending and receiving without room, as attempts that can wait: what lies in a waiter's parcel, and who
//! finds whom. The invariants R1 to R5, and why nobody waits in vain, are in the head of
//! [`rendezvous`](super).

use super::{FIRST_BOX, OPEN, Rendezvous, TAKEN, is_message, is_open};
use crate::error::{RecvError, SendError};
use crate::wait::forms::{Attempt, Look};
use crate::wait::list::WaitList;
use crate::wait::node::Content;
use core::ops::Deref;

/// A message on its way, or an attempt to send it. Calls borrow the channel, sinks own it.
#[derive(Debug)]
pub(in crate::channel) struct Sending<T, C: Deref<Target = Rendezvous<T>>> {
    channel: C,
    number: Option<u32>,
}

/// An attempt to receive. Calls borrow the channel, streams own it.
#[derive(Debug)]
pub(in crate::channel) struct Receiving<C>(pub(in crate::channel) C);

/// The way to the senders that wait.
#[derive(Debug)]
pub(in crate::channel) struct Offers<T, C: Deref<Target = Rendezvous<T>>>(C);

/// The way to the receivers that wait.
#[derive(Debug)]
pub(in crate::channel) struct Requests<T, C: Deref<Target = Rendezvous<T>>>(C);

impl<T, C: Deref<Target = Rendezvous<T>>> Deref for Offers<T, C> {
    type Target = WaitList;
    fn deref(&self) -> &WaitList {
        &self.0.offers
    }
}

impl<T, C: Deref<Target = Rendezvous<T>>> Deref for Requests<T, C> {
    type Target = WaitList;
    fn deref(&self) -> &WaitList {
        &self.0.requests
    }
}

impl<T, C: Deref<Target = Rendezvous<T>>> Sending<T, C> {
    pub(in crate::channel) fn new(channel: C, message: T) -> Self {
        let number = Some(channel.boxes.put(message));
        Self { channel, number }
    }

    /// The message, which nobody took.
    pub(super) fn take_back(&mut self) -> T {
        match self.number.take() {
            // SAFETY: its sender holds the box until it is exchanged (R1).
            Some(number) => unsafe { self.channel.boxes.take(number) },
            None => unreachable!("a send that has not ended has its message"),
        }
    }
}

impl<T, C: Deref<Target = Rendezvous<T>>> Drop for Sending<T, C> {
    fn drop(&mut self) {
        if self.number.is_some() {
            drop(self.take_back());
        }
    }
}

impl<T, C: Deref<Target = Rendezvous<T>> + Clone> Attempt for Sending<T, C> {
    type Done = Result<(), SendError<T>>;
    type List = Offers<T, C>;

    fn attempt(&mut self) -> Option<Self::Done> {
        if self.channel.is_closed() {
            return Some(Err(SendError(self.take_back())));
        }
        // Not ours any more from the exchange on, whatever comes after it there.
        let number = self.number.take()?;
        let given = self.channel.requests.exchange(is_open, number + FIRST_BOX);
        if given.is_some() {
            return Some(Ok(()));
        }
        self.number = Some(number);
        // A receiver that was there may have gone because of a close (R5).
        let closed = self.channel.is_closed();
        closed.then(|| Err(SendError(self.take_back())))
    }

    fn list(&self) -> Offers<T, C> {
        Offers(self.channel.clone())
    }

    fn would_end(&mut self) -> bool {
        // A waiting receiver would have taken; senders need not wake each other for that.
        self.channel.is_closed()
    }

    const HAS_PARCEL: bool = true;

    fn parcel(&self) -> Content {
        self.number.map_or(TAKEN, |number| number + FIRST_BOX)
    }

    fn last_look(&mut self) -> Look<Self::Done> {
        if self.channel.is_closed() {
            return Look::Leave;
        }
        self.channel.requests.notify_after_change();
        Look::Sleep
    }

    fn left(&mut self, content: Content) -> Option<Self::Done> {
        if content != TAKEN {
            return None;
        }
        self.number = None;
        Some(Ok(()))
    }
}

impl<T, C: Deref<Target = Rendezvous<T>> + Clone> Attempt for Receiving<C> {
    type Done = Result<T, RecvError>;
    type List = Requests<T, C>;

    fn attempt(&mut self) -> Option<Self::Done> {
        let channel = &*self.0;
        let mut closed = channel.is_closed();
        loop {
            let keeps = channel.keeps();
            if let Some(message) = channel.take_from(&channel.kept) {
                return Some(Ok(message));
            }
            if closed {
                // Senders that wait still get their messages back: else one receiver could be told Closed
                // and a later one receive.
                return Some(Err(RecvError));
            }
            if let Some(message) = channel.take_from(&channel.offers) {
                return Some(Ok(message));
            }
            // Was there nothing at one moment (R5)?
            closed = channel.is_closed();
            if !closed && channel.keeps() == keeps {
                return None;
            }
        }
    }

    fn list(&self) -> Requests<T, C> {
        Requests(self.0.clone())
    }

    fn would_end(&mut self) -> bool {
        let channel = &*self.0;
        [&channel.kept, &channel.offers]
            .into_iter()
            .any(|list| list.has_parcel(is_message))
            || channel.is_closed()
    }

    const HAS_PARCEL: bool = true;

    fn parcel(&self) -> Content {
        OPEN
    }

    fn last_look(&mut self) -> Look<Self::Done> {
        if self.would_end() {
            Look::Leave
        } else {
            Look::Sleep
        }
    }

    fn left(&mut self, content: Content) -> Option<Self::Done> {
        if !is_message(content) {
            return None;
        }
        // SAFETY: the box was laid into this receiver's parcel, for it alone (R1).
        Some(Ok(unsafe { self.0.boxes.take(content - FIRST_BOX) }))
    }

    fn undo(&mut self, done: Self::Done) {
        if let Ok(message) = done {
            let number = self.0.boxes.put(message);
            self.0.keep(number);
        }
    }
}
