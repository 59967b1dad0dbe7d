//! The workloads by name.
#![forbid(unsafe_code)]

use crate::contender::Role;

/// How many items one call moves in the `slices` workloads.
pub const SLICE: usize = 16;

/// Who does what in a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Some threads only push and others only pop, one item a call.
    Flow {
        /// Threads that push.
        producers: usize,
        /// Threads that pop.
        consumers: usize,
    },
    /// The same, [`SLICE`] items a call.
    Slices {
        /// Threads that push.
        producers: usize,
        /// Threads that pop.
        consumers: usize,
    },
    /// Every thread pushes one item, then pops one, and so on.
    Pairs {
        /// Threads that do so.
        threads: usize,
    },
}

impl Shape {
    /// What each thread does, producers first.
    pub fn roles(&self) -> Vec<Role> {
        match *self {
            Shape::Flow {
                producers,
                consumers,
            }
            | Shape::Slices {
                producers,
                consumers,
            } => {
                let mut roles = vec![Role::Produce; producers];
                roles.resize(producers + consumers, Role::Consume);
                roles
            }
            Shape::Pairs { threads } => vec![Role::Both; threads],
        }
    }

    /// How many threads work.
    pub fn threads(&self) -> usize {
        match *self {
            Shape::Flow {
                producers,
                consumers,
            }
            | Shape::Slices {
                producers,
                consumers,
            } => producers + consumers,
            Shape::Pairs { threads } => threads,
        }
    }

    /// How many of them only push.
    pub fn producers(&self) -> usize {
        match *self {
            Shape::Flow { producers, .. } | Shape::Slices { producers, .. } => producers,
            Shape::Pairs { .. } => 0,
        }
    }
}

/// A workload with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The name in plans and in records.
    pub name: &'static str,
    /// Who does what.
    pub shape: Shape,
}

impl Workload {
    /// The workload called `name`.
    pub fn named(name: &str) -> Option<Workload> {
        ALL.iter().copied().find(|workload| workload.name == name)
    }
}

const fn flow(name: &'static str, producers: usize, consumers: usize) -> Workload {
    let shape = Shape::Flow {
        producers,
        consumers,
    };
    Workload { name, shape }
}

const fn slices(name: &'static str, producers: usize, consumers: usize) -> Workload {
    let shape = Shape::Slices {
        producers,
        consumers,
    };
    Workload { name, shape }
}

const fn pairs(name: &'static str, threads: usize) -> Workload {
    let shape = Shape::Pairs { threads };
    Workload { name, shape }
}

/// Every workload, in the order in which reports show them.
pub const ALL: &[Workload] = &[
    pairs("uncontended", 1),
    flow("spsc", 1, 1),
    flow("mpsc-2+1", 2, 1),
    flow("mpsc-4+1", 4, 1),
    flow("spmc-1+4", 1, 4),
    flow("mpmc-2+2", 2, 2),
    flow("mpmc-4+4", 4, 4),
    flow("mpmc-16+16", 16, 16),
    pairs("pairs-2", 2),
    pairs("pairs-4", 4),
    pairs("pairs-16", 16),
    slices("slices-1+1", 1, 1),
    slices("slices-4+4", 4, 4),
];
