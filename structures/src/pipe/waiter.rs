//! Who waits on one side of a pipe, and what it costs the other side to look for it.
//!
//! # What
//!
//! The other side changes the pipe, and looks whether anybody waits. That look must not come before the change, and what
//! sees to it has a price: a fence in each call, or a system call in each wait, which makes a fence in the other
//! side's thread ([`AsymmetricFence`]). So a waiter makes the system call *once* and has itself *watched* for: from then
//! on the other side makes its fence, and looks at the list, at each change. When it has found nobody there many times
//! in a row, it goes back to looking at one word, which says that nobody watches.
//!
//! # Why no wake is lost
//!
//! ```text
//!  other side   change; light fence; watched? - no -> that is all
//!                                             | yes: full fence; look at the list; once in a while: unwatch, and look again
//!  waiter       enlist (with a full fence); watched? - no -> watch, heavy fence - look into the pipe; sleep
//!                                                    | yes ----------------------'
//! ```
//!
//! *A waiter that is not watched for*: the light and the heavy fence are a pair. On Linux the light one costs nothing, and
//! the heavy one, a system call, makes a full fence in the other side's thread, at one moment between the watching and
//! the look:
//!
//! * Falls it *behind the change* of the other side, the change has left that core before the waiter looks.
//! * Falls it *before the change*, then it falls before the look at the word too, which comes later, and which sees that
//!   it is watched; what follows sees who is listed, for that came before.
//!
//! *A waiter that finds itself watched for* has been so since an earlier heavy fence of its own end, behind which every
//! change is followed by a full fence and a look at the list, as long as it is watched; the waiter has its full fence
//! between its enlisting and its look, as the other has between change and look: one of them sees the other.
//!
//! *Unwatching* is done by the other side alone, with a full fence behind it, and then a look at the list. The waiter's
//! fence lies between its enlisting and its look at the word: either it sees that it is not watched for any more, or that
//! last look sees that it is listed. (And it begins to watch only where it has seen the end of the watch before: so
//! the two never write to the word at the same time.)
//!
//! The rest is the [wait list](crate::wait)'s: who is listed is linked, or will look.
//!
//! # One waiter
//!
//! A call that waits holds its end by `&mut`, so a second waiter comes only when the first has left, or was
//! forgotten. One that was forgotten is still listed, and would take the wake that the second needs: so everybody
//! is woken, who is hardly ever more than one.

#![forbid(unsafe_code)]

use crate::sync::{AsymmetricFence, AtomicU32, LOOKS_IN_VAIN, Ordering, full_fence};
use crate::wait::list::WaitList;

/// The one that waits on one side; see the head of this file.
#[derive(Debug)]
pub(super) struct Waiter {
    list: WaitList,
    fence: AsymmetricFence,
    /// How many more looks in vain it is watched for; 0: it is not.
    watched: AtomicU32,
}

impl Waiter {
    /// Nobody.
    pub(super) fn new() -> Self {
        Self {
            list: WaitList::new(),
            fence: AsymmetricFence::new(),
            watched: AtomicU32::new(0),
        }
    }

    /// Where it is listed.
    pub(super) fn list(&self) -> &WaitList {
        &self.list
    }

    /// Wakes it, if it is there: after each change that it may be waiting for. The change may be a plain store.
    #[inline(always)]
    pub(super) fn wake_after_change(&self) {
        // Killed by `a_receiver_that_waits_is_woken_by_a_send`, and so is the other one of the pair; where both are full
        // fences, by `who_waits_at_a_pipe_is_woken_where_both_sides_make_their_fence`.
        self.fence.light();
        // ORDERING: Relaxed; the fences order it.
        if self.watched.load(Ordering::Relaxed) != 0 {
            self.look_and_wake();
        }
    }

    #[cold]
    #[inline(never)]
    fn look_and_wake(&self) {
        // Killed by `a_receiver_that_is_watched_for_is_woken`.
        full_fence();
        if self.wake() {
            self.watch();
            return;
        }
        // ORDERING: Relaxed; a count. The waiter writes it only where it is 0.
        let left = self.watched.load(Ordering::Relaxed).saturating_sub(1);
        // ORDERING: Relaxed; as above, and the fences order what comes of it.
        self.watched.store(left, Ordering::Relaxed);
        if left == 0 {
            // Killed by `a_receiver_that_was_watched_for_is_woken`.
            full_fence();
            self.wake();
        }
    }

    /// Wakes everybody, and says whether anybody was there.
    fn wake(&self) -> bool {
        let is_there = self.list.may_have_waiters();
        if is_there {
            self.list.notify_all();
        }
        is_there
    }

    fn watch(&self) {
        // ORDERING: Relaxed; the fences order it.
        self.watched.store(LOOKS_IN_VAIN, Ordering::Relaxed);
    }

    /// What the waiter does between its enlisting and its last look before it sleeps.
    pub(super) fn before_last_look(&self) {
        // ORDERING: Relaxed; behind the enlisting by the fence in that.
        if self.watched.load(Ordering::Relaxed) == 0 {
            self.watch();
            self.fence.heavy();
        }
    }
}
