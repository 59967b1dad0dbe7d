//! Our own calls that never wait, where nobody has to: what the calls that may wait are held
//! against on their fast path.
#![forbid(unsafe_code)]

use std::sync::Arc;

use latchless::queue::{Bounded, OwnedHandle};

use super::LatchlessHandle;
use crate::blocking::{Blocking, Ends, RecvEnd, SendEnd};
use crate::contender::{Card, Contender, Payload};

/// Our bounded queue through handles, by `try_push` and `try_pop`.
#[derive(Debug)]
pub struct LatchlessTry;

/// A handle by its calls that never wait: a full or an empty queue counts as closed.
#[derive(Debug)]
pub struct TryEnd<P: Payload>(OwnedHandle<P>);

impl<P: Payload> Blocking<P> for LatchlessTry {
    const CARD: Card = Card {
        name: "latchless (try)",
        blocking: false,
        asynchronous: false,
        timeout: false,
        waiting: "",
        ..<LatchlessHandle as Contender<P>>::CARD
    };
    type Sender = TryEnd<P>;
    type Receiver = TryEnd<P>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        let queue = Arc::new(Bounded::try_new(capacity).ok()?);
        let side = |count| {
            let end = |_| Some(TryEnd(Bounded::owned_handle(&queue).ok()?));
            (0..count).map(end).collect::<Option<Vec<_>>>()
        };
        Some((side(senders)?, side(receivers)?))
    }
}

impl<P: Payload> SendEnd<P> for TryEnd<P> {
    #[inline]
    fn send(&mut self, payload: P) -> bool {
        self.0.try_push(payload).is_ok()
    }
}

impl<P: Payload> RecvEnd<P> for TryEnd<P> {
    #[inline]
    fn recv(&mut self) -> Option<P> {
        self.0.try_pop().ok()
    }
}
