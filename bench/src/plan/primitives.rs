//! What is planned for semaphores, events and locks.
#![forbid(unsafe_code)]

use std::time::Duration;

use crate::workload::primitive::{self, Work};

/// The workloads of semaphores, events and locks of a quick run.
const QUICK: [&str; 6] = [
    "semaphore-alone",
    "semaphore-2-on-1",
    "semaphore-16-on-4",
    "event-is-set",
    "event-wake",
    "lock-2",
];

/// The workloads of semaphores, events and locks, and how often each is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrimitivePlan {
    /// The workloads, of [`primitive::ALL`], in the order in which they are measured.
    pub workloads: Vec<String>,
    /// Rounds of each contender in a cell.
    pub rounds: usize,
    /// Time of one where one thread works.
    pub alone: Duration,
    /// Time of one where several do, each on a core of its own.
    pub short: Duration,
    /// Time of one elsewhere.
    pub long: Duration,
}

impl PrimitivePlan {
    /// Time of one round of `work` on so many cores.
    pub fn time_of(&self, work: Work, cores: usize) -> Duration {
        match work {
            Work::Wake => self.long,
            Work::Permits { .. } | Work::TaskPermits { .. } | Work::Locks { .. } => {
                match work.threads() {
                    1 => self.alone,
                    threads if threads <= cores => self.short,
                    _ => self.long,
                }
            }
            Work::HandOffs { .. } | Work::Wakes { .. } => self.short,
            Work::IsSet | Work::SetReset | Work::Nested => self.alone,
        }
    }

    /// Every workload.
    pub(super) fn core() -> PrimitivePlan {
        PrimitivePlan {
            workloads: primitive::ALL
                .iter()
                .map(|one| one.name.to_owned())
                .collect(),
            rounds: 21,
            alone: Duration::from_millis(3),
            short: Duration::from_millis(6),
            long: Duration::from_millis(20),
        }
    }

    /// One or two of each kind.
    pub(super) fn quick() -> PrimitivePlan {
        PrimitivePlan {
            workloads: QUICK.map(str::to_owned).into(),
            rounds: 11,
            ..PrimitivePlan::core()
        }
    }

    /// Every workload, for a moment.
    pub(super) fn smoke() -> PrimitivePlan {
        PrimitivePlan {
            rounds: 2,
            alone: Duration::from_micros(500),
            short: Duration::from_millis(1),
            long: Duration::from_millis(4),
            ..PrimitivePlan::core()
        }
    }
}
