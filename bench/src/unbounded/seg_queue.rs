//! `crossbeam_queue::SegQueue`, shared through an `Arc`.
#![forbid(unsafe_code)]

use std::sync::Arc;

use crate::contender::{Card, Contender, End, Payload, Role};

/// The unbounded queue of crossbeam-queue.
#[derive(Debug)]
pub struct SegQueue;

impl<P: Payload> Contender<P> for SegQueue {
    const CARD: Card = Card {
        name: "SegQueue",
        origin: "crossbeam-queue",
        algorithm: "linked blocks of 31 slots, claimed by CAS on an index; each block is allocated and freed once",
        order: "FIFO in the order of the claims",
        exactness: "exact: a look that could be stale is repeated",
        stopped_peer: "the claimed slot stops the others: a pop loops inside the call at a slot that a stopped push has \
                       claimed; and who has claimed a block's last slot stops all pushes until it has linked the next",
        blocking: false,
        asynchronous: false,
        timeout: false,
        waiting: "",
    };

    type End = Arc<crossbeam_queue::SegQueue<P>>;

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(crossbeam_queue::SegQueue::new());
        Some(vec![queue; roles.len()])
    }
}

impl<P: Payload> End<P> for Arc<crossbeam_queue::SegQueue<P>> {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        self.push(payload);
        Ok(())
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.pop()
    }
}
