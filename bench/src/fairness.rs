//! Rounds for fairness, beside those for throughput: in the cells and of the contenders that the
//! plan names, and of [no queue at all](deal::control).
//!
//! In each round the control comes first and the contenders follow, interleaved as in the rounds
//! for throughput; all of them have their threads dealt alike.
#![forbid(unsafe_code)]

use std::time::Duration;

use crate::cores;
use crate::measure::Error;
use crate::plan::{CellPlan, FairPlan, Plan, Selection};
use crate::progress::Meter;
use crate::record::{Cell, FairRound};
use crate::rounds::{disqualify, is_ours, order, wrong};
use crate::selection::{self, Entry};
use crate::workload::deal::{self, Dealt, Job, Times};

/// The name under which progress shows the control.
const CONTROL: &str = "no queue";

/// Why a run of `plan` has no such rounds, where it has none.
pub fn absent(plan: &Plan) -> Option<String> {
    let Some(fair) = &plan.fair else {
        return Some("not part of this plan".to_owned());
    };
    if !supported() {
        return Some("threads cannot be moved from core to core on this system".to_owned());
    }
    let covered = plan.cells.iter().any(|cell| covers(fair, cell));
    (!covered).then(|| "it is not planned for these workloads".to_owned())
}

/// The planned time of such rounds of one cell.
pub(crate) fn time(plan: &Plan, cell: &CellPlan, entries: &[Entry]) -> Result<Duration, Error> {
    let Some(fair) = planned(plan, cell) else {
        return Ok(Duration::ZERO);
    };
    let takers = takers(fair, cell, entries)?.len() + 1;
    Ok(fair.time * (fair.rounds * takers) as u32)
}

fn covers(fair: &FairPlan, cell: &CellPlan) -> bool {
    let here = (cell.capacity, cell.payload.as_str());
    fair.workloads.contains(&cell.workload) && fair.place.is_none_or(|place| place == here)
}

/// What is planned for `cell` and can be done here.
fn planned<'a>(plan: &'a Plan, cell: &CellPlan) -> Option<&'a FairPlan> {
    let fair = plan.fair.as_ref();
    fair.filter(|fair| covers(fair, cell) && supported())
}

/// Whether threads can be moved: asked by moving this one to where it is.
fn supported() -> bool {
    cores::this_thread().is_some_and(|thread| cores::confine(thread, &cores::available()))
}

/// Those of `entries` that the plan names, by their places.
fn takers(fair: &FairPlan, cell: &CellPlan, entries: &[Entry]) -> Result<Vec<usize>, Error> {
    let named = selection::entries(&cell.payload, &fair.contenders)?;
    let is_named = |entry: &Entry| named.iter().any(|one| one.card.name == entry.card.name);
    let all = fair.contenders == Selection::All;
    let takes = |place: &usize| all || is_named(&entries[*place]);
    Ok((0..entries.len()).filter(takes).collect())
}

/// Adds the rounds to a cell in which `entries`, in this order, have series already.
pub(crate) fn measure(
    plan: &Plan,
    cell: &CellPlan,
    entries: &[Entry],
    measured: &mut Cell,
    meter: &mut Meter<'_, '_>,
) -> Result<(), Error> {
    let Some(fair) = planned(plan, cell) else {
        return Ok(());
    };
    let what = format!(
        "{}, {}, {}, fairness",
        cell.workload, cell.capacity, cell.payload
    );
    let mut job = Job {
        shape: selection::workload(cell)?.shape,
        capacity: cell.capacity,
        times: Times {
            whole: fair.time,
            between: fair.between,
            seed: 0,
        },
    };
    let takers = takers(fair, cell, entries)?;
    if meter.ended {
        return Ok(());
    }
    for round in 0..fair.rounds {
        job.times.seed = plan.seed.wrapping_add(round as u64);
        if meter.next(&what, CONTROL, fair.time).is_break() {
            return Ok(());
        }
        let alone = deal::control(&job).map_err(wrong(CONTROL, &what))?;
        measured.fair_control.extend(recorded(&job, alone));
        for turn in order(takers.len(), round, plan.seed) {
            let place = takers[turn];
            let (entry, series) = (&entries[place], &mut measured.series[place]);
            if series.absent.is_some() {
                meter.skip(fair.time);
                continue;
            }
            if meter.next(&what, entry.card.name, fair.time).is_break() {
                return Ok(());
            }
            match (entry.dealt)(&job) {
                Ok(dealt) => series
                    .fair
                    .extend(dealt.and_then(|dealt| recorded(&job, dealt))),
                Err(found) if is_ours(entry.card.origin) => {
                    return Err(wrong(entry.card.name, &what)(found));
                }
                Err(found) => disqualify(series, &found),
            }
        }
    }
    Ok(())
}

/// The round, if the threads were moved in it.
fn recorded(job: &Job, dealt: Dealt) -> Option<FairRound> {
    let outcome = dealt.outcome;
    (dealt.deals > 0).then(|| FairRound {
        nanos: outcome.nanos,
        deals: dealt.deals,
        per_thread: outcome.per_thread,
        producers: job.shape.producers(),
        latency_nanos: outcome.latency_nanos,
    })
}
