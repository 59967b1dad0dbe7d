//! An event: set and reset by anybody, and waited for by any number of threads and tasks.
//!
//! # What
//!
//! One word counts the changes; a wait remembers what it was when it began, and ends when it is another, or
//! the event is set. So a `set` that is followed by a `reset` at once ends every wait that had begun before,
//! and none that begins after.
//!
//! # Word layout
//!
//! ```text
//!  word      [ resets that took effect (63) | SET (1) ]
//!  released  so many sets have woken all whom they had to wake
//! ```
//!
//! # Invariants
//!
//! * **E1** The word is changed by two steps only, both read-modify-writes: SET is put in, or SET is taken out
//!   and one reset counted. So it grows, and its sets can be read off it: the resets, and one more if it is
//!   set. (It wraps after 2^63 resets: a waiter would have to be stopped while exactly so many go by.)
//! * **E2** `released` is a number of sets that somebody had read off the word *before* the fence after which it looked
//!   for waiters, and woke them all. It may be lower than it could be, which costs a wake too many.
//!
//! # Why it is correct
//!
//! *A wait ends only if the event was set at one moment of it.* It reads the word at its beginning. It ends
//! when it reads SET, or a word that is not that of the beginning: then SET was put in between (E1).
//!
//! *A set takes effect at its read-modify-write*, even where SET stands there already: so what its caller did
//! before is published either to whoever finds the event set later, or to the reset that takes this SET out.
//! A program that resets and then looks for work finds the work of all sets that it has undone. *A reset* takes
//! effect at its compare-and-swap; where that fails, another reset has taken effect during the call, and this
//! one right after it.
//!
//! # Why no wake is lost
//!
//! The waiter: enlist, **fence**, look at the word, sleep. Who sets: change the word, **fence**, look for
//! waiters, notify them all. One of the two sees the other's step.
//!
//! *A setter that is stopped before it has woken all* has not raised `released`. Whoever sets or resets next,
//! whether it changes anything or not, reads the number of sets, looks for waiters after its **fence**,
//! and wakes them all if `released` differs. (A waiter whom one of those sets must wake has read a word from
//! before it, so its fence came before this one. Were the sets read after the fence, there could be one more, for
//! which somebody enlisted meanwhile and was overlooked: and its setter would find that all had been woken.) And whoever was woken passes the wake on to the next,
//! as long as `released` differs. That stops only at one whose own wait goes on, because it began after the
//! last set; and behind it in the list is nobody whose wait is over: such a one would have met its link, and
//! so known of the set when it looked.
//!
//! # Progress
//!
//! `set` and `reset` are one read-modify-write each, with no loop around it, and where nobody waits they are
//! wait-free; waking is lock-free, as the [wait list](crate::wait).
//!
//! # Cost
//!
//! A wait for an event that is set is one load. A set that wakes n is linear in n.
//!
//! # Source
//!
//! Own design; the count of changes beside the state is that of an event count.

#![forbid(unsafe_code)]

use crate::sync::{AtomicU64, Deadline, Ordering};
use crate::wait::forms::{self, Attempt, Waiting};
use crate::wait::list::WaitList;
use core::fmt;
use core::future::Future;
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

/// The word; see the head of this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word(u64);

impl Word {
    const SET: u64 = 1;

    #[inline(always)]
    fn is_set(self) -> bool {
        self.0 & Self::SET != 0
    }

    /// The word after a reset of one that is set.
    fn reset(self) -> Self {
        debug_assert!(self.is_set());
        Self(self.0.wrapping_add(Self::SET))
    }

    /// How many sets have taken effect.
    fn sets(self) -> u64 {
        self.0.wrapping_add(Self::SET) >> 1
    }
}

/// Something that has happened or not, and that one can wait for, until it is reset by hand.
///
/// Everybody who waits goes on at a [`set`](Self::set), and so does everybody who comes later, until a
/// [`reset`](Self::reset). A wait ends if the event was set at *one moment* of it: `set(); reset();` releases
/// all who were waiting, however late they wake, and those who come after the reset wait for the next set.
///
/// ```
/// use latchless::Event;
///
/// let green = Event::new();
/// std::thread::scope(|scope| {
///     let cars = [1, 2, 3].map(|car| {
///         let green = &green;
///         scope.spawn(move || {
///             green.wait();
///             car
///         })
///     });
///     green.set();
///     assert_eq!(cars.map(|car| car.join().unwrap()).iter().sum::<i32>(), 6);
/// });
/// green.reset();
/// assert!(!green.is_set());
/// ```
///
/// # What is seen
///
/// Who returns from a wait, or finds the event set, sees what was done before the set. Who resets it sees what
/// was done before each set that the reset undoes, and who finds it reset sees what was done before the
/// reset. So a worker that waits, resets and then looks for all there is to do, misses nothing.
///
/// # Memory
///
/// Something under a kilobyte, most of it for the first waiters; more is asked for when more wait at a time than
/// ever before, 64 bytes each.
#[doc(alias = "ManualResetEvent")]
#[doc(alias = "Notify")]
pub struct Event {
    word: AtomicU64,
    released: AtomicU64,
    waiters: WaitList,
}

// The word is changed in single steps.
impl UnwindSafe for Event {}
impl RefUnwindSafe for Event {}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

/// Setting and looking.
impl Event {
    /// One that is not set.
    pub fn new() -> Self {
        Self::at(Word(0))
    }

    fn at(word: Word) -> Self {
        Self {
            word: AtomicU64::new(word.0),
            released: AtomicU64::new(word.sets()),
            waiters: WaitList::new(),
        }
    }

    #[inline(always)]
    fn word(&self) -> Word {
        // ORDERING: Acquire pairs with the Release in `set`, and in `reset`; killed by
        // `who_finds_an_event_set_sees_what_was_done_before` and
        // `who_finds_an_event_reset_sees_what_was_done_before_the_reset`. Each change being a read-modify-write (E1), it
        // continues the release sequences of those before.
        Word(self.word.load(Ordering::Acquire))
    }

    /// Sets the event: all who wait go on, and all who come, until it is reset. It may be set already.
    ///
    /// **Waits:** never. **Progress:** lock-free, and wait-free where nobody waits; a stopped peer holds up
    /// nobody. If a thread is stopped before it has woken all who waited, the next set or reset does, and those
    /// who were woken wake others. **Cancel:** there is nothing to cancel.
    #[inline]
    pub fn set(&self) {
        // ORDERING: Release publishes what the caller did before to the Acquire in `word`, and to that in
        // `reset`, also where the event is set already; killed by
        // `who_finds_an_event_set_sees_what_was_done_before` and `a_reset_sees_what_was_done_before_the_sets_it_undoes`.
        self.word.fetch_or(Word::SET, Ordering::Release);
        // ORDERING: Relaxed; this set is among them, and the fence behind it is the next line's (E2).
        let sets = Word(self.word.load(Ordering::Relaxed)).sets();
        if self.waiters.has_waiters_after_change() {
            self.release(sets);
        }
    }

    /// Resets the event: who begins to wait from now on waits for the next set. It may be reset already.
    ///
    /// **Waits:** never. **Progress:** as [`set`](Self::set). **Cancel:** there is nothing to cancel.
    #[doc(alias = "clear")]
    #[inline]
    pub fn reset(&self) {
        // ORDERING: Relaxed; the CAS checks it, and for the number of sets (E2) the fence behind it is that of the look for
        // waiters.
        let seen = Word(self.word.load(Ordering::Relaxed));
        if seen.is_set() {
            // If it fails, somebody else has reset the event during this call.
            //
            // ORDERING: Acquire pairs with the Release in `set`; killed by
            // `a_reset_sees_what_was_done_before_the_sets_it_undoes`. Release publishes what the caller did
            // before to the Acquire in `word`; killed by `who_finds_an_event_reset_sees_what_was_done_before_the_reset`.
            let _ = self.word.compare_exchange(
                seen.0,
                seen.reset().0,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
        }
        if self.waiters.has_waiters_after_change() {
            // A reset changes nothing about the number of sets.
            self.release(seen.sets());
        }
    }

    /// Whether the event was set at one moment of the call: the form of [`wait`](Self::wait) that never waits.
    ///
    /// **Waits:** never. **Progress:** wait-free, one load. **Cancel:** there is nothing to cancel.
    #[doc(alias = "try_wait")]
    #[doc(alias = "isSet")]
    #[inline]
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.word().is_set()
    }

    /// Wakes all whom these sets have to wake, unless that was done. The caller has counted them before the fence of its look
    /// for waiters (E2).
    #[cold]
    #[inline(never)]
    fn release(&self, sets: u64) {
        // ORDERING: Relaxed, and below: it publishes nothing, and a late or lost store costs a wake too many (E2).
        if self.released.load(Ordering::Relaxed) == sets {
            return;
        }
        self.waiters.notify_all();
        // ORDERING: as above.
        self.released.store(sets, Ordering::Relaxed);
    }
}

/// Waiting.
impl Event {
    /// Waits until the event is set; it returns if that was so at one moment of the call.
    ///
    /// **Waits:** for a set. **Progress:** if the event is set, wait-free, one load; those who wait are woken in the
    /// order in which they came, by the set or, if its thread is stopped before that, by the next set or reset.
    /// **Cancel:** there is nothing to cancel.
    #[inline]
    pub fn wait(&self) {
        let wait = self.waiting();
        if !wait.begun.is_set() {
            forms::wait(wait);
        }
    }

    /// Waits at most for `timeout` until the event is set, and says whether that was so at one moment of the
    /// call.
    ///
    /// A timeout of zero does as [`is_set`](Self::is_set); one beyond what the clock can count never passes.
    ///
    /// **Waits:** as [`wait`](Self::wait). **Progress:** as there. **Cancel:** a call that runs out of time changes
    /// nothing.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let light = latchless::Event::new();
    /// if !light.wait_timeout(Duration::from_millis(1)) {
    ///     println!("runs the red light");
    /// }
    /// light.set();
    /// assert!(light.wait_timeout(Duration::ZERO));
    /// ```
    #[inline]
    #[must_use]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let wait = self.waiting();
        wait.begun.is_set() || forms::wait_until(wait, &Deadline::after(timeout)).is_ok()
    }

    /// As [`wait_timeout`](Self::wait_timeout), until `deadline`.
    #[inline]
    #[must_use]
    pub fn wait_deadline(&self, deadline: Instant) -> bool {
        let wait = self.waiting();
        wait.begun.is_set() || forms::wait_until(wait, &Deadline::at(deadline)).is_ok()
    }

    /// Waits, as a task, until the event is set. The wait begins with this call: the future completes if the event
    /// was set at one moment since, even if it was not polled then and is reset by now.
    ///
    /// **Waits:** as [`wait`](Self::wait). **Progress:** as there. **Cancel:** a future that is dropped changes
    /// nothing, and keeps no wake from others. Any runtime's timeout will do.
    ///
    /// ```
    /// # use std::{future::Future, pin::pin, task::{Context, Waker}};
    /// # let mut task = Context::from_waker(Waker::noop());
    /// let event = latchless::Event::new();
    /// let mut wait = pin!(event.wait_async());
    /// assert!(wait.as_mut().poll(&mut task).is_pending());
    /// event.set();
    /// event.reset();
    /// assert!(wait.as_mut().poll(&mut task).is_ready());
    /// ```
    #[inline]
    pub fn wait_async(&self) -> impl Future<Output = ()> + use<'_> {
        Waiting::new(self.waiting())
    }

    /// A wait that begins now.
    #[inline(always)]
    fn waiting(&self) -> Wait<'_> {
        Wait {
            event: self,
            begun: self.word(),
        }
    }
}

/// A wait for a set.
#[derive(Debug)]
struct Wait<'a> {
    event: &'a Event,
    /// The word as it was when the wait began.
    begun: Word,
}

impl<'a> Attempt for Wait<'a> {
    type Done = ();
    type List = &'a WaitList;

    #[inline]
    fn attempt(&mut self) -> Option<()> {
        // Between the beginning and a word that differs the event was set: at once, where it was set then.
        (self.begun.is_set() || self.event.word() != self.begun).then_some(())
    }

    fn list(&self) -> &'a WaitList {
        &self.event.waiters
    }

    /// Whether a set has not woken all yet whom it must, as far as one can tell whose own wait is over. (One whose
    /// wait goes on has nobody behind it to wake, and would come back to the list for ever.)
    fn would_end(&mut self) -> bool {
        let now = self.event.word();
        // ORDERING: Relaxed; as in `release`.
        now != self.begun && self.event.released.load(Ordering::Relaxed) != now.sets()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("is_set", &self.is_set())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;

    #[test]
    fn sets_can_be_read_off_the_word() {
        let mut word = Word(0);
        for sets in 0..3 {
            assert_eq!((word.is_set(), word.sets()), (false, sets));
            word = Word(word.0 | Word::SET);
            assert_eq!((word.is_set(), word.sets()), (true, sets + 1));
            word = word.reset();
        }
    }

    #[test]
    fn a_wait_over_the_wrap_of_the_word_ends() {
        let event = Event::at(Word(u64::MAX - 1));
        for _ in 0..3 {
            let mut early = event.waiting();
            assert_eq!(early.attempt(), None);
            event.set();
            assert!(event.is_set());
            event.reset();
            let mut late = event.waiting();
            assert_eq!((early.attempt(), late.attempt()), (Some(()), None));
        }
        assert_eq!(event.word(), Word(4));
    }
}
