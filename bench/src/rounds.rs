//! The rounds of one cell: interleaved, bracketed, checked. See [`measure`](crate::measure).
#![forbid(unsafe_code)]

use std::time::Duration;

use crate::cores::{self, Ticks};
use crate::line;
use crate::measure::{AGAIN, Error};
use crate::progress::Meter;
use crate::record::{Cell, Distance, Round, Series};
use crate::workload::{Outcome, Wrong};

/// What a round costs beside its timed part: threads, the two line ping-pongs, the checks.
const PER_ROUND: Duration = Duration::from_millis(1);

/// Who takes part in a cell.
pub(crate) struct Taker {
    /// The name of its series.
    pub(crate) name: String,
    /// Whether this project answers for it.
    pub(crate) ours: bool,
    /// Runs it once for that long; `Ok(None)` when it cannot serve the cell.
    pub(crate) run: Run,
}

/// One run of a contender for that long.
pub(crate) type Run = Box<dyn Fn(Duration) -> Result<Option<Outcome>, Wrong>>;

/// What is measured, and how often.
pub(crate) struct Frame {
    /// What the cell is.
    pub(crate) workload: String,
    pub(crate) capacity: usize,
    pub(crate) payload: String,
    /// Threads that work.
    pub(crate) threads: usize,
    /// Those of them that only push, or tasks that do.
    pub(crate) producers: usize,
    /// Whether all threads fit the cores.
    pub(crate) fits: bool,
    /// Whether the distance between cores plays a part.
    pub(crate) spaced: bool,
    /// Rounds of each contender.
    pub(crate) rounds: usize,
    /// Time of one.
    pub(crate) time: Duration,
}

impl Frame {
    fn what(&self) -> String {
        match self.payload.as_str() {
            "" => self.workload.clone(),
            payload => format!("{}, {}, {payload}", self.workload, self.capacity),
        }
    }

    /// About how long one round of one contender takes, with all that is around it.
    fn each(&self) -> Duration {
        self.time + PER_ROUND
    }

    /// The planned time of so many contenders.
    pub(crate) fn total(&self, contenders: usize) -> Duration {
        self.each() * (self.rounds * contenders) as u32
    }
}

/// Whether this project answers for a contender of that origin.
pub(crate) fn is_ours(origin: &str) -> bool {
    ["latchless", "baseline", "floor"].contains(&origin)
}

/// A contender's failure as the end of the run.
pub(crate) fn wrong(contender: &str, what: &str) -> impl FnOnce(Wrong) -> Error {
    let (contender, what) = (contender.to_owned(), what.to_owned());
    move |wrong| Error::Wrong {
        contender,
        what,
        wrong,
    }
}

/// The contenders of a cell by the names of their series, the second half of the A/A pair last:
/// of the contender that is named, or of the first when that one does not take part.
pub(crate) fn with_again<E: Copy>(
    again: Option<&str>,
    entries: &[E],
    name: impl Fn(&E) -> &'static str,
) -> Vec<(String, E)> {
    let mut takers: Vec<(String, E)> = entries
        .iter()
        .map(|entry| (name(entry).to_owned(), *entry))
        .collect();
    if let Some(again) = again {
        let named = entries.iter().find(|entry| name(entry) == again);
        if let Some(entry) = named.or(entries.first()) {
            takers.push((format!("{}{AGAIN}", name(entry)), *entry));
        }
    }
    takers
}

/// All rounds of one cell.
pub(crate) fn interleaved(
    frame: &Frame,
    takers: &[Taker],
    meter: &mut Meter<'_, '_>,
) -> Result<Cell, Error> {
    let what = frame.what();
    let available = cores::available();
    let mut measured = Cell {
        workload: frame.workload.clone(),
        capacity: frame.capacity,
        payload: frame.payload.clone(),
        threads: frame.threads,
        pinned: frame.fits,
        series: Vec::new(),
        fair_control: Vec::new(),
    };
    for taker in takers {
        match warm_up(&mut measured, taker, frame.time / 4) {
            Ok(()) => {}
            Err(found) if taker.ours => return Err(wrong(&taker.name, &what)(found)),
            Err(found) => {
                let mut series = Series {
                    contender: taker.name.clone(),
                    rounds: Vec::new(),
                    fair: Vec::new(),
                    absent: None,
                };
                disqualify(&mut series, &found);
                measured.series.push(series);
            }
        }
    }
    let series = &mut measured.series;
    let present = |index: &usize| series[*index].absent.is_none();
    let present: Vec<usize> = (0..series.len()).filter(present).collect();
    for round in 0..frame.rounds {
        meter.skip(frame.each() * (series.len() - present.len()) as u32);
        for place in order(present.len(), round, meter.seed) {
            let index = present[place];
            let taker = &takers[index];
            if meter.next(&what, &taker.name, frame.each()).is_break() {
                return Ok(measured);
            }
            if series[index].absent.is_some() {
                continue;
            }
            let taken = bracketed(taker, frame, &available, meter.sequence);
            meter.sequence += 1;
            match taken {
                Ok(taken) => series[index].rounds.extend(taken),
                Err(found) if taker.ours => return Err(wrong(&taker.name, &what)(found)),
                Err(found) => disqualify(&mut series[index], &found),
            }
        }
    }
    Ok(measured)
}

/// Takes a peer that moved items wrongly out of its cell, and says so instead.
pub(crate) fn disqualify(series: &mut Series, found: &Wrong) {
    series.rounds.clear();
    series.fair.clear();
    series.absent = Some(format!("out, because in one round {found}"));
}

/// Runs a contender once unrecorded and opens its series in `cell`.
fn warm_up(cell: &mut Cell, taker: &Taker, time: Duration) -> Result<(), Wrong> {
    let outcome = (taker.run)(time)?;
    let absent = match &outcome {
        Some(_) => None,
        None => Some(format!(
            "does not serve {} at capacity {}",
            cell.workload, cell.capacity
        )),
    };
    cell.pinned &= outcome.is_none_or(|outcome| outcome.pinned);
    cell.series.push(Series {
        contender: taker.name.clone(),
        rounds: Vec::new(),
        fair: Vec::new(),
        absent,
    });
    Ok(())
}

/// The order of `count` contenders in round `round`: each odd round is the even one before it in
/// reverse, and each such couple starts from another contender. Which neighbours they have follows
/// from `seed`; with 0 it is the order in which reports list them.
pub(crate) fn order(count: usize, round: usize, seed: u64) -> Vec<usize> {
    let mut order = shuffled(count, seed);
    if count > 0 {
        order.rotate_left((round / 2) % count);
    }
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

/// The first so many numbers in an order that follows from `seed`, with 0 in theirs.
fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut all: Vec<usize> = (0..count).collect();
    if seed == 0 {
        return all;
    }
    // Every seed but 0 becomes a number from which xorshift never comes to 0.
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for last in (1..count).rev() {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        all.swap(last, (random % (last as u64 + 1)) as usize);
    }
    all
}

/// One round between two line ping-pongs.
fn bracketed(
    taker: &Taker,
    frame: &Frame,
    available: &[usize],
    sequence: u64,
) -> Result<Option<Round>, Wrong> {
    let line = || match *available {
        [a, b, ..] if frame.spaced => line::one_way_nanos(a, b),
        _ => 0.0,
    };
    let before = line();
    let ticks = Ticks::now();
    let Some(outcome) = (taker.run)(frame.time)? else {
        return Ok(None);
    };
    let steal_ticks = Ticks::now().since(ticks).stolen;
    let line_nanos = [before, line()];
    let distance = if frame.spaced && available.len() > 1 {
        line::distance(line_nanos)
    } else {
        Distance::None
    };
    Ok(Some(Round {
        sequence,
        items: outcome.items,
        nanos: outcome.nanos,
        line_nanos,
        distance,
        per_thread: outcome.per_thread,
        producers: frame.producers,
        latency_nanos: outcome.latency_nanos,
        cpu_nanos: outcome.cpu_nanos,
        steal_ticks,
        waited: outcome.waited,
    }))
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn contenders_meet_in_a_b_b_a_order_from_changing_starts() {
        assert_eq!(order(3, 0, 0), [0, 1, 2]);
        assert_eq!(order(3, 1, 0), [2, 1, 0]);
        assert_eq!(order(3, 2, 0), [1, 2, 0]);
        assert_eq!(order(3, 3, 0), [0, 2, 1]);
        assert_eq!(order(0, 5, 7), [0_usize; 0]);
    }

    #[test]
    fn over_a_whole_turn_every_contender_has_every_place_equally_often() {
        const COUNT: usize = 5;
        for seed in 0..10 {
            let mut places = [[0; COUNT]; COUNT];
            for round in 0..2 * COUNT {
                for (place, contender) in order(COUNT, round, seed).into_iter().enumerate() {
                    places[contender][place] += 1;
                }
            }
            let evenly = places.iter().flatten().all(|&times| times == 2);
            assert!(evenly, "seed {seed}: {places:?}");
        }
    }

    #[test]
    fn seeds_give_other_neighbours_and_the_same_seed_the_same() {
        let all: Vec<_> = (0..20).map(|seed| order(8, 0, seed)).collect();
        assert_eq!(all[3], order(8, 0, 3));
        let mut different = all.clone();
        different.sort_unstable();
        different.dedup();
        assert!(different.len() > 15, "{all:?}");
    }
}
