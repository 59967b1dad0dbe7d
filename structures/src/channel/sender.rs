//! The end that sends.

#![forbid(unsafe_code)]

use super::WeakSender;
use super::flavour::{Any, Flavour, both_ends, each};
use crate::error::{SendError, SendTimeoutError, TrySendError};
use crate::sync::Deadline;
use core::future::Future;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The end of a channel that sends. Clone it for further senders, or share it by `&`.
///
/// When the last one is dropped, the channel is closed: receivers take what is inside, and then see
/// Closed.
pub struct Sender<T> {
    pub(super) flavour: Flavour<T>,
}

both_ends!(Sender, WeakSender);

impl<T> Sender<T> {
    /// The one that a new channel has been counted with, or one that was counted just now.
    pub(super) fn counted(flavour: Flavour<T>) -> Self {
        Self { flavour }
    }

    /// Sends `message` if there is room (as there always is without a bound), or, in a channel without room, if
    /// a receiver waits.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// # Errors
    ///
    /// [`Full`](TrySendError::Full) if there was no room at one moment of the call,
    /// [`Closed`](TrySendError::Closed) if the channel was closed or has no receiver; both give
    /// `message` back.
    #[doc(alias = "put_nowait")]
    #[inline]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        each!(&self.flavour, shared => shared.core.try_send(message))
    }

    /// Sends `message`, and waits while there is no room; in a channel without room, until it is
    /// received.
    ///
    /// **Waits:** for room, or for a receiver; without a bound, never. **Progress:** of those who wait, one is woken
    /// for each message that is received; if a thread is stopped before it wakes one, the next successful receive
    /// does. **Cancel:** there is nothing to cancel.
    ///
    /// ```
    /// let (sender, receiver) = latchless::channel::bounded(1);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(move || (0..100).try_for_each(|n| sender.send(n)));
    ///     assert_eq!(receiver.into_iter().sum::<i32>(), 4950);
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the channel was closed or has no receiver; `message` is inside.
    #[doc(alias = "put")]
    #[inline]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        each!(&self.flavour, shared => shared.core.send(message))
    }

    /// Sends `message`, and waits at most for `timeout` while there is no room.
    ///
    /// A timeout of zero is a [`try_send`](Self::try_send); one beyond what the clock can count never
    /// passes.
    ///
    /// **Waits:** for room, or for a receiver. **Progress:** as [`send`](Self::send). **Cancel:** a call
    /// that runs out of time gives `message` back.
    ///
    /// ```
    /// use std::time::Duration;
    /// let (sender, _receiver) = latchless::channel::bounded(1);
    /// sender.send_timeout('a', Duration::MAX).unwrap();
    /// let late = sender.send_timeout('b', Duration::from_millis(1)).unwrap_err();
    /// assert!(late.is_timeout());
    /// assert_eq!(late.into_inner(), 'b');
    /// ```
    ///
    /// # Errors
    ///
    /// If the time is over and there was no room, or the channel was closed or has no receiver;
    /// `message` is inside.
    pub fn send_timeout(&self, message: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_until(message, || Deadline::after(timeout))
    }

    /// As [`send_timeout`](Self::send_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_deadline(&self, message: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.send_until(message, || Deadline::at(deadline))
    }

    /// Asks the clock only if the first try comes to nothing.
    fn send_until(
        &self,
        message: T,
        deadline: impl FnOnce() -> Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        match self.try_send(message) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed(message)) => Err(SendTimeoutError::Closed(message)),
            Err(TrySendError::Full(message)) => {
                each!(&self.flavour, shared => shared.core.send_until(message, &deadline()))
            }
        }
    }

    /// Sends `message`, and waits, as a task, while there is no room; in a channel without room, until it
    /// is received.
    ///
    /// **Waits:** for room, or for a receiver. **Progress:** as [`send`](Self::send). **Cancel:** a
    /// future that is dropped before it completes has not sent, unless a receiver has taken the message
    /// already; otherwise `message` is dropped with it. A wake that it was given goes to the next. Any
    /// runtime's timeout will do. (One that is forgotten while it waits takes a wake, and a little memory until
    /// the channel is dropped; in a channel without room its message stays there for a receiver, until the channel
    /// is closed, and is otherwise dropped with the channel.)
    ///
    /// # Errors
    ///
    /// If the channel was closed or has no receiver; `message` is inside.
    ///
    /// # Panics
    ///
    /// A future that is polled after it has completed panics.
    pub fn send_async(
        &self,
        message: T,
    ) -> impl Future<Output = Result<(), SendError<T>>> + use<'_, T> {
        match &self.flavour {
            Flavour::Buffered(shared) => Any::Buffered(shared.core.send_async(message)),
            Flavour::Growing(shared) => Any::Growing(shared.core.send_async(message)),
            Flavour::Rendezvous(shared) => Any::Rendezvous(shared.core.send_async(message)),
        }
    }

    /// Sends from the front of `messages` until none is left or none fits, and returns how many.
    ///
    /// They keep their order; those of other senders may come in between. What was not sent stays in
    /// `messages`, also when the channel was closed.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// ```
    /// use std::collections::VecDeque;
    /// let (sender, receiver) = latchless::channel::bounded(3);
    /// let mut messages = VecDeque::from([1, 2, 3, 4]);
    /// assert_eq!(sender.try_send_many(&mut messages), 3);
    /// assert_eq!(messages, [4]);
    /// assert_eq!(receiver.drain().collect::<Vec<_>>(), [1, 2, 3]);
    /// assert_eq!(sender.send_many(&mut messages), 1);
    /// ```
    pub fn try_send_many(&self, messages: &mut VecDeque<T>) -> usize {
        match &self.flavour {
            Flavour::Buffered(shared) => return shared.core.queue().try_push_many(messages),
            Flavour::Growing(shared) => return shared.core.queue().push_many(messages),
            Flavour::Rendezvous(_) => {}
        }
        let mut sent = 0;
        while let Some(message) = messages.pop_front() {
            if let Err(refused) = self.try_send(message) {
                messages.push_front(refused.into_inner());
                break;
            }
            sent += 1;
        }
        sent
    }

    /// Sends all of `messages` from the front, waits while there is no room, and returns how many were
    /// sent: all, unless the channel was closed or has no receiver. What was not sent stays in
    /// `messages`.
    ///
    /// **Waits:** for room, or for receivers. **Progress:** as [`send`](Self::send). **Cancel:** there
    /// is nothing to cancel.
    pub fn send_many(&self, messages: &mut VecDeque<T>) -> usize {
        let mut sent = self.try_send_many(messages);
        while let Some(message) = messages.pop_front() {
            if let Err(SendError(message)) = self.send(message) {
                messages.push_front(message);
                break;
            }
            sent += 1 + self.try_send_many(messages);
        }
        sent
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.flavour.ends().senders.add();
        Self {
            flavour: self.flavour.clone(),
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.flavour.one_sender_less();
    }
}
