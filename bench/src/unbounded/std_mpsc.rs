//! `std::sync::mpsc::channel`.
#![forbid(unsafe_code)]

use std::sync::mpsc::{self, Receiver, Sender};

use crate::blocking::{Blocking, Ends, SendEnd};
use crate::contender::{Card, Contender, End, Payload, Role};

/// The unbounded channel of the standard library, for one consumer.
#[derive(Debug)]
pub struct UnboundedStdMpsc;

impl<P: Payload> Contender<P> for UnboundedStdMpsc {
    const CARD: Card = Card {
        name: "std mpsc",
        origin: "std",
        algorithm: "linked blocks of 31 slots (crossbeam-channel's, taken over); one consumer",
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
        let pops = |role: &Role| *role != Role::Produce;
        if roles.iter().filter(|role| pops(role)).count() > 1 {
            return None;
        }
        let consumer = roles.iter().position(pops).unwrap_or(0);
        let (sender, receiver) = mpsc::channel();
        // A producer gets the receiver of a dead channel, so that no end has to ask at every pop whether it has one.
        let end = |_| (sender.clone(), mpsc::channel().1);
        let mut ends: Vec<_> = roles.iter().map(end).collect();
        if let Some(end) = ends.get_mut(consumer) {
            end.1 = receiver;
        }
        Some(ends)
    }
}

impl<P: Payload> End<P> for (Sender<P>, Receiver<P>) {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        self.0.send(payload).map_err(|refused| refused.0)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.1.try_recv().ok()
    }
}

impl<P: Payload> Blocking<P> for UnboundedStdMpsc {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        _: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        if receivers != 1 {
            return None;
        }
        let (sender, receiver) = mpsc::channel();
        Some((vec![sender; senders], vec![receiver]))
    }
}

impl<P: Payload> SendEnd<P> for Sender<P> {
    #[inline]
    fn send(&mut self, payload: P) -> bool {
        Sender::send(self, payload).is_ok()
    }
}
