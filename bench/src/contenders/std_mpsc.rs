//! `std::sync::mpsc::sync_channel`, its try forms.
#![forbid(unsafe_code)]

use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};

use crate::blocking::{Blocking, Ends, RecvEnd, SendEnd};
use crate::contender::{Card, Contender, End, Payload, Role};

/// The bounded channel of the standard library, for one consumer.
#[derive(Debug)]
pub struct StdMpsc;

impl<P: Payload> Contender<P> for StdMpsc {
    const CARD: Card = Card {
        name: "std mpsc",
        origin: "std",
        algorithm: "ring of stamped slots after Vyukov (crossbeam-channel's, taken over); one \
                    consumer",
        order: "FIFO in the order of the claims",
        exactness: "exact: a look that could be stale is repeated",
        stopped_peer: "the claimed slot stops the others: the receiver loops inside the call when \
                       it reaches a slot that a stopped send has claimed, senders one lap later; \
                       the same the other way round for a stopped receive",
        blocking: true,
        asynchronous: false,
        timeout: true,
        waiting: "some microseconds of spins and yields, then sleeps; a list of waiters behind \
                  a mutex for each side",
    };

    type End = (SyncSender<P>, Receiver<P>);

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let pops = |role: &Role| *role != Role::Produce;
        if roles.iter().filter(|role| pops(role)).count() > 1 {
            return None;
        }
        let consumer = roles.iter().position(pops).unwrap_or(0);
        let (sender, receiver) = mpsc::sync_channel(capacity);
        // A producer gets the receiver of a dead channel, so that no end has to ask at every pop
        // whether it has one.
        let mut ends: Vec<_> = roles
            .iter()
            .map(|_| (sender.clone(), mpsc::channel().1))
            .collect();
        if let Some(end) = ends.get_mut(consumer) {
            end.1 = receiver;
        }
        Some(ends)
    }
}

impl<P: Payload> End<P> for (SyncSender<P>, Receiver<P>) {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        self.0.try_send(payload).map_err(|refused| match refused {
            TrySendError::Full(payload) | TrySendError::Disconnected(payload) => payload,
        })
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.1.try_recv().ok()
    }
}

impl<P: Payload> Blocking<P> for StdMpsc {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = SyncSender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        if receivers != 1 {
            return None;
        }
        let (sender, receiver) = mpsc::sync_channel(capacity);
        Some((vec![sender; senders], vec![receiver]))
    }
}

impl<P: Payload> SendEnd<P> for SyncSender<P> {
    #[inline]
    fn send(&mut self, payload: P) -> bool {
        SyncSender::send(self, payload).is_ok()
    }
}

impl<P: Payload> RecvEnd<P> for Receiver<P> {
    #[inline]
    fn recv(&mut self) -> Option<P> {
        Receiver::recv(self).ok()
    }
}
