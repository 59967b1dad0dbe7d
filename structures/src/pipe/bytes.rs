//! Pipes of bytes: what one end writes, in whatever pieces, the other reads, in others.

#![forbid(unsafe_code)]

#[cfg(any(feature = "futures", feature = "tokio"))]
mod asynchronous;
pub(super) mod ends;
mod grant;
pub(super) mod link;
mod reader;
mod writer;

pub use grant::Grant;
pub use reader::Reader;
pub use writer::Writer;

use crate::error::CapacityError;
use crate::raw::bytes::NoRing;

/// A pipe for bytes, with room for `capacity` of them: what is written into the [`Writer`] is read from the
/// [`Reader`].
///
/// They are [`Write`](std::io::Write) and [`Read`](std::io::Read), and [`BufRead`](std::io::BufRead), so whatever
/// runs over a file or a socket runs over them. When the writer is dropped, the reader reads what is inside and then
/// finds the end; when the reader is dropped, writing fails with
/// [`BrokenPipe`](std::io::ErrorKind::BrokenPipe).
///
/// Every `try_` call is wait-free. Memory is two bytes for each byte of capacity, not touched before it is used, and
/// something over a kilobyte for the pipe: so that [contiguous room](Writer::grant) is to be had at any time. No
/// call allocates for bytes; a first wait of a thread or task may.
///
/// ```
/// use std::io::{BufRead, Write};
///
/// let (mut writer, reader) = latchless::pipe::bytes(64);
/// std::thread::scope(|scope| {
///     scope.spawn(move || (1..=100).try_for_each(|n| writeln!(writer, "line {n}")));
///     assert_eq!(reader.lines().count(), 100);
/// });
/// ```
///
/// # Panics
///
/// If `capacity` is zero or its memory cannot be had; [`try_bytes`] says so instead.
#[doc(alias = "Pipe")]
#[doc(alias = "pipe")]
#[track_caller]
pub fn bytes(capacity: usize) -> (Writer, Reader) {
    match try_bytes(capacity) {
        Ok(ends) => ends,
        Err(error) => panic!("no pipe for {capacity} bytes: {error}"),
    }
}

/// As [`bytes`], or why there cannot be such a pipe.
///
/// ```
/// use latchless::{error::CapacityError, pipe};
/// assert_eq!(pipe::try_bytes(0).unwrap_err(), CapacityError::Zero);
/// assert_eq!(pipe::try_bytes(usize::MAX).unwrap_err(), CapacityError::TooLarge);
/// ```
///
/// # Errors
///
/// A capacity of zero, one that cannot be indexed, or one whose memory cannot be had.
pub fn try_bytes(capacity: usize) -> Result<(Writer, Reader), CapacityError> {
    if capacity == 0 {
        return Err(CapacityError::Zero);
    }
    let (write, read) = ends::ends(capacity)?;
    Ok((Writer::new(write), Reader::new(read)))
}

impl From<NoRing> for CapacityError {
    fn from(why: NoRing) -> Self {
        match why {
            NoRing::TooLarge => Self::TooLarge,
            NoRing::OutOfMemory => Self::OutOfMemory,
        }
    }
}

/// How much a call that moves much waits for at a time: enough that a wake is worth it, and so little that the other end
/// has something to do meanwhile. Never more than is still to be moved, so nobody waits for what the other end
/// will not bring.
fn worth_a_wake(to_move: usize, capacity: usize) -> usize {
    to_move.min(capacity.div_ceil(2))
}
