//! `crossbeam_channel::unbounded`.
#![forbid(unsafe_code)]

use crossbeam_channel::{Receiver, Sender};

use crate::blocking::{Blocking, Ends, cloned};
use crate::contender::{Card, Contender, Payload, Role};

/// The unbounded channel of crossbeam-channel.
#[derive(Debug)]
pub struct UnboundedCrossbeamChannel;

impl<P: Payload> Contender<P> for UnboundedCrossbeamChannel {
    const CARD: Card = Card {
        name: "crossbeam-channel",
        origin: "crossbeam-channel",
        algorithm: "linked blocks of 31 slots as in SegQueue, a list of waiters behind a mutex",
        order: "FIFO in the order of the claims",
        exactness: "exact: a look that could be stale is repeated",
        stopped_peer: "the claimed slot stops the others, as in SegQueue",
        blocking: true,
        asynchronous: false,
        timeout: true,
        waiting: "some microseconds of spins and yields, then sleeps; a list of waiters behind a mutex",
    };

    type End = (Sender<P>, Receiver<P>);

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        Some(vec![crossbeam_channel::unbounded(); roles.len()])
    }
}

impl<P: Payload> Blocking<P> for UnboundedCrossbeamChannel {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        _: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(crossbeam_channel::unbounded(), senders, receivers))
    }
}
