//! What the pages say of runs whose figures are known.

mod largest;
mod pipes;
mod primitives;
mod stalled;
mod unbounded;
mod waiting;

use latchless_bench::record::Distance;

use super::page;
use crate::{
    document::{Document, ONE_CORE, Scope},
    markdown::summary,
    synthetic::{OURS, cell, complete, document, fair, series},
};

/// The page as a tree: it is well-formed, drawings included, or this fails.
fn parsed(page: &str) -> roxmltree::Document<'_> {
    let body = page
        .strip_prefix("<!doctype html>\n")
        .expect("a page begins with its type");
    roxmltree::Document::parse(body).expect("the page is well-formed")
}

fn section<'a, 'i>(page: &'a roxmltree::Document<'i>, id: &str) -> roxmltree::Node<'a, 'i> {
    let found = page
        .descendants()
        .find(|node| node.attribute("id") == Some(id));
    found.unwrap_or_else(|| panic!("no section {id}"))
}

fn text(node: roxmltree::Node<'_, '_>) -> String {
    node.descendants()
        .filter_map(|node| node.is_text().then(|| node.text()).flatten())
        .collect()
}

/// The cells of every row of every table below `node`.
fn rows(node: roxmltree::Node<'_, '_>) -> Vec<Vec<String>> {
    let rows = node.descendants().filter(|node| node.has_tag_name("tr"));
    rows.map(|row| row.children().map(text).collect()).collect()
}

#[test]
fn sections_come_in_the_order_of_a_doubting_reader() {
    let page = page(&complete());
    let page = parsed(&page);
    let ids: Vec<_> = page
        .descendants()
        .filter(|node| node.has_tag_name("section"))
        .filter_map(|node| node.attribute("id"))
        .collect();
    assert_eq!(
        ids,
        [
            "verdict",
            "semantics",
            "ratios",
            "throughput",
            "scaling",
            "latency",
            "fairness",
            "waiting",
            "round-trip",
            "cost",
            "unbounded",
            "pipes",
            "semaphores",
            "events",
            "locks",
            "stalled",
            "stalled-unbounded",
            "stalled-semaphores",
            "mutants",
            "losses",
            "machine"
        ]
    );
}

#[test]
fn the_page_needs_nothing_but_itself() {
    let page = page(&complete());
    for foreign in [
        "http:", "https:", "//", "<script", "<link", "<img", "src=", "@import", "url(",
    ] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("prefers-color-scheme: dark"));
}

#[test]
fn the_verdict_has_five_sentences_with_figures() {
    let page = page(&complete());
    let page = parsed(&page);
    let items: Vec<_> = section(&page, "verdict")
        .descendants()
        .filter(|node| node.has_tag_name("li"))
        .collect();
    assert_eq!(items.len(), 5);
    assert!(
        items[..4]
            .iter()
            .all(|item| item.descendants().any(|node| node.has_tag_name("b")))
    );
}

#[test]
fn every_peer_above_us_is_listed_where_we_lose_and_nobody_else() {
    let page = page(&complete());
    let page = parsed(&page);
    let rows = rows(section(&page, "losses"));
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[1][..4], ["MPMC 16+16", "1024", "u64", "30.0"]);
    assert!(
        rows[1][4].contains("kanal 0.58\u{a0}×") && !rows[1][4].contains("ArrayQueue"),
        "{rows:?}"
    );
}

#[test]
fn a_run_without_losses_says_so() {
    let document = document(vec![cell("spsc", 2, &[(OURS, 60.0), ("kanal", 50.0)])]);
    let page = page(&document);
    assert!(text(section(&parsed(&page), "losses")).contains("No peer's median is above ours"));
}

#[test]
fn ratios_are_medians_over_medians() {
    let page = page(&complete());
    let rows = rows(section(&parsed(&page), "ratios"));
    let row = rows.iter().find(|row| row[0] == "MPMC 4+4").unwrap();
    assert_eq!(row[1..5], ["kanal", "75.0", "51.0", "1.47\u{a0}×"]);
}

#[test]
fn fairness_shows_the_control_first_and_says_why_threads_are_moved() {
    let page = page(&complete());
    let page = parsed(&page);
    let section = section(&page, "fairness");
    let rows = rows(section);
    let space = '\u{a0}';
    let shown = |row: &[String]| row.join(", ").replace(space, " ");
    assert_eq!(shown(&rows[1]), "no queue (control), 90 %, 90 %, 400 ns");
    assert_eq!(shown(&rows[2]), format!("{OURS}, 74 %, 78 %, 400 ns"));
    assert_eq!(shown(&rows[3]), "ArrayQueue, 20 %, 40 %, 400 ns");
    assert_eq!(rows.len(), 4, "kanal has no such rounds");
    let bad = section.descendants().filter(|node| {
        node.attribute("class")
            .is_some_and(|class| class.contains("bad"))
    });
    assert_eq!(bad.map(text).collect::<String>(), "20\u{a0}%");
    let said = text(section).replace(space, " ");
    assert!(
        said.contains("MPMC 4+4, a share of 0 % with ours and, at best, 100 % with a peer"),
        "{said}"
    );
    assert!(said.contains("about every 4 ms"), "{said}");
    assert!(
        said.contains(
            "at least 74 % (MPMC 4+4; without a queue 90 %); peers starve a thread in 1 of 1"
        ),
        "{said}"
    );
}

#[test]
fn nobody_starves_where_threads_without_a_queue_do() {
    let mut document = complete();
    document.run.cells[2].fair_control = fair(&[0.4; 3]);
    let page = page(&document);
    let page = parsed(&page);
    let said = text(section(&page, "fairness"));
    assert!(said.contains("peers starve a thread in 0 of 1"), "{said}");
}

#[test]
fn a_run_without_rounds_for_fairness_says_so_and_why() {
    let mut document = document(vec![cell("mpmc-4+4", 8, &[(OURS, 60.0)])]);
    let old = page(&document);
    let said = text(section(&parsed(&old), "fairness"));
    assert!(said.contains("was not measured in this run."), "{said}");
    document.run.fair_absent = Some("not part of this plan".into());
    let new = page(&document);
    let said = text(section(&parsed(&new), "fairness"));
    assert!(
        said.contains("in this run: not part of this plan."),
        "{said}"
    );
}

#[test]
fn every_unchanged_round_is_a_dot_and_a_changed_one_is_not() {
    let mut cell = cell("spsc", 2, &[(OURS, 60.0)]);
    cell.series[0]
        .rounds
        .extend(series(OURS, Distance::Far, &[20.0; 3]).rounds);
    cell.series[0]
        .rounds
        .extend(series(OURS, Distance::Changed, &[30.0; 9]).rounds);
    let page = page(&document(vec![cell]));
    let page = parsed(&page);
    let dots = section(&page, "throughput")
        .descendants()
        .filter(|node| {
            node.attribute("class")
                .is_some_and(|class| class.starts_with("d "))
        })
        .filter(|node| {
            node.attribute("class")
                .is_some_and(|class| class.ends_with(" o"))
        })
        .filter_map(|node| node.attribute("d"))
        .map(|path| path.matches("h0").count())
        .sum::<usize>();
    assert_eq!(dots, 15 + 3);
}

#[test]
fn mixing_near_and_far_is_said_on_the_chart() {
    let mut cell = cell("spsc", 2, &[(OURS, 60.0), ("kanal", 50.0)]);
    for round in &mut cell.series[1].rounds[3..] {
        round.distance = Distance::Far;
    }
    let page = page(&document(vec![cell]));
    let page = parsed(&page);
    assert!(text(section(&page, "throughput")).contains("near and far are mixed"));
    assert!(text(section(&page, "ratios")).contains("not judged"));
}

#[test]
fn the_names_of_others_cannot_break_the_page() {
    let page = page(&complete());
    let page = parsed(&page);
    assert!(text(page.root()).contains("Test <CPU> & co"));
    assert!(text(section(&page, "throughput")).contains("Mutex<VecDeque>"));
    assert!(text(section(&page, "machine")).contains("cargo compare --only 'a & b'"));
}

#[test]
fn a_surviving_mutant_is_named_in_the_heading() {
    let page = page(&complete());
    let page = parsed(&page);
    let heading = text(section(&page, "mutants"));
    assert!(
        heading.contains("1 of 2 mutants survive: close_fence_gone"),
        "{heading}"
    );
}

#[test]
fn an_empty_run_is_still_a_page() {
    let empty = document(Vec::new());
    let page = page(&empty);
    let page = parsed(&page);
    assert!(text(section(&page, "stalled")).contains("not measured"));
    assert!(text(section(&page, "stalled-semaphores")).contains("not measured"));
    assert!(text(section(&page, "mutants")).contains("No kill matrix was recorded"));
    assert!(summary(&empty).contains("Nothing of ours was measured"));
}

#[test]
fn series_without_rounds_leave_a_page_that_says_why() {
    let mut cell = cell("mpmc-4+4", 8, &[(OURS, 60.0), ("kanal", 50.0)]);
    cell.series[1].rounds.clear();
    cell.series[1].absent = Some("cannot have this capacity".into());
    let page = page(&document(vec![cell]));
    assert!(
        text(section(&parsed(&page), "throughput")).contains("kanal (cannot have this capacity)")
    );
}

#[test]
fn smoke_and_interrupted_runs_are_marked() {
    let mut document = complete();
    (document.scope, document.interrupted) = (Scope::Smoke, true);
    let page = page(&document);
    for text in [page, summary(&document)] {
        assert!(text.contains("smoke run") && text.contains("before everything had been measured"));
    }
}

#[test]
fn a_document_survives_its_file() {
    let document = complete();
    let text = serde_json::to_string(&document).unwrap();
    let again: Document = serde_json::from_str(&text).unwrap();
    assert_eq!(page(&again), page(&document));
}

#[test]
fn a_run_on_one_core_says_what_its_figures_tell() {
    let mut alone = complete();
    assert!(!summary(&alone).contains(ONE_CORE));
    alone.run.machine.cores = 1;
    let page = page(&alone);
    let page = parsed(&page);
    assert!(text(page.root()).contains(ONE_CORE));
    let summary = summary(&alone);
    assert!(summary.contains(ONE_CORE) && summary.contains(", 1 core, "));
}

#[test]
fn backticks_of_a_card_become_code() {
    let mut document = complete();
    document.cards[0].algorithm = "through `&Queue` & co".to_owned();
    let page = page(&document);
    assert!(page.contains("through <code>&amp;Queue</code> &amp; co"));
}
