//! The same rounds for unbounded queues and channels, and what they take of memory.
#![forbid(unsafe_code)]

use std::time::Duration;

use model_tests::single_step;

use super::{Callback, Error, Meter, sweep_time};
use crate::cores;
use crate::plan::{CellPlan, Plan};
use crate::record::{Cell, Memory, Stalled};
use crate::rounds::{self, Frame, Taker, is_ours, with_again, wrong};
use crate::selection;
use crate::workload::Length;
use crate::workload::stalled::Operation;
use crate::workload::unbounded::{Entry, Job};

/// About what one contender's memory takes of time.
const MEMORY_TIME: Duration = Duration::from_millis(150);

/// What one cell of unbounded queues is, and how often it is measured.
fn frame(plan: &Plan, cell: &CellPlan) -> Result<Frame, Error> {
    let work = selection::unbounded_workload(cell)?.work;
    let cores = cores::available().len();
    Ok(Frame {
        workload: cell.workload.clone(),
        capacity: cell.capacity,
        payload: cell.payload.clone(),
        threads: work.threads(),
        producers: work.producers(),
        fits: work.threads() <= cores,
        spaced: work.threads() > 1,
        rounds: plan.unbounded.rounds,
        time: plan.unbounded.time_of(work, cores),
    })
}

/// The planned time of all of it.
pub(super) fn unbounded_time(plan: &Plan) -> Result<Duration, Error> {
    let mut total = Duration::ZERO;
    for cell in &plan.unbounded.cells {
        let entries = selection::unbounded_entries(cell, &plan.contenders)?.len();
        if entries > 0 {
            total += frame(plan, cell)?.total(entries + usize::from(plan.again.is_some()));
        }
    }
    if plan.unbounded.memory {
        let measured = selection::memory_entries(&plan.contenders)?.len();
        total += MEMORY_TIME * measured as u32;
        if let Some(stalled) = &plan.stalled {
            let entries = selection::stalled_unbounded(&plan.contenders)?.len();
            total += sweep_time(stalled) * (entries * Operation::ALL.len()) as u32;
        }
    }
    Ok(total)
}

pub(super) fn measure_unbounded(
    plan: &Plan,
    meter: &mut Meter<'_, '_>,
) -> Result<Vec<Cell>, Error> {
    let mut cells = Vec::new();
    for cell in &plan.unbounded.cells {
        if meter.ended {
            break;
        }
        let entries = selection::unbounded_entries(cell, &plan.contenders)?;
        if !entries.is_empty() {
            cells.push(measure_unbounded_cell(plan, cell, &entries, meter)?);
        }
    }
    Ok(cells)
}

/// The rounds of one of them.
fn measure_unbounded_cell(
    plan: &Plan,
    cell: &CellPlan,
    entries: &[Entry],
    meter: &mut Meter<'_, '_>,
) -> Result<Cell, Error> {
    let work = selection::unbounded_workload(cell)?.work;
    let credit = cell.capacity;
    let takers = with_again(plan.again.as_deref(), entries, |entry| entry.card.name);
    let taker = |(name, entry): (String, Entry)| Taker {
        name,
        ours: is_ours(entry.card.origin),
        run: Box::new(move |time| {
            (entry.run)(&Job {
                work,
                credit,
                length: Length::Time(time),
            })
        }),
    };
    let takers: Vec<Taker> = takers.into_iter().map(taker).collect();
    rounds::interleaved(&frame(plan, cell)?, &takers, meter)
}

/// What each takes of memory; a peer that loses items meanwhile has no record.
pub(super) fn measure_memory(plan: &Plan, meter: &mut Meter<'_, '_>) -> Result<Vec<Memory>, Error> {
    let mut all = Vec::new();
    if !plan.unbounded.memory {
        return Ok(all);
    }
    for entry in selection::memory_entries(&plan.contenders)? {
        let (what, name) = ("memory", entry.card.name);
        let Some(memory) = entry.memory else {
            continue;
        };
        if meter.ended || meter.next(what, name, MEMORY_TIME).is_break() {
            break;
        }
        match memory() {
            Ok(found) => all.extend(found),
            Err(found) if is_ours(entry.card.origin) => return Err(wrong(name, what)(found)),
            Err(_) => {}
        }
    }
    Ok(all)
}

/// Stops a thread of each at each instruction, where the plan and the platform allow.
pub(super) fn measure_stalled_unbounded(
    plan: &Plan,
    meter: &mut Meter<'_, '_>,
) -> Result<Vec<Stalled>, Error> {
    let mut all = Vec::new();
    let Some(stalled) = plan.stalled.as_ref().filter(|_| plan.unbounded.memory) else {
        return Ok(all);
    };
    if !single_step::supported() {
        return Ok(all);
    }
    for entry in selection::stalled_unbounded(&plan.contenders)? {
        let Some(stall) = entry.stalled else {
            continue;
        };
        for operation in Operation::ALL {
            let what = format!("stalled {}, unbounded", operation.name());
            let name = entry.card.name;
            if meter.ended || meter.next(&what, name, sweep_time(stalled)).is_break() {
                return Ok(all);
            }
            all.extend(stall(operation, stalled).map_err(wrong(name, &what))?);
        }
    }
    Ok(all)
}

/// Measures one cell of unbounded queues with just these contenders, whoever they are.
pub fn compare_unbounded_entries(
    plan: &Plan,
    cell: &CellPlan,
    entries: &[Entry],
    progress: &mut Callback<'_>,
) -> Result<Cell, Error> {
    let takers = entries.len() + usize::from(plan.again.is_some());
    let total = frame(plan, cell)?.total(takers);
    measure_unbounded_cell(plan, cell, entries, &mut Meter::new(total, progress))
}
