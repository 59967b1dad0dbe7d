//! `latchless::queue::Bounded`, shared through an `Arc` like any other queue.
#![forbid(unsafe_code)]

use std::{collections::VecDeque, sync::Arc};

use latchless::{error::TryPushError, queue::Bounded};

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
        blocking: false,
        asynchronous: false,
        timeout: false,
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
