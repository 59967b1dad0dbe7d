//! `async_channel::bounded`, its try forms.
#![forbid(unsafe_code)]

use async_channel::{Receiver, Sender, TrySendError};

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
