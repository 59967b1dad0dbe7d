//! Vyukov's bounded ring, as the textbooks have it: fast, and not lock-free.
//!
//! **What** A ring for many pushers and poppers. An operation *claims* a slot by moving the tail
//! or the head, then uses the slot, then *publishes* it through the slot's sequence number.
//!
//! **Picture**
//! ```text
//!  tail  ──►  position of the next push        head  ──►  position of the next pop
//!  slot[0..N)   { sequence, value }            N a power of two
//!               sequence = p          free for the push at position p
//!               sequence = p + 1      holds the value of position p
//!               sequence = p + N      free for the push one lap later
//! ```
//!
//! **Invariants**
//! - I1 Of all operations only the one whose CAS moved the tail (head) past p uses the slot of
//!   position p, from its claim to its publication.
//! - I2 A slot whose sequence is p + 1 holds an initialised value.
//!
//! **Progress** None for the others once a thread stops between its claim and its publication:
//! the poppers that arrive at the slot of a stopped push find Empty, however many items were
//! pushed behind it, and the pushers that arrive at the slot of a stopped pop one lap later find
//! Full. [`VyukovRing::claim_push`] and [`VyukovRing::claim_pop`] make that moment visible: they
//! are the first halves of the operations, and a claim that is kept is a thread that is stopped.
//!
//! **Source** D. Vyukov, "Bounded MPMC queue", 1024cores.net.

use std::{
    cell::UnsafeCell,
    fmt,
    mem::MaybeUninit,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crossbeam_utils::CachePadded;

use crate::contender::{Card, Contender, End, Payload, Role};

struct Slot<T> {
    sequence: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
}

/// A bounded ring for many pushers and poppers.
pub struct VyukovRing<T> {
    slots: Box<[Slot<T>]>,
    mask: usize,
    tail: CachePadded<AtomicUsize>,
    head: CachePadded<AtomicUsize>,
}

// SAFETY: by I1 a value is written by one thread and read by one thread, which is what moving it
// there needs.
unsafe impl<T: Send> Sync for VyukovRing<T> {}

impl<T> fmt::Debug for VyukovRing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VyukovRing")
            .field("capacity", &self.slots.len())
            .finish_non_exhaustive()
    }
}

/// A slot that a push has claimed; until [`publish`](PushClaim::publish) no pop gets past it.
/// Dropped without it, the ring stays stuck there.
#[must_use = "a claim that is not published blocks every pop that reaches it"]
pub struct PushClaim<'a, T> {
    slot: &'a Slot<T>,
    position: usize,
}

/// A slot that a pop has claimed; until [`take`](PopClaim::take) no push gets past it. Dropped
/// without it, the ring stays stuck there.
#[must_use = "a claim that is not taken blocks every push that reaches it"]
pub struct PopClaim<'a, T> {
    slot: &'a Slot<T>,
    next_lap: usize,
}

impl<T> VyukovRing<T> {
    /// An empty ring with room for `capacity` items, rounded up to a power of two of at least 2.
    pub fn new(capacity: usize) -> Self {
        // With one slot, "holds the value of p" and "free for p + N" would be the same number.
        let capacity = capacity.next_power_of_two().max(2);
        let slot = |position| Slot {
            sequence: AtomicUsize::new(position),
            value: UnsafeCell::new(MaybeUninit::uninit()),
        };
        Self {
            slots: (0..capacity).map(slot).collect(),
            mask: capacity - 1,
            tail: CachePadded::new(AtomicUsize::new(0)),
            head: CachePadded::new(AtomicUsize::new(0)),
        }
    }

    /// The first half of a push: claims the slot, or says that the ring is full.
    #[inline]
    pub fn claim_push(&self) -> Option<PushClaim<'_, T>> {
        let (position, slot) = self.claim(&self.tail, 0)?;
        Some(PushClaim { slot, position })
    }

    /// The first half of a pop: claims the slot, or says that the ring is empty.
    #[inline]
    pub fn claim_pop(&self) -> Option<PopClaim<'_, T>> {
        let (position, slot) = self.claim(&self.head, 1)?;
        let next_lap = position.wrapping_add(self.mask).wrapping_add(1);
        Some(PopClaim { slot, next_lap })
    }

    /// Puts `value` in, or gives it back when the ring is full.
    #[inline]
    pub fn try_push(&self, value: T) -> Result<(), T> {
        match self.claim_push() {
            Some(claim) => {
                claim.publish(value);
                Ok(())
            }
            None => Err(value),
        }
    }

    /// Takes the oldest value out, or nothing when the ring is empty.
    #[inline]
    pub fn try_pop(&self) -> Option<T> {
        Some(self.claim_pop()?.take())
    }

    /// Moves `end` past the first position whose slot has come to `position + ready`.
    #[inline]
    fn claim(&self, end: &AtomicUsize, ready: usize) -> Option<(usize, &Slot<T>)> {
        // ORDERING: Relaxed; an old position is found out by the slot's sequence.
        let mut position = end.load(Ordering::Relaxed);
        loop {
            // SAFETY: `mask` is the number of slots less one, and that number a power of two.
            let slot = unsafe { self.slots.get_unchecked(position & self.mask) };
            // ORDERING: Acquire pairs with the Release store in `publish` (the value is written)
            // and in `take` (it has been read).
            let sequence = slot.sequence.load(Ordering::Acquire);
            let ahead = sequence.wrapping_sub(position.wrapping_add(ready)) as isize;
            if ahead == 0 {
                let next = position.wrapping_add(1);
                // ORDERING: Relaxed; the CAS only decides who it is, the slot's sequence carries
                // what is in it.
                match end.compare_exchange_weak(
                    position,
                    next,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                ) {
                    Ok(_) => return Some((position, slot)),
                    Err(moved) => position = moved,
                }
            } else if ahead < 0 {
                return None;
            } else {
                // ORDERING: as the first load.
                position = end.load(Ordering::Relaxed);
            }
        }
    }
}

impl<T> PushClaim<'_, T> {
    /// The second half of the push.
    #[inline]
    pub fn publish(self, value: T) {
        // SAFETY: by I1 the slot is this claim's alone.
        unsafe { (*self.slot.value.get()).write(value) };
        // ORDERING: Release pairs with the Acquire load in `claim` by the pop of this position.
        self.slot
            .sequence
            .store(self.position.wrapping_add(1), Ordering::Release);
    }
}

impl<T> PopClaim<'_, T> {
    /// The second half of the pop.
    #[inline]
    pub fn take(self) -> T {
        // SAFETY: by I1 the slot is this claim's alone, by I2 it is initialised, and the store
        // below makes it free, so that nobody reads the value again.
        let value = unsafe { (*self.slot.value.get()).assume_init_read() };
        // ORDERING: Release pairs with the Acquire load in `claim` by the push one lap later.
        self.slot.sequence.store(self.next_lap, Ordering::Release);
        value
    }
}

impl<T> fmt::Debug for PushClaim<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PushClaim").field(&self.position).finish()
    }
}

impl<T> fmt::Debug for PopClaim<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PopClaim").field(&self.next_lap).finish()
    }
}

impl<T> Drop for VyukovRing<T> {
    fn drop(&mut self) {
        // What lies behind an abandoned claim is leaked: nobody can tell whether it is whole.
        while self.try_pop().is_some() {}
    }
}

/// The textbook ring as a contender: what lock-freedom is paid with, and what its lack costs.
#[derive(Debug)]
pub struct Vyukov;

impl<P: Payload> Contender<P> for Vyukov {
    const CARD: Card = Card {
        name: "Vyukov ring",
        origin: "baseline",
        algorithm: "the textbook: claim a slot by CAS, write, publish its sequence number; powers \
                    of two",
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

    type End = Arc<VyukovRing<P>>;

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(VyukovRing::new(capacity));
        Some(vec![queue; roles.len()])
    }
}

impl<P: Payload> End<P> for Arc<VyukovRing<P>> {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        VyukovRing::try_push(self, payload)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        VyukovRing::try_pop(self)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::VyukovRing;

    #[test]
    fn an_unpublished_push_hides_everything_behind_it() {
        let ring = VyukovRing::new(4);
        let stopped = ring.claim_push().expect("an empty ring has room");
        ring.try_push(2).expect("there is room for a second");
        assert_eq!(ring.try_pop(), None);
        stopped.publish(1);
        assert_eq!(ring.try_pop(), Some(1));
        assert_eq!(ring.try_pop(), Some(2));
    }

    #[test]
    fn an_unfinished_pop_makes_pushes_find_full_one_lap_later() {
        let ring = VyukovRing::new(2);
        ring.try_push(1).expect("an empty ring has room");
        ring.try_push(2).expect("there is room for a second");
        let stopped = ring.claim_pop().expect("there are two items");
        assert_eq!(ring.try_pop(), Some(2));
        assert_eq!(ring.try_push(3), Err(3), "though nothing is inside");
        assert_eq!(stopped.take(), 1);
        assert_eq!(ring.try_push(3), Ok(()));
    }

    #[test]
    fn dropping_the_ring_drops_what_is_inside() {
        let witness = Arc::new(());
        let ring = VyukovRing::new(4);
        for _ in 0..3 {
            assert!(ring.try_push(Arc::clone(&witness)).is_ok());
        }
        drop(ring.try_pop());
        drop(ring);
        assert_eq!(Arc::strong_count(&witness), 1);
    }
}
