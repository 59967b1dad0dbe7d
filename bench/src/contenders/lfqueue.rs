//! `lfqueue::AllocBoundedQueue`: SCQ, the lock-free ring of Nikolaev's "A Scalable, Portable, and
//! Memory-Efficient Lock-Free FIFO Queue" (DISC 2019).
#![forbid(unsafe_code)]

use std::sync::Arc;

use lfqueue::AllocBoundedQueue;

use crate::contender::{Card, Contender, End, Payload, Role};

/// The bounded queue of lfqueue.
#[derive(Debug)]
pub struct LfQueue;

impl<P: Payload> Contender<P> for LfQueue {
    const CARD: Card = Card {
        name: "lfqueue SCQ",
        origin: "lfqueue",
        algorithm: "SCQ: one ring of free and one of used indices, fetch-and-add tickets, and a \
                    counter of items; powers of two",
        order: "FIFO in the order of the tickets",
        exactness: "Empty by SCQ's threshold argument; Full may be false while another push or \
                    pop is unfinished",
        stopped_peer: "the others go on; the slot that it holds stays out of use, so that Full \
                       comes one item earlier",
        blocking: false,
        asynchronous: false,
        timeout: false,
        waiting: "",
    };

    type End = Arc<AllocBoundedQueue<P>>;

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(AllocBoundedQueue::new(capacity.next_power_of_two()));
        Some(vec![queue; roles.len()])
    }
}

impl<P: Payload> End<P> for Arc<AllocBoundedQueue<P>> {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        self.enqueue(payload)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.dequeue()
    }
}
