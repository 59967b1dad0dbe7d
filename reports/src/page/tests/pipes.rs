//! Pipes.

use super::{parsed, rows, section, text};
use crate::{markdown::summary, page::page, synthetic::pipes};

#[test]
fn pipes_have_a_finding_a_chart_of_each_workload_and_their_cards() {
    let page = page(&pipes());
    let page = parsed(&page);
    let section = section(&page, "pipes");
    let said = text(section).replace('\u{a0}', " ");
    let finding = "Ours over the best peer: round trip behind kanal (0.80 ×); items rtrb \
                   (3.00 ×); slices of 256 not to be told from rtrb (1.10 ×); blocking kanal (2.00 ×); \
                   bytes OS pipe (4.00 ×); bytes, async tokio duplex (1.50 ×)";
    assert!(said.contains(finding), "{said}");
    assert!(
        said.contains("Pipe, items: 3.00 × the best peer, rtrb"),
        "{said}"
    );
    let trip = "Pipe, round trip: p50 is 200 ns with ours, 160 ns with the best peer, kanal";
    assert!(said.contains(trip), "{said}");
    let charts = section
        .descendants()
        .filter(|node| node.has_tag_name("svg"));
    assert_eq!(charts.count(), 6);
    let row = rows(section).into_iter().find(|row| row[0] == "our frames");
    assert!(row.is_some(), "the second of ours is in the numbers");
    let cards = text(self::section(&page, "semantics"));
    assert!(cards.contains("tokio duplex"), "{cards}");
}

#[test]
fn a_pipe_above_ours_is_listed_where_we_lose_and_in_the_summary() {
    let page = page(&pipes());
    let rows = rows(section(&parsed(&page), "losses"));
    let row = rows.iter().find(|row| row[0] == "Pipe, round trip");
    let row = row.expect("kanal is above ours");
    assert_eq!(row[1..3], ["1024", "u64"]);
    assert!(row[4].contains("kanal 0.80\u{a0}×"), "{row:?}");
    let summary = summary(&pipes());
    for said in [
        "Through pipes, against the fastest peer of each of 6 comparisons, latchless is **ahead in 4**",
        "Pipes, ours over the best peer: Pipe, items at 1024: 3.00\u{a0}× rtrb",
        "Pipe, round trip at 1024: **0.80\u{a0}×** kanal",
    ] {
        assert!(summary.contains(said), "{said}: {summary}");
    }
}

#[test]
fn pipes_of_other_capacities_stand_below() {
    let mut document = pipes();
    let mut small = document.run.pipes[0].clone();
    small.capacity = 64;
    document.run.pipes.push(small);
    let page = page(&document);
    let said = text(section(&parsed(&page), "pipes"));
    assert!(
        said.contains("Other capacities: ours is ahead of the best peer in 1, behind in 0"),
        "{said}"
    );
}
