//! The goals of the bounded queue.

use latchless_bench::record::Cell;

use super::{Goal, against, ratio_goal, unjudged, unstopped, worst};
use crate::{
    analysis::{View, workload_title},
    document::{Document, Side},
    fairness::STARVED,
    number::{duration, percent},
    stall::Sweep,
};

/// The crates whose best result a goal is measured against.
const CLOSEST: [&str; 5] = [
    "crossbeam-queue",
    "concurrent-queue",
    "thingbuf",
    "heapless",
    "kanal",
];
const ARRAY_QUEUE: [&str; 1] = ["crossbeam-queue"];
const SCQ: [&str; 1] = ["lfqueue"];

/// Workload, capacity, crates to beat, ratio that must be reached, ratio aimed at; payload `u64`.
type Target = (&'static str, usize, &'static [&'static str], f64, f64);
const TARGETS: [Target; 11] = [
    ("uncontended", 1024, &ARRAY_QUEUE, 1.0, 1.3),
    ("spsc", 64, &CLOSEST, 1.5, 2.0),
    ("spsc", 1024, &CLOSEST, 1.3, 2.0),
    ("spsc", 65536, &CLOSEST, 1.0, 1.5),
    ("mpsc-4+1", 1024, &CLOSEST, 1.3, 1.6),
    ("spmc-1+4", 1024, &CLOSEST, 1.3, 1.6),
    ("mpmc-2+2", 1024, &CLOSEST, 1.3, 1.6),
    ("mpmc-4+4", 1024, &CLOSEST, 1.2, 1.5),
    ("mpmc-16+16", 1024, &CLOSEST, 1.0, 1.3),
    ("pairs-2", 1024, &CLOSEST, 1.1, 1.4),
    ("pairs-16", 1024, &CLOSEST, 1.1, 1.4),
];

/// The name of the goal of threads that starve.
const SLOWEST: &str = "Slowest thread";

/// Every goal of the bounded queue that this run has figures for.
pub(super) fn goals(document: &Document, views: &[View<'_>], sweeps: &[Sweep<'_>]) -> Vec<Goal> {
    let targets = TARGETS
        .iter()
        .filter_map(|target| targeted(document, views, target));
    let mut goals: Vec<Goal> = targets.collect();
    goals.extend(worst("[u64; 8]", (0.9, 1.5), views, |view| {
        let wide = view.cell.payload == "[u64; 8]";
        against(document, view, if wide { &ARRAY_QUEUE } else { &[] })
    }));
    goals.extend(worst(
        "Through a shared reference",
        (0.8, 0.95),
        views,
        |view| {
            let shared = view
                .standings
                .iter()
                .find(|one| one.side == Side::OurOther)?;
            Some((shared, view.ours()?))
        },
    ));
    goals.extend(slices(views));
    goals.extend(worst("Contended, against SCQ", (3.0, 5.0), views, |view| {
        against(document, view, if view.is_contended() { &SCQ } else { &[] })
    }));
    goals.extend(crowded(views));
    goals.extend(unstopped(sweeps));
    goals.extend(fair(views));
    goals.extend(late(views));
    goals
}

fn targeted(document: &Document, views: &[View<'_>], target: &Target) -> Option<Goal> {
    let &(workload, capacity, crates, must, aim) = target;
    let is_it = |cell: &Cell| (cell.workload.as_str(), cell.capacity) == (workload, capacity);
    let view = views
        .iter()
        .find(|view| is_it(view.cell) && view.cell.payload == "u64")?;
    let pair = against(document, view, crates)?;
    let work = format!("{}, capacity {capacity}", view.title());
    ratio_goal(work, view, pair, (must, aim))
}

/// Slices against single items: two cells of one run, so not interleaved with each other.
fn slices(views: &[View<'_>]) -> Option<Goal> {
    let sliced = views
        .iter()
        .find(|view| view.cell.workload == "slices-4+4")?;
    let same = |view: &&View<'_>| {
        (view.cell.capacity, &view.cell.payload) == (sliced.cell.capacity, &sliced.cell.payload)
    };
    let mut singles = views.iter().filter(same);
    let single = singles.find(|view| view.cell.workload == "mpmc-4+4")?;
    let work = format!("{}, capacity {}", sliced.title(), sliced.cell.capacity);
    let goal = ratio_goal(work, sliced, (sliced.ours()?, single.ours()?), (1.0, 2.0))?;
    let unjudged = goal
        .unjudged
        .or(unjudged(single.basis, single.ours()?.spread.count));
    let against = format!("its own {}", workload_title("mpmc-4+4"));
    Some(Goal {
        name: sliced.title(),
        unjudged,
        against,
        ..goal
    })
}

/// Many threads on few cores against few: whether there is a collapse.
fn crowded(views: &[View<'_>]) -> Option<Goal> {
    let find = |name: &str| {
        let is_it =
            |view: &&View<'_>| (view.cell.workload.as_str(), view.group()) == (name, (1024, "u64"));
        views.iter().find(is_it)
    };
    let (many, few) = (find("mpmc-16+16")?, find("mpmc-2+2")?);
    let goal = ratio_goal(many.title(), many, (many.ours()?, few.ours()?), (0.5, 1.0))?;
    let unjudged = goal
        .unjudged
        .or(unjudged(few.basis, few.ours()?.spread.count));
    Some(Goal {
        name: "No collapse".to_owned(),
        work: format!("No collapse: {}", many.title()),
        against: format!("its own {}", few.title()),
        unjudged,
        ..goal
    })
}

/// Whether it is shown how late the slowest operations are: in so many of the cells in which threads
/// meet.
fn late(views: &[View<'_>]) -> Option<Goal> {
    let met = views.iter().filter(|view| view.is_contended());
    let ours = met.filter_map(|view| Some((view, view.ours()?)));
    let ours: Vec<_> = ours.collect();
    let sampled = ours
        .iter()
        .filter_map(|(view, ours)| Some((*view, ours.latency()?[1])));
    let sampled: Vec<_> = sampled.collect();
    let (view, p99) = sampled.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let name = "p99 of one operation is shown".to_owned();
    let place = format!("{}, capacity {}", view.title(), view.cell.capacity);
    Some(Goal {
        work: format!("{name}: at most {}, in {place}", duration(*p99)),
        name,
        against: format!("{} of {} cells", sampled.len(), ours.len()),
        must: 1.0,
        aim: 1.0,
        measured: sampled.len() as f64 / ours.len() as f64,
        range: None,
        unjudged: None,
    })
}

/// The slowest thread's share of the fastest's, by the median round of the worst cell. A cell in
/// which threads starve without any queue can blame none.
fn fair(views: &[View<'_>]) -> Option<Goal> {
    let judged = |view: &View<'_>| view.control().is_some_and(|none| none.median() >= STARVED);
    let shares = views
        .iter()
        .filter_map(|view| Some((view, view.ours()?.shares()?)));
    let shares: Vec<_> = shares.collect();
    let (view, share) = shares.iter().min_by(|a, b| {
        let worst = a.1.median().total_cmp(&b.1.median());
        judged(b.0).cmp(&judged(a.0)).then(worst)
    })?;
    let unjudged = (!judged(view)).then(|| match view.control() {
        Some(none) => format!("{} without any queue", percent(none.median())),
        None => "there was no control".to_owned(),
    });
    let place = format!("{}, capacity {}", view.title(), view.cell.capacity);
    Some(Goal {
        name: SLOWEST.to_owned(),
        work: format!("{SLOWEST}, worst of {}: {place}", shares.len()),
        against: "the fastest thread of its kind".to_owned(),
        must: STARVED,
        aim: STARVED,
        measured: share.median(),
        range: Some((share.rounds.lower, share.rounds.upper)),
        unjudged,
    })
}
