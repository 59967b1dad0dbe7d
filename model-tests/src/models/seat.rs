//! How a model's threads come to a queue: through handles, through `&Queue`, or on the bare ring.
#![forbid(unsafe_code)]

use std::collections::VecDeque;

use latchless::error::{PushError, TryPopError, TryPushError};
use latchless::queue::{Bounded, OwnedHandle, Unbounded, unbounded};
use latchless::raw::cell_ring::CellRing;
use latchless::raw::moves::{NotPopped, NotPushed};
use latchless::raw::participants::{Census, Participant};
use latchless::raw::storage::{Heap, Plan};
use latchless::raw::word::Layout;

use crate::spec::fifo::{Answer, Call};

/// How the threads of a script call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// Through a handle each, made when the main thread has done its part: they know all of it.
    Handles,
    /// Through `&Queue`, this many of the threads by their numbers and the rest through the pool.
    Shared {
        /// Numbered places.
        threads: usize,
    },
    /// As participants of the bare ring.
    Ring {
        /// Made before the main thread does its part, of which they know nothing.
        idle: bool,
        /// The lap at which the ring begins.
        lap: u64,
    },
    /// Through handles of an unbounded queue.
    List {
        /// Slots of its first segment.
        first: usize,
        /// Slots of its largest segments.
        most: usize,
        /// Made before the main thread does its part.
        idle: bool,
    },
    /// Through `&Queue` of an unbounded queue, with segments of so many slots.
    SharedList {
        /// Slots of its segments.
        slots: usize,
    },
}

/// The bare ring at its start.
pub const RING: Seat = Seat::Ring {
    idle: false,
    lap: 0,
};

/// The bare ring with participants that have slept since its start.
pub const IDLE: Seat = Seat::Ring { idle: true, lap: 0 };

/// An unbounded queue with segments of so many slots.
pub const fn list(slots: usize) -> Seat {
    Seat::List {
        first: slots,
        most: slots,
        idle: false,
    }
}

/// As [`list`], with handles that have slept since the start.
pub const fn idle_list(slots: usize) -> Seat {
    Seat::List {
        first: slots,
        most: slots,
        idle: true,
    }
}

/// One caller.
pub trait Peer: Sized + 'static {
    /// Makes a call.
    fn call(&mut self, call: Call) -> Answer;
    /// `try_push_many`.
    fn push_many(&mut self, values: &mut VecDeque<u64>) -> usize;
    /// `try_pop_many`.
    fn pop_many(&mut self, values: &mut Vec<u64>, max: usize) -> usize;
    /// `close_now`.
    fn close_now(&mut self) -> Vec<u64>;
}

/// What a push answered.
pub fn pushed(result: Result<(), TryPushError<u64>>) -> Answer {
    match result {
        Ok(()) => Answer::Pushed,
        Err(TryPushError::Full(_)) => Answer::Full,
        Err(TryPushError::Closed(_)) => Answer::Closed,
    }
}

/// What a pop answered.
pub fn popped(result: Result<u64, TryPopError>) -> Answer {
    match result {
        Ok(value) => Answer::Popped(value),
        Err(TryPopError::Empty) => Answer::Empty,
        Err(TryPopError::Closed) => Answer::Closed,
    }
}

fn forced<E>(result: Result<Option<u64>, E>) -> Answer {
    match result {
        Ok(None) => Answer::Pushed,
        Ok(Some(oldest)) => Answer::Displaced(oldest),
        Err(_) => Answer::Closed,
    }
}

fn shared(queue: &Bounded<u64>, call: Call) -> Answer {
    match call {
        Call::TryPush(value) => pushed(queue.try_push(value)),
        Call::ForcePush(value) => forced(queue.force_push(value)),
        Call::TryPop => popped(queue.try_pop()),
        Call::Len => Answer::Len(queue.len()),
        Call::IsEmpty => Answer::Is(queue.is_empty()),
        Call::IsFull => Answer::Is(queue.is_full()),
        Call::IsClosed => Answer::Is(queue.is_closed()),
        Call::Close => Answer::Is(queue.close()),
    }
}

/// A caller through `&Queue`. The count is one of `std`, unseen by loom: who holds it gives it back to the main
/// thread, which drops the queue.
impl Peer for std::sync::Arc<Bounded<u64>> {
    fn call(&mut self, call: Call) -> Answer {
        shared(self, call)
    }
    fn push_many(&mut self, values: &mut VecDeque<u64>) -> usize {
        self.try_push_many(values)
    }
    fn pop_many(&mut self, values: &mut Vec<u64>, max: usize) -> usize {
        self.try_pop_many(values, max)
    }
    fn close_now(&mut self) -> Vec<u64> {
        Bounded::close_now(self)
    }
}

impl Peer for OwnedHandle<u64> {
    fn call(&mut self, call: Call) -> Answer {
        match call {
            Call::TryPush(value) => pushed(self.try_push(value)),
            Call::ForcePush(value) => forced(self.force_push(value)),
            Call::TryPop => popped(self.try_pop()),
            other => shared(self, other),
        }
    }
    fn push_many(&mut self, values: &mut VecDeque<u64>) -> usize {
        self.try_push_many(values)
    }
    fn pop_many(&mut self, values: &mut Vec<u64>, max: usize) -> usize {
        self.try_pop_many(values, max)
    }
    fn close_now(&mut self) -> Vec<u64> {
        Bounded::close_now(self)
    }
}

/// The ring of the models of the algorithm.
pub type Ring = CellRing<u64, Heap<u64>>;

/// A participant of the bare ring.
#[derive(Debug)]
pub struct OnRing {
    ring: std::sync::Arc<Ring>,
    own: Participant,
}

impl OnRing {
    /// One more participant.
    pub fn new(ring: &std::sync::Arc<Ring>) -> Self {
        let (_, own) = ring.check_out().expect("planned for all");
        OnRing {
            ring: ring.clone(),
            own,
        }
    }
}

/// A ring for `callers`, with two bits of stamp more than the fewest that there can be.
pub fn ring(capacity: usize, callers: usize, lap: u64) -> std::sync::Arc<Ring> {
    let plan = Plan {
        layout: Layout::with_cell_bits(capacity, 56),
        census: Census {
            threads: 0,
            pool: 0,
            handles: callers,
        },
        spares: 1,
    };
    let storage = Heap::new(&plan).expect("a few words");
    std::sync::Arc::new(Ring::starting_at(plan, storage, lap))
}

impl Peer for OnRing {
    fn call(&mut self, call: Call) -> Answer {
        let (ring, own) = (&self.ring, &mut self.own);
        match call {
            Call::TryPush(value) => match ring.try_push(own, value) {
                Ok(()) => Answer::Pushed,
                Err((NotPushed::Full, _)) => Answer::Full,
                Err((NotPushed::Closed, _)) => Answer::Closed,
            },
            Call::ForcePush(value) => forced(ring.force_push(own, value)),
            Call::TryPop => match ring.try_pop(own) {
                Ok(value) => Answer::Popped(value),
                Err(NotPopped::Empty) => Answer::Empty,
                Err(NotPopped::Closed) => Answer::Closed,
            },
            Call::Len => Answer::Len(ring.len(own)),
            Call::IsEmpty => Answer::Is(ring.is_empty(own)),
            Call::IsFull => Answer::Is(ring.is_full(own)),
            Call::IsClosed => Answer::Is(ring.is_closed(own)),
            Call::Close => Answer::Is(ring.close(own)),
        }
    }
    fn push_many(&mut self, values: &mut VecDeque<u64>) -> usize {
        self.ring.try_push_many(&mut self.own, values).count
    }
    fn pop_many(&mut self, values: &mut Vec<u64>, max: usize) -> usize {
        values.reserve(max);
        let had = values.len();
        let room = values.capacity() - had;
        debug_assert!(max <= room);
        self.ring.try_pop_many(&mut self.own, values, max).count
    }
    fn close_now(&mut self) -> Vec<u64> {
        self.ring.close(&mut self.own);
        let mut rest = Vec::with_capacity(self.ring.capacity());
        self.ring.try_pop_many(&mut self.own, &mut rest, usize::MAX);
        rest
    }
}

fn entered(result: Result<(), PushError<u64>>) -> Answer {
    match result {
        Ok(()) => Answer::Pushed,
        Err(_) => Answer::Closed,
    }
}

fn shared_list(queue: &Unbounded<u64>, call: Call) -> Answer {
    match call {
        Call::TryPush(value) => entered(queue.push(value)),
        Call::TryPop => popped(queue.try_pop()),
        Call::Len => Answer::Len(queue.len()),
        Call::IsEmpty => Answer::Is(queue.is_empty()),
        Call::IsClosed => Answer::Is(queue.is_closed()),
        Call::Close => Answer::Is(queue.close()),
        Call::ForcePush(_) | Call::IsFull => unreachable!("an unbounded queue is never full"),
    }
}

impl Peer for std::sync::Arc<Unbounded<u64>> {
    fn call(&mut self, call: Call) -> Answer {
        shared_list(self, call)
    }
    fn push_many(&mut self, values: &mut VecDeque<u64>) -> usize {
        Unbounded::push_many(self, values)
    }
    fn pop_many(&mut self, values: &mut Vec<u64>, max: usize) -> usize {
        self.try_pop_many(values, max)
    }
    fn close_now(&mut self) -> Vec<u64> {
        Unbounded::close_now(self)
    }
}

impl Peer for unbounded::OwnedHandle<u64> {
    fn call(&mut self, call: Call) -> Answer {
        match call {
            Call::TryPush(value) => entered(self.push(value)),
            Call::TryPop => popped(self.try_pop()),
            Call::Len => Answer::Len(self.len()),
            Call::IsEmpty => Answer::Is(self.is_empty()),
            Call::IsClosed => Answer::Is(self.is_closed()),
            Call::Close => Answer::Is(self.close()),
            other => shared_list(self, other),
        }
    }
    fn push_many(&mut self, values: &mut VecDeque<u64>) -> usize {
        unbounded::HandleTo::push_many(self, values)
    }
    fn pop_many(&mut self, values: &mut Vec<u64>, max: usize) -> usize {
        self.try_pop_many(values, max)
    }
    fn close_now(&mut self) -> Vec<u64> {
        unbounded::HandleTo::close_now(self)
    }
}
