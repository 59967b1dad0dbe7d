//! `tokio::sync::mpsc`, for tasks and one consumer.
#![forbid(unsafe_code)]

use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::asynchronous::{AsyncRecvEnd, AsyncSendEnd, Asynchronous};
use crate::blocking::Ends;
use crate::contender::{Card, Payload};

/// The bounded channel of tokio.
#[derive(Debug)]
pub struct TokioMpsc;

impl<P: Payload> Asynchronous<P> for TokioMpsc {
    const CARD: Card = Card {
        name: "tokio mpsc",
        origin: "tokio",
        algorithm: "a list of blocks whose slots are claimed by one addition, behind a semaphore \
                    of as many permits as there is room; one consumer",
        order: "FIFO in the order of the claims",
        exactness: "Empty may be false while a push before the found item is unfinished",
        stopped_peer: "behind a slot that a stopped send has claimed, receives find nothing; \
                       stopped while it holds the mutex of the semaphore's list, it stops those \
                       who send at a full channel and the receiver that makes room",
        blocking: true,
        asynchronous: true,
        timeout: true,
        waiting: "tasks; senders in the semaphore's list behind a mutex, first come first served; \
                  the receiver in a single place without a lock",
    };
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        if receivers != 1 {
            return None;
        }
        let (sender, receiver) = mpsc::channel(capacity);
        Some((vec![sender; senders], vec![receiver]))
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
        Receiver::recv(self).await
    }
}
