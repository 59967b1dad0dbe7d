//! `latchless::queue::Bounded`, each thread through a handle of its own.
#![forbid(unsafe_code)]

use std::{collections::VecDeque, sync::Arc};

use latchless::{
    error::TryPushError,
    queue::{Bounded, OwnedHandle},
};

use crate::contender::{Card, Contender, End, Payload, Role};

/// Our bounded queue by its fastest path.
#[derive(Debug)]
pub struct LatchlessHandle;

impl<P: Payload> Contender<P> for LatchlessHandle {
    const CARD: Card = Card {
        name: "latchless (handle)",
        origin: "latchless",
        algorithm: "cell-swap ring: write into an own cell, swap it with the slot's by one CAS; \
                    through a handle for each thread",
        order: "FIFO in the order of the swaps",
        exactness: "exact: Full and Empty are looked at twice, with a fence in between",
        stopped_peer: "the others go on; it keeps its spare cells and the one value it was moving",
        blocking: false,
        asynchronous: false,
        timeout: false,
    };

    type End = OwnedHandle<P>;

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(Bounded::try_new(capacity).ok()?);
        roles
            .iter()
            .map(|_| Bounded::owned_handle(&queue).ok())
            .collect()
    }
}

impl<P: Payload> End<P> for OwnedHandle<P> {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        OwnedHandle::try_push(self, payload).map_err(TryPushError::into_inner)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        OwnedHandle::try_pop(self).ok()
    }

    fn try_push_many(&mut self, from: &mut VecDeque<P>) -> usize {
        OwnedHandle::try_push_many(self, from)
    }

    fn try_pop_many(&mut self, to: &mut Vec<P>, max: usize) -> usize {
        OwnedHandle::try_pop_many(self, to, max)
    }
}
