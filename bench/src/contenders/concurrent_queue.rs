//! `concurrent_queue::ConcurrentQueue::bounded`, shared through an `Arc`.
#![forbid(unsafe_code)]

use std::sync::Arc;

use concurrent_queue::PushError;

use crate::contender::{Card, Contender, End, Payload, Role};

/// The bounded flavour of concurrent-queue.
#[derive(Debug)]
pub struct ConcurrentQueue;

impl<P: Payload> Contender<P> for ConcurrentQueue {
    const CARD: Card = Card {
        name: "ConcurrentQueue",
        origin: "concurrent-queue",
        algorithm: "ring of stamped slots after Vyukov, with a bit in the tail that closes it",
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

    type End = Arc<concurrent_queue::ConcurrentQueue<P>>;

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(concurrent_queue::ConcurrentQueue::bounded(capacity));
        Some(vec![queue; roles.len()])
    }
}

impl<P: Payload> End<P> for Arc<concurrent_queue::ConcurrentQueue<P>> {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        self.push(payload).map_err(PushError::into_inner)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.pop().ok()
    }
}
