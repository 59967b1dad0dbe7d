//! A question there, its answer back: two threads, two queues of one item.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::super::check::{Totals, same};
use super::super::latency::Clock;
use super::super::run::Part;
use super::super::{Outcome, Wrong};
use super::Job;
use super::flow::{drain, fill};
use super::threads::{Act, Body, RECEIVES, SENDS, Told, outcome, perform};
use crate::blocking::{Blocking, RecvEnd, SendEnd};
use crate::contender::Payload;

/// In the parked form, how long a side waits before it speaks: longer than anybody here tries
/// before falling asleep (256 times giving the core away are 160 microseconds where nobody else
/// wants it).
const ASLEEP: Duration = Duration::from_micros(400);

/// Round trips whose times are kept; a round ends early with the last of them.
const KEPT: usize = 1 << 16;

/// Runs `C` once.
pub(in crate::workload) fn run<C: Blocking<P>, P: Payload>(
    job: &Job,
    parked: bool,
) -> Result<Option<Outcome>, Wrong> {
    let pair = || {
        let (mut senders, mut receivers) = C::ends(job.capacity, 1, 1)?;
        Some((senders.pop()?, receivers.pop()?))
    };
    let (Some((mut ask, mut hear)), Some((mut answer, mut listen))) = (pair(), pair()) else {
        return Ok(None);
    };
    let capacity = job.capacity;
    let asking: Body = Box::new(move |part, index| {
        fill::<P, _>(&mut ask, capacity);
        drain::<P, _>(&mut listen, capacity);
        asks::<P, _, _>(&mut ask, &mut listen, part, index, parked)
    });
    let answering: Body = Box::new(move |part, index| {
        drain::<P, _>(&mut hear, capacity);
        fill::<P, _>(&mut answer, capacity);
        answers::<P, _, _>(&mut hear, &mut answer, part, index, parked)
    });
    let bodies = vec![(SENDS, asking), (RECEIVES, answering)];
    let mut told = perform(bodies, &job.work.places(), job.length)?;
    let asked = told.iter().map(|one| one.tally.pushed_totals());
    let heard = told.iter().map(|one| one.tally.popped);
    same(
        asked.fold(Totals::default(), Totals::join),
        heard.fold(Totals::default(), Totals::join),
    )?;
    let mut trips = std::mem::take(&mut told[0].trips);
    let mut outcome = outcome(&told, trips.len() as u64);
    let clock = Clock::get();
    outcome.nanos = trips.iter().map(|&ticks| clock.nanos(ticks)).sum();
    trips.sort_unstable();
    if let Some(waited) = &mut outcome.waited {
        waited.round_trip_nanos = percentiles(&trips).map(|all| all.map(|t| clock.nanos(t)));
    }
    Ok(Some(outcome))
}

/// p50, p99, p99.9 and the worst of what is sorted: the smallest value that so many do not exceed.
fn percentiles(sorted: &[u64]) -> Option<[u64; 4]> {
    let at = |per_mille: usize| {
        let rank = (sorted.len() * per_mille).div_ceil(1000).max(1);
        sorted.get(rank - 1).copied()
    };
    Some([at(500)?, at(990)?, at(999)?, at(1000)?])
}

/// Keeps the core busy for a while; returns how many ticks that took.
fn let_sleep(clock: Clock) -> u64 {
    let before = clock.now();
    let start = std::time::Instant::now();
    while start.elapsed() < ASLEEP {
        std::hint::spin_loop();
    }
    clock.now().saturating_sub(before)
}

/// Asks until the run is over. An answer says how many ticks the other side let this one sleep.
#[inline(never)]
fn asks<P: Payload, S: SendEnd<P>, R: RecvEnd<P>>(
    ask: &mut S,
    listen: &mut R,
    part: &Part<'_>,
    index: usize,
    parked: bool,
) -> Told {
    let clock = Clock::get();
    let mut trips = Vec::with_capacity(KEPT);
    let mut act = Act::start(part, index);
    let run = part.run;
    let mut next = act.tally.first;
    let last = next + run.limit.min(KEPT as u64);
    while next < last && run.goes_on() {
        if parked {
            let_sleep(clock);
        }
        let before = clock.now();
        if !ask.send(P::carrying(next)) {
            break;
        }
        next += 1;
        let Some(answer) = listen.recv() else {
            break;
        };
        let after = clock.now();
        trips.push(after.saturating_sub(before).saturating_sub(answer.value()));
    }
    act.tally.pushed = next - act.tally.first;
    Told { trips, ..act.end() }
}

/// Answers until nobody asks any more.
#[inline(never)]
fn answers<P: Payload, S: SendEnd<P>, R: RecvEnd<P>>(
    hear: &mut R,
    answer: &mut S,
    part: &Part<'_>,
    index: usize,
    parked: bool,
) -> Told {
    let clock = Clock::get();
    let mut act = Act::start(part, index);
    let mut heard = Totals::default();
    while let Some(question) = hear.recv() {
        heard.add(question.value());
        let waited = if parked { let_sleep(clock) } else { 0 };
        if !answer.send(P::carrying(waited)) {
            break;
        }
    }
    act.tally.popped = heard;
    act.end()
}

#[cfg(test)]
mod tests {
    use super::percentiles;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let thousand: Vec<u64> = (1..=1000).collect();
        assert_eq!(percentiles(&thousand), Some([500, 990, 999, 1000]));
        assert_eq!(percentiles(&[7]), Some([7; 4]));
        assert_eq!(percentiles(&[]), None);
    }
}
