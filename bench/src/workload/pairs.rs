//! Every thread pushes one item, then pops one.
#![forbid(unsafe_code)]

use super::check::Totals;
use super::flow::{timed_pop, timed_push};
use super::run::{CHUNK, Part, Tally};
use crate::contender::{End, Payload};

/// Does pairs until the run is over or the thread's share is done.
#[inline(never)]
pub(super) fn pairs<P: Payload, E: End<P>>(end: &mut E, part: &Part<'_>, index: usize) -> Tally {
    let mut tally = part.start(index);
    let run = part.run;
    let mut next = tally.first;
    let last = next + run.limit;
    let mut popped = Totals::default();
    'run: while next < last && run.goes_on() {
        if let Some(samples) = tally.sample() {
            if !timed_push(end, P::carrying(next), run, samples) {
                break;
            }
            next += 1;
            let Some(payload) = timed_pop(end, run, samples) else {
                break;
            };
            popped.add(payload.value());
        }
        for _ in 0..CHUNK.min(last - next) {
            let mut patience = run.patience();
            while end.try_push(P::carrying(next)).is_err() {
                if !patience.wait() {
                    break 'run;
                }
            }
            next += 1;
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
    tally.end();
    tally.pushed = next - tally.first;
    tally.popped = popped;
    tally
}
