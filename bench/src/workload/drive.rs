//! Runs one contender once: threads, start, end, and the check of what came out.
#![forbid(unsafe_code)]

use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use super::catalogue::Shape;
use super::check::{Totals, Wrong, same};
use super::run::{Part, Run, Tally, first_value};
use super::{flow, latency, pairs, slices};
use crate::contender::{Contender, End, Payload, Role};
use crate::cores;
use crate::record::Waited;

/// When a run of a fixed number of items is given up.
const GIVEN_UP: Duration = Duration::from_secs(60);

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// After this time; what is left in the queue then does not count as transferred.
    Time(Duration),
    /// After this many items, rounded up so that every producer pushes as many.
    Items(u64),
}

/// One run of one contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Who does what.
    pub shape: Shape,
    /// Capacity in items.
    pub capacity: usize,
    /// When it ends.
    pub length: Length,
}

/// What a run has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Items that went in and came out while the clock ran.
    pub items: u64,
    /// From the first thread's start to the last one's end, in nanoseconds.
    pub nanos: u64,
    /// Items that each thread pushed (producers, which come first), popped (consumers) or both
    /// (pairs).
    pub per_thread: Vec<u64>,
    /// Median, 99th percentile and worst of the sampled latencies of successful attempts, in
    /// nanoseconds; none with one thread.
    pub latency_nanos: Option<[u64; 3]>,
    /// CPU time of all threads in nanoseconds.
    pub cpu_nanos: u64,
    /// Whether each thread kept to one core.
    pub pinned: bool,
    /// What waiting cost, where threads or tasks wait inside the calls.
    pub waited: Option<Waited>,
}

/// Runs `C` once. `Ok(None)` when it cannot serve these roles or this capacity.
///
/// Every slot has been used once before the clock starts, so that no run pays for fresh pages.
/// Threads are pinned when they fit the cores. Sums and counts of what went in and what came out
/// must agree, or the run is refused.
pub fn run<C: Contender<P>, P: Payload>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    let roles = job.shape.roles();
    let Some(mut ends) = C::ends(job.capacity, &roles) else {
        return Ok(None);
    };
    use_every_slot::<P, C::End>(&mut ends, job.capacity)?;
    let pushing = roles.iter().filter(|role| pushes(**role)).count();
    let (limit, time, drain) = match job.length {
        Length::Time(time) => (first_value(1), time, false),
        Length::Items(items) => (items.div_ceil(pushing as u64), GIVEN_UP, true),
    };
    let run = Run::new(roles.len(), pushing, &cores::available(), limit, drain);
    let end = || run.end_after(time);
    let (finished, mut ends, tallies) = work::<P, C::End, _>(ends, job.shape, &run, end)?;

    let pushed = sum_of(tallies.iter().map(Tally::pushed_totals));
    let popped = sum_of(tallies.iter().map(|tally| tally.popped));
    if drain && !finished {
        let of = limit * pushing as u64;
        let popped = popped.count;
        return Err(Wrong::Unfinished { popped, of });
    }
    same(
        pushed,
        popped.join(leftovers::<P, C::End>(&mut ends, &roles)),
    )?;
    Ok(Some(outcome(&roles, &tallies, popped.count)))
}

pub(super) fn pushes(role: Role) -> bool {
    role != Role::Consume
}

fn pops(role: Role) -> bool {
    role != Role::Produce
}

pub(super) fn sum_of(totals: impl Iterator<Item = Totals>) -> Totals {
    totals.fold(Totals::default(), Totals::join)
}

/// Fills the queue from its first end, as far as it can be filled, and empties it at the last.
pub(super) fn use_every_slot<P: Payload, E: End<P>>(
    ends: &mut [E],
    capacity: usize,
) -> Result<(), Wrong> {
    let mut pushed = 0;
    if let Some(end) = ends.first_mut() {
        while pushed < capacity as u64 && end.try_push(P::carrying(pushed)).is_ok() {
            pushed += 1;
        }
    }
    let mut popped = Totals::default();
    if let Some(end) = ends.last_mut() {
        while let Some(payload) = end.try_pop() {
            popped.add(payload.value());
        }
    }
    same(Totals::consecutive(0, pushed), popped)
}

/// What whoever ended the run has to say, and the ends and tallies in the threads' order.
type Worked<E, R> = (R, Vec<E>, Vec<Tally>);

/// All threads, from their start to their end, which `end` waits for or brings about.
pub(super) fn work<P: Payload, E: End<P>, R>(
    ends: Vec<E>,
    shape: Shape,
    run: &Run,
    end: impl FnOnce() -> R,
) -> Result<Worked<E, R>, Wrong> {
    let roles = shape.roles();
    thread::scope(|scope| {
        let handles: Vec<ScopedJoinHandle<'_, (E, Tally)>> = ends
            .into_iter()
            .zip(roles)
            .enumerate()
            .map(|(index, (mut end, role))| {
                scope.spawn(move || {
                    let part = Part::new(run, pushes(role));
                    let tally = act::<P, E>(shape, role, &mut end, &part, index);
                    drop(part);
                    (end, tally)
                })
            })
            .collect();
        let said = end();
        let mut ends = Vec::new();
        let mut tallies = Vec::new();
        let mut panicked = None;
        for handle in handles {
            match handle.join() {
                Ok((end, tally)) => {
                    ends.push(end);
                    tallies.push(tally);
                }
                Err(payload) => panicked = Some(Wrong::Panicked(message(&*payload))),
            }
        }
        panicked.map_or(Ok((said, ends, tallies)), Err)
    })
}

/// The loop of one thread.
fn act<P: Payload, E: End<P>>(
    shape: Shape,
    role: Role,
    end: &mut E,
    part: &Part<'_>,
    index: usize,
) -> Tally {
    match (shape, role) {
        (Shape::Pairs { .. }, _) | (_, Role::Both) => pairs::pairs::<P, E>(end, part, index),
        (Shape::Flow { .. }, Role::Produce) => flow::produce::<P, E>(end, part, index),
        (Shape::Flow { .. }, Role::Consume) => flow::consume::<P, E>(end, part, index),
        (Shape::Slices { .. }, Role::Produce) => slices::produce::<P, E>(end, part, index),
        (Shape::Slices { .. }, Role::Consume) => slices::consume::<P, E>(end, part, index),
    }
}

/// What a thread said when it panicked.
pub(super) fn message(payload: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "without a message".to_owned()
    }
}

/// Empties the queue after the threads have gone.
pub(super) fn leftovers<P: Payload, E: End<P>>(ends: &mut [E], roles: &[Role]) -> Totals {
    let mut popped = Totals::default();
    for (end, _) in ends.iter_mut().zip(roles).filter(|(_, role)| pops(**role)) {
        while let Some(payload) = end.try_pop() {
            popped.add(payload.value());
        }
    }
    popped
}

pub(super) fn outcome(roles: &[Role], tallies: &[Tally], items: u64) -> Outcome {
    let per_thread = roles.iter().zip(tallies).map(|(role, tally)| match role {
        Role::Produce => tally.pushed,
        Role::Consume | Role::Both => tally.popped.count,
    });
    let started = tallies.iter().map(|tally| tally.started).min();
    let ended = tallies.iter().map(Tally::ended).max();
    let nanos = match (started, ended) {
        (Some(started), Some(ended)) => (ended - started).as_nanos() as u64,
        _ => 0,
    };
    Outcome {
        items,
        nanos,
        per_thread: per_thread.collect(),
        latency_nanos: latency::percentiles(tallies.iter().filter_map(|t| t.latencies.as_ref())),
        cpu_nanos: tallies
            .iter()
            .map(|tally| tally.cpu.as_nanos() as u64)
            .sum(),
        pinned: tallies.iter().all(|tally| tally.pinned),
        waited: None,
    }
}
