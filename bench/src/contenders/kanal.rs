//! `kanal::bounded`, its try forms.
#![forbid(unsafe_code)]

use kanal::{Receiver, Sender};

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
