//! A stalled peer: what two threads can still do while a third stands still inside an operation.
//!
//! The victim is stopped after each machine instruction of `try_push` or `try_pop` in turn, as
//! the code was compiled, and two other threads do pairs for a while on the half-full queue. They
//! run freely, so what counts is how many items they move, next to what the same two threads move
//! when nobody is stopped. On a busy machine they may also move little because they did not run:
//! a stop at which they seem halted is watched twice more, and the best of the three counts. Every
//! stop finds a fresh queue in the same state, so a true halt shows each time. The first and the last few stops lie outside the operation, in the
//! code that leads into it and out of it.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crossbeam_utils::CachePadded;
use model_tests::single_step::{self, Reached};

use super::check::{Totals, Wrong, same};
use super::drive::message;
use super::patience::Patience;
use super::run::first_value;
use crate::contender::{Contender, End, Payload, Role};
use crate::cores;
use crate::plan::StalledPlan;
use crate::record::{Stalled, Stop};

/// Capacity of the queue, which the victim and the others find half full: neither end is near.
const CAPACITY: usize = 64;

/// The threads that are watched.
const OTHERS: usize = 2;

/// At most this many stops; a longer operation is stopped at every second instruction, or third…
const MOST_STOPS: u64 = 1024;

/// The others seem halted below this share of what they move alone.
const HALTED: f64 = 0.1;

/// Watches of a stop at which they do.
const WATCHES: usize = 3;

/// One watch without a victim in so many stops.
const STOPS_PER_ALONE: usize = 16;

/// The operation in which the victim is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `try_push`.
    Push,
    /// `try_pop`.
    Pop,
}

impl Operation {
    /// Both.
    pub const ALL: [Operation; 2] = [Operation::Push, Operation::Pop];

    /// The name in records.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Push => "push",
            Operation::Pop => "pop",
        }
    }
}

/// Stops a victim at every instruction of `operation`. `Ok(None)` when `C` cannot serve three
/// threads that do both, or when this platform cannot stop a thread at an instruction.
pub fn stalled<C: Contender<P>, P: Payload>(
    operation: Operation,
    plan: &StalledPlan,
) -> Result<Option<Stalled>, Wrong> {
    let Some(whole) = scene::<C, P>(operation, Some(u64::MAX), Duration::ZERO)? else {
        return Ok(None);
    };
    let stride = plan
        .stride
        .max(whole.instructions.div_ceil(MOST_STOPS))
        .max(1);
    let mut found = Stalled {
        contender: C::CARD.name.to_owned(),
        operation: operation.name().to_owned(),
        alone: Vec::new(),
        stops: Vec::new(),
    };
    for instruction in (1..).step_by(stride as usize) {
        if found.stops.len().is_multiple_of(STOPS_PER_ALONE) {
            let alone = scene::<C, P>(operation, None, plan.watch)?;
            found.alone.extend(alone.and_then(|scene| scene.watched));
        }
        match watched_stop::<C, P>(operation, instruction, plan.watch, &found.alone)? {
            Some(stop) => found.stops.push(stop),
            None => break,
        }
    }
    Ok(Some(found))
}

/// What the others did while the victim stood after `instruction` instructions; none when the
/// operation is shorter.
fn watched_stop<C: Contender<P>, P: Payload>(
    operation: Operation,
    instruction: u64,
    time: Duration,
    alone: &[Stop],
) -> Result<Option<Stop>, Wrong> {
    let rate = |stop: &Stop| stop.items as f64 / stop.nanos.max(1) as f64;
    let mut alone: Vec<f64> = alone.iter().map(rate).collect();
    alone.sort_by(f64::total_cmp);
    let enough = HALTED * alone.get(alone.len() / 2).copied().unwrap_or(0.0);
    let mut best: Option<Stop> = None;
    for _ in 0..WATCHES {
        let scene = scene::<C, P>(operation, Some(instruction), time)?;
        let Some(stop) = scene.and_then(|scene| scene.watched) else {
            break;
        };
        if best.as_ref().is_none_or(|best| rate(best) < rate(&stop)) {
            best = Some(stop);
        }
        if best.as_ref().is_some_and(|best| rate(best) >= enough) {
            break;
        }
    }
    Ok(best)
}

/// What one scene has shown.
struct Scene {
    /// What the others did; none when the victim came to its end without a stop.
    watched: Option<Stop>,
    /// The victim's instructions up to its stop, or all of them.
    instructions: u64,
}

/// What the threads of a scene share.
#[derive(Default)]
struct Stage {
    /// The others may begin.
    open: CachePadded<AtomicBool>,
    /// The others must come to an end.
    over: CachePadded<AtomicBool>,
    /// How many of them have begun.
    begun: CachePadded<AtomicUsize>,
    /// Pairs that each of them has done.
    moved: [CachePadded<AtomicU64>; OTHERS],
}

/// What one thread has put in and taken out, and its end of the queue.
type Done<E> = (Totals, Totals, E);

/// A fresh half-full queue; a victim that stops after so many instructions, or none; the others,
/// watched for `time`; and the check that nothing was lost.
fn scene<C: Contender<P>, P: Payload>(
    operation: Operation,
    stop_after: Option<u64>,
    time: Duration,
) -> Result<Option<Scene>, Wrong> {
    let Some(mut ends) = C::ends(CAPACITY, &[Role::Both; OTHERS + 1]) else {
        return Ok(None);
    };
    let Ok(stop) = stop_after.map(single_step::Stop::after).transpose() else {
        return Ok(None);
    };
    let Some(mut victim) = ends.pop() else {
        return Ok(None);
    };
    let filled = half_fill::<P, C::End>(&mut victim);
    let (done, watched) =
        perform::<P, C::End>(operation, stop.as_ref(), (victim, filled), ends, time)?;
    settle::<P, C::End>(done)?;
    let instruction = stop.as_ref().map_or(0, single_step::Stop::executed);
    Ok(Some(Scene {
        watched: watched.map(|(items, nanos)| Stop {
            instruction,
            items,
            nanos,
        }),
        instructions: instruction,
    }))
}

/// The threads of a scene, to their ends, and what was watched: items moved, and nanoseconds.
type Performed<E> = (Vec<Done<E>>, Option<(u64, u64)>);

fn perform<P: Payload, E: End<P>>(
    operation: Operation,
    stop: Option<&single_step::Stop>,
    (victim, filled): (E, Totals),
    others: Vec<E>,
    time: Duration,
) -> Result<Performed<E>, Wrong> {
    let stage = &Stage::default();
    thread::scope(|scope| {
        let mut handles: Vec<ScopedJoinHandle<'_, Done<E>>> = others
            .into_iter()
            .enumerate()
            .map(|(index, end)| scope.spawn(move || other::<P, E>(end, index, stage)))
            .collect();
        let parked: Vec<_> = handles.iter().map(|other| other.thread().clone()).collect();
        let _released = stop.map(single_step::Stop::release_on_drop);
        let mut idle = None;
        match stop {
            Some(stop) => handles
                .push(scope.spawn(move || stopped_in::<P, E>(victim, operation, filled, stop))),
            None => idle = Some((filled, Totals::default(), victim)),
        }
        // From here until the release nothing may be allocated: the victim may stand where it
        // holds the allocator's lock.
        let ended = stop.map(single_step::Stop::wait) == Some(Reached::End);
        stage.over.store(ended, Ordering::Release);
        stage.open.store(true, Ordering::Release);
        parked.iter().for_each(thread::Thread::unpark);
        let watched = (!ended).then(|| watch(stage, time));
        stage.over.store(true, Ordering::Release);
        stop.inspect(|stop| stop.release());
        Ok((joined(handles, idle)?, watched))
    })
}

/// Puts half the capacity in; the values are the victim's first ones.
fn half_fill<P: Payload, E: End<P>>(end: &mut E) -> Totals {
    let first = first_value(OTHERS);
    let mut pushed = 0;
    while pushed < CAPACITY as u64 / 2 && end.try_push(P::carrying(first + pushed)).is_ok() {
        pushed += 1;
    }
    Totals::consecutive(first, pushed)
}

/// The victim: one free pair, so that nothing is done for the first time, then the operation in
/// which it stops.
fn stopped_in<P: Payload, E: End<P>>(
    mut end: E,
    operation: Operation,
    filled: Totals,
    stop: &single_step::Stop,
) -> Done<E> {
    let first = first_value(OTHERS);
    let mut next = first + filled.count;
    let mut popped = Totals::default();
    if end.try_push(P::carrying(next)).is_ok() {
        next += 1;
    }
    if let Some(payload) = end.try_pop() {
        popped.add(payload.value());
    }
    match operation {
        Operation::Push => {
            if stop.run(|| end.try_push(P::carrying(next))).is_ok() {
                next += 1;
            }
        }
        Operation::Pop => {
            if let Some(payload) = stop.run(|| end.try_pop()) {
                popped.add(payload.value());
            }
        }
    }
    (Totals::consecutive(first, next - first), popped, end)
}

/// One of the others: pairs from the opening to the end, counted where the watcher sees them.
fn other<P: Payload, E: End<P>>(mut end: E, index: usize, stage: &Stage) -> Done<E> {
    let available = cores::available();
    let crowded = available.len() < OTHERS;
    if !crowded {
        cores::pin(available[index]);
    }
    while !stage.open.load(Ordering::Acquire) {
        thread::park();
    }
    stage.begun.fetch_add(1, Ordering::AcqRel);
    let first = first_value(index);
    let mut next = first;
    let mut popped = Totals::default();
    'watch: while !stage.over.load(Ordering::Acquire) {
        let mut patience = Patience::new(&stage.over, crowded);
        while end.try_push(P::carrying(next)).is_err() {
            if !patience.wait() {
                break 'watch;
            }
        }
        next += 1;
        let mut patience = Patience::new(&stage.over, crowded);
        let payload = loop {
            if let Some(payload) = end.try_pop() {
                break payload;
            }
            if !patience.wait() {
                break 'watch;
            }
        };
        popped.add(payload.value());
        // ORDERING: Relaxed: the watcher wants the number alone.
        stage.moved[index].store(popped.count, Ordering::Relaxed);
    }
    (Totals::consecutive(first, next - first), popped, end)
}

/// Watches the others for `time` from when all have begun: items moved, and nanoseconds.
fn watch(stage: &Stage, time: Duration) -> (u64, u64) {
    let moved = || -> u64 {
        let each = stage
            .moved
            .iter()
            .map(|moved| moved.load(Ordering::Relaxed));
        each.sum()
    };
    while stage.begun.load(Ordering::Acquire) < OTHERS {
        thread::yield_now();
    }
    let (before, start) = (moved(), Instant::now());
    thread::sleep(time);
    let nanos = start.elapsed().as_nanos() as u64;
    (moved() - before, nanos)
}

/// The threads' ends, once all of them have come to theirs.
fn joined<E>(
    handles: Vec<ScopedJoinHandle<'_, Done<E>>>,
    kept: Option<Done<E>>,
) -> Result<Vec<Done<E>>, Wrong> {
    let mut done: Vec<Done<E>> = kept.into_iter().collect();
    let mut panicked = None;
    for handle in handles {
        match handle.join() {
            Ok(one) => done.push(one),
            Err(payload) => panicked = Some(Wrong::Panicked(message(&*payload))),
        }
    }
    panicked.map_or(Ok(done), Err)
}

/// Empties the queue and compares what went in with what came out.
fn settle<P: Payload, E: End<P>>(mut done: Vec<Done<E>>) -> Result<(), Wrong> {
    let mut left = Totals::default();
    if let Some((_, _, end)) = done.first_mut() {
        while let Some(payload) = end.try_pop() {
            left.add(payload.value());
        }
    }
    let mut pushed = Totals::default();
    let mut popped = left;
    for (put_in, taken_out, _) in &done {
        pushed = pushed.join(*put_in);
        popped = popped.join(*taken_out);
    }
    same(pushed, popped)
}
