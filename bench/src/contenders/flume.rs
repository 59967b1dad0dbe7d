//! `flume::bounded`, its try forms.
#![forbid(unsafe_code)]

use flume::{Receiver, Sender};

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
