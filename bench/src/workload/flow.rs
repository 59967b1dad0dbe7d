//! Producers push, consumers pop, one item a call.
#![forbid(unsafe_code)]

use super::check::Totals;
use super::latency::Reservoir;
use super::run::{CHUNK, Part, Run, Tally};
use crate::contender::{End, Payload};

/// Pushes consecutive values until the run is over or the thread's share is done.
#[inline(never)]
pub(super) fn produce<P: Payload, E: End<P>>(end: &mut E, part: &Part<'_>, index: usize) -> Tally {
    let mut tally = part.start(index);
    let run = part.run;
    let mut next = tally.first;
    let last = next + run.limit;
    'run: while next < last && run.goes_on() {
        if let Some(samples) = tally.sample() {
            if !timed_push(end, P::carrying(next), run, samples) {
                break;
            }
            next += 1;
        }
        for _ in 0..CHUNK.min(last - next) {
            let mut patience = run.patience();
            while end.try_push(P::carrying(next)).is_err() {
                if !patience.wait() {
                    break 'run;
                }
            }
            next += 1;
        }
    }
    tally.end();
    tally.pushed = next - tally.first;
    tally
}

/// Pops until the run is over and, where the run says so, until nothing is left.
#[inline(never)]
pub(super) fn consume<P: Payload, E: End<P>>(end: &mut E, part: &Part<'_>, index: usize) -> Tally {
    let mut tally = part.start(index);
    let run = part.run;
    let mut popped = Totals::default();
    'run: while run.goes_on() {
        if let Some(samples) = tally.sample() {
            let Some(payload) = timed_pop(end, run, samples) else {
                break;
            };
            popped.add(payload.value());
        }
        for _ in 0..CHUNK {
            let mut patience = run.patience();
            let payload = loop {
                if let Some(payload) = end.try_pop() {
                    break payload;
                }
                if !patience.wait() {
                    break 'run;
                }
            };
            popped.add(payload.value());
        }
    }
    if run.drain {
        while let Some(payload) = end.try_pop() {
            popped.add(payload.value());
        }
    }
    tally.end();
    tally.popped = popped;
    tally
}

/// One push whose successful attempt is timed; `false` when the run was over first.
#[inline(never)]
pub(super) fn timed_push<P: Payload, E: End<P>>(
    end: &mut E,
    payload: P,
    run: &Run,
    samples: &mut Reservoir,
) -> bool {
    let mut patience = run.patience();
    loop {
        let before = samples.clock.now();
        if end.try_push(payload).is_ok() {
            let after = samples.clock.now();
            samples.record(after.saturating_sub(before));
            return true;
        }
        if !patience.wait() {
            return false;
        }
    }
}

/// One pop whose successful attempt is timed; `None` when the run was over first.
#[inline(never)]
pub(super) fn timed_pop<P: Payload, E: End<P>>(
    end: &mut E,
    run: &Run,
    samples: &mut Reservoir,
) -> Option<P> {
    let mut patience = run.patience();
    loop {
        let before = samples.clock.now();
        if let Some(payload) = end.try_pop() {
            let after = samples.clock.now();
            samples.record(after.saturating_sub(before));
            return Some(payload);
        }
        if !patience.wait() {
            return None;
        }
    }
}
