//! Contiguous room in a byte pipe, to be filled in place.

#![forbid(unsafe_code)]

use super::Writer;
use super::ends::Room;
use super::writer::broken;
use crate::sync::Deadline;
use core::fmt;
use core::ops::{Deref, DerefMut};
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

/// Contiguous room, to be filled in place.
impl Writer {
    /// Contiguous room for `length` bytes: they are filled where the reader will find them, and written by
    /// [`commit`](Grant::commit).
    ///
    /// Room that is there is contiguous, wherever in the pipe's memory it begins: a grant is to be had if `length` bytes
    /// could be written. What is in it at first is what once went through the pipe.
    ///
    /// **Waits:** for room for all of it, as long as [was set](Self::set_timeout). **Progress:** as
    /// [`write_timeout`](Self::write_timeout). **Cancel:** there is nothing to cancel, and a grant that is dropped has
    /// written nothing.
    ///
    /// ```
    /// use std::io::Read;
    ///
    /// let (mut writer, mut reader) = latchless::pipe::bytes(8);
    /// let mut grant = writer.grant(8)?;
    /// grant[..5].copy_from_slice(b"01234");
    /// grant.commit(5);
    /// let mut some = [0; 4];
    /// reader.read_exact(&mut some)?;
    /// // Over the end of the memory, too.
    /// writer.grant(7)?.commit(7);
    /// assert_eq!(reader.len(), 8);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) if `length` is more than the capacity,
    /// [`BrokenPipe`](ErrorKind::BrokenPipe) if the reader is gone or this end was closed,
    /// [`TimedOut`](ErrorKind::TimedOut) if a timeout is set, and over.
    #[doc(alias = "reserve")]
    pub fn grant(&mut self, length: usize) -> io::Result<Grant<'_>> {
        if self.lacks(length)? && !self.wait(length) {
            return Err(ErrorKind::TimedOut.into());
        }
        self.try_grant(length)
    }

    /// As [`grant`](Self::grant), if there is room for all of it now.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** a grant that is dropped has written nothing.
    ///
    /// # Errors
    ///
    /// As [`grant`](Self::grant), and [`WouldBlock`](ErrorKind::WouldBlock) if there is less room.
    pub fn try_grant(&mut self, length: usize) -> io::Result<Grant<'_>> {
        if self.lacks(length)? {
            return Err(ErrorKind::WouldBlock.into());
        }
        match self.end.reserve(length) {
            Some(room) => Ok(Grant { room }),
            None => Err(ErrorKind::WouldBlock.into()),
        }
    }

    /// As [`grant`](Self::grant), and waits at most for `timeout`, whatever was set.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn grant_timeout(&mut self, length: usize, timeout: Duration) -> io::Result<Grant<'_>> {
        if self.lacks(length)? {
            self.wait_for_grant(length, &Deadline::after(timeout))?;
        }
        self.try_grant(length)
    }

    /// As [`grant`](Self::grant), and waits until `deadline`, whatever was set.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn grant_deadline(&mut self, length: usize, deadline: Instant) -> io::Result<Grant<'_>> {
        if self.lacks(length)? {
            self.wait_for_grant(length, &Deadline::at(deadline))?;
        }
        self.try_grant(length)
    }

    /// As [`grant`](Self::grant), as a task.
    ///
    /// **Waits:** for room for all of it. **Progress:** as [`write_timeout`](Self::write_timeout). **Cancel:** a future
    /// that is dropped, and so a grant, has written nothing.
    ///
    /// # Errors
    ///
    /// As [`grant`](Self::grant); no timeout but the runtime's counts.
    pub async fn grant_async(&mut self, length: usize) -> io::Result<Grant<'_>> {
        if self.lacks(length)? {
            self.end.wait_async(length).await;
        }
        self.try_grant(length)
    }

    /// Whether there is too little room for a grant that could be had.
    fn lacks(&mut self, length: usize) -> io::Result<bool> {
        if length > self.capacity() {
            return Err(io::Error::new(
                ErrorKind::InvalidInput,
                "a grant of more bytes than fit into the pipe",
            ));
        }
        if self.end.is_broken() {
            return Err(broken());
        }
        Ok(self.end.room(length) < length)
    }

    fn wait_for_grant(&mut self, length: usize, deadline: &Deadline) -> io::Result<()> {
        if self.end.wait_until(length, deadline) {
            Ok(())
        } else {
            Err(ErrorKind::TimedOut.into())
        }
    }
}

/// Contiguous room in a pipe; see [`Writer::grant`]. Nothing of it is written before it is committed.
#[must_use = "a grant that is not committed writes nothing"]
pub struct Grant<'p> {
    room: Room<'p>,
}

impl Grant<'_> {
    /// Writes the first `length` bytes.
    ///
    /// **Waits:** never. **Progress:** wait-free, but for the wake of a reader that waits, which is lock-free.
    /// **Cancel:** there is nothing to cancel.
    ///
    /// # Panics
    ///
    /// If `length` is more than was granted; nothing is written then.
    #[track_caller]
    pub fn commit(self, length: usize) {
        assert!(length <= self.len(), "a commit of more than was granted");
        self.room.commit(length);
    }
}

impl Deref for Grant<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.room.bytes()
    }
}

impl DerefMut for Grant<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.room.bytes_mut()
    }
}

impl fmt::Debug for Grant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant").field("len", &self.len()).finish()
    }
}
