//! What the locks have in common: a word that is free or held, and those who wait for it.
//!
//! # What
//!
//! To lock is to swap FREE for HELD. Who finds it held waits in one list, and is woken by a release, to
//! try again. A thread that lost several times waits in another list, with a *parcel* laid open: into that, whoever
//! releases puts the lock itself.
//!
//! # Picture
//!
//! ```text
//!  word      FREE | HELD
//!  waiters   [ task ] [ thread ] [ task ]           one is woken when the word becomes FREE
//!  starving  [ thread: OPEN ] [ thread: OPEN ]      the first is given the lock: the word stays HELD
//! ```
//!
//! # Invariants
//!
//! * **M1** While the word is HELD there is one *holder*: who swapped it in, until it swaps FREE in or exchanges
//!   somebody's parcel from OPEN to GIVEN; then the owner of that parcel.
//! * **M2** Only the holder gives. So who has taken the lock by the word while its own parcel lay open was not
//!   given it besides, nor will be.
//! * **M3** A thread in `starving` has its parcel open until it leaves, and closes it by a swap, which tells whether it
//!   holds the lock.
//!
//! # Why no wake is lost
//!
//! *Waiters.* The waiter: enlist, **fence**, try, sleep. The holder: swap FREE in, **fence**, look for
//! waiters, wake one. One sees the other's step. Who was woken and does not take the lock looks whether it
//! is free, and wakes the next if so.
//!
//! *Those who starve.* The same: a holder that sees one only after its release wakes it, instead of one in
//! `waiters`, and it tries. Whether it takes the lock, finds another faster, or was about to give up (it tries once
//! more then too): there is a holder, whose release comes later and sees who waits. The releaser does not take the
//! lock again, to give it: stopped with it, it would hold up everybody, having released.
//!
//! *A holder that is stopped before it has woken whom it gave the lock.* Whoever finds the lock held looks for one that
//! was given it and sleeps still, and wakes it.
//!
//! # Fairness
//!
//! In `starving` all releases that see somebody there give it the lock, first come, first served. The look before the
//! release sees everybody whose enlisting has reached its thread. One that is seen only afterwards is woken to try, and
//! takes a place anew if another is faster.
//!
//! # Progress
//!
//! What does not wait is lock-free, as the [wait list](crate::wait).
//!
//! # Cost
//!
//! A lock and its release are one read-modify-write each, and two loads.
//!
//! # Source
//!
//! Own design. That one who starves is handed the lock is in the locks of Go and of WebKit.

#![forbid(unsafe_code)]

use crate::sync::{AtomicU32, Deadline, LOSSES, Ordering};
use crate::wait::forms::{self, Attempt, Look};
use crate::wait::list::WaitList;
use crate::wait::node::Content;

const FREE: u32 = 0;
const HELD: u32 = 1;

/// A thread starves.
const OPEN: Content = 1;
/// It was given the lock.
const GIVEN: Content = 2;

fn is_open(content: Content) -> bool {
    content == OPEN
}

/// The lock; see the head of this file.
#[derive(Debug)]
pub(super) struct RawLock {
    word: AtomicU32,
    waiters: WaitList,
    starving: WaitList,
}

impl RawLock {
    /// Free.
    pub(super) fn new() -> Self {
        Self {
            word: AtomicU32::new(FREE),
            waiters: WaitList::new(),
            starving: WaitList::new(),
        }
    }

    /// Those who are woken when it becomes free.
    pub(super) fn waiters(&self) -> &WaitList {
        &self.waiters
    }

    /// Whether it was free at one moment of the call.
    pub(super) fn is_free(&self) -> bool {
        // ORDERING: Relaxed; an answer that is old when it arrives.
        self.word.load(Ordering::Relaxed) == FREE
    }

    #[inline(always)]
    fn take(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `free`: what the holders before did is seen; killed by
        // `one_at_a_time_holds_a_mutex`. Relaxed on failure: nothing is read then.
        self.word
            .compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    #[inline(always)]
    fn free(&self) {
        // A subtraction, for no compiler makes a plain store of it, as of a swap whose result is not used;
        // the look for waiters that follows relies on a read-modify-write.
        //
        // ORDERING: Release pairs with the Acquire in `take`, and is killed by the same model.
        self.word.fetch_sub(HELD - FREE, Ordering::Release);
    }

    /// Takes it if it is free.
    #[inline(always)]
    pub(super) fn try_lock(&self) -> bool {
        self.take() || self.refused()
    }

    /// As [`try_lock`](Self::try_lock), for one who expects it to be held.
    pub(super) fn try_again(&self) -> bool {
        self.is_free() && self.take() || self.refused()
    }

    /// False, having woken the thread that was given the lock, if it is still asleep.
    #[cold]
    #[inline(never)]
    fn refused(&self) -> bool {
        if self.starving.has_waiters_after_change() {
            // It wakes those before the first whose parcel is open.
            self.starving.has_parcel(is_open);
        }
        false
    }

    /// Takes it, and waits for it.
    #[inline(always)]
    pub(super) fn lock(&self) {
        if !self.take() {
            self.lock_until(&Deadline::NEVER);
        }
    }

    /// Takes it, and waits for it until the deadline; says whether it has.
    #[cold]
    #[inline(never)]
    pub(super) fn lock_until(&self, deadline: &Deadline) -> bool {
        match forms::wait_until(Barging::new(self), deadline) {
            Ok(Barged::Taken) => true,
            Ok(Barged::Starves) => self.lock_as_one_that_starves(deadline),
            Err(_) => false,
        }
    }

    /// As [`lock_until`](Self::lock_until), by a thread that has lost too often.
    pub(super) fn lock_as_one_that_starves(&self, deadline: &Deadline) -> bool {
        forms::wait_until(Starving(self), deadline).is_ok()
    }

    /// Releases it, or hands it over. The caller is the holder.
    #[inline(always)]
    pub(super) fn unlock(&self) {
        if self.starving.may_have_waiters() && self.hand_over() {
            return;
        }
        self.free();
        if self.starving.has_waiters_after_change() {
            self.after_release();
        } else {
            self.waiters.notify_after_change();
        }
    }

    /// Gives it to the first that starves, if there is one. The caller is the holder, and not any more if so.
    #[cold]
    #[inline(never)]
    fn hand_over(&self) -> bool {
        self.starving.exchange(is_open, GIVEN).is_some()
    }

    /// Wakes one that starves and was overlooked before the release, or else one that waits. It is not given the lock,
    /// for the caller is not the holder any more.
    #[cold]
    #[inline(never)]
    fn after_release(&self) {
        if !self.starving.notify_one() {
            self.waiters.notify_after_change();
        }
    }
}

/// A thread that waits for the lock to become free.
#[derive(Debug)]
struct Barging<'a> {
    lock: &'a RawLock,
    /// How often it has slept.
    slept: u32,
}

/// How that ends.
#[derive(Debug)]
enum Barged {
    Taken,
    /// It lost too often.
    Starves,
}

impl<'a> Barging<'a> {
    fn new(lock: &'a RawLock) -> Self {
        Self { lock, slept: 0 }
    }
}

impl<'a> Attempt for Barging<'a> {
    type Done = Barged;
    type List = &'a WaitList;

    fn attempt(&mut self) -> Option<Barged> {
        if self.lock.try_again() {
            return Some(Barged::Taken);
        }
        (self.slept >= LOSSES).then_some(Barged::Starves)
    }

    fn list(&self) -> &'a WaitList {
        &self.lock.waiters
    }

    fn would_end(&mut self) -> bool {
        self.lock.is_free()
    }

    fn last_look(&mut self) -> Look<Barged> {
        match self.attempt() {
            Some(done) => Look::Done(done),
            None => {
                self.slept += 1;
                Look::Sleep
            }
        }
    }
}

/// A thread that waits to be given the lock.
#[derive(Debug)]
struct Starving<'a>(&'a RawLock);

impl<'a> Attempt for Starving<'a> {
    type Done = ();
    type List = &'a WaitList;

    fn attempt(&mut self) -> Option<()> {
        self.0.try_again().then_some(())
    }

    fn list(&self) -> &'a WaitList {
        &self.0.starving
    }

    /// A wake is no more than a sign to look into the parcel: there is none to be passed on.
    fn would_end(&mut self) -> bool {
        false
    }

    const HAS_PARCEL: bool = true;

    fn parcel(&self) -> Content {
        OPEN
    }

    /// It may take the lock here, though its parcel lies open (M2).
    fn last_look(&mut self) -> Look<()> {
        self.attempt().map_or(Look::Sleep, Look::Done)
    }

    fn left(&mut self, content: Content) -> Option<()> {
        (content == GIVEN).then_some(())
    }
}
