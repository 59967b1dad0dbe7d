//! Workloads in which threads, or tasks, wait *inside* the calls.
//!
//! - *Flows*: producers send until the time is over and go; their queue is then closed by its last
//!   sender, and consumers receive until the end. What counts are all items over all of that time.
//! - *Round trips*: two threads and two queues of one item, a question there and its answer back.
//!   On one core each answer needs a switch of threads. In the parked form each side waits until the other
//!   is asleep (where the system says so) before it says anything; the time that it spends on that is not
//!   counted.
//! - *Idle*: one producer that sends an item now and then; what its consumers cost meanwhile.
//! - *Alone*: one thread that sends and receives by turns, so that nobody waits.
//!
//! Every run ends: a thread that still waits when all should have come to an end is left behind,
//! asleep, and the run is [refused](super::Wrong::Hung).
#![forbid(unsafe_code)]

pub(super) mod flow;
pub(super) mod round_trip;
pub(super) mod tasks;
pub(super) mod threads;

use super::{Length, Outcome, Wrong};
use crate::asynchronous::Asynchronous;
use crate::blocking::Blocking;
use crate::contender::{Card, Payload};
use crate::cores;

/// Who does what, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Threads send, threads receive.
    Threads {
        /// Threads that send.
        senders: usize,
        /// Threads that receive.
        receivers: usize,
        /// All of them are pinned to one core.
        one_core: bool,
    },
    /// Tasks do so, on a runtime with [`WORKERS`] threads.
    Tasks {
        /// Tasks that send.
        senders: usize,
        /// Tasks that receive.
        receivers: usize,
    },
    /// Two threads ask and answer.
    RoundTrip {
        /// Each side sleeps before it is spoken to.
        parked: bool,
        /// Both are pinned to one core.
        one_core: bool,
    },
    /// One thread sends an item every [`PACE`].
    Idle {
        /// Threads that receive.
        receivers: usize,
    },
    /// One thread sends and receives by turns.
    Alone,
}

/// Threads of the runtime that tasks run on.
pub const WORKERS: usize = 2;

/// How long an idle consumer is left alone.
pub const PACE: std::time::Duration = std::time::Duration::from_micros(500);

impl Work {
    /// The cores to keep to, one a thread where there are as many.
    fn places(&self) -> Vec<usize> {
        let available = cores::available();
        match (self.on_one_core(), available.first()) {
            (true, Some(&core)) => vec![core; self.threads()],
            _ => available,
        }
    }

    /// How many threads work.
    pub fn threads(&self) -> usize {
        match *self {
            Work::Threads {
                senders, receivers, ..
            } => senders + receivers,
            Work::Tasks { .. } => WORKERS,
            Work::RoundTrip { .. } => 2,
            Work::Idle { receivers } => 1 + receivers,
            Work::Alone => 1,
        }
    }

    /// How many only send, among those whose items are counted apart.
    pub fn senders(&self) -> usize {
        match *self {
            Work::Threads { senders, .. } | Work::Tasks { senders, .. } => senders,
            Work::RoundTrip { .. } | Work::Idle { .. } => 1,
            Work::Alone => 0,
        }
    }

    /// Whether how far the cores are apart plays a part: not where all share one, and not where what
    /// counts is the time of going to sleep and waking up.
    pub fn meets_between_cores(&self) -> bool {
        match *self {
            Work::Threads { one_core, .. } => !one_core,
            Work::Tasks { .. } => true,
            Work::RoundTrip { parked, one_core } => !parked && !one_core,
            Work::Idle { .. } | Work::Alone => false,
        }
    }

    /// Whether all threads are on one core.
    pub fn on_one_core(&self) -> bool {
        match *self {
            Work::Threads { one_core, .. } | Work::RoundTrip { one_core, .. } => one_core,
            Work::Tasks { .. } | Work::Idle { .. } | Work::Alone => false,
        }
    }
}

/// A workload with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The name in plans and in records.
    pub name: &'static str,
    /// Who does what.
    pub work: Work,
}

impl Workload {
    /// The workload called `name`.
    pub fn named(name: &str) -> Option<Workload> {
        ALL.iter().copied().find(|workload| workload.name == name)
    }
}

const fn threads(name: &'static str, senders: usize, receivers: usize) -> Workload {
    let work = Work::Threads {
        senders,
        receivers,
        one_core: false,
    };
    Workload { name, work }
}

const fn tasks(name: &'static str, senders: usize, receivers: usize) -> Workload {
    let work = Work::Tasks { senders, receivers };
    Workload { name, work }
}

const fn round_trip(name: &'static str, parked: bool, one_core: bool) -> Workload {
    let work = Work::RoundTrip { parked, one_core };
    Workload { name, work }
}

const fn other(name: &'static str, work: Work) -> Workload {
    Workload { name, work }
}

/// What the names of workloads begin with in which threads wait.
pub const BLOCKING: &str = "blocking-";

/// What the names of workloads begin with in which tasks wait.
pub const ASYNC: &str = "async-";

/// What the names of the round trips begin with.
pub const ROUND_TRIP: &str = "round-trip";

/// What the names of workloads begin with that count CPU time.
pub const IDLE: &str = "idle-";

/// The name of the workload in which nobody waits.
pub const FAST_PATH: &str = "fast-path";

/// Every workload, in the order in which reports show them.
pub const ALL: &[Workload] = &[
    other(FAST_PATH, Work::Alone),
    threads("blocking-spsc", 1, 1),
    threads("blocking-mpsc-4+1", 4, 1),
    threads("blocking-mpmc-2+2", 2, 2),
    threads("blocking-mpmc-4+4", 4, 4),
    threads("blocking-mpmc-16+16", 16, 16),
    other(
        "blocking-one-core-16+16",
        Work::Threads {
            senders: 16,
            receivers: 16,
            one_core: true,
        },
    ),
    tasks("async-spsc", 1, 1),
    tasks("async-mpsc-4+1", 4, 1),
    tasks("async-mpmc-2+2", 2, 2),
    tasks("async-mpmc-4+4", 4, 4),
    tasks("async-mpmc-16+16", 16, 16),
    round_trip("round-trip-spinning", false, false),
    round_trip("round-trip-parked", true, false),
    round_trip("round-trip-one-core", false, true),
    other("idle-1+1", Work::Idle { receivers: 1 }),
    other("idle-1+4", Work::Idle { receivers: 4 }),
];

/// The capacity at which a workload is measured when nothing else is asked for.
pub fn usual_capacity(name: &str) -> usize {
    match Workload::named(name).map(|workload| workload.work) {
        Some(Work::RoundTrip { .. } | Work::Idle { .. }) => 1,
        _ => 1024,
    }
}

/// One run of one contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Who does what.
    pub work: Work,
    /// Capacity in items.
    pub capacity: usize,
    /// When it ends.
    pub length: Length,
}

/// A contender with its payload settled: what is compiled for it, behind one pointer per run.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it promises.
    pub card: Card,
    /// Runs it once; `Ok(None)` when it cannot serve so many or this capacity.
    pub run: fn(&Job) -> Result<Option<Outcome>, Wrong>,
}

impl Entry {
    /// The entry of `C`, whose threads wait.
    pub fn blocking<C: Blocking<P>, P: Payload>() -> Entry {
        Entry {
            card: C::CARD,
            run: run::<C, P>,
        }
    }

    /// The entry of `C`, whose tasks wait.
    pub fn asynchronous<C: Asynchronous<P>, P: Payload>() -> Entry {
        Entry {
            card: C::CARD,
            run: tasks::run::<C, P>,
        }
    }
}

/// Runs `C` once where threads wait; no other kind is served.
fn run<C: Blocking<P>, P: Payload>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    match job.work {
        Work::Threads { .. } | Work::Idle { .. } => flow::run::<C, P>(job),
        Work::Alone => flow::alone::<C, P>(job),
        Work::RoundTrip { parked, .. } => round_trip::run::<C, P>(job, parked),
        Work::Tasks { .. } => Ok(None),
    }
}
