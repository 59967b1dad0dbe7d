//! Cells and a document of pipes.

use latchless_bench::{
    record::{Cell, Waited},
    workload::pipe::{self, PIPE_ROUND_TRIP},
};

use super::{card, cell, document};
use crate::document::Document;

/// A cell of pipes: each contender with the nanoseconds that a value, a byte or a round trip takes it.
pub fn pipe_cell(workload: &str, nanos: &[(&str, f64)]) -> Cell {
    let work = pipe::Workload::named(workload).expect("it exists").work;
    let rates: Vec<(&str, f64)> = nanos.iter().map(|(name, it)| (*name, 1e3 / it)).collect();
    let mut cell = cell(workload, pipe::Work::THREADS, &rates);
    (cell.capacity, cell.payload) = (work.usual_capacity(), work.payload().into());
    for round in cell.series.iter_mut().flat_map(|one| &mut one.rounds) {
        let nanos = round.nanos as f64 / round.items as f64;
        let trip = || [1.0, 2.0, 3.0, 9.0].map(|by| (nanos * by) as u64);
        round.waited = Some(Waited {
            switches: [0, 0],
            round_trip_nanos: (workload == PIPE_ROUND_TRIP).then(trip),
        });
    }
    cell
}

/// A document of pipes alone.
pub fn pipes() -> Document {
    let mut document = document(Vec::new());
    document.pipe_cards = [
        ("our pipe", "latchless"),
        ("our frames", "latchless"),
        ("rtrb", "rtrb"),
        ("crossbeam-channel", "crossbeam-channel"),
        ("kanal", "kanal"),
        ("OS pipe", "system"),
        ("tokio duplex", "tokio"),
    ]
    .map(|(name, origin)| card(name, origin))
    .into();
    document.run.pipes = vec![
        pipe_cell("pipe-items", &[("our pipe", 3.0), ("rtrb", 9.0)]),
        pipe_cell("pipe-slices", &[("our pipe", 1.0), ("rtrb", 1.1)]),
        pipe_cell("pipe-blocking", &[("our pipe", 10.0), ("kanal", 20.0)]),
        pipe_cell(
            PIPE_ROUND_TRIP,
            &[
                ("our pipe", 200.0),
                ("kanal", 160.0),
                ("crossbeam-channel", 400.0),
                ("OS pipe", 9_000.0),
            ],
        ),
        pipe_cell(
            "pipe-bytes",
            &[("our pipe", 0.1), ("our frames", 0.2), ("OS pipe", 0.4)],
        ),
        pipe_cell(
            "pipe-bytes-async",
            &[("our pipe", 0.2), ("tokio duplex", 0.3)],
        ),
    ];
    document
}
