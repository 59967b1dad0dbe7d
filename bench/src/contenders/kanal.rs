//! `kanal::bounded`, its try forms.
#![forbid(unsafe_code)]

use kanal::{AsyncReceiver, AsyncSender, Receiver, Sender};

use crate::asynchronous::{AsyncRecvEnd, AsyncSendEnd, Asynchronous};
use crate::blocking::{Blocking, Ends, RecvEnd, SendEnd, cloned};
use crate::contender::{Card, Contender, End, Payload, Role};

/// The bounded channel of kanal.
#[derive(Debug)]
pub struct Kanal;

impl<P: Payload> Contender<P> for Kanal {
    const CARD: Card = Card {
        name: "kanal",
        origin: "kanal",
        algorithm: "a VecDeque and one list of waiters behind a spin lock of its own that yields \
                    and sleeps",
        order: "FIFO in the order in which the lock is taken",
        exactness: "exact: decided under the lock",
        stopped_peer: "stopped while it holds the lock, it stops everybody, the try forms too",
        blocking: true,
        asynchronous: true,
        timeout: true,
        waiting: "gives its core away up to 256 times, then sleeps; threads and tasks in a list \
                  behind the channel's lock, items are handed to waiters directly",
    };

    type End = (Sender<P>, Receiver<P>);

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        Some(vec![kanal::bounded(capacity); roles.len()])
    }
}

impl<P: Payload> End<P> for (Sender<P>, Receiver<P>) {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        // A refused value is dropped; a payload is `Copy`, so ours is still here.
        match self.0.try_send(payload) {
            Ok(true) => Ok(()),
            _ => Err(payload),
        }
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.1.try_recv().ok().flatten()
    }
}

impl<P: Payload> Blocking<P> for Kanal {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(kanal::bounded(capacity), senders, receivers))
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

impl<P: Payload> Asynchronous<P> for Kanal {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = AsyncSender<P>;
    type Receiver = AsyncReceiver<P>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(kanal::bounded_async(capacity), senders, receivers))
    }
}

impl<P: Payload> AsyncSendEnd<P> for AsyncSender<P> {
    #[inline]
    async fn send(&mut self, payload: P) -> bool {
        AsyncSender::send(self, payload).await.is_ok()
    }
}

impl<P: Payload> AsyncRecvEnd<P> for AsyncReceiver<P> {
    #[inline]
    async fn recv(&mut self) -> Option<P> {
        AsyncReceiver::recv(self).await.ok()
    }
}
