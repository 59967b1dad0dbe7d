//! `async_channel::unbounded`.
#![forbid(unsafe_code)]

use async_channel::{Receiver, Sender};

use crate::blocking::{Blocking, Ends, cloned};
use crate::contender::{Card, Contender, Payload, Role};

/// The unbounded channel of async-channel.
#[derive(Debug)]
pub struct UnboundedAsyncChannel;

impl<P: Payload> Contender<P> for UnboundedAsyncChannel {
    const CARD: Card = Card {
        name: "async-channel",
        origin: "async-channel",
        algorithm: "concurrent-queue's linked blocks; each success then looks into event-listener's list of waiters",
        order: "FIFO in the order of the claims",
        exactness: "exact: a look that could be stale is repeated",
        stopped_peer: "the claimed slot stops the others as in SegQueue; and stopped while it holds the mutex of the list of waiters, it stops all who wait or wake",
        blocking: true,
        asynchronous: true,
        timeout: false,
        waiting: "sleeps at once; threads and tasks in event-listener's list, behind a mutex",
    };

    type End = (Sender<P>, Receiver<P>);

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        Some(vec![async_channel::unbounded(); roles.len()])
    }
}

impl<P: Payload> Blocking<P> for UnboundedAsyncChannel {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        _: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(async_channel::unbounded(), senders, receivers))
    }
}
