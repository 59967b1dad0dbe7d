//! The ends of a byte pipe as streams of tasks: the traits of `futures-io` and of tokio, which say the same.
//!
//! A poll that comes to nothing leaves the task listed, until it is woken, or its end is used in another way. So a
//! task that polls reader and writer in turn, as `select` does, is woken by whichever is ready first.

#![forbid(unsafe_code)]

use super::{Reader, Writer};
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io::{self, BufRead, ErrorKind, IoSlice};

impl Reader {
    /// Until there is something to read, or it is the end.
    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.is_dry() {
            ready!(self.end.poll_wait(1, cx));
        }
        self.end.is_served();
        Poll::Ready(())
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        ready!(self.poll_bytes(cx));
        Poll::Ready(self.try_fill_buf())
    }
}

impl Writer {
    /// Until `write` is not refused for want of room.
    fn poll_room<R>(
        &mut self,
        cx: &mut Context<'_>,
        mut write: impl FnMut(&mut Self) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        loop {
            match write(self) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    ready!(self.end.poll_wait(1, cx));
                }
                written => {
                    self.end.is_served();
                    return Poll::Ready(written);
                }
            }
        }
    }
}

/// Feature `futures`. Reading is cancel-safe: a poll that comes to nothing has read nothing.
#[cfg(feature = "futures")]
impl futures_io::AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if !into.is_empty() {
            ready!(self.poll_bytes(cx));
        }
        Poll::Ready(self.try_read(into))
    }

    fn poll_read_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &mut [io::IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        if pieces.iter().any(|piece| !piece.is_empty()) {
            ready!(self.poll_bytes(cx));
        }
        let pieces = pieces.iter_mut().map(|piece| &mut **piece);
        Poll::Ready(Ok(self.end.read_pieces(pieces)))
    }
}

/// Feature `futures`.
#[cfg(feature = "futures")]
impl futures_io::AsyncBufRead for Reader {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        self.get_mut().poll_fill(cx)
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        BufRead::consume(&mut *self, amount);
    }
}

/// Feature `futures`. To close it is to [close](Writer::close) the pipe; to flush it does nothing.
#[cfg(feature = "futures")]
impl futures_io::AsyncWrite for Writer {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_room(cx, |writer| writer.try_write(bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_room(cx, |writer| writer.try_write_vectored(pieces))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.close();
        Poll::Ready(Ok(()))
    }
}

/// Feature `tokio`. Reading is cancel-safe: a poll that comes to nothing has read nothing.
#[cfg(feature = "tokio")]
impl tokio::io::AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if into.remaining() > 0 {
            ready!(self.poll_bytes(cx));
        }
        // Piece by piece out of the pipe, so that nothing need be initialised before; there are two at most.
        for _ in 0..2 {
            self.end.unread(into.remaining());
            let piece = self.end.piece();
            let read = piece.len().min(into.remaining());
            into.put_slice(&piece[..read]);
            self.end.consume(read);
        }
        Poll::Ready(Ok(()))
    }
}

/// Feature `tokio`.
#[cfg(feature = "tokio")]
impl tokio::io::AsyncBufRead for Reader {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        self.get_mut().poll_fill(cx)
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        BufRead::consume(&mut *self, amount);
    }
}

/// Feature `tokio`. To shut it down is to [close](Writer::close) the pipe; to flush it does nothing.
#[cfg(feature = "tokio")]
impl tokio::io::AsyncWrite for Writer {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_room(cx, |writer| writer.try_write(bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_room(cx, |writer| writer.try_write_vectored(pieces))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.close();
        Poll::Ready(Ok(()))
    }
}
