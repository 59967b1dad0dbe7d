//! Cells, memory and a document of unbounded queues.

use latchless_bench::{
    record::{Cell, Distance, Memory},
    workload::unbounded,
};

use super::{card, cell, document};
use crate::document::Document;

/// A cell of unbounded queues: each contender with its median in millions a second.
pub fn unbounded_cell(workload: &str, medians: &[(&str, f64)]) -> Cell {
    let work = unbounded::Workload::named(workload)
        .expect("it exists")
        .work;
    let mut cell = cell(workload, work.threads(), medians);
    cell.capacity = work.usual_credit();
    if work.threads() == 1 {
        for round in cell.series.iter_mut().flat_map(|one| &mut one.rounds) {
            round.distance = Distance::None;
        }
    }
    cell
}

/// What a contender takes that has so many bytes for each item, gives everything back or nothing, and takes 1 KiB when empty.
pub fn memory(contender: &str, each: u64, gives_back: bool) -> Memory {
    let looks = || (0..=20).map(|look| look * 50_000);
    let up = |items: u64| [items, 1024 + items * each];
    let down = |items: u64| {
        [
            items,
            1024 + if gives_back { items } else { 1_000_000 } * each,
        ]
    };
    let mut up: Vec<[u64; 2]> = looks().map(up).collect();
    // What an empty queue takes is spread over all items, so that the figure for each is a round one.
    if let Some(last) = up.last_mut() {
        last[1] -= 1024;
    }
    Memory {
        contender: contender.into(),
        new_bytes: 512,
        used_bytes: 1024,
        up,
        down: looks().rev().map(down).collect(),
        allocations: if gives_back { 0 } else { 32_258 },
    }
}

/// A document of unbounded queues alone.
pub fn unbounded() -> Document {
    let mut document = document(Vec::new());
    document.unbounded_cards = [
        ("ours", "latchless"),
        ("ours shared", "latchless"),
        ("SegQueue", "crossbeam-queue"),
        ("ConcurrentQueue", "concurrent-queue"),
        ("kanal", "kanal"),
        ("linked list", "baseline"),
    ]
    .map(|(name, origin)| card(name, origin))
    .into();
    document.run.unbounded = vec![
        unbounded_cell(
            "unbounded-uncontended",
            &[
                ("ours", 90.0),
                ("ours shared", 60.0),
                ("kanal", 100.0),
                ("SegQueue", 45.0),
            ],
        ),
        unbounded_cell(
            "unbounded-mpmc-4+4",
            &[
                ("ours", 60.0),
                ("ConcurrentQueue", 40.0),
                ("kanal", 30.0),
                ("linked list", 45.0),
            ],
        ),
        unbounded_cell("unbounded-pairs-2", &[("ours", 40.0), ("kanal", 30.0)]),
        unbounded_cell("unbounded-blocking-1+1", &[("ours", 60.0), ("kanal", 50.0)]),
    ];
    document.run.memory = vec![
        memory("ours", 16, true),
        memory("ours shared", 16, true),
        memory("SegQueue", 17, true),
        memory("kanal", 8, false),
    ];
    document
}
