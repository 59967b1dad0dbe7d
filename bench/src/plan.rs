//! What is going to be measured: cells, contenders, rounds and how long each takes.
#![forbid(unsafe_code)]

use std::time::Duration;

use crate::workload::Workload;

/// Capacities of a full run.
pub const CAPACITIES: [usize; 3] = [64, 1024, 65536];

/// Names of the payloads of a full run.
pub const PAYLOADS: [&str; 2] = ["u64", "[u64; 8]"];

/// The workloads of the core set.
const CORE_WORKLOADS: [&str; 10] = [
    "uncontended",
    "spsc",
    "mpsc-4+1",
    "spmc-1+4",
    "mpmc-2+2",
    "mpmc-4+4",
    "mpmc-16+16",
    "pairs-2",
    "pairs-16",
    "slices-4+4",
];

/// The workloads of a quick run.
const QUICK_WORKLOADS: [&str; 5] = ["uncontended", "spsc", "mpmc-4+4", "mpmc-16+16", "pairs-2"];

/// One comparison to make: a workload at one capacity with one payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellPlan {
    /// Name of the workload, one of [`ALL`](crate::workload::ALL).
    pub workload: String,
    /// Capacity in items.
    pub capacity: usize,
    /// Name of the payload, one of [`PAYLOADS`].
    pub payload: String,
}

impl CellPlan {
    /// The cell of `workload` at `capacity` with `payload`.
    pub fn new(workload: &str, capacity: usize, payload: &str) -> CellPlan {
        CellPlan {
            workload: workload.to_owned(),
            capacity,
            payload: payload.to_owned(),
        }
    }
}

/// Which contenders take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// The core set: ours, and those that come closest.
    Core,
    /// Those with these names.
    Named(Vec<String>),
}

/// How the stalled peer is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StalledPlan {
    /// How long the others are watched at each stop.
    pub watch: Duration,
    /// The victim is stopped at every `stride`-th instruction (1: at each of them).
    pub stride: u64,
}

/// Everything that a run is going to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The cells, in the order in which they are measured.
    pub cells: Vec<CellPlan>,
    /// The contenders, the same in every cell.
    pub contenders: Selection,
    /// The contender that runs twice in each cell, to show the noise floor; none: no A/A pair.
    pub again: Option<String>,
    /// Rounds of each contender in a cell whose threads fit the cores.
    pub rounds: usize,
    /// Time of one such round.
    pub round_time: Duration,
    /// Rounds of each contender in a cell with more threads than cores.
    pub crowded_rounds: usize,
    /// Time of one such round: long enough that every thread gets its turns.
    pub crowded_time: Duration,
    /// The stalled peers; none: they are left out.
    pub stalled: Option<StalledPlan>,
}

impl Plan {
    /// The default: one capacity (three for SPSC), one payload, the closest contenders; about 3
    /// minutes on two cores, less where more threads fit.
    pub fn core() -> Plan {
        Plan {
            cells: [
                grid(&CORE_WORKLOADS, &[1024], &["u64"]),
                grid(&["spsc"], &[64, 65_536], &["u64"]),
            ]
            .concat(),
            contenders: Selection::Core,
            again: Some(AGAIN.to_owned()),
            rounds: 31,
            round_time: Duration::from_millis(8),
            crowded_rounds: 21,
            crowded_time: Duration::from_millis(80),
            stalled: Some(StalledPlan {
                watch: Duration::from_millis(2),
                stride: 1,
            }),
        }
    }

    /// Fewer workloads and rounds: about one minute.
    pub fn quick() -> Plan {
        Plan {
            cells: grid(&QUICK_WORKLOADS, &[1024], &["u64"]),
            rounds: 21,
            round_time: Duration::from_millis(6),
            crowded_rounds: 9,
            stalled: Some(StalledPlan {
                watch: Duration::from_millis(1),
                stride: 1,
            }),
            ..Plan::core()
        }
    }

    /// Everything, however long it takes.
    pub fn full() -> Plan {
        let workloads: Vec<&str> = crate::workload::ALL.iter().map(|w| w.name).collect();
        Plan {
            cells: grid(&workloads, &CAPACITIES, &PAYLOADS),
            contenders: Selection::All,
            ..Plan::core()
        }
    }

    /// A few seconds: shows that everything works and measures nothing worth reading.
    pub fn smoke() -> Plan {
        Plan {
            cells: grid(&["uncontended", "spsc", "mpmc-4+4"], &[64], &["u64"]),
            rounds: 3,
            round_time: Duration::from_millis(2),
            crowded_rounds: 3,
            crowded_time: Duration::from_millis(10),
            stalled: Some(StalledPlan {
                watch: Duration::from_micros(200),
                stride: 8,
            }),
            ..Plan::core()
        }
    }

    /// Rounds of each contender in a cell of `threads` threads on `cores` cores, and the time of
    /// one.
    pub fn rounds_for(&self, threads: usize, cores: usize) -> (usize, Duration) {
        if threads > cores {
            (self.crowded_rounds, self.crowded_time)
        } else {
            (self.rounds, self.round_time)
        }
    }

    /// About how long the cells take with `contenders` contenders on `cores` cores.
    pub fn estimate(&self, contenders: usize, cores: usize) -> Duration {
        let entries = contenders as u32 + u32::from(self.again.is_some());
        self.cells
            .iter()
            .filter_map(|cell| Workload::named(&cell.workload))
            .map(|workload| {
                let (rounds, time) = self.rounds_for(workload.shape.threads(), cores);
                (time + PER_ROUND) * entries * rounds as u32
            })
            .sum()
    }
}

/// The contender that runs twice.
const AGAIN: &str = "ArrayQueue";

/// What a round costs beside its timed part: threads, the two line ping-pongs, the checks.
const PER_ROUND: Duration = Duration::from_millis(1);

fn grid(workloads: &[&str], capacities: &[usize], payloads: &[&str]) -> Vec<CellPlan> {
    let mut cells = Vec::new();
    for payload in payloads {
        for &capacity in capacities {
            for workload in workloads {
                cells.push(CellPlan::new(workload, capacity, payload));
            }
        }
    }
    cells
}
