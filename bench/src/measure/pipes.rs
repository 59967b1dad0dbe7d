//! The same rounds for pipes.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::{Callback, Error, Meter};
use crate::cores;
use crate::plan::{CellPlan, Plan};
use crate::record::Cell;
use crate::rounds::{self, Frame, Taker, is_ours, with_again};
use crate::selection;
use crate::workload::Length;
use crate::workload::pipe::{Entry, Job, Work};

/// What one cell of pipes is, and how often it is measured.
fn frame(plan: &Plan, cell: &CellPlan) -> Frame {
    let cores = cores::available().len();
    Frame {
        workload: cell.workload.clone(),
        capacity: cell.capacity,
        payload: cell.payload.clone(),
        threads: Work::THREADS,
        producers: 1,
        fits: Work::THREADS <= cores,
        spaced: true,
        rounds: plan.pipes.rounds,
        time: plan.pipes.time(cores),
    }
}

/// The planned time of all of them.
pub(super) fn pipes_time(plan: &Plan) -> Result<Duration, Error> {
    let mut total = Duration::ZERO;
    for cell in &plan.pipes.cells {
        let entries = selection::pipe_entries(cell, &plan.contenders)?.len();
        if entries > 0 {
            total += frame(plan, cell).total(entries + usize::from(plan.again.is_some()));
        }
    }
    Ok(total)
}

pub(super) fn measure_pipes(plan: &Plan, meter: &mut Meter<'_, '_>) -> Result<Vec<Cell>, Error> {
    let mut cells = Vec::new();
    for cell in &plan.pipes.cells {
        if meter.ended {
            break;
        }
        let entries = selection::pipe_entries(cell, &plan.contenders)?;
        if !entries.is_empty() {
            cells.push(measure_pipe_cell(plan, cell, &entries, meter)?);
        }
    }
    Ok(cells)
}

/// The rounds of one of them.
fn measure_pipe_cell(
    plan: &Plan,
    cell: &CellPlan,
    entries: &[Entry],
    meter: &mut Meter<'_, '_>,
) -> Result<Cell, Error> {
    let work = selection::pipe_workload(cell)?.work;
    let capacity = cell.capacity;
    let takers = with_again(plan.again.as_deref(), entries, |entry| entry.card.name);
    let taker = |(name, entry): (String, Entry)| Taker {
        name,
        ours: is_ours(entry.card.origin),
        run: Box::new(move |time| {
            (entry.run)(&Job {
                work,
                capacity,
                length: Length::Time(time),
            })
        }),
    };
    let takers: Vec<Taker> = takers.into_iter().map(taker).collect();
    rounds::interleaved(&frame(plan, cell), &takers, meter)
}

/// Measures one cell of pipes with just these contenders, whoever they are.
pub fn compare_pipe_entries(
    plan: &Plan,
    cell: &CellPlan,
    entries: &[Entry],
    progress: &mut Callback<'_>,
) -> Result<Cell, Error> {
    let takers = entries.len() + usize::from(plan.again.is_some());
    let total = frame(plan, cell).total(takers);
    measure_pipe_cell(plan, cell, entries, &mut Meter::new(total, progress))
}
