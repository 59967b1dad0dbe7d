//! Semaphores, events and locks.

use super::{parsed, rows, section, text};
use crate::{
    markdown::summary,
    page::page,
    synthetic::{complete, primitive_cards, primitives},
};

#[test]
fn ours_in_order_is_held_against_those_in_order_and_barging_against_all() {
    let page = page(&primitives());
    let page = parsed(&page);
    let said = text(section(&page, "semaphores")).replace('\u{a0}', " ");
    let finding = "Semaphore, 2 threads on 1 permit: in order 400 ns, ahead of tokio (800 ns); \
                   barging 20.0 ns, behind sem_t (10.0 ns)";
    assert!(said.contains(finding), "{said}");
    let price = "ours in order over ours barging: 20.0 × in Semaphore, 2 threads on 1 permit.";
    assert!(said.contains(price), "{said}");
    let flat = "A hand-off with 10,000 tasks waiting over one with 1: 1.20 × with no semaphore; 1.40 × \
                with ours; 1.00 × with tokio.";
    assert!(said.contains(flat), "{said}");
    let said = text(section(&page, "events")).replace('\u{a0}', " ");
    assert!(
        said.contains("ours 50.0 µs, ahead of listener (62.5 µs)"),
        "{said}"
    );
    assert!(said.contains("a load0.50 ns"), "{said}");
    let cards = text(section(&page, "semantics"));
    assert!(cards.contains("POSIX, semaphore"), "{cards}");
}

#[test]
fn every_semaphore_above_one_of_ours_is_listed_where_we_lose() {
    let page = page(&primitives());
    let rows = rows(section(&parsed(&page), "losses"));
    let row = |title: &str| rows.iter().find(|row| row[0] == title).unwrap();
    let barging = row("Semaphore, 2 threads on 1 permit, ours barging");
    assert!(barging[4].contains("sem_t 0.50"), "{barging:?}");
    let fair = row("Semaphore, 2 threads on 1 permit");
    assert!(fair[4].contains("sem_t 0.0250"), "{fair:?}");
    assert_eq!(fair[1..3], ["–", "–"]);
    assert!(
        !rows.iter().any(|row| row[4].contains("additions")),
        "a floor is no rival"
    );
}

#[test]
fn the_verdict_and_the_summary_count_semaphores_and_the_like() {
    let summary = summary(&primitives());
    assert!(
        summary
            .contains("With semaphores, events and locks, against the fastest peer of each of 11"),
        "{summary}"
    );
    assert!(
        summary.contains("Semaphore, 2 threads on 1 permit, ours barging: **0.50\u{a0}×** sem_t"),
        "{summary}"
    );
    let mut both = complete();
    both.run.primitives = primitives().run.primitives;
    both.primitive_cards = primitive_cards();
    let summary = crate::markdown::summary(&both);
    assert!(
        summary.contains("; with semaphores, events and locks (11 comparisons), **ahead in"),
        "{summary}"
    );
}
