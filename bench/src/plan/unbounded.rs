//! What is planned for unbounded queues and channels.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::CellPlan;
use crate::workload::Shape;
use crate::workload::unbounded::{ALL, Work, Workload};

/// The workloads of a quick run.
const QUICK: [&str; 4] = [
    "unbounded-uncontended",
    "unbounded-spsc",
    "unbounded-mpmc-4+4",
    "unbounded-blocking-1+1",
];

/// The credits of a full run, beside the usual one.
const CREDITS: [usize; 2] = [1024, 262_144];

/// The cells of unbounded queues and channels, and how often each is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnboundedPlan {
    /// The cells, in the order in which they are measured; their workloads are of [`ALL`], and their capacity is how many
    /// items may be inside.
    pub cells: Vec<CellPlan>,
    /// Rounds of each contender in a cell.
    pub rounds: usize,
    /// Time of one where every thread has a core.
    pub short: Duration,
    /// Time of one elsewhere.
    pub long: Duration,
    /// Whether memory is measured, and the stalled peer where that is part of the plan.
    pub memory: bool,
}

impl UnboundedPlan {
    /// The cell of `workload` with the usual credit.
    pub fn usual(workload: &Workload) -> CellPlan {
        CellPlan::new(workload.name, workload.work.usual_credit(), "u64")
    }

    /// Time of one round of `work` on so many cores.
    pub fn time_of(&self, work: Work, cores: usize) -> Duration {
        match work.threads() <= cores {
            true => self.short,
            false => self.long,
        }
    }

    fn cells(names: &[&str]) -> Vec<CellPlan> {
        let named = |workload: &&Workload| names.contains(&workload.name);
        ALL.iter().filter(named).map(Self::usual).collect()
    }

    /// Every workload with its usual credit.
    pub(super) fn core() -> UnboundedPlan {
        UnboundedPlan {
            cells: ALL.iter().map(Self::usual).collect(),
            rounds: 21,
            short: Duration::from_millis(8),
            long: Duration::from_millis(40),
            memory: true,
        }
    }

    /// Fewer workloads, more seldom.
    pub(super) fn quick() -> UnboundedPlan {
        UnboundedPlan {
            cells: Self::cells(&QUICK),
            rounds: 11,
            ..UnboundedPlan::core()
        }
    }

    /// With less credit and with more, too, where there is any.
    pub(super) fn full() -> UnboundedPlan {
        let mut cells = UnboundedPlan::core().cells;
        for credit in CREDITS {
            let flows = ALL
                .iter()
                .filter(|one| !matches!(one.work, Work::Tried(Shape::Pairs { .. })));
            cells.extend(flows.map(|one| CellPlan::new(one.name, credit, "u64")));
        }
        UnboundedPlan {
            cells,
            rounds: super::MORE_ROUNDS,
            ..UnboundedPlan::core()
        }
    }

    /// One of each kind, for a moment.
    pub(super) fn smoke() -> UnboundedPlan {
        UnboundedPlan {
            cells: Self::cells(&QUICK),
            rounds: 2,
            short: Duration::from_millis(1),
            long: Duration::from_millis(4),
            memory: true,
        }
    }
}
