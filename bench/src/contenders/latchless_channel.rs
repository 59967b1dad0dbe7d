//! `latchless::channel::bounded`.
#![forbid(unsafe_code)]

use latchless::channel::{self, Receiver, Sender};

use super::LatchlessShared;
use crate::asynchronous::{AsyncRecvEnd, AsyncSendEnd, Asynchronous};
use crate::blocking::{Blocking, Ends, RecvEnd, SendEnd, cloned};
use crate::contender::{Card, Contender, Payload};

/// Our bounded channel.
#[derive(Debug)]
pub struct LatchlessChannel;

impl<P: Payload> Blocking<P> for LatchlessChannel {
    const CARD: Card = Card {
        name: "latchless (channel)",
        algorithm: "the bounded queue by calls on a shared reference; its ends are counted",
        ..<LatchlessShared as Contender<P>>::CARD
    };
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(
            channel::try_bounded(capacity).ok()?,
            senders,
            receivers,
        ))
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

impl<P: Payload> Asynchronous<P> for LatchlessChannel {
    const CARD: Card = <Self as Blocking<P>>::CARD;
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(
            channel::try_bounded(capacity).ok()?,
            senders,
            receivers,
        ))
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
