//! The end that receives.

#![forbid(unsafe_code)]

use super::flavour::{Any, Flavour, both_ends, each};
use super::{Drain, IntoIter, Iter, TryIter, WeakReceiver};
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::sync::Deadline;
use core::future::Future;
use std::time::{Duration, Instant};

/// The end of a channel that receives. Clone it for further receivers, or share it by `&`: each message is
/// received once.
///
/// When the last one is dropped, the channel is closed, and what is inside is dropped, each message once,
/// before that drop returns. If the destructor of a message panics, the others are dropped all the same,
/// and the panic goes on.
pub struct Receiver<T> {
    pub(super) flavour: Flavour<T>,
}

both_ends!(Receiver, WeakReceiver);

impl<T> Receiver<T> {
    /// The one that a new channel has been counted with, or one that was counted just now.
    pub(super) fn counted(flavour: Flavour<T>) -> Self {
        Self { flavour }
    }

    /// Receives the oldest message.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. (Without a bound, where the
    /// next message is on its way, the call looks again for about a microsecond before it goes on without
    /// it.) **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvError::Empty) if there was no message at one moment of the call,
    /// [`Closed`](TryRecvError::Closed) if there will not be one any more.
    #[doc(alias = "get_nowait")]
    #[doc(alias = "poll")]
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        each!(&self.flavour, shared => shared.core.try_recv())
    }

    /// Receives the oldest message, and waits while there is none.
    ///
    /// **Waits:** for a message. **Progress:** of those who wait, one is woken for each message that is
    /// sent; if a thread is stopped before it wakes one, the next successful send does. **Cancel:**
    /// there is nothing to cancel.
    ///
    /// ```
    /// let (sender, receiver) = latchless::channel::bounded(1);
    /// std::thread::spawn(move || sender.send("ready"));
    /// assert_eq!(receiver.recv(), Ok("ready"));
    /// assert!(receiver.recv().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no message and will be none: the channel was closed, or has no sender.
    #[doc(alias = "get")]
    #[inline]
    pub fn recv(&self) -> Result<T, RecvError> {
        each!(&self.flavour, shared => shared.core.recv())
    }

    /// Receives the oldest message, and waits at most for `timeout` while there is none.
    ///
    /// A timeout of zero is a [`try_recv`](Self::try_recv); one beyond what the clock can count never
    /// passes.
    ///
    /// **Waits:** for a message. **Progress:** as [`recv`](Self::recv). **Cancel:** a call that runs out
    /// of time has taken nothing.
    ///
    /// ```
    /// use std::time::Duration;
    /// let (sender, receiver) = latchless::channel::bounded(1);
    /// assert!(receiver.recv_timeout(Duration::from_millis(1)).unwrap_err().is_timeout());
    /// sender.send(7)?;
    /// assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(7));
    /// # Ok::<(), latchless::error::SendError<i32>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the time is over and there was no message, or there will be none.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_until(|| Deadline::after(timeout))
    }

    /// As [`recv_timeout`](Self::recv_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_until(|| Deadline::at(deadline))
    }

    /// Asks the clock only if the first try comes to nothing.
    fn recv_until(&self, deadline: impl FnOnce() -> Deadline) -> Result<T, RecvTimeoutError> {
        match self.try_recv() {
            Ok(message) => Ok(message),
            Err(TryRecvError::Closed) => Err(RecvTimeoutError::Closed),
            Err(TryRecvError::Empty) => {
                each!(&self.flavour, shared => shared.core.recv_until(&deadline()))
            }
        }
    }

    /// Receives the oldest message, and waits, as a task, while there is none.
    ///
    /// **Waits:** for a message. **Progress:** as [`recv`](Self::recv). **Cancel:** a future that is
    /// dropped before it completes has taken nothing; a message that it was given already, in a channel
    /// without room, goes to the next receiver, and so does a wake. Any runtime's timeout will do. (One that is
    /// forgotten while it waits takes a wake, and a little memory until the channel is dropped; in a channel
    /// without room it may be given one message, which nobody receives, and which is dropped with the channel.
    /// It keeps nobody else waiting.)
    ///
    /// # Errors
    ///
    /// If there is no message and will be none: the channel was closed, or has no sender.
    ///
    /// # Panics
    ///
    /// A future that is polled after it has completed panics.
    pub fn recv_async(&self) -> impl Future<Output = Result<T, RecvError>> + use<'_, T> {
        match &self.flavour {
            Flavour::Buffered(shared) => Any::Buffered(shared.core.recv_async()),
            Flavour::Growing(shared) => Any::Growing(shared.core.recv_async()),
            Flavour::Rendezvous(shared) => Any::Rendezvous(shared.core.recv_async()),
        }
    }

    /// Receives at most `max` messages, appends them to `messages`, and returns how many.
    ///
    /// They come in order; other receivers may take some in between.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// ```
    /// let (sender, receiver) = latchless::channel::bounded(4);
    /// sender.send_many(&mut (1..=4).collect());
    /// let mut messages = Vec::new();
    /// assert_eq!(receiver.try_recv_many(&mut messages, 1), 1);
    /// assert_eq!(receiver.recv_many(&mut messages, 8), 3);
    /// assert_eq!(messages, [1, 2, 3, 4]);
    /// ```
    pub fn try_recv_many(&self, messages: &mut Vec<T>, max: usize) -> usize {
        match &self.flavour {
            Flavour::Buffered(shared) => return shared.core.queue().try_pop_many(messages, max),
            Flavour::Growing(shared) => return shared.core.queue().try_pop_many(messages, max),
            Flavour::Rendezvous(_) => {}
        }
        let mut received = 0;
        while received < max {
            // Memory first: a message in hand must not be lost over it.
            messages.reserve(1);
            let Ok(message) = self.try_recv() else { break };
            messages.push(message);
            received += 1;
        }
        received
    }

    /// Waits while there is no message, then receives at most `max`, appends them to `messages`, and
    /// returns how many: at least one, unless `max` is zero or there will be none any more.
    ///
    /// **Waits:** for a message. **Progress:** as [`recv`](Self::recv). **Cancel:** there is nothing to
    /// cancel.
    pub fn recv_many(&self, messages: &mut Vec<T>, max: usize) -> usize {
        let received = self.try_recv_many(messages, max);
        if received > 0 || max == 0 {
            return received;
        }
        messages.reserve(1);
        let Ok(first) = self.recv() else {
            return 0;
        };
        messages.push(first);
        1 + self.try_recv_many(messages, max - 1)
    }

    /// Receives until the channel is closed and empty; its steps wait.
    ///
    /// ```
    /// let (sender, receiver) = latchless::channel::bounded(2);
    /// sender.send_many(&mut [1, 2].into());
    /// drop(sender);
    /// for message in &receiver {
    ///     assert!(message > 0);
    /// }
    /// assert_eq!(receiver.iter().next(), None);
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self)
    }

    /// Receives until there is no message; its steps never wait.
    ///
    /// ```
    /// let (sender, receiver) = latchless::channel::bounded(2);
    /// sender.send(1)?;
    /// assert_eq!(receiver.try_iter().count(), 1);
    /// # Ok::<(), latchless::error::SendError<i32>>(())
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self)
    }

    /// Receives what is inside now: at most as many messages as there are at the time of this call. Those
    /// that are not asked for stay inside.
    ///
    /// Its steps never wait. Other receivers may take some in between; it ends early when nothing is left.
    ///
    /// ```
    /// let (sender, receiver) = latchless::channel::bounded(2);
    /// sender.send(1)?;
    /// // It ends although each step makes room for a further message.
    /// for message in receiver.drain() {
    ///     sender.send(message + 1)?;
    /// }
    /// assert_eq!(receiver.recv(), Ok(2));
    /// # Ok::<(), latchless::error::SendError<i32>>(())
    /// ```
    pub fn drain(&self) -> Drain<'_, T> {
        Drain::new(self, self.len())
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.flavour.ends().receivers.add();
        Self {
            flavour: self.flavour.clone(),
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.flavour.one_receiver_less();
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;
    fn into_iter(self) -> IntoIter<T> {
        IntoIter::new(self)
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}
