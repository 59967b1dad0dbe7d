//! Pipes of messages: slices of bytes, each of which arrives as a whole.

#![forbid(unsafe_code)]

mod received;
mod receiver;
mod sender;

pub use received::Received;
pub use receiver::FramedReceiver;
pub use sender::{FramedGrant, FramedSender};

use super::bytes::ends::ends;
use crate::error::CapacityError;
use crate::raw::frame::{Cut, HEADER};

/// A pipe for messages, which are slices of bytes: each is received as it was sent, or not at all.
///
/// A message of up to `capacity` bytes is sent at once; several are inside as long as their lengths, and 8 bytes for each
/// but one, do not exceed it. A longer one travels in parts: [`send`](FramedSender::send) waits until the
/// receiver has taken enough of them, and the receiver puts them together. If the sender goes in the middle of that, the
/// receiver is told [`Truncated`](crate::error::RecvBytesError::Truncated).
///
/// Every `try_` call is wait-free. Memory is that of [`bytes`](super::bytes) with 8 bytes more; to send a message
/// allocates nothing, and to receive one does where it is received into a `Vec`, or has come in parts.
///
/// ```
/// use latchless::error::RecvBytesError;
///
/// let (mut sender, mut receiver) = latchless::pipe::framed(64);
/// sender.send(b"one")?;
/// sender.send(b"two and more")?;
/// drop(sender);
/// let mut buffer = [0; 8];
/// assert_eq!(receiver.recv_into(&mut buffer), Ok(3));
/// assert_eq!(receiver.recv_into(&mut buffer), Err(RecvBytesError::TooShort { needed: 12 }));
/// assert_eq!(receiver.recv().unwrap(), b"two and more");
/// assert_eq!(receiver.recv(), Err(RecvBytesError::Closed));
/// # Ok::<(), latchless::error::SendBytesError>(())
/// ```
///
/// # Panics
///
/// If `capacity` is zero or its memory cannot be had; [`try_framed`] says so instead.
#[doc(alias = "Pipe")]
#[doc(alias = "message")]
#[track_caller]
pub fn framed(capacity: usize) -> (FramedSender, FramedReceiver) {
    match try_framed(capacity) {
        Ok(ends) => ends,
        Err(error) => panic!("no pipe for messages of {capacity} bytes: {error}"),
    }
}

/// As [`framed`], or why there cannot be such a pipe.
///
/// ```
/// use latchless::{error::CapacityError, pipe};
/// assert_eq!(pipe::try_framed(0).unwrap_err(), CapacityError::Zero);
/// assert_eq!(pipe::try_framed(usize::MAX).unwrap_err(), CapacityError::TooLarge);
/// ```
///
/// # Errors
///
/// A capacity of zero, one that cannot be indexed, or one whose memory cannot be had.
pub fn try_framed(capacity: usize) -> Result<(FramedSender, FramedReceiver), CapacityError> {
    if capacity == 0 {
        return Err(CapacityError::Zero);
    }
    let ring = capacity
        .checked_add(HEADER)
        .ok_or(CapacityError::TooLarge)?;
    let (write, read) = ends(ring)?;
    let cut = Cut::new(capacity);
    Ok((
        FramedSender::new(write, cut),
        FramedReceiver::new(read, cut),
    ))
}

/// A receiver of whatever is written into a byte pipe: for tests of what no sender writes.
#[cfg(latchless_steps)]
#[doc(hidden)]
pub fn receiver_of(reader: super::Reader, capacity: usize) -> FramedReceiver {
    FramedReceiver::new(reader.end, Cut::new(capacity))
}
