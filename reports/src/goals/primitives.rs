//! The goals of semaphores and events.

use latchless_bench::workload::primitive::{Work, Workload};

use super::{Goal, Pair, ratio_goal, trip_goal, unjudged};
use crate::{
    analysis::{Standing, View},
    document::Document,
    number::times,
    statistics::Ratio,
};

/// How much dearer a hand-off may be with many that wait than with few.
const FLAT: f64 = 1.0 / 1.5;

/// The name of the goal of hand-offs.
const HAND_OFFS: &str = "Hand-offs";

/// Every goal of semaphores and events that this run has figures for.
pub(super) fn goals(document: &Document, views: &[View<'_>]) -> Vec<Goal> {
    let mut goals = Vec::new();
    for view in views {
        let Some(workload) = Workload::named(&view.cell.workload) else {
            continue;
        };
        let title = || workload.title.to_owned();
        let floor = || view.ours().zip(view.floor());
        match workload.work {
            Work::Permits { threads: 1, .. } => goals
                .extend(floor().and_then(|pair| ratio_goal(title(), view, pair, (1.0 / 1.1, 1.0)))),
            Work::Permits { .. } | Work::TaskPermits { .. } => {
                goals.extend(contended(document, view));
            }
            Work::IsSet => {
                goals.extend(floor().and_then(|pair| ratio_goal(title(), view, pair, (0.5, 1.0))))
            }
            Work::SetReset => {
                let pair = view.ours().zip(view.peers().next());
                goals.extend(pair.and_then(|pair| ratio_goal(title(), view, pair, (2.0, 2.0))));
            }
            Work::Wake => {
                let work = format!("{}, p50", title());
                goals.extend(
                    floor().and_then(|pair| trip_goal(work, view, pair, 0, (1.0 / 1.05, 1.0))),
                );
            }
            _ => {}
        }
    }
    goals.extend(hand_offs(views));
    goals.extend(linear(views));
    goals.extend(price_of_order(document, views));
    goals
}

/// In order against the best that keeps the order, barging against the best of all others.
fn contended(document: &Document, view: &View<'_>) -> Vec<Goal> {
    let duels = view.duels(document);
    let goals = duels.iter().filter_map(|duel| {
        let kind = match document.is_fair(duel.ours.name()) {
            true => "in order",
            false => "barging",
        };
        let work = format!("{}, {kind}", view.title());
        ratio_goal(work, view, (duel.ours, duel.peer), (1.0, 1.0))
    });
    goals.collect()
}

/// The dearest hand-off against the cheapest, over all numbers of tasks that wait.
fn hand_offs(views: &[View<'_>]) -> Option<Goal> {
    let steps: Vec<&View<'_>> = of(views, |work| matches!(work, Work::HandOffs { .. }));
    let ours = || steps.iter().filter_map(|view| Some((*view, view.ours()?)));
    let by = |a: &(&View<'_>, &Standing<'_>), b: &(&View<'_>, &Standing<'_>)| {
        a.1.spread.median.total_cmp(&b.1.spread.median)
    };
    let (dearest, cheapest) = (ours().min_by(by)?, ours().max_by(by)?);
    let work = format!(
        "{HAND_OFFS}, dearest of {}: {}",
        steps.len(),
        dearest.0.title()
    );
    (steps.len() > 1).then(|| {
        Some(Goal {
            name: HAND_OFFS.to_owned(),
            ..between(work, dearest, cheapest)?
        })
    })?
}

/// A task woken among the most that wait, against one among fewer, but more than one: with one alone
/// the whole of a set is in the figure.
fn linear(views: &[View<'_>]) -> Option<Goal> {
    let steps = of(views, |work| matches!(work, Work::Wakes { waiting: 2.. }));
    let [few, .., many] = steps[..] else {
        return None;
    };
    let work = format!("{}, each", many.title());
    between(work, (many, many.ours()?), (few, few.ours()?))
}

/// Whether it is shown what serving everybody in the order of coming costs: in so many of the cells in
/// which several threads take permits.
fn price_of_order(document: &Document, views: &[View<'_>]) -> Option<Goal> {
    let met = of(views, |work| {
        matches!(work, Work::Permits { threads: 2.., .. })
    });
    let both = met.iter().filter_map(|view| {
        let of_kind = |fair| view.own().find(|own| document.is_fair(own.name()) == fair);
        Some((
            *view,
            Ratio::of(&of_kind(true)?.spread, &of_kind(false)?.spread)?.value,
        ))
    });
    let both: Vec<_> = both.collect();
    let (view, least) = both.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let name = "The price of order is shown".to_owned();
    let measured = both.len() as f64 / met.len() as f64;
    Some(Goal {
        work: format!(
            "{name}: the dearest {} barging, in {}",
            times(*least),
            view.title()
        ),
        name,
        against: format!("{} of {} cells", both.len(), met.len()),
        must: 1.0,
        aim: 1.0,
        measured,
        range: None,
        unjudged: None,
    })
}

fn of<'v, 'a>(views: &'v [View<'a>], wanted: impl Fn(Work) -> bool) -> Vec<&'v View<'a>> {
    let is =
        |view: &&View<'_>| Workload::named(&view.cell.workload).is_some_and(|one| wanted(one.work));
    views.iter().filter(is).collect()
}

/// Two cells of one run, so not interleaved with each other.
fn between<'v, 'a>(
    work: String,
    (view, ours): (&'v View<'a>, &'v Standing<'a>),
    (other, theirs): (&'v View<'a>, &'v Standing<'a>),
) -> Option<Goal> {
    let pair: Pair<'_, '_> = (ours, theirs);
    let goal = ratio_goal(work, view, pair, (FLAT, 1.0))?;
    // What as many tasks do to each other without a semaphore is said beside it.
    let alone = |view: &View<'_>| Some(view.floor()?.spread.median);
    let beside = alone(view).zip(alone(other));
    let beside =
        beside.map(|(here, there)| format!("; with nothing between them {:.2}", here / there));
    let against = format!("its own {}{}", other.title(), beside.unwrap_or_default());
    let unjudged = goal.unjudged.or(unjudged(other.basis, theirs.spread.count));
    Some(Goal {
        against,
        unjudged,
        ..goal
    })
}

#[cfg(test)]
mod tests {
    use super::super::Reached;
    use super::*;
    use crate::synthetic::primitives;

    fn all(document: &Document) -> Vec<Goal> {
        goals(document, &View::all_primitives(document))
    }

    #[test]
    fn every_goal_is_judged_against_its_own_rival() {
        let found = all(&primitives());
        let found: Vec<_> = found
            .iter()
            .map(|goal| (goal.against.as_str(), goal.measured, goal.reached()))
            .collect();
        let expected = [
            ("two additions", 0.96, Reached::Must),
            // Who keeps the order is not held against those that do not.
            ("tokio", 2.0, Reached::Aim),
            ("sem_t", 0.5, Reached::Missed),
            ("a load", 0.62, Reached::Must),
            ("listener", 2.2, Reached::Aim),
            // Percentiles are whole nanoseconds of rounds with whole items.
            ("a load", 1.0526, Reached::Aim),
            (
                "its own Semaphore, 1 task waiting; with nothing between them 0.83",
                0.71,
                Reached::Must,
            ),
            ("its own Event, 100 tasks waiting", 0.5, Reached::Missed),
            ("1 of 1 cells", 1.0, Reached::Aim),
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, (against, measured, reached)) in found.iter().zip(expected) {
            assert_eq!((found.0, found.2), (against, reached), "{found:?}");
            assert!((found.1 / measured - 1.0).abs() < 0.02, "{found:?}");
        }
    }
}
