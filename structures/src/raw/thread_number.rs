//! A small number for each live thread, so that a thread can own one place in every structure.
//!
//! # What
//!
//! The first 64 threads that ask get a number below 64 each and keep it until they end. The
//! number of an ended thread is given out again. A thread that finds none free goes without one
//! and asks again at its next call.
//!
//! # Picture
//!
//! ```text
//!  taken: one u64, bit n set = number n belongs to a live thread
//!  in each thread: PLACE (no destructor, read by every call), GIVES_BACK (destructor)
//! ```
//!
//! PLACE is the number times the size of a record, so that a call finds its record by one addition.
//!
//! # Invariants
//!
//! * **I1** A number belongs to at most one live thread: a bit is set by the one CAS that found
//!   it clear, and cleared by its owner alone.
//! * **I2** Whatever a thread did with its number happens before whatever the number's next owner
//!   does: the owner clears the bit with Release, the next one sets it with Acquire, and all
//!   writes to `taken` are read-modify-writes, so each continues the release sequences of those
//!   before it.
//! * **I3** A thread has no number any more when the destructors of its thread-locals run later
//!   than GIVES_BACK: PLACE says so before the bit is cleared.
//!
//! # Progress
//!
//! [`current`] is lock-free: a lost CAS means that another thread took or gave back a number. A
//! stopped thread keeps its number and holds up nobody.

use super::participants::RECORD_SIZE;
use crate::sync::{
    AtomicU64, Ordering, THREAD_NUMBERS, global, local, visible_to_own_signal_handler,
};
use core::cell::Cell;

/// No number asked for yet, or none was free.
const NONE: usize = usize::MAX;
/// The thread is ending: it gets no number any more.
const ENDING: usize = usize::MAX - 1;
/// The thread is just asking: a signal handler on it goes without, or one of two numbers would never come back.
const ASKING: usize = usize::MAX - 2;
/// Places are below this.
pub(crate) const PLACES_END: usize = THREAD_NUMBERS as usize * RECORD_SIZE;

/// Which numbers belong to live threads.
#[derive(Debug)]
pub(crate) struct Numbers {
    taken: AtomicU64,
}

global! {
    static NUMBERS: Numbers = Numbers { taken: AtomicU64::new(0) };
}

local! {
    static PLACE: Cell<usize> = Cell::new(NONE);
}

local! {
    static GIVES_BACK: GivesBack = GivesBack;
}

/// Gives the thread's number back when the thread ends.
struct GivesBack;

impl Drop for GivesBack {
    fn drop(&mut self) {
        let place = PLACE.with(|place| place.replace(ENDING));
        if place < PLACES_END {
            NUMBERS.give_back((place / RECORD_SIZE) as u32);
        }
    }
}

/// How far the current thread's record is from the first one, in bytes; larger than any such
/// distance if the thread has no number so far.
#[inline(always)]
pub(crate) fn place() -> usize {
    PLACE.with(Cell::get)
}

/// The current thread's number, if it has one or one is free.
#[inline]
pub(crate) fn current() -> Option<usize> {
    let place = place();
    if place < PLACES_END {
        Some(place / RECORD_SIZE)
    } else {
        ask(place)
    }
}

#[cold]
fn ask(place: usize) -> Option<usize> {
    if place != NONE {
        return None;
    }
    PLACE.with(|place| place.set(ASKING));
    visible_to_own_signal_handler();
    // Registers the destructor first: a number taken without it would never come back.
    let number = GIVES_BACK.try_with(|_| NUMBERS.take()).ok().flatten();
    let number = number.map(|number| number as usize);
    PLACE.with(|place| place.set(number.map_or(NONE, |number| number * RECORD_SIZE)));
    number
}

impl Numbers {
    fn take(&self) -> Option<u32> {
        // ORDERING: Relaxed; the value is only a guess for the CAS.
        let mut taken = self.taken.load(Ordering::Relaxed);
        loop {
            let number = (!taken).trailing_zeros();
            if number >= THREAD_NUMBERS {
                return None;
            }
            // ORDERING: Acquire pairs with the Release in `give_back` of the number's last owner
            // (I2); killed by `a_recycled_thread_number_hands_over_its_participant`. Relaxed on
            // failure: the value is again a guess.
            match self.taken.compare_exchange(
                taken,
                taken | 1 << number,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(number),
                Err(seen) => taken = seen,
            }
        }
    }

    fn give_back(&self, number: u32) {
        // ORDERING: Release pairs with the Acquire in `take` (I2), and is killed by the same model.
        self.taken.fetch_and(!(1 << number), Ordering::Release);
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn live_threads_have_different_numbers() {
        let barrier = Barrier::new(8);
        let mut numbers: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let number = current();
                        barrier.wait();
                        assert_eq!(number, current(), "a thread keeps its number");
                        number
                    })
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 8);
    }

    #[test]
    fn a_signal_handler_that_comes_while_its_thread_asks_goes_without() {
        std::thread::spawn(|| {
            PLACE.with(|place| place.set(ASKING));
            assert_eq!(current(), None);
            assert_eq!(place(), ASKING, "the one who asks will set it");
            PLACE.with(|place| place.set(NONE));
            assert!(current().is_some());
        })
        .join()
        .unwrap();
    }

    #[test]
    fn numbers_run_out_and_come_back() {
        let numbers = Numbers {
            taken: AtomicU64::new(0),
        };
        for expected in 0..THREAD_NUMBERS {
            assert_eq!(numbers.take(), Some(expected));
        }
        assert_eq!(numbers.take(), None);
        numbers.give_back(17);
        assert_eq!(numbers.take(), Some(17));
    }
}
