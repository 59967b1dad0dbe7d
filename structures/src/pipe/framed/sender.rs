//! The end of a framed pipe that sends.

#![forbid(unsafe_code)]

use crate::error::{SendBytesError, SendBytesTimeoutError, TrySendBytesError};
use crate::pipe::bytes::ends::{Room, WriteEnd};
use crate::raw::frame::{Cut, Frame, HEADER, Kind, LONGEST};
use crate::sync::Deadline;
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

/// The end of a [framed pipe](super::framed) that sends. When it is dropped, the receiver receives what is inside, and
/// then is told that the pipe is closed.
pub struct FramedSender {
    end: WriteEnd,
    cut: Cut,
}

/// A message, and how much of it was sent.
struct Sending<'m> {
    message: &'m [u8],
    sent: usize,
}

impl<'m> Sending<'m> {
    fn new(message: &'m [u8]) -> Self {
        Self { message, sent: 0 }
    }

    /// The room for its next frame.
    fn room(&self, cut: Cut) -> usize {
        let left = self.message.len() - self.sent;
        let is_whole = self.message.len() <= cut.most;
        HEADER + if is_whole { left } else { left.min(cut.part) }
    }
}

// Nothing panics between a change and its completion.
impl UnwindSafe for FramedSender {}
impl RefUnwindSafe for FramedSender {}

impl FramedSender {
    pub(super) fn new(end: WriteEnd, cut: Cut) -> Self {
        Self { end, cut }
    }

    /// The longest message that is sent at once: exactly what the pipe was made for.
    pub fn capacity(&self) -> usize {
        self.cut.most
    }

    /// Whether sending is in vain: the receiver is gone, or this end was closed.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    pub fn is_closed(&self) -> bool {
        self.end.is_broken()
    }

    /// Says that this was all, as dropping the sender does.
    ///
    /// **Waits:** never. **Progress:** wait-free, but for the wake of a receiver that waits, which is lock-free.
    /// **Cancel:** there is nothing to cancel.
    pub fn close(&mut self) {
        self.end.close();
    }

    /// Sends `message`, of whatever length, and waits while there is too little room.
    ///
    /// **Waits:** for room for the message, or for each part of one that is longer than the capacity. **Progress:** as
    /// [`try_send`](Self::try_send), and whoever waits is woken by the receive that makes the room.
    /// **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// [`Closed`](SendBytesError::Closed) if the receiver is gone or this end was closed: the message is not received.
    #[doc(alias = "send_bytes")]
    pub fn send(&mut self, message: &[u8]) -> Result<(), SendBytesError> {
        let mut sending = Sending::new(message);
        while let Err(error) = self.go_on(&mut sending) {
            match SendBytesError::of(error) {
                Some(error) => return Err(error),
                None => self.end.wait(sending.room(self.cut)),
            }
        }
        Ok(())
    }

    /// Sends `message`, if it fits at once, and there is room.
    ///
    /// **Waits:** never. **Progress:** wait-free, whatever the receiver does or does not do; to wake one that waits is
    /// lock-free. **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// [`Full`](TrySendBytesError::Full) if there is too little room now, [`TooLong`](TrySendBytesError::TooLong) if the
    /// message is longer than the capacity, [`Closed`](TrySendBytesError::Closed) if the receiver is gone or this
    /// end was closed; nothing is sent then.
    #[inline]
    pub fn try_send(&mut self, message: &[u8]) -> Result<(), TrySendBytesError> {
        let mut grant = self.try_grant(message.len())?;
        grant.copy_from_slice(message);
        grant.commit(message.len());
        Ok(())
    }

    /// As [`send`](Self::send), and waits at most for `timeout`. A timeout of zero never waits; one beyond what the
    /// clock can count never passes.
    ///
    /// **Waits:** as [`send`](Self::send). **Progress:** as there. **Cancel:** a call that runs out of time has sent
    /// nothing that will be received. If the message was longer than the capacity, a part of it may be
    /// inside: the receiver throws it away when the next message comes, or is told
    /// [`Truncated`](crate::error::RecvBytesError::Truncated) if none does.
    ///
    /// # Errors
    ///
    /// [`Timeout`](SendBytesTimeoutError::Timeout) if the time is over and there was too little room,
    /// [`Closed`](SendBytesTimeoutError::Closed) as [`send`](Self::send).
    pub fn send_timeout(
        &mut self,
        message: &[u8],
        timeout: Duration,
    ) -> Result<(), SendBytesTimeoutError> {
        self.send_until(message, &Deadline::after(timeout))
    }

    /// As [`send_timeout`](Self::send_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_deadline(
        &mut self,
        message: &[u8],
        deadline: Instant,
    ) -> Result<(), SendBytesTimeoutError> {
        self.send_until(message, &Deadline::at(deadline))
    }

    /// As [`send`](Self::send), as a task.
    ///
    /// **Waits:** as [`send`](Self::send). **Progress:** as there. **Cancel:** a future that is dropped before it
    /// completes has sent nothing that will be received; if the message was longer than the capacity, see
    /// [`send_timeout`](Self::send_timeout). Any runtime's timeout will do.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_async(&mut self, message: &[u8]) -> Result<(), SendBytesError> {
        let mut sending = Sending::new(message);
        while let Err(error) = self.go_on(&mut sending) {
            match SendBytesError::of(error) {
                Some(error) => return Err(error),
                None => self.end.wait_async(sending.room(self.cut)).await,
            }
        }
        Ok(())
    }

    fn send_until(
        &mut self,
        message: &[u8],
        deadline: &Deadline,
    ) -> Result<(), SendBytesTimeoutError> {
        let mut sending = Sending::new(message);
        while let Err(error) = self.go_on(&mut sending) {
            match SendBytesTimeoutError::of(error) {
                Some(error) => return Err(error),
                None if self.end.wait_until(sending.room(self.cut), deadline) => {}
                None => return Err(SendBytesTimeoutError::Timeout),
            }
        }
        Ok(())
    }

    /// Sends as much of a message as there is room for: `Full` if that is not the rest.
    fn go_on(&mut self, sending: &mut Sending<'_>) -> Result<(), TrySendBytesError> {
        let length = sending.message.len();
        if length <= self.cut.most {
            return self.try_send(sending.message);
        }
        if length as u64 > LONGEST {
            return Err(TrySendBytesError::TooLong);
        }
        while sending.sent < length {
            let (sent, room) = (sending.sent, sending.room(self.cut));
            let frame = Frame {
                kind: if sent == 0 { Kind::First } else { Kind::Next },
                left: (length - sent) as u64,
            };
            let part = &sending.message[sent..sent + room - HEADER];
            let mut room = self.reserve(room)?;
            let (header, payload) = room.bytes_mut().split_at_mut(HEADER);
            header.copy_from_slice(&frame.encode());
            payload.copy_from_slice(part);
            room.commit(HEADER + part.len());
            sending.sent += part.len();
        }
        Ok(())
    }

    #[inline(always)]
    fn reserve(&mut self, room: usize) -> Result<Room<'_>, TrySendBytesError> {
        if self.end.is_broken() {
            return Err(TrySendBytesError::Closed);
        }
        self.end.reserve(room).ok_or(TrySendBytesError::Full)
    }
}

/// Messages that are written in place.
impl FramedSender {
    /// Room for a message of up to `length` bytes, which is filled where the receiver will find it, and sent by
    /// [`commit`](FramedGrant::commit). What is in it at first is what once went through the pipe.
    ///
    /// **Waits:** for room for all of it. **Progress:** as [`send`](Self::send). **Cancel:** there is nothing to cancel,
    /// and a grant that is dropped has sent nothing.
    ///
    /// ```
    /// let (mut sender, mut receiver) = latchless::pipe::framed(16);
    /// let mut grant = sender.grant(16)?;
    /// grant[..4].copy_from_slice(b"done");
    /// grant.commit(4);
    /// assert_eq!(*receiver.recv_grant().unwrap(), *b"done");
    /// # Ok::<(), latchless::error::SendBytesError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TooLong`](SendBytesError::TooLong) if `length` is more than the capacity, [`Closed`](SendBytesError::Closed) if
    /// the receiver is gone or this end was closed.
    pub fn grant(&mut self, length: usize) -> Result<FramedGrant<'_>, SendBytesError> {
        if self.lacks(length) {
            self.end.wait(HEADER + length);
        }
        self.granted(length)
    }

    /// As [`grant`](Self::grant), if there is room for all of it now.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** a grant that is dropped has sent nothing.
    ///
    /// # Errors
    ///
    /// As [`try_send`](Self::try_send).
    #[inline]
    pub fn try_grant(&mut self, length: usize) -> Result<FramedGrant<'_>, TrySendBytesError> {
        if length > self.cut.most {
            return Err(TrySendBytesError::TooLong);
        }
        let room = self.reserve(HEADER + length)?;
        Ok(FramedGrant { room })
    }

    /// As [`grant`](Self::grant), and waits at most for `timeout`.
    ///
    /// # Errors
    ///
    /// As there, and [`Timeout`](SendBytesTimeoutError::Timeout) if the time is over and there was too little room.
    pub fn grant_timeout(
        &mut self,
        length: usize,
        timeout: Duration,
    ) -> Result<FramedGrant<'_>, SendBytesTimeoutError> {
        self.grant_until(length, &Deadline::after(timeout))
    }

    /// As [`grant`](Self::grant), and waits until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`grant_timeout`](Self::grant_timeout).
    pub fn grant_deadline(
        &mut self,
        length: usize,
        deadline: Instant,
    ) -> Result<FramedGrant<'_>, SendBytesTimeoutError> {
        self.grant_until(length, &Deadline::at(deadline))
    }

    /// As [`grant`](Self::grant), as a task.
    ///
    /// **Waits:** for room for all of it. **Progress:** as [`send`](Self::send). **Cancel:** a future that is dropped, and
    /// so a grant, has sent nothing.
    ///
    /// # Errors
    ///
    /// As [`grant`](Self::grant).
    pub async fn grant_async(&mut self, length: usize) -> Result<FramedGrant<'_>, SendBytesError> {
        if self.lacks(length) {
            self.end.wait_async(HEADER + length).await;
        }
        self.granted(length)
    }

    /// Whether a grant that can be had must be waited for.
    fn lacks(&mut self, length: usize) -> bool {
        length <= self.cut.most
            && !self.end.is_broken()
            && self.end.room(HEADER + length) < HEADER + length
    }

    /// A grant that was waited for, if it must be.
    fn granted(&mut self, length: usize) -> Result<FramedGrant<'_>, SendBytesError> {
        self.try_grant(length).map_err(|error| {
            // There is room now, or nobody reads.
            SendBytesError::of(error).unwrap_or(SendBytesError::Closed)
        })
    }

    fn grant_until(
        &mut self,
        length: usize,
        deadline: &Deadline,
    ) -> Result<FramedGrant<'_>, SendBytesTimeoutError> {
        if self.lacks(length) {
            self.end.wait_until(HEADER + length, deadline);
        }
        self.try_grant(length).map_err(|error| {
            SendBytesTimeoutError::of(error).unwrap_or(SendBytesTimeoutError::Timeout)
        })
    }
}

impl fmt::Debug for FramedSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FramedSender")
            .field("capacity", &self.capacity())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

/// Room for a message; see [`FramedSender::grant`]. Nothing is sent before it is committed.
#[must_use = "a grant that is not committed sends nothing"]
pub struct FramedGrant<'p> {
    room: Room<'p>,
}

impl FramedGrant<'_> {
    /// Sends the first `length` bytes as one message.
    ///
    /// **Waits:** never. **Progress:** wait-free, but for the wake of a receiver that waits, which is lock-free.
    /// **Cancel:** there is nothing to cancel.
    ///
    /// # Panics
    ///
    /// If `length` is more than was granted; nothing is sent then.
    #[inline]
    #[track_caller]
    pub fn commit(mut self, length: usize) {
        assert!(length <= self.len(), "a commit of more than was granted");
        let frame = Frame {
            kind: Kind::Whole,
            left: length as u64,
        };
        self.room.bytes_mut()[..HEADER].copy_from_slice(&frame.encode());
        self.room.commit(HEADER + length);
    }
}

impl Deref for FramedGrant<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.room.bytes()[HEADER..]
    }
}

impl DerefMut for FramedGrant<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.room.bytes_mut()[HEADER..]
    }
}

impl fmt::Debug for FramedGrant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FramedGrant")
            .field("len", &self.len())
            .finish()
    }
}
