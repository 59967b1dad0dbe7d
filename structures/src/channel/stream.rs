//! Ends of a channel as a `Stream` and a `Sink`.

#![forbid(unsafe_code)]

use super::flavour::{Any, Flavour, Shared};
use super::{Receiver, Sender, buffered, growing, queued, rendezvous};
use crate::error::{SendError, TryRecvError, TrySendError};
use crate::sync::Arc;
use crate::wait::forms::Waiting;
use core::fmt;
use core::future::Future;
use core::ops::Deref;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use futures_core::{FusedStream, Stream};
use futures_sink::Sink;

/// A core that is owned: what waits by it may go where it likes.
#[derive(Debug)]
struct Owned<C>(Arc<Shared<C>>);

impl<C> Clone for Owned<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C> Deref for Owned<C> {
    type Target = C;
    fn deref(&self) -> &C {
        &self.0.core
    }
}

type Buffered<T> = Owned<buffered::Buffered<T>>;
type Growing<T> = Owned<growing::Growing<T>>;
type Rendezvous<T> = Owned<rendezvous::Rendezvous<T>>;

/// A receive that waits.
type Receiving<T> = Any<
    Waiting<queued::Receiving<Buffered<T>>>,
    Waiting<queued::Receiving<Growing<T>>>,
    Waiting<rendezvous::Receiving<Rendezvous<T>>>,
>;

/// A send that waits.
type Sending<T> = Any<
    Waiting<buffered::Sending<T, Buffered<T>>>,
    growing::Sending<T, Growing<T>>,
    Waiting<rendezvous::Sending<T, Rendezvous<T>>>,
>;

/// What a [`Receiver`] receives, as a [`Stream`]; see [`Receiver::into_stream`].
#[must_use = "streams do nothing unless polled"]
pub struct RecvStream<T> {
    /// Before the receiver, for it is to be dropped first: what it was given goes to another receiver,
    /// and only the last receiver drops what is left.
    waiting: Option<Receiving<T>>,
    receiver: Receiver<T>,
    is_over: bool,
}

/// A [`Sink`] into a channel; see [`Sender::into_sink`].
#[must_use = "sinks do nothing unless polled"]
pub struct SendSink<T> {
    waiting: Option<Sending<T>>,
    sender: Option<Sender<T>>,
}

// Nothing in them is pinned.
impl<T> Unpin for RecvStream<T> {}
impl<T> Unpin for SendSink<T> {}

impl<T> Receiver<T> {
    /// The messages as a [`Stream`], which ends when the channel is closed and empty.
    ///
    /// It is a receiver: the channel is open as long as it is there. Feature `futures`.
    ///
    /// **Waits:** for a message. **Progress:** as [`recv`](Self::recv). **Cancel:** a stream that is
    /// dropped between two messages has taken nothing: a message or a wake that it was given goes to the
    /// next receiver.
    pub fn into_stream(self) -> RecvStream<T> {
        RecvStream {
            waiting: None,
            receiver: self,
            is_over: false,
        }
    }
}

impl<T> RecvStream<T> {
    /// The receiver, for calls between two messages.
    pub fn receiver(&self) -> &Receiver<T> {
        &self.receiver
    }

    /// The receiver again. A stream that waits stops waiting, and has taken nothing.
    pub fn into_inner(self) -> Receiver<T> {
        let Self {
            waiting, receiver, ..
        } = self;
        drop(waiting);
        receiver
    }

    fn receiving(&self) -> Receiving<T> {
        match &self.receiver.flavour {
            Flavour::Buffered(shared) => {
                let core = Owned(Arc::clone(shared));
                Any::Buffered(Waiting::new(queued::Receiving(core)))
            }
            Flavour::Growing(shared) => {
                let core = Owned(Arc::clone(shared));
                Any::Growing(Waiting::new(queued::Receiving(core)))
            }
            Flavour::Rendezvous(shared) => {
                let core = Owned(Arc::clone(shared));
                Any::Rendezvous(Waiting::new(rendezvous::Receiving(core)))
            }
        }
    }
}

impl<T> Stream for RecvStream<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        if this.is_over {
            return Poll::Ready(None);
        }
        if this.waiting.is_none() {
            match this.receiver.try_recv() {
                Ok(message) => return Poll::Ready(Some(message)),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Closed) => {
                    this.is_over = true;
                    return Poll::Ready(None);
                }
            }
        }
        let mut waiting = this.waiting.take().unwrap_or_else(|| this.receiving());
        match Pin::new(&mut waiting).poll(cx) {
            Poll::Ready(received) => {
                this.is_over = received.is_err();
                Poll::Ready(received.ok())
            }
            Poll::Pending => {
                this.waiting = Some(waiting);
                Poll::Pending
            }
        }
    }
}

impl<T> FusedStream for RecvStream<T> {
    fn is_terminated(&self) -> bool {
        self.is_over
    }
}

impl<T> Sender<T> {
    /// The channel as a [`Sink`].
    ///
    /// `start_send` sends at once if there is room; else the sink keeps the message, one at most, until
    /// `poll_ready` or `poll_flush` has brought it inside. `poll_close` does that, and then drops the
    /// sender. An error gives back the message that was not sent. Feature `futures`.
    ///
    /// **Waits:** for room, or for a receiver. **Progress:** as [`send`](Self::send). **Cancel:** a sink
    /// that is dropped drops the message that it keeps.
    pub fn into_sink(self) -> SendSink<T> {
        SendSink {
            waiting: None,
            sender: Some(self),
        }
    }
}

impl<T> SendSink<T> {
    /// The sender, for calls between two messages; `None` once the sink is closed.
    pub fn sender(&self) -> Option<&Sender<T>> {
        self.sender.as_ref()
    }
}

impl<T> Sender<T> {
    fn sending(&self, message: T) -> Sending<T> {
        match &self.flavour {
            Flavour::Buffered(shared) => {
                let core = Owned(Arc::clone(shared));
                Any::Buffered(Waiting::new(buffered::Sending::new(core, message)))
            }
            Flavour::Growing(shared) => {
                Any::Growing(growing::Sending::new(Owned(Arc::clone(shared)), message))
            }
            Flavour::Rendezvous(shared) => {
                let core = Owned(Arc::clone(shared));
                Any::Rendezvous(Waiting::new(rendezvous::Sending::new(core, message)))
            }
        }
    }
}

impl<T> Sink<T> for SendSink<T> {
    type Error = SendError<T>;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        self.poll_flush(cx)
    }

    /// # Panics
    ///
    /// If the sink still keeps a message: `poll_ready` was not asked, or was not heeded.
    fn start_send(mut self: Pin<&mut Self>, message: T) -> Result<(), SendError<T>> {
        assert!(
            self.waiting.is_none(),
            "start_send on a sink that was not ready"
        );
        let Some(sender) = &self.sender else {
            return Err(SendError(message));
        };
        match sender.try_send(message) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed(message)) => Err(SendError(message)),
            Err(TrySendError::Full(message)) => {
                self.waiting = Some(sender.sending(message));
                Ok(())
            }
        }
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), SendError<T>>> {
        let Some(mut waiting) = self.waiting.take() else {
            return Poll::Ready(Ok(()));
        };
        let sent = Pin::new(&mut waiting).poll(cx);
        if sent.is_pending() {
            self.waiting = Some(waiting);
        }
        sent
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), SendError<T>>> {
        let flushed = ready!(self.as_mut().poll_flush(cx));
        self.sender = None;
        Poll::Ready(flushed)
    }
}

impl<T> fmt::Debug for RecvStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RecvStream").field(&self.receiver).finish()
    }
}

impl<T> fmt::Debug for SendSink<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SendSink").field(&self.sender).finish()
    }
}
