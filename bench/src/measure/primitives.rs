//! The same rounds for semaphores, events and locks.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::{Callback, Error, Meter};
use crate::cores;
use crate::plan::{Plan, PrimitivePlan};
use crate::record::Cell;
use crate::rounds::{self, Frame, Taker, is_ours, with_again};
use crate::selection;
use crate::workload::{Length, primitive};

/// What one cell of semaphores, events or locks is, and how often it is measured.
fn primitive_frame(plan: &PrimitivePlan, name: &str) -> Result<Frame, Error> {
    let work = selection::primitive_workload(name)?.work;
    let cores = cores::available().len();
    Ok(Frame {
        workload: name.to_owned(),
        capacity: work.size(),
        payload: String::new(),
        threads: work.threads(),
        producers: 0,
        fits: work.threads() <= cores,
        spaced: work.meets_between_cores(),
        rounds: plan.rounds,
        time: plan.time_of(work, cores),
    })
}

/// The planned time of all of them.
pub(super) fn primitives_time(plan: &Plan) -> Result<Duration, Error> {
    let mut total = Duration::ZERO;
    for name in &plan.primitives.workloads {
        let entries = selection::primitive_entries(name, &plan.contenders)?.len();
        if entries > 0 {
            let takers = entries + usize::from(plan.again.is_some());
            total += primitive_frame(&plan.primitives, name)?.total(takers);
        }
    }
    Ok(total)
}

pub(super) fn measure_primitives(
    plan: &Plan,
    meter: &mut Meter<'_, '_>,
) -> Result<Vec<Cell>, Error> {
    let mut cells = Vec::new();
    for name in &plan.primitives.workloads {
        if meter.ended {
            break;
        }
        let entries = selection::primitive_entries(name, &plan.contenders)?;
        if !entries.is_empty() {
            cells.push(measure_primitive_cell(plan, name, &entries, meter)?);
        }
    }
    Ok(cells)
}

/// The rounds of one of them.
fn measure_primitive_cell(
    plan: &Plan,
    name: &str,
    entries: &[primitive::Entry],
    meter: &mut Meter<'_, '_>,
) -> Result<Cell, Error> {
    let work = selection::primitive_workload(name)?.work;
    let takers = with_again(plan.again.as_deref(), entries, |entry| entry.card.name);
    let taker = |(name, entry): (String, primitive::Entry)| Taker {
        name,
        ours: is_ours(entry.card.origin),
        run: Box::new(move |time| {
            let length = Length::Time(time);
            (entry.run)(&primitive::Job { work, length })
        }),
    };
    let takers: Vec<Taker> = takers.into_iter().map(taker).collect();
    rounds::interleaved(&primitive_frame(&plan.primitives, name)?, &takers, meter)
}

/// Measures one cell of semaphores, events or locks with just these contenders, whoever they are.
pub fn compare_primitive_entries(
    plan: &Plan,
    workload: &str,
    entries: &[primitive::Entry],
    progress: &mut Callback<'_>,
) -> Result<Cell, Error> {
    let takers = entries.len() + usize::from(plan.again.is_some());
    let total = primitive_frame(&plan.primitives, workload)?.total(takers);
    measure_primitive_cell(plan, workload, entries, &mut Meter::new(total, progress))
}
