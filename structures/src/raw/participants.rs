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
//!   that interrupts its own thread inside a call, which goes to the pool then.
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

use super::thread_number;
use super::word::Position;
use crate::sync::{AtomicU32, Ordering, UnsafeCell, ZeroStart, pause, yield_now};
use core::mem::MaybeUninit;
use core::sync::atomic::compiler_fence;
use crossbeam_utils::CachePadded;

const UNUSED: u32 = 0;
const FREE: u32 = 1;
const BUSY: u32 = 2;

/// The most spares that a participant owns.
pub(crate) const MOST_SPARES: usize = 8;

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
    pub(super) fn spare(&self, at: Position) -> u32 {
        self.spares[self.place(at)]
    }

    /// Replaces the spare given away at `at` by the cell received for it.
    #[inline(always)]
    pub(super) fn received(&mut self, at: Position, cell: u32) {
        self.spares[self.place(at)] = cell;
    }

    /// Moves the own tail on to a later position; a value that waits in the tail's spare comes
    /// along.
    pub(super) fn overtaken(&mut self, tail: Position) {
        let (was, is) = (self.place(self.tail), self.place(tail));
        self.spares.swap(was, is);
        self.tail = tail;
    }
}

impl Participant {
    /// Whether this is the first time that the ring is found full at the own tail.
    pub(super) fn is_refused_first(&mut self) -> bool {
        let before = core::mem::replace(&mut self.refused[0], self.tail);
        before != self.tail
    }

    /// Whether this is the first time that the ring is found empty at the own head.
    pub(super) fn is_starved_first(&mut self) -> bool {
        let before = core::mem::replace(&mut self.refused[1], self.head);
        before != self.head
    }
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

/// Takes a record of `records`, all at `first` and after, that is not BUSY, and says whether it
/// has been used before.
fn take_any(records: &[CachePadded<Record>]) -> Option<(usize, bool)> {
    records.iter().enumerate().find_map(|(index, record)| {
        // ORDERING: Relaxed; only a guess for the CAS.
        let state = record.state.load(Ordering::Relaxed);
        // ORDERING: Acquire pairs with the Release in `give_back` (I2); killed by
        // `a_pooled_participant_is_handed_over` and `a_dropped_handle_leaves_its_spares`.
        (state != BUSY
            && record
                .state
                .compare_exchange(state, BUSY, Ordering::Acquire, Ordering::Relaxed)
                .is_ok())
        .then_some((index, state == FREE))
    })
}

impl Record {
    /// Calls `act` with the participant of this record, which is the current thread's, unless the
    /// record is unused or the thread is inside a call already; then `act` comes back.
    ///
    /// # Safety
    ///
    /// The current thread has the number of this record. `act` does not panic.
    #[inline(always)]
    pub(super) unsafe fn enter<R, F: FnOnce(&mut Participant) -> R>(&self, act: F) -> Result<R, F> {
        // ORDERING: Relaxed, this one and the stores below: only this thread (and a signal handler
        // on it, which sees its own thread's program order) touches the state of a numbered record;
        // its earlier owners handed the number over (I2).
        if self.state.load(Ordering::Relaxed) != FREE {
            return Err(act);
        }
        // ORDERING: Relaxed, as above.
        self.state.store(BUSY, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        // SAFETY: this thread alone has the number (I1), and it was not inside a call.
        let answer = unsafe { self.participant(true, || unreachable!("in use"), act) };
        compiler_fence(Ordering::SeqCst);
        // ORDERING: Relaxed, as above.
        self.state.store(FREE, Ordering::Relaxed);
        Ok(answer)
    }

    /// Ends a use that began with [`take_any`].
    fn give_back(&self) {
        // ORDERING: Release pairs with the Acquire in `take_any` (I2); killed by the same models.
        self.state.store(FREE, Ordering::Release);
    }

    /// The participant, made by `make` when there is none yet.
    ///
    /// # Safety
    ///
    /// The caller alone uses this record (I1), after every earlier use (I2). `used` is whether it
    /// has been used before.
    #[inline(always)]
    unsafe fn participant<R>(
        &self,
        used: bool,
        make: impl FnOnce() -> Participant,
        act: impl FnOnce(&mut Participant) -> R,
    ) -> R {
        self.participant.with_mut(|participant| {
            // SAFETY: this caller alone, by the contract.
            let participant = unsafe { &mut *participant };
            if !used {
                participant.write(make());
            }
            // SAFETY: written just now or by an earlier use.
            act(unsafe { participant.assume_init_mut() })
        })
    }
}

/// A ring's records, seen through its census.
#[derive(Clone, Copy, Debug)]
pub(super) struct Participants<'a> {
    pub(super) records: &'a [CachePadded<Record>],
    pub(super) census: Census,
}

impl Participants<'_> {
    /// Makes the record of the current thread usable, if it has one that was never used.
    ///
    /// Says whether it did: then a call goes through it.
    #[cold]
    pub(super) fn settle(self, make: impl FnOnce(usize) -> Participant) -> bool {
        let Some(number) = thread_number::current().filter(|&n| n < self.census.threads) else {
            return false;
        };
        let record = &self.records[number];
        // ORDERING: Relaxed, this one and the store below, as in `Record::enter`.
        if record.state.load(Ordering::Relaxed) != UNUSED {
            return false;
        }
        // ORDERING: Relaxed, as above. A signal handler that comes now must not settle here too.
        record.state.store(BUSY, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        // SAFETY: this thread alone has this number, and it is not inside a call (I1, I2).
        unsafe { record.participant(false, || make(number), |_| ()) };
        compiler_fence(Ordering::SeqCst);
        // ORDERING: Relaxed, as above.
        record.state.store(FREE, Ordering::Relaxed);
        true
    }

    /// Calls `act` with a participant of the pool.
    #[cold]
    pub(super) fn call_through_pool<R>(
        self,
        make: impl FnOnce(usize) -> Participant,
        act: impl FnOnce(&mut Participant) -> R,
    ) -> R {
        let first = self.census.threads;
        let pool = &self.records[first..first + self.census.pool];
        let (index, used) = loop {
            if let Some(taken) = take_any(pool) {
                break taken;
            }
            pause(8);
            yield_now();
        };
        // SAFETY: `take_any` made it BUSY for this caller (I1), after its last `give_back` (I2).
        let answer = unsafe { pool[index].participant(used, || make(first + index), act) };
        pool[index].give_back();
        answer
    }

    /// Takes a participant out for a handle, or `None` when all are out.
    pub(super) fn check_out(
        self,
        make: impl FnOnce(usize) -> Participant,
    ) -> Option<(usize, Participant)> {
        let first = self.census.threads + self.census.pool;
        let (index, used) = take_any(&self.records[first..])?;
        // SAFETY: `take_any` made it BUSY for this caller (I1), after its last `give_back` (I2).
        let participant = unsafe {
            self.records[first + index].participant(used, || make(first + index), |p| p.clone())
        };
        Some((first + index, participant))
    }

    /// Puts a handle's participant back.
    pub(super) fn check_in(self, index: usize, participant: &Participant) {
        // SAFETY: the record is BUSY for the handle that is being dropped (I1).
        unsafe {
            self.records[index].participant(
                true,
                || unreachable!("used"),
                |place| {
                    place.clone_from(participant);
                },
            );
        }
        self.records[index].give_back();
    }
}
