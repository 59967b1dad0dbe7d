//! `crossbeam_channel::bounded`, its try forms.
#![forbid(unsafe_code)]

use crossbeam_channel::{Receiver, Sender, TrySendError};

use crate::blocking::{Blocking, Ends, RecvEnd, SendEnd, cloned};
use crate::contender::{Card, Contender, End, Payload, Role};

/// The bounded channel of crossbeam-channel.
#[derive(Debug)]
pub struct CrossbeamChannel;

impl<P: Payload> Contender<P> for CrossbeamChannel {
    const CARD: Card = Card {
        name: "crossbeam-channel",
        origin: "crossbeam-channel",
        algorithm: "ring of stamped slots after Vyukov, a list of waiters behind a mutex for each \
                    side",
        order: "FIFO in the order of the claims",
        exactness: "exact: a look that could be stale is repeated",
        stopped_peer: "the claimed slot stops the others: receivers loop inside the call when \
                       they reach a slot that a stopped send has claimed, senders one lap later; \
                       the same the other way round for a stopped receive",
        blocking: true,
        asynchronous: false,
        timeout: true,
        waiting: "some microseconds of spins and yields, then sleeps; a list of waiters behind \
                  a mutex for each side",
    };

    type End = (Sender<P>, Receiver<P>);

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        Some(vec![crossbeam_channel::bounded(capacity); roles.len()])
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

impl<P: Payload> Blocking<P> for CrossbeamChannel {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(
            crossbeam_channel::bounded(capacity),
            senders,
            receivers,
        ))
    }
}

impl<P: Payload> SendEnd<P> for Sender<P> {
    #[inline]
    fn send(&mut self, payload: P) -> bool {
        Sender::send(self, payload).is_ok()
    }
}

impl<P: Payload> RecvEnd<P> for Receiver<P> {
    #[inline]
    fn recv(&mut self) -> Option<P> {
        Receiver::recv(self).ok()
    }
}
