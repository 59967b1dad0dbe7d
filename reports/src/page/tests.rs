//! What the pages say of runs whose figures are known.

use latchless_bench::{
    plan::{FAIR_WORKLOADS, Plan},
    record::{Cell, Distance},
};

use super::{MOST_BYTES, page};
use crate::{
    document::{Document, Scope},
    markdown::summary,
    synthetic::{
        OURS, around, card, cell, complete, document, fair, primitive_cards, primitive_cell,
        primitives, series, stalled, waiting, waiting_cell,
    },
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
            "semaphores",
            "events",
            "locks",
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
                    if FAIR_WORKLOADS.contains(&workload.name) {
                        one.series[at].fair = fair(&[0.9; 5]);
                    }
                }
                cells.push(one);
            }
        }
    }
    let mut document = document(cells);
    document.run.waiting = largest_waiting(&everybody);
    document.primitive_cards = primitive_cards();
    let nine = [
        "ours",
        "ours barging",
        "tokio",
        "sem_t",
        "listener",
        "a",
        "b",
        "c",
        "d",
    ];
    let nine: Vec<(&str, f64)> = (nine.iter().zip(5..))
        .map(|(name, at)| (*name, f64::from(at)))
        .collect();
    let all = latchless_bench::workload::primitive::ALL;
    document.run.primitives = all
        .iter()
        .map(|one| primitive_cell(one.name, &nine))
        .collect();
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

/// Every workload in which somebody waits, at every capacity, with all of `everybody`.
fn largest_waiting(everybody: &[&str]) -> Vec<Cell> {
    let medians: Vec<(&str, f64)> = everybody
        .iter()
        .enumerate()
        .map(|(at, name)| (*name, 20.0 + at as f64 * 3.7))
        .collect();
    let planned = Plan::full().waiting.cells;
    let mut cells: Vec<Cell> = planned
        .iter()
        .map(|cell| waiting_cell(&cell.workload, cell.capacity, &medians))
        .collect();
    for series in cells.iter_mut().flat_map(|cell| &mut cell.series) {
        series.rounds = series.rounds.iter().cycle().take(45).cloned().collect();
    }
    cells
}

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
        "semaphores",
        "events",
        "locks",
    ] {
        let said = text(section(&page, id));
        assert!(said.contains("not measured in this run"), "{said}");
    }
}

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
