//! The goals of pipes.

use latchless_bench::{record::Distance, workload::pipe::Work};

use super::{Goal, Pair, ratio_goal, trip_goal, unjudged};
use crate::{
    analysis::{Basis, View, primitives::nanos},
    document::Document,
    statistics::Ratio,
};

const RTRB: [&str; 1] = ["rtrb"];
const SYSTEM: [&str; 1] = ["system"];
const TOKIO: [&str; 1] = ["tokio"];
/// Whose answers come fast, each in its own way.
const ANSWERING: [&str; 3] = ["rtrb", "crossbeam-channel", "system"];

/// What a value of a slice may take between two cores.
const SLICED_NANOS: f64 = 1.2;

/// Every goal of pipes that this run has figures for.
pub(super) fn goals(document: &Document, views: &[View<'_>]) -> Vec<Goal> {
    let mut goals = Vec::new();
    for view in views {
        let Some(work) = view.pipe_work() else {
            continue;
        };
        if view.cell.capacity != work.usual_capacity() {
            continue;
        }
        let title = || view.title();
        let ratio = |crates: &[&str], least: f64| {
            let pair = against(document, view, crates)?;
            ratio_goal(title(), view, pair, (least, least))
        };
        match work {
            Work::Items => {
                goals.extend(ratio(&RTRB, 2.0));
                goals.extend(against(document, view, &RTRB).and_then(|pair| far(view, pair, 2.0)));
            }
            Work::Slices => {
                goals.extend(ratio(&RTRB, 1.2));
                goals.extend(absolute(view));
            }
            Work::RoundTrip => {
                let pair = fastest_answer(document, view);
                let work = format!("{}, p50", title());
                goals.extend(pair.and_then(|pair| trip_goal(work, view, pair, 0, (1.0, 1.0))));
            }
            Work::Bytes => goals.extend(ratio(&SYSTEM, 3.0)),
            Work::AsyncBytes => goals.extend(ratio(&TOKIO, 2.0)),
            Work::Blocking => {}
        }
    }
    goals
}

/// Ours, and the fastest contender from one of `crates`.
fn against<'v, 'a>(
    document: &Document,
    view: &'v View<'a>,
    crates: &[&str],
) -> Option<Pair<'v, 'a>> {
    let mut peers = view.peers();
    let theirs = peers.find(|peer| is_from(document, peer.name(), crates))?;
    Some((view.ours()?, theirs))
}

fn is_from(document: &Document, name: &str, crates: &[&str]) -> bool {
    let origin = document.pipe_origin(name);
    origin.is_some_and(|origin| crates.contains(&origin))
}

/// The same ratio where the cores are far from each other.
fn far(view: &View<'_>, (ours, theirs): Pair<'_, '_>, least: f64) -> Option<Goal> {
    let (own, other) = (ours.at(Distance::Far)?, theirs.at(Distance::Far)?);
    let ratio = Ratio::of(&own, &other)?;
    let name = format!("{}, cores far apart", view.title());
    Some(Goal {
        work: name.clone(),
        name,
        against: theirs.name().to_owned(),
        must: least,
        aim: least,
        measured: ratio.value,
        range: Some((ratio.low, ratio.high)),
        unjudged: unjudged(Basis::Near, own.count.min(other.count)),
    })
}

/// How many times faster a value of a slice is than it must be.
fn absolute(view: &View<'_>) -> Option<Goal> {
    let ours = view.ours()?;
    let name = format!("{}, each value", view.title());
    Some(Goal {
        work: name.clone(),
        name,
        against: format!("{SLICED_NANOS} ns"),
        must: 1.0,
        aim: 1.0,
        measured: SLICED_NANOS / nanos(ours.spread.median),
        range: Some((
            SLICED_NANOS / nanos(ours.spread.lower),
            SLICED_NANOS / nanos(ours.spread.upper),
        )),
        unjudged: unjudged(view.basis, ours.spread.count),
    })
}

/// Ours, and whoever of those that answer fast has the lowest p50.
fn fastest_answer<'v, 'a>(document: &Document, view: &'v View<'a>) -> Option<Pair<'v, 'a>> {
    let p50 = |one: &crate::analysis::Standing<'_>| {
        one.round_trip().map_or(f64::INFINITY, |times| times[0])
    };
    let peers = view.peers();
    let peers = peers.filter(|peer| is_from(document, peer.name(), &ANSWERING));
    Some((
        view.ours()?,
        peers.min_by(|a, b| p50(a).total_cmp(&p50(b)))?,
    ))
}

#[cfg(test)]
mod tests {
    use super::super::Reached;
    use super::*;
    use crate::synthetic::pipes;

    fn all(document: &Document) -> Vec<Goal> {
        goals(document, &View::all_pipes(document))
    }

    #[test]
    fn every_goal_is_judged_against_its_own_rival() {
        let found: Vec<_> = all(&pipes())
            .iter()
            .map(|goal| (goal.against.clone(), goal.measured, goal.reached()))
            .collect();
        let expected = [
            ("rtrb", 3.0, Reached::Aim),
            ("rtrb", 1.1, Reached::Missed),
            ("1.2 ns", 1.2, Reached::Aim),
            // Not kanal, which is faster: it is no part of the goal.
            ("crossbeam-channel", 2.0, Reached::Aim),
            ("OS pipe", 4.0, Reached::Aim),
            ("tokio duplex", 1.5, Reached::Missed),
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, (against, measured, reached)) in found.iter().zip(expected) {
            assert_eq!((found.0.as_str(), found.2), (against, reached), "{found:?}");
            assert!((found.1 / measured - 1.0).abs() < 0.02, "{found:?}");
        }
    }

    #[test]
    fn far_rounds_are_judged_by_themselves() {
        let mut document = pipes();
        let items = &mut document.run.pipes[0];
        for series in &mut items.series {
            let mut far = series.rounds.clone();
            for round in &mut far {
                round.distance = Distance::Far;
                // Ours loses more by the distance than the others.
                let by = if series.contender == "our pipe" { 4 } else { 2 };
                round.nanos *= by;
            }
            series.rounds.extend(far);
        }
        let goals = all(&document);
        let far = goals.iter().find(|goal| goal.work.ends_with("far apart"));
        let far = far.expect("there are far rounds of both");
        assert_eq!(far.reached(), Reached::Missed);
        assert!((far.measured - 1.5).abs() < 0.02, "{far:?}");
        assert_eq!(goals[0].reached(), Reached::Aim, "near stays what it was");
    }

    #[test]
    fn other_capacities_are_no_goals() {
        let mut document = pipes();
        for cell in &mut document.run.pipes {
            cell.capacity += 1;
        }
        assert!(all(&document).is_empty());
    }
}
