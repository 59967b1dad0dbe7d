//! Workloads of unbounded queues and channels.
//!
//! - *Tried*: the loops of the queues with a bound, by calls that never wait. Where threads only push or only pop, producers
//!   have a [credit](crate::credit), the cell's capacity; in pairs nothing piles up.
//! - *Blocking*: threads that wait inside the calls for items, as in [`waiting`]; senders have the same
//!   credit, and give their cores away where they have none.
//!
//! Before the clock starts as many items as there is credit for have been inside once.
#![forbid(unsafe_code)]

mod catalogue;

use super::catalogue::Shape;
use super::stalled::{Operation, stalled};
use super::{Length, Outcome, Wrong, drive, memory, waiting};
use crate::blocking::Blocking;
use crate::contender::{Card, Contender};
use crate::credit::OnCredit;
use crate::plan::StalledPlan;
use crate::record::{Memory, Stalled};

pub use catalogue::{ALL, PREFIX, Work, Workload};

/// One run of one contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// What is done.
    pub work: Work,
    /// How many items may be inside.
    pub credit: usize,
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
    /// Stops a thread inside it; see [`stalled`]. Calls that wait are not stopped: they begin with those that do not.
    pub stalled: Option<Stall>,
    /// What it takes of memory; see [`memory`].
    pub memory: Option<Take>,
}

/// What a contender takes of memory, where that is counted.
pub type Take = fn() -> Result<Option<Memory>, Wrong>;

/// Stops a thread inside a contender.
pub type Stall = fn(Operation, &StalledPlan) -> Result<Option<Stalled>, Wrong>;

impl Entry {
    /// The entry of a queue whose calls never wait.
    pub fn tried<C: Contender<u64>>() -> Entry {
        Entry {
            card: C::CARD,
            run: run_tried::<C>,
            stalled: Some(stalled::<C, u64>),
            memory: Some(memory::of::<C>),
        }
    }

    /// The entry of a queue or channel whose threads wait.
    pub fn blocking<C: Blocking<u64>>() -> Entry {
        Entry {
            card: C::CARD,
            run: run_blocking::<C>,
            stalled: None,
            memory: None,
        }
    }
}

fn run_tried<C: Contender<u64>>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    let Work::Tried(shape) = job.work else {
        return Ok(None);
    };
    let inner = drive::Job {
        shape,
        capacity: job.credit,
        length: job.length,
    };
    match shape {
        Shape::Pairs { .. } => drive::run::<C, u64>(&inner),
        Shape::Flow { .. } | Shape::Slices { .. } => drive::run::<OnCredit<C>, u64>(&inner),
    }
}

fn run_blocking<C: Blocking<u64>>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    let Work::Blocking { senders, receivers } = job.work else {
        return Ok(None);
    };
    let work = waiting::Work::Threads {
        senders,
        receivers,
        one_core: false,
    };
    waiting::flow::run::<OnCredit<C>, u64>(&waiting::Job {
        work,
        capacity: job.credit,
        length: job.length,
    })
}
