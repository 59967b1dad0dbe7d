//! The queue of Michael and Scott, as the textbooks have it: a linked list with a node for each value.
//!
//! **What** An unbounded queue for many pushers and poppers, lock-free, whose nodes are given back through crossbeam-epoch.
//!
//! **Picture**
//! ```text
//!  head ──► [dummy] ──► [value] ──► [value] ──► null
//!                                      ▲
//!  tail ───────────────────────────────┘   the last node, or for a moment one before it
//! ```
//!
//! **Invariants**
//! - M1 `next` of a node is written once, from null, by the CAS that pushes.
//! - M2 The node that `head` points to holds no value any more (it is the dummy); whoever moves `head` past it by CAS takes
//!   the value of the node that becomes the dummy, and is the only one to.
//! - M3 `tail` is never behind `head`: a pop that would overtake it moves it first.
//!
//! **Progress** Lock-free: whoever finds `tail` behind moves it. But a thread that is stopped while it is pinned keeps
//! everything in memory that is popped meanwhile.
//!
//! **Source** M. Michael and M. Scott, "Simple, fast, and practical non-blocking and blocking concurrent queue algorithms",
//! PODC 1996.

use std::{
    fmt,
    mem::MaybeUninit,
    sync::{
        Arc,
        atomic::Ordering::{Acquire, Relaxed, Release},
    },
};

use crossbeam_epoch::{self as epoch, Atomic, Guard, Owned, Shared};
use crossbeam_utils::CachePadded;

use crate::contender::{Card, Contender, End, Payload, Role};

struct Node<T> {
    value: MaybeUninit<T>,
    next: Atomic<Node<T>>,
}

/// An unbounded linked queue of values that need no destructor.
pub struct LinkedQueue<T> {
    head: CachePadded<Atomic<Node<T>>>,
    tail: CachePadded<Atomic<Node<T>>>,
}

impl<T> fmt::Debug for LinkedQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkedQueue").finish_non_exhaustive()
    }
}

impl<T: Copy + Send> LinkedQueue<T> {
    /// An empty queue.
    pub fn new() -> Self {
        let dummy = Owned::new(Node {
            value: MaybeUninit::uninit(),
            next: Atomic::null(),
        });
        // SAFETY: the queue is not shared yet.
        let dummy = dummy.into_shared(unsafe { epoch::unprotected() });
        Self {
            head: CachePadded::new(dummy.into()),
            tail: CachePadded::new(dummy.into()),
        }
    }

    /// Puts `value` in.
    pub fn push(&self, value: T) {
        let guard = &epoch::pin();
        let node = Owned::new(Node {
            value: MaybeUninit::new(value),
            next: Atomic::null(),
        });
        let node = node.into_shared(guard);
        loop {
            // ORDERING: Acquire, with the Release of whoever moved `tail`: the node is written.
            let tail = self.tail.load(Acquire, guard);
            // SAFETY: never null, and no node that `tail` pointed to since this call was pinned is freed before it ends: by
            // M3 `head` had not left it behind then.
            let last = unsafe { tail.deref() };
            // ORDERING: Release publishes the node; Acquire on failure: the one that is there is written.
            match last
                .next
                .compare_exchange(Shared::null(), node, Release, Acquire, guard)
            {
                Ok(_) => {
                    self.move_tail(tail, node, guard);
                    return;
                }
                Err(found) => self.move_tail(tail, found.current, guard),
            }
        }
    }

    /// Takes the oldest value out, or nothing when the queue is empty.
    pub fn pop(&self) -> Option<T> {
        let guard = &epoch::pin();
        loop {
            // ORDERING: Acquire, with the Release of whoever moved `head`.
            let head = self.head.load(Acquire, guard);
            // SAFETY: never null, and a node that was the head since this call was pinned is not freed before it ends.
            let dummy = unsafe { head.deref() };
            // ORDERING: Acquire, with the Release of the push.
            let next = dummy.next.load(Acquire, guard);
            // SAFETY: null or a node behind the head, which is freed after it only.
            let first = unsafe { next.as_ref() }?;
            let tail = self.tail.load(Relaxed, guard);
            if tail == head {
                self.move_tail(tail, next, guard);
            }
            // ORDERING: Release: who finds the node here finds it written.
            let taken = self
                .head
                .compare_exchange(head, next, Release, Relaxed, guard);
            if taken.is_ok() {
                // SAFETY: by M2 the value is there, and this call's alone.
                let value = unsafe { first.value.assume_init_read() };
                // SAFETY: nobody comes to the old dummy any more: `head` has left it, and `tail` before (M3).
                unsafe { guard.defer_destroy(head) };
                return Some(value);
            }
        }
    }

    fn move_tail(&self, from: Shared<'_, Node<T>>, to: Shared<'_, Node<T>>, guard: &Guard) {
        // ORDERING: Release: who finds the node here finds it written. A failure means that somebody else has done it.
        let _ = self
            .tail
            .compare_exchange(from, to, Release, Relaxed, guard);
    }
}

impl<T: Copy + Send> Default for LinkedQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for LinkedQueue<T> {
    fn drop(&mut self) {
        // SAFETY: nobody else is there any more.
        let guard = unsafe { epoch::unprotected() };
        let mut node = self.head.load(Relaxed, guard);
        while !node.is_null() {
            // SAFETY: a node of the list, which is this call's alone, and freed once.
            let owned = unsafe { node.into_owned() };
            node = owned.next.load(Relaxed, guard);
        }
    }
}

/// The textbook's linked queue as a contender: lock-free, at the price of an allocation for each item.
#[derive(Debug)]
pub struct MichaelScott;

impl<P: Payload> Contender<P> for MichaelScott {
    const CARD: Card = Card {
        name: "Michael-Scott",
        origin: "baseline",
        algorithm: "the textbook: a linked list, a node for each item, one CAS to push and one to pop; nodes are given back \
                    by crossbeam-epoch",
        order: "FIFO in the order of the CAS",
        exactness: "exact",
        stopped_peer: "the others go on, but nothing that is popped meanwhile is given back to the allocator",
        blocking: false,
        asynchronous: false,
        timeout: false,
        waiting: "",
    };

    type End = Arc<LinkedQueue<P>>;

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(LinkedQueue::new());
        Some(vec![queue; roles.len()])
    }
}

impl<P: Payload> End<P> for Arc<LinkedQueue<P>> {
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

#[cfg(test)]
mod tests {
    use super::LinkedQueue;

    #[test]
    fn values_come_out_in_order_and_an_empty_queue_says_so() {
        let queue = LinkedQueue::new();
        assert_eq!(queue.pop(), None);
        (0..100).for_each(|value| queue.push(value));
        for value in 0..100 {
            assert_eq!(queue.pop(), Some(value));
        }
        assert_eq!(queue.pop(), None);
        queue.push(7);
        assert_eq!(queue.pop(), Some(7));
    }
}
