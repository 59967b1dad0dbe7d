//! The end that receives.

#![forbid(unsafe_code)]

use super::attempt::Receiving;
use super::{Iter, TryIter};
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::pipe::ends::Ends;
use crate::raw::spsc::Head;
use crate::sync::{Arc, Deadline};
use crate::wait::forms::{self, Waiting};
use core::fmt;
use core::future::Future;
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

/// The end of a pipe that receives; see [`oneway`](super::oneway).
///
/// When it is dropped, what is inside is dropped, and the sender sees Closed.
#[doc(alias = "Consumer")]
pub struct Receiver<T> {
    pub(super) head: Head<T>,
    pub(in crate::pipe) ends: Arc<Ends>,
}

// A change is one store.
impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

/// One try at something that takes from the front: who is gone is asked first, then it is tried once more.
#[inline(always)]
pub(super) fn receive<T, D>(
    head: &mut Head<T>,
    ends: &Ends,
    mut take: impl FnMut(&mut Head<T>) -> Option<D>,
) -> Result<D, TryRecvError> {
    if let Some(done) = take(head) {
        ends.for_room.wake_after_change();
        return Ok(done);
    }
    if !ends.sender_is_gone() {
        return Err(TryRecvError::Empty);
    }
    take(head).ok_or(TryRecvError::Closed)
}

/// As an attempt: None while it may go better later.
pub(super) fn ended<D>(tried: Result<D, TryRecvError>) -> Option<Result<D, RecvError>> {
    match tried {
        Ok(done) => Some(Ok(done)),
        Err(TryRecvError::Closed) => Some(Err(RecvError)),
        Err(TryRecvError::Empty) => None,
    }
}

/// How a call until a deadline ends.
pub(super) fn in_time<D, A>(
    waited: Result<Result<D, RecvError>, A>,
) -> Result<D, RecvTimeoutError> {
    match waited {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(RecvError)) => Err(RecvTimeoutError::Closed),
        Err(_) => Err(RecvTimeoutError::Timeout),
    }
}

fn recv_it<T>(head: &mut Head<T>, ends: &Ends) -> Option<Result<T, RecvError>> {
    ended(receive(head, ends, Head::pop))
}

fn look<T>(head: &Head<T>, ends: &Ends) -> Result<(), TryRecvError> {
    if !head.is_empty() {
        return Ok(());
    }
    if !ends.sender_is_gone() {
        return Err(TryRecvError::Empty);
    }
    if head.is_empty() {
        Err(TryRecvError::Closed)
    } else {
        Ok(())
    }
}

impl<T> Receiver<T> {
    /// Receives a value if there is one.
    ///
    /// **Waits:** never. **Progress:** wait-free; it does not depend on the sender at all. **Cancel:** there is nothing to
    /// cancel.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvError::Empty) if nothing was inside at one moment of the call,
    /// [`Closed`](TryRecvError::Closed) if nothing is inside and the sender is gone.
    #[doc(alias = "pop")]
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        // As `receive`, which the compiler does not take apart.
        if let Some(value) = self.head.pop() {
            self.ends.for_room.wake_after_change();
            return Ok(value);
        }
        if !self.ends.sender_is_gone() {
            return Err(TryRecvError::Empty);
        }
        self.head.pop().ok_or(TryRecvError::Closed)
    }

    /// Receives a value, and waits for one.
    ///
    /// **Waits:** for a value. **Progress:** wait-free where there is one; otherwise it goes on as soon as something was
    /// sent. **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// If nothing is inside and the sender is gone.
    #[doc(alias = "EOFError")]
    #[inline]
    pub fn recv(&mut self) -> Result<T, RecvError> {
        match self.try_recv() {
            Ok(value) => Ok(value),
            Err(TryRecvError::Closed) => Err(RecvError),
            Err(TryRecvError::Empty) => forms::wait(self.acting(|head, ends| recv_it(head, ends))),
        }
    }

    /// Receives a value, and waits at most for `timeout` for one.
    ///
    /// A timeout of zero is a [`try_recv`](Self::try_recv); one beyond what the clock can count never passes.
    ///
    /// **Waits:** for a value. **Progress:** as [`recv`](Self::recv). **Cancel:** a call that runs out of time has taken
    /// nothing.
    ///
    /// # Errors
    ///
    /// If the time is over and nothing was inside, or nothing is inside and the sender is gone.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_until(|| Deadline::after(timeout))
    }

    /// As [`recv_timeout`](Self::recv_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_until(|| Deadline::at(deadline))
    }

    /// Asks the clock only if the first try comes to nothing.
    fn recv_until(&mut self, deadline: impl FnOnce() -> Deadline) -> Result<T, RecvTimeoutError> {
        match self.try_recv() {
            Ok(value) => Ok(value),
            Err(TryRecvError::Closed) => Err(RecvTimeoutError::Closed),
            Err(TryRecvError::Empty) => {
                let receiving = self.acting(|head, ends| recv_it(head, ends));
                in_time(forms::wait_until(receiving, &deadline()))
            }
        }
    }

    /// Receives a value, and waits, as a task, for one.
    ///
    /// **Waits:** for a value. **Progress:** as [`recv`](Self::recv). **Cancel:** a future that is dropped before it completes has
    /// taken nothing. Any runtime's timeout will do.
    ///
    /// # Errors
    ///
    /// If nothing is inside and the sender is gone.
    pub fn recv_async(&mut self) -> impl Future<Output = Result<T, RecvError>> + use<'_, T> {
        Waiting::new(self.acting(|head, ends| recv_it(head, ends)))
    }

    /// Whether there is a value: the form of [`wait_readable`](Self::wait_readable) that never waits.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvError::Empty) if nothing was inside at one moment of the call,
    /// [`Closed`](TryRecvError::Closed) if nothing is inside and the sender is gone.
    #[doc(alias = "poll")]
    pub fn try_wait_readable(&mut self) -> Result<(), TryRecvError> {
        look(&self.head, &self.ends)
    }

    /// Waits until there is a value, and leaves it there: the next receive has not to wait.
    ///
    /// **Waits:** for a value. **Progress:** as [`recv`](Self::recv). **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// If nothing is inside and the sender is gone.
    pub fn wait_readable(&mut self) -> Result<(), RecvError> {
        match ended(look(&self.head, &self.ends)) {
            Some(done) => done,
            None => forms::wait(self.acting(|head, ends| ended(look(head, ends)))),
        }
    }

    /// As [`wait_readable`](Self::wait_readable), at most for `timeout`.
    ///
    /// **Waits:** for a value. **Progress:** as [`recv`](Self::recv). **Cancel:** a call that runs out of time changes nothing.
    ///
    /// ```
    /// use std::time::Duration;
    /// let (mut sender, mut receiver) = latchless::pipe::oneway(1);
    /// let nothing = receiver.wait_readable_timeout(Duration::from_millis(1));
    /// assert!(nothing.unwrap_err().is_timeout());
    /// sender.send('a').unwrap();
    /// assert!(receiver.wait_readable_timeout(Duration::ZERO).is_ok());
    /// assert_eq!(receiver.recv(), Ok('a'));
    /// drop(sender);
    /// assert!(receiver.wait_readable_timeout(Duration::MAX).unwrap_err().is_closed());
    /// ```
    ///
    /// # Errors
    ///
    /// If the time is over and nothing was inside, or nothing is inside and the sender is gone.
    #[doc(alias = "poll")]
    pub fn wait_readable_timeout(&mut self, timeout: Duration) -> Result<(), RecvTimeoutError> {
        self.wait_readable_until(&Deadline::after(timeout))
    }

    /// As [`wait_readable`](Self::wait_readable), until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`wait_readable_timeout`](Self::wait_readable_timeout).
    pub fn wait_readable_deadline(&mut self, deadline: Instant) -> Result<(), RecvTimeoutError> {
        self.wait_readable_until(&Deadline::at(deadline))
    }

    fn wait_readable_until(&mut self, deadline: &Deadline) -> Result<(), RecvTimeoutError> {
        in_time(forms::wait_until(
            self.acting(|head, ends| ended(look(head, ends))),
            deadline,
        ))
    }

    /// As [`wait_readable`](Self::wait_readable), as a task.
    ///
    /// **Waits:** for a value. **Progress:** as [`recv`](Self::recv). **Cancel:** a future that is dropped changes nothing.
    ///
    /// # Errors
    ///
    /// If nothing is inside and the sender is gone.
    pub fn wait_readable_async(
        &mut self,
    ) -> impl Future<Output = Result<(), RecvError>> + use<'_, T> {
        Waiting::new(self.acting(|head, ends| ended(look(head, ends))))
    }

    /// The values as they come, until the sender is gone and nothing is inside.
    ///
    /// ```
    /// let (mut sender, mut receiver) = latchless::pipe::oneway(3);
    /// (0..3).try_for_each(|n| sender.send(n)).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.iter().collect::<Vec<_>>(), [0, 1, 2]);
    /// ```
    pub fn iter(&mut self) -> Iter<'_, T> {
        Iter(self)
    }

    /// The values that are inside, until there is none.
    pub fn try_iter(&mut self) -> TryIter<'_, T> {
        TryIter(self)
    }

    /// How many values are inside at one moment of the call.
    ///
    /// **Waits:** never. **Progress:** wait-free; it looks at as many slots as there are values that were sent one by one.
    /// **Cancel:** there is nothing to cancel.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.head.len()
    }

    /// Whether nothing is inside at one moment of the call. If something is, a receive has not to wait.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    /// Whether there is no room at one moment of the call.
    ///
    /// **Waits:** never. **Progress:** as [`len`](Self::len). **Cancel:** there is nothing to cancel.
    pub fn is_full(&self) -> bool {
        self.head.len() == self.head.capacity()
    }

    /// How many values fit.
    #[doc(alias = "maxsize")]
    pub fn capacity(&self) -> usize {
        self.head.capacity()
    }

    /// Whether the sender is gone. Something may still be inside.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[doc(alias = "is_abandoned")]
    pub fn is_closed(&self) -> bool {
        self.ends.sender_is_gone()
    }

    pub(super) fn acting<D, A>(&mut self, act: A) -> Receiving<'_, T, A>
    where
        A: FnMut(&mut Head<T>, &Ends) -> Option<D>,
    {
        Receiving {
            head: &mut self.head,
            ends: &self.ends,
            act,
        }
    }
}

impl<T> Drop for Receiver<T> {
    /// What is sent while this drops the rest is dropped with the sender.
    fn drop(&mut self) {
        self.ends.receiver_goes();
        /// Goes on where a panicking destructor stopped it.
        struct Rest<'a, T>(&'a mut Head<T>);
        impl<T> Rest<'_, T> {
            fn drop_all(&mut self) {
                while let Some(value) = self.0.pop() {
                    drop(value);
                }
            }
        }
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.drop_all();
            }
        }
        if core::mem::needs_drop::<T>() {
            Rest(&mut self.head).drop_all();
        }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("is_closed", &self.is_closed())
            .finish()
    }
}
