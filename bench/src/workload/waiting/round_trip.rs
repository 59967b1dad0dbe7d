//! A question there, its answer back: two threads, two queues of one item.
#![forbid(unsafe_code)]

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::super::check::{Totals, same};
use super::super::latency::Clock;
use super::super::run::{Part, Run};
use super::super::{Outcome, Wrong};
use super::Job;
use super::flow::{drain, fill};
use super::threads::{Act, Body, RECEIVES, SENDS, Told, outcome, perform};
use crate::blocking::{Blocking, RecvEnd, SendEnd};
use crate::contender::Payload;
use crate::cores::Sleeper;

/// In the parked form, how long a side waits before it looks whether the other sleeps: longer than anybody
/// here tries before falling asleep (256 times giving the core away are 160 microseconds where nobody
/// else wants it).
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
    let (Some((ask, hear)), Some((answer, listen))) = (pair(), pair()) else {
        return Ok(None);
    };
    between::<P, _, _, _, _>(job, parked, (ask, listen), (answer, hear)).map(Some)
}

/// What one thread sends and what it receives by.
type Ends<S, R> = (S, R);

/// The same between two threads that have their ends: who asks comes first.
pub(in crate::workload) fn between<P, A, L, S, H>(
    job: &Job,
    parked: bool,
    (mut ask, mut listen): Ends<A, L>,
    (mut answer, mut hear): Ends<S, H>,
) -> Result<Outcome, Wrong>
where
    P: Payload,
    A: SendEnd<P>,
    L: RecvEnd<P>,
    S: SendEnd<P>,
    H: RecvEnd<P>,
{
    let capacity = job.capacity;
    let [asker, answerer] = Lull::pair(parked);
    let asking: Body = Box::new(move |part, index| {
        fill::<P, _>(&mut ask, capacity);
        drain::<P, _>(&mut listen, capacity);
        asker.comes();
        asks::<P, _, _>(&mut ask, &mut listen, part, index, &asker)
    });
    let answering: Body = Box::new(move |part, index| {
        drain::<P, _>(&mut hear, capacity);
        fill::<P, _>(&mut answer, capacity);
        answerer.comes();
        answers::<P, _, _>(&mut hear, &mut answer, part, index, &answerer)
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
    Ok(outcome)
}

/// p50, p99, p99.9 and the worst of what is sorted: the smallest value that so many do not exceed.
fn percentiles(sorted: &[u64]) -> Option<[u64; 4]> {
    let at = |per_mille: usize| {
        let rank = (sorted.len() * per_mille).div_ceil(1000).max(1);
        sorted.get(rank - 1).copied()
    };
    Some([at(500)?, at(990)?, at(999)?, at(1000)?])
}

/// How one side lets the other fall asleep, in the parked form.
#[derive(Debug)]
struct Lull {
    parked: bool,
    sides: Arc<[OnceLock<Option<Sleeper>>; 2]>,
    own: usize,
}

impl Lull {
    /// One for either side.
    fn pair(parked: bool) -> [Lull; 2] {
        let sides = Arc::<[OnceLock<Option<Sleeper>>; 2]>::default();
        [0, 1].map(|own| Lull {
            parked,
            sides: Arc::clone(&sides),
            own,
        })
    }

    /// From its own thread, before the common start.
    fn comes(&self) {
        self.sides[self.own].get_or_init(Sleeper::this_thread);
    }

    /// Waits until the other side sleeps; returns how many ticks that took. The core is kept busy, so that its
    /// own sleep is no part of what comes next, except while the other side has not got as far: it may
    /// need this very core.
    fn let_sleep(&self, clock: Clock, run: &Run) -> u64 {
        if !self.parked {
            return 0;
        }
        let before = clock.now();
        keep_busy();
        while self.other_is_awake() && run.goes_on() {
            std::thread::yield_now();
            keep_busy();
        }
        clock.now().saturating_sub(before)
    }

    /// Not where the system does not say: it has had its time.
    fn other_is_awake(&self) -> bool {
        let other = self.sides[1 - self.own].get().and_then(Option::as_ref);
        other.and_then(Sleeper::sleeps) == Some(false)
    }
}

fn keep_busy() {
    let start = std::time::Instant::now();
    while start.elapsed() < ASLEEP {
        std::hint::spin_loop();
    }
}

/// Asks until the run is over. An answer says how many ticks the other side let this one sleep.
#[inline(never)]
fn asks<P: Payload, S: SendEnd<P>, R: RecvEnd<P>>(
    ask: &mut S,
    listen: &mut R,
    part: &Part<'_>,
    index: usize,
    lull: &Lull,
) -> Told {
    let clock = Clock::get();
    let mut trips = Vec::with_capacity(KEPT);
    let mut act = Act::start(part, index);
    let run = part.run;
    let mut next = act.tally.first;
    let last = next + run.limit.min(KEPT as u64);
    while next < last && run.goes_on() {
        lull.let_sleep(clock, run);
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
    lull: &Lull,
) -> Told {
    let clock = Clock::get();
    let mut act = Act::start(part, index);
    let mut heard = Totals::default();
    while let Some(question) = hear.recv() {
        heard.add(question.value());
        let waited = lull.let_sleep(clock, part.run);
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
