//! The goals of unbounded queues and channels.

use latchless_bench::workload::{Shape, unbounded::Work};

use super::{Goal, Pair, ratio_goal, unstopped};
use crate::{
    analysis::{View, unbounded::Taken},
    document::Document,
    number::bytes,
    stall::Sweep,
};

const KANAL: [&str; 1] = ["kanal"];
const SEG_QUEUE: [&str; 1] = ["crossbeam-queue"];
const CLOSEST: [&str; 3] = ["crossbeam-queue", "concurrent-queue", "kanal"];

/// Bytes that an item of a long backlog may take.
const EACH: f64 = 20.0;
/// Bytes that an empty queue may take.
const EMPTY: f64 = 2048.0;

/// Every goal of unbounded queues that this run has figures for.
pub(super) fn goals(document: &Document, views: &[View<'_>], sweeps: &[Sweep<'_>]) -> Vec<Goal> {
    let usual = |view: &&View<'_>| {
        let work = view.unbounded_work();
        work.is_some_and(|work| work.usual_credit() == view.cell.capacity)
    };
    let mut goals = Vec::new();
    for view in views.iter().filter(usual) {
        let ratio = |crates: &[&str], least: f64| {
            let pair = against(document, view, crates)?;
            ratio_goal(view.title(), view, pair, (least, least))
        };
        match view.unbounded_work() {
            Some(Work::Tried(Shape::Pairs { threads: 1 })) => {
                let each = [(&KANAL, 1.0), (&SEG_QUEUE, 1.7)];
                goals.extend(each.iter().filter_map(|(rival, least)| {
                    let goal = ratio(&rival[..], *least)?;
                    let name = format!("{}, against {}", goal.name, goal.against);
                    Some(Goal { name, ..goal })
                }));
            }
            Some(Work::Tried(Shape::Flow { .. })) => goals.extend(ratio(&CLOSEST, 1.3)),
            Some(Work::Blocking { .. }) => goals.extend(ratio(&KANAL, 1.3)),
            Some(Work::Tried(_)) | None => {}
        }
    }
    goals.extend(Taken::ours(&Taken::all(document)).iter().flat_map(memory));
    goals.extend(unstopped(sweeps).map(|goal| Goal {
        name: format!("Unbounded: {}", goal.name),
        work: format!("Unbounded: {}", goal.work),
        ..goal
    }));
    goals
}

/// Ours, and the fastest contender from one of `crates`.
fn against<'v, 'a>(
    document: &Document,
    view: &'v View<'a>,
    crates: &[&str],
) -> Option<Pair<'v, 'a>> {
    let mut peers = view.peers();
    let from = |name: &str| {
        let origin = document.unbounded_origin(name);
        origin.is_some_and(|origin| crates.contains(&origin))
    };
    let theirs = peers.find(|peer| from(peer.name()))?;
    Some((view.ours()?, theirs))
}

/// How many times less it takes than it may.
fn memory(ours: &Taken<'_>) -> [Goal; 3] {
    let goal = |name: String, work: String, against: String, measured: f64| Goal {
        name,
        work,
        against,
        must: 1.0,
        aim: 1.0,
        measured,
        range: None,
        unjudged: None,
    };
    let title = |what: &str| format!("Unbounded, {what}");
    let plain = |what: &str, against: String, measured: f64| {
        goal(title(what), title(what), against, measured)
    };
    let (allocations, none) = (ours.memory.allocations, "none".to_owned());
    let asked = title("allocations in a million operations");
    let work = format!("{asked}: {allocations}");
    let never = if allocations == 0 { 1.0 } else { 0.0 };
    [
        plain(
            "bytes of an item in a long backlog",
            format!("{EACH:.0} bytes"),
            EACH / ours.each(),
        ),
        plain(
            "an empty queue",
            bytes(EMPTY as u64),
            EMPTY / ours.memory.used_bytes.max(1) as f64,
        ),
        goal(asked, work, none, never),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Reached;
    use super::*;
    use crate::synthetic::{stalled, unbounded};

    fn all(document: &Document) -> Vec<Goal> {
        let sweeps = Sweep::all_unbounded(document);
        goals(document, &View::all_unbounded(document), &sweeps)
    }

    #[test]
    fn every_goal_is_judged_against_its_own_rival() {
        let found: Vec<_> = all(&unbounded())
            .iter()
            .map(|goal| (goal.against.clone(), goal.measured, goal.reached()))
            .collect();
        let expected = [
            ("kanal", 0.9, Reached::Missed),
            ("SegQueue", 2.0, Reached::Aim),
            // Not the linked list, which is faster: it is no part of the goal.
            ("ConcurrentQueue", 1.5, Reached::Aim),
            ("kanal", 1.2, Reached::Missed),
            ("20 bytes", 1.25, Reached::Aim),
            ("2.00\u{a0}KiB", 2.0, Reached::Aim),
            ("none", 1.0, Reached::Aim),
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, (against, measured, reached)) in found.iter().zip(expected) {
            assert_eq!((found.0.as_str(), found.2), (against, reached), "{found:?}");
            assert!((found.1 / measured - 1.0).abs() < 0.02, "{found:?}");
        }
    }

    #[test]
    fn one_allocation_misses_the_goal_and_is_said() {
        let mut document = unbounded();
        document.run.memory[0].allocations = 1;
        let goals = all(&document);
        let goal = goals.iter().find(|goal| goal.against == "none");
        let goal = goal.expect("memory was measured");
        assert_eq!(goal.reached(), Reached::Missed);
        assert!(goal.work.ends_with("operations: 1"), "{}", goal.work);
    }

    #[test]
    fn the_worst_stop_decides_here_too() {
        let mut document = unbounded();
        document.run.stalled_unbounded = vec![stalled("ours", &[1.0, 0.5, 1.1])];
        let goals = all(&document);
        let goal = goals.last().expect("a thread was stopped");
        assert!(goal.work.starts_with("Unbounded: One thread stopped"));
        assert_eq!(goal.reached(), Reached::Missed);
    }

    #[test]
    fn other_credits_are_no_goals() {
        let mut document = unbounded();
        for cell in &mut document.run.unbounded {
            cell.capacity += 1;
        }
        document.run.memory.clear();
        assert!(all(&document).is_empty());
    }
}
