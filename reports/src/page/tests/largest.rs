//! The largest run that there can be: its page can be mailed, its summary fits one screen.

use latchless_bench::{
    plan::{CellPlan, FAIR_WORKLOADS, Plan},
    record::{Cell, Distance},
    workload::Workload,
};

use super::parsed;
use crate::{
    document::Document,
    markdown::summary,
    page::{MOST_BYTES, page},
    synthetic::{
        OURS, around, card, cell, document, fair, memory, pipe_cell, pipes, primitive_cards,
        primitive_cell, series, stalled, unbounded, unbounded_cell, waiting_cell,
    },
};

#[test]
fn the_summary_fits_one_screen() {
    let summary = summary(&largest());
    assert!(summary.lines().count() <= 40, "{summary}");
    assert!(summary.contains("Where we lose"));
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// Every cell of a full run with sixteen contenders and 45 rounds of each.
fn largest() -> Document {
    let names: Vec<String> = (0..14).map(|at| format!("contender number {at}")).collect();
    // Ours in the middle: half of the peers are above it everywhere.
    let (slower, faster) = names.split_at(names.len() / 2);
    let everybody = [borrowed(slower), vec!["latchless", OURS], borrowed(faster)].concat();
    let mut cells = Vec::new();
    let plan = Plan::full();
    for planned in &plan.cells {
        let shape = Workload::named(&planned.workload).map(|workload| workload.shape);
        let threads = shape.map_or(1, |shape| shape.threads());
        let mut one = cell(&planned.workload, threads, &[]);
        (one.capacity, one.payload) = (planned.capacity, planned.payload.clone());
        for (at, name) in everybody.iter().enumerate() {
            let rates = around(20.0 + at as f64 * 3.7, 45);
            one.series.push(series(name, Distance::Near, &rates));
            if FAIR_WORKLOADS.contains(&planned.workload.as_str()) {
                one.series[at].fair = fair(&[0.9; 5]);
            }
        }
        cells.push(one);
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
    let planned = Plan::full().pipes.cells;
    document.run.pipes = planned.iter().map(largest_pipe).collect();
    document.pipe_cards = pipes().pipe_cards;
    add_unbounded(&mut document);
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
    document.run.stalled_semaphores = nine
        .iter()
        .map(|(name, _)| stalled(name, &shares))
        .collect();
    document
}

/// Unbounded queues: eleven contenders, with 45 rounds of each, their memory and their stops.
fn add_unbounded(document: &mut Document) {
    let eleven = [
        "SegQueue",
        "ConcurrentQueue",
        "kanal",
        "linked list",
        "a",
        "ours",
        "ours shared",
        "b",
        "c",
        "d",
        "e",
    ];
    let eleven: Vec<(&str, f64)> = (eleven.iter().zip(20..))
        .map(|(name, at)| (*name, f64::from(at)))
        .collect();
    let cell = |planned: &CellPlan| {
        let mut cell = unbounded_cell(&planned.workload, &eleven);
        cell.capacity = planned.capacity;
        for series in &mut cell.series {
            series.rounds = series.rounds.iter().cycle().take(45).cloned().collect();
        }
        cell
    };
    document.run.unbounded = Plan::full().unbounded.cells.iter().map(cell).collect();
    document.unbounded_cards = unbounded().unbounded_cards;
    let shares: Vec<f64> = (0..200).map(|at| f64::from(at % 100) / 100.0).collect();
    let names = || eleven.iter().map(|(name, _)| *name);
    document.run.memory = names().map(|name| memory(name, 16, true)).collect();
    document.run.stalled_unbounded = names()
        .flat_map(|name| [stalled(name, &shares), stalled(name, &shares)])
        .collect();
}

/// Pipes of nine contenders with 45 rounds of each.
fn largest_pipe(planned: &CellPlan) -> Cell {
    let nine = [
        "our pipe",
        "our frames",
        "rtrb",
        "kanal",
        "OS pipe",
        "a",
        "b",
        "c",
        "d",
    ];
    let nine: Vec<(&str, f64)> = (nine.iter().zip(5..))
        .map(|(name, at)| (*name, f64::from(at)))
        .collect();
    let mut cell = pipe_cell(&planned.workload, &nine);
    cell.capacity = planned.capacity;
    for series in &mut cell.series {
        series.rounds = series.rounds.iter().cycle().take(45).cloned().collect();
    }
    cell
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

#[test]
fn the_largest_run_stays_below_half_a_megabyte() {
    let page = page(&largest());
    assert!(page.len() <= MOST_BYTES, "{} bytes", page.len());
    parsed(&page);
    assert!(page.contains("every round is in data.json"));
}
