//! What is planned for pipes.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::CellPlan;
use crate::workload::pipe::{ALL, Work, Workload};

/// The cells of pipes, and how often each is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipePlan {
    /// The cells, in the order in which they are measured; their workloads are of [`ALL`].
    pub cells: Vec<CellPlan>,
    /// Rounds of each contender in a cell.
    pub rounds: usize,
    /// Time of one where both threads have a core.
    pub short: Duration,
    /// Time of one elsewhere.
    pub long: Duration,
}

impl PipePlan {
    /// The cell of `workload` at the capacity that is usual there.
    pub fn usual(workload: &Workload) -> CellPlan {
        let work = workload.work;
        CellPlan::new(workload.name, work.usual_capacity(), work.payload())
    }

    /// Time of one round on so many cores.
    pub fn time(&self, cores: usize) -> Duration {
        match Work::THREADS <= cores {
            true => self.short,
            false => self.long,
        }
    }

    /// Every workload at its usual capacity.
    pub(super) fn core() -> PipePlan {
        PipePlan {
            cells: ALL.iter().map(Self::usual).collect(),
            rounds: 31,
            short: Duration::from_millis(8),
            long: Duration::from_millis(32),
        }
    }

    /// The same, more seldom.
    pub(super) fn quick() -> PipePlan {
        PipePlan {
            rounds: 11,
            ..PipePlan::core()
        }
    }

    /// With a sixteenth of the room too: the slower side is waited for much more often.
    pub(super) fn full() -> PipePlan {
        let smaller = |workload: &Workload| CellPlan {
            capacity: workload.work.usual_capacity() / 16,
            ..Self::usual(workload)
        };
        let mut cells = PipePlan::core().cells;
        cells.extend(ALL.iter().map(smaller));
        PipePlan {
            cells,
            ..PipePlan::core()
        }
    }

    /// Every workload, for a moment.
    pub(super) fn smoke() -> PipePlan {
        PipePlan {
            rounds: 2,
            short: Duration::from_millis(1),
            long: Duration::from_millis(4),
            ..PipePlan::core()
        }
    }
}
