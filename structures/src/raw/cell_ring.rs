//! The cell-swap ring: a bounded FIFO queue for any number of producers and consumers.
//!
//! # What
//!
//! Nobody ever writes into a shared cell. A producer writes its value into a cell *that it owns*,
//! then swaps that cell with an empty one in the ring by one CAS on the slot's word; a consumer
//! swaps a full cell out for one of its own, then reads it at leisure. There is no moment between
//! claiming and publishing at which a stopped thread could hold up another.
//!
//! A value is *staged* first: written into the spare that would go into the slot at the own tail.
//! Then the slot is looked at, and the CAS is tried. If it comes to nothing, the value is read back.
//!
//! This file holds the proof for all of it, and what its continuations share:
//! [`moves`](super::moves) has the two ways in and out, [`batch`](super::batch) takes them many times,
//! [`survey`](super::survey) walks to the true ends, closes and counts, [`entry`](super::entry) brings
//! callers to their participants.
//!
//! # Picture
//!
//! ```text
//!              index:     0      1      2      3            (capacity N = 4)
//!  slots (one u64 each) [stamp cell][stamp cell][stamp cell][stamp cell]
//!                          |                |
//!  cells (values)       [ c0 ][ c1 ][ c2 ][ c3 ][ c4 ][ c5 ] ...        N + spares of everybody
//!                                                 ^     ^
//!  participant A { spares: c4, c5 ; own idea of tail, own idea of head }     private to a caller
//!
//!  tail, head: hints on lines of their own; never ahead of the truth
//!  state: OPEN / CLOSING, beside the fields that never change
//! ```
//!
//! # Word layout
//!
//! See [`word`](super::word): `[ stamp | R | C | cell XOR index ]`. Stamp 2·lap: empty, to be
//! filled by the push at position lap·N + index. Stamp 2·lap + 1: full, to be taken by the pop at
//! that position. C: the queue is closed, and this is the slot at its tail.
//!
//! # Invariants
//!
//! * **I1** Cells are partitioned over slots and spares: each CAS on a slot exchanges one for one.
//! * **I2** Every position before a participant's own tail (head) is filled (taken), and it knows
//!   so through an Acquire edge: it learnt it from a slot's word, from its own CAS, or from a hint.
//!   Hence it never finds a slot more than one lap old.
//! * **I3** Stamps never decrease. C is set once, on the slot at the tail, and never cleared: no
//!   push can fill that slot any more, and the pop that empties it keeps C.
//! * **I4** The cell of a full slot is initialised and shared with nobody; a spare's content is
//!   dead, except that the spare for the own tail holds the staged value during a push.
//! * **I5** Positions are filled in order and taken in order: whoever fills t knows that all
//!   before t are filled (I2), whoever takes h knows that all before h are taken.
//!
//! # Why it is correct
//!
//! *Linearization points* (marked `LP`). A push, a pop or a displacement takes effect at its CAS,
//! which compares the whole word and so can only succeed on the state that was examined: stamps
//! never repeat, so there is no ABA (see the wrap bound in `word`). **Full**: at the second load
//! the slot of t still shows position t-N filled and not taken; by I5 all of t-N … t-1 are in the
//! queue at that moment. **Empty**: at the second load position h is not filled, all before it are
//! taken. **Closed**: C is there for good.
//!
//! *Why the second load.* Without a fence before it, N = 2 and one item inside, A: push succeeds,
//! push says Full, B: pop succeeds, pop says Empty is possible: each overlooks the other's change
//! of another slot (store buffering). [`own_changes_before_next_look`] forbids it. Operations that
//! succeed do not pay for it.
//!
//! *Why values arrive.* Producer: stage into a cell, then Release CAS. Consumer: Acquire load of that word,
//! CAS, read cell. And back: consumer reads the cell, uses it as its spare in a later Release CAS;
//! whoever loads that word with Acquire may write into the cell. Every word on the way from one to
//! the other is written by a CAS, so release sequences are never cut.
//!
//! # Progress
//!
//! Lock-free. A CAS fails only because another one succeeded on that slot: an operation took
//! effect, or C was set, which happens once. A participant stopped anywhere keeps its spares and
//! its value in flight and blocks nobody. A participant that lags behind moves on by the stamps it
//! finds, which say how far the world has moved, and by the hint; with everybody else at rest it
//! needs at most about N steps.
//!
//! # Cost
//!
//! One read-modify-write an operation, and four plain stores: the value (or none), the spare, the
//! own position, the hint. Four pauses are there for speed alone, and bounded: after a lost race,
//! before the first refusal after a long run of successes, where the peer is at work on the same cache line
//! (and now and then after a short one), once in a batch, where it meets
//! the end, and at every eighth pop in a flow, where the consumer has come so near that it works on the
//! producers' line.
//!
//! # Source
//!
//! Own design. One spare per participant is optimal up to a constant: a bounded queue made of CAS
//! alone needs memory in the order of the number of threads (Aksenov, Koval, Kuznetsov, Paramonov,
//! "Memory bounds for concurrent bounded queues").

use super::distance::PAUSES_AT_A_RING;
use super::participants::{Participant, RECORD_SIZE};
use super::storage::{Plan, Storage};
use super::thread_number::PLACES_END;
use super::word::{Layout, Position, Relation, Word};
use crate::sync::{AtomicU32, AtomicU64, Ordering, UnsafeCell, pause};
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use crossbeam_utils::CachePadded;

pub(super) const OPEN: u32 = 0;
pub(super) const CLOSING: u32 = 1;

/// How often a participant pauses that meets the end of a flow, before it says Full or Empty: the other side
/// is at work on the same line then, and looking again at once would only take it away.
pub(super) const PAUSES_BEFORE_A_FIRST_REFUSAL: u32 = 8;

/// A consumer keeps so far behind the producers: a line of slots.
const DISTANCE: usize = 8;

/// The ring; see the head of this file.
#[derive(Debug)]
pub struct CellRing<T, S: Storage<T>> {
    pub(super) layout: Layout,
    pub(super) storage: S,
    pub(super) plan: Plan,
    /// The places of threads that have a record of their own are below it; see `thread_number`.
    pub(super) own_places_end: usize,
    pub(super) state: AtomicU32,
    pub(super) tail: CachePadded<AtomicU64>,
    pub(super) head: CachePadded<AtomicU64>,
    values: PhantomData<T>,
}

// SAFETY: values are moved in by one thread and out by another, never shared (I4); everything
// else is atomic or belongs to one participant; the storage may be used from any thread by its
// contract.
unsafe impl<T: Send, S: Storage<T>> Sync for CellRing<T, S> {}
// SAFETY: as above.
unsafe impl<T: Send, S: Storage<T>> Send for CellRing<T, S> {}

/// What the slot at the true tail allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// A push.
    Open,
    /// A displacement of the oldest item, which this word holds.
    Full(Word),
    /// Nothing any more; whether the slot still holds the oldest item.
    Closed { full: bool },
}

/// What the slot at the true head allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// A pop.
    Item,
    /// Nothing: the slot is empty.
    Empty,
    /// Nothing any more.
    Closed,
}

impl<T, S: Storage<T>> CellRing<T, S> {
    /// A ring in `storage`, which must have been made for `plan`.
    pub fn new(plan: Plan, storage: S) -> Self {
        debug_assert!(storage.slots().len() >= plan.layout.capacity());
        Self {
            layout: plan.layout,
            storage,
            plan,
            own_places_end: plan
                .census
                .threads
                .saturating_mul(RECORD_SIZE)
                .min(PLACES_END),
            state: AtomicU32::new(OPEN),
            tail: CachePadded::new(AtomicU64::new(0)),
            head: CachePadded::new(AtomicU64::new(0)),
            values: PhantomData,
        }
    }

    /// A ring that has gone round `lap` times already: tests begin near the wrap of stamps.
    pub fn starting_at(plan: Plan, storage: S, lap: u64) -> Self {
        let ring = Self::new(plan, storage);
        let start = plan.layout.lap_start(lap).to_bits();
        let empty = plan.layout.empty_at_start(lap).to_bits();
        for slot in ring.storage.slots() {
            // ORDERING: Relaxed; nobody else knows the ring yet. The same below.
            slot.store(empty, Ordering::Relaxed);
        }
        // ORDERING: Relaxed, as above.
        ring.tail.store(start, Ordering::Relaxed);
        // ORDERING: Relaxed, as above.
        ring.head.store(start, Ordering::Relaxed);
        ring
    }

    /// Number of slots.
    pub fn capacity(&self) -> usize {
        self.layout.capacity()
    }

    #[inline(always)]
    pub(super) fn slot(&self, at: Position) -> &AtomicU64 {
        // SAFETY: an index is below the capacity, and there are as many slots.
        unsafe { self.storage.slots().get_unchecked(self.layout.index(at)) }
    }

    /// What the slot of `at` holds.
    #[inline(always)]
    pub(super) fn look(&self, at: Position) -> Word {
        // ORDERING: Acquire pairs with the Release of the CAS that wrote the word. After a push: its
        // value has been written (killed by `values_arrive_whole`). After a pop: the cell in it has
        // been read (`a_cell_handed_back_has_been_read`). And all that its writer knew to be filled
        // or taken, this participant knows now (I2).
        Word::from_bits(self.slot(at).load(Ordering::Acquire))
    }

    /// How far somebody said to have come; `hint` is the tail's or the head's.
    #[inline(always)]
    pub(super) fn hinted(hint: &AtomicU64) -> Position {
        // ORDERING: Acquire pairs with the Release in `hint_tail` and `hint_head`: what the giver
        // knew to be filled or taken, this participant knows now (I2), and hands on with its next
        // CAS; killed by `a_hint_brings_its_knowledge`.
        Position::from_bits(hint.load(Ordering::Acquire))
    }

    #[inline(always)]
    pub(super) fn cell(&self, cell: u32) -> &UnsafeCell<MaybeUninit<T>> {
        // SAFETY: cells in slots and spares are numbers below the length (I1).
        unsafe { self.storage.cells().get_unchecked(cell as usize) }
    }

    /// Tells everybody how far the own tail has come, at every few positions: an older hint is as
    /// right, and each store takes the line away from the others.
    ///
    /// The own head comes along: whoever fills a slot knows that it was emptied one lap before (I5),
    /// and a participant that only pushes must not grow older in its other half than stamps can tell.
    #[inline(always)]
    pub(super) fn hint_tail_at_times(&self, own: &mut Participant) {
        if self.layout.is_milestone(own.tail) {
            own.head = own.head.max(self.layout.lap_before(own.tail));
            self.hint_tail(own);
        }
    }

    /// Tells everybody how far the own head has come, at every few positions. The own tail comes
    /// along: what was taken had been filled. A participant whose tail had to be brought along only
    /// pops; it [keeps its distance](Self::keep_distance) from whoever pushes.
    #[inline(always)]
    pub(super) fn hint_head_at_times(&self, own: &mut Participant) {
        if self.layout.is_milestone(own.head) {
            let was = own.tail;
            own.tail = was.max(own.head);
            self.hint_head(own);
            if own.tail != was {
                self.keep_distance(own);
            }
        }
    }

    /// Lets the producers get ahead of a consumer that has come upon their heels; see [`distance`](super::distance).
    /// A queue that is too short to keep lines apart is left alone, and so is a consumer whom the flow has not
    /// carried far.
    #[cold]
    #[inline(never)]
    fn keep_distance(&self, own: &mut Participant) {
        let Some(ahead) = self.layout.ahead_within_lap(own.head, DISTANCE) else {
            return;
        };
        if self.is_near_behind(ahead) && own.flows_out(&self.layout) && own.distance.is_due() {
            pause(PAUSES_AT_A_RING.min(self.capacity() as u32 / 4));
            own.distance.was_kept(!self.is_near_behind(ahead));
        }
    }

    /// Whether the position `ahead` of a consumer seems not to be filled so far.
    fn is_near_behind(&self, ahead: Position) -> bool {
        // ORDERING: Relaxed; whatever it finds, the worst is a pause too much or too few.
        let word = Word::from_bits(self.slot(ahead).load(Ordering::Relaxed));
        self.layout.for_pop(word, ahead) == Relation::Behind
    }

    /// Tells everybody how far the own tail has come.
    #[inline(always)]
    pub(super) fn hint_tail(&self, own: &Participant) {
        // ORDERING: Release pairs with the Acquire in `hinted`: what this participant knows to be
        // filled, the reader knows too (I2); killed by `a_hint_comes_with_its_knowledge`. A late store makes the hint older, never wrong.
        self.tail.store(own.tail.to_bits(), Ordering::Release);
    }

    /// Tells everybody how far the own head has come.
    #[inline(always)]
    pub(super) fn hint_head(&self, own: &Participant) {
        // ORDERING: Release pairs with the Acquire in `hinted` (I2); killed by
        // `a_displacement_and_a_pop_take_different_items`.
        self.head.store(own.head.to_bits(), Ordering::Release);
    }

    /// The item at the head; no participant is held any more when it comes back.
    fn next(&self) -> Option<T> {
        self.try_pop(self.enter()).ok()
    }

    /// Who may take part.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

impl<T, S: Storage<T>> Drop for CellRing<T, S> {
    fn drop(&mut self) {
        /// Pops what is left; goes on where a panicking destructor stopped it.
        struct Drain<'a, T, S: Storage<T>>(&'a CellRing<T, S>);
        impl<T, S: Storage<T>> Drop for Drain<'_, T, S> {
            fn drop(&mut self) {
                while let Some(item) = self.0.next() {
                    drop(item);
                }
            }
        }
        if core::mem::needs_drop::<T>() {
            let rest = Drain(self);
            while let Some(item) = self.next() {
                drop(item);
            }
            core::mem::forget(rest);
        }
    }
}
