//! Where threads and tasks wait inside the calls.

use super::{parsed, rows, section, text};
use crate::{
    document::Document,
    markdown::summary,
    page::page,
    synthetic::{OURS, complete, document, waiting},
};

/// The page of a run with one cell of every kind in which somebody waits, and no other.
fn waiting_page() -> String {
    let mut document = document(Vec::new());
    document.run.waiting = waiting();
    page(&document)
}

#[test]
fn waiting_threads_and_tasks_have_their_charts_by_capacity() {
    let page = waiting_page();
    let page = parsed(&page);
    let said = text(section(&page, "waiting"));
    for (what, came_out) in [
        (
            "Threads that wait, capacity 1024",
            "in 1, behind in 0, not to be told apart in 1",
        ),
        (
            "Threads that wait, capacity 64",
            "in 0, behind in 1, not to be told apart in 0",
        ),
        (
            "Threads that wait, capacity 1",
            "in 0, behind in 1, not to be told apart in 0",
        ),
        (
            "Tasks that wait, capacity 1024",
            "in 0, behind in 0, not to be told apart in 1",
        ),
    ] {
        let finding = format!("{what}: ours is ahead of the best peer {came_out}");
        assert!(said.contains(&finding), "{finding}: {said}");
    }
    assert!(
        said.contains("reach 0.98\u{a0}× of what the try forms do"),
        "{said}"
    );
}

#[test]
fn a_round_trip_is_said_beside_its_floor_which_is_nobodys_rival() {
    let page = waiting_page();
    let page = parsed(&page);
    let trips = section(&page, "round-trip");
    let said = text(trips);
    assert!(
        said.contains(
            "p50 is 200\u{a0}ns with ours, 400\u{a0}ns with the best peer, crossbeam-channel; \
             a bare flag takes 100\u{a0}ns"
        ),
        "{said}"
    );
    let row = rows(trips).into_iter().find(|row| row[0] == OURS).unwrap();
    assert_eq!(row[1..4], ["200\u{a0}ns", "400\u{a0}ns", "600\u{a0}ns"]);
    assert_eq!(row[5], "2.00");
    assert!(!text(section(&page, "losses")).contains("bare"));
}

#[test]
fn the_cost_of_waiting_is_cpu_time_and_not_throughput() {
    let page = waiting_page();
    let page = parsed(&page);
    let said = text(section(&page, "cost"));
    assert!(
        said.contains("50.0 µs a message with ours, 40.0 with the thriftiest peer, kanal"),
        "{said}"
    );
    let rows = rows(section(&page, "losses"));
    let idle = rows.iter().find(|row| row[0].starts_with("Idle 1+1"));
    assert!(idle.unwrap()[4].contains("kanal 0.80\u{a0}×"), "{rows:?}");
}

#[test]
fn a_run_without_waiting_says_so_and_an_old_file_is_one() {
    let document = complete();
    let mut value = serde_json::to_value(&document).unwrap();
    value["run"].as_object_mut().unwrap().remove("waiting");
    let old: Document = serde_json::from_value(value).unwrap();
    let page = page(&old);
    let page = parsed(&page);
    for id in [
        "waiting",
        "round-trip",
        "cost",
        "pipes",
        "semaphores",
        "events",
        "locks",
    ] {
        let said = text(section(&page, id));
        assert!(said.contains("not measured in this run"), "{said}");
    }
}

#[test]
fn the_summary_says_how_waiting_came_out() {
    let mut document = complete();
    document.run.waiting = waiting();
    let summary = summary(&document);
    assert!(
        summary.contains("SPSC, blocking at 64: **0.50\u{a0}×** kanal"),
        "{summary}"
    );
    assert!(
        summary.contains("wait inside the calls (9 comparisons), **ahead in 2**, **behind in 4**"),
        "{summary}"
    );
}
