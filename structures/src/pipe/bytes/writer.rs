//! The end of a byte pipe that writes.

#![forbid(unsafe_code)]

use super::ends::WriteEnd;
use super::worth_a_wake;
use crate::sync::Deadline;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::io::{self, ErrorKind, IoSlice, Write};
use std::time::{Duration, Instant};

/// The end of a [byte pipe](super::bytes) that writes.
///
/// The bare verbs are those of [`Write`]: [`write`](Write::write) waits while the pipe is full, at most for the
/// [timeout](Self::set_timeout) if one is set, and writes what there is room for, at least one byte. Flushing does
/// nothing, for every write is seen at once.
pub struct Writer {
    pub(super) end: WriteEnd,
    timeout: Option<Duration>,
}

// Nothing panics between a change and its completion.
impl UnwindSafe for Writer {}
impl RefUnwindSafe for Writer {}

impl Writer {
    pub(super) fn new(end: WriteEnd) -> Self {
        Self { end, timeout: None }
    }

    /// How many bytes fit into the pipe: exactly those that it was made for.
    pub fn capacity(&self) -> usize {
        self.end.shared().capacity()
    }

    /// How many bytes are inside; fewer at any moment, if the reader reads.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.end.shared().inside()
    }

    /// Whether nothing is inside; if so, it stays so until something is written here.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether writing is in vain: the reader is gone, or this end was closed.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    pub fn is_closed(&self) -> bool {
        self.end.is_broken()
    }

    /// Says that this was all, as dropping the writer does: the reader reads what is inside, and then finds the end.
    ///
    /// **Waits:** never. **Progress:** wait-free, but for the wake of a reader that waits, which is lock-free.
    /// **Cancel:** there is nothing to cancel.
    pub fn close(&mut self) {
        self.end.close();
    }

    /// The longest wait of a call of [`Write`], or of [`grant`](Self::grant); `None`, as at first, for no end. One
    /// that is over is an error of [`TimedOut`](ErrorKind::TimedOut), and zero is over at once.
    ///
    /// `write_all` waits as often as the pipe is full, each time for so long. What it has written when it
    /// fails is written.
    #[doc(alias = "set_write_timeout")]
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// The longest wait of a call of [`Write`].
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Writes what there is room for, and says how much that was: at least one byte, unless `bytes` has none.
    ///
    /// **Waits:** never. **Progress:** wait-free, whatever the reader does or does not do; to wake one that waits is
    /// lock-free. **Cancel:** there is nothing to cancel.
    ///
    /// ```
    /// use std::io::ErrorKind;
    ///
    /// let (mut writer, mut reader) = latchless::pipe::bytes(4);
    /// assert_eq!(writer.try_write(b"twelve bytes")?, 4);
    /// assert_eq!(writer.try_write(b"ve bytes").unwrap_err().kind(), ErrorKind::WouldBlock);
    /// let mut some = [0; 8];
    /// assert_eq!(reader.try_read(&mut some)?, 4);
    /// assert_eq!(&some[..4], b"twel");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](ErrorKind::WouldBlock) if the pipe is full, [`BrokenPipe`](ErrorKind::BrokenPipe) if the reader
    /// is gone or this end was closed.
    #[doc(alias = "send_bytes")]
    #[inline]
    pub fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.end.is_broken() {
            return Err(broken());
        }
        match self.end.write(bytes) {
            0 if !bytes.is_empty() => Err(ErrorKind::WouldBlock.into()),
            written => Ok(written),
        }
    }

    /// As [`write`](Write::write), and waits at most for `timeout`, whatever [was set](Self::set_timeout).
    ///
    /// A timeout of zero is a [`try_write`](Self::try_write); one beyond what the clock can count never passes.
    ///
    /// **Waits:** for room for one byte. **Progress:** as [`try_write`](Self::try_write), and whoever waits is woken
    /// by the read that makes the room. **Cancel:** a call that runs out of time has written nothing.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](ErrorKind::TimedOut) if the time is over and the pipe full, [`BrokenPipe`](ErrorKind::BrokenPipe)
    /// if the reader is gone or this end was closed.
    pub fn write_timeout(&mut self, bytes: &[u8], timeout: Duration) -> io::Result<usize> {
        match self.try_write(bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.write_until(bytes, &Deadline::after(timeout))
            }
            written => written,
        }
    }

    /// As [`write_timeout`](Self::write_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn write_deadline(&mut self, bytes: &[u8], deadline: Instant) -> io::Result<usize> {
        match self.try_write(bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.write_until(bytes, &Deadline::at(deadline))
            }
            written => written,
        }
    }

    /// As [`write`](Write::write), as a task. (With the features `futures` and `tokio`, the writer is an `AsyncWrite`
    /// as well.)
    ///
    /// **Waits:** for room for one byte. **Progress:** as [`write_timeout`](Self::write_timeout). **Cancel:** a
    /// future that is dropped before it completes has written nothing. Any runtime's timeout will do.
    ///
    /// # Errors
    ///
    /// [`BrokenPipe`](ErrorKind::BrokenPipe) if the reader is gone or this end was closed.
    pub async fn write_async(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.try_write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.end.wait_async(1).await;
                }
                written => return written,
            }
        }
    }

    /// Writes all of `bytes`, as a task.
    ///
    /// **Waits:** for room, as often as the pipe is full. **Progress:** as [`write_timeout`](Self::write_timeout).
    /// **Cancel:** a future that is dropped before it completes may have written a part, and does not say how much.
    ///
    /// # Errors
    ///
    /// [`BrokenPipe`](ErrorKind::BrokenPipe) if the reader is gone or this end was closed; a part may have been
    /// written.
    pub async fn write_all_async(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.try_write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let room = worth_a_wake(bytes.len(), self.capacity());
                    self.end.wait_async(room).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// As [`try_write`](Self::try_write), from several pieces at once.
    pub(super) fn try_write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.end.is_broken() {
            return Err(broken());
        }
        match self.end.write_pieces(pieces.iter().map(|piece| &**piece)) {
            0 if !pieces.iter().all(|piece| piece.is_empty()) => Err(ErrorKind::WouldBlock.into()),
            written => Ok(written),
        }
    }

    fn write_until(&mut self, bytes: &[u8], deadline: &Deadline) -> io::Result<usize> {
        if !self.end.wait_until(1, deadline) {
            return Err(ErrorKind::TimedOut.into());
        }
        self.try_write(bytes)
    }

    /// Waits for so much room, as long as was set; whether it is there, or nobody reads.
    pub(super) fn wait(&mut self, room: usize) -> bool {
        match self.timeout {
            None => {
                self.end.wait(room);
                true
            }
            Some(timeout) => self.end.wait_until(room, &Deadline::after(timeout)),
        }
    }
}

pub(super) fn broken() -> io::Error {
    ErrorKind::BrokenPipe.into()
}

/// **Waits:** for room, as long as [was set](Writer::set_timeout). **Progress:** as
/// [`write_timeout`](Writer::write_timeout). **Cancel:** a `write` that runs out of time has written nothing; a
/// `write_all` may have written a part.
impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.try_write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if !self.wait(1) {
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                written => return written,
            }
        }
    }

    /// Writes from several pieces at once; the reader sees nothing of it before it sees all that was written.
    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        loop {
            match self.try_write_vectored(pieces) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if !self.wait(1) {
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                written => return written,
            }
        }
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let mut is_late = false;
        while !bytes.is_empty() {
            match self.try_write(bytes) {
                Ok(written) => {
                    bytes = &bytes[written..];
                    is_late = false;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if is_late {
                        return Err(ErrorKind::TimedOut.into());
                    }
                    let room = worth_a_wake(bytes.len(), self.capacity());
                    is_late = !self.wait(room);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Nothing: what is written is seen at once.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("is_closed", &self.is_closed())
            .finish()
    }
}
