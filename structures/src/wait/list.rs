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
//! # Cost
//!
//! Read-modify-writes, where nobody interferes. To enlist, four: a place from the pool, the count, the link of the last
//! node, the tail. To notify, six: two on the node, the count, and three to take out the dead one before it (its link,
//! the head, the pool). To leave, one, if the waiter was notified. An exchange is one more, and closing a parcel another,
//! unless what lies there is final.
//!
//! Where one thread does it all, that is less than half of the time. What counts as much is that nothing is read from
//! memory in one piece right after it was written there in several, which a processor waits for: so parts of
//! structures are passed one by one here, and places are built where they stay.
//!
//! # Source
//!
//! Own design, of known parts: see the three files.

use super::links::{Links, Met, PAUSES_AFTER_A_LOST_RACE};
use super::node::{Content, Duties, Node, Phase, Sleeper, State};
use crate::sync::{
    AtomicU64, DEAD_BEFORE_A_SWEEP, Ordering, own_changes_before_next_look, pause, without_panic,
};
use core::ops::Deref;
use core::task::Waker;

/// The list; see the head of this file. It begins with a line of counts; the ends of the list, the pool's words, and each
/// node have a line of their own.
#[derive(Debug)]
#[repr(C, align(128))]
pub struct WaitList {
    listed: AtomicU64,
    /// Dead nodes in the list that left without being notified.
    dead: AtomicU64,
    links: Links,
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
const _: () = assert!(super::links::Nodes::PLACE_SIZE == 64);

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
            listed: AtomicU64::new(0),
            dead: AtomicU64::new(0),
            links: Links::new(),
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
            let node = met.node;
            let parcel = node.parcel();
            if node.state() == met.state {
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
            pause(PAUSES_AFTER_A_LOST_RACE);
        }
    }

    /// Whether what is `wanted` lies in anybody's parcel, at one moment of the call. Waiters before it are
    /// woken, as by [`exchange`](Self::exchange).
    pub fn has_parcel(&self, wanted: fn(Content) -> bool) -> bool {
        while let Some(met) = self.first_alive() {
            let node = met.node;
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

    #[inline(always)]
    fn first_alive(&self) -> Option<Met<'_>> {
        self.links.first_alive(|dead| self.bury(dead))
    }

    /// Wakes a waiter, or finishes what another notifier has begun.
    #[inline(always)]
    fn rouse(&self, met: Met<'_>) -> Roused {
        self.rouse_there(met.number, met.node, met.state)
    }

    // (Its parts one by one, for a structure would be copied through memory, and that right after it was written.)
    fn rouse_there(&self, number: u32, node: &Node, seen: State) -> Roused {
        let roused = match seen.phase() {
            Phase::Waiting if node.notify(seen) => Roused::Asleep,
            Phase::Updating => {
                // It is awake; whether it will look is not known, so it counts as none.
                if node.notify_awake(seen) {
                    self.uncount();
                }
                return Roused::NotAsleep;
            }
            Phase::Notified if node.is_being_woken_here() => {
                // By a waker that has come back to its list: it goes on to the next.
                if node.notify_awake(seen) {
                    self.uncount();
                }
                return Roused::NotAsleep;
            }
            Phase::Notified if node.enter(seen) => Roused::NotAsleep,
            _ => return Roused::NotAsleep,
        };
        // SAFETY: this thread came inside just now, and leaves once, below.
        let woken = unsafe { node.wake() };
        let mut sleeper = None;
        // SAFETY: as above.
        let duties = unsafe { node.leave_woken(&mut sleeper) };
        self.discharge(number, duties);
        if sleeper.is_some() {
            dismiss(sleeper);
        }
        if woken { roused } else { Roused::NotAsleep }
    }

    /// Wakes a waiter with whom something was exchanged: nobody else may come by who would. It may be
    /// exchanging its sleeper, or be notified by one who is stopped before the wake; so this goes on until
    /// the waiter is known to be awake, or to have left.
    #[inline(always)]
    fn rouse_for_good(&self, mut met: Met<'_>) {
        while self.rouse(met) == Roused::NotAsleep {
            let now = met.node.state();
            if now.is_dead() || !now.is_same_use(met.state) {
                return;
            }
            met.state = now;
        }
    }

    /// Appends a new node; see [`Listed::new`].
    #[inline(always)]
    fn enlist(&self, sleeper: Option<Sleeper>, content: Content) -> u32 {
        let Some((number, node)) = self.links.nodes().take() else {
            panic!("more than 16 million waiters on one structure");
        };
        // SAFETY: just taken from the pool.
        unsafe { node.begin(sleeper, content) };
        // ORDERING: Relaxed; ordered before the caller's next look, like the append, by the fence.
        self.listed.fetch_add(1, Ordering::Relaxed);
        self.links.append(number, node);
        own_changes_before_next_look();
        number
    }

    #[inline]
    fn node(&self, number: u32) -> &Node {
        self.links.nodes().get(number)
    }

    /// Counts a waiter off.
    #[inline]
    fn uncount(&self) {
        // ORDERING: Relaxed; a count that is late is too high, which is harmless (W1).
        self.listed.fetch_sub(1, Ordering::Relaxed);
    }

    /// A dead node was unlinked.
    #[inline]
    fn bury(&self, dead: Met<'_>) {
        if dead.state.phase() == Phase::Left {
            // ORDERING: Relaxed; a count for the sweeps alone.
            self.dead.fetch_sub(1, Ordering::Relaxed);
        }
        self.discharge(dead.number, dead.node.unlinked(dead.state));
    }

    #[inline(always)]
    fn discharge(&self, number: u32, duties: Duties) {
        if duties.recycle {
            self.links.nodes().give_back(number);
        }
        if duties.uncount {
            self.uncount();
        }
    }

    /// Sweeps when too many dead are linked.
    #[inline(never)]
    fn sweep_at_times(&self) {
        // ORDERING: Relaxed, both: counts for the sweeps alone.
        let dead = self.dead.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        // ORDERING: Relaxed, as above.
        let living = self.listed.load(Ordering::Relaxed);
        // Signed: others may have buried a node before it was counted as dead here.
        if dead.cast_signed() > (DEAD_BEFORE_A_SWEEP + living).cast_signed() {
            self.links.sweep(|dead| self.bury(dead));
        }
    }

    /// Nodes that were ever in use at a time, at least: tests of the memory law read it.
    #[cfg(any(latchless_loom, latchless_steps))]
    pub fn nodes(&self) -> u64 {
        self.links.nodes().places()
    }
}

/// Drops whom nobody will wake any more: that may run anybody's code.
#[inline]
fn dismiss(sleeper: Option<Sleeper>) {
    if let Some(Sleeper::Task(waker)) = sleeper {
        without_panic(|| drop(waker));
    }
}

impl<L: Deref<Target = WaitList>> Listed<L> {
    /// Enlists, with this in the parcel: [`SHUT`](super::node::SHUT) for nothing. The caller looks at
    /// what it waits for *after* this, and sleeps only if that is still not to be had.
    ///
    /// # Panics
    ///
    /// If 2^24 wait on the list.
    #[inline(always)]
    pub fn new(list: L, sleeper: Sleeper, content: Content) -> Self {
        let number = list.enlist(Some(sleeper), content);
        Self {
            list,
            number,
            is_left: false,
        }
    }

    #[inline]
    fn node(&self) -> &Node {
        self.list.node(self.number)
    }

    /// Whether the waiter was notified.
    #[inline]
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
    #[cfg(latchless_loom)]
    pub fn close_parcel(&mut self) -> Content {
        // SAFETY: a `Listed` is its node's owner until it leaves.
        unsafe { self.node().close_parcel(|_| false) }
    }

    /// Leaves the list. Says whether the waiter had been notified: then it must use the notification,
    /// or pass it on.
    #[inline]
    pub fn leave(mut self) -> bool {
        self.leave_once(|_| ()).0
    }

    /// As [`leave`](Self::leave), having closed the parcel, unless nobody exchanges any more what lies there; says what
    /// that is.
    #[inline]
    pub fn leave_with_parcel(mut self, is_final: impl FnOnce(Content) -> bool) -> (bool, Content) {
        // SAFETY: called by the owner, before it leaves.
        self.leave_once(|node| unsafe { node.close_parcel(is_final) })
    }

    /// The place is lost to an unwind.
    #[cold]
    #[inline(never)]
    fn is_lost(&mut self) {
        if self.leave_once(|_| ()).0 {
            self.list.notify_one();
        }
    }

    /// The owner leaves, having done something `before`. To be called once.
    #[inline]
    fn leave_once<R>(&mut self, before: impl FnOnce(&Node) -> R) -> (bool, R) {
        debug_assert!(!self.is_left);
        let node = self.list.node(self.number);
        let done = before(node);
        self.is_left = true;
        let mut sleeper = None;
        // SAFETY: a `Listed` is its node's owner, and here for the last time.
        let (notified, duties) = unsafe { node.leave(&mut sleeper) };
        self.list.discharge(self.number, duties);
        if sleeper.is_some() {
            dismiss(sleeper);
        }
        if !notified {
            self.list.sweep_at_times();
        }
        (notified, done)
    }
}

/// After [`leave`](Listed::leave) there is nothing to do. A place that is lost to an unwind must not stay,
/// for it would swallow a wake.
impl<L: Deref<Target = WaitList>> Drop for Listed<L> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.is_left {
            self.is_lost();
        }
    }
}
