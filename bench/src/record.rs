//! What a run leaves behind: every round, raw.

use serde::{Deserialize, Serialize};

/// How far apart the hypervisor had put the two cores during a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Distance {
    /// One thread only, or one core only: the distance plays no part.
    None,
    /// A line crosses in less time than the gate's lower bound (cores share more than usual).
    Close,
    /// A line crosses in the gate's range.
    Near,
    /// A line crosses in more time than the gate's upper bound.
    Far,
    /// The distance changed within the round: the round counts nowhere.
    Changed,
}

/// One timed round of one contender.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Round {
    /// Its place in the run's order of rounds.
    pub sequence: u64,
    /// Completed transfers (items that went in and came out while the clock ran).
    pub items: u64,
    /// Wall time of the round.
    pub nanos: u64,
    /// One-way line transfer before and after it, in nanoseconds.
    pub line_nanos: [f64; 2],
    /// What these two say.
    pub distance: Distance,
    /// Items that each thread pushed (producers, which come first), popped (consumers) or both
    /// (pairs).
    pub per_thread: Vec<u64>,
    /// How many of those threads are producers (0 in pairs workloads).
    pub producers: usize,
    /// Sampled latency of one successful attempt in nanoseconds, p50, p99 and worst; waiting for
    /// room or for an item is not in it. None with one thread.
    pub latency_nanos: Option<[u64; 3]>,
    /// CPU time of all threads.
    pub cpu_nanos: u64,
    /// Ticks stolen by the hypervisor meanwhile.
    pub steal_ticks: u64,
    /// What waiting cost, where threads or tasks wait inside the calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited: Option<Waited>,
}

/// What a round shows of waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// How often threads gave their cores away to sleep, and how often they lost them: all threads
    /// together.
    pub switches: [u64; 2],
    /// In the round trips the time from a question to its answer in nanoseconds, p50, p99, p99.9 and
    /// worst; then `items` counts round trips and `nanos` is the sum of their times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip_nanos: Option<[u64; 4]>,
}

/// One round in which the threads were dealt to other cores over and over, so that none of them
/// stayed where the system happened to have put it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FairRound {
    /// Wall time of the round.
    pub nanos: u64,
    /// How often the threads were dealt.
    pub deals: u64,
    /// As in [`Round::per_thread`].
    pub per_thread: Vec<u64>,
    /// As in [`Round::producers`].
    pub producers: usize,
    /// As in [`Round::latency_nanos`].
    pub latency_nanos: Option<[u64; 3]>,
}

/// All rounds of one contender on one workload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Series {
    /// The contender's name; the second of an A/A pair has ` (again)` at its end.
    pub contender: String,
    /// The rounds in the order they were run.
    pub rounds: Vec<Round>,
    /// The rounds that show how fair it is to its threads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fair: Vec<FairRound>,
    /// Why there is none, where there is none.
    pub absent: Option<String>,
}

/// One workload with one capacity and one payload: the contenders were interleaved in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// The workload's name, such as `mpmc-4+4`.
    pub workload: String,
    /// Capacity in items.
    pub capacity: usize,
    /// The payload's name.
    pub payload: String,
    /// Number of threads that worked.
    pub threads: usize,
    /// Whether each thread was pinned to a core.
    pub pinned: bool,
    /// One series a contender.
    pub series: Vec<Series>,
    /// What the same threads did without any queue in the rounds for fairness.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fair_control: Vec<FairRound>,
}

/// What stopping one thread at one instruction of an operation did to the others, in one watch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stop {
    /// How many instructions of the operation had been executed.
    pub instruction: u64,
    /// Items that the others moved while it was stopped; at a semaphore, permits that they acquired and
    /// released.
    pub items: u64,
    /// For how long they were watched.
    pub nanos: u64,
    /// How many of the others stood still for as long as it was stopped, though they had much more
    /// time than that. Records that are older than this say nothing of it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub stuck: usize,
}

fn is_none(stuck: &usize) -> bool {
    *stuck == 0
}

impl Stop {
    /// Items a nanosecond; none where one of the others stands still, however well the rest get on.
    pub fn pace(&self) -> f64 {
        let moved = if self.stuck == 0 { self.items } else { 0 };
        moved as f64 / self.nanos.max(1) as f64
    }
}

/// The stalled-peer workload of one contender.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stalled {
    /// The contender's name.
    pub contender: String,
    /// The operation in which the victim was stopped: `push`, `pop`, or `acquire and release`.
    pub operation: String,
    /// The others alone, without any victim: items and nanoseconds of each watch.
    pub alone: Vec<Stop>,
    /// The others beside a victim that stood still before its operation: as many watches as there
    /// are stops, made by turns with them. None in records that are older than this.
    #[serde(default)]
    pub before: Vec<Stop>,
    /// Every watch of a stop: one a stop, and more where the others seemed halted.
    pub stops: Vec<Stop>,
}

/// What an unbounded queue takes of memory: bytes that it asked the allocator for and has not given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// The contender's name.
    pub contender: String,
    /// New, with one end.
    pub new_bytes: u64,
    /// Empty again after one item.
    pub used_bytes: u64,
    /// Backlog and bytes as it grows.
    pub up: Vec<[u64; 2]>,
    /// The same as it shrinks again.
    pub down: Vec<[u64; 2]>,
    /// How often memory is asked for in a million operations of a steady flow.
    pub allocations: u64,
}

/// Facts about the machine, generated at run time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// Processor model.
    pub cpu: String,
    /// Cores that the program may use.
    pub cores: usize,
    /// Kernel release.
    pub kernel: String,
    /// Compiler version.
    pub rustc: String,
    /// Target, optimization and flags.
    #[serde(default)]
    pub build: String,
    /// Crate versions of the contenders.
    pub crates: Vec<(String, String)>,
    /// Cost of one uncontended read-modify-write in nanoseconds.
    pub rmw_nanos: f64,
}

/// A whole run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// The day it was made, `YYYY-MM-DD`.
    pub date: String,
    /// When it was begun, in seconds since 1970; 0 in records that are older than this.
    #[serde(default)]
    pub begun: u64,
    /// Short commit of the measured code, with `+` when the tree was changed.
    pub commit: String,
    /// The command that makes it again.
    pub command: String,
    /// Where.
    pub machine: Machine,
    /// Steal over the whole run, in per cent of the time of all cores.
    pub steal_percent: f64,
    /// The cells.
    pub cells: Vec<Cell>,
    /// The cells in which threads or tasks wait inside the calls.
    #[serde(default)]
    pub waiting: Vec<Cell>,
    /// The cells of semaphores, events and locks: the capacity is the number of permits, of waiting
    /// tasks, or 1, and there is no payload.
    #[serde(default)]
    pub primitives: Vec<Cell>,
    /// The cells of pipes.
    #[serde(default)]
    pub pipes: Vec<Cell>,
    /// The cells of unbounded queues and channels: the capacity is the credit of the producers.
    #[serde(default)]
    pub unbounded: Vec<Cell>,
    /// What unbounded queues take of memory.
    #[serde(default)]
    pub memory: Vec<Memory>,
    /// The stalled peers.
    pub stalled: Vec<Stalled>,
    /// The stalled peers at a semaphore.
    #[serde(default)]
    pub stalled_semaphores: Vec<Stalled>,
    /// The stalled peers at an unbounded queue.
    #[serde(default)]
    pub stalled_unbounded: Vec<Stalled>,
    /// Why there are none, where there are none.
    #[serde(default)]
    pub stalled_absent: Option<String>,
    /// Why there are no rounds for fairness, where there are none.
    #[serde(default)]
    pub fair_absent: Option<String>,
}
