//! What the pages say of runs whose figures are known.

use latchless_bench::record::Distance;

use super::{MOST_BYTES, page};
use crate::{
    document::{Document, Scope},
    markdown::summary,
    synthetic::{OURS, around, card, cell, complete, document, series, stalled},
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
            "stalled",
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
fn the_summary_fits_one_screen() {
    let summary = summary(&largest());
    assert!(summary.lines().count() <= 40, "{summary}");
    assert!(summary.contains("Where we lose"));
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// Every workload, capacity and payload with sixteen contenders and 45 rounds of each.
fn largest() -> Document {
    let names: Vec<String> = (0..14).map(|at| format!("contender number {at}")).collect();
    // Ours in the middle: half of the peers are above it everywhere.
    let (slower, faster) = names.split_at(names.len() / 2);
    let everybody = [borrowed(slower), vec!["latchless", OURS], borrowed(faster)].concat();
    let mut cells = Vec::new();
    for payload in ["u64", "[u64; 8]"] {
        for capacity in [64, 1024, 65536] {
            for workload in latchless_bench::workload::ALL {
                let mut one = cell(workload.name, workload.shape.threads(), &[]);
                (one.capacity, one.payload) = (capacity, payload.into());
                for (at, name) in everybody.iter().enumerate() {
                    let rates = around(20.0 + at as f64 * 3.7, 45);
                    one.series.push(series(name, Distance::Near, &rates));
                }
                cells.push(one);
            }
        }
    }
    let mut document = document(cells);
    document
        .cards
        .extend(names.iter().map(|name| card(name, "peer")));
    let shares: Vec<f64> = (0..200).map(|at| f64::from(at % 100) / 100.0).collect();
    document.run.stalled = names
        .iter()
        .map(String::as_str)
        .chain([OURS])
        .map(|name| stalled(name, &shares))
        .collect();
    document
}

#[test]
fn the_largest_run_stays_below_half_a_megabyte() {
    let page = page(&largest());
    assert!(page.len() <= MOST_BYTES, "{} bytes", page.len());
    parsed(&page);
    assert!(page.contains("every round is in data.json"));
}

#[test]
fn a_document_survives_its_file() {
    let document = complete();
    let text = serde_json::to_string(&document).unwrap();
    let again: Document = serde_json::from_str(&text).unwrap();
    assert_eq!(page(&again), page(&document));
}
