//! `heapless::mpmc::Queue`, whose capacity is part of its type.
//!
//! An end holds the crate's own view of the queue, which forgets the capacity: the price is a
//! mask computed from a length in a register instead of a constant, where an enum of capacities
//! would branch at every call.
#![forbid(unsafe_code)]

use std::{sync::Arc, thread};

use heapless::mpmc::{Queue, QueueView};

use crate::contender::{Card, Contender, End, Payload, Role};

/// The queue for many producers and many consumers of heapless, with its `mpmc_large` feature.
#[derive(Debug)]
pub struct Heapless;

impl<P: Payload> Contender<P> for Heapless {
    const CARD: Card = Card {
        name: "heapless mpmc",
        origin: "heapless",
        algorithm: "Vyukov's ring, head and tail on one cache line; powers of two fixed at \
                    compile time",
        order: "FIFO in the order of the claims",
        exactness: "Empty may be false while a push before the found item is unfinished, Full \
                    while a pop is",
        stopped_peer: "behind a slot that a stopped push has claimed, pops say Empty whatever was \
                       pushed later; a stopped pop makes pushes say Full a lap later",
        blocking: false,
        asynchronous: false,
        timeout: false,
        waiting: "",
    };

    type End = Arc<QueueView<P>>;

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = match capacity {
            64 => on_the_heap::<P, 64>(),
            1024 => on_the_heap::<P, 1024>(),
            65536 => on_the_heap::<P, 65536>(),
            _ => return None,
        };
        Some(vec![queue; roles.len()])
    }
}

/// A queue built on a thread of its own: `Queue::new` returns the whole array by value and an
/// unoptimized build copies it a few times, which is more than an ordinary stack holds.
fn on_the_heap<P: Payload, const N: usize>() -> Arc<QueueView<P>> {
    const ROOM_FOR_COPIES: usize = 16;
    let stack = (1 << 20) + ROOM_FOR_COPIES * size_of::<Queue<P, N>>();
    thread::Builder::new()
        .stack_size(stack)
        .spawn(|| {
            // Deprecated because a stopped thread stops the others, which is what the card says.
            #[expect(deprecated)]
            let queue = Arc::new(Queue::<P, N>::new());
            queue as Arc<QueueView<P>>
        })
        .and_then(|builder| {
            builder
                .join()
                .map_err(|_| std::io::Error::other("the builder panicked"))
        })
        .unwrap_or_else(|error| panic!("no heapless queue of {N} items: {error}"))
}

impl<P: Payload> End<P> for Arc<QueueView<P>> {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        self.enqueue(payload)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.dequeue()
    }
}
