//! The end of a byte pipe that reads.

#![forbid(unsafe_code)]

use super::ends::ReadEnd;
use super::worth_a_wake;
use crate::sync::Deadline;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::io::{self, BufRead, ErrorKind, IoSliceMut, Read};
use std::time::{Duration, Instant};

/// The end of a [byte pipe](super::bytes) that reads.
///
/// The bare verbs are those of [`Read`] and [`BufRead`]: [`read`](Read::read) waits while the pipe is empty, at most for
/// the [timeout](Self::set_timeout) if one is set, and reads what is there, at least one byte; 0 is the end. What
/// [`fill_buf`](BufRead::fill_buf) shows lies in the pipe itself, and stays there until it is
/// [consumed](BufRead::consume).
pub struct Reader {
    pub(in crate::pipe) end: ReadEnd,
    timeout: Option<Duration>,
}

// Nothing panics between a change and its completion.
impl UnwindSafe for Reader {}
impl RefUnwindSafe for Reader {}

impl Reader {
    pub(super) fn new(end: ReadEnd) -> Self {
        Self { end, timeout: None }
    }

    /// How many bytes fit into the pipe: exactly those that it was made for.
    pub fn capacity(&self) -> usize {
        self.end.shared().capacity()
    }

    /// How many bytes are inside; more at any moment, if the writer writes.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.end.shared().inside()
    }

    /// Whether nothing is inside at the moment.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether nothing more will be written: the writer is gone, or was closed. What is inside can still be read.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    pub fn is_closed(&self) -> bool {
        self.end.shared().tail().1
    }

    /// The longest wait of a call of [`Read`] or [`BufRead`]; `None`, as at first, for no end. One that is over is an
    /// error of [`TimedOut`](ErrorKind::TimedOut), and zero is over at once.
    ///
    /// `read_exact` and `read_to_end` wait as often as the pipe is empty, each time for so long. What they have read
    /// when they fail is read.
    #[doc(alias = "set_read_timeout")]
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// The longest wait of a call of [`Read`] or [`BufRead`].
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Reads what is there and fits into `into`, and says how much that was: at least one byte, unless it is the end or
    /// nothing fits.
    ///
    /// **Waits:** never. **Progress:** wait-free, whatever the writer does or does not do; to wake one that waits is
    /// lock-free. **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](ErrorKind::WouldBlock) if the pipe is empty and may be written to.
    #[doc(alias = "recv_bytes")]
    #[inline]
    pub fn try_read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.end.read(into) {
            0 if !into.is_empty() && !self.end.is_over() => Err(ErrorKind::WouldBlock.into()),
            read => Ok(read),
        }
    }

    /// As [`read`](Read::read), and waits at most for `timeout`, whatever [was set](Self::set_timeout).
    ///
    /// A timeout of zero is a [`try_read`](Self::try_read); one beyond what the clock can count never passes.
    ///
    /// **Waits:** for one byte. **Progress:** as [`try_read`](Self::try_read), and whoever waits is woken by the write
    /// that brings it. **Cancel:** a call that runs out of time has read nothing.
    ///
    /// ```
    /// use std::{io::ErrorKind, time::Duration};
    ///
    /// let (mut writer, mut reader) = latchless::pipe::bytes(4);
    /// let mut some = [0; 8];
    /// let late = reader.read_timeout(&mut some, Duration::from_millis(1));
    /// assert_eq!(late.unwrap_err().kind(), ErrorKind::TimedOut);
    /// writer.try_write(b"last")?;
    /// drop(writer);
    /// assert_eq!(reader.read_timeout(&mut some, Duration::MAX)?, 4);
    /// assert_eq!(reader.read_timeout(&mut some, Duration::MAX)?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TimedOut`](ErrorKind::TimedOut) if the time is over and the pipe empty.
    pub fn read_timeout(&mut self, into: &mut [u8], timeout: Duration) -> io::Result<usize> {
        match self.try_read(into) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.read_until(into, &Deadline::after(timeout))
            }
            read => read,
        }
    }

    /// As [`read_timeout`](Self::read_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn read_deadline(&mut self, into: &mut [u8], deadline: Instant) -> io::Result<usize> {
        match self.try_read(into) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.read_until(into, &Deadline::at(deadline))
            }
            read => read,
        }
    }

    /// As [`read`](Read::read), as a task. (With the features `futures` and `tokio`, the reader is an `AsyncRead` and an
    /// `AsyncBufRead` as well.)
    ///
    /// **Waits:** for one byte. **Progress:** as [`read_timeout`](Self::read_timeout). **Cancel:** a future that is
    /// dropped before it completes has read nothing. Any runtime's timeout will do.
    ///
    /// # Errors
    ///
    /// None at present.
    pub async fn read_async(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.try_read(into) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.end.wait_async(1).await;
                }
                read => return read,
            }
        }
    }

    fn read_until(&mut self, into: &mut [u8], deadline: &Deadline) -> io::Result<usize> {
        if !self.end.wait_until(1, deadline) {
            return Err(ErrorKind::TimedOut.into());
        }
        self.try_read(into)
    }

    /// Waits for so many bytes, as long as was set; whether they are there, or no more will come.
    fn wait(&mut self, bytes: usize) -> bool {
        match self.timeout {
            None => {
                self.end.wait(bytes);
                true
            }
            Some(timeout) => self.end.wait_until(bytes, &Deadline::after(timeout)),
        }
    }
}

/// What is there, in place.
impl Reader {
    /// As [`fill_buf`](BufRead::fill_buf): shows what is there, as far as it lies in one piece; if it is empty, that is
    /// the end.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** nothing is taken before it is
    /// [consumed](BufRead::consume).
    ///
    /// ```
    /// use std::io::BufRead;
    ///
    /// let (mut writer, mut reader) = latchless::pipe::bytes(4);
    /// assert!(reader.try_fill_buf().is_err());
    /// writer.try_write(b"seen")?;
    /// assert_eq!(reader.try_fill_buf()?, b"seen");
    /// reader.consume(2);
    /// drop(writer);
    /// assert_eq!(reader.try_fill_buf()?, b"en");
    /// reader.consume(2);
    /// assert!(reader.try_fill_buf()?.is_empty());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](ErrorKind::WouldBlock) if the pipe is empty and may be written to.
    pub fn try_fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.is_dry() {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(self.end.piece())
    }

    /// As [`fill_buf`](BufRead::fill_buf), and waits at most for `timeout`, whatever [was set](Self::set_timeout).
    ///
    /// **Waits:** for one byte. **Progress:** as [`read_timeout`](Self::read_timeout). **Cancel:** nothing is taken
    /// before it is [consumed](BufRead::consume).
    ///
    /// # Errors
    ///
    /// [`TimedOut`](ErrorKind::TimedOut) if the time is over and the pipe empty.
    #[doc(alias = "poll")]
    pub fn fill_buf_timeout(&mut self, timeout: Duration) -> io::Result<&[u8]> {
        if self.is_dry() && !self.end.wait_until(1, &Deadline::after(timeout)) {
            return Err(ErrorKind::TimedOut.into());
        }
        self.filled()
    }

    /// As [`fill_buf_timeout`](Self::fill_buf_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn fill_buf_deadline(&mut self, deadline: Instant) -> io::Result<&[u8]> {
        if self.is_dry() && !self.end.wait_until(1, &Deadline::at(deadline)) {
            return Err(ErrorKind::TimedOut.into());
        }
        self.filled()
    }

    /// As [`fill_buf`](BufRead::fill_buf), as a task.
    ///
    /// **Waits:** for one byte. **Progress:** as [`read_timeout`](Self::read_timeout). **Cancel:** nothing is taken
    /// before it is [consumed](BufRead::consume).
    ///
    /// # Errors
    ///
    /// None at present.
    pub async fn fill_buf_async(&mut self) -> io::Result<&[u8]> {
        if self.is_dry() {
            self.end.wait_async(1).await;
        }
        self.filled()
    }

    /// Whether there is nothing to read, and it is not the end.
    #[inline(always)]
    pub(super) fn is_dry(&mut self) -> bool {
        self.end.unread(1) == 0 && !self.end.is_over()
    }

    /// What is there, after it was waited for.
    fn filled(&mut self) -> io::Result<&[u8]> {
        self.end.unread(1);
        Ok(self.end.piece())
    }
}

/// **Waits:** for bytes, as long as [was set](Reader::set_timeout). **Progress:** as
/// [`read_timeout`](Reader::read_timeout). **Cancel:** a `read` that runs out of time has read nothing; `read_exact` and
/// `read_to_end` may have read a part.
impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.try_read(into) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if !self.wait(1) {
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                read => return read,
            }
        }
    }

    /// Reads into several pieces at once.
    fn read_vectored(&mut self, pieces: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let is_empty = pieces.iter().all(|piece| piece.is_empty());
        loop {
            let read = self
                .end
                .read_pieces(pieces.iter_mut().map(|piece| &mut **piece));
            if read > 0 || is_empty || self.end.is_over() {
                return Ok(read);
            }
            if !self.wait(1) {
                return Err(ErrorKind::TimedOut.into());
            }
        }
    }

    fn read_exact(&mut self, mut into: &mut [u8]) -> io::Result<()> {
        let mut is_late = false;
        while !into.is_empty() {
            match self.try_read(into) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    into = &mut into[read..];
                    is_late = false;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if is_late {
                        return Err(ErrorKind::TimedOut.into());
                    }
                    let bytes = worth_a_wake(into.len(), self.capacity());
                    is_late = !self.wait(bytes);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn read_to_end(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        let before = into.len();
        let mut is_late = false;
        loop {
            self.end.unread(usize::MAX);
            let piece = self.end.piece();
            if piece.is_empty() {
                if self.end.is_over() {
                    return Ok(into.len() - before);
                }
                if is_late {
                    return Err(ErrorKind::TimedOut.into());
                }
                // The end is still to come, so it may be waited for.
                is_late = !self.wait(worth_a_wake(usize::MAX, self.capacity()));
                continue;
            }
            is_late = false;
            into.try_reserve(piece.len())?;
            into.extend_from_slice(piece);
            let read = piece.len();
            self.end.consume(read);
        }
    }
}

/// **Waits:** for bytes, as long as [was set](Reader::set_timeout). **Progress:** as
/// [`read_timeout`](Reader::read_timeout). **Cancel:** nothing is taken before it is consumed.
impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.is_dry() && !self.wait(1) {
            return Err(ErrorKind::TimedOut.into());
        }
        self.filled()
    }

    /// # Panics
    ///
    /// If so much was not shown.
    fn consume(&mut self, amount: usize) {
        self.end.consume(amount);
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("is_closed", &self.is_closed())
            .finish()
    }
}
