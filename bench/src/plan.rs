//! What is going to be measured: cells, contenders, rounds and how long each takes.
#![forbid(unsafe_code)]

use std::time::Duration;

use crate::workload::waiting::{self, Work};

mod pipes;
mod primitives;
mod unbounded;

pub use pipes::PipePlan;
pub use primitives::PrimitivePlan;
pub use unbounded::UnboundedPlan;

/// Capacities of a full run.
pub const CAPACITIES: [usize; 3] = [64, 1024, 65536];

/// Names of the payloads of a full run.
pub const PAYLOADS: [&str; 2] = ["u64", "[u64; 8]"];

/// The capacity and the payload of which most is said.
const USUAL: (usize, &str) = (CAPACITIES[1], PAYLOADS[0]);

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

/// The workloads of the core set in which somebody waits, each at its capacity.
const CORE_WAITING: [(&str, usize); 9] = [
    ("fast-path", 1024),
    ("blocking-spsc", 1024),
    ("blocking-spsc", 64),
    ("blocking-mpmc-4+4", 1024),
    ("blocking-mpmc-16+16", 1024),
    ("async-mpmc-4+4", 1024),
    ("round-trip-spinning", 1),
    ("round-trip-parked", 1),
    ("idle-1+1", 1),
];

/// Those of a quick run.
const QUICK_WAITING: [(&str, usize); 4] = [
    ("fast-path", 1024),
    ("blocking-spsc", 1024),
    ("blocking-mpmc-4+4", 1024),
    ("round-trip-spinning", 1),
];

/// One of each kind.
const SMOKE_WAITING: [(&str, usize); 6] = [
    ("fast-path", 64),
    ("blocking-mpmc-4+4", 64),
    ("async-mpmc-4+4", 64),
    ("round-trip-spinning", 1),
    ("round-trip-parked", 1),
    ("idle-1+1", 1),
];

/// The workloads that show who is fair: several threads of one kind, more of them than many a
/// machine has cores.
pub const FAIR_WORKLOADS: [&str; 5] =
    ["mpmc-4+4", "mpsc-4+1", "spmc-1+4", "pairs-16", "mpmc-16+16"];

/// Ours, and of those that come closest one of each kind.
const CLOSEST: [&str; 7] = [
    "latchless (handle)",
    "latchless (shared)",
    "ArrayQueue",
    "ConcurrentQueue",
    "ThingBuf",
    "kanal",
    "parking_lot Mutex",
];

/// One comparison to make: a workload at one capacity with one payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellPlan {
    /// Name of the workload, one of [`ALL`](crate::workload::ALL) or of [`waiting::ALL`].
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

/// The cells in which threads or tasks wait inside the calls, and how often each is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingPlan {
    /// The cells, in the order in which they are measured; their workloads are of
    /// [`waiting::ALL`].
    pub cells: Vec<CellPlan>,
    /// Rounds of each contender in a cell.
    pub rounds: usize,
    /// Time of one where every thread has a core and is awake.
    pub short: Duration,
    /// Time of one elsewhere.
    pub long: Duration,
}

impl WaitingPlan {
    /// Time of one round of `work` on so many cores.
    pub fn time_of(&self, work: Work, cores: usize) -> Duration {
        let awake = match work {
            Work::Threads { one_core, .. } => !one_core && work.threads() <= cores,
            Work::RoundTrip { .. } => work.meets_between_cores() && work.threads() <= cores,
            Work::Alone => true,
            Work::Tasks { .. } | Work::Idle { .. } => false,
        };
        if awake { self.short } else { self.long }
    }

    /// Every workload at the capacities that are asked of it.
    fn everything() -> Vec<CellPlan> {
        let mut cells = Vec::new();
        for workload in waiting::ALL {
            let capacities: &[usize] = match workload.work {
                Work::Threads { .. } => &[1024, 64, 1],
                Work::Tasks { .. } => &[1024, 64],
                Work::Alone => &[1024],
                Work::RoundTrip { .. } | Work::Idle { .. } => &[1],
            };
            cells.extend(grid(&[workload.name], capacities, &["u64"]));
        }
        cells
    }
}

/// How fairness is measured: see [`deal`](crate::workload::deal).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FairPlan {
    /// In which of the plan's cells: those of these workloads.
    pub workloads: Vec<String>,
    /// Only at this capacity and with this payload; none: wherever they are measured.
    pub place: Option<(usize, &'static str)>,
    /// Of which of the plan's contenders.
    pub contenders: Selection,
    /// Rounds of each contender.
    pub rounds: usize,
    /// Time of one.
    pub time: Duration,
    /// Time between two deals.
    pub between: Duration,
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
    /// From which the order of the contenders in each round follows, and which cores threads are dealt to.
    pub seed: u64,
    /// Rounds of each contender in a cell whose threads fit the cores.
    pub rounds: usize,
    /// Time of one such round.
    pub round_time: Duration,
    /// Rounds of each contender in a cell with more threads than cores.
    pub crowded_rounds: usize,
    /// Time of one such round: long enough that every thread gets its turns.
    pub crowded_time: Duration,
    /// The cells in which threads or tasks wait.
    pub waiting: WaitingPlan,
    /// Semaphores, events and locks.
    pub primitives: PrimitivePlan,
    /// Pipes.
    pub pipes: PipePlan,
    /// Unbounded queues and channels.
    pub unbounded: UnboundedPlan,
    /// The rounds for fairness; none: they are left out.
    pub fair: Option<FairPlan>,
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
            seed: 0,
            rounds: 31,
            round_time: Duration::from_millis(8),
            crowded_rounds: 21,
            crowded_time: Duration::from_millis(80),
            waiting: WaitingPlan {
                cells: waiting_cells(&CORE_WAITING),
                rounds: 21,
                short: Duration::from_millis(8),
                long: Duration::from_millis(32),
            },
            primitives: PrimitivePlan::core(),
            pipes: PipePlan::core(),
            unbounded: UnboundedPlan::core(),
            fair: Some(FairPlan {
                workloads: named(&FAIR_WORKLOADS[..2]),
                place: None,
                contenders: Selection::Named(named(&CLOSEST)),
                rounds: 2,
                time: Duration::from_millis(500),
                between: Duration::from_millis(4),
            }),
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
            waiting: WaitingPlan {
                cells: waiting_cells(&QUICK_WAITING),
                rounds: 11,
                ..Plan::core().waiting
            },
            primitives: PrimitivePlan::quick(),
            pipes: PipePlan::quick(),
            unbounded: UnboundedPlan::quick(),
            fair: Plan::core().fair.map(|fair| FairPlan {
                workloads: named(&FAIR_WORKLOADS[..1]),
                ..fair
            }),
            stalled: Some(StalledPlan {
                watch: Duration::from_millis(1),
                stride: 1,
            }),
            ..Plan::core()
        }
    }

    /// Every workload and every contender, in more rounds where the distance between cores leaves few of them to be judged
    /// by; about 40 minutes on two cores. Large items have one capacity, but where one producer meets one consumer, and
    /// fairness has one capacity and small items: others would say the same again.
    pub fn full() -> Plan {
        let workloads: Vec<&str> = crate::workload::ALL.iter().map(|w| w.name).collect();
        let [small, large] = PAYLOADS;
        Plan {
            cells: [
                grid(&workloads, &CAPACITIES, &[small]),
                grid(&workloads, &[USUAL.0], &[large]),
                grid(&["spsc"], &[CAPACITIES[0], CAPACITIES[2]], &[large]),
            ]
            .concat(),
            contenders: Selection::All,
            crowded_rounds: 25,
            waiting: WaitingPlan {
                cells: WaitingPlan::everything(),
                rounds: MORE_ROUNDS,
                ..Plan::core().waiting
            },
            primitives: PrimitivePlan {
                rounds: MORE_ROUNDS,
                ..PrimitivePlan::core()
            },
            pipes: PipePlan::full(),
            unbounded: UnboundedPlan::full(),
            fair: Plan::core().fair.map(|fair| FairPlan {
                workloads: named(&FAIR_WORKLOADS),
                place: Some(USUAL),
                contenders: Selection::All,
                rounds: 5,
                ..fair
            }),
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
            waiting: WaitingPlan {
                cells: waiting_cells(&SMOKE_WAITING),
                rounds: 3,
                short: Duration::from_millis(2),
                long: Duration::from_millis(8),
            },
            primitives: PrimitivePlan::smoke(),
            pipes: PipePlan::smoke(),
            unbounded: UnboundedPlan::smoke(),
            fair: Plan::core().fair.map(|fair| FairPlan {
                rounds: 1,
                time: Duration::from_millis(20),
                ..fair
            }),
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
}

/// Rounds of a full run of what is short.
const MORE_ROUNDS: usize = 27;

/// The contender that runs twice.
const AGAIN: &str = "ArrayQueue";

fn named(workloads: &[&str]) -> Vec<String> {
    workloads.iter().map(|&name| name.to_owned()).collect()
}

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

fn waiting_cells(places: &[(&str, usize)]) -> Vec<CellPlan> {
    let cell = |(workload, capacity): &(&str, usize)| CellPlan::new(workload, *capacity, "u64");
    places.iter().map(cell).collect()
}
