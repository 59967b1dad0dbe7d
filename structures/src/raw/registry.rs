//! Who works on an unbounded queue: a record for each, in which it says which segments it works in.
//!
//! # What
//!
//! Whoever recycles a segment must know that nobody is inside. So each participant *publishes* the segment that it
//! pushes into and the one that it pops from, in a record of its own, and keeps them there between its operations: an
//! operation that stays where it is publishes nothing.
//!
//! # Picture
//!
//! ```text
//!  directory -> [ record, record, record, ... ]      replaced as a whole, read under an epoch
//!  record  { FREE / BUSY , publishes: push, pop , place }
//!  seats[thread number] -> record                    for calls through `&Queue`
//! ```
//!
//! A handle has a record as long as it lives. A call by reference takes its thread's *seat*, which stays FREE between calls
//! but remembers where it was: [`break_free`](Record::break_free) makes it forget, so a thread that does not call
//! keeps no segment.
//!
//! # Invariants
//!
//! * **R1** A BUSY record belongs to one caller; FREE becomes BUSY by a CAS alone.
//! * **R2** Each use of a record happens before the next one (Release when it becomes FREE, Acquire when it is taken).
//! * **R3** A record is in the directory before anything is published in it, and until it is FREE, publishes nothing,
//!   and is taken out by [`prune`](Registry::prune).
//!
//! # Progress
//!
//! Lock-free: a directory that was replaced by somebody else means that a record came or went. A thread that is
//! stopped while it looks through the directory keeps old directories and pruned records in memory (see
//! [`reclaim`](super::reclaim)), never a segment.

use super::distance::Distance;
use super::reclaim::Replaced;
use super::segments::segment::Segment;
use crate::sync::{AtomicPtr, AtomicU32, Ordering, THREAD_NUMBERS, UnsafeCell};
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};
use crossbeam_utils::CachePadded;

const FREE: u32 = 0;
const BUSY: u32 = 1;

/// Where a participant works.
#[derive(Debug)]
pub struct Place<T> {
    /// The segment that it pushes into, which it publishes.
    pub(super) push: *mut Segment<T>,
    /// The segment that it pops from, which it publishes.
    pub(super) pop: *mut Segment<T>,
    /// Where in that one the head was, as far as it knows.
    pub(super) guess: u64,
    pub(super) distance: Distance,
    record: NonNull<CachePadded<Record<T>>>,
}

// SAFETY: a place is a participant's own; what it points to is shared between threads by the rules of `segments`.
unsafe impl<T: Send> Send for Place<T> {}
// SAFETY: as above; nothing is done through a shared reference.
unsafe impl<T: Send> Sync for Place<T> {}

/// For whom a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A handle, or one call.
    Visitor,
    /// The thread of a number.
    Seat,
}

/// What a participant shows to the others.
#[derive(Debug)]
pub(super) struct Record<T> {
    state: AtomicU32,
    kind: Kind,
    push: AtomicPtr<Segment<T>>,
    pop: AtomicPtr<Segment<T>>,
    /// A seat's place, between the calls.
    place: UnsafeCell<Option<Place<T>>>,
}

type Pointer<T> = NonNull<CachePadded<Record<T>>>;

/// All records, at one moment.
#[derive(Debug)]
struct Directory<T>(Box<[Pointer<T>]>);

// SAFETY: pointers to records, which are shared by the rules above, and in which no value lies.
unsafe impl<T> Send for Directory<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Directory<T> {}

/// Records that were taken out of the directory.
struct Pruned<T>(Vec<Pointer<T>>);

// SAFETY: as for `Directory`.
unsafe impl<T> Send for Pruned<T> {}

impl<T> Drop for Pruned<T> {
    fn drop(&mut self) {
        for record in &self.0 {
            // SAFETY: made by a box, out of the directory, and nobody reads an older one any more.
            drop(unsafe { Box::from_raw(record.as_ptr()) });
        }
    }
}

/// All who work on a queue; see the head of this file.
#[derive(Debug)]
pub(super) struct Registry<T> {
    directory: Replaced<Directory<T>>,
    seats: [AtomicPtr<CachePadded<Record<T>>>; THREAD_NUMBERS as usize],
}

impl<T> Record<T> {
    fn new(kind: Kind) -> Pointer<T> {
        let record = CachePadded::new(Self {
            state: AtomicU32::new(BUSY),
            kind,
            push: AtomicPtr::new(ptr::null_mut()),
            pop: AtomicPtr::new(ptr::null_mut()),
            place: UnsafeCell::new(None),
        });
        NonNull::from(Box::leak(Box::new(record)))
    }

    /// Takes the record if nobody has it.
    fn take(&self) -> bool {
        // ORDERING: Relaxed; only a guess for the CAS.
        self.state.load(Ordering::Relaxed) == FREE
            // ORDERING: Acquire pairs with the Release in `give_back` (R2); killed by
            // `a_seat_is_broken_free_or_kept`. Relaxed on failure: somebody else has it.
            && self
                .state
                .compare_exchange(FREE, BUSY, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
    }

    /// An access that a model can watch: the record is the caller's alone (R1).
    fn touch(&self) {
        self.place.with_mut(|_| ());
    }

    fn give_back(&self) {
        // ORDERING: Release pairs with the Acquire in `take` (R2); killed by the same model.
        self.state.store(FREE, Ordering::Release);
    }

    /// Whether the participant works in `segment`, as far as it says.
    fn publishes(&self, segment: *mut Segment<T>) -> bool {
        // ORDERING: Acquire pairs with the Release of `publish` and `unpublish`: who has left the segment has done with it;
        // killed by `who_leaves_a_segment_has_done_with_it`. The same for the second.
        self.push.load(Ordering::Acquire) == segment
            // ORDERING: Acquire, as above.
            || self.pop.load(Ordering::Acquire) == segment
    }

    /// Publishes nothing any more.
    fn unpublish(&self) {
        // ORDERING: Release pairs with the Acquire in `publishes`; killed by the same model. The same for the second.
        self.push.store(ptr::null_mut(), Ordering::Release);
        // ORDERING: Release, as above.
        self.pop.store(ptr::null_mut(), Ordering::Release);
    }

    /// Makes a record that nobody uses forget `segment`; says whether it does not publish it any more.
    fn break_free(&self, segment: *mut Segment<T>) -> bool {
        if !self.publishes(segment) {
            return true;
        }
        if self.kind != Kind::Seat || !self.take() {
            return false;
        }
        self.place.with_mut(|place| {
            // SAFETY: taken (R1), after its last use (R2).
            unsafe { *place = None };
        });
        self.unpublish();
        self.give_back();
        true
    }
}

impl<T> Place<T> {
    fn at(record: Pointer<T>) -> Self {
        Self {
            push: ptr::null_mut(),
            pop: ptr::null_mut(),
            guess: 0,
            distance: Distance::default(),
            record,
        }
    }

    fn record(&self) -> &Record<T> {
        // SAFETY: the record is BUSY for the owner of this place (R1), so it is not pruned (R3).
        unsafe { self.record.as_ref() }
    }

    /// Where the segment for pushes is published.
    pub(super) fn published_push(&self) -> &AtomicPtr<Segment<T>> {
        &self.record().push
    }

    /// Where the segment for pops is published.
    pub(super) fn published_pop(&self) -> &AtomicPtr<Segment<T>> {
        &self.record().pop
    }
}

impl<T> Registry<T> {
    pub(super) fn new() -> Self {
        Self {
            directory: Replaced::new(Directory(Box::new([]))),
            seats: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
        }
    }

    /// A place for a visitor, which publishes nothing as yet.
    pub(super) fn join(&self) -> Place<T> {
        let unused = self.directory.read(|all| {
            let of_visitors = |record: &&Pointer<T>| {
                // SAFETY: in the directory, and read under its epoch.
                let record = unsafe { record.as_ref() };
                record.kind == Kind::Visitor && record.take()
            };
            all.0.iter().find(of_visitors).copied()
        });
        let place = Place::at(unused.unwrap_or_else(|| self.enter_new(Kind::Visitor)));
        place.record().touch();
        place
    }

    #[cold]
    fn enter_new(&self, kind: Kind) -> Pointer<T> {
        let record = Record::new(kind);
        self.directory.replace((), |all| {
            Directory(all.0.iter().copied().chain([record]).collect())
        });
        record
    }

    /// Gives a visitor's place back.
    pub(super) fn leave(&self, place: &Place<T>) {
        let record = place.record();
        record.touch();
        record.unpublish();
        record.give_back();
    }

    /// The seat of the thread with this number, if nobody has taken it: the thread itself, in a call that a signal handler
    /// interrupted, or one who breaks it free.
    pub(super) fn seat(&self, number: usize) -> Option<Seat<'_, T>> {
        let seat = &self.seats[number];
        // ORDERING: Relaxed, as the store below: earlier threads of this number handed it over with all they did.
        let found = NonNull::new(seat.load(Ordering::Relaxed));
        let record = match found {
            Some(record) => {
                // SAFETY: seats are not pruned.
                if !unsafe { record.as_ref() }.take() {
                    return None;
                }
                record
            }
            None => {
                let record = self.enter_new(Kind::Seat);
                // ORDERING: Relaxed, as above.
                seat.store(record.as_ptr(), Ordering::Relaxed);
                record
            }
        };
        // SAFETY: taken, or new (R1).
        let record_ref: &Record<T> = unsafe { record.as_ref() };
        record_ref.place.with_mut(|place| {
            // SAFETY: as above, after its last use (R2).
            unsafe { (*place).get_or_insert_with(|| Place::at(record)) };
        });
        Some(Seat { record: record_ref })
    }

    /// Whether somebody may be in `segment`, which can no longer be come to. Those who only remember it are made to forget.
    pub(super) fn is_inhabited(&self, segment: *mut Segment<T>) -> bool {
        self.directory.read(|all| {
            all.0.iter().any(|record| {
                // SAFETY: in the directory, and read under its epoch.
                !unsafe { record.as_ref() }.break_free(segment)
            })
        })
    }

    /// Frees the records of visitors who have gone.
    pub(super) fn prune(&self) {
        let unused = self.directory.read(|all| {
            let of_visitors = |record: &&Pointer<T>| {
                // SAFETY: in the directory, and read under its epoch.
                let record = unsafe { record.as_ref() };
                record.kind == Kind::Visitor && record.take()
            };
            all.0.iter().filter(of_visitors).copied().collect()
        });
        let unused = Pruned::<T>(unused);
        let gone = unused.0.clone();
        if !gone.is_empty() {
            self.directory.replace(unused, |all| {
                let stays = |record: &&Pointer<T>| !gone.contains(record);
                Directory(all.0.iter().filter(stays).copied().collect())
            });
        }
    }
}

#[cfg(any(latchless_loom, latchless_steps))]
impl<T> Registry<T> {
    /// How many records there are.
    pub(super) fn records(&self) -> usize {
        self.directory.read(|all| all.0.len())
    }
}

impl<T> Drop for Registry<T> {
    fn drop(&mut self) {
        for record in &self.directory.get_mut().0 {
            // SAFETY: made by a box, and the registry is the only owner.
            drop(unsafe { Box::from_raw(record.as_ptr()) });
        }
    }
}

/// The place of the current thread, for one call.
#[derive(Debug)]
pub(super) struct Seat<'a, T> {
    record: &'a Record<T>,
}

impl<T> Deref for Seat<'_, T> {
    type Target = Place<T>;
    fn deref(&self) -> &Place<T> {
        let place = self.record.place.with(|place| place);
        // SAFETY: this caller's alone (R1), and there since the seat was taken.
        unsafe { (*place).as_ref().unwrap_unchecked() }
    }
}

impl<T> DerefMut for Seat<'_, T> {
    fn deref_mut(&mut self) -> &mut Place<T> {
        let place = self.record.place.with_mut(|place| place);
        // SAFETY: as in `deref`.
        unsafe { (*place).as_mut().unwrap_unchecked() }
    }
}

impl<T> Drop for Seat<'_, T> {
    fn drop(&mut self) {
        self.record.touch();
        self.record.give_back();
    }
}
