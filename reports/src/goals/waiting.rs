//! The goals of the calls that wait.

use latchless_bench::workload::waiting::{ASYNC, BLOCKING, FAST_PATH, IDLE};

use super::{Goal, Pair, against, ratio_goal, trip_goal, worst};
use crate::{
    analysis::{Standing, View},
    document::Document,
};

const ONE_CORE: &str = "blocking-one-core-16+16";
const SPINNING: &str = "round-trip-spinning";
const PARKED: &str = "round-trip-parked";

const CROSSBEAM: [&str; 1] = ["crossbeam-channel"];
const FASTEST_AWAKE: [&str; 2] = ["crossbeam-channel", "kanal"];

/// Every goal of waiting that this run has figures for.
pub(super) fn goals(document: &Document, views: &[View<'_>]) -> Vec<Goal> {
    let mut goals: Vec<Goal> = views.iter().filter_map(blocking).collect();
    goals.extend(at_capacity_one(document, views));
    goals.extend(tasks(document, views, &["async-channel", "flume"], 1.5));
    goals.extend(tasks(document, views, &["kanal"], 1.3));
    goals.extend(round_trips(document, views));
    let named = |name: &'static str| views.iter().filter(move |view| view.cell.workload == name);
    goals.extend(named(ONE_CORE).filter_map(|view| {
        let pair = against(document, view, &CROSSBEAM)?;
        let work = format!("{}, capacity {}", view.title(), view.cell.capacity);
        ratio_goal(work, view, pair, (5.0, 5.0))
    }));
    goals.extend(worst("Cost of waiting", (1.0, 1.0), views, |view| {
        let idle = view.cell.workload.starts_with(IDLE);
        Some((view.ours()?, view.peers().next().filter(|_| idle)?))
    }));
    goals.extend(named(FAST_PATH).filter_map(|view| {
        let work = "Calls that may wait, where nobody has to".to_owned();
        // Within 1.05 of the try form's time.
        let pair = (view.ours()?, view.own_try()?);
        ratio_goal(work, view, pair, (1.0 / 1.05, 1.0))
    }));
    goals
}

/// Threads that wait, each flow at the two larger capacities: against whoever is the fastest.
fn blocking(view: &View<'_>) -> Option<Goal> {
    if !flow(view) || ![64, 1024].contains(&view.cell.capacity) {
        return None;
    }
    let work = format!("{}, capacity {}", view.title(), view.cell.capacity);
    let pair = (view.ours()?, view.peers().next()?);
    ratio_goal(work, view, pair, (1.3, 1.3))
}

/// Threads that wait for each other, each wherever the system likes.
fn flow(view: &View<'_>) -> bool {
    view.cell.workload.starts_with(BLOCKING) && view.cell.workload != ONE_CORE
}

fn at_capacity_one(document: &Document, views: &[View<'_>]) -> Option<Goal> {
    worst("Blocking, capacity 1", (1.0, 1.0), views, |view| {
        let wanted = flow(view) && view.cell.capacity == 1;
        against(document, view, &CROSSBEAM).filter(|_| wanted)
    })
}

fn tasks(document: &Document, views: &[View<'_>], crates: &[&str], must: f64) -> Option<Goal> {
    let name = format!("Tasks, against {}", crates.join(" and "));
    worst(&name, (must, must), views, |view| {
        let wanted = view.cell.workload.starts_with(ASYNC);
        against(document, view, crates).filter(|_| wanted)
    })
}

/// Percentiles of round trips; a ratio above 1 means that ours takes less time.
fn round_trips(document: &Document, views: &[View<'_>]) -> Vec<Goal> {
    let mut goals = Vec::new();
    for view in views {
        let title = view.title();
        match view.cell.workload.as_str() {
            SPINNING => {
                let p50 = awake(document, view, 0);
                goals.extend(p50.and_then(|pair| {
                    trip_goal(format!("{title}, p50"), view, pair, 0, (1.25, 1.25))
                }));
                let p999 = awake(document, view, 2);
                goals.extend(p999.and_then(|pair| {
                    trip_goal(format!("{title}, p99.9"), view, pair, 2, (1.0, 1.0))
                }));
            }
            PARKED => {
                let pair = view.ours().zip(view.floor());
                goals.extend(pair.and_then(|pair| {
                    trip_goal(format!("{title}, p50"), view, pair, 0, (1.0 / 1.05, 1.0))
                }));
            }
            _ => {}
        }
    }
    goals
}

/// Ours, and the best at that percentile of those who are fast while awake.
fn awake<'v, 'a>(document: &Document, view: &'v View<'a>, at: usize) -> Option<Pair<'v, 'a>> {
    let time = |one: &&Standing<'_>| one.round_trip().map_or(f64::INFINITY, |times| times[at]);
    let fast = view.peers().filter(|peer| {
        let origin = document.origin(peer.name());
        origin.is_some_and(|origin| FASTEST_AWAKE.contains(&origin))
    });
    Some((
        view.ours()?,
        fast.min_by(|a, b| time(a).total_cmp(&time(b)))?,
    ))
}

#[cfg(test)]
mod tests {
    use super::super::Reached;
    use super::*;
    use crate::synthetic::{document, waiting};

    fn all() -> Vec<Goal> {
        let mut document = document(Vec::new());
        document.run.waiting = waiting();
        goals(&document, &View::all_waiting(&document))
    }

    #[test]
    fn every_goal_is_judged_against_its_own_rival() {
        let found: Vec<_> = all()
            .iter()
            .map(|goal| (goal.against.clone(), goal.measured, goal.reached()))
            .collect();
        let expected = [
            ("kanal", 1.5, Reached::Aim),
            ("kanal", 0.5, Reached::Missed),
            ("crossbeam-channel", 2.0, Reached::Aim),
            ("flume", 1.2, Reached::Missed),
            ("kanal", 1.5, Reached::Aim),
            ("crossbeam-channel", 2.0, Reached::Aim),
            ("crossbeam-channel", 2.0, Reached::Aim),
            ("bare futex", 1.0, Reached::Aim),
            ("crossbeam-channel", 4.0, Reached::Missed),
            ("kanal", 0.8, Reached::Missed),
            ("latchless (try)", 0.98, Reached::Must),
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, (against, measured, reached)) in found.iter().zip(expected) {
            assert_eq!((found.0.as_str(), found.2), (against, reached), "{found:?}");
            assert!((found.1 / measured - 1.0).abs() < 0.01, "{found:?}");
        }
    }

    #[test]
    fn fewer_rounds_than_a_goal_needs_leave_a_round_trip_unjudged() {
        let mut document = document(Vec::new());
        document.run.waiting = waiting();
        for series in document
            .run
            .waiting
            .iter_mut()
            .flat_map(|cell| &mut cell.series)
        {
            series.rounds.truncate(3);
        }
        let goals = goals(&document, &View::all_waiting(&document));
        let unjudged = goals
            .iter()
            .filter(|goal| goal.reached() == Reached::Unjudged);
        assert_eq!(unjudged.count(), goals.len());
    }
}
