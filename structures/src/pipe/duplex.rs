//! Two pipes, one each way.

#![forbid(unsafe_code)]

use super::ends::{Ends, Pair};
use super::oneway::{Receiver, Sender, with_ends};
use crate::error::{
    CapacityError, RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError,
    TrySendError,
};
use core::error::Error;
use core::fmt;
use core::future::Future;
use std::time::{Duration, Instant};

/// A pipe each way, with room for `capacity` values in each, as two ends.
///
/// ```
/// let (mut here, mut there) = latchless::pipe::duplex(1);
/// std::thread::scope(|scope| {
///     scope.spawn(move || {
///         while let Ok(n) = there.recv() {
///             there.send(format!("{n} is {}", if n % 2 == 0 { "even" } else { "odd" })).unwrap();
///         }
///     });
///     here.send(7).unwrap();
///     assert_eq!(here.recv().unwrap(), "7 is odd");
///     drop(here);
/// });
/// ```
///
/// # Panics
///
/// For a capacity of 0, or one whose memory cannot be had; [`try_duplex`] says so instead.
#[doc(alias = "Pipe")]
#[must_use]
#[track_caller]
pub fn duplex<A, B>(capacity: usize) -> (End<A, B>, End<B, A>) {
    match try_duplex(capacity) {
        Ok(ends) => ends,
        Err(error) => panic!("two pipes for {capacity} values: {error}"),
    }
}

/// As [`duplex`], for capacities of which one does not know whether they can be had.
///
/// # Errors
///
/// For a capacity of 0, or one whose memory cannot be had.
#[allow(
    clippy::type_complexity,
    reason = "a pair of ends, with what can go wrong"
)]
pub fn try_duplex<A, B>(capacity: usize) -> Result<(End<A, B>, End<B, A>), CapacityError> {
    let [there, back] = Pair::new();
    let (there_sender, there_receiver) = with_ends(capacity, Ends::of(there))?;
    let (back_sender, back_receiver) = with_ends(capacity, Ends::of(back))?;
    let here = End {
        sender: there_sender,
        receiver: back_receiver,
    };
    let there = End {
        sender: back_sender,
        receiver: there_receiver,
    };
    Ok((here, there))
}

/// One of two ends, which sends values of `A` and receives those of `B`; see [`duplex`].
///
/// When it is dropped, the other takes what is inside and then sees Closed, and its sends see Closed at once.
#[derive(Debug)]
#[doc(alias = "Connection")]
pub struct End<A, B> {
    sender: Sender<A>,
    receiver: Receiver<B>,
}

/// Halves that were not split from one end; they are inside.
pub struct ReuniteError<A, B>(pub Sender<A>, pub Receiver<B>);

impl<A, B> fmt::Debug for ReuniteError<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReuniteError(..)")
    }
}

impl<A, B> fmt::Display for ReuniteError<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("halves of different ends of a duplex pipe")
    }
}

impl<A, B> Error for ReuniteError<A, B> {}

/// The halves.
impl<A, B> End<A, B> {
    /// Both halves, for two threads or tasks.
    ///
    /// ```
    /// use latchless::pipe::{self, End};
    ///
    /// let (here, there) = pipe::duplex::<u8, char>(1);
    /// let (sender, receiver) = here.split();
    /// let here = End::reunite(sender, receiver).unwrap();
    /// // One half of each end: these belong to different ends.
    /// let ((sender, _), (_, receiver)) = (here.split(), there.split());
    /// let pipe::ReuniteError(_sender, _receiver) = End::reunite(sender, receiver).unwrap_err();
    /// ```
    pub fn split(self) -> (Sender<A>, Receiver<B>) {
        (self.sender, self.receiver)
    }

    /// Makes one end again of what was split from one.
    ///
    /// # Errors
    ///
    /// If the halves do not belong together; both are inside.
    #[allow(clippy::result_large_err, reason = "what was given comes back")]
    pub fn reunite(sender: Sender<A>, receiver: Receiver<B>) -> Result<Self, ReuniteError<A, B>> {
        if sender.ends.is_back_of(&receiver.ends) {
            Ok(Self { sender, receiver })
        } else {
            Err(ReuniteError(sender, receiver))
        }
    }

    /// Both halves, to be used side by side, and for the calls that only they have.
    pub fn halves(&mut self) -> (&mut Sender<A>, &mut Receiver<B>) {
        (&mut self.sender, &mut self.receiver)
    }

    /// Whether the other end is gone, or its receiving half.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// How many values fit, each way.
    #[doc(alias = "maxsize")]
    pub fn capacity(&self) -> usize {
        self.sender.capacity()
    }
}

/// Sending.
impl<A, B> End<A, B> {
    /// As [`Sender::try_send`].
    ///
    /// **Waits:** never. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_send(&mut self, value: A) -> Result<(), TrySendError<A>> {
        self.sender.try_send(value)
    }

    /// As [`Sender::send`].
    ///
    /// **Waits:** for room. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send(&mut self, value: A) -> Result<(), SendError<A>> {
        self.sender.send(value)
    }

    /// As [`Sender::send_timeout`].
    ///
    /// **Waits:** for room. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_timeout(&mut self, value: A, timeout: Duration) -> Result<(), SendTimeoutError<A>> {
        self.sender.send_timeout(value, timeout)
    }

    /// As [`Sender::send_deadline`].
    ///
    /// **Waits:** for room. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_deadline(
        &mut self,
        value: A,
        deadline: Instant,
    ) -> Result<(), SendTimeoutError<A>> {
        self.sender.send_deadline(value, deadline)
    }

    /// As [`Sender::send_async`].
    ///
    /// **Waits:** for room. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_async(
        &mut self,
        value: A,
    ) -> impl Future<Output = Result<(), SendError<A>>> + use<'_, A, B> {
        self.sender.send_async(value)
    }
}

/// Receiving.
impl<A, B> End<A, B> {
    /// As [`Receiver::try_recv`].
    ///
    /// **Waits:** never. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_recv(&mut self) -> Result<B, TryRecvError> {
        self.receiver.try_recv()
    }

    /// As [`Receiver::recv`].
    ///
    /// **Waits:** for a value. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn recv(&mut self) -> Result<B, RecvError> {
        self.receiver.recv()
    }

    /// As [`Receiver::recv_timeout`].
    ///
    /// **Waits:** for a value. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<B, RecvTimeoutError> {
        self.receiver.recv_timeout(timeout)
    }

    /// As [`Receiver::recv_deadline`].
    ///
    /// **Waits:** for a value. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<B, RecvTimeoutError> {
        self.receiver.recv_deadline(deadline)
    }

    /// As [`Receiver::recv_async`].
    ///
    /// **Waits:** for a value. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn recv_async(&mut self) -> impl Future<Output = Result<B, RecvError>> + use<'_, A, B> {
        self.receiver.recv_async()
    }
}

/// Waiting for something to receive.
impl<A, B> End<A, B> {
    /// As [`Receiver::try_wait_readable`].
    ///
    /// **Waits:** never. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_wait_readable(&mut self) -> Result<(), TryRecvError> {
        self.receiver.try_wait_readable()
    }

    /// As [`Receiver::wait_readable`].
    ///
    /// **Waits:** for a value. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn wait_readable(&mut self) -> Result<(), RecvError> {
        self.receiver.wait_readable()
    }

    /// As [`Receiver::wait_readable_timeout`].
    ///
    /// **Waits:** for a value. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn wait_readable_timeout(&mut self, timeout: Duration) -> Result<(), RecvTimeoutError> {
        self.receiver.wait_readable_timeout(timeout)
    }

    /// As [`Receiver::wait_readable_deadline`].
    ///
    /// **Waits:** for a value. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn wait_readable_deadline(&mut self, deadline: Instant) -> Result<(), RecvTimeoutError> {
        self.receiver.wait_readable_deadline(deadline)
    }

    /// As [`Receiver::wait_readable_async`].
    ///
    /// **Waits:** for a value. **Progress:** as there. **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn wait_readable_async(
        &mut self,
    ) -> impl Future<Output = Result<(), RecvError>> + use<'_, A, B> {
        self.receiver.wait_readable_async()
    }
}
