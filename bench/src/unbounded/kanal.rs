//! `kanal::unbounded`.
#![forbid(unsafe_code)]

use kanal::{Receiver, Sender};

use crate::blocking::{Blocking, Ends, cloned};
use crate::contender::{Card, Contender, Payload, Role};

/// The unbounded channel of kanal.
#[derive(Debug)]
pub struct UnboundedKanal;

impl<P: Payload> Contender<P> for UnboundedKanal {
    const CARD: Card = Card {
        name: "kanal",
        origin: "kanal",
        algorithm: "a VecDeque that grows and one list of waiters behind a spin lock of its own that yields and sleeps",
        order: "FIFO in the order in which the lock is taken",
        exactness: "exact: decided under the lock",
        stopped_peer: "stopped while it holds the lock, it stops everybody, the try forms too",
        blocking: true,
        asynchronous: true,
        timeout: true,
        waiting: "gives its core away up to 256 times, then sleeps; threads and tasks in a list behind the channel's lock, items are handed to waiters directly",
    };

    type End = (Sender<P>, Receiver<P>);

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        Some(vec![kanal::unbounded(); roles.len()])
    }
}

impl<P: Payload> Blocking<P> for UnboundedKanal {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        _: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(kanal::unbounded(), senders, receivers))
    }
}
