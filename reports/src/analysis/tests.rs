//! What the standings say of rounds whose figures are known.

use super::*;
use crate::synthetic::{OURS, around, cell, document, series};

#[test]
fn far_rounds_do_not_touch_a_near_median() {
    let mut cell = cell("spsc", 2, &[(OURS, 60.0), ("kanal", 50.0)]);
    let far = series(OURS, Distance::Far, &around(5.0, 41)).rounds;
    cell.series[0].rounds.extend(far);
    let document = document(vec![cell]);
    let views = View::all(&document);
    assert_eq!(views[0].basis, Basis::Near);
    assert_eq!(views[0].ours().unwrap().spread.median, 60.0);
    assert_eq!(
        views[0].ours().unwrap().at(Distance::Far).unwrap().median,
        5.0
    );
}

#[test]
fn too_few_near_rounds_of_anybody_put_the_whole_cell_on_all_unchanged_rounds() {
    let mut cell = cell("spsc", 2, &[(OURS, 60.0)]);
    let mut peer = series("kanal", Distance::Near, &[50.0; FEWEST_NEAR - 1]);
    peer.rounds
        .extend(series("kanal", Distance::Far, &[10.0; 6]).rounds);
    peer.rounds
        .extend(series("kanal", Distance::Changed, &[1.0; 20]).rounds);
    cell.series.push(peer);
    let document = document(vec![cell]);
    let view = &View::all(&document)[0];
    assert_eq!(view.basis, Basis::Unchanged);
    let peer = view.find("kanal").unwrap();
    assert_eq!((peer.spread.median, peer.spread.count), (10.0, 10));
}

#[test]
fn one_thread_has_no_distance() {
    let mut cell = cell("uncontended", 1, &[(OURS, 150.0)]);
    for round in &mut cell.series[0].rounds {
        round.distance = Distance::None;
    }
    let document = document(vec![cell]);
    assert_eq!(View::all(&document)[0].basis, Basis::Alone);
}

#[test]
fn the_duel_is_with_the_fastest_that_is_neither_ours_nor_a_repetition() {
    let medians = [
        ("latchless", 99.0),
        (OURS, 60.0),
        ("kanal", 40.0),
        ("ArrayQueue", 50.0),
        ("kanal (again)", 70.0),
    ];
    let document = document(vec![cell("spsc", 2, &medians)]);
    let view = &View::all(&document)[0];
    let duel = view.duel().unwrap();
    assert_eq!((duel.ours.name(), duel.peer.name()), (OURS, "ArrayQueue"));
    assert_eq!(duel.ratio.value, 1.2);
}

#[test]
fn noise_above_the_usual_raises_what_is_resolved() {
    let medians = [(OURS, 75.0), ("kanal", 50.0), ("kanal (again)", 100.0)];
    let document = document(vec![cell("spsc", 2, &medians)]);
    let view = &View::all(&document)[0];
    assert_eq!((view.noise(), view.threshold()), (Some(2.0), 2.0));
    assert_eq!(view.duel().unwrap().outcome(), Outcome::Unresolved);
}

#[test]
fn a_contender_without_rounds_is_absent_with_its_reason() {
    let mut cell = cell("spsc", 2, &[(OURS, 10.0), ("kanal", 9.0)]);
    cell.series[1].rounds.clear();
    cell.series[1].absent = Some("does not serve this".into());
    let document = document(vec![cell]);
    let view = &View::all(&document)[0];
    assert_eq!(
        view.absent().collect::<Vec<_>>(),
        [("kanal", "does not serve this")]
    );
    assert!(view.duel().is_none());
}

#[test]
fn losses_are_sorted_by_how_bad_they_are() {
    let document = document(vec![
        cell(
            "spsc",
            2,
            &[(OURS, 50.0), ("kanal", 55.0), ("ArrayQueue", 40.0)],
        ),
        cell("mpmc-4+4", 8, &[(OURS, 25.0), ("kanal", 50.0)]),
    ]);
    let views = View::all(&document);
    let losses: Vec<_> = losses(&views)
        .iter()
        .map(|duel| (duel.view.title(), duel.outcome()))
        .collect();
    let expected = [("MPMC 4+4", Outcome::Behind), ("SPSC", Outcome::Unresolved)];
    assert_eq!(
        losses,
        expected.map(|(title, outcome)| (title.to_owned(), outcome))
    );
}

#[test]
fn workloads_have_names_for_people() {
    for (name, title) in [
        ("mpmc-16+16", "MPMC 16+16"),
        ("pairs-2", "Pairs 2"),
        ("uncontended", "Uncontended"),
        ("blocking-mpmc-4+4", "MPMC 4+4, blocking"),
        ("blocking-one-core-16+16", "One core 16+16, blocking"),
        ("async-spsc", "SPSC, async"),
        ("idle-1+4", "Idle 1+4, per CPU second"),
        ("round-trip-parked", "Round trip parked"),
        ("é", "É"),
        ("", ""),
    ] {
        assert_eq!(workload_title(name), title);
    }
}
