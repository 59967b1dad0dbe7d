//! The end that sends.

#![forbid(unsafe_code)]

use super::attempt::Sending;
use crate::error::{SendError, SendTimeoutError, TrySendError};
use crate::pipe::ends::Ends;
use crate::raw::spsc::Tail;
use crate::sync::{Arc, Deadline};
use crate::wait::forms::{self, Waiting};
use core::fmt;
use core::future::Future;
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

/// The end of a pipe that sends; see [`oneway`](super::oneway).
///
/// When it is dropped, the receiver takes what is inside, and then sees Closed.
#[doc(alias = "Producer")]
pub struct Sender<T> {
    pub(super) tail: Tail<T>,
    pub(in crate::pipe) ends: Arc<Ends>,
}

// A change is one store.
impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}

/// One try.
#[inline(always)]
fn send<T>(tail: &mut Tail<T>, ends: &Ends, value: T) -> Result<(), TrySendError<T>> {
    if ends.receiver_is_gone() {
        return Err(TrySendError::Closed(value));
    }
    match tail.push(value) {
        Ok(()) => {
            ends.for_items.wake_after_change();
            Ok(())
        }
        Err(value) => Err(TrySendError::Full(value)),
    }
}

/// One try, with what is in `value`.
fn send_it<T>(
    tail: &mut Tail<T>,
    ends: &Ends,
    value: &mut Option<T>,
) -> Option<Result<(), SendError<T>>> {
    match send(tail, ends, value.take()?) {
        Ok(()) => Some(Ok(())),
        Err(TrySendError::Closed(value)) => Some(Err(SendError(value))),
        Err(TrySendError::Full(back)) => {
            *value = Some(back);
            None
        }
    }
}

/// One look.
fn look<T>(tail: &Tail<T>, ends: &Ends) -> Option<Result<(), SendError<()>>> {
    if ends.receiver_is_gone() {
        return Some(Err(SendError(())));
    }
    (!tail.is_full()).then_some(Ok(()))
}

impl<T> Sender<T> {
    /// Sends `value` if there is room.
    ///
    /// **Waits:** never. **Progress:** wait-free; it does not depend on the receiver at all. **Cancel:** there is nothing to
    /// cancel.
    ///
    /// # Errors
    ///
    /// [`Full`](TrySendError::Full) if there was no room at one moment of the call,
    /// [`Closed`](TrySendError::Closed) if the receiver is gone; both give `value` back.
    #[doc(alias = "push")]
    #[inline]
    pub fn try_send(&mut self, value: T) -> Result<(), TrySendError<T>> {
        send(&mut self.tail, &self.ends, value)
    }

    /// Sends `value`, and waits while there is no room.
    ///
    /// **Waits:** for room. **Progress:** wait-free where there is room; otherwise it goes on as soon as something was
    /// received. **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// If the receiver is gone; `value` is inside.
    #[inline]
    pub fn send(&mut self, value: T) -> Result<(), SendError<T>> {
        match self.try_send(value) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed(value)) => Err(SendError(value)),
            Err(TrySendError::Full(value)) => {
                let mut value = Some(value);
                forms::wait(self.acting(|tail, ends| send_it(tail, ends, &mut value)))
            }
        }
    }

    /// Sends `value`, and waits at most for `timeout` while there is no room.
    ///
    /// A timeout of zero is a [`try_send`](Self::try_send); one beyond what the clock can count never passes.
    ///
    /// **Waits:** for room. **Progress:** as [`send`](Self::send). **Cancel:** a call that runs out of time gives `value`
    /// back.
    ///
    /// ```
    /// use std::time::Duration;
    /// let (mut sender, receiver) = latchless::pipe::oneway(1);
    /// sender.send_timeout('a', Duration::MAX).unwrap();
    /// let late = sender.send_timeout('b', Duration::from_millis(1)).unwrap_err();
    /// assert!(late.is_timeout());
    /// drop(receiver);
    /// assert!(sender.send_timeout(late.into_inner(), Duration::MAX).unwrap_err().is_closed());
    /// ```
    ///
    /// # Errors
    ///
    /// If the time is over and there was no room, or the receiver is gone; `value` is inside.
    pub fn send_timeout(&mut self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_until(value, || Deadline::after(timeout))
    }

    /// As [`send_timeout`](Self::send_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_deadline(
        &mut self,
        value: T,
        deadline: Instant,
    ) -> Result<(), SendTimeoutError<T>> {
        self.send_until(value, || Deadline::at(deadline))
    }

    /// Asks the clock only if the first try comes to nothing.
    fn send_until(
        &mut self,
        value: T,
        deadline: impl FnOnce() -> Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        let mut value = match self.try_send(value) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(value)) => return Err(SendTimeoutError::Closed(value)),
            Err(TrySendError::Full(value)) => Some(value),
        };
        let sending = self.acting(|tail, ends| send_it(tail, ends, &mut value));
        match forms::wait_until(sending, &deadline()).map_err(drop) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(SendError(value))) => Err(SendTimeoutError::Closed(value)),
            Err(()) => match value {
                Some(value) => Err(SendTimeoutError::Timeout(value)),
                None => unreachable!("a send that has not ended has its value"),
            },
        }
    }

    /// Sends `value`, and waits, as a task, while there is no room.
    ///
    /// **Waits:** for room. **Progress:** as [`send`](Self::send). **Cancel:** a future that is dropped before it completes has
    /// not sent; `value` is dropped with it. Any runtime's timeout will do.
    ///
    /// # Errors
    ///
    /// If the receiver is gone; `value` is inside.
    pub fn send_async(
        &mut self,
        value: T,
    ) -> impl Future<Output = Result<(), SendError<T>>> + use<'_, T> {
        let mut value = Some(value);
        Waiting::new(self.acting(move |tail, ends| send_it(tail, ends, &mut value)))
    }

    /// Whether there is room: the form of [`wait_writable`](Self::wait_writable) that never waits.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// [`Full`](TrySendError::Full) if there was no room at one moment of the call,
    /// [`Closed`](TrySendError::Closed) if the receiver is gone.
    pub fn try_wait_writable(&mut self) -> Result<(), TrySendError<()>> {
        match look(&self.tail, &self.ends) {
            Some(Ok(())) => Ok(()),
            Some(Err(SendError(()))) => Err(TrySendError::Closed(())),
            None => Err(TrySendError::Full(())),
        }
    }

    /// Waits until there is room: the next send has not to wait.
    ///
    /// **Waits:** for room. **Progress:** as [`send`](Self::send). **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// If the receiver is gone.
    pub fn wait_writable(&mut self) -> Result<(), SendError<()>> {
        match look(&self.tail, &self.ends) {
            Some(done) => done,
            None => forms::wait(self.acting(|tail, ends| look(tail, ends))),
        }
    }

    /// As [`wait_writable`](Self::wait_writable), at most for `timeout`.
    ///
    /// **Waits:** for room. **Progress:** as [`send`](Self::send). **Cancel:** a call that runs out of time changes nothing.
    ///
    /// # Errors
    ///
    /// If the time is over and there was no room, or the receiver is gone.
    pub fn wait_writable_timeout(&mut self, timeout: Duration) -> Result<(), SendTimeoutError<()>> {
        self.wait_writable_until(&Deadline::after(timeout))
    }

    /// As [`wait_writable`](Self::wait_writable), until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`wait_writable_timeout`](Self::wait_writable_timeout).
    pub fn wait_writable_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<(), SendTimeoutError<()>> {
        self.wait_writable_until(&Deadline::at(deadline))
    }

    fn wait_writable_until(&mut self, deadline: &Deadline) -> Result<(), SendTimeoutError<()>> {
        match forms::wait_until(self.acting(|tail, ends| look(tail, ends)), deadline) {
            Ok(done) => done.map_err(|SendError(())| SendTimeoutError::Closed(())),
            Err(_) => Err(SendTimeoutError::Timeout(())),
        }
    }

    /// As [`wait_writable`](Self::wait_writable), as a task.
    ///
    /// **Waits:** for room. **Progress:** as [`send`](Self::send). **Cancel:** a future that is dropped changes nothing.
    ///
    /// # Errors
    ///
    /// If the receiver is gone.
    pub fn wait_writable_async(
        &mut self,
    ) -> impl Future<Output = Result<(), SendError<()>>> + use<'_, T> {
        Waiting::new(self.acting(|tail, ends| look(tail, ends)))
    }

    /// How many values are inside at one moment of the call.
    ///
    /// **Waits:** never. **Progress:** wait-free; it looks at as many slots as were received one by one since this end
    /// last ran out of room. **Cancel:** there is nothing to cancel.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.tail.len()
    }

    /// Whether nothing is inside at one moment of the call.
    ///
    /// **Waits:** never. **Progress:** as [`len`](Self::len). **Cancel:** there is nothing to cancel.
    pub fn is_empty(&self) -> bool {
        self.tail.is_empty()
    }

    /// Whether there is no room at one moment of the call. If there is room, a send has not to wait.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[doc(alias = "full")]
    pub fn is_full(&self) -> bool {
        self.tail.is_full()
    }

    /// How many values fit.
    #[doc(alias = "maxsize")]
    pub fn capacity(&self) -> usize {
        self.tail.capacity()
    }

    /// Whether the receiver is gone.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[doc(alias = "is_abandoned")]
    pub fn is_closed(&self) -> bool {
        self.ends.receiver_is_gone()
    }

    pub(super) fn acting<D, A>(&mut self, act: A) -> Sending<'_, T, A>
    where
        A: FnMut(&mut Tail<T>, &Ends) -> Option<D>,
    {
        Sending {
            tail: &mut self.tail,
            ends: &self.ends,
            act,
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.ends.sender_goes();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("is_closed", &self.is_closed())
            .finish()
    }
}
