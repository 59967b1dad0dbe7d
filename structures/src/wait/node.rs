//! One waiter: who is to be woken, and what became of it.
//!
//! # Word layout
//!
//! ```text
//!  state  [ generation (42) | wakers inside (16) | WOKEN | LINKED | OWNED | (1 spare) | phase (2) ]
//! ```
//!
//! ```text
//!  parcel [ tag (38) | content (26) ]
//! ```
//!
//! (A generation or a tag comes again after 2^38 uses of one node, or more: a thread would have to be
//! stopped between its look and its swap while exactly so many go by, or a multiple.)
//!
//! *phase*: WAITING, UPDATING (the owner is exchanging whom to wake), NOTIFIED, LEFT (the owner left
//! before anybody notified it). The last two are final for a generation.
//!
//! # Invariants
//!
//! * **N1** A node has up to three kinds of holders: its owner (OWNED), the list (LINKED), and
//!   notifiers that are waking it (wakers inside). Whoever removes the last one gives the node back to
//!   the pool, and nobody else does. (Where the list is the last, nobody else comes in, by N2: it gives the
//!   node back without changing the state.)
//! * **N2** Notifiers come in only while the phase is WAITING or it is NOTIFIED and not WOKEN. The
//!   owner leaves only when the phase is LEFT, or when it is WOKEN, or makes it WOKEN with the same step: so
//!   once the owner has left, no notifier comes in. (A node may begin without an owner; then there is no sleeper either.)
//! * **N3** Whom to wake is written by the owner: before it publishes the node, and in phase UPDATING.
//!   Notifiers read it while they are inside. It is taken out by the last of owner and notifiers
//!   before its leaving, when by N2 no other can come.
//! * **N4** The generation grows when the node is taken from the pool, so a compare-and-swap by
//!   somebody who looked at an earlier use fails.
//! * **N5** The parcel is what a waiter lays open for others: nothing, or something that one other may
//!   exchange for something else by a compare-and-swap. The owner closes it, by a swap, before it
//!   leaves: so of the exchange and the closing one came first, and both sides know which. (What nobody
//!   exchanges any more it may leave there.) Its tag grows with each use of the node, so nobody exchanges
//!   the parcel of another use.
//! * **N6** `listed` counts the nodes that are WAITING, UPDATING or NOTIFIED and not WOKEN; it may
//!   be too high while somebody is between two steps, never too low.

use super::waking::{Wake, is_waking};
use crate::sync::{AtomicU64, Ordering, Thread, UnsafeCell, about_to_wake, without_panic};
use std::task::Waker;

/// Who is to be woken.
#[derive(Clone, Debug)]
pub enum Sleeper {
    /// A thread, which is or will be parked.
    Thread(Thread),
    /// A task.
    Task(Waker),
}

/// What became of a waiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Waiting,
    Updating,
    Notified,
    Left,
}

const PHASE: u64 = 0b11;
const OWNED: u64 = 1 << 3;
const LINKED: u64 = 1 << 4;
const WOKEN: u64 = 1 << 5;
const INSIDE: u64 = 1 << 6;
const INSIDE_BITS: u32 = 16;
const GENERATION: u64 = INSIDE << INSIDE_BITS;

/// A state word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State(u64);

impl State {
    pub(super) fn phase(self) -> Phase {
        match self.0 & PHASE {
            0 => Phase::Waiting,
            1 => Phase::Updating,
            2 => Phase::Notified,
            _ => Phase::Left,
        }
    }
    fn with(self, phase: Phase) -> Self {
        Self((self.0 & !PHASE) | phase as u64)
    }
    fn is(self, flag: u64) -> bool {
        self.0 & flag != 0
    }
    pub(super) fn is_woken(self) -> bool {
        self.is(WOKEN)
    }
    fn inside(self) -> u64 {
        (self.0 / INSIDE) & ((1 << INSIDE_BITS) - 1)
    }
    fn has_holders(self) -> bool {
        self.is(OWNED | LINKED) || self.inside() != 0
    }
    pub(super) fn is_same_use(self, other: Self) -> bool {
        self.0 / GENERATION == other.0 / GENERATION
    }
    /// Whether nobody needs to find this node in the list any more.
    pub(super) fn is_dead(self) -> bool {
        match self.phase() {
            Phase::Left => true,
            Phase::Notified => self.is_woken(),
            Phase::Waiting | Phase::Updating => false,
        }
    }
    /// The next generation, as the owner publishes it.
    fn next_use(self) -> Self {
        Self((self.0 & !(GENERATION - 1)).wrapping_add(GENERATION) | LINKED)
    }
}

/// What lies in a parcel; the users of a list give meaning to all but the first.
pub type Content = u32;

/// Nothing: closed, or never opened.
pub const SHUT: Content = 0;

const CONTENT_BITS: u32 = 26;

/// A parcel word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parcel(u64);

impl Parcel {
    pub(super) fn content(self) -> Content {
        (self.0 & ((1 << CONTENT_BITS) - 1)) as Content
    }
    fn with(self, content: Content) -> Self {
        debug_assert!(content < 1 << CONTENT_BITS);
        Self((self.0 >> CONTENT_BITS << CONTENT_BITS) | u64::from(content))
    }
    fn next_use(self) -> Self {
        Self((self.0 >> CONTENT_BITS).wrapping_add(1) << CONTENT_BITS)
    }
}

/// A node; see the head of this file.
#[derive(Debug)]
pub struct Node {
    /// The link to the next node; see `list`.
    pub(super) next: AtomicU64,
    state: AtomicU64,
    parcel: AtomicU64,
    sleeper: UnsafeCell<Option<Sleeper>>,
}

/// What a change of a node's state leaves to be done by the one who made it. (A sleeper that was taken out besides is to be
/// dropped when this is done, for that may run anybody's code.)
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub(super) struct Duties {
    /// It is not listed any more: count it off.
    pub(super) uncount: bool,
    /// It has no holder any more: give it back to the pool.
    pub(super) recycle: bool,
}

// SAFETY: a sleeper is `Send` and `Sync`; who may reach it, and when, is N3.
unsafe impl Sync for Node {}
// SAFETY: as above.
unsafe impl Send for Node {}

impl Default for Node {
    fn default() -> Self {
        Self {
            next: AtomicU64::new(0),
            // A node that nobody waits on: the dummy with which a list begins.
            state: AtomicU64::new(LINKED | Phase::Left as u64),
            parcel: AtomicU64::new(0),
            sleeper: UnsafeCell::new(None),
        }
    }
}

impl Node {
    /// The state.
    #[inline]
    pub(super) fn state(&self) -> State {
        // ORDERING: Acquire pairs with the Release of each change: whoever sees NOTIFIED sees what its
        // notifier did before; whoever sees WAITING and then enters may read the sleeper (N3). Killed by
        // `a_change_is_published_before_the_look_for_waiters`.
        State(self.state.load(Ordering::Acquire))
    }

    #[inline]
    fn change(&self, from: State, to: State) -> bool {
        // ORDERING: Release publishes what the changer did before (the sleeper's exchange, what a
        // notification is about, and that a holder is through with the node); Acquire for the last
        // holder, who hands the node on (N1), and for the notifier, who reads the sleeper. Killed by
        // `an_exchanged_waker_is_the_one_that_is_woken`. Relaxed on failure: the state is loaded anew.
        self.state
            .compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    /// Makes the node ready to be linked; without a sleeper, it has no owner.
    ///
    /// # Safety
    ///
    /// The caller has just taken it from the pool.
    #[inline]
    pub(super) unsafe fn begin(&self, sleeper: Option<Sleeper>, content: Content) {
        let owned = if sleeper.is_some() { OWNED } else { 0 };
        self.sleeper.with_mut(|place| {
            // SAFETY: the node is the caller's alone.
            // (Whom the last owner had woken was taken out, so there is nothing to be dropped.)
            unsafe { place.write(sleeper) };
        });
        // ORDERING: Relaxed; the node is the caller's alone.
        let last = Parcel(self.parcel.load(Ordering::Relaxed));
        if content != last.content() || content != SHUT {
            // ORDERING: Release publishes what the content stands for to `parcel`; killed by
            // `what_lies_in_a_parcel_has_arrived`.
            self.parcel
                .store(last.next_use().with(content).0, Ordering::Release);
        }
        // ORDERING: Relaxed; the node is the caller's alone.
        let last = State(self.state.load(Ordering::Relaxed));
        // ORDERING: Release pairs with the Acquire in `state`: who still holds an old number and sees
        // this use of the node also sees that it was unlinked before (L4 in `links`); killed by
        // `who_sees_a_node_again_sees_that_it_was_unlinked`.
        self.state
            .store(last.next_use().0 | owned, Ordering::Release);
    }

    /// The parcel.
    pub(super) fn parcel(&self) -> Parcel {
        // ORDERING: Acquire pairs with the Release in `begin` and `exchange`; killed by
        // `what_lies_in_a_parcel_has_arrived`.
        Parcel(self.parcel.load(Ordering::Acquire))
    }

    /// Exchanges what was seen in the parcel; false if it has changed.
    pub(super) fn exchange(&self, seen: Parcel, content: Content) -> bool {
        // ORDERING: Release publishes what the new content stands for to the owner, who closes the
        // parcel with Acquire; killed by `a_message_for_a_dropped_receiver_is_kept`. What the old one stands for was acquired when it was seen. Relaxed on
        // failure: it is looked at anew.
        self.parcel
            .compare_exchange(
                seen.0,
                seen.with(content).0,
                Ordering::Release,
                Ordering::Relaxed,
            )
            .is_ok()
    }

    /// Closes the parcel, unless nobody exchanges what lies there any more; says what was in it.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    #[inline]
    pub(super) unsafe fn close_parcel(&self, is_final: impl FnOnce(Content) -> bool) -> Content {
        let own = self.parcel();
        if is_final(own.content()) {
            return own.content();
        }
        // ORDERING: Acquire pairs with the Release in `exchange`; killed by
        // `a_message_for_a_dropped_receiver_is_kept`. Release: who finds the parcel shut, and so knows that its
        // owner is about to go, sees what was done before; killed by
        // `a_receiver_is_not_told_empty_while_a_gift_is_put_back`.
        Parcel(self.parcel.swap(own.with(SHUT).0, Ordering::AcqRel)).content()
    }

    /// Notifies the owner, whom the caller must wake then, from inside: false if the node changed.
    pub(super) fn notify(&self, seen: State) -> bool {
        self.change(seen, State(seen.with(Phase::Notified).0 + INSIDE))
    }

    /// Tells an owner that is exchanging its sleeper, and so is awake; or says of one that was notified
    /// that it is woken.
    pub(super) fn notify_awake(&self, seen: State) -> bool {
        self.change(seen, State(seen.with(Phase::Notified).0 | WOKEN))
    }

    /// Enters to wake an owner that another thread has notified, and has not woken yet.
    pub(super) fn enter(&self, seen: State) -> bool {
        seen.inside() + 1 < 1 << INSIDE_BITS && self.change(seen, State(seen.0 + INSIDE))
    }

    fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    /// Whether the current thread is waking the owner just now, and has come here from inside that.
    pub(super) fn is_being_woken_here(&self) -> bool {
        is_waking(self.address())
    }

    /// Wakes the owner; false if its waker panicked.
    ///
    /// # Safety
    ///
    /// The caller is inside.
    #[inline]
    pub(super) unsafe fn wake(&self) -> bool {
        about_to_wake();
        self.sleeper.with(|place| {
            // SAFETY: nobody writes while a notifier is inside (N3).
            match unsafe { &*place } {
                Some(Sleeper::Task(waker)) => {
                    // It may call this very list; a thread's wake calls nobody.
                    let _wake = Wake::begin(self.address());
                    without_panic(|| waker.wake_by_ref())
                }
                Some(Sleeper::Thread(thread)) => {
                    thread.unpark();
                    true
                }
                None => true,
            }
        })
    }

    /// Leaves, having woken the owner; takes the sleeper out if nobody else will.
    ///
    /// # Safety
    ///
    /// The caller is inside, and is not any more.
    #[inline]
    pub(super) unsafe fn leave_woken(&self, sleeper: &mut Option<Sleeper>) -> Duties {
        loop {
            let seen = self.state();
            let alone = seen.is_woken() && !seen.is(OWNED) && seen.inside() == 1;
            if alone && sleeper.is_none() {
                // SAFETY: the owner has left, this is the last one inside, nobody comes in (N2).
                *sleeper = unsafe { self.take_sleeper() };
            }
            let left = State((seen.0 | WOKEN) - INSIDE);
            if self.change(seen, left) {
                return Duties {
                    uncount: !seen.is_woken(),
                    recycle: !left.has_holders(),
                };
            }
        }
    }

    /// The list does not hold it any more; it was dead when it was seen there.
    #[inline]
    pub(super) fn unlinked(&self, seen: State) -> Duties {
        if !State(seen.0 & !LINKED).has_holders() {
            // The list was the last holder then, and nobody comes in (N2). That the others are through with the node was
            // acquired with this state.
            return Duties {
                uncount: false,
                recycle: true,
            };
        }
        // ORDERING: Acquire, for if this was the last holder, the owner is through with the sleeper
        // (killed by `a_node_is_not_used_again_before_its_owner_is_through`). Release, for otherwise
        // the owner hands the node on, and who sees its next use must see that it was unlinked (L4 in
        // `links`; killed by `who_sees_a_node_again_sees_that_it_was_unlinked`).
        let seen = State(self.state.fetch_and(!LINKED, Ordering::AcqRel));
        Duties {
            uncount: false,
            recycle: !State(seen.0 & !LINKED).has_holders(),
        }
    }

    /// The owner exchanges its sleeper, if it is still waiting and the new one is another.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    pub(super) unsafe fn renew(&self, waker: &Waker) {
        let same = self.sleeper.with(|place| {
            // SAFETY: only the owner writes, and that is the caller (N3).
            matches!(unsafe { &*place }, Some(Sleeper::Task(old)) if old.will_wake(waker))
        });
        if same {
            return;
        }
        // Cloned before, for that may run anybody's code, and panic.
        let new = Some(Sleeper::Task(waker.clone()));
        // Flags may change meanwhile: LINKED cannot (a waiting node is not dead), so twice is enough.
        let waiting = self.state();
        if waiting.phase() != Phase::Waiting {
            return;
        }
        let updating = waiting.with(Phase::Updating);
        if !self.change(waiting, updating) {
            return;
        }
        let old = self.sleeper.with_mut(|place| {
            // SAFETY: UPDATING, so no notifier is or comes inside (N3).
            core::mem::replace(unsafe { &mut *place }, new)
        });
        // If this fails, the owner was notified while it was at it, and looks next.
        self.change(updating, waiting);
        drop(old);
    }

    /// The owner leaves, and takes the sleeper out if nobody else will. Says whether it had been notified.
    ///
    /// # Safety
    ///
    /// The caller is the owner, and is not any more.
    #[inline]
    pub(super) unsafe fn leave(&self, sleeper: &mut Option<Sleeper>) -> (bool, Duties) {
        let mut duties = Duties::default();
        loop {
            let seen = self.state();
            let (out, notified) = match seen.phase() {
                // Awake by itself: that is known from when it leaves on (N2).
                Phase::Notified => (State(seen.0 | WOKEN), true),
                Phase::Left => (seen, false),
                Phase::Waiting | Phase::Updating => {
                    duties.uncount |= self.change(seen, seen.with(Phase::Left));
                    continue;
                }
            };
            if out.inside() == 0 && sleeper.is_none() {
                // SAFETY: nobody is inside, and nobody comes in (N2).
                *sleeper = unsafe { self.take_sleeper() };
            }
            let left = State(out.0 & !OWNED);
            if self.change(seen, left) {
                duties.uncount |= notified && !seen.is_woken();
                duties.recycle = !left.has_holders();
                return (notified, duties);
            }
        }
    }

    /// # Safety
    ///
    /// The caller is the last of owner and notifiers (N3).
    #[inline]
    unsafe fn take_sleeper(&self) -> Option<Sleeper> {
        self.sleeper.with_mut(|place| {
            // SAFETY: the contract.
            unsafe { (*place).take() }
        })
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_state_do_not_overlap() {
        let state = State(0).next_use();
        assert!(!state.is(OWNED) && state.is(LINKED) && !state.is_woken());
        assert_eq!(state.phase(), Phase::Waiting);
        let inside = State(state.with(Phase::Notified).0 + ((1 << INSIDE_BITS) - 1) * INSIDE);
        assert_eq!(inside.inside(), (1 << INSIDE_BITS) - 1);
        assert_eq!(inside.phase(), Phase::Notified);
        assert!(!inside.is_dead() && State(inside.0 | WOKEN).is_dead());
        assert_eq!(
            inside.next_use().0,
            state.next_use().0,
            "uses are counted above the rest"
        );
    }
}
