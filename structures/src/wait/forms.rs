//! Attempts, turned into calls that wait: bare, until a deadline, and as a future. Once for all
//! structures.
//!
//! # What
//!
//! A product says how one *attempt* goes, which never waits, on which list to be woken when it may go
//! better, and how to see, without taking anything, that another waiter's attempt would succeed.
//! Everything else is here.
//!
//! # The protocol
//!
//! ```text
//!  attempt - no -> enlist - attempt once more - no -> sleep -> leave -> attempt ...
//!                            | yes                              |
//!                            leave                              settle
//! ```
//!
//! *Settle*: whoever leaves the list and had been notified holds a baton. It may have succeeded, found
//! nothing, run out of time, been dropped, or found the structure closed; in every case it
//! looks, without taking, whether there is something for another waiter, and if so notifies one.
//!
//! # Invariants
//!
//! * **F1** Nobody sleeps without an attempt between enlisting and sleeping.
//! * **F2** A notification is never dropped: its holder settles, however it ends.
//! * **F3** Nothing of the structure is held while asleep: no participant, no lock, no epoch.

#![forbid(unsafe_code)]

use super::list::{Listed, WaitList};
use super::node::{Content, SHUT, Sleeper};
use super::patience::Patience;
use crate::sync::{Deadline, current};
use core::future::Future;
use core::ops::Deref;
use core::pin::Pin;
use core::task::{Context, Poll};

/// One try at something, which may have to be repeated when the structure has changed.
pub trait Attempt {
    /// How it ends: with success, or in a way that no waiting mends.
    type Done;
    /// How to come to the list.
    type List: Deref<Target = WaitList>;

    /// One try; `None` if it may go better later. Never waits.
    fn attempt(&mut self) -> Option<Self::Done>;

    /// Where those are listed who wait for the same.
    fn list(&self) -> Self::List;

    /// Whether an attempt would end now: a look that takes nothing.
    fn would_end(&mut self) -> bool;

    /// Whether a waiter lays a [parcel](super::node) open: then others may end its attempt, and
    /// the four methods below say how.
    const HAS_PARCEL: bool = false;

    /// What lies in the parcel.
    fn parcel(&self) -> Content {
        SHUT
    }

    /// The look between enlisting and sleeping. With a parcel, it must not end the attempt, for
    /// somebody else may have ended it already.
    fn last_look(&mut self) -> Look<Self::Done> {
        self.attempt().map_or(Look::Sleep, Look::Done)
    }

    /// The waiter has left its list, and this was in its parcel.
    fn left(&mut self, _content: Content) -> Option<Self::Done> {
        None
    }

    /// Nobody is there any more to be told how it has ended.
    fn undo(&mut self, done: Self::Done) {
        drop(done);
    }
}

/// What to do after a look.
#[derive(Debug)]
pub enum Look<D> {
    /// Nothing: it has ended.
    Done(D),
    /// Leave the list and attempt again.
    Leave,
    /// Sleep.
    Sleep,
}

/// Leaves the list. Says whether the waiter had been notified, and whether others ended its attempt.
fn leave<A: Attempt>(mut listed: Listed<A::List>, wanted: &mut A) -> (bool, Option<A::Done>) {
    let done = if A::HAS_PARCEL {
        wanted.left(listed.close_parcel())
    } else {
        None
    };
    (listed.leave(), done)
}

/// Passes a notification on, if it is of use to another.
fn settle(wanted: &mut impl Attempt) {
    let list = wanted.list();
    if list.has_waiters_after_change() && wanted.would_end() {
        list.notify_one();
    }
}

/// Waits, as a thread, until the attempt ends.
#[cold]
#[inline(never)]
pub fn wait<A: Attempt>(mut wanted: A) -> A::Done {
    loop {
        match try_until(wanted, &Deadline::NEVER) {
            Ok(done) => return done,
            Err(back) => wanted = back,
        }
    }
}

/// Waits, as a thread, until the attempt ends; gives it back when the deadline has passed.
#[cold]
#[inline(never)]
pub fn wait_until<A: Attempt>(mut wanted: A, deadline: &Deadline) -> Result<A::Done, A> {
    if let Some(done) = wanted.attempt() {
        return Ok(done);
    }
    while !deadline.has_passed() {
        match try_until(wanted, deadline) {
            Ok(done) => return Ok(done),
            Err(back) => wanted = back,
        }
    }
    Err(wanted)
}

/// Tries for a while, then sleeps until it is notified or the deadline passes, and tries once more.
fn try_until<A: Attempt>(mut wanted: A, deadline: &Deadline) -> Result<A::Done, A> {
    let mut patience = Patience::new();
    while patience.lasts() {
        if let Some(done) = wanted.attempt() {
            return Ok(done);
        }
    }
    let listed = Listed::new(wanted.list(), Sleeper::Thread(current()), wanted.parcel());
    let look = wanted.last_look();
    if matches!(look, Look::Sleep) {
        while !listed.is_notified() && !deadline.has_passed() {
            deadline.park();
        }
    }
    let (notified, ended) = leave(listed, &mut wanted);
    let done = match look {
        Look::Done(done) => Some(done),
        Look::Sleep if !notified => ended,
        Look::Leave | Look::Sleep => ended.or_else(|| wanted.attempt()),
    };
    if notified {
        settle(&mut wanted);
    }
    done.ok_or(wanted)
}

/// A call that waits as a task.
///
/// Dropping it loses nothing: what it was about to give or take stays where it is, and a notification
/// goes to the next waiter.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Waiting<A: Attempt> {
    wanted: Option<A>,
    listed: Option<Listed<A::List>>,
}

impl<A: Attempt> Waiting<A> {
    /// Not begun.
    pub fn new(wanted: A) -> Self {
        Self {
            wanted: Some(wanted),
            listed: None,
        }
    }
}

// Nothing in it is pinned: the list knows its nodes, not this.
impl<A: Attempt> Unpin for Waiting<A> {}

impl<A: Attempt> Future for Waiting<A> {
    type Output = A::Done;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<A::Done> {
        let this = &mut *self;
        let Some(wanted) = &mut this.wanted else {
            panic!("a future was polled after it had completed");
        };
        if let Some(listed) = &mut this.listed
            && !listed.is_notified()
            && !listed.renew(cx.waker())
        {
            return Poll::Pending;
        }
        let mut done = match this.listed.take() {
            None => wanted.attempt(),
            Some(listed) => {
                let (notified, ended) = leave(listed, wanted);
                let done = ended.or_else(|| wanted.attempt());
                if notified {
                    settle(wanted);
                }
                done
            }
        };
        while done.is_none() {
            let sleeper = Sleeper::Task(cx.waker().clone());
            let listed = Listed::new(wanted.list(), sleeper, wanted.parcel());
            let look = wanted.last_look();
            if matches!(look, Look::Sleep) {
                this.listed = Some(listed);
                return Poll::Pending;
            }
            let (notified, ended) = leave(listed, wanted);
            done = match look {
                Look::Done(done) => Some(done),
                Look::Leave | Look::Sleep => ended.or_else(|| wanted.attempt()),
            };
            if notified {
                settle(wanted);
            }
        }
        this.wanted = None;
        done.map_or(Poll::Pending, Poll::Ready)
    }
}

impl<A: Attempt> Drop for Waiting<A> {
    fn drop(&mut self) {
        if let (Some(listed), Some(wanted)) = (self.listed.take(), &mut self.wanted) {
            let (notified, ended) = leave(listed, wanted);
            if let Some(done) = ended {
                wanted.undo(done);
            }
            if notified {
                settle(wanted);
            }
        }
    }
}
