//! `async_channel::bounded`, its try forms.
#![forbid(unsafe_code)]

use async_channel::{Receiver, Sender, TrySendError};

use crate::asynchronous::{AsyncRecvEnd, AsyncSendEnd, Asynchronous};
use crate::blocking::{Blocking, Ends, RecvEnd, SendEnd, cloned};
use crate::contender::{Card, Contender, End, Payload, Role};

/// The bounded channel of async-channel.
#[derive(Debug)]
pub struct AsyncChannel;

impl<P: Payload> Contender<P> for AsyncChannel {
    const CARD: Card = Card {
        name: "async-channel",
        origin: "async-channel",
        algorithm: "concurrent-queue's ring; each success then takes the mutex around \
                    event-listener's list of the other side's waiters",
        order: "FIFO in the order of the claims",
        exactness: "exact: a look that could be stale is repeated",
        stopped_peer: "the claimed slot stops the others as in concurrent-queue; and stopped while \
                       it holds the mutex of a list of waiters, it stops all on its own side, the \
                       other side then runs dry",
        blocking: true,
        asynchronous: true,
        timeout: false,
        waiting: "sleeps at once; threads and tasks in event-listener's lists, each behind a mutex",
    };

    type End = (Sender<P>, Receiver<P>);

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        Some(vec![async_channel::bounded(capacity); roles.len()])
    }
}

impl<P: Payload> End<P> for (Sender<P>, Receiver<P>) {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        self.0.try_send(payload).map_err(TrySendError::into_inner)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.1.try_recv().ok()
    }
}

impl<P: Payload> Blocking<P> for AsyncChannel {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(async_channel::bounded(capacity), senders, receivers))
    }
}

impl<P: Payload> SendEnd<P> for Sender<P> {
    #[inline]
    fn send(&mut self, payload: P) -> bool {
        self.send_blocking(payload).is_ok()
    }
}

impl<P: Payload> RecvEnd<P> for Receiver<P> {
    #[inline]
    fn recv(&mut self) -> Option<P> {
        self.recv_blocking().ok()
    }
}

impl<P: Payload> Asynchronous<P> for AsyncChannel {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(async_channel::bounded(capacity), senders, receivers))
    }
}

impl<P: Payload> AsyncSendEnd<P> for Sender<P> {
    #[inline]
    async fn send(&mut self, payload: P) -> bool {
        Sender::send(self, payload).await.is_ok()
    }
}

impl<P: Payload> AsyncRecvEnd<P> for Receiver<P> {
    #[inline]
    async fn recv(&mut self) -> Option<P> {
        Receiver::recv(self).await.ok()
    }
}
