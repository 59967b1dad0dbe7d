//! Unbounded queues and channels.

use super::{parsed, rows, section, text};
use crate::{
    markdown::summary,
    page::page,
    synthetic::{memory, stalled, unbounded},
};

#[test]
fn unbounded_queues_have_a_finding_a_chart_of_each_workload_and_their_cards() {
    let page = page(&unbounded());
    let page = parsed(&page);
    let section = section(&page, "unbounded");
    let said = text(section).replace('\u{a0}', " ");
    let finding = "Ours over the best peer: uncontended not to be told from kanal (0.90 ×); MPMC 4+4 linked list (1.33 ×); \
                   pairs 2 kanal (1.33 ×); blocking 1+1 not to be told from kanal (1.20 ×)";
    assert!(said.contains(finding), "{said}");
    assert!(
        said.contains("Unbounded, MPMC 4+4: 1.33 × the best peer, linked list"),
        "{said}"
    );
    assert!(
        said.contains("at most 16,384 items may be inside"),
        "{said}"
    );
    // A chart for each workload, and one of the memory of each.
    let charts = section
        .descendants()
        .filter(|node| node.has_tag_name("svg"));
    assert_eq!(charts.count(), 4 + 4);
    let cards = text(self::section(&page, "semantics"));
    assert!(cards.contains("linked list"), "{cards}");
}

#[test]
fn memory_is_said_in_one_sentence_and_everybody_has_a_row_and_a_chart() {
    let page = page(&unbounded());
    let page = parsed(&page);
    let section = section(&page, "unbounded");
    let said = text(section).replace('\u{a0}', " ");
    let sentence = "Memory: ours takes 16.0 bytes for each of a million items, 1.00 KiB when empty, has 1.00 KiB left when \
                    they are gone, and asks for memory not once in a million operations of a steady flow";
    assert!(said.contains(sentence), "{said}");
    assert!(
        said.contains("kanal: 8.00 bytes an item, 7.63 MiB left"),
        "{said}"
    );
    let rows = rows(section);
    let row = |name: &str| {
        let found = rows.iter().rfind(|row| row[0] == name);
        found.unwrap_or_else(|| panic!("no row of {name}: {rows:?}"))
    };
    assert_eq!(row("kanal")[6], "32,258");
    assert_eq!(row("ours")[6], "0");
    // The shared background is drawn once, and every chart shows both ways.
    let of_class = |class: &str| {
        let paths = section.descendants();
        let paths = paths.filter(|node| {
            let found = node.attribute("class").unwrap_or_default();
            node.has_tag_name("path") && found.split(' ').any(|one| one == class)
        });
        paths.count()
    };
    assert_eq!((of_class("l"), of_class("dn")), (8, 4));
}

#[test]
fn a_queue_above_ours_is_listed_where_we_lose_and_in_the_summary() {
    let page = page(&unbounded());
    let rows = rows(section(&parsed(&page), "losses"));
    let row = rows.iter().find(|row| row[0] == "Unbounded, uncontended");
    let row = row.expect("kanal is above ours");
    assert!(row[4].contains("kanal 0.90\u{a0}×"), "{row:?}");
    let summary = summary(&unbounded());
    for said in [
        "Through unbounded queues, against the fastest peer of each of 4 comparisons, latchless",
        "Unbounded queues and channels, ours over the best peer: Unbounded, uncontended at 1024: 0.90\u{a0}× kanal",
        "Memory of unbounded queues: ours takes 16.0 bytes for each of a million items",
    ] {
        assert!(summary.contains(said), "{said}: {summary}");
    }
}

#[test]
fn an_unbounded_queue_that_halts_the_others_is_shown_beside_ours() {
    let mut document = unbounded();
    document.run.stalled_unbounded = vec![
        stalled("ours", &[1.0, 0.96]),
        stalled("SegQueue", &[1.0, 0.0, 1.0]),
    ];
    let page = page(&document);
    let page = parsed(&page);
    let section = section(&page, "stalled-unbounded");
    assert!(text(section).contains("SegQueue, push: the others halt at 1 of 3 stops"));
    let summary = summary(&document);
    assert!(summary.contains(
        "inside an unbounded queue at the worst instruction: the others keep: ours push 96"
    ));
    assert!(
        summary.contains("They halt with: SegQueue push."),
        "{summary}"
    );
}

#[test]
fn memory_alone_is_shown_and_other_credits_stand_below() {
    let mut document = unbounded();
    document.run.unbounded.clear();
    let alone = page(&document);
    let said = text(section(&parsed(&alone), "unbounded"));
    assert!(said.contains("Memory: ours takes"), "{said}");
    let summary = summary(&document);
    assert!(
        summary.contains("Memory of unbounded queues: ours takes"),
        "{summary}"
    );

    let mut document = unbounded();
    let mut more = document.run.unbounded[1].clone();
    more.capacity = 262_144;
    document.run.unbounded.push(more);
    document.run.memory = vec![memory("kanal", 8, false)];
    let page = page(&document);
    let said = text(section(&parsed(&page), "unbounded"));
    assert!(
        said.contains("Other credits: ours is ahead of the best peer in 1, behind in 0"),
        "{said}"
    );
}
