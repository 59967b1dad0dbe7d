//! `flume::bounded`, its try forms.
#![forbid(unsafe_code)]

use flume::{Receiver, Sender};

use crate::asynchronous::{AsyncRecvEnd, AsyncSendEnd, Asynchronous};
use crate::blocking::{Blocking, Ends, RecvEnd, SendEnd, cloned};
use crate::contender::{Card, Contender, End, Payload, Role};

/// The bounded channel of flume.
#[derive(Debug)]
pub struct Flume;

impl<P: Payload> Contender<P> for Flume {
    const CARD: Card = Card {
        name: "flume",
        origin: "flume",
        algorithm: "a growing VecDeque and the waiters of both sides behind one std mutex",
        order: "FIFO in the order in which the mutex is taken",
        exactness: "exact: decided under the mutex",
        stopped_peer: "stopped while it holds the mutex, it stops everybody, the try forms too",
        blocking: true,
        asynchronous: true,
        timeout: true,
        waiting: "sleeps at once; threads and tasks in lists behind the channel's one mutex",
    };

    type End = (Sender<P>, Receiver<P>);

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        Some(vec![flume::bounded(capacity); roles.len()])
    }
}

impl<P: Payload> End<P> for (Sender<P>, Receiver<P>) {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        self.0
            .try_send(payload)
            .map_err(flume::TrySendError::into_inner)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.1.try_recv().ok()
    }
}

impl<P: Payload> Blocking<P> for Flume {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(flume::bounded(capacity), senders, receivers))
    }
}

impl<P: Payload> SendEnd<P> for Sender<P> {
    #[inline]
    fn send(&mut self, payload: P) -> bool {
        Sender::send(self, payload).is_ok()
    }
}

impl<P: Payload> RecvEnd<P> for Receiver<P> {
    #[inline]
    fn recv(&mut self) -> Option<P> {
        Receiver::recv(self).ok()
    }
}

impl<P: Payload> Asynchronous<P> for Flume {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(flume::bounded(capacity), senders, receivers))
    }
}

impl<P: Payload> AsyncSendEnd<P> for Sender<P> {
    #[inline]
    async fn send(&mut self, payload: P) -> bool {
        self.send_async(payload).await.is_ok()
    }
}

impl<P: Payload> AsyncRecvEnd<P> for Receiver<P> {
    #[inline]
    async fn recv(&mut self) -> Option<P> {
        self.recv_async().await.ok()
    }
}
