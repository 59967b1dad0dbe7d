//! `concurrent_queue::ConcurrentQueue::unbounded`, shared through an `Arc`.
#![forbid(unsafe_code)]

use std::sync::Arc;

use concurrent_queue::ConcurrentQueue;

use crate::contender::{Card, Contender, Payload, Role};

/// The unbounded flavour of concurrent-queue.
#[derive(Debug)]
pub struct UnboundedConcurrentQueue;

impl<P: Payload> Contender<P> for UnboundedConcurrentQueue {
    const CARD: Card = Card {
        name: "ConcurrentQueue",
        origin: "concurrent-queue",
        algorithm: "linked blocks of 31 slots as in SegQueue, with a bit in the tail that closes it",
        order: "FIFO in the order of the claims",
        exactness: "exact: a look that could be stale is repeated",
        stopped_peer: "the claimed slot stops the others, as in SegQueue",
        blocking: false,
        asynchronous: false,
        timeout: false,
        waiting: "",
    };

    type End = Arc<ConcurrentQueue<P>>;

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(ConcurrentQueue::unbounded());
        Some(vec![queue; roles.len()])
    }
}
