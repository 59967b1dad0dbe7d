//! `latchless::queue::Unbounded`, each thread through a handle of its own, or shared through an `Arc`.
#![forbid(unsafe_code)]

use std::sync::Arc;

use latchless::channel::{self, Receiver, Sender};
use latchless::error::PushError;
use latchless::queue::Unbounded;
use latchless::queue::unbounded::OwnedHandle;

use crate::blocking::{Blocking, Close, Closing, Ends, RecvEnd, SendEnd, cloned};
use crate::contender::{Card, Contender, End, Payload, Role};

/// Our unbounded queue by its fastest path.
#[derive(Debug)]
pub struct UnboundedHandle;

/// Our unbounded queue by calls on a shared reference.
#[derive(Debug)]
pub struct UnboundedShared;

const CARD: Card = Card {
    name: "latchless (handle)",
    origin: "latchless",
    algorithm: "tickets by fetch-and-add into linked segments, which are used again; a pop is one CAS; through a handle for \
                each thread",
    order: "FIFO in the order of the tickets",
    exactness: "Empty exact",
    stopped_peer: "the others go on; it keeps the one value it was moving and two segments",
    blocking: true,
    asynchronous: true,
    timeout: true,
    waiting: "some microseconds of tries, then sleeps; threads and tasks on one lock-free list, one woken for each item; a \
              notifier stopped before its wake is made up for by the next success of anybody",
};

impl<P: Payload> Contender<P> for UnboundedHandle {
    const CARD: Card = CARD;
    type End = OwnedHandle<P>;

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(Unbounded::new());
        let handle = |_| Unbounded::owned_handle(&queue);
        Some(roles.iter().map(handle).collect())
    }
}

impl<P: Payload> End<P> for OwnedHandle<P> {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        self.push(payload).map_err(PushError::into_inner)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        OwnedHandle::try_pop(self).ok()
    }
}

impl<P: Payload> Contender<P> for UnboundedShared {
    const CARD: Card = Card {
        name: "latchless (shared)",
        algorithm: "tickets by fetch-and-add into linked segments, which are used again; a pop is one CAS; through \
                    `&Queue`, where each call finds a place first",
        ..CARD
    };
    type End = Arc<Unbounded<P>>;

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(Unbounded::new());
        Some(vec![queue; roles.len()])
    }
}

impl<P: Payload> End<P> for Arc<Unbounded<P>> {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        self.push(payload).map_err(PushError::into_inner)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        Unbounded::try_pop(self).ok()
    }
}

impl<P: Payload> Blocking<P> for UnboundedHandle {
    const CARD: Card = CARD;
    type Sender = Closing<OwnedHandle<P>>;
    type Receiver = Self::Sender;

    fn ends(
        _: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        let queue = Arc::new(Unbounded::new());
        Closing::both(senders, receivers, || Some(Unbounded::owned_handle(&queue)))
    }
}

/// Our unbounded channel.
#[derive(Debug)]
pub struct UnboundedChannel;

impl<P: Payload> Blocking<P> for UnboundedChannel {
    const CARD: Card = Card {
        name: "latchless (channel)",
        algorithm: "the unbounded queue by calls on a shared reference; its ends are counted",
        ..CARD
    };
    type Sender = Sender<P>;
    type Receiver = Receiver<P>;

    fn ends(
        _: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(cloned(channel::unbounded(), senders, receivers))
    }
}

impl<P: Payload> Close for OwnedHandle<P> {
    fn close(&self) {
        Unbounded::close(self);
    }
}

impl<P: Payload> SendEnd<P> for Closing<OwnedHandle<P>> {
    #[inline]
    fn send(&mut self, payload: P) -> bool {
        self.end.push(payload).is_ok()
    }
}

impl<P: Payload> RecvEnd<P> for Closing<OwnedHandle<P>> {
    #[inline]
    fn recv(&mut self) -> Option<P> {
        self.end.pop().ok()
    }
}
