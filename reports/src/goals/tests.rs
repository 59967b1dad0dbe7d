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
