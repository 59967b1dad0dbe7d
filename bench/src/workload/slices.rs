//! Producers push and consumers pop, up to [`SLICE`] items a call.
//!
//! Contenders without such calls do it item by item. A sampled latency is that of one call that
//! moved anything.
#![forbid(unsafe_code)]

use std::collections::VecDeque;

use super::catalogue::SLICE;
use super::check::Totals;
use super::run::{CHUNK, Part, Tally};
use crate::contender::{End, Payload};

/// Calls between two looks at the stop flag.
const CALLS: u64 = CHUNK / SLICE as u64;

/// Pushes consecutive values until the run is over or the thread's share is done.
#[inline(never)]
pub(super) fn produce<P: Payload, E: End<P>>(end: &mut E, part: &Part<'_>, index: usize) -> Tally {
    let mut slice = VecDeque::with_capacity(SLICE);
    let mut tally = part.start(index);
    let run = part.run;
    let last = tally.first + run.limit;
    // Values below `next` have been put into the slice; those still in it are not pushed.
    let mut next = tally.first;
    'run: while (next < last || !slice.is_empty()) && run.goes_on() {
        let mut samples = tally.sample();
        for _ in 0..CALLS {
            while slice.len() < SLICE && next < last {
                slice.push_back(P::carrying(next));
                next += 1;
            }
            if slice.is_empty() {
                break 'run;
            }
            let mut patience = run.patience();
            loop {
                let before = samples.as_ref().map(|samples| samples.clock.now());
                let moved = end.try_push_many(&mut slice);
                if moved > 0 {
                    if let (Some(samples), Some(before)) = (samples.take(), before) {
                        let after = samples.clock.now();
                        samples.record(after.saturating_sub(before));
                    }
                    break;
                }
                if !patience.wait() {
                    break 'run;
                }
            }
        }
    }
    tally.end();
    tally.pushed = next - tally.first - slice.len() as u64;
    tally
}

/// Pops until the run is over and, where the run says so, until nothing is left.
#[inline(never)]
pub(super) fn consume<P: Payload, E: End<P>>(end: &mut E, part: &Part<'_>, index: usize) -> Tally {
    let mut slice: Vec<P> = Vec::with_capacity(SLICE);
    let mut tally = part.start(index);
    let run = part.run;
    let mut popped = Totals::default();
    'run: while run.goes_on() {
        let mut samples = tally.sample();
        for _ in 0..CALLS {
            let mut patience = run.patience();
            loop {
                let before = samples.as_ref().map(|samples| samples.clock.now());
                if end.try_pop_many(&mut slice, SLICE) > 0 {
                    if let (Some(samples), Some(before)) = (samples.take(), before) {
                        let after = samples.clock.now();
                        samples.record(after.saturating_sub(before));
                    }
                    break;
                }
                if !patience.wait() {
                    break 'run;
                }
            }
            slice
                .drain(..)
                .for_each(|payload| popped.add(payload.value()));
        }
    }
    if run.drain {
        while end.try_pop_many(&mut slice, SLICE) > 0 {
            slice
                .drain(..)
                .for_each(|payload| popped.add(payload.value()));
        }
    }
    tally.end();
    tally.popped = popped;
    tally
}
