//! Repeats workloads in interleaved rounds.
//!
//! - **Interleaved**: the contenders of a cell run one round each, then once more in the reverse
//!   order (A B … B A), and so on from another first one, so that slow drifts meet all alike.
//! - **Bracketed**: every round with two threads or more lies between two short
//!   [line ping-pongs](crate::line), and carries what they said.
//! - **A/A**: one contender takes part twice; what differs between the two is noise.
//! - **Checked**: a round whose items do not come out as they went in ends the whole run with an
//!   [`Error::Wrong`], because nothing measured beside it would be worth reading.
//!
//! One unrecorded round of a quarter of the length comes before the first of each contender.
#![forbid(unsafe_code)]

use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

use crate::cores::{self, Ticks};
use crate::line;
use crate::machine;
use crate::plan::{CellPlan, PAYLOADS, Plan};
use crate::record::{Cell, Distance, Round, Run, Series, Stalled};
use crate::selection::{self, Entry};
use crate::workload::stalled::Operation;
use crate::workload::{Job, Length, Wrong};

/// What the name of the second series of an A/A pair ends in.
pub const AGAIN: &str = " (again)";

/// How far a run has come. Returning [`ControlFlow::Break`] from the callback that gets this ends
/// the run early; what has been measured by then is returned as usual.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The planned time of the rounds that are over.
    pub done: Duration,
    /// The planned time of all rounds.
    pub total: Duration,
    /// What is being measured: `mpmc-4+4, 1024, u64` or `stalled push`.
    pub what: &'a str,
    /// Who is next.
    pub contender: &'a str,
}

/// What is told about progress, and may end the run.
pub type Callback<'a> = dyn FnMut(&Progress<'_>) -> ControlFlow<()> + 'a;

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
    let before = Ticks::now();
    let cells = compare(plan, progress)?;
    let peers = stalled(plan, progress)?;
    Ok(Run {
        date: machine::today(),
        commit: machine::commit(),
        command: command.to_owned(),
        machine: machine::machine(),
        steal_percent: Ticks::now().since(before).stolen_percent(),
        cells,
        stalled: peers.stalled,
        stalled_absent: peers.absent,
    })
}

/// Measures the cells of `plan`.
pub fn compare(plan: &Plan, progress: &mut Callback<'_>) -> Result<Vec<Cell>, Error> {
    selection::check(plan)?;
    let available = cores::available();
    let mut field = Vec::new();
    let mut total = Duration::ZERO;
    for cell in &plan.cells {
        let entries = selection::entries(&cell.payload, &plan.contenders)?;
        let threads = selection::workload(cell)?.shape.threads();
        let (rounds, time) = plan.rounds_for(threads, available.len());
        total += time * (rounds * (entries.len() + usize::from(plan.again.is_some()))) as u32;
        field.push((cell, entries));
    }
    let mut meter = Meter::new(total, progress);
    let mut cells = Vec::new();
    for (cell, entries) in field {
        cells.push(measure_cell(plan, cell, &entries, &mut meter)?);
        if meter.ended {
            break;
        }
    }
    Ok(cells)
}

/// Measures one cell with just these contenders, whoever they are.
pub fn compare_entries(
    plan: &Plan,
    cell: &CellPlan,
    entries: &[Entry],
    progress: &mut Callback<'_>,
) -> Result<Cell, Error> {
    let threads = selection::workload(cell)?.shape.threads();
    let (rounds, time) = plan.rounds_for(threads, cores::available().len());
    let total = time * (rounds * (entries.len() + usize::from(plan.again.is_some()))) as u32;
    measure_cell(plan, cell, entries, &mut Meter::new(total, progress))
}

/// The stalled peers, or why there are none.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    /// One entry a contender and operation; contenders that cannot serve three threads that push
    /// and pop have none.
    pub stalled: Vec<Stalled>,
    /// Why nobody has one.
    pub absent: Option<String>,
}

/// Stops a thread of each contender at each instruction, where the plan and the platform allow.
pub fn stalled(plan: &Plan, progress: &mut Callback<'_>) -> Result<Peers, Error> {
    let mut peers = Peers::default();
    let Some(stalled) = &plan.stalled else {
        peers.absent = Some("not part of this plan".to_owned());
        return Ok(peers);
    };
    if !model_tests::single_step::supported() {
        peers.absent = Some(model_tests::single_step::Unsupported.to_string());
        return Ok(peers);
    }
    let entries = selection::entries(PAYLOADS[0], &plan.contenders)?;
    let sweeps = Operation::ALL.len() * entries.len();
    // How long an operation is shows only in the end: a usual one has this many stops.
    let usual = (stalled.watch + Duration::from_micros(500)) * 128;
    let each = usual / u32::try_from(stalled.stride.max(1)).unwrap_or(u32::MAX);
    let mut meter = Meter::new(each * sweeps as u32, progress);
    for entry in &entries {
        for operation in Operation::ALL {
            let what = format!("stalled {}", operation.name());
            if meter.next(&what, entry.card.name, each).is_break() {
                return Ok(peers);
            }
            let found = (entry.stalled)(operation, stalled);
            peers
                .stalled
                .extend(found.map_err(wrong(entry.card.name, &what))?);
        }
    }
    Ok(peers)
}

fn wrong(contender: &str, what: &str) -> impl FnOnce(Wrong) -> Error {
    let (contender, what) = (contender.to_owned(), what.to_owned());
    move |wrong| Error::Wrong {
        contender,
        what,
        wrong,
    }
}

/// Counts rounds and planned time.
struct Meter<'a, 'b> {
    callback: &'a mut Callback<'b>,
    sequence: u64,
    done: Duration,
    total: Duration,
    ended: bool,
}

impl<'a, 'b> Meter<'a, 'b> {
    fn new(total: Duration, callback: &'a mut Callback<'b>) -> Self {
        Meter {
            callback,
            sequence: 0,
            done: Duration::ZERO,
            total,
            ended: false,
        }
    }

    /// Reports what comes next and will take `time`; Break when it is not wanted.
    fn next(&mut self, what: &str, contender: &str, time: Duration) -> ControlFlow<()> {
        let progress = Progress {
            done: self.done,
            total: self.total,
            what,
            contender,
        };
        let flow = (self.callback)(&progress);
        self.done += time;
        self.ended |= flow.is_break();
        flow
    }
}

/// The rounds of one cell.
fn measure_cell(
    plan: &Plan,
    cell: &CellPlan,
    entries: &[Entry],
    meter: &mut Meter<'_, '_>,
) -> Result<Cell, Error> {
    let shape = selection::workload(cell)?.shape;
    let available = cores::available();
    let (rounds, time) = plan.rounds_for(shape.threads(), available.len());
    let what = format!("{}, {}, {}", cell.workload, cell.capacity, cell.payload);
    let mut job = Job {
        shape,
        capacity: cell.capacity,
        length: Length::Time(time / 4),
    };
    let mut takers = with_again(plan, entries);
    let mut series = Vec::new();
    let mut pinned = shape.threads() <= available.len();
    for (name, entry) in &takers {
        let warm = (entry.run)(&job).map_err(wrong(name, &what))?;
        let absent = warm.is_none().then(|| {
            format!(
                "does not serve {} at capacity {}",
                cell.workload, cell.capacity
            )
        });
        pinned &= warm.is_none_or(|outcome| outcome.pinned);
        series.push(Series {
            contender: name.clone(),
            rounds: Vec::new(),
            absent,
        });
    }
    job.length = Length::Time(time);
    let present: Vec<usize> = (0..series.len())
        .filter(|&i| series[i].absent.is_none())
        .collect();
    'rounds: for round in 0..rounds {
        for place in order(present.len(), round) {
            let index = present[place];
            let (name, entry) = &mut takers[index];
            if meter.next(&what, name, time).is_break() {
                break 'rounds;
            }
            let sequence = meter.sequence;
            meter.sequence += 1;
            let taken = bracketed(entry, &job, &available, sequence);
            series[index]
                .rounds
                .extend(taken.map_err(wrong(name, &what))?);
        }
        meter.done += time * (series.len() - present.len()) as u32;
    }
    Ok(Cell {
        workload: cell.workload.clone(),
        capacity: cell.capacity,
        payload: cell.payload.clone(),
        threads: shape.threads(),
        pinned,
        series,
    })
}

/// The contenders of a cell by the names of their series, the second half of the A/A pair last:
/// of the contender that the plan names, or of the first when that one does not take part.
fn with_again(plan: &Plan, entries: &[Entry]) -> Vec<(String, Entry)> {
    let mut takers: Vec<(String, Entry)> = entries
        .iter()
        .map(|entry| (entry.card.name.to_owned(), *entry))
        .collect();
    if let Some(again) = &plan.again {
        let named = entries.iter().find(|entry| entry.card.name == again);
        if let Some(entry) = named.or(entries.first()) {
            takers.push((format!("{}{AGAIN}", entry.card.name), *entry));
        }
    }
    takers
}

/// The order of `count` contenders in round `round`: each odd round is the even one before it in
/// reverse, and each such couple starts from another contender.
fn order(count: usize, round: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    if count > 0 {
        order.rotate_left((round / 2) % count);
    }
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

/// One round between two line ping-pongs.
fn bracketed(
    entry: &Entry,
    job: &Job,
    available: &[usize],
    sequence: u64,
) -> Result<Option<Round>, Wrong> {
    let line = || match *available {
        [a, b, ..] if job.shape.threads() > 1 => line::one_way_nanos(a, b),
        _ => 0.0,
    };
    let before = line();
    let ticks = Ticks::now();
    let Some(outcome) = (entry.run)(job)? else {
        return Ok(None);
    };
    let steal_ticks = Ticks::now().since(ticks).stolen;
    let line_nanos = [before, line()];
    let distance = if job.shape.threads() > 1 && available.len() > 1 {
        line::distance(line_nanos)
    } else {
        Distance::None
    };
    Ok(Some(Round {
        sequence,
        items: outcome.items,
        nanos: outcome.nanos,
        line_nanos,
        distance,
        per_thread: outcome.per_thread,
        producers: job.shape.producers(),
        latency_nanos: outcome.latency_nanos,
        cpu_nanos: outcome.cpu_nanos,
        steal_ticks,
    }))
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn contenders_meet_in_a_b_b_a_order_from_changing_starts() {
        assert_eq!(order(3, 0), [0, 1, 2]);
        assert_eq!(order(3, 1), [2, 1, 0]);
        assert_eq!(order(3, 2), [1, 2, 0]);
        assert_eq!(order(3, 3), [0, 2, 1]);
        assert_eq!(order(0, 5), [0_usize; 0]);
    }

    #[test]
    fn over_a_whole_turn_every_contender_has_every_place_equally_often() {
        const COUNT: usize = 5;
        let mut places = [[0; COUNT]; COUNT];
        for round in 0..2 * COUNT {
            for (place, contender) in order(COUNT, round).into_iter().enumerate() {
                places[contender][place] += 1;
            }
        }
        assert!(
            places.iter().flatten().all(|&times| times == 2),
            "{places:?}"
        );
    }
}
