//! Who waits on one side of a pipe, and what it costs the other side to look for it.
//!
//! # Why no wake is lost
//!
//! The other side: change the pipe, *light fence*, look whether anybody is listed. The waiter: enlist, *heavy
//! fence*, look into the pipe, sleep. The two fences are a pair ([`AsymmetricFence`]): so the other side sees
//! that somebody is listed, or the waiter sees the change. On Linux the light one costs nothing, and the heavy one, a
//! system call, makes a full fence in the other side's thread, at one moment between the enlisting and the look:
//!
//! * Falls it *behind the change* of the other side, the change has left that core before the waiter looks.
//! * Falls it *before the change*, then it falls before the look at the list too, which comes later, and which sees
//!   what the waiter did before its system call.
//!
//! The rest is the [wait list](crate::wait)'s: who is listed is linked, or will look.
//!
//! # One waiter
//!
//! A call that waits holds its end by `&mut`, so a second waiter comes only when the first has left, or was
//! forgotten. One that was forgotten is still listed, and would take the wake that the second needs: so everybody
//! is woken, who is hardly ever more than one.

#![forbid(unsafe_code)]

use crate::sync::AsymmetricFence;
use crate::wait::list::WaitList;

/// The one that waits on one side; see the head of this file.
#[derive(Debug)]
pub(super) struct Waiter {
    list: WaitList,
    fence: AsymmetricFence,
}

impl Waiter {
    /// Nobody.
    pub(super) fn new() -> Self {
        Self {
            list: WaitList::new(),
            fence: AsymmetricFence::new(),
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
        if self.list.may_have_waiters() {
            self.wake();
        }
    }

    #[cold]
    #[inline(never)]
    fn wake(&self) {
        self.list.notify_all();
    }

    /// What the waiter does between its enlisting and its last look before it sleeps.
    pub(super) fn before_last_look(&self) {
        self.fence.heavy();
    }
}
