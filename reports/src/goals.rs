//! The goals that the library was built to, and how far this run is from each.

mod pipes;
mod primitives;
mod unbounded;
mod waiting;

use latchless_bench::record::Cell;

use crate::{
    analysis::{Basis, GOAL_ROUNDS, Standing, View, Views, workload_title},
    document::{Document, Side},
    fairness::STARVED,
    number::percent,
    stall::Sweep,
    statistics::Ratio,
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

/// One line of the table of goals.
#[derive(Debug)]
pub struct Goal {
    /// What is compared.
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
    let views = &all.queues[..];
    let targets = TARGETS
        .iter()
        .filter_map(|target| targeted(document, views, target));
    let mut goals: Vec<Goal> = targets.collect();
    goals.extend(worst("[u64; 8], worst of", (0.9, 1.5), views, |view| {
        let wide = view.cell.payload == "[u64; 8]";
        against(document, view, if wide { &ARRAY_QUEUE } else { &[] })
    }));
    goals.extend(worst(
        "Through a shared reference, worst of",
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
    goals.extend(worst("Contended, worst of", (3.0, 5.0), views, |view| {
        against(document, view, if view.is_contended() { &SCQ } else { &[] })
    }));
    goals.extend(waiting::goals(document, &all.waiting));
    goals.extend(primitives::goals(document, &all.primitives));
    goals.extend(pipes::goals(document, &all.pipes));
    goals.extend(unbounded::goals(document, &all.unbounded, unbounded_sweeps));
    goals.extend(unstopped(sweeps));
    goals.extend(fair(views));
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
    label: &str,
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
    worst.work = format!("{label} {count}: {}", worst.work);
    Some(worst)
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
        unjudged,
        against,
        ..goal
    })
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
        work: format!(
            "One thread stopped, worst stop: {operation}, instruction {instruction}, {share}"
        ),
        against,
        must: 0.9,
        aim: 1.0,
        measured: measured(worst),
        range: None,
        unjudged,
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
        work: format!("Slowest thread, worst of {}: {place}", shares.len()),
        against: "the fastest thread of its kind".to_owned(),
        must: STARVED,
        aim: STARVED,
        measured: share.median(),
        range: Some((share.rounds.lower, share.rounds.upper)),
        unjudged,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{OURS, cell, complete, document, fair, stalled};

    fn all(document: &Document) -> Vec<Goal> {
        goals(
            document,
            &Views::of(document),
            &Sweep::all(document),
            &Sweep::all_unbounded(document),
        )
    }

    fn one(document: &Document, work: &str) -> Goal {
        let found = all(document)
            .into_iter()
            .find(|goal| goal.work.starts_with(work));
        found.unwrap_or_else(|| panic!("no goal for {work}"))
    }

    #[test]
    fn a_goal_is_judged_against_its_own_peers_and_not_against_all() {
        let medians = [(OURS, 75.0), ("Mutex<VecDeque>", 500.0), ("kanal", 50.0)];
        let goal = one(&document(vec![cell("mpmc-4+4", 8, &medians)]), "MPMC 4+4");
        assert_eq!((goal.against.as_str(), goal.measured), ("kanal", 1.5));
        assert_eq!(goal.reached(), Reached::Aim);
    }

    #[test]
    fn between_must_and_aim_is_reached_and_below_must_is_missed() {
        for (ours, reached) in [(65.0, Reached::Must), (59.0, Reached::Missed)] {
            let medians = [(OURS, ours), ("kanal", 50.0)];
            let goal = one(&document(vec![cell("mpmc-4+4", 8, &medians)]), "MPMC 4+4");
            assert_eq!(goal.reached(), reached);
        }
    }

    #[test]
    fn fewer_rounds_than_a_goal_needs_leave_it_unjudged() {
        let mut cell = cell("mpmc-4+4", 8, &[(OURS, 75.0), ("kanal", 50.0)]);
        cell.series[1].rounds.truncate(GOAL_ROUNDS - 1);
        let goal = one(&document(vec![cell]), "MPMC 4+4");
        assert_eq!(goal.reached(), Reached::Unjudged);
        assert_eq!(goal.unjudged.as_deref(), Some("14 rounds only"));
    }

    #[test]
    fn the_worst_stop_decides_about_the_stalled_peer() {
        let mut document = complete();
        document.run.stalled = vec![stalled(OURS, &[1.0, 0.5, 1.1])];
        let goal = one(&document, "One thread stopped");
        assert_eq!((goal.measured, goal.reached()), (0.5, Reached::Missed));
        assert!(goal.work.ends_with("push, instruction 1, 50\u{a0}%"));
        let against = "the worst of 3 watches with it stopped before, 100\u{a0}%";
        assert_eq!(goal.against, against);
    }

    #[test]
    fn a_machine_on_which_watches_are_slow_anyway_is_no_fault_of_a_stop() {
        let mut document = complete();
        let mut record = stalled(OURS, &[1.0, 0.5, 1.1]);
        record.before[0].items = 500;
        document.run.stalled = vec![record];
        let goal = one(&document, "One thread stopped");
        assert_eq!((goal.measured, goal.reached()), (1.0, Reached::Aim));
        document.run.stalled[0].before.clear();
        let goal = one(&document, "One thread stopped");
        assert_eq!((goal.measured, goal.reached()), (0.5, Reached::Unjudged));
    }

    #[test]
    fn the_shared_form_is_measured_against_the_handle() {
        let goal = one(
            &complete(),
            "Through a shared reference, worst of 1: Uncontended",
        );
        assert_eq!(goal.reached(), Reached::Must);
        assert!((goal.measured - 130.0 / 150.0).abs() < 1e-4);
    }
    #[test]
    fn the_worst_cell_decides_about_fairness_but_not_where_all_starve_anyway() {
        let dealt = |name, ours: f64, control: f64| {
            let mut cell = cell(name, 8, &[(OURS, 75.0)]);
            cell.series[0].fair = fair(&[ours; 3]);
            cell.fair_control = fair(&[control; 3]);
            cell
        };
        let cells = vec![
            dealt("mpmc-4+4", 0.8, 0.9),
            dealt("mpsc-4+1", 0.6, 0.9),
            dealt("pairs-16", 0.1, 0.3),
        ];
        let goal = one(&document(cells), "Slowest thread");
        assert_eq!(
            goal.work,
            "Slowest thread, worst of 3: MPSC 4+1, capacity 1024"
        );
        assert_eq!((goal.measured, goal.reached()), (0.6, Reached::Aim));

        let goal = one(
            &document(vec![dealt("mpmc-4+4", 0.4, 0.9)]),
            "Slowest thread",
        );
        assert_eq!(goal.reached(), Reached::Missed);
        let goal = one(
            &document(vec![dealt("pairs-16", 0.1, 0.3)]),
            "Slowest thread",
        );
        assert_eq!(goal.reached(), Reached::Unjudged);
        let why = goal.unjudged.expect("it says why");
        assert_eq!(why, "30\u{a0}% without any queue");
    }

    #[test]
    fn rounds_for_throughput_say_nothing_about_fairness() {
        let document = document(vec![cell("mpmc-4+4", 8, &[(OURS, 75.0)])]);
        let none = |goal: &Goal| !goal.work.starts_with("Slowest thread");
        assert!(all(&document).iter().all(none));
    }
}
