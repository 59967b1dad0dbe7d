//! `crossbeam_queue::ArrayQueue`, shared through an `Arc`.
#![forbid(unsafe_code)]

use std::sync::Arc;

use crate::contender::{Card, Contender, End, Payload, Role};

/// The bounded queue of crossbeam-queue.
#[derive(Debug)]
pub struct ArrayQueue;

impl<P: Payload> Contender<P> for ArrayQueue {
    const CARD: Card = Card {
        name: "ArrayQueue",
        origin: "crossbeam-queue",
        algorithm: "ring of stamped slots after Vyukov: claim a slot by CAS, write, publish its stamp",
        order: "FIFO in the order of the claims",
        exactness: "exact: a look that could be stale is repeated",
        stopped_peer: "the claimed slot stops the others: pops loop inside the call when they \
                       reach a slot that a stopped push has claimed, pushes one lap later; the \
                       same the other way round for a stopped pop",
        blocking: false,
        asynchronous: false,
        timeout: false,
        waiting: "",
    };

    type End = Arc<crossbeam_queue::ArrayQueue<P>>;

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(crossbeam_queue::ArrayQueue::new(capacity));
        Some(vec![queue; roles.len()])
    }
}

impl<P: Payload> End<P> for Arc<crossbeam_queue::ArrayQueue<P>> {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        self.push(payload)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.pop()
    }
}
