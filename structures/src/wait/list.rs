//! The wait list: first in, first out, for threads and tasks alike, without a lock.
//!
//! # What
//!
//! A waiter *enlists*, looks once more at what it waits for, sleeps, and *leaves*, by whichever way it
//! came to an end: leaving tells whether it had been notified. Others *notify* the first that
//! still waits. A waiter may lay a *parcel* open, which others exchange: so a structure can hand something
//! to one that sleeps.
//!
//! # Picture
//!
//! ```text
//!  listed: 2      how many wait: all that a successful operation of others looks at
//!  links          head -> [ dead ] -> [ waits ] -> [ dead ] -> [ waits ] <- tail
//! ```
//!
//! [`links`](super::links) has the list itself, [`node`](super::node) the states of one waiter,
//! [`pool`](crate::raw::pool) the memory.
//!
//! # Invariants
//!
//! * **W1** A waiter counts itself in `listed` before it is linked, and is counted off after it is dead
//!   (left, or notified and woken). So `listed` is never too low.
//! * **W2** A node stays linked until it is dead: whom a notifier has chosen, but not yet woken, can
//!   still be found, and is woken by the next notifier too.
//! * **W3** At most a constant number of dead nodes beside one for each living is linked, plus those
//!   whose sweep was interrupted: whoever leaves and finds more sweeps the list.
//!
//! # Why no wake is lost
//!
//! See the [chapter](super).
//!
//! # Progress
//!
//! Lock-free. A lost CAS on a link or on the tail means that somebody appended, marked or unlinked; on
//! a state, that its node was notified, woken or left. What a stopped thread left half done is finished by whoever
//! comes by. Enlisting may ask the allocator for memory; notifying and leaving do not. Memory is in
//! the order of the greatest number of waiters at a time, whoever is stopped, and wherever.
//!
//! # Source
//!
//! Own design, of known parts: see the three files.

use super::links::{Links, Met};
use super::node::{Content, Duties, Node, Phase, Sleeper};
use crate::sync::{
    AtomicU64, DEAD_BEFORE_A_SWEEP, Ordering, own_changes_before_next_look, without_panic,
};
use core::ops::Deref;
use core::task::Waker;
use crossbeam_utils::CachePadded;

/// The list; see the head of this file.
#[derive(Debug)]
pub struct WaitList {
    listed: CachePadded<AtomicU64>,
    links: CachePadded<Links>,
    /// Dead nodes in the list that left without being notified.
    dead: AtomicU64,
}

/// Whom a notifier has met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Roused {
    /// One that slept, for all one could know.
    Asleep,
    /// One that was awake, or was being woken, or has changed meanwhile.
    NotAsleep,
}

/// For what a parcel is exchanged.
#[derive(Clone, Copy, Debug)]
pub enum Exchange {
    /// For this, and its waiter sleeps on.
    Quietly(Content),
    /// For this, and its waiter is woken.
    AndWake(Content),
}

/// What the docs of the structures say of a waiter's memory.
#[cfg(not(any(latchless_loom, latchless_steps)))]
const _: () = assert!(crate::raw::pool::Pool::<Node>::PLACE_SIZE <= 64);

/// A place in a list. It must be [left](Self::leave); forgotten, it takes a node with it. One that an
/// unwind drops leaves by itself and passes its notification on; what lay in its parcel is lost.
#[derive(Debug)]
#[must_use = "a place in a wait list must be left"]
pub struct Listed<L: Deref<Target = WaitList>> {
    list: L,
    number: u32,
    is_left: bool,
}

impl Default for WaitList {
    fn default() -> Self {
        Self::new()
    }
}

impl WaitList {
    /// A list on which nobody waits.
    pub fn new() -> Self {
        Self {
            listed: CachePadded::new(AtomicU64::new(0)),
            links: CachePadded::new(Links::new()),
            dead: AtomicU64::new(0),
        }
    }

    /// Whether anybody may be waiting: what a successful operation tests *after* its change, which
    /// must be a read-modify-write.
    #[inline(always)]
    pub fn has_waiters_after_change(&self) -> bool {
        // Killed by `a_change_is_published_before_the_look_for_waiters`, and so is the fence in `enlist`.
        own_changes_before_next_look();
        // ORDERING: Relaxed; what follows reads the links with Acquire. The order that counts, the
        // change before this look, is the fence's.
        self.listed.load(Ordering::Relaxed) != 0
    }

    /// Whether anybody may be waiting, as far as is known here: a look that nothing may rest on, for it is
    /// ordered with nothing.
    #[inline(always)]
    pub fn may_have_waiters(&self) -> bool {
        // ORDERING: Relaxed; see above.
        self.listed.load(Ordering::Relaxed) != 0
    }

    /// Wakes one waiter, if there is one, after a change by a read-modify-write.
    #[inline(always)]
    pub fn notify_after_change(&self) {
        if self.has_waiters_after_change() {
            self.notify_one();
        }
    }

    /// Notifies the first that waits, and wakes it. Says whether there was one.
    ///
    /// A waker that panics is left at that: whoever notifies has an item in its hands, perhaps, which
    /// must not be lost over it. (The panic hook has told.) Such a waiter counts as none, and the
    /// next one is woken too.
    #[cold]
    #[inline(never)]
    pub fn notify_one(&self) -> bool {
        while let Some(met) = self.first_alive() {
            if self.rouse(met) == Roused::Asleep {
                return true;
            }
        }
        false
    }

    /// Notifies everybody who is listed, after a change and the [look](Self::has_waiters_after_change)
    /// that follows it. Those who enlist meanwhile see the change; were they notified too, waiters that
    /// are woken too early and enlist again could keep the notifier for ever.
    pub fn notify_all(&self) {
        // ORDERING: Relaxed; ordered behind the change by the fence of the look before. Never too low
        // (W1), and who enlists later is linked behind.
        let listed = self.listed.load(Ordering::Relaxed);
        let _ = (0..listed).find(|_| !self.notify_one());
    }

    /// Exchanges the parcel of the first waiter in which `wanted` lies for `content`, wakes that
    /// waiter, and says what lay there. Waiters before it are woken too: theirs were exchanged by
    /// others, which may have been stopped before they woke them.
    ///
    /// Nobody may sleep on this list with any other parcel.
    pub fn exchange(&self, wanted: fn(Content) -> bool, content: Content) -> Option<Content> {
        self.exchange_as(|found| wanted(found).then_some(Exchange::AndWake(content)))
    }

    /// As [`exchange`](Self::exchange), with whatever `answer` says to what it is shown: `None` for a
    /// parcel that is not wanted.
    pub fn exchange_as(
        &self,
        mut answer: impl FnMut(Content) -> Option<Exchange>,
    ) -> Option<Content> {
        loop {
            let met = self.first_alive()?;
            let node = self.node(met.number);
            let parcel = node.parcel();
            if node.state() != met.state {
                continue;
            }
            let found = parcel.content();
            let Some(exchange) = answer(found) else {
                self.rouse(met);
                continue;
            };
            let (Exchange::Quietly(content) | Exchange::AndWake(content)) = exchange;
            if node.exchange(parcel, content) {
                if let Exchange::AndWake(_) = exchange {
                    self.rouse_for_good(met);
                }
                return Some(found);
            }
        }
    }

    /// Whether what is `wanted` lies in anybody's parcel, at one moment of the call. Waiters before it are
    /// woken, as by [`exchange`](Self::exchange).
    pub fn has_parcel(&self, wanted: fn(Content) -> bool) -> bool {
        while let Some(met) = self.first_alive() {
            let node = self.node(met.number);
            let parcel = node.parcel();
            if node.state() != met.state {
                continue;
            }
            if wanted(parcel.content()) {
                return true;
            }
            self.rouse(met);
        }
        false
    }

    /// Leaves a parcel for others, without waiting for what becomes of it.
    ///
    /// # Panics
    ///
    /// As [`Listed::new`].
    pub fn leave_behind(&self, content: Content) {
        self.enlist(None, content);
    }

    fn first_alive(&self) -> Option<Met> {
        self.links.first_alive(|number| self.bury(number))
    }

    /// Wakes a waiter, or finishes what another notifier has begun.
    fn rouse(&self, met: Met) -> Roused {
        let node = self.node(met.number);
        let roused = match met.state.phase() {
            Phase::Waiting if node.notify(met.state) => Roused::Asleep,
            Phase::Updating => {
                // It is awake; whether it will look is not known, so it counts as none.
                if node.notify_awake(met.state) {
                    self.uncount();
                }
                return Roused::NotAsleep;
            }
            Phase::Notified if node.is_being_woken_here() => {
                // By a waker that has come back to its list: it goes on to the next.
                if node.notify_awake(met.state) {
                    self.uncount();
                }
                return Roused::NotAsleep;
            }
            Phase::Notified if node.enter(met.state) => Roused::NotAsleep,
            _ => return Roused::NotAsleep,
        };
        // SAFETY: this thread came inside just now, and leaves once, below.
        let woken = without_panic(|| unsafe { node.wake() });
        // SAFETY: as above.
        self.discharge(met.number, unsafe { node.leave_woken() });
        if woken { roused } else { Roused::NotAsleep }
    }

    /// Wakes a waiter with whom something was exchanged: nobody else may come by who would. It may be
    /// exchanging its sleeper, or be notified by one who is stopped before the wake; so this goes on until
    /// the waiter is known to be awake, or to have left.
    fn rouse_for_good(&self, mut met: Met) {
        while self.rouse(met) == Roused::NotAsleep {
            let now = self.node(met.number).state();
            if now.is_dead() || !now.is_same_use(met.state) {
                return;
            }
            met.state = now;
        }
    }

    /// Appends a new node; see [`Listed::new`].
    fn enlist(&self, sleeper: Option<Sleeper>, content: Content) -> u32 {
        let Some(number) = self.links.nodes().take() else {
            panic!("more than 16 million waiters on one structure");
        };
        // SAFETY: just taken from the pool.
        unsafe { self.node(number).begin(sleeper, content) };
        // ORDERING: Relaxed; ordered before the caller's next look, like the append, by the fence.
        self.listed.fetch_add(1, Ordering::Relaxed);
        self.links.append(number);
        own_changes_before_next_look();
        number
    }

    fn node(&self, number: u32) -> &Node {
        self.links.nodes().get(number)
    }

    /// Counts a waiter off.
    fn uncount(&self) {
        // ORDERING: Relaxed; a count that is late is too high, which is harmless (W1).
        self.listed.fetch_sub(1, Ordering::Relaxed);
    }

    /// A dead node was unlinked.
    fn bury(&self, number: u32) {
        let node = self.node(number);
        if node.state().phase() == Phase::Left {
            // ORDERING: Relaxed; a count for the sweeps alone.
            self.dead.fetch_sub(1, Ordering::Relaxed);
        }
        self.discharge(number, node.unlinked());
    }

    fn discharge(&self, number: u32, duties: Duties) {
        if duties.recycle {
            self.links.nodes().give_back(number);
        }
        if duties.uncount {
            self.uncount();
        }
        without_panic(|| drop(duties.sleeper));
    }

    /// Sweeps when too many dead are linked.
    fn sweep_at_times(&self) {
        // ORDERING: Relaxed, both: counts for the sweeps alone.
        let dead = self.dead.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        // ORDERING: Relaxed, as above.
        let living = self.listed.load(Ordering::Relaxed);
        // Signed: others may have buried a node before it was counted as dead here.
        if dead.cast_signed() > (DEAD_BEFORE_A_SWEEP + living).cast_signed() {
            self.links.sweep(|number| self.bury(number));
        }
    }

    /// Nodes that were ever in use at a time, at least: tests of the memory law read it.
    #[cfg(any(latchless_loom, latchless_steps))]
    pub fn nodes(&self) -> u64 {
        self.links.nodes().places()
    }
}

impl<L: Deref<Target = WaitList>> Listed<L> {
    /// Enlists, with this in the parcel: [`SHUT`](super::node::SHUT) for nothing. The caller looks at
    /// what it waits for *after* this, and sleeps only if that is still not to be had.
    ///
    /// # Panics
    ///
    /// If 2^24 wait on the list.
    pub fn new(list: L, sleeper: Sleeper, content: Content) -> Self {
        let number = list.enlist(Some(sleeper), content);
        Self {
            list,
            number,
            is_left: false,
        }
    }

    fn node(&self) -> &Node {
        self.list.node(self.number)
    }

    /// Whether the waiter was notified.
    pub fn is_notified(&self) -> bool {
        self.node().state().phase() == Phase::Notified
    }

    /// Has `waker` woken instead, from now on; says whether the waiter was notified meanwhile.
    pub fn renew(&mut self, waker: &Waker) -> bool {
        // SAFETY: a `Listed` is its node's owner until it leaves.
        unsafe { self.node().renew(waker) };
        self.is_notified()
    }

    /// Closes the parcel, before leaving, and says what lies in it.
    pub fn close_parcel(&mut self) -> Content {
        // SAFETY: a `Listed` is its node's owner until it leaves.
        unsafe { self.node().close_parcel() }
    }

    /// Leaves the list. Says whether the waiter had been notified: then it must use the notification,
    /// or pass it on.
    pub fn leave(mut self) -> bool {
        self.leave_once()
    }

    fn leave_once(&mut self) -> bool {
        if core::mem::replace(&mut self.is_left, true) {
            return false;
        }
        // SAFETY: a `Listed` is its node's owner, and here for the last time.
        let (notified, duties) = unsafe { self.node().leave() };
        self.list.discharge(self.number, duties);
        if !notified {
            self.list.sweep_at_times();
        }
        notified
    }
}

/// After [`leave`](Listed::leave) there is nothing to do. A place that is lost to an unwind must not stay,
/// for it would swallow a wake.
impl<L: Deref<Target = WaitList>> Drop for Listed<L> {
    #[inline]
    fn drop(&mut self) {
        if !self.is_left && self.leave_once() {
            self.list.notify_one();
        }
    }
}
