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
//! nothing, run out of time, been dropped, found the structure closed, or panicked in its attempt; in every
//! case it looks, without taking, whether there is something for another waiter, and if so notifies one.
//!
//! Where waiters are [served](Attempt::is_served_in_line) by others, in their order, a thread enlists at once, and is
//! patient in its place: what it waits for may come to it there.
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
use core::mem;
use core::ops::Deref;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

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
    /// the methods below say how.
    const HAS_PARCEL: bool = false;

    /// What lies in the parcel.
    fn parcel(&self) -> Content {
        SHUT
    }

    /// Whether nobody exchanges this any more, for sure: then the parcel need not be closed by a swap.
    fn is_final(_content: Content) -> bool {
        false
    }

    /// The look between enlisting and sleeping. While others may end the attempt by the parcel, it must not do so too:
    /// that would be to succeed twice.
    fn last_look(&mut self) -> Look<Self::Done> {
        self.attempt().map_or(Look::Sleep, Look::Done)
    }

    /// The waiter has left its list, and this was in its parcel.
    fn left(&mut self, _content: Content) -> Option<Self::Done> {
        None
    }

    /// Whether others serve a waiter where it stands: then it takes its place in the list at once, and a thread
    /// is patient there, not before.
    fn is_served_in_line(&self) -> bool {
        false
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

/// Leaves the list, for another attempt or for good, and settles. Says how the attempt has ended, if
/// it has, be it by others.
#[inline(always)]
fn come_back<A: Attempt>(listed: Listed<A::List>, wanted: &mut A, again: bool) -> Option<A::Done> {
    let mut done = None;
    let notified = if A::HAS_PARCEL {
        let (notified, content) = listed.leave_with_parcel(A::is_final);
        done = wanted.left(content);
        notified
    } else {
        listed.leave()
    };
    let settling = Settling { notified, wanted };
    if again && done.is_none() {
        done = settling.wanted.attempt();
    }
    done
}

/// A waiter that has left, and settles when this is dropped: also where its attempt panics.
struct Settling<'a, A: Attempt> {
    notified: bool,
    wanted: &'a mut A,
}

impl<A: Attempt> Drop for Settling<'_, A> {
    #[inline]
    fn drop(&mut self) {
        if self.notified {
            // For another, if the notification is of use to it.
            let list = self.wanted.list();
            if list.has_waiters_after_change() && self.wanted.would_end() {
                list.notify_one();
            }
        }
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
    if !wanted.is_served_in_line()
        && let Some(done) = try_for_a_while(deadline, || wanted.attempt())
    {
        return Ok(done);
    }
    let listed = Listed::new(wanted.list(), Sleeper::Thread(current()), wanted.parcel());
    let done = match wanted.last_look() {
        Look::Done(done) => {
            come_back(listed, &mut wanted, false);
            Some(done)
        }
        Look::Leave => come_back(listed, &mut wanted, true),
        Look::Sleep => {
            if wanted.is_served_in_line() {
                try_for_a_while(deadline, || listed.is_notified().then_some(()));
            }
            while !listed.is_notified() && !deadline.has_passed() {
                deadline.park();
            }
            come_back(listed, &mut wanted, true)
        }
    };
    done.ok_or(wanted)
}

/// Tries as long as the thread's patience lasts, and the deadline has not passed.
fn try_for_a_while<D>(deadline: &Deadline, mut attempt: impl FnMut() -> Option<D>) -> Option<D> {
    let mut patience = Patience::new()?;
    while patience.lasts() && !deadline.has_passed() {
        if let Some(done) = attempt() {
            patience.paid();
            return Some(done);
        }
    }
    patience.was_in_vain();
    None
}

/// A call that waits as a task.
///
/// Dropping it loses nothing: what it was about to give or take stays where it is, and a notification
/// goes to the next waiter.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Waiting<A: Attempt> {
    wanted: A,
    stage: Stage<A::List>,
}

/// How far a call has come.
#[derive(Debug)]
enum Stage<L: Deref<Target = WaitList>> {
    Begun,
    Asleep(Listed<L>),
    Ended,
}

impl<L: Deref<Target = WaitList>> Stage<L> {
    #[inline]
    fn is_notified(&self) -> bool {
        matches!(self, Self::Asleep(listed) if listed.is_notified())
    }

    /// Leaves the list, where the call has a place in it.
    #[cold]
    #[inline(never)]
    fn come_back<A: Attempt<List = L>>(&mut self, wanted: &mut A, again: bool) -> Option<A::Done> {
        match mem::replace(self, Self::Begun) {
            Self::Asleep(listed) => come_back(listed, wanted, again),
            Self::Begun | Self::Ended => None,
        }
    }
}

impl<A: Attempt> Waiting<A> {
    /// Not begun.
    #[inline]
    pub fn new(wanted: A) -> Self {
        Self {
            wanted,
            stage: Stage::Begun,
        }
    }

    /// Polls on, after an attempt that came to nothing, or a sleep.
    #[cold]
    #[inline(never)]
    fn poll_on(&mut self, cx: &mut Context<'_>) -> Poll<A::Done> {
        let wanted = &mut self.wanted;
        match &mut self.stage {
            Stage::Begun => {}
            Stage::Asleep(listed) => {
                if !listed.is_notified() && !listed.renew(cx.waker()) {
                    return Poll::Pending;
                }
                if let Stage::Asleep(listed) = mem::replace(&mut self.stage, Stage::Begun)
                    && let Some(done) = come_back(listed, wanted, true)
                {
                    self.stage = Stage::Ended;
                    return Poll::Ready(done);
                }
            }
            Stage::Ended => panic!("a future was polled after it had completed"),
        }
        loop {
            if let Some(done) = ready!(enlist(wanted, &mut self.stage, cx)) {
                self.stage = Stage::Ended;
                return Poll::Ready(done);
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn abandon(&mut self) {
        if let Some(done) = self.stage.come_back(&mut self.wanted, false) {
            self.wanted.undo(done);
        }
    }
}

/// A place that is left where the look panics.
struct Place<'a, L: Deref<Target = WaitList>> {
    stage: &'a mut Stage<L>,
    stays: bool,
}

impl<L: Deref<Target = WaitList>> Drop for Place<'_, L> {
    #[inline]
    fn drop(&mut self) {
        if !self.stays {
            *self.stage = Stage::Begun;
        }
    }
}

/// Takes a place, in the future itself, and says how it has ended if it has to leave it again: `None` if it is to take
/// another.
#[inline]
fn enlist<A: Attempt>(
    wanted: &mut A,
    stage: &mut Stage<A::List>,
    cx: &Context<'_>,
) -> Poll<Option<A::Done>> {
    let (list, parcel) = (wanted.list(), wanted.parcel());
    let sleeper = Sleeper::Task(cx.waker().clone());
    *stage = Stage::Asleep(Listed::new(list, sleeper, parcel));
    let mut place = Place {
        stage,
        stays: false,
    };
    let look = wanted.last_look();
    place.stays = true;
    drop(place);
    match look {
        Look::Sleep if wanted.is_served_in_line() && stage.is_notified() => {
            Poll::Ready(stage.come_back(wanted, true))
        }
        Look::Sleep => Poll::Pending,
        Look::Leave => Poll::Ready(stage.come_back(wanted, true)),
        Look::Done(now) => {
            stage.come_back(wanted, false);
            Poll::Ready(Some(now))
        }
    }
}

// Nothing in it is pinned: the list knows its nodes, not this.
impl<A: Attempt> Unpin for Waiting<A> {}

impl<A: Attempt> Future for Waiting<A> {
    type Output = A::Done;

    // Up to its first attempt a future is as fast as a call that does not wait: so this is a part of whoever polls, and
    // the stage, with which there is nothing to be done, is exchanged without a look at what it was.
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<A::Done> {
        let this = &mut *self;
        if matches!(this.stage, Stage::Begun)
            && let Some(done) = this.wanted.attempt()
        {
            mem::forget(mem::replace(&mut this.stage, Stage::Ended));
            return Poll::Ready(done);
        }
        this.poll_on(cx)
    }
}

impl<A: Attempt> Drop for Waiting<A> {
    #[inline(always)]
    fn drop(&mut self) {
        if matches!(self.stage, Stage::Asleep(_)) {
            self.abandon();
        }
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::sync::Arc;
    use std::task::{Wake, Waker};

    /// There is never anything to be had, and an attempt may panic.
    struct Panicking<'a> {
        list: &'a WaitList,
        when: fn(&WaitList) -> bool,
        armed: &'a AtomicBool,
    }

    impl<'a> Attempt for Panicking<'a> {
        type Done = ();
        type List = &'a WaitList;

        fn attempt(&mut self) -> Option<()> {
            if self.armed.load(Ordering::Relaxed) && (self.when)(self.list) {
                resume_unwind(Box::new("an attempt that panics"));
            }
            None
        }

        fn list(&self) -> &'a WaitList {
            self.list
        }

        fn would_end(&mut self) -> bool {
            true
        }
    }

    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn poll<A: Attempt>(waiting: &mut Waiting<A>, bell: &Arc<Bell>) -> Poll<A::Done> {
        let waker = Waker::from(Arc::clone(bell));
        Pin::new(waiting).poll(&mut Context::from_waker(&waker))
    }

    fn panics<R>(action: impl FnOnce() -> R) -> bool {
        catch_unwind(AssertUnwindSafe(action)).is_err()
    }

    /// It comes to the list, and panics in the look that follows.
    #[test]
    fn a_waiter_that_panics_in_its_last_look_is_not_listed_any_more() {
        let (list, armed) = (WaitList::new(), AtomicBool::new(true));
        let wanted = || Panicking {
            list: &list,
            when: WaitList::has_waiters_after_change,
            armed: &armed,
        };
        let calls: [&dyn Fn(); 3] = [
            &|| wait(wanted()),
            &|| drop(wait_until(wanted(), &Deadline::NEVER)),
            &|| _ = poll(&mut Waiting::new(wanted()), &Arc::default()),
        ];
        for call in calls {
            assert!(panics(call));
            assert!(!list.has_waiters_after_change(), "it is still counted");
            assert!(!list.notify_one(), "it would swallow a wake");
        }
    }

    #[test]
    fn a_waiter_that_is_notified_and_panics_passes_the_notification_on() {
        let (list, armed) = (WaitList::new(), AtomicBool::new(false));
        let waiting = || {
            Waiting::new(Panicking {
                list: &list,
                when: |_| true,
                armed: &armed,
            })
        };
        let (mut first, mut second) = (waiting(), waiting());
        let (one, other) = (Arc::default(), Arc::default());
        assert!(poll(&mut first, &one).is_pending());
        assert!(poll(&mut second, &other).is_pending());
        assert!(list.notify_one());
        let rung = || [&one, &other].map(|bell| bell.0.load(Ordering::Relaxed));
        assert_eq!(rung(), [1, 0]);
        armed.store(true, Ordering::Relaxed);
        assert!(panics(|| poll(&mut first, &one)));
        assert_eq!(rung(), [1, 1], "the notification was lost");
    }

    /// Notified between its enlisting and its look: the one that comes while the other panics is still there.
    #[test]
    fn a_place_that_is_lost_to_an_unwind_passes_its_notification_on() {
        let list = WaitList::new();
        let lost = Listed::new(&list, Sleeper::Thread(current()), SHUT);
        let (bell, never) = (Arc::default(), AtomicBool::new(false));
        let mut second = Waiting::new(Panicking {
            list: &list,
            when: |_| false,
            armed: &never,
        });
        assert!(poll(&mut second, &bell).is_pending());
        assert!(list.notify_one());
        assert_eq!(bell.0.load(Ordering::Relaxed), 0);
        drop(lost);
        assert_eq!(bell.0.load(Ordering::Relaxed), 1);
    }
}
