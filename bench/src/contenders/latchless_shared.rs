//! `latchless::queue::Bounded`, shared through an `Arc` like any other queue.
#![forbid(unsafe_code)]

use std::{collections::VecDeque, sync::Arc};

use latchless::{error::TryPushError, queue::Bounded};

use crate::asynchronous::{AsyncRecvEnd, AsyncSendEnd, Asynchronous};
use crate::blocking::{Blocking, Close, Closing, Ends, RecvEnd, SendEnd};
use crate::contender::{Card, Contender, End, Payload, Role};

/// Our bounded queue by calls on a shared reference.
#[derive(Debug)]
pub struct LatchlessShared;

impl<P: Payload> Contender<P> for LatchlessShared {
    const CARD: Card = Card {
        name: "latchless (shared)",
        origin: "latchless",
        algorithm: "cell-swap ring: write into an own cell, swap it with the slot's by one CAS; \
                    through `&Queue`, where a thread's number finds its cells",
        order: "FIFO in the order of the swaps",
        exactness: "exact: Full and Empty are looked at twice, with a fence in between",
        stopped_peer: "the others go on; it keeps its spare cells and the one value it was \
                       moving. Threads beyond the 64th share 8 places: when 8 of those are \
                       stopped inside calls, the next of them waits",
        blocking: true,
        asynchronous: true,
        timeout: true,
        waiting: "some microseconds of tries, then sleeps; threads and tasks on one \
                  lock-free list, one woken for each item; a notifier stopped before its \
                  wake is made up for by the next success of anybody",
    };

    type End = Arc<Bounded<P>>;

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(Bounded::try_new(capacity).ok()?);
        Some(vec![queue; roles.len()])
    }
}

impl<P: Payload> End<P> for Arc<Bounded<P>> {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        Bounded::try_push(self, payload).map_err(TryPushError::into_inner)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        Bounded::try_pop(self).ok()
    }

    fn try_push_many(&mut self, from: &mut VecDeque<P>) -> usize {
        Bounded::try_push_many(self, from)
    }

    fn try_pop_many(&mut self, to: &mut Vec<P>, max: usize) -> usize {
        Bounded::try_pop_many(self, to, max)
    }
}

impl<P: Payload> Blocking<P> for LatchlessShared {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Closing<Arc<Bounded<P>>>;
    type Receiver = Self::Sender;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        let queue = Arc::new(Bounded::try_new(capacity).ok()?);
        Closing::both(senders, receivers, || Some(Arc::clone(&queue)))
    }
}

impl<P: Payload> Asynchronous<P> for LatchlessShared {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Closing<Arc<Bounded<P>>>;
    type Receiver = Self::Sender;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        <Self as Blocking<P>>::ends(capacity, senders, receivers)
    }
}

impl<P: Payload> Close for Arc<Bounded<P>> {
    fn close(&self) {
        Bounded::close(self);
    }
}

impl<P: Payload> SendEnd<P> for Closing<Arc<Bounded<P>>> {
    #[inline]
    fn send(&mut self, payload: P) -> bool {
        self.end.push(payload).is_ok()
    }
}

impl<P: Payload> RecvEnd<P> for Closing<Arc<Bounded<P>>> {
    #[inline]
    fn recv(&mut self) -> Option<P> {
        self.end.pop().ok()
    }
}

impl<P: Payload> AsyncSendEnd<P> for Closing<Arc<Bounded<P>>> {
    #[inline]
    async fn send(&mut self, payload: P) -> bool {
        self.end.push_async(payload).await.is_ok()
    }
}

impl<P: Payload> AsyncRecvEnd<P> for Closing<Arc<Bounded<P>>> {
    #[inline]
    async fn recv(&mut self) -> Option<P> {
        self.end.pop_async().await.ok()
    }
}
