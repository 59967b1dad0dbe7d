//! Workloads of semaphores, events and locks.
//!
//! - *Permits*: threads acquire and release, as many of them as there are permits or more. Where only
//!   tasks can wait, tasks do so, each holding its permit across one yield: without that, a runtime
//!   of few threads would never have more tasks at work than permits.
//! - *Hand-offs*: so many tasks wait for one permit, which goes from one to the next and round again.
//!   What one of them costs should not depend on how many wait. One thread runs them all, so that
//!   nothing else is in the figure; three yields of as many tasks without a semaphore are the floor.
//! - *Events*: waiting where the event is set, setting and taking back, waking one sleeping thread
//!   (as in the parked round trip, through two events), waking so many tasks at once.
//! - *Locks*: threads add to one number under the lock.
//!
//! Every run is checked: never more inside than permits (in the first operations of each thread, and
//! in one in sixty-four after that, so that the others carry no trace of it), no addition lost, all
//! permits back in the end, as many woken as waited, and nobody waits for ever.
#![forbid(unsafe_code)]

mod catalogue;
mod events;
mod hand_offs;
mod locks;
mod one_thread;
mod permits;
mod tasks;
mod wakes;

use super::stalled::stalled_semaphore;
use super::{Length, Outcome, Wrong};
use crate::baseline::Bare;
use crate::plan::StalledPlan;
use crate::primitive::{AsyncEvent, AsyncSemaphore, Card, Event, Lock, Semaphore};
use crate::record::Stalled;

pub use catalogue::{ALL, EVENT_WAKE, EVENTS, LOCKS, SEMAPHORES, Work, Workload};

/// One run of one contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Who does what.
    pub work: Work,
    /// When it ends.
    pub length: Length,
}

/// A contender, behind one pointer per run.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it promises.
    pub card: Card,
    /// Runs it once; `Ok(None)` when it does not serve such work.
    pub run: fn(&Job) -> Result<Option<Outcome>, Wrong>,
    /// Stops a thread inside it, if it is a semaphore; see [`stalled_semaphore`].
    pub stalled: fn(&StalledPlan) -> Result<Option<Stalled>, Wrong>,
}

/// For what nobody is stopped in.
fn not_stalled(_: &StalledPlan) -> Result<Option<Stalled>, Wrong> {
    Ok(None)
}

impl Entry {
    /// The entry of a semaphore whose threads wait.
    pub fn semaphore<S: Semaphore>() -> Entry {
        Entry {
            card: S::CARD,
            run: permits::run::<S>,
            stalled: stalled_semaphore::<S>,
        }
    }

    /// The entry of a semaphore whose tasks wait.
    pub fn async_semaphore<S: AsyncSemaphore>() -> Entry {
        Entry {
            card: S::CARD,
            run: |job| match job.work {
                Work::TaskPermits { tasks, permits } => tasks::run::<S>(job, tasks, permits),
                Work::HandOffs { waiting } => hand_offs::run::<S>(job, waiting),
                _ => Ok(None),
            },
            stalled: not_stalled,
        }
    }

    /// The floor under hand-offs: as many tasks that give way to each other.
    pub fn no_semaphore() -> Entry {
        Entry {
            card: hand_offs::CONTROL,
            run: |job| match job.work {
                Work::HandOffs { waiting } => hand_offs::control(job, waiting),
                _ => Ok(None),
            },
            stalled: not_stalled,
        }
    }

    /// The entry of an event whose threads wait.
    pub fn event<E: Event>() -> Entry {
        Entry {
            card: E::CARD,
            run: events::run::<E>,
            stalled: not_stalled,
        }
    }

    /// The floor under waking a thread.
    pub fn bare_futex() -> Entry {
        Entry {
            card: events::BARE_FUTEX,
            run: |job| match job.work {
                Work::Wake => events::wake::<Bare<true>>(job),
                _ => Ok(None),
            },
            stalled: not_stalled,
        }
    }

    /// The entry of an event whose tasks wait.
    pub fn async_event<E: AsyncEvent>() -> Entry {
        Entry {
            card: E::CARD,
            run: |job| match job.work {
                Work::Wakes { waiting } => wakes::run::<E>(job, waiting),
                _ => Ok(None),
            },
            stalled: not_stalled,
        }
    }

    /// The entry of a lock.
    pub fn lock<L: Lock>() -> Entry {
        Entry {
            card: L::CARD,
            run: locks::run::<L>,
            stalled: not_stalled,
        }
    }
}
