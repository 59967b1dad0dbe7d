//! The goals that the library was built to, and how far this run is from each.

pub mod catalogue;
mod pipes;
mod primitives;
mod queues;
mod unbounded;
mod waiting;

use crate::{
    analysis::{Basis, GOAL_ROUNDS, Standing, View, Views},
    document::{Document, Side},
    number::percent,
    stall::Sweep,
    statistics::Ratio,
};

/// The name of the goal of a stopped thread.
const STOPPED: &str = "One thread stopped";

/// One line of the table of goals.
#[derive(Debug)]
pub struct Goal {
    /// Its name, the same in every run.
    pub name: String,
    /// What is compared: the name, and where that was found in this run.
    pub work: String,
    /// With whom.
    pub against: String,
    pub must: f64,
    pub aim: f64,
    /// What was measured, as a multiple.
    pub measured: f64,
    /// Its quartile range, where it has one.
    pub range: Option<(f64, f64)>,
    /// Why it cannot be judged, where it cannot.
    pub unjudged: Option<String>,
}

/// How a goal came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    Aim,
    Must,
    Missed,
    Unjudged,
}

impl Goal {
    pub fn reached(&self) -> Reached {
        if self.unjudged.is_some() {
            Reached::Unjudged
        } else if self.measured >= self.aim {
            Reached::Aim
        } else if self.measured >= self.must {
            Reached::Must
        } else {
            Reached::Missed
        }
    }
}

/// Every goal for which this run has figures.
pub fn goals(
    document: &Document,
    all: &Views<'_>,
    sweeps: &[Sweep<'_>],
    unbounded_sweeps: &[Sweep<'_>],
) -> Vec<Goal> {
    let mut goals = queues::goals(document, &all.queues, sweeps);
    goals.extend(waiting::goals(document, &all.waiting));
    goals.extend(primitives::goals(document, &all.primitives));
    goals.extend(pipes::goals(document, &all.pipes));
    goals.extend(unbounded::goals(document, &all.unbounded, unbounded_sweeps));
    goals
}

/// The two whose medians are divided.
type Pair<'v, 'a> = (&'v Standing<'a>, &'v Standing<'a>);

/// Ours, and the fastest contender from one of `crates`.
fn against<'v, 'a>(
    document: &Document,
    view: &'v View<'a>,
    crates: &[&str],
) -> Option<Pair<'v, 'a>> {
    let from = |peer: &&Standing<'_>| {
        document
            .origin(peer.name())
            .is_some_and(|origin| crates.contains(&origin))
    };
    Some((view.ours()?, view.peers().find(from)?))
}

fn ratio_goal(work: String, view: &View<'_>, pair: Pair<'_, '_>, goal: (f64, f64)) -> Option<Goal> {
    let (ours, theirs) = pair;
    let ratio = Ratio::of(&ours.spread, &theirs.spread)?;
    Some(Goal {
        name: work.clone(),
        work,
        against: theirs.name().to_owned(),
        must: goal.0,
        aim: goal.1,
        measured: ratio.value,
        range: Some((ratio.low, ratio.high)),
        unjudged: unjudged(view.basis, ours.spread.count.min(theirs.spread.count)),
    })
}

/// A percentile of round trips; a ratio above 1 means that ours takes less time.
fn trip_goal(
    work: String,
    view: &View<'_>,
    (ours, theirs): Pair<'_, '_>,
    at: usize,
    (must, aim): (f64, f64),
) -> Option<Goal> {
    let measured = theirs.round_trip()?[at] / ours.round_trip()?[at];
    measured.is_finite().then(|| Goal {
        name: work.clone(),
        work,
        against: theirs.name().to_owned(),
        must,
        aim,
        measured,
        range: None,
        unjudged: unjudged(view.basis, ours.spread.count.min(theirs.spread.count)),
    })
}

fn unjudged(basis: Basis, rounds: usize) -> Option<String> {
    match basis {
        Basis::Unchanged => Some("too few near rounds".to_owned()),
        Basis::Alone | Basis::Near if rounds < GOAL_ROUNDS => Some(format!("{rounds} rounds only")),
        Basis::Alone | Basis::Near => None,
    }
}

/// The worst ratio over all views for which `pair` has an answer.
fn worst<'v, 'a: 'v>(
    name: &str,
    goal: (f64, f64),
    views: &'v [View<'a>],
    pair: impl Fn(&'v View<'a>) -> Option<Pair<'v, 'a>>,
) -> Option<Goal> {
    let goals = views.iter().filter_map(|view| {
        let place = format!("{}, capacity {}", view.title(), view.cell.capacity);
        ratio_goal(place, view, pair(view)?, goal)
    });
    let goals: Vec<Goal> = goals.collect();
    let count = goals.len();
    let mut worst = goals
        .into_iter()
        .min_by(|a, b| a.measured.total_cmp(&b.measured))?;
    worst.work = format!("{name}, worst of {count}: {}", worst.work);
    name.clone_into(&mut worst.name);
    Some(worst)
}

/// The others while one thread is stopped: the least over all stops of ours, against the least over as
/// many watches in which the thread was stopped before its operation.
fn unstopped(sweeps: &[Sweep<'_>]) -> Option<Goal> {
    let ours = sweeps.iter().filter(|sweep| sweep.side == Side::Ours);
    let measured = |sweep: &Sweep<'_>| sweep.against_before().unwrap_or(sweep.least().1);
    let worst = ours.min_by(|a, b| measured(a).total_cmp(&measured(b)))?;
    let (instruction, share) = worst.least();
    let operation = &worst.stalled.operation;
    let (against, unjudged) = match worst.before_range() {
        Some((least, _)) => {
            let count = worst.stalled.before.len();
            let least = percent(least);
            let against = format!("the worst of {count} watches with it stopped before, {least}");
            let halted = worst.against_before().is_none();
            let unjudged = halted.then(|| "with it stopped before they halted too".to_owned());
            (against, unjudged)
        }
        None => {
            let against = "the same threads without it".to_owned();
            (
                against,
                Some("no watches with it stopped before".to_owned()),
            )
        }
    };
    let share = percent(share);
    Some(Goal {
        name: STOPPED.to_owned(),
        work: format!("{STOPPED}, worst stop: {operation}, instruction {instruction}, {share}"),
        against,
        must: 0.9,
        aim: 1.0,
        measured: measured(worst),
        range: None,
        unjudged,
    })
}

#[cfg(test)]
mod tests;
