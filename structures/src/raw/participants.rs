//! Who takes part in a ring: records that are owned by one caller at a time.
//!
//! # What
//!
//! Every operation on a ring is made by a [`Participant`]: a few spare cells and its own idea of
//! where the ends of the queue are. This file decides who may use which.
//!
//! # Picture
//!
//! ```text
//!  records  [ threads: one a thread number | pool: for threads without one | handles ]
//!  record   { state: UNUSED / FREE / BUSY , participant }          128 bytes of its own
//! ```
//!
//! * A **handle** takes a record of its own part when it is made (CAS), keeps the participant
//!   inside itself, and puts it back when it is dropped. No atomic is touched in between.
//! * A **call** by a thread with number n uses record n. No other thread ever does (I1 of
//!   `thread_number`), so BUSY is set and cleared by plain stores: it is there for a signal handler
//!   that interrupts its own thread inside a call, which goes to the pool then. Only the first use,
//!   which writes the participant, is taken by a CAS: a handler may come between look and store.
//! * A call without a number, or whose record is BUSY or out of range, takes a record of the pool
//!   (CAS) for this one call.
//!
//! # Invariants
//!
//! * **I1** The participant of a BUSY record is used by one caller alone; that of another record by
//!   nobody.
//! * **I2** Each use of a participant happens before the next one: through the record's state (pool,
//!   handles: Release when given back, Acquire when taken), or through the thread and the hand-over
//!   of its number (threads).
//!
//! # Progress
//!
//! A call by a numbered thread never meets another one here. A call through the pool is lock-free
//! up to as many *stopped* callers as the pool has records; when all of them are stopped inside
//! calls, the next waits. Handles never meet anybody after they were made.

use super::distance::Distance;
use super::thread_number;
use super::word::{Layout, Position};
use crate::sync::{
    AtomicU32, Ordering, UnsafeCell, ZeroStart, pause, visible_to_own_signal_handler, yield_now,
};
use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};
use crossbeam_utils::CachePadded;

const UNUSED: u32 = 0;
const FREE: u32 = 1;
const BUSY: u32 = 2;

/// How often a caller pauses when all of the pool is in use, before it yields.
const PAUSES_AT_A_BUSY_POOL: u32 = 8;

/// The most spares that a participant owns.
pub(crate) const MOST_SPARES: usize = 8;

/// Of so many refusals that follow upon short runs, one pauses.
const SHORT_RUNS_TO_A_PAUSE: u8 = 16;

/// So many successes without a refusal are a flow.
const LONG_RUN: usize = 32;

/// What lies between one record and the next, in bytes.
pub(crate) const RECORD_SIZE: usize = size_of::<CachePadded<Record>>();

/// What one caller needs to work on a ring.
#[derive(Clone, Debug)]
pub struct Participant {
    /// Every position before it is filled.
    pub(super) tail: Position,
    /// Every position before it is taken.
    pub(super) head: Position,
    /// The tail at which the ring was last found full, and the head at which it was last found
    /// empty.
    refused: [Position; 2],
    /// How many refusals at the tail, and at the head, followed upon short runs.
    short_runs: [u8; 2],
    /// What became of the pauses before refusals at the tail, and at the head.
    refusals_put_off: [Distance; 2],
    pub(super) distance: Distance,
    /// Number of spares less one; the number is a power of two.
    mask: u32,
    /// Cells that nobody else knows. An operation at position p uses the one at p modulo their
    /// number and puts the cell that it receives in its place, so a participant that goes from
    /// position to position gives away the cell received longest ago: its line is the one that the
    /// other side has stopped reading.
    spares: [u32; MOST_SPARES],
}

impl Participant {
    pub(super) fn new(tail: Position, head: Position, first_spare: u32, spares: u32) -> Self {
        debug_assert!(spares.is_power_of_two() && spares as usize <= MOST_SPARES);
        Self {
            tail,
            head,
            refused: [tail, head],
            short_runs: [0; 2],
            refusals_put_off: [Distance::default(); 2],
            distance: Distance::default(),
            mask: spares - 1,
            spares: core::array::from_fn(|i| first_spare + i as u32),
        }
    }

    #[inline(always)]
    fn place(&self, at: Position) -> usize {
        // The second mask tells the compiler what the first one ensures.
        (at.to_bits() as u32 & self.mask) as usize & (MOST_SPARES - 1)
    }

    /// The cell to give away at position `at`.
    #[inline(always)]
    pub(super) fn spare(&self, at: Position) -> Spare {
        let place = self.place(at);
        Spare {
            place,
            cell: self.spares[place],
        }
    }

    /// Replaces a spare that was given away by the cell received for it.
    #[inline(always)]
    pub(super) fn received(&mut self, given: Spare, cell: u32) {
        self.spares[given.place] = cell;
    }

    /// Moves the own tail on to a later position; a value that waits in the tail's spare comes
    /// along.
    pub(super) fn overtaken(&mut self, tail: Position) {
        let (was, is) = (self.place(self.tail), self.place(tail));
        self.spares.swap(was, is);
        self.tail = tail;
    }

    /// Whether to pause before saying Full.
    pub(super) fn pauses_when_full(&mut self, layout: &Layout) -> bool {
        self.pauses(0, self.tail, layout)
    }

    /// Whether to pause before saying Empty.
    pub(super) fn pauses_when_empty(&mut self, layout: &Layout) -> bool {
        self.pauses(1, self.head, layout)
    }

    /// A pause before Full has led to more room, or it has not.
    pub(super) fn has_paused_when_full(&mut self, gained: bool) {
        self.refusals_put_off[0].was_kept(gained);
    }

    /// A pause before Empty has led to another item, or it has not.
    pub(super) fn has_paused_when_empty(&mut self, gained: bool) {
        self.refusals_put_off[1].was_kept(gained);
    }

    /// Whether many items have come since the ring was last found empty.
    pub(super) fn flows_out(&self, layout: &Layout) -> bool {
        layout.distance(self.refused[1], self.head) >= LONG_RUN
    }

    /// A pause lets the other side get ahead, in a flow. Where that gains nothing, for the other side needs this core to
    /// get on, it becomes rare. Where a few items come and go, as in a conversation, it would only be late: there it is
    /// tried now and then, in case a flow begins.
    fn pauses(&mut self, side: usize, at: Position, layout: &Layout) -> bool {
        let before = core::mem::replace(&mut self.refused[side], at);
        if before == at {
            return false;
        }
        if layout.distance(before, at) >= LONG_RUN {
            self.short_runs[side] = 0;
            return self.refusals_put_off[side].is_due();
        }
        self.short_runs[side] = self.short_runs[side].wrapping_add(1);
        self.short_runs[side] % SHORT_RUNS_TO_A_PAUSE == 1
    }
}

/// A cell that a participant owns, and where it keeps it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spare {
    place: usize,
    pub(super) cell: u32,
}

/// A place for a participant, and whether it is in use.
#[derive(Debug)]
pub struct Record {
    state: AtomicU32,
    participant: UnsafeCell<MaybeUninit<Participant>>,
}

// SAFETY: zero is UNUSED, and an unused record's participant is not initialised.
unsafe impl ZeroStart for CachePadded<Record> {
    fn zero() -> Self {
        CachePadded::new(Record {
            state: AtomicU32::new(UNUSED),
            participant: UnsafeCell::new(MaybeUninit::uninit()),
        })
    }
}

/// How many records of each kind a ring has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Census {
    /// One for each thread number below this.
    pub threads: usize,
    /// For calls of other threads.
    pub pool: usize,
    /// For handles.
    pub handles: usize,
}

impl Census {
    /// All records.
    pub fn total(&self) -> Option<usize> {
        self.threads
            .checked_add(self.pool)?
            .checked_add(self.handles)
    }
}

impl Record {
    /// Takes the record of the current thread, if it has been used before and the thread is not
    /// inside a call already.
    ///
    /// # Safety
    ///
    /// The current thread has the number of this record.
    #[inline(always)]
    pub(super) unsafe fn take_own(&self) -> Option<Entry<'_>> {
        // ORDERING: Relaxed, this one and the store below: only this thread (and a signal handler on
        // it, which sees its own thread's program order) touches the state of a numbered record; its
        // earlier owners handed the number over (I2).
        if self.state.load(Ordering::Relaxed) != FREE {
            return None;
        }
        // ORDERING: Relaxed, as above.
        self.state.store(BUSY, Ordering::Relaxed);
        visible_to_own_signal_handler();
        // SAFETY: this thread alone has the number (I1), and it was not inside a call.
        Some(unsafe { Entry::new(self) })
    }

    /// Takes the record of the current thread if nobody has ever used it.
    ///
    /// # Safety
    ///
    /// As [`take_own`](Self::take_own).
    pub(super) unsafe fn settle(
        &self,
        newcomer: impl FnOnce() -> Participant,
    ) -> Option<Entry<'_>> {
        // ORDERING: Relaxed, as in `take_own`. A compare-and-swap, for a signal handler on this thread
        // that came in between would settle here too; killed by
        // `a_signal_handler_may_call_between_any_two_steps`. And an earlier owner of the number has
        // left its spares here: killed by `a_newcomer_starts_where_the_others_are`.
        self.state
            .compare_exchange(UNUSED, BUSY, Ordering::Relaxed, Ordering::Relaxed)
            .ok()?;
        visible_to_own_signal_handler();
        // SAFETY: this thread alone has the number (I1), and it is not inside a call.
        Some(unsafe { Entry::first(self, newcomer()) })
    }

    /// Takes the record, whose users may be any threads, if nobody has it.
    fn take_shared(&self, newcomer: impl FnOnce() -> Participant) -> Option<Entry<'_>> {
        // ORDERING: Relaxed; only a guess for the CAS.
        let state = self.state.load(Ordering::Relaxed);
        if state == BUSY {
            return None;
        }
        // ORDERING: Acquire pairs with the Release when the last user left (I2); killed by
        // `a_pooled_participant_is_handed_over` and `a_dropped_handle_leaves_its_spares`. Relaxed on
        // failure: somebody else has it.
        self.state
            .compare_exchange(state, BUSY, Ordering::Acquire, Ordering::Relaxed)
            .ok()?;
        // SAFETY: the CAS made it this caller's (I1), after its last use (I2).
        Some(unsafe {
            if state == UNUSED {
                Entry::first(self, newcomer())
            } else {
                Entry::new(self)
            }
        })
    }
}

/// A participant in use; the record is free again when this is dropped.
#[derive(Debug)]
pub struct Entry<'a> {
    record: &'a Record,
}

impl<'a> Entry<'a> {
    /// # Safety
    ///
    /// The record is BUSY for the caller alone (I1), after every earlier use (I2), one of which
    /// wrote the participant.
    #[inline(always)]
    unsafe fn new(record: &'a Record) -> Self {
        // A first access that a model can watch, before there is anything to drop.
        record.participant.with_mut(|_| ());
        Self { record }
    }

    /// # Safety
    ///
    /// As [`new`](Self::new), but no use came before.
    unsafe fn first(record: &'a Record, newcomer: Participant) -> Self {
        record.participant.with_mut(|place| {
            // SAFETY: the caller's alone, by the contract.
            unsafe { (*place).write(newcomer) };
        });
        // SAFETY: the contract, and the participant was just written.
        unsafe { Self::new(record) }
    }
}

impl Deref for Entry<'_> {
    type Target = Participant;
    #[inline(always)]
    fn deref(&self) -> &Participant {
        // SAFETY: initialised and this entry's alone, by the contract of `new`.
        unsafe { &*self.record.participant.with(|place| place.cast()) }
    }
}

impl DerefMut for Entry<'_> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Participant {
        // SAFETY: as in `deref`.
        unsafe { &mut *self.record.participant.with_mut(|place| place.cast()) }
    }
}

impl Drop for Entry<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        // A last access that a model can watch: the use lasted until here.
        self.record.participant.with_mut(|_| ());
        visible_to_own_signal_handler();
        // ORDERING: Release pairs with the Acquire in `take_shared` (I2), and is killed by the same
        // models; a thread's own record needs none, but a plain store costs the same.
        self.record.state.store(FREE, Ordering::Release);
    }
}

/// A ring's records, seen through its census.
#[derive(Clone, Copy, Debug)]
pub(super) struct Participants<'a> {
    pub(super) records: &'a [CachePadded<Record>],
    pub(super) census: Census,
}

impl<'a> Participants<'a> {
    /// A participant for one call of the current thread, whose own record cannot be taken: it was
    /// never used, or is in use by the call that a signal handler interrupted, or there is none.
    pub(super) fn enter(self, newcomer: impl Fn(usize) -> Participant) -> Entry<'a> {
        let own = thread_number::current().filter(|&number| number < self.census.threads);
        if let Some(number) = own {
            let record = &self.records[number];
            // SAFETY: `number` is the current thread's.
            if let Some(entry) = unsafe { record.settle(|| newcomer(number)) } {
                return entry;
            }
            // SAFETY: as above; a signal handler may have settled here just now.
            if let Some(entry) = unsafe { record.take_own() } {
                return entry;
            }
        }
        let first = self.census.threads;
        loop {
            for index in first..first + self.census.pool {
                if let Some(entry) = self.records[index].take_shared(|| newcomer(index)) {
                    return entry;
                }
            }
            pause(PAUSES_AT_A_BUSY_POOL);
            yield_now();
        }
    }

    /// Takes a participant out for a handle, or `None` when all are out.
    pub(super) fn check_out(
        self,
        newcomer: impl Fn(usize) -> Participant,
    ) -> Option<(usize, Participant)> {
        let first = self.census.threads + self.census.pool;
        (first..self.records.len()).find_map(|index| {
            let entry = self.records[index].take_shared(|| newcomer(index))?;
            let participant = (*entry).clone();
            // It stays BUSY until the handle is dropped.
            core::mem::forget(entry);
            Some((index, participant))
        })
    }

    /// Puts a handle's participant back.
    pub(super) fn check_in(self, index: usize, participant: &Participant) {
        // SAFETY: the record is BUSY for the handle that is being dropped (I1), since `check_out`.
        let mut entry = unsafe { Entry::new(&self.records[index]) };
        entry.clone_from(participant);
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;

    #[test]
    fn only_a_consumer_that_was_not_refused_for_long_is_in_a_flow() {
        let layout = Layout::new(40, 48).unwrap();
        let mut at = layout.lap_start(u64::MAX);
        let mut own = Participant::new(at, at, 40, 8);
        for item in 0..100 {
            assert_eq!(
                own.flows_out(&layout),
                item % 40 >= LONG_RUN,
                "after {item}"
            );
            at = layout.next(at);
            own.head = at;
            if item % 40 == 39 {
                own.pauses_when_empty(&layout);
            }
        }
    }

    #[test]
    fn pauses_before_a_refusal_become_rare_when_they_gain_nothing_and_come_back_when_one_gains() {
        let layout = Layout::new(40, 48).unwrap();
        let at = layout.lap_start(0);
        let mut own = Participant::new(at, at, 40, 8);
        let mut pauses = |gained: bool| {
            let refused_after_a_long_run = |_: &u32| {
                for _ in 0..LONG_RUN {
                    own.tail = layout.next(own.tail);
                }
                let pauses = own.pauses_when_full(&layout);
                if pauses {
                    own.has_paused_when_full(gained);
                }
                pauses
            };
            (0..10_000).filter(refused_after_a_long_run).count()
        };
        let in_vain = pauses(false);
        assert!((12..24).contains(&in_vain), "{in_vain} of 10,000");
        let gained = pauses(true);
        assert!(gained >= 10_000 - 4_095, "only {gained} of 10,000");
    }
}
