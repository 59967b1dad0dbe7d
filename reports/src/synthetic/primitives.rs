//! Cells, cards and a document of semaphores, events and locks.

use latchless_bench::{
    record::{Cell, Distance, Waited},
    workload::primitive::{self, EVENT_WAKE},
};

use super::{cell, document};
use crate::document::{Document, PrimitiveCard};

/// A cell of semaphores, events or locks: each contender with the nanoseconds that an operation
/// takes it.
pub fn primitive_cell(workload: &str, nanos: &[(&str, f64)]) -> Cell {
    let work = primitive::Workload::named(workload)
        .expect("it exists")
        .work;
    let rates: Vec<(&str, f64)> = nanos
        .iter()
        .map(|(name, nanos)| (*name, 1e3 / nanos))
        .collect();
    let mut cell = cell(workload, work.threads(), &rates);
    (cell.capacity, cell.payload) = (work.size(), String::new());
    for round in cell.series.iter_mut().flat_map(|one| &mut one.rounds) {
        let nanos = round.nanos as f64 / round.items as f64;
        if !work.meets_between_cores() {
            round.distance = Distance::None;
        }
        let trip = || [1.0, 2.0, 3.0, 9.0].map(|by| (nanos * by) as u64);
        round.waited = Some(Waited {
            switches: [0, 0],
            round_trip_nanos: (workload == EVENT_WAKE).then(trip),
        });
    }
    cell
}

/// What every document of primitives has cards of.
pub fn primitive_cards() -> Vec<PrimitiveCard> {
    let card = |(name, origin, kind, fair): (&str, &str, &str, bool)| PrimitiveCard {
        name: name.into(),
        origin: origin.into(),
        kind: kind.into(),
        algorithm: "a word".into(),
        fair,
        order: "first come, first served".into(),
        stopped_peer: "the others go on".into(),
        blocking: true,
        asynchronous: false,
        timeout: false,
        waiting: "sleeps".into(),
    };
    [
        ("ours", "latchless", "semaphore", true),
        ("ours barging", "latchless", "semaphore", false),
        ("our event", "latchless", "event", true),
        ("tokio", "tokio", "semaphore", true),
        ("sem_t", "POSIX", "semaphore", false),
        ("listener", "event-listener", "event", true),
        ("two additions", "floor", "semaphore", false),
        ("no semaphore", "floor", "semaphore", true),
        ("a load", "floor", "event", true),
    ]
    .map(card)
    .into()
}

/// A document of semaphores and events alone.
pub fn primitives() -> Document {
    let mut document = document(Vec::new());
    document.primitive_cards = primitive_cards();
    let hand_off = |name, ours, none| {
        primitive_cell(
            name,
            &[("ours", ours), ("tokio", 300.0), ("no semaphore", none)],
        )
    };
    document.run.primitives = vec![
        primitive_cell(
            "semaphore-alone",
            &[
                ("ours", 5.2),
                ("ours barging", 5.0),
                ("tokio", 35.0),
                ("sem_t", 6.0),
                ("two additions", 5.0),
            ],
        ),
        primitive_cell(
            "semaphore-2-on-1",
            &[
                ("ours", 400.0),
                ("ours barging", 20.0),
                ("tokio", 800.0),
                ("sem_t", 10.0),
            ],
        ),
        hand_off("semaphore-waiters-1", 100.0, 50.0),
        hand_off("semaphore-waiters-10000", 140.0, 60.0),
        primitive_cell(
            "event-is-set",
            &[("our event", 0.8), ("listener", 1.0), ("a load", 0.5)],
        ),
        primitive_cell("event-set-reset", &[("our event", 5.0), ("listener", 11.0)]),
        primitive_cell(
            "event-wake",
            &[
                ("our event", 50_000.0),
                ("listener", 60_000.0),
                ("a load", 51_000.0),
            ],
        ),
        primitive_cell(
            "event-waiters-100",
            &[("our event", 100.0), ("listener", 90.0)],
        ),
        primitive_cell(
            "event-waiters-10000",
            &[("our event", 200.0), ("listener", 180.0)],
        ),
    ];
    document
}
