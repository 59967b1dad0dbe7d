//! The ring between one producer and one consumer: a slot's state beside its value, and runs of values.
//!
//! # What
//!
//! A single value lies beside the word that says that it is there: whoever finds the one has the other in its
//! cache already, and there is no index that both sides write or read. Values that come together, a *run*, lie side by
//! side in an array of their own, and one word speaks for all of them. Every push is to be seen when it returns.
//!
//! # Picture
//!
//! ```text
//!  position    0          1            2        3        4
//!  slot      [ run to 3 | ........... | ...... | single | empty to 9 ]   a word each, and room for one value
//!                                                value
//!  cells     [ value      value         value    .        .          ]   room for the runs' values
//!              ^ consumer                                 ^ producer
//! ```
//!
//! Positions are counted for ever; slot and cell are found by the position modulo the capacity, which each side
//! keeps beside it, so that nothing is divided.
//!
//! # Word layout
//!
//! ```text
//!  [ position (62) | kind (2) ]      EMPTY  the producer may fill up to here, from this slot on
//!                                    SINGLE a value lies in this slot, and the position is the next one
//!                                    RUN    values lie in the cells from this place on, up to here
//! ```
//!
//! (After 2^62 values, more than a hundred years at one a nanosecond, positions begin again.)
//!
//! # Invariants
//!
//! * **S1** The producer's words tile the positions: each speaks for those from its own slot up to the next one's. The
//!   consumer, which begins at 0, comes to each, and knows of it when it has read it. The consumer's words tile
//!   the positions one lap later, and the producer comes to each of those.
//! * **S2** What stands in a slot at which one of the two arrives is what the other wrote for this very position, or is
//!   known by its position to be older. An older SINGLE or RUN ends at the consumer's position at the latest, an older
//!   EMPTY at the producer's, and a word of one's own is of the other kind.
//! * **S3** A value is written before the word that speaks for it (Release), and read behind it (Acquire); and read before
//!   the word that makes its place EMPTY (Release), which is read (Acquire) before the place is written again. So
//!   what lies beyond what one side was told belongs to the other.
//! * **S4** No word is overwritten that is still to be read. A slot's word is written by the producer when it has been told
//!   that the slot is empty, by the word in it or an earlier one of the consumer's; and by the consumer when
//!   it has taken the value for which the word in it or an earlier one of the producer's has spoken.
//!
//! # Why it is correct
//!
//! *A push takes effect* when its word is stored: one word, so a run is there as a whole. *A pop takes
//! effect* when the place is made EMPTY. *Empty* and *Full* are said after a look at the one word that would say
//! otherwise: at that moment the other side had stored nothing there. So are the lengths: they add up words from
//! the own position on, until one is not there yet; that was the length at the moment of the last look.
//!
//! # Progress
//!
//! Wait-free: there is no loop but over values, or over words for a length, of which there are no more than slots.
//!
//! # Cost
//!
//! A push and a pop touch one cache line that the other touches too, where a ring with two indices touches two. In a ring of
//! some hundreds each side asks for lines that it will come to, while it knows the other to be far from there (see `lead`):
//! between far cores that makes it two to three times as fast. A long run
//! to a consumer on another core is copied the way that took the least time of late, as in [`bytes`](super::bytes).
//! Memory: a word and two places for each value (of which the second is not touched before the first run).
//!
//! # Source
//!
//! Own design; the state beside the value is that of FastForward (Giacomoni, Moseley, Vachharajani, "FastForward for
//! efficient pipeline parallelism", PPoPP 2008).

mod grant;
mod head;
mod lead;
mod stretch;
mod tail;

pub use grant::Grant;
use head::Ahead;
use lead::Signposts;
pub use stretch::Stretch;

use super::ways::{Said, Ways, Whereabouts};
use crate::error::CapacityError;
use crate::sync::{Arc, AtomicU64, Cells, Ordering, UnsafeCell, ZeroStart, has_failed, zeroed};
use core::mem::MaybeUninit;
use core::ptr::NonNull;

const KIND_BITS: u32 = 2;
/// One position further.
const ONE: u64 = 1 << KIND_BITS;
const KIND: u64 = ONE - 1;
const EMPTY: u64 = 0b00;
const SINGLE: u64 = 0b01;
const RUN: u64 = 0b11;

/// A word of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word(u64);

impl Word {
    /// The producer may fill up to `limit`.
    #[inline(always)]
    fn empty(limit: Position) -> Self {
        Self(limit.0 | EMPTY)
    }
    /// A value lies in the slot of this position.
    #[inline(always)]
    fn single(at: Position) -> Self {
        Self(at.plus(1).0 | SINGLE)
    }
    /// Values lie in the cells up to `end`.
    #[inline(always)]
    fn run(end: Position) -> Self {
        Self(end.0 | RUN)
    }
    /// For how many positions from `at` on this speaks, if it is of that kind and not older (S2).
    #[inline(always)]
    fn reach(self, kind: u64, at: Position, capacity: usize) -> usize {
        let ahead = self.0.wrapping_sub(at.0 | kind);
        let count = ahead >> KIND_BITS;
        if ahead & KIND == 0 && count <= capacity as u64 {
            count as usize
        } else {
            0
        }
    }
}

/// A position, where the words have it: counted for ever, in steps of [`ONE`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Position(u64);

impl Position {
    #[inline(always)]
    fn plus(self, count: usize) -> Self {
        Self(self.0.wrapping_add((count as u64) << KIND_BITS))
    }
}

/// A word, and room for a single value.
#[derive(Debug)]
struct Slot<T> {
    word: AtomicU64,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: a word of zeros is EMPTY up to 0, and any memory is a `MaybeUninit`.
unsafe impl<T> ZeroStart for Slot<T> {
    fn zero() -> Self {
        Self {
            word: AtomicU64::new(0),
            value: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }
}

impl<T> Slot<T> {
    #[inline(always)]
    fn look(&self) -> Word {
        // ORDERING: Acquire pairs with the Release in `tell`: what the word speaks for has been written, or read
        // (S3). Killed by `a_value_is_received_whole` and `a_place_is_not_written_before_it_was_read`.
        Word(self.word.load(Ordering::Acquire))
    }

    #[inline(always)]
    fn tell(&self, word: Word) {
        // ORDERING: Release pairs with the Acquire in `look`; killed by the same models.
        self.word.store(word.0, Ordering::Release);
    }
}

/// The memory.
struct Ring<T> {
    slots: Box<[Slot<T>]>,
    cells: Cells<T>,
    signposts: Signposts,
    producer: Whereabouts,
    consumer: Whereabouts,
    /// Where the consumer stood when it went.
    end: UnsafeCell<Front>,
}

// SAFETY: a value is moved in by one side and out by the other, never shared (S3).
unsafe impl<T: Send> Sync for Ring<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Ring<T> {}

/// A place in the ring, in two parts, of which a step changes one.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// Where this lap began.
    lap: Position,
    index: usize,
    /// The index at which a step is more than to the next one: there the ring ends, or [`lead`] is due.
    stop: usize,
}

impl Place {
    fn first(capacity: usize) -> Self {
        Self {
            lap: Position::default(),
            index: 0,
            stop: lead::stop_behind(0, capacity),
        }
    }

    #[inline(always)]
    fn position(self) -> Position {
        self.lap.plus(self.index)
    }

    /// So many on, at most a lap.
    #[inline(always)]
    fn plus(self, count: usize, capacity: usize) -> Self {
        let left = capacity - self.index;
        let (lap, index) = if count < left {
            (self.lap, self.index + count)
        } else {
            (self.lap.plus(capacity), count - left)
        };
        Self {
            lap,
            index,
            stop: lead::stop_behind(index, capacity),
        }
    }
}

/// Where the consumer stands.
#[derive(Clone, Copy, Debug, Default)]
struct Front {
    place: Place,
    /// So many values of a run are still ahead.
    run: usize,
}

/// A ring of `capacity`, as its two ends.
///
/// # Errors
///
/// For a capacity of 0, or one whose memory cannot be had.
pub fn ring<T>(capacity: usize) -> Result<(Tail<T>, Head<T>), CapacityError> {
    if capacity == 0 {
        return Err(CapacityError::Zero);
    }
    let slots = zeroed::<Slot<T>>(capacity).ok_or(CapacityError::OutOfMemory)?;
    let first = NonNull::from(&*slots).cast();
    let ring = Arc::new(Ring {
        slots,
        cells: Cells::new(capacity).ok_or(CapacityError::OutOfMemory)?,
        signposts: Signposts::default(),
        producer: Whereabouts::new(),
        consumer: Whereabouts::new(),
        end: UnsafeCell::new(Front::default()),
    });
    let tail = Tail {
        ring: Arc::clone(&ring),
        slots: first,
        capacity,
        place: Place::first(capacity),
        free: capacity,
        ways: Ways::new(),
        said: Said::default(),
    };
    let head = Head {
        ring,
        slots: first,
        capacity,
        front: Front {
            place: Place::first(capacity),
            run: 0,
        },
        said: Said::default(),
    };
    Ok((tail, head))
}

/// The producer's end.
pub struct Tail<T> {
    ring: Arc<Ring<T>>,
    slots: NonNull<Slot<T>>,
    capacity: usize,
    place: Place,
    /// So many from the place on are known to be empty.
    free: usize,
    ways: Ways,
    /// What it has told the consumer of where it is.
    said: Said,
}

/// The consumer's end.
pub struct Head<T> {
    ring: Arc<Ring<T>>,
    slots: NonNull<Slot<T>>,
    capacity: usize,
    front: Front,
    /// What it has told the producer of where it is.
    said: Said,
}

// SAFETY: an end is the only one of its kind (`ring`), and takes the values along.
unsafe impl<T: Send> Send for Tail<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Head<T> {}
// SAFETY: what can be done through a reference is to look at words.
unsafe impl<T: Send> Sync for Tail<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Head<T> {}

impl<T> Drop for Ring<T> {
    /// Drops what is inside, also where a destructor panics.
    fn drop(&mut self) {
        struct Rest<'a, T>(&'a Ring<T>, Front);
        impl<T> Rest<'_, T> {
            fn drop_all(&mut self) {
                let Self(ring, front) = self;
                let capacity = ring.slots.len();
                loop {
                    let (position, index) = (front.place.position(), front.place.index);
                    let slot = &ring.slots[index];
                    let next = front.place.plus(1, capacity);
                    if front.run > 0 {
                        (front.place, front.run) = (next, front.run - 1);
                        // SAFETY: written, not taken, and passed.
                        unsafe { ring.cells.to_write(index, 1).drop_in_place() };
                    } else if slot.look() == Word::single(position) {
                        front.place = next;
                        slot.value.with_mut(|place| {
                            // SAFETY: as above.
                            unsafe { (*place).assume_init_drop() }
                        });
                    } else {
                        front.run = slot.look().reach(RUN, position, capacity);
                        if front.run == 0 {
                            return;
                        }
                    }
                }
            }
        }
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.drop_all();
            }
        }
        if has_failed() {
            return;
        }
        let front = self.end.with(|end| {
            // SAFETY: the consumer has gone.
            unsafe { *end }
        });
        Rest(self, front).drop_all();
    }
}
