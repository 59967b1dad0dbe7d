//! `flume::unbounded`.
#![forbid(unsafe_code)]

use flume::{Receiver, Sender};

use crate::blocking::{Blocking, Ends, cloned};
use crate::contender::{Card, Contender, Payload, Role};

/// The unbounded channel of flume.
#[derive(Debug)]
pub struct UnboundedFlume;

impl<P: Payload> Contender<P> for UnboundedFlume {
    const CARD: Card = Card {
        name: "flume",
        origin: "flume",
        algorithm: "a VecDeque that grows, and the waiters, behind one std mutex",
        order: "FIFO in the order in which the mutex is taken",
        exactness: "exact: decided under the mutex",
        stopped_peer: "stopped while it holds the mutex, it stops everybody, the try forms too",
        blocking: true,
        asynchronous: true,
        timeout: true,
        waiting: "sleeps at once; threads and tasks in lists behind the channel's one mutex",
    };

    type End = (Sender<P>, Receiver<P>);

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        Some(vec![flume::unbounded(); roles.len()])
    }
}

impl<P: Payload> Blocking<P> for UnboundedFlume {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        _: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(flume::unbounded(), senders, receivers))
    }
}
