//! The two ways in and out of a [`cell_ring`](super::cell_ring), whose invariants and proof hold here.
//!
//! Each call comes in two parts. The first part tries once, at the own end, where a participant that
//! was not overtaken succeeds: it is all that the usual call executes, and small enough to be inlined.
//! What it could not do, the second part finishes, out of line.

use super::cell_ring::{CellRing, Head, OPEN, Tail};
use super::participants::{Participant, Spare};
use super::storage::Storage;
use super::word::{Layout, Position, Word};
use crate::sync::{AtomicU64, Ordering, pause, prefetch};
use core::ops::DerefMut;

/// How often a participant pauses after a lost race: long enough for the winner to make dozens of
/// operations while the lines are in its cache (some 6 microseconds). The more cores take part, the
/// more it is worth; a growing pause moves more in all, but leaves some threads far behind.
const PAUSES_AFTER_A_LOST_RACE: u32 = 256;

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

/// Why a first try came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// Somebody else was faster, just now.
    Race,
    /// The slot at the own end is not ready: the participant was overtaken, the ring is full or empty,
    /// or it was closed.
    NotReady,
}

/// What a push does at a full ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WhenFull {
    Refuse,
    Displace,
}

/// The slot at an end.
struct Slot<'a> {
    word: &'a AtomicU64,
    at: Position,
    index: usize,
    /// A copy, of which is used before the CAS what need not be read anew after each atomic operation.
    layout: Layout,
}

impl Slot<'_> {
    #[inline(always)]
    fn look(&self) -> Word {
        // ORDERING: Acquire, as in `CellRing::look`; killed by the same models.
        Word::from_bits(self.word.load(Ordering::Acquire))
    }
}

impl<T, S: Storage<T>> CellRing<T, S> {
    #[inline(always)]
    fn slot_at(&self, at: Position) -> Slot<'_> {
        let layout = self.layout;
        let index = layout.index(at);
        Slot {
            // SAFETY: an index is below the capacity, and there are as many slots.
            word: unsafe { self.storage.slots().get_unchecked(index) },
            at,
            index,
            layout,
        }
    }

    /// Puts `value` at the tail, or says why not and gives it back.
    #[inline(always)]
    pub fn try_push<O>(&self, mut own: O, value: T) -> Result<(), (NotPushed, T)>
    where
        O: DerefMut<Target = Participant>,
    {
        match self.push_at_once(&mut own, value) {
            Ok(()) => Ok(()),
            Err(missed) => self.finish_push(own, missed),
        }
    }

    /// Takes the item at the head out, or says why not.
    #[inline(always)]
    pub fn try_pop<O>(&self, mut own: O) -> Result<T, NotPopped>
    where
        O: DerefMut<Target = Participant>,
    {
        match self.pop_at_once(&mut own) {
            Ok(item) => Ok(item),
            Err(missed) => self.finish_pop(own, missed),
        }
    }

    /// The first part of a push. A value that was not pushed stays staged, and
    /// [`finish_push`](Self::finish_push) must come next.
    #[inline(always)]
    pub fn push_at_once(&self, own: &mut Participant, value: T) -> Result<(), Missed> {
        self.push_untold(own, value)?;
        self.hint_tail_at_times(own);
        Ok(())
    }

    /// The first part of a pop; if it came to nothing, [`finish_pop`](Self::finish_pop) is the second.
    #[inline(always)]
    pub fn pop_at_once(&self, own: &mut Participant) -> Result<T, Missed> {
        let cell = self.pop_untold(own)?;
        self.hint_head_at_times(own);
        // SAFETY: the CAS took this cell out of a full slot.
        Ok(unsafe { self.take_value(cell) })
    }

    /// As [`push_at_once`](Self::push_at_once), and leaves it to the caller to tell the others.
    #[inline(always)]
    pub(super) fn push_untold(&self, own: &mut Participant, value: T) -> Result<(), Missed> {
        let spare = self.stage(own, value);
        // ORDERING: Relaxed; this look only bounds a closer's retries: exactness comes from C.
        if self.state.load(Ordering::Relaxed) != OPEN {
            return Err(Missed::NotReady);
        }
        let slot = self.slot_at(own.tail);
        let word = slot.look();
        match slot.layout.cell_to_fill(word, slot.at) {
            Some(cell) if self.fill(own, &slot, spare, word, cell) => Ok(()),
            Some(_) => Err(Missed::Race),
            None => Err(Missed::NotReady),
        }
    }

    /// As [`pop_at_once`](Self::pop_at_once), and leaves it to the caller to take the value out of the
    /// cell that is returned, and to tell the others.
    #[inline(always)]
    pub(super) fn pop_untold(&self, own: &mut Participant) -> Result<u32, Missed> {
        let slot = self.slot_at(own.head);
        let word = slot.look();
        // The one slot that has C goes the long way.
        let Some(cell) = slot.layout.cell_to_take_open(word, slot.at) else {
            return Err(Missed::NotReady);
        };
        let spare = own.spare(slot.at);
        let emptied = slot.layout.emptied_open(slot.at, spare.cell);
        if self.empty(own, &slot, spare, word, cell, emptied) {
            Ok(cell)
        } else {
            Err(Missed::Race)
        }
    }

    /// Pushes the staged value after all, or gives it back.
    ///
    /// `own` comes along and goes out of use here, so that the usual way keeps nothing for later.
    #[cold]
    #[inline(never)]
    pub fn finish_push<O>(&self, mut own: O, missed: Missed) -> Result<(), (NotPushed, T)>
    where
        O: DerefMut<Target = Participant>,
    {
        match self.push_slowly(&mut own, missed == Missed::Race, WhenFull::Refuse) {
            Ok(_) => {
                self.hint_tail_at_times(&mut own);
                Ok(())
            }
            // SAFETY: refused, so the value is still staged.
            Err(why) => Err((why, unsafe { self.unstage(&own) })),
        }
    }

    /// Pops after all, or says why not; `own` as in [`finish_push`](Self::finish_push).
    #[cold]
    #[inline(never)]
    pub fn finish_pop<O>(&self, mut own: O, missed: Missed) -> Result<T, NotPopped>
    where
        O: DerefMut<Target = Participant>,
    {
        let cell = self.pop_slowly(&mut own, missed == Missed::Race)?;
        self.hint_head_at_times(&mut own);
        // SAFETY: the CAS took this cell out of a full slot.
        Ok(unsafe { self.take_value(cell) })
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
    fn stage(&self, own: &Participant, value: T) -> Spare {
        let spare = own.spare(own.tail);
        self.cell(spare.cell).with_mut(|place| {
            // SAFETY: a spare belongs to this participant alone (I1), its content is dead (I4).
            unsafe { (*place).write(value) };
        });
        spare
    }

    /// Takes the staged value back.
    ///
    /// # Safety
    ///
    /// It was staged, has not gone into the ring, and is taken back this once.
    #[inline(always)]
    unsafe fn unstage(&self, own: &Participant) -> T {
        // SAFETY: the contract; `Participant::overtaken` keeps it in the tail's spare.
        unsafe { self.take_value(own.spare(own.tail).cell) }
    }

    /// Swaps the staged cell `spare` into the slot at the own tail, if that still holds `word` and in
    /// it `cell`, which becomes a spare.
    #[inline(always)]
    fn fill(
        &self,
        own: &mut Participant,
        slot: &Slot<'_>,
        spare: Spare,
        word: Word,
        cell: u32,
    ) -> bool {
        let filled = slot.layout.filled(slot.at, spare.cell);
        // ORDERING: Release publishes the value to the Acquire load of the pop, and that all before
        // it is filled (I2); killed by `values_arrive_whole`. Relaxed on failure: the word is
        // loaded anew. LP of push, and of both halves of a displacement.
        let swapped = slot.word.compare_exchange(
            word.to_bits(),
            filled.to_bits(),
            Ordering::Release,
            Ordering::Relaxed,
        );
        if swapped.is_ok() {
            own.received(spare, cell);
            own.tail = self.layout.next_after(slot.at, slot.index);
        }
        swapped.is_ok()
    }

    /// Swaps the head's spare into the slot at the own head, if that still holds `word` and in it
    /// `cell`, which becomes a spare whose value is to be taken before anything else.
    #[inline(always)]
    fn empty(
        &self,
        own: &mut Participant,
        slot: &Slot<'_>,
        spare: Spare,
        word: Word,
        cell: u32,
        emptied: Word,
    ) -> bool {
        prefetch(self.cell(cell).address());
        // ORDERING: Release publishes that the spare handed in has been read, to the Acquire load
        // of the producer that will write into it, and that all before it is taken (I2); killed by
        // `a_cell_handed_back_has_been_read`. Relaxed on failure: the word is loaded anew. LP of
        // pop.
        let swapped = slot.word.compare_exchange(
            word.to_bits(),
            emptied.to_bits(),
            Ordering::Release,
            Ordering::Relaxed,
        );
        if swapped.is_ok() {
            own.received(spare, cell);
            own.head = self.layout.next_after(slot.at, slot.index);
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
        // ORDERING: Relaxed, as in `push_untold`.
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
                Some(cell) if self.fill_tail(own, word, cell) => return Ok(None),
                Some(_) => true,
                None => match self.find_tail(own, word) {
                    Tail::Open => false,
                    Tail::Full(word) if when_full == WhenFull::Displace => {
                        let oldest = self.layout.cell(word, own.tail);
                        if self.fill_tail(own, word, oldest) {
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

    /// As [`fill`](Self::fill), at wherever the own tail is.
    fn fill_tail(&self, own: &mut Participant, word: Word, cell: u32) -> bool {
        let spare = own.spare(own.tail);
        self.fill(own, &self.slot_at(own.tail), spare, word, cell)
    }

    /// Pops from wherever the head is by now, and returns the cell.
    fn pop_slowly(&self, own: &mut Participant, mut lost: bool) -> Result<u32, NotPopped> {
        loop {
            if lost {
                pause(PAUSES_AFTER_A_LOST_RACE);
            }
            let slot = self.slot_at(own.head);
            let word = slot.look();
            lost = match self.layout.cell_to_take(word, own.head) {
                Some(cell) => {
                    let spare = own.spare(slot.at);
                    let emptied = self.layout.emptied(word, cell, spare.cell);
                    if self.empty(own, &slot, spare, word, cell, emptied) {
                        return Ok(cell);
                    }
                    true
                }
                None => match self.find_head(own, word) {
                    Head::Item => false,
                    Head::Empty => return Err(NotPopped::Empty),
                    Head::Closed => return Err(NotPopped::Closed),
                },
            };
        }
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
}
