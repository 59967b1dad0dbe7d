//! Threads that acquire and release.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crossbeam_utils::CachePadded;

use super::super::check::{Totals, same};
use super::super::run::{CHUNK, Part};
use super::super::waiting::threads::{Act, Body, SENDS, Told, outcome, perform};
use super::super::{Outcome, Wrong};
use super::{Job, Work};
use crate::cores;
use crate::primitive::{Permits, Semaphore};

/// Operations between two looks at the stop flag where each may cost a sleep.
const FEW: u64 = 16;

/// So many rows of operations are watched from the start, and later one in [`SELDOM`].
const FIRST: u64 = 16;
const SELDOM: u64 = 64;

/// Who is inside, in the operations that are watched.
#[derive(Debug)]
pub(super) struct Watch {
    permits: usize,
    inside: AtomicUsize,
    most: AtomicUsize,
    /// Written by a load and a store: with one permit, a second one inside would lose a visit.
    visits: AtomicU64,
}

impl Watch {
    pub(super) fn new(permits: usize) -> CachePadded<Watch> {
        CachePadded::new(Watch {
            permits,
            inside: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            visits: AtomicU64::new(0),
        })
    }

    #[inline]
    pub(super) fn enter(&self) {
        // ORDERING: Relaxed: an addition counts everybody, whatever else is seen.
        let inside = self.inside.fetch_add(1, Ordering::Relaxed) + 1;
        if inside > self.permits {
            self.most.fetch_max(inside, Ordering::Relaxed);
        }
    }

    #[inline]
    pub(super) fn leave(&self) {
        // ORDERING: Relaxed: with one permit, its hand-over orders one visitor before the next.
        let visits = self.visits.load(Ordering::Relaxed);
        self.visits.store(visits + 1, Ordering::Relaxed);
        self.inside.fetch_sub(1, Ordering::Relaxed);
    }

    /// Refuses what was seen, and a semaphore whose permits are not all back.
    pub(super) fn check(&self, permits: &impl Permits, visits: u64) -> Result<(), Wrong> {
        let most = self.most.load(Ordering::Relaxed);
        if most > self.permits {
            let permits = self.permits;
            return Err(Wrong::TooMany {
                inside: most,
                permits,
            });
        }
        if self.permits == 1 {
            let seen = self.visits.load(Ordering::Relaxed);
            same(Totals::consecutive(0, visits), Totals::consecutive(0, seen))?;
        }
        let back = (0..=self.permits).take_while(|_| permits.take()).count();
        if back == self.permits {
            return Ok(());
        }
        let of = self.permits;
        Err(Wrong::Permits { back, of })
    }
}

/// Runs `S` once with threads.
pub(super) fn run<S: Semaphore>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    let Work::Permits { threads, permits } = job.work else {
        return Ok(None);
    };
    let semaphore = Arc::new(CachePadded::new(S::new(permits)));
    let watch = Arc::new(Watch::new(permits));
    let row = if threads == 1 { CHUNK } else { FEW };
    let body = |_| -> (bool, Body) {
        let (semaphore, watch) = (Arc::clone(&semaphore), Arc::clone(&watch));
        let body = move |part: &Part<'_>, index: usize| {
            acquires::<S>(&semaphore, &watch, row, part, index)
        };
        (SENDS, Box::new(body))
    };
    let bodies = (0..threads).map(body).collect();
    let told = perform(bodies, &cores::available(), job.length)?;
    let visits = told.iter().map(|one| one.tally.popped.count).sum();
    watch.check(&**semaphore, visits)?;
    let operations = told.iter().map(|one| one.tally.pushed).sum();
    Ok(Some(outcome(&told, operations)))
}

#[inline(never)]
fn acquires<S: Semaphore>(
    semaphore: &S,
    watch: &Watch,
    row: u64,
    part: &Part<'_>,
    index: usize,
) -> Told {
    let mut act = Act::start(part, index);
    let run = part.run;
    let (mut done, mut visits) = (0, 0);
    let mut rows = 0_u64;
    while done < run.limit && run.goes_on() {
        let count = row.min(run.limit - done);
        if rows < FIRST || rows.is_multiple_of(SELDOM) {
            for _ in 0..count {
                semaphore.with_permit(|| {
                    watch.enter();
                    watch.leave();
                });
            }
            visits += count;
        } else {
            for _ in 0..count {
                semaphore.with_permit(|| {});
            }
        }
        done += count;
        rows += 1;
    }
    act.tally.pushed = done;
    act.tally.popped = Totals::consecutive(0, visits);
    act.end()
}
