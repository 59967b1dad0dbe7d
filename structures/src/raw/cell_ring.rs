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
//! This file holds the two ways in and out; [`survey`](super::survey) walks to the true ends, closes
//! and counts, [`entry`](super::entry) brings callers to their participants. It is longer than
//! others because the proof for all three stands here.
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
//! own position, the hint. Three pauses are there for speed alone, and bounded: after a lost race,
//! before the first refusal after a run of successes, where the peer is at work on the same cache line
//! (but rarely after a single one, and not in a call that will wait), and once in a batch, where it meets
//! the end.
//!
//! # Source
//!
//! Own design. One spare per participant is optimal up to a constant: a bounded queue made of CAS
//! alone needs memory in the order of the number of threads (Aksenov, Koval, Kuznetsov, Paramonov,
//! "Memory bounds for concurrent bounded queues").

use super::participants::{Participant, RECORD_SIZE, Staged};
use super::storage::{Plan, Storage};
use super::thread_number::PLACES_END;
use super::word::{Layout, Position, Word};
use crate::sync::{AtomicU32, AtomicU64, Ordering, UnsafeCell, pause, prefetch};
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ops::DerefMut;
use crossbeam_utils::CachePadded;
use std::collections::VecDeque;

pub(super) const OPEN: u32 = 0;
pub(super) const CLOSING: u32 = 1;

/// How often a participant pauses after a lost race: long enough for the winner to make dozens of
/// operations while the lines are in its cache (some 6 microseconds). The more cores take part, the
/// more it is worth; a growing pause moves more in all, but leaves some threads far behind.
const PAUSES_AFTER_A_LOST_RACE: u32 = 256;

/// How often a participant that has just moved pauses before it says Full or Empty: the other side
/// is at work on the same line then, and looking again at once would only take it away.
pub(super) const PAUSES_BEFORE_A_FIRST_REFUSAL: u32 = 8;

/// How often a batch that has moved something pauses, once, where it meets the end: it wants more
/// than one item, so it can let the other side get far ahead (some 3 microseconds).
const PAUSES_WITHIN_A_BATCH: u32 = 128;

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

/// Why a push did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPushed {
    /// Every slot holds an item.
    Full,
    /// The queue was closed.
    Closed,
}

/// Why a pop took nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPopped {
    /// There is no item.
    Empty,
    /// There is no item, and there will be none.
    Closed,
}

/// What a push does at a full ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WhenFull {
    Refuse,
    Displace,
}

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
    fn cell(&self, cell: u32) -> &UnsafeCell<MaybeUninit<T>> {
        // SAFETY: cells in slots and spares are numbers below the length (I1).
        unsafe { self.storage.cells().get_unchecked(cell as usize) }
    }

    /// Puts `value` at the tail, or says why not and gives it back.
    ///
    /// `own` goes along to whoever finishes the call, so that the usual way keeps nothing for later.
    #[inline(always)]
    pub fn try_push<O>(&self, own: O, value: T) -> Result<(), (NotPushed, T)>
    where
        O: DerefMut<Target = Participant>,
    {
        self.push_as(own, value, false)
    }

    /// As [`try_push`](Self::try_push), for a caller with something better to do than to pause before
    /// it is refused.
    #[inline(always)]
    pub fn try_push_in_haste<O>(&self, own: O, value: T) -> Result<(), (NotPushed, T)>
    where
        O: DerefMut<Target = Participant>,
    {
        self.push_as(own, value, true)
    }

    #[inline(always)]
    fn push_as<O>(&self, mut own: O, value: T, in_haste: bool) -> Result<(), (NotPushed, T)>
    where
        O: DerefMut<Target = Participant>,
    {
        match self.push_at_once(&mut own, value) {
            Ok(()) => {
                self.hint_tail_at_times(&mut own);
                Ok(())
            }
            Err(lost) => {
                own.is_in_haste = in_haste;
                self.finish_push(own, lost)
            }
        }
    }

    /// Takes the item at the head out, or says why not; `own` as in [`try_push`](Self::try_push).
    #[inline(always)]
    pub fn try_pop<O>(&self, own: O) -> Result<T, NotPopped>
    where
        O: DerefMut<Target = Participant>,
    {
        self.pop_as(own, false)
    }

    /// As [`try_pop`](Self::try_pop), for a caller with something better to do than to pause before
    /// it is refused.
    #[inline(always)]
    pub fn try_pop_in_haste<O>(&self, own: O) -> Result<T, NotPopped>
    where
        O: DerefMut<Target = Participant>,
    {
        self.pop_as(own, true)
    }

    #[inline(always)]
    fn pop_as<O>(&self, mut own: O, in_haste: bool) -> Result<T, NotPopped>
    where
        O: DerefMut<Target = Participant>,
    {
        match self.pop_at_once(&mut own) {
            Ok(cell) => {
                self.hint_head_at_times(&mut own);
                // SAFETY: the CAS took this cell out of a full slot.
                let item = unsafe { self.take_value(cell) };
                // Before the result is put together, which can so stay in registers.
                drop(own);
                Ok(item)
            }
            Err(lost) => {
                own.is_in_haste = in_haste;
                self.finish_pop(own, lost)
            }
        }
    }

    /// Pushes from the front of `items` until none is left or none fits; each item takes effect by
    /// itself, so that others' items may come in between. Returns how many.
    pub fn try_push_many(&self, own: &mut Participant, items: &mut VecDeque<T>) -> usize {
        let (mut pushed, mut rested) = (0, false);
        while let Some(item) = items.pop_front() {
            if let Err(lost) = self.push_at_once(own, item) {
                rest_once(&mut rested, lost, pushed);
                if let Err((_, item)) = self.finish_push(&mut *own, lost) {
                    items.push_front(item);
                    break;
                }
            }
            pushed += 1;
        }
        if pushed > 0 {
            self.hint_tail(own);
        }
        pushed
    }

    /// Pops into the room that `items` has left, at most `max`, until nothing is left. Returns how
    /// many.
    pub fn try_pop_many(&self, own: &mut Participant, items: &mut Vec<T>, max: usize) -> usize {
        let max = max.min(items.capacity() - items.len());
        let (mut popped, mut rested) = (0, false);
        while popped < max {
            match self.pop_at_once(own) {
                // SAFETY: the CAS took this cell out of a full slot.
                Ok(cell) => items.push(unsafe { self.take_value(cell) }),
                Err(lost) => {
                    rest_once(&mut rested, lost, popped);
                    match self.finish_pop(&mut *own, lost) {
                        Ok(item) => items.push(item),
                        Err(_) => break,
                    }
                }
            }
            popped += 1;
        }
        if popped > 0 {
            self.hint_head(own);
        }
        popped
    }

    /// One try to push at the own tail, where a participant that was not overtaken succeeds. A value
    /// that was not pushed stays staged; the error says whether a race was lost.
    #[inline(always)]
    fn push_at_once(&self, own: &mut Participant, value: T) -> Result<(), bool> {
        let staged = self.stage(own, value);
        // ORDERING: Relaxed; this look only bounds a closer's retries: exactness comes from C.
        if self.state.load(Ordering::Relaxed) != OPEN {
            return Err(false);
        }
        let word = self.look(staged.at);
        match self.layout.cell_to_fill(word, staged.at) {
            Some(cell) if self.fill(own, staged, word, cell) => Ok(()),
            Some(_) => Err(true),
            None => Err(false),
        }
    }

    /// Pushes the staged value after all, or gives it back.
    #[cold]
    #[inline(never)]
    fn finish_push<O>(&self, mut own: O, lost: bool) -> Result<(), (NotPushed, T)>
    where
        O: DerefMut<Target = Participant>,
    {
        match self.push_slowly(&mut own, lost, WhenFull::Refuse) {
            Ok(_) => {
                self.hint_tail_at_times(&mut own);
                Ok(())
            }
            // SAFETY: refused, so the value is still staged.
            Err(why) => Err((why, unsafe { self.unstage(&own) })),
        }
    }

    /// Puts `value` at the tail; when the ring is full, in the place of the oldest item, which is
    /// returned. Fails only when the queue is closed.
    pub fn force_push(&self, own: &mut Participant, value: T) -> Result<Option<T>, T> {
        self.stage(own, value);
        match self.push_slowly(own, false, WhenFull::Displace) {
            Ok(displaced) => {
                self.hint_tail(own);
                if displaced.is_some() {
                    // The oldest item lay one lap before; a log that nobody pops from must not let
                    // the head's hint grow older than stamps can tell.
                    own.head = own.head.max(self.layout.lap_before(own.tail));
                    self.hint_head(own);
                }
                // SAFETY: the CAS took this cell out of a full slot.
                Ok(displaced.map(|cell| unsafe { self.take_value(cell) }))
            }
            // SAFETY: refused, so the value is still staged.
            Err(_) => Err(unsafe { self.unstage(own) }),
        }
    }

    /// Writes `value` into the spare that goes into the slot at the own tail.
    #[inline(always)]
    fn stage(&self, own: &Participant, value: T) -> Staged {
        let staged = own.staged();
        self.cell(staged.spare).with_mut(|place| {
            // SAFETY: a spare belongs to this participant alone (I1), its content is dead (I4).
            unsafe { (*place).write(value) };
        });
        staged
    }

    /// Takes the staged value back.
    ///
    /// # Safety
    ///
    /// It was staged, has not gone into the ring, and is taken back this once.
    #[inline(always)]
    unsafe fn unstage(&self, own: &Participant) -> T {
        // SAFETY: the contract; `Participant::overtaken` keeps it in the tail's spare.
        unsafe { self.take_value(own.staged().spare) }
    }

    /// Swaps the staged cell into the slot at the own tail, if that still holds `word` and in it
    /// `cell`, which becomes a spare.
    #[inline(always)]
    fn fill(&self, own: &mut Participant, staged: Staged, word: Word, cell: u32) -> bool {
        let at = staged.at;
        let filled = self.layout.filled(at, staged.spare);
        // ORDERING: Release publishes the value to the Acquire load of the pop, and that all before
        // it is filled (I2); killed by `values_arrive_whole`. Relaxed on failure: the word is
        // loaded anew. LP of push, and of both halves of a displacement.
        let swapped = self.slot(at).compare_exchange(
            word.to_bits(),
            filled.to_bits(),
            Ordering::Release,
            Ordering::Relaxed,
        );
        if swapped.is_ok() {
            own.received(at, cell);
            own.tail = self.layout.next(at);
        }
        swapped.is_ok()
    }

    /// Pushes the staged value wherever the tail is by now; `lost` says that a race was lost just
    /// now. Returns the cell of the item that was displaced.
    fn push_slowly(
        &self,
        own: &mut Participant,
        mut lost: bool,
        when_full: WhenFull,
    ) -> Result<Option<u32>, NotPushed> {
        // ORDERING: Relaxed, as in `push_at_once`.
        if self.state.load(Ordering::Relaxed) != OPEN {
            self.seal(own);
            return Err(NotPushed::Closed);
        }
        loop {
            if lost {
                pause(PAUSES_AFTER_A_LOST_RACE);
            }
            let word = self.look(own.tail);
            lost = match self.layout.cell_to_fill(word, own.tail) {
                Some(cell) if self.fill(own, own.staged(), word, cell) => return Ok(None),
                Some(_) => true,
                None => match self.find_tail(own, word) {
                    Tail::Open => false,
                    Tail::Full(word) if when_full == WhenFull::Displace => {
                        let oldest = self.layout.cell(word, own.tail);
                        if self.fill(own, own.staged(), word, oldest) {
                            return Ok(Some(oldest));
                        }
                        true
                    }
                    Tail::Full(_) => return Err(NotPushed::Full),
                    Tail::Closed { .. } => return Err(NotPushed::Closed),
                },
            };
        }
    }

    /// One try to pop at the own head, where a participant that was not overtaken succeeds.
    /// Returns the cell, or whether a race was lost.
    #[inline(always)]
    pub(super) fn pop_at_once(&self, own: &mut Participant) -> Result<u32, bool> {
        let at = own.head;
        let word = self.look(at);
        match self.layout.cell_to_take(word, at) {
            Some(cell) if self.empty(own, at, word, cell) => Ok(cell),
            Some(_) => Err(true),
            None => Err(false),
        }
    }

    /// Pops after all, or says why not.
    #[cold]
    #[inline(never)]
    pub(super) fn finish_pop<O>(&self, mut own: O, lost: bool) -> Result<T, NotPopped>
    where
        O: DerefMut<Target = Participant>,
    {
        let cell = self.pop_slowly(&mut own, lost)?;
        self.hint_head_at_times(&mut own);
        // SAFETY: the CAS took this cell out of a full slot.
        Ok(unsafe { self.take_value(cell) })
    }

    /// Swaps the head's spare into the slot at the own head `at`, if that still holds `word` and in
    /// it `cell`, which becomes a spare whose value is to be taken before anything else.
    #[inline(always)]
    fn empty(&self, own: &mut Participant, at: Position, word: Word, cell: u32) -> bool {
        prefetch(self.cell(cell).address());
        let emptied = self.layout.emptied(word, cell, own.spare(at));
        // ORDERING: Release publishes that the spare handed in has been read, to the Acquire load
        // of the producer that will write into it, and that all before it is taken (I2); killed by
        // `a_cell_handed_back_has_been_read`. Relaxed on failure: the word is loaded anew. LP of
        // pop.
        let swapped = self.slot(at).compare_exchange(
            word.to_bits(),
            emptied.to_bits(),
            Ordering::Release,
            Ordering::Relaxed,
        );
        if swapped.is_ok() {
            own.received(at, cell);
            own.head = self.layout.next(at);
        }
        swapped.is_ok()
    }

    /// Pops from wherever the head is by now, and returns the cell.
    fn pop_slowly(&self, own: &mut Participant, mut lost: bool) -> Result<u32, NotPopped> {
        loop {
            if lost {
                pause(PAUSES_AFTER_A_LOST_RACE);
            }
            let word = self.look(own.head);
            lost = match self.layout.cell_to_take(word, own.head) {
                Some(cell) if self.empty(own, own.head, word, cell) => return Ok(cell),
                Some(_) => true,
                None => match self.find_head(own, word) {
                    Head::Item => false,
                    Head::Empty => return Err(NotPopped::Empty),
                    Head::Closed => return Err(NotPopped::Closed),
                },
            };
        }
    }

    /// Tells everybody how far the own tail has come, at every few positions: an older hint is as
    /// right, and each store takes the line away from the others.
    ///
    /// The own head comes along: whoever fills a slot knows that it was emptied one lap before (I5),
    /// and a participant that only pushes must not grow older in its other half than stamps can tell.
    #[inline(always)]
    fn hint_tail_at_times(&self, own: &mut Participant) {
        if self.layout.is_milestone(own.tail) {
            own.head = own.head.max(self.layout.lap_before(own.tail));
            self.hint_tail(own);
        }
    }

    /// Tells everybody how far the own head has come, at every few positions. The own tail comes
    /// along: what was taken had been filled.
    #[inline(always)]
    pub(super) fn hint_head_at_times(&self, own: &mut Participant) {
        if self.layout.is_milestone(own.head) {
            own.tail = own.tail.max(own.head);
            self.hint_head(own);
        }
    }

    /// Tells everybody how far the own tail has come.
    #[inline(always)]
    fn hint_tail(&self, own: &Participant) {
        // ORDERING: Release pairs with the Acquire in `hinted`: what this participant knows to be
        // filled, the reader knows too (I2); killed by `a_hint_comes_with_its_knowledge`. A late store makes the hint older, never wrong.
        self.tail.store(own.tail.to_bits(), Ordering::Release);
    }

    /// Tells everybody how far the own head has come.
    #[inline(always)]
    fn hint_head(&self, own: &Participant) {
        // ORDERING: Release pairs with the Acquire in `hinted` (I2); killed by
        // `a_displacement_and_a_pop_take_different_items`.
        self.head.store(own.head.to_bits(), Ordering::Release);
    }

    /// Reads the value out of a cell of this participant.
    ///
    /// # Safety
    ///
    /// The cell holds a value, and it is read this once: the caller's own CAS has just taken the
    /// cell out of a full slot (I4), or its own value was never swapped in.
    #[inline(always)]
    pub(super) unsafe fn take_value(&self, cell: u32) -> T {
        self.cell(cell).with(|place| {
            // SAFETY: the contract, and I4.
            unsafe { (*place).assume_init_read() }
        })
    }

    /// The item at the head; no participant is held any more when it comes back.
    fn next(&self) -> Option<T> {
        self.try_pop_here().ok()
    }

    /// Who may take part.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// Pauses where a batch that has `moved` something meets the end for the first time.
fn rest_once(rested: &mut bool, lost: bool, moved: usize) {
    if !lost && moved > 0 && !*rested {
        *rested = true;
        pause(PAUSES_WITHIN_A_BATCH);
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
