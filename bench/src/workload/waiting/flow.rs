//! Senders send, receivers receive, until the last sender has gone and nothing is left.
#![forbid(unsafe_code)]

use std::thread;

use super::super::check::{Totals, same};
use super::super::run::{CHUNK, Part};
use super::super::{Outcome, Wrong};
use super::threads::{Act, Body, RECEIVES, SENDS, Told, outcome, perform};
use super::{Job, PACE, Work};
use crate::blocking::{Blocking, RecvEnd, SendEnd};
use crate::contender::Payload;

/// Items between two looks at the stop flag: few, because at capacity 1 each may cost a sleep.
const FEW: u64 = 8;

/// Runs `C` once with threads that wait for each other.
pub(in crate::workload) fn run<C: Blocking<P>, P: Payload>(
    job: &Job,
) -> Result<Option<Outcome>, Wrong> {
    let (senders, paced) = (job.work.senders(), matches!(job.work, Work::Idle { .. }));
    let receivers = job.work.threads() - senders;
    let Some((sending, receiving)) = C::ends(job.capacity, senders, receivers) else {
        return Ok(None);
    };
    let mut bodies: Vec<(bool, Body)> = Vec::new();
    for (index, mut end) in sending.into_iter().enumerate() {
        let warm_up = if index == 0 { job.capacity } else { 0 };
        let body = move |part: &Part<'_>, index: usize| {
            fill::<P, _>(&mut end, warm_up);
            match paced {
                true => send_slowly::<P, _>(&mut end, part, index),
                false => send::<P, _>(&mut end, part, index),
            }
        };
        bodies.push((SENDS, Box::new(body)));
    }
    for (index, mut end) in receiving.into_iter().enumerate() {
        let warm_up = if index == 0 { job.capacity } else { 0 };
        let body = move |part: &Part<'_>, index: usize| {
            drain::<P, _>(&mut end, warm_up);
            receive::<P, _>(&mut end, part, index)
        };
        bodies.push((RECEIVES, Box::new(body)));
    }
    let told = perform(bodies, &job.work.places(), job.length)?;
    let pushed = totals(told.iter().map(|one| one.tally.pushed_totals()));
    let popped = totals(told.iter().map(|one| one.tally.popped));
    same(pushed, popped)?;
    Ok(Some(outcome(&told, popped.count)))
}

fn totals(all: impl Iterator<Item = Totals>) -> Totals {
    all.fold(Totals::default(), Totals::join)
}

/// Uses every slot once before the clock starts, so that no run pays for fresh pages.
pub(super) fn fill<P: Payload, S: SendEnd<P>>(end: &mut S, count: usize) {
    for value in 0..count {
        assert!(end.send(P::carrying(value as u64)), "nobody receives");
    }
}

/// The other half of [`fill`].
pub(super) fn drain<P: Payload, R: RecvEnd<P>>(end: &mut R, count: usize) {
    for value in 0..count {
        let payload = end.recv().expect("nobody sends");
        assert_eq!(payload.value(), value as u64, "before the start");
    }
}

#[inline(never)]
fn send<P: Payload, S: SendEnd<P>>(end: &mut S, part: &Part<'_>, index: usize) -> Told {
    let mut act = Act::start(part, index);
    let run = part.run;
    let mut next = act.tally.first;
    let last = next + run.limit;
    'run: while next < last && run.goes_on() {
        for _ in 0..FEW.min(last - next) {
            if !end.send(P::carrying(next)) {
                break 'run;
            }
            next += 1;
        }
    }
    act.tally.pushed = next - act.tally.first;
    act.end()
}

/// Sends one item every [`PACE`].
fn send_slowly<P: Payload, S: SendEnd<P>>(end: &mut S, part: &Part<'_>, index: usize) -> Told {
    let mut act = Act::start(part, index);
    let run = part.run;
    let mut next = act.tally.first;
    let last = next + run.limit;
    while next < last && run.goes_on() {
        thread::sleep(PACE);
        if !end.send(P::carrying(next)) {
            break;
        }
        next += 1;
    }
    act.tally.pushed = next - act.tally.first;
    act.end()
}

#[inline(never)]
fn receive<P: Payload, R: RecvEnd<P>>(end: &mut R, part: &Part<'_>, index: usize) -> Told {
    let mut act = Act::start(part, index);
    let mut popped = Totals::default();
    while let Some(payload) = end.recv() {
        popped.add(payload.value());
    }
    act.tally.popped = popped;
    act.end()
}

/// Runs `C` once on one thread that sends one item, receives one, and so on: nobody ever waits.
pub(super) fn alone<C: Blocking<P>, P: Payload>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    let Some((mut sending, mut receiving)) = C::ends(job.capacity, 1, 1) else {
        return Ok(None);
    };
    let (Some(mut sender), Some(mut receiver)) = (sending.pop(), receiving.pop()) else {
        return Ok(None);
    };
    let capacity = job.capacity;
    let body = move |part: &Part<'_>, index: usize| {
        fill::<P, _>(&mut sender, capacity);
        drain::<P, _>(&mut receiver, capacity);
        by_turns::<P, _, _>(&mut sender, &mut receiver, part, index)
    };
    let told = perform(
        vec![(SENDS, Box::new(body))],
        &job.work.places(),
        job.length,
    )?;
    let pushed = totals(told.iter().map(|one| one.tally.pushed_totals()));
    let popped = totals(told.iter().map(|one| one.tally.popped));
    same(pushed, popped)?;
    Ok(Some(outcome(&told, popped.count)))
}

#[inline(never)]
fn by_turns<P: Payload, S: SendEnd<P>, R: RecvEnd<P>>(
    sender: &mut S,
    receiver: &mut R,
    part: &Part<'_>,
    index: usize,
) -> Told {
    let mut act = Act::start(part, index);
    let run = part.run;
    let mut next = act.tally.first;
    let last = next + run.limit;
    let mut popped = Totals::default();
    'run: while next < last && run.goes_on() {
        for _ in 0..CHUNK.min(last - next) {
            if !sender.send(P::carrying(next)) {
                break 'run;
            }
            next += 1;
            let Some(payload) = receiver.recv() else {
                break 'run;
            };
            popped.add(payload.value());
        }
    }
    act.tally.pushed = next - act.tally.first;
    act.tally.popped = popped;
    act.end()
}
