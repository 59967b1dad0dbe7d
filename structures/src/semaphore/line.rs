//! The free permits, and the line of those who wait for some.
//!
//! # What
//!
//! Free permits are a number in one [word](super::words); who finds too few takes a place in a list, with its *need*
//! laid open. Who gives permits while somebody waits gives them to the first in the line, part by part if it needs more,
//! then to the next; what nobody needs goes to the word. So nobody is overtaken, and permits are in use again before
//! their new owner is awake.
//!
//! # Picture
//!
//! ```text
//!  state   [ open | 0 free ]
//!  line    [ GRANTED ] [ needs 2 ] [ needs 1 ] [ needs 5 ]
//!             |           |            no part yet: only the first that needs something has one
//!             |           asked for 3, and was given 1
//!             has all that it asked for; was woken, or is just being woken
//! ```
//!
//! # Invariants
//!
//! * **P1** A permit is in one place: in `state`, in the parcel of a waiter (what it asked for less what it still
//!   needs), in the hands of a call, or with its holder. A compare-and-swap moves it. `state` is changed by
//!   read-modify-writes only.
//! * **P2** Permits are moved into parcels in the order of the list: to the first that needs some. So nobody but that one
//!   has a part of what it needs.
//! * **P3** *A call holds in its hands at most what it asks for or gives.* One that acquires k, and finds permits that
//!   the line needs, takes at most k at a time out of `state` and hands them over; one that releases n, at most n. So
//!   a thread that is stopped in a release keeps from others no more than what it was giving; one that is stopped while
//!   it acquires, no more than what it asks for, in its parcel, and as much again, in its hands.
//! * **P4** A waiter is woken when it is GRANTED, or when the semaphore is closed, and else sleeps on.
//!
//! # Why nobody sleeps in vain
//!
//! The claim: when no call is under way, there is no free permit in `state` while a waiter needs one.
//!
//! Both who adds to `state` and who enlists *serves the line* afterwards: as long as somebody is listed, something is
//! free, and somebody needs it, it takes permits out, and hands them over; what could not be handed over it puts back,
//! and begins again. Who adds does so in the order *add, **fence**, look at the list*, who waits in the order *enlist,
//! **fence**, look at `state`*. Take the last addition, and a waiter that still needs something. If the one who added
//! did not find the waiter, the waiter saw the addition, and served; if both found each other, both serve. Who serves
//! ends only when it has seen that nobody needs anything, or that nothing is free. Then somebody took it: to keep it; or
//! to hand it over, and what was left of it was added after that, so this was not the last addition.
//!
//! *Who goes without being GRANTED* (a timeout, a dropped future) shuts its parcel by a swap, which decides against
//! the exchange of a giver: either it has been GRANTED, and succeeds or gives all back, or it has a part, and gives that
//! back. Giving back is a release, and serves the line; who has no part leaves no permit behind, so nobody has to be
//! told.
//!
//! *Close.* Clearing OPEN is a change of `state` like an addition: who enlists later sees it, and all others are woken.
//! Nobody hands permits over who has seen it closed: what is given after a close goes to `state`. Whoever finds the
//! semaphore closed wakes everybody too.
//!
//! *A thread that is stopped* after it added, and before it looked, is made good by the next call of anybody who finds
//! the line: all serve it. One that is stopped between an exchange and the wake: see the [wait list](crate::wait).
//!
//! # Why nobody is overtaken
//!
//! Let W have its place in the line, and let A begin later, in the order of happens-before. Then A sees that somebody is
//! listed, and takes nothing before it has seen that nobody needs anything: if there is something free, W is served first.
//! (A that overlaps W's enlisting may miss it, and be served first.)
//!
//! # Why many at a time neither starve nor deadlock
//!
//! By P2 permits are collected by one waiter at a time, the first. It needs nothing that another waiter has: what is
//! missing is free, or with a holder, or in the hands of a call, which hands it over. And nobody who comes later is
//! served before it is. (Where each took what is there and waited for the rest, two could wait for each other: model
//! `broken_takes_parts_out_of_turn`.)
//!
//! # Barging
//!
//! In this mode nobody lays a need open, and permits go to `state`: who comes first takes them, be it newly come
//! or just woken. Whoever releases notifies one waiter, and whoever was notified settles: as long as something is free
//! it notifies the next. Waiters that need more than is free must not hand this baton on among each other for ever: each
//! release that notifies counts itself in `rounds` before, and a waiter that finds too few, and came to its place
//! *after* the newest of these, keeps the baton. For all those behind it came later still, so their looks have seen
//! what was released; and nobody is before it, or it would not have been notified.
//!
//! # Exactness
//!
//! Success of a call takes effect with the compare-and-swap on `state`, or with that by which the last permit came into
//! its parcel. "No permits" means: at one moment of the call fewer than k were free. While others wait, permits may be on
//! their way, in somebody's hands; those are not free. A release of several gives them one after the other.
//!
//! # Progress
//!
//! Acquiring and releasing are lock-free. A lost compare-and-swap means that somebody took, gave, came or went; each round
//! of serving moves a permit to a waiter, or finds that others did. Waiting is as lock-free as the list is. A bounded pause
//! after a lost race is there for speed alone.
//!
//! # Cost
//!
//! One read-modify-write to acquire and one to release where nobody waits, and three looks at whether anybody does. With
//! waiters, a release is a compare-and-swap on the first one's parcel, and its wake: whatever the length of the line.
//! Barging, it is an addition, a count of rounds in the same cache line, and the wake, which is in vain where the permit
//! is taken again before.
//!
//! # Source
//!
//! Own design, on the wait list. That permits are handed to waiters in the order of their coming is as in tokio's
//! batch semaphore; that has a lock.

#![forbid(unsafe_code)]

use super::words::{GRANTED, OPEN, State, is_needy, need, needs};
use crate::sync::{AtomicU64, Ordering, pause};
use crate::wait::list::{Exchange, WaitList};
use crossbeam_utils::CachePadded;

/// How often a caller pauses after a lost race: long enough for the winner to take and give some dozens of times while
/// the word is in its cache.
const PAUSES_AFTER_A_LOST_RACE: u32 = 64;

/// Why nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Too few were free.
    TooFew,
    /// The semaphore is closed.
    Closed,
}

/// Free permits, and those who wait; see the head of this file.
#[derive(Debug)]
pub(super) struct Line {
    front: CachePadded<Front>,
    waiters: WaitList,
}

/// What every call looks at, in one cache line.
#[derive(Debug)]
struct Front {
    state: AtomicU64,
    /// Barging: releases that notified somebody.
    rounds: AtomicU64,
    is_barging: bool,
}

impl Line {
    pub(super) fn new(permits: u64, is_barging: bool) -> Self {
        let front = Front {
            state: AtomicU64::new(OPEN | permits),
            rounds: AtomicU64::new(0),
            is_barging,
        };
        Self {
            front: CachePadded::new(front),
            waiters: WaitList::new(),
        }
    }

    pub(super) fn waiters(&self) -> &WaitList {
        &self.waiters
    }

    /// Takes so many, if they are free and nobody waits. False is no answer: [`take`](Self::take) has it.
    #[inline(always)]
    pub(super) fn take_at_once(&self, permits: u64) -> bool {
        // ORDERING: Relaxed; the CAS checks it.
        let seen = State(self.front.state.load(Ordering::Relaxed));
        seen.offers(permits)
            && (self.front.is_barging || !self.waiters.may_have_waiters())
            && self.change(seen, seen.less(permits))
    }

    /// Whether it is open and has too few.
    #[inline(always)]
    pub(super) fn has_too_few(&self, permits: u64) -> bool {
        // ORDERING: Relaxed; nothing follows from it but that nothing is taken.
        let seen = State(self.front.state.load(Ordering::Relaxed));
        seen.is_open() && !seen.offers(permits)
    }

    /// Takes so many, unless others need them before, after a try at once. If that lost a race, it is not made again at
    /// once: two threads that take the word from each other for each step are slower than one.
    #[cold]
    #[inline(never)]
    pub(super) fn take(&self, permits: u64) -> Result<(), Refused> {
        let mut has_lost = true;
        loop {
            let seen = self.look();
            if !seen.is_open() {
                self.wake_all();
                return Err(Refused::Closed);
            }
            if !seen.offers(permits) {
                return Err(Refused::TooFew);
            }
            if permits == 0 {
                return Ok(());
            }
            if !self.front.is_barging && self.is_needed() {
                self.serve(permits)?;
            } else if has_lost {
                pause(PAUSES_AFTER_A_LOST_RACE);
                has_lost = false;
            } else if self.change(seen, seen.less(permits)) {
                return Ok(());
            } else {
                has_lost = true;
            }
        }
    }

    /// Gives so many: to those who wait, or to whoever comes.
    #[inline(always)]
    pub(super) fn release(&self, permits: u64) {
        if self.waiters.may_have_waiters() {
            return self.release_to_waiters(permits);
        }
        self.put(permits);
        if self.waiters.has_waiters_after_change() {
            self.after_release(permits);
        }
    }

    #[inline(never)]
    fn release_to_waiters(&self, permits: u64) {
        let mut left = permits;
        if !self.front.is_barging && self.is_open() {
            left = self.hand_over(permits);
        }
        if left > 0 {
            self.put(left);
        }
        self.after_release(permits);
    }

    /// Sees to it that nobody sleeps in vain after a release of so many.
    #[cold]
    #[inline(never)]
    fn after_release(&self, permits: u64) {
        if !self.front.is_barging {
            if self.waiters.has_waiters_after_change() && !self.is_idle() {
                let _ = self.serve(permits);
            }
        } else if self.waiters.has_waiters_after_change() && self.free() > 0 {
            self.begin_round();
        }
    }

    /// Moves free permits to those who need them, at most so many at a time, until none is free or nobody needs any. Says
    /// if it found the semaphore closed.
    #[cold]
    #[inline(never)]
    pub(super) fn serve(&self, most: u64) -> Result<(), Refused> {
        while self.waiters.has_waiters_after_change() {
            let seen = self.look();
            if !seen.is_open() {
                self.wake_all();
                return Err(Refused::Closed);
            }
            let taken = seen.free().min(most);
            if taken == 0 || !self.is_needed() {
                break;
            }
            if self.change(seen, seen.less(taken)) {
                let left = self.hand_over(taken);
                if left > 0 {
                    self.put(left);
                }
            }
        }
        Ok(())
    }

    /// Gives permits in the caller's hands to those who need them, in their order; how many are left.
    #[inline]
    fn hand_over(&self, mut permits: u64) -> u64 {
        while permits > 0 {
            let given = self.waiters.exchange_as(|found| {
                let need = need(found)?;
                Some(if need <= permits {
                    Exchange::AndWake(GRANTED)
                } else {
                    Exchange::Quietly(needs(need - permits))
                })
            });
            let Some(need) = given.and_then(need) else {
                break;
            };
            permits -= need.min(permits);
        }
        permits
    }

    /// Whether somebody in the line needs permits.
    fn is_needed(&self) -> bool {
        self.waiters.may_have_waiters() && self.waiters.has_parcel(is_needy)
    }

    /// Whether it is open, and nothing is free: then there is nothing to serve with.
    #[inline]
    fn is_idle(&self) -> bool {
        self.look() == State(OPEN)
    }

    /// As [`serve`](Self::serve), for one that has just taken its place.
    #[inline]
    pub(super) fn serve_from_place(&self, most: u64) -> Result<(), Refused> {
        if self.is_idle() {
            Ok(())
        } else {
            self.serve(most)
        }
    }

    /// How many are free.
    pub(super) fn free(&self) -> u64 {
        self.look().free()
    }

    /// Whether it was not closed yet.
    pub(super) fn is_open(&self) -> bool {
        self.look().is_open()
    }

    pub(super) fn is_barging(&self) -> bool {
        self.front.is_barging
    }

    /// Takes out at most so many, which will not be given back; how many.
    pub(super) fn drain(&self, most: u64) -> u64 {
        loop {
            let seen = self.look();
            let taken = seen.free().min(most);
            if taken == 0 || self.change(seen, seen.less(taken)) {
                return taken;
            }
        }
    }

    /// Closes it, and wakes everybody; whether this was the first to do so.
    pub(super) fn close(&self) -> bool {
        // ORDERING: Release publishes what the closer did before to the Acquire in `look`; killed by
        // `what_was_done_before_a_close_is_seen_by_who_finds_a_semaphore_closed`.
        let before = State(self.front.state.fetch_and(!OPEN, Ordering::Release));
        self.wake_all();
        before.is_open()
    }

    fn wake_all(&self) {
        if self.waiters.has_waiters_after_change() {
            self.waiters.notify_all();
        }
    }

    fn look(&self) -> State {
        // ORDERING: Acquire pairs with the Release in `close` and `put`: who finds it closed, or permits free, sees
        // what was done before; killed by the same.
        State(self.front.state.load(Ordering::Acquire))
    }

    /// Takes out of `state` what was seen there.
    #[inline(always)]
    fn change(&self, seen: State, now: State) -> bool {
        // ORDERING: Acquire pairs with the Release in `put`: who has a permit sees what its last holder did; killed by
        // `who_acquires_sees_what_the_last_holder_did`. What is handed over goes on from here by the Release in the
        // parcel's exchange. Relaxed on failure: the state is loaded anew.
        self.front
            .state
            .compare_exchange(seen.0, now.0, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Adds to `state`.
    #[inline(always)]
    fn put(&self, permits: u64) {
        // ORDERING: Release pairs with the Acquire in `change`; killed by the same.
        self.front.state.fetch_add(permits, Ordering::Release);
    }

    /// Barging: the newest round.
    pub(super) fn round(&self) -> u64 {
        // ORDERING: Relaxed. The releaser's fence is before its count, and the fence of each that enlists behind the
        // reader is after this: so their looks see what was released. Who was notified of a round reads it at least, by
        // its notification.
        self.front.rounds.load(Ordering::Relaxed)
    }

    /// Barging: notifies one, after a release.
    fn begin_round(&self) {
        // ORDERING: Relaxed; see `round`.
        self.front.rounds.fetch_add(1, Ordering::Relaxed);
        self.waiters.notify_one();
    }
}
