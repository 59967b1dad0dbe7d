//! Threads that add to one number.
#![forbid(unsafe_code)]

use std::sync::Arc;

use crossbeam_utils::CachePadded;

use super::super::check::{Totals, same};
use super::super::run::{CHUNK, Part};
use super::super::waiting::threads::{Act, Body, SENDS, Told, outcome, perform};
use super::super::{Outcome, Wrong};
use super::{Job, Work};
use crate::cores;
use crate::primitive::Lock;

/// Operations between two looks at the stop flag where each may cost a sleep.
const FEW: u64 = 16;

/// Runs `L` once.
pub(super) fn run<L: Lock>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    let threads = match job.work {
        Work::Locks { threads } => threads,
        Work::Nested => 1,
        _ => return Ok(None),
    };
    let lock = Arc::new(CachePadded::new(L::new()));
    let row = if threads == 1 { CHUNK } else { FEW };
    let body = |_| -> (bool, Body) {
        let lock = Arc::clone(&lock);
        let body = move |part: &Part<'_>, index: usize| adds::<L>(&lock, row, part, index);
        (SENDS, Box::new(body))
    };
    let bodies = (0..threads).map(body).collect();
    let told = perform(bodies, &cores::available(), job.length)?;
    let added = told.iter().map(|one| one.tally.pushed).sum();
    same(
        Totals::consecutive(0, added),
        Totals::consecutive(0, lock.total()),
    )?;
    Ok(Some(outcome(&told, added)))
}

#[inline(never)]
fn adds<L: Lock>(lock: &L, row: u64, part: &Part<'_>, index: usize) -> Told {
    let mut act = Act::start(part, index);
    let run = part.run;
    let mut done = 0;
    while done < run.limit && run.goes_on() {
        let count = row.min(run.limit - done);
        for _ in 0..count {
            lock.add_one();
        }
        done += count;
    }
    act.tally.pushed = done;
    act.end()
}
