//! The channel without room: a message passes only from a sender to a receiver that is there.
//!
//! # What
//!
//! Senders that find no receiver wait in one list, each with its message laid open; receivers that find no
//! message wait in another. Whoever comes looks at the other list first, and exchanges the parcel of the first that
//! waits there: a receiver takes a message, a sender gives one.
//!
//! # Picture
//!
//! ```text
//!  offers    [ sender: box 3 ] [ sender: TAKEN ] [ sender: box 5 ]      each waits with its message
//!  requests  [ receiver: OPEN ] [ receiver: box 4 ]                     given, not yet awake
//!  kept      [ nobody: box 9 ]                                          given to one that was dropped
//!  boxes     the messages, by number
//! ```
//!
//! # Invariants
//!
//! * **R1** A box has one holder: its sender, or whoever exchanged the parcel in which it lay, or the
//!   receiver in whose parcel it was laid. One compare-and-swap hands it on; the owner's closing of
//!   its parcel decides against it. (Both are in [`node`](crate::wait::node), as `exchange` and
//!   `close_parcel`; weakened, they are killed by `a_message_for_a_dropped_receiver_is_kept`,
//!   `a_message_is_taken_whole` or `a_message_is_given_whole`.)
//! * **R2** A send succeeds exactly when a receiver took the message out of the parcel, or when it was
//!   laid into the parcel of a receiver that waited.
//! * **R3** A receiver that is given a message and dropped before it could return it *keeps* it for the
//!   next: kept messages are received before others, by whoever looks for them after that. Until then it is
//!   with that receiver: another may be told Empty or, after a close, Closed meanwhile, as if the receiver had gone with its message.
//! * **R4** After a close only kept messages are received: who says Closed does not see a sender's message
//!   later.
//! * **R5** Full and Empty were true at one moment: who has found nobody looks once more whether the channel was closed
//!   meanwhile (for then those whom it missed may have gone just for that), and a receiver, whether a
//!   message was kept between its look at those and its look at the offers (`keeps` counts them). If so, it
//!   looks again.
//!
//! # Why nobody waits in vain
//!
//! A sender: enlist with its message, **fence**, look for receivers, and wake one that waits. A receiver:
//! enlist, **fence**, look for messages, and leave to take one if there is any. Of a sender and a receiver that
//! meet, one sees the other; if both do, the receiver takes. Only receivers act on that look, so the two never
//! withdraw from each other for ever. The sender that is woken has been taken from, or the channel is closed.
//!
//! # Progress
//!
//! Lock-free, as the [wait list](crate::wait): an exchange is one compare-and-swap, and who made it
//! goes on until the other is awake; if it is stopped before, the next that comes by wakes the other.
//!
//! # Source
//!
//! Own design, on the wait list; the idea that either side waits with what it wants is that of the dual queues
//! of Scherer and Scott.

mod attempt;

pub(super) use attempt::{Receiving, Sending};

use crate::error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
use crate::raw::boxes::Boxes;
use crate::sync::{AtomicU32, AtomicU64, Deadline, Ordering};
use crate::wait::forms::{self, Attempt, Waiting};
use crate::wait::list::WaitList;
use crate::wait::node::Content;
use core::future::Future;

/// A receiver waits, and may be given a message.
const OPEN: Content = 1;
/// A sender's message was taken.
const TAKEN: Content = 2;
/// A message in the box of this number less three.
const FIRST_BOX: Content = 3;

fn is_message(content: Content) -> bool {
    content >= FIRST_BOX
}

fn is_open(content: Content) -> bool {
    content == OPEN
}

/// The channel; see the head of this file.
#[derive(Debug)]
pub(super) struct Rendezvous<T> {
    offers: WaitList,
    requests: WaitList,
    kept: WaitList,
    /// How many were ever kept.
    keeps: AtomicU64,
    boxes: Boxes<T>,
    closed: AtomicU32,
}

impl<T> Rendezvous<T> {
    /// Open, and nobody there.
    pub(super) fn new() -> Self {
        Self {
            offers: WaitList::new(),
            requests: WaitList::new(),
            kept: WaitList::new(),
            keeps: AtomicU64::new(0),
            boxes: Boxes::default(),
            closed: AtomicU32::new(0),
        }
    }

    /// Gives the message to a receiver that waits.
    pub(super) fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let mut sending = Sending::new(self, message);
        match sending.attempt() {
            Some(Ok(())) => Ok(()),
            Some(Err(SendError(message))) => Err(TrySendError::Closed(message)),
            None => Err(TrySendError::Full(sending.take_back())),
        }
    }

    /// Gives the message to a receiver, and waits for one.
    pub(super) fn send(&self, message: T) -> Result<(), SendError<T>> {
        let mut sending = Sending::new(self, message);
        match sending.attempt() {
            Some(done) => done,
            None => forms::wait(sending),
        }
    }

    /// As [`send`](Self::send), until the deadline.
    pub(super) fn send_until(
        &self,
        message: T,
        deadline: &Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        match forms::wait_until(Sending::new(self, message), deadline) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(SendError(message))) => Err(SendTimeoutError::Closed(message)),
            Err(mut sending) => Err(SendTimeoutError::Timeout(sending.take_back())),
        }
    }

    /// As [`send`](Self::send), as a task.
    pub(super) fn send_async(
        &self,
        message: T,
    ) -> impl Future<Output = Result<(), SendError<T>>> + Unpin + use<'_, T> {
        Waiting::new(Sending::new(self, message))
    }

    /// Takes a message that was kept, or that of a sender that waits.
    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        match Receiving(self).attempt() {
            Some(Ok(message)) => Ok(message),
            Some(Err(RecvError)) => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    /// Takes a message, and waits for one.
    pub(super) fn recv(&self) -> Result<T, RecvError> {
        let mut receiving = Receiving(self);
        match receiving.attempt() {
            Some(done) => done,
            None => forms::wait(receiving),
        }
    }

    /// As [`recv`](Self::recv), until the deadline.
    pub(super) fn recv_until(&self, deadline: &Deadline) -> Result<T, RecvTimeoutError> {
        match forms::wait_until(Receiving(self), deadline) {
            Ok(Ok(message)) => Ok(message),
            Ok(Err(RecvError)) => Err(RecvTimeoutError::Closed),
            Err(_) => Err(RecvTimeoutError::Timeout),
        }
    }

    /// As [`recv`](Self::recv), as a task.
    pub(super) fn recv_async(
        &self,
    ) -> impl Future<Output = Result<T, RecvError>> + Unpin + use<'_, T> {
        Waiting::new(Receiving(self))
    }

    /// Closes the channel: senders that wait get their messages back, kept ones are still received.
    pub(super) fn close(&self) -> bool {
        // ORDERING: Release publishes what the closer did before to the Acquire in `is_closed`; killed by
        // `what_was_done_before_a_close_is_seen_by_who_finds_it_closed`.
        let first = self.closed.swap(1, Ordering::Release) == 0;
        self.wake_all();
        first
    }

    /// Whether it was closed. Whoever finds it so wakes everybody, for who closed it may have been stopped
    /// before it came to that.
    pub(super) fn is_closed(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `close`; killed by the same model,
        // `what_was_done_before_a_close_is_seen_by_who_finds_it_closed`. That a waiter does not overlook
        // a close that overlooked the waiter is due to the fences: one in `enlist`, one in `wake_all`; both
        // killed by `a_change_is_published_before_the_look_for_waiters`.
        let is_closed = self.closed.load(Ordering::Acquire) != 0;
        if is_closed {
            self.wake_all();
        }
        is_closed
    }

    /// Keeps a message for the next receiver, and wakes one that waits.
    fn keep(&self, number: u32) {
        self.kept.leave_behind(number + FIRST_BOX);
        // ORDERING: Release pairs with the Acquire in `keeps`: who sees the count finds the message, or that
        // it was taken. Killed by `a_receiver_is_not_told_empty_while_a_gift_is_put_back`.
        self.keeps.fetch_add(1, Ordering::Release);
        self.requests.notify_after_change();
    }

    /// How many were kept so far.
    fn keeps(&self) -> u64 {
        // ORDERING: Acquire pairs with the Release in `keep`; killed by the same model,
        // `a_receiver_is_not_told_empty_while_a_gift_is_put_back`. That the second look comes behind that
        // at the offers is due to the Acquire loads there.
        self.keeps.load(Ordering::Acquire)
    }

    #[cold]
    fn wake_all(&self) {
        for list in [&self.offers, &self.requests] {
            if list.has_waiters_after_change() {
                list.notify_all();
            }
        }
    }

    /// Drops what was kept: when no receiver is left. Goes on where a panicking destructor stopped it.
    ///
    /// What senders and receivers that were forgotten have left is dropped with the boxes.
    pub(super) fn discard(&self) {
        struct Rest<'a, T>(&'a Rendezvous<T>);
        impl<T> Rest<'_, T> {
            fn drop_all(&self) {
                while let Some(message) = self.0.take_from(&self.0.kept) {
                    drop(message);
                }
            }
        }
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.drop_all();
            }
        }
        let rest = Rest(self);
        rest.drop_all();
        core::mem::forget(rest);
    }

    /// The message of the first that waits with one.
    fn take_from(&self, list: &WaitList) -> Option<T> {
        let content = list.exchange(is_message, TAKEN)?;
        // SAFETY: by the exchange the box is this caller's alone (R1).
        Some(unsafe { self.boxes.take(content - FIRST_BOX) })
    }
}
