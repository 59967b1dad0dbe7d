//! Repeats workloads in interleaved rounds.
//!
//! - **Interleaved**: the contenders of a cell run one round each, then once more in the reverse
//!   order (A B … B A), and so on from another first one, so that slow drifts meet all alike.
//! - **Bracketed**: every round with two threads or more lies between two short
//!   [line ping-pongs](crate::line), and carries what they said.
//! - **A/A**: one contender takes part twice; what differs between the two is noise.
//! - **Checked**: the items of every round must come out as they went in. A peer that fails this
//!   loses its series in that cell, and the page says why; a queue of this project ends the whole
//!   run with an [`Error::Wrong`].
//!
//! Rounds for [fairness] follow those for throughput in the cells that the plan names.
//!
//! One unrecorded round of a quarter of the length comes before the first of each contender.
#![forbid(unsafe_code)]

use std::fmt;
use std::time::Duration;

use model_tests::single_step;

use crate::cores::{self, Ticks};
use crate::fairness;
use crate::machine;
use crate::plan::{CellPlan, PAYLOADS, Plan, StalledPlan, WaitingPlan};
use crate::progress::Meter;
pub use crate::progress::{Callback, Progress};
use crate::record::{Cell, Run, Stalled};
use crate::rounds::{self, Frame, Taker, is_ours, with_again, wrong};
use crate::selection::{self, Entry};
use crate::workload::stalled::{ACQUIRE_AND_RELEASE, Operation, watch_time};
use crate::workload::{Job, Length, Wrong, waiting};

mod pipes;
mod primitives;
mod unbounded;

pub use pipes::compare_pipe_entries;
use pipes::{measure_pipes, pipes_time};
pub use primitives::compare_primitive_entries;
use primitives::{measure_primitives, primitives_time};
pub use unbounded::compare_unbounded_entries;
use unbounded::{measure_memory, measure_stalled_unbounded, measure_unbounded, unbounded_time};

/// What the name of the second series of an A/A pair ends in.
pub const AGAIN: &str = " (again)";

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The plan names a workload that does not exist.
    UnknownWorkload {
        /// That name.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// The plan names a contender that does not exist.
    UnknownContender {
        /// That name.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// The plan names a payload that does not exist.
    UnknownPayload {
        /// That name.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// A contender lost, doubled or changed items, or panicked.
    Wrong {
        /// Which one.
        contender: String,
        /// On what.
        what: String,
        /// How.
        wrong: Wrong,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut unknown = |kind: &str, name: &str, known: &[&str]| {
            let known = known.join(", ");
            write!(f, "there is no {kind} \"{name}\"; there are: {known}")
        };
        match self {
            Error::UnknownWorkload { name, known } => unknown("workload", name, known),
            Error::UnknownContender { name, known } => unknown("contender", name, known),
            Error::UnknownPayload { name, known } => unknown("payload", name, known),
            Error::Wrong {
                contender,
                what,
                wrong,
            } => write!(f, "{contender} on {what}: {wrong}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Wrong { wrong, .. } => Some(wrong),
            _ => None,
        }
    }
}

/// Measures everything in `plan` and says where it was measured; `command` is the one that does
/// it again.
pub fn run(plan: &Plan, command: &str, progress: &mut Callback<'_>) -> Result<Run, Error> {
    selection::check(plan)?;
    let (before, begun) = (Ticks::now(), machine::now());
    let meter = &mut Meter::new(total_time(plan)?, progress).seeded(plan.seed);
    let cells = measure_cells(plan, meter)?;
    let waiting = measure_waiting(plan, meter)?;
    let primitives = measure_primitives(plan, meter)?;
    let pipes = measure_pipes(plan, meter)?;
    let unbounded = measure_unbounded(plan, meter)?;
    let memory = measure_memory(plan, meter)?;
    let stalled_unbounded = measure_stalled_unbounded(plan, meter)?;
    let peers = measure_peers(plan, meter)?;
    Ok(Run {
        date: machine::today(),
        begun,
        commit: machine::commit(),
        command: command.to_owned(),
        machine: machine::machine(),
        steal_percent: Ticks::now().since(before).stolen_percent(),
        cells,
        waiting,
        primitives,
        pipes,
        unbounded,
        memory,
        stalled_unbounded,
        stalled: peers.stalled,
        stalled_semaphores: peers.semaphores,
        stalled_absent: peers.absent,
        fair_absent: fairness::absent(plan),
    })
}

/// About how long all of `plan` takes.
pub fn total_time(plan: &Plan) -> Result<Duration, Error> {
    Ok(cells_time(plan)?
        + waiting_time(plan)?
        + primitives_time(plan)?
        + pipes_time(plan)?
        + unbounded_time(plan)?
        + peers_time(plan)?)
}

/// Measures the cells of `plan`.
pub fn compare(plan: &Plan, progress: &mut Callback<'_>) -> Result<Vec<Cell>, Error> {
    selection::check(plan)?;
    measure_cells(plan, &mut Meter::new(cells_time(plan)?, progress))
}

/// Stops a thread of each contender at each instruction, where the plan and the platform allow.
pub fn stalled(plan: &Plan, progress: &mut Callback<'_>) -> Result<Peers, Error> {
    selection::check(plan)?;
    measure_peers(plan, &mut Meter::new(peers_time(plan)?, progress))
}

/// Measures one cell with just these contenders, whoever they are.
pub fn compare_entries(
    plan: &Plan,
    cell: &CellPlan,
    entries: &[Entry],
    progress: &mut Callback<'_>,
) -> Result<Cell, Error> {
    let total = cell_time(plan, cell, entries.len())? + fairness::time(plan, cell, entries)?;
    measure_cell(plan, cell, entries, &mut Meter::new(total, progress))
}

/// The stalled peers, or why there are none.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    /// One entry a contender and operation; contenders that cannot serve three threads that push
    /// and pop have none.
    pub stalled: Vec<Stalled>,
    /// One entry a semaphore.
    pub semaphores: Vec<Stalled>,
    /// Why nobody has one.
    pub absent: Option<String>,
}

/// The planned time of all cells.
fn cells_time(plan: &Plan) -> Result<Duration, Error> {
    let mut total = Duration::ZERO;
    for cell in &plan.cells {
        let entries = selection::entries(&cell.payload, &plan.contenders)?;
        total += cell_time(plan, cell, entries.len())?;
        total += fairness::time(plan, cell, &entries)?;
    }
    Ok(total)
}

/// What one cell is, and how often it is measured.
fn frame(plan: &Plan, cell: &CellPlan) -> Result<Frame, Error> {
    let shape = selection::workload(cell)?.shape;
    let (threads, cores) = (shape.threads(), cores::available().len());
    let (rounds, time) = plan.rounds_for(threads, cores);
    Ok(Frame {
        workload: cell.workload.clone(),
        capacity: cell.capacity,
        payload: cell.payload.clone(),
        threads,
        producers: shape.producers(),
        fits: threads <= cores,
        spaced: threads > 1,
        rounds,
        time,
    })
}

/// The planned time of one cell with so many contenders.
fn cell_time(plan: &Plan, cell: &CellPlan, contenders: usize) -> Result<Duration, Error> {
    Ok(frame(plan, cell)?.total(contenders + usize::from(plan.again.is_some())))
}

fn measure_cells(plan: &Plan, meter: &mut Meter<'_, '_>) -> Result<Vec<Cell>, Error> {
    let mut cells = Vec::new();
    for cell in &plan.cells {
        if meter.ended {
            break;
        }
        let entries = selection::entries(&cell.payload, &plan.contenders)?;
        cells.push(measure_cell(plan, cell, &entries, meter)?);
    }
    Ok(cells)
}

/// About how long the stalled peers take.
fn peers_time(plan: &Plan) -> Result<Duration, Error> {
    let Some(stalled) = &plan.stalled else {
        return Ok(Duration::ZERO);
    };
    let queues = selection::entries(PAYLOADS[0], &plan.contenders)?.len();
    let sweeps = Operation::ALL.len() * queues + selection::stalled_semaphores(plan)?.len();
    Ok(sweep_time(stalled) * sweeps as u32)
}

/// About how long one operation of one contender takes: how many stops it has shows only in the
/// end, but this is a usual number of them, of the watches beside them, and of those who are waited for in vain.
fn sweep_time(stalled: &StalledPlan) -> Duration {
    let watch = watch_time(stalled);
    let watches = (watch + Duration::from_micros(500)) * (128 * 9 / 4);
    let every = watches + watch * (16 * 20);
    every / u32::try_from(stalled.stride.max(1)).unwrap_or(u32::MAX)
}

fn measure_peers(plan: &Plan, meter: &mut Meter<'_, '_>) -> Result<Peers, Error> {
    let mut peers = Peers::default();
    let Some(stalled) = &plan.stalled else {
        peers.absent = Some("not part of this plan".to_owned());
        return Ok(peers);
    };
    if !single_step::supported() {
        peers.absent = Some(single_step::Unsupported.to_string());
        return Ok(peers);
    }
    for entry in &selection::entries(PAYLOADS[0], &plan.contenders)? {
        for operation in Operation::ALL {
            let what = format!("stalled {}", operation.name());
            if meter.ended
                || meter
                    .next(&what, entry.card.name, sweep_time(stalled))
                    .is_break()
            {
                return Ok(peers);
            }
            let found = (entry.stalled)(operation, stalled);
            peers
                .stalled
                .extend(found.map_err(wrong(entry.card.name, &what))?);
        }
    }
    for entry in &selection::stalled_semaphores(plan)? {
        let (what, name) = (format!("stalled {ACQUIRE_AND_RELEASE}"), entry.card.name);
        if meter.ended || meter.next(&what, name, sweep_time(stalled)).is_break() {
            break;
        }
        let found = (entry.stalled)(stalled);
        peers.semaphores.extend(found.map_err(wrong(name, &what))?);
    }
    Ok(peers)
}

/// The rounds of one cell.
fn measure_cell(
    plan: &Plan,
    cell: &CellPlan,
    entries: &[Entry],
    meter: &mut Meter<'_, '_>,
) -> Result<Cell, Error> {
    let shape = selection::workload(cell)?.shape;
    let capacity = cell.capacity;
    let takers = with_again(plan.again.as_deref(), entries, |entry| entry.card.name);
    let taker = |(name, entry): (String, Entry)| Taker {
        name,
        ours: is_ours(entry.card.origin),
        run: Box::new(move |time| {
            (entry.run)(&Job {
                shape,
                capacity,
                length: Length::Time(time),
            })
        }),
    };
    let takers: Vec<Taker> = takers.into_iter().map(taker).collect();
    let mut measured = rounds::interleaved(&frame(plan, cell)?, &takers, meter)?;
    fairness::measure(plan, cell, entries, &mut measured, meter)?;
    Ok(measured)
}

/// What one cell in which somebody waits is, and how often it is measured.
fn waiting_frame(plan: &WaitingPlan, cell: &CellPlan) -> Result<Frame, Error> {
    let work = selection::waiting_workload(cell)?.work;
    let cores = cores::available().len();
    Ok(Frame {
        workload: cell.workload.clone(),
        capacity: cell.capacity,
        payload: cell.payload.clone(),
        threads: work.threads(),
        producers: work.senders(),
        fits: work.threads() <= cores || work.on_one_core(),
        spaced: work.meets_between_cores(),
        rounds: plan.rounds,
        time: plan.time_of(work, cores),
    })
}

/// The planned time of all cells in which somebody waits.
fn waiting_time(plan: &Plan) -> Result<Duration, Error> {
    let mut total = Duration::ZERO;
    for cell in &plan.waiting.cells {
        let entries = selection::waiting_entries(cell, &plan.contenders)?.len();
        let takers = entries + usize::from(plan.again.is_some());
        total += waiting_frame(&plan.waiting, cell)?.total(takers);
    }
    Ok(total)
}

fn measure_waiting(plan: &Plan, meter: &mut Meter<'_, '_>) -> Result<Vec<Cell>, Error> {
    let mut cells = Vec::new();
    for cell in &plan.waiting.cells {
        if meter.ended {
            break;
        }
        let entries = selection::waiting_entries(cell, &plan.contenders)?;
        if !entries.is_empty() {
            cells.push(measure_waiting_cell(plan, cell, &entries, meter)?);
        }
    }
    Ok(cells)
}

/// The rounds of one cell in which somebody waits.
fn measure_waiting_cell(
    plan: &Plan,
    cell: &CellPlan,
    entries: &[waiting::Entry],
    meter: &mut Meter<'_, '_>,
) -> Result<Cell, Error> {
    let work = selection::waiting_workload(cell)?.work;
    let capacity = cell.capacity;
    let takers = with_again(plan.again.as_deref(), entries, |entry| entry.card.name);
    let taker = |(name, entry): (String, waiting::Entry)| Taker {
        name,
        ours: is_ours(entry.card.origin),
        run: Box::new(move |time| {
            (entry.run)(&waiting::Job {
                work,
                capacity,
                length: Length::Time(time),
            })
        }),
    };
    let takers: Vec<Taker> = takers.into_iter().map(taker).collect();
    rounds::interleaved(&waiting_frame(&plan.waiting, cell)?, &takers, meter)
}

/// Measures one cell in which somebody waits with just these contenders, whoever they are.
pub fn compare_waiting_entries(
    plan: &Plan,
    cell: &CellPlan,
    entries: &[waiting::Entry],
    progress: &mut Callback<'_>,
) -> Result<Cell, Error> {
    let takers = entries.len() + usize::from(plan.again.is_some());
    let total = waiting_frame(&plan.waiting, cell)?.total(takers);
    measure_waiting_cell(plan, cell, entries, &mut Meter::new(total, progress))
}
