//! The end of a framed pipe that receives.

#![forbid(unsafe_code)]

use crate::error::{RecvBytesError, RecvBytesTimeoutError, TryRecvBytesError};
use crate::pipe::bytes::ends::ReadEnd;
use crate::raw::frame::{Cut, HEADER, Kind, decode};
use crate::sync::Deadline;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

/// The end of a [framed pipe](super::framed) that receives. When it is dropped, sending fails.
pub struct FramedReceiver {
    end: ReadEnd,
    cut: Cut,
    /// What has come of a message that comes in parts.
    parts: Vec<u8>,
    stage: Stage,
}

/// How much has come of a message that comes in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing.
    None,
    /// All but so many bytes.
    Growing(u64),
    /// All of it.
    Whole,
}

/// Where a whole message lies.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    /// In the pipe, and so long.
    InPipe(usize),
    /// Where its parts were put together.
    InParts,
}

// Nothing panics between a change and its completion.
impl UnwindSafe for FramedReceiver {}
impl RefUnwindSafe for FramedReceiver {}

impl FramedReceiver {
    pub(super) fn new(end: ReadEnd, cut: Cut) -> Self {
        Self {
            end,
            cut,
            parts: Vec::new(),
            stage: Stage::None,
        }
    }

    /// The longest message that is sent at once: exactly what the pipe was made for. Longer ones are received too.
    pub fn capacity(&self) -> usize {
        self.cut.most
    }

    /// Whether nothing more will be sent: the sender is gone, or was closed. What is inside can still be received.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    pub fn is_closed(&self) -> bool {
        self.end.shared().tail().1
    }

    /// Looks for a whole message, and puts together what has come of one in parts.
    #[inline]
    pub(super) fn find(&mut self) -> Result<Found, TryRecvBytesError> {
        while self.stage != Stage::Whole {
            if self.end.unread(1) == 0 {
                return Err(self.nothing());
            }
            let Ok((frame, payload)) = decode(self.end.piece(), self.cut) else {
                return Err(TryRecvBytesError::Corrupt);
            };
            let length = payload.len();
            match (frame.kind, self.stage) {
                (Kind::Whole, _) => {
                    self.forget_parts();
                    return Ok(Found::InPipe(length));
                }
                // Parts of another message before it, if there were any: its sender has given that up.
                (Kind::First, _) => self.parts.clear(),
                (Kind::Next, Stage::Growing(left)) if left == frame.left => {}
                (Kind::Next, _) => return Err(TryRecvBytesError::Corrupt),
            }
            self.parts.extend_from_slice(payload);
            self.stage = match frame.left - length as u64 {
                0 => Stage::Whole,
                left => Stage::Growing(left),
            };
            self.end.consume(HEADER + length);
        }
        Ok(Found::InParts)
    }

    /// Why there is nothing.
    fn nothing(&mut self) -> TryRecvBytesError {
        if !self.end.is_over() {
            return TryRecvBytesError::Empty;
        }
        if self.stage == Stage::None {
            return TryRecvBytesError::Closed;
        }
        self.forget_parts();
        TryRecvBytesError::Truncated
    }

    fn forget_parts(&mut self) {
        if self.stage != Stage::None {
            self.stage = Stage::None;
            self.parts = Vec::new();
        }
    }

    /// A message that was found.
    #[inline(always)]
    pub(super) fn message(&self, found: Found) -> &[u8] {
        match found {
            Found::InPipe(length) => &self.end.piece()[HEADER..HEADER + length],
            Found::InParts => &self.parts,
        }
    }

    /// It is received.
    #[inline(always)]
    pub(super) fn take(&mut self, found: Found) {
        match found {
            Found::InPipe(length) => self.end.consume(HEADER + length),
            Found::InParts => self.forget_parts(),
        }
    }

    fn take_vec(&mut self, found: Found) -> Vec<u8> {
        let message = match found {
            Found::InPipe(_) => self.message(found).to_vec(),
            Found::InParts => core::mem::take(&mut self.parts),
        };
        self.take(found);
        message
    }

    /// Its length, or the one that is needed.
    #[inline]
    fn take_into(&mut self, found: Found, into: &mut [u8]) -> Result<usize, usize> {
        let message = self.message(found);
        let length = message.len();
        let place = into.get_mut(..length).ok_or(length)?;
        place.copy_from_slice(message);
        self.take(found);
        Ok(length)
    }

    #[inline]
    pub(super) fn find_and_wait(&mut self) -> Result<Found, RecvBytesError> {
        loop {
            match self.find() {
                Ok(found) => return Ok(found),
                Err(error) => match RecvBytesError::of(error) {
                    Some(error) => return Err(error),
                    None => self.end.wait(1),
                },
            }
        }
    }

    pub(super) fn find_until(
        &mut self,
        deadline: &Deadline,
    ) -> Result<Found, RecvBytesTimeoutError> {
        loop {
            match self.find() {
                Ok(found) => return Ok(found),
                Err(error) => match RecvBytesTimeoutError::of(error) {
                    Some(error) => return Err(error),
                    None if self.end.wait_until(1, deadline) => {}
                    None => return Err(RecvBytesTimeoutError::Timeout),
                },
            }
        }
    }

    pub(super) async fn find_async(&mut self) -> Result<Found, RecvBytesError> {
        loop {
            match self.find() {
                Ok(found) => return Ok(found),
                Err(error) => match RecvBytesError::of(error) {
                    Some(error) => return Err(error),
                    None => self.end.wait_async(1).await,
                },
            }
        }
    }
}

/// Receiving into a buffer.
impl FramedReceiver {
    /// Receives a message into the beginning of `into`, says how long it is, and waits while there is none.
    ///
    /// **Waits:** for a message, all of it. **Progress:** as [`try_recv_into`](Self::try_recv_into), and whoever waits is
    /// woken by the send. **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// [`TooShort`](RecvBytesError::TooShort) if the message is longer than `into`: then it stays where it is.
    /// [`Closed`](RecvBytesError::Closed) if there is none, and will be none. [`Truncated`](RecvBytesError::Truncated)
    /// if the sender went before the end of a message that came in parts. [`Corrupt`](RecvBytesError::Corrupt) never,
    /// as far as it depends on this crate.
    #[doc(alias = "recv_bytes_into")]
    pub fn recv_into(&mut self, into: &mut [u8]) -> Result<usize, RecvBytesError> {
        let found = self.find_and_wait()?;
        self.take_into(found, into)
            .map_err(|needed| RecvBytesError::TooShort { needed })
    }

    /// Receives a message into the beginning of `into`, if there is one, and says how long it is.
    ///
    /// **Waits:** never. **Progress:** wait-free, whatever the sender does or does not do; to wake one that waits is
    /// lock-free. **Cancel:** there is nothing to cancel. What has come of a message in parts is kept for the next call.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvBytesError::Empty) if there is no message, or not all of it; the others as
    /// [`recv_into`](Self::recv_into).
    pub fn try_recv_into(&mut self, into: &mut [u8]) -> Result<usize, TryRecvBytesError> {
        let found = self.find()?;
        self.take_into(found, into)
            .map_err(|needed| TryRecvBytesError::TooShort { needed })
    }

    /// As [`recv_into`](Self::recv_into), and waits at most for `timeout`. A timeout of zero is a
    /// [`try_recv_into`](Self::try_recv_into); one beyond what the clock can count never passes.
    ///
    /// **Waits:** as [`recv_into`](Self::recv_into). **Progress:** as there. **Cancel:** a call that runs out of time has
    /// received nothing; what has come of a message in parts is kept for the next call.
    ///
    /// # Errors
    ///
    /// [`Timeout`](RecvBytesTimeoutError::Timeout) if the time is over and there was no message, or not all of it; the
    /// others as [`recv_into`](Self::recv_into).
    pub fn recv_into_timeout(
        &mut self,
        into: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, RecvBytesTimeoutError> {
        self.recv_into_until(into, &Deadline::after(timeout))
    }

    /// As [`recv_into_timeout`](Self::recv_into_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn recv_into_deadline(
        &mut self,
        into: &mut [u8],
        deadline: Instant,
    ) -> Result<usize, RecvBytesTimeoutError> {
        self.recv_into_until(into, &Deadline::at(deadline))
    }

    /// As [`recv_into`](Self::recv_into), as a task.
    ///
    /// **Waits:** as [`recv_into`](Self::recv_into). **Progress:** as there. **Cancel:** a future that is dropped before it
    /// completes has received nothing; what has come of a message in parts is kept for the next call.
    ///
    /// # Errors
    ///
    /// As [`recv_into`](Self::recv_into).
    pub async fn recv_into_async(&mut self, into: &mut [u8]) -> Result<usize, RecvBytesError> {
        let found = self.find_async().await?;
        self.take_into(found, into)
            .map_err(|needed| RecvBytesError::TooShort { needed })
    }

    fn recv_into_until(
        &mut self,
        into: &mut [u8],
        deadline: &Deadline,
    ) -> Result<usize, RecvBytesTimeoutError> {
        let found = self.find_until(deadline)?;
        self.take_into(found, into)
            .map_err(|needed| RecvBytesTimeoutError::TooShort { needed })
    }
}

/// Receiving into a `Vec`.
impl FramedReceiver {
    /// Receives a message, and waits while there is none.
    ///
    /// **Waits:** as [`recv_into`](Self::recv_into). **Progress:** as there. **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// As [`recv_into`](Self::recv_into); it is never too short.
    #[doc(alias = "recv_bytes")]
    pub fn recv(&mut self) -> Result<Vec<u8>, RecvBytesError> {
        self.find_and_wait().map(|found| self.take_vec(found))
    }

    /// Receives a message, if there is one.
    ///
    /// **Waits:** never. **Progress:** as [`try_recv_into`](Self::try_recv_into), but for the allocator. **Cancel:** as
    /// there.
    ///
    /// # Errors
    ///
    /// As [`try_recv_into`](Self::try_recv_into); it is never too short.
    pub fn try_recv(&mut self) -> Result<Vec<u8>, TryRecvBytesError> {
        self.find().map(|found| self.take_vec(found))
    }

    /// As [`recv`](Self::recv), and waits at most for `timeout`.
    ///
    /// # Errors
    ///
    /// As [`recv_into_timeout`](Self::recv_into_timeout); it is never too short.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Vec<u8>, RecvBytesTimeoutError> {
        self.find_until(&Deadline::after(timeout))
            .map(|found| self.take_vec(found))
    }

    /// As [`recv`](Self::recv), and waits until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`recv_timeout`](Self::recv_timeout).
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<Vec<u8>, RecvBytesTimeoutError> {
        self.find_until(&Deadline::at(deadline))
            .map(|found| self.take_vec(found))
    }

    /// As [`recv`](Self::recv), as a task.
    ///
    /// **Waits:** as [`recv_into`](Self::recv_into). **Progress:** as there. **Cancel:** as
    /// [`recv_into_async`](Self::recv_into_async).
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub async fn recv_async(&mut self) -> Result<Vec<u8>, RecvBytesError> {
        let found = self.find_async().await?;
        Ok(self.take_vec(found))
    }
}

impl fmt::Debug for FramedReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FramedReceiver")
            .field("capacity", &self.capacity())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
