//! The workloads by name.
#![forbid(unsafe_code)]

use super::super::catalogue::Shape;

/// Who does what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// By calls that never wait.
    Tried(Shape),
    /// By calls that wait for items.
    Blocking {
        /// Threads that send.
        senders: usize,
        /// Threads that receive.
        receivers: usize,
    },
}

impl Work {
    /// How many threads work.
    pub fn threads(self) -> usize {
        match self {
            Work::Tried(shape) => shape.threads(),
            Work::Blocking { senders, receivers } => senders + receivers,
        }
    }

    /// How many of them only push.
    pub fn producers(self) -> usize {
        match self {
            Work::Tried(shape) => shape.producers(),
            Work::Blocking { senders, .. } => senders,
        }
    }

    /// How many items may be inside when nothing else is asked for: as many as a bounded queue of the other workloads
    /// holds where each thread pushes and pops by turns, and far more where they run away from each other.
    pub fn usual_credit(self) -> usize {
        match self {
            Work::Tried(Shape::Pairs { .. }) => 1024,
            Work::Tried(_) | Work::Blocking { .. } => 16_384,
        }
    }
}

/// A workload with its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The name in plans and in records.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// Who does what.
    pub work: Work,
}

impl Workload {
    /// The workload called `name`.
    pub fn named(name: &str) -> Option<Workload> {
        ALL.iter().copied().find(|workload| workload.name == name)
    }
}

/// What all names begin with.
pub const PREFIX: &str = "unbounded-";

const fn flow(
    name: &'static str,
    title: &'static str,
    producers: usize,
    consumers: usize,
) -> Workload {
    let work = Work::Tried(Shape::Flow {
        producers,
        consumers,
    });
    Workload { name, title, work }
}

const fn pairs(name: &'static str, title: &'static str, threads: usize) -> Workload {
    let work = Work::Tried(Shape::Pairs { threads });
    Workload { name, title, work }
}

const fn blocking(
    name: &'static str,
    title: &'static str,
    senders: usize,
    receivers: usize,
) -> Workload {
    let work = Work::Blocking { senders, receivers };
    Workload { name, title, work }
}

/// Every workload, in the order in which reports show them.
pub const ALL: &[Workload] = &[
    pairs("unbounded-uncontended", "Unbounded, uncontended", 1),
    flow("unbounded-spsc", "Unbounded, SPSC", 1, 1),
    flow("unbounded-mpsc-2+1", "Unbounded, MPSC 2+1", 2, 1),
    flow("unbounded-mpsc-4+1", "Unbounded, MPSC 4+1", 4, 1),
    flow("unbounded-mpmc-2+2", "Unbounded, MPMC 2+2", 2, 2),
    flow("unbounded-mpmc-4+4", "Unbounded, MPMC 4+4", 4, 4),
    flow("unbounded-mpmc-16+16", "Unbounded, MPMC 16+16", 16, 16),
    pairs("unbounded-pairs-2", "Unbounded, pairs 2", 2),
    blocking("unbounded-blocking-1+1", "Unbounded, blocking 1+1", 1, 1),
    blocking("unbounded-blocking-4+4", "Unbounded, blocking 4+4", 4, 4),
];
