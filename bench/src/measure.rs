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
//! One unrecorded round of a quarter of the length comes before the first of each contender.
#![forbid(unsafe_code)]

use std::fmt;
use std::time::Duration;

use model_tests::single_step;

use crate::cores::{self, Ticks};
use crate::line;
use crate::machine;
use crate::plan::{CellPlan, PAYLOADS, Plan, StalledPlan};
use crate::progress::Meter;
pub use crate::progress::{Callback, Progress};
use crate::record::{Cell, Distance, Round, Run, Series, Stalled};
use crate::selection::{self, Entry};
use crate::workload::stalled::Operation;
use crate::workload::{Job, Length, Wrong};

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
    let before = Ticks::now();
    let total = cells_time(plan)? + peers_time(plan)?;
    let meter = &mut Meter::new(total, progress);
    let cells = measure_cells(plan, meter)?;
    let peers = measure_peers(plan, meter)?;
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
    let total = cell_time(plan, cell, entries.len())?;
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

/// The planned time of all cells.
fn cells_time(plan: &Plan) -> Result<Duration, Error> {
    let mut total = Duration::ZERO;
    for cell in &plan.cells {
        let entries = selection::entries(&cell.payload, &plan.contenders)?;
        total += cell_time(plan, cell, entries.len())?;
    }
    Ok(total)
}

/// The planned time of one cell with so many contenders.
fn cell_time(plan: &Plan, cell: &CellPlan, contenders: usize) -> Result<Duration, Error> {
    let threads = selection::workload(cell)?.shape.threads();
    let (rounds, time) = plan.rounds_for(threads, cores::available().len());
    let each = rounds * (contenders + usize::from(plan.again.is_some()));
    Ok(time * each as u32)
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
    let entries = selection::entries(PAYLOADS[0], &plan.contenders)?;
    Ok(sweep_time(stalled) * (Operation::ALL.len() * entries.len()) as u32)
}

/// About how long one operation of one contender takes: how many stops it has shows only in the
/// end, but this is a usual number.
fn sweep_time(stalled: &StalledPlan) -> Duration {
    let every = (stalled.watch + Duration::from_micros(500)) * 128;
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
    let takers = with_again(plan, entries);
    let job = |time| Job {
        shape,
        capacity: cell.capacity,
        length: Length::Time(time),
    };
    let mut measured = Cell {
        workload: cell.workload.clone(),
        capacity: cell.capacity,
        payload: cell.payload.clone(),
        threads: shape.threads(),
        pinned: shape.threads() <= available.len(),
        series: Vec::new(),
    };
    for (name, entry) in &takers {
        match warm_up(&mut measured, name, entry, &job(time / 4)) {
            Ok(()) => {}
            Err(found) if is_ours(entry) => return Err(wrong(name, &what)(found)),
            Err(found) => {
                let mut series = Series {
                    contender: name.clone(),
                    rounds: Vec::new(),
                    absent: None,
                };
                disqualify(&mut series, &found);
                measured.series.push(series);
            }
        }
    }
    let series = &mut measured.series;
    let present = |index: &usize| series[*index].absent.is_none();
    let present: Vec<usize> = (0..series.len()).filter(present).collect();
    for round in 0..rounds {
        meter.skip(time * (series.len() - present.len()) as u32);
        for place in order(present.len(), round) {
            let index = present[place];
            let (name, entry) = &takers[index];
            if meter.next(&what, name, time).is_break() {
                return Ok(measured);
            }
            if series[index].absent.is_some() {
                continue;
            }
            let taken = bracketed(entry, &job(time), &available, meter.sequence);
            meter.sequence += 1;
            match taken {
                Ok(taken) => series[index].rounds.extend(taken),
                Err(found) if is_ours(entry) => return Err(wrong(name, &what)(found)),
                Err(found) => disqualify(&mut series[index], &found),
            }
        }
    }
    Ok(measured)
}

/// Whether this project answers for the contender.
fn is_ours(entry: &Entry) -> bool {
    ["latchless", "baseline"].contains(&entry.card.origin)
}

/// Takes a peer that moved items wrongly out of its cell, and says so instead.
fn disqualify(series: &mut Series, found: &Wrong) {
    series.rounds.clear();
    series.absent = Some(format!("out, because in one round {found}"));
}

/// Runs a contender once unrecorded and opens its series in `cell`.
fn warm_up(cell: &mut Cell, name: &str, entry: &Entry, job: &Job) -> Result<(), Wrong> {
    let outcome = (entry.run)(job)?;
    let absent = match &outcome {
        Some(_) => None,
        None => Some(format!(
            "does not serve {} at capacity {}",
            cell.workload, cell.capacity
        )),
    };
    cell.pinned &= outcome.is_none_or(|outcome| outcome.pinned);
    cell.series.push(Series {
        contender: name.to_owned(),
        rounds: Vec::new(),
        absent,
    });
    Ok(())
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
