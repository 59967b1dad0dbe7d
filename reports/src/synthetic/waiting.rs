//! Cells in which threads or tasks wait.

use latchless_bench::{
    record::{Cell, Distance, Waited},
    workload::waiting::{FAST_PATH, IDLE, ROUND_TRIP},
};

use super::{OURS, cell};

/// A cell in which somebody waits: each contender with its median of what counts there, which in
/// the idle workloads is a million items a second of CPU time, and in round trips a million of
/// these a second.
pub fn waiting_cell(workload: &str, capacity: usize, medians: &[(&str, f64)]) -> Cell {
    let mut cell = cell(workload, 2, medians);
    cell.capacity = capacity;
    let trips = workload.starts_with(ROUND_TRIP);
    let idle = workload.starts_with(IDLE);
    for round in cell.series.iter_mut().flat_map(|one| &mut one.rounds) {
        let nanos = round.nanos as f64 / round.items as f64;
        if trips || idle || workload == FAST_PATH {
            round.distance = Distance::None;
        }
        if idle {
            (round.items, round.cpu_nanos) = (1000, (nanos * 1000.0) as u64);
        }
        round.waited = Some(Waited {
            switches: [round.items * 2, round.items / 10],
            round_trip_nanos: trips.then(|| [1.0, 2.0, 3.0, 9.0].map(|by| (nanos * by) as u64)),
        });
    }
    cell
}

/// One cell of every kind in which somebody waits.
pub fn waiting() -> Vec<Cell> {
    let spsc = |ours, kanal| [(OURS, ours), ("kanal", kanal), ("crossbeam-channel", 10.0)];
    vec![
        waiting_cell(
            "fast-path",
            1024,
            &[(OURS, 98.0), ("latchless (try)", 100.0), ("kanal", 140.0)],
        ),
        waiting_cell("blocking-spsc", 1024, &spsc(60.0, 40.0)),
        waiting_cell("blocking-spsc", 64, &spsc(40.0, 80.0)),
        waiting_cell("blocking-mpmc-16+16", 1, &spsc(20.0, 30.0)),
        waiting_cell("blocking-one-core-16+16", 1024, &spsc(40.0, 39.0)),
        waiting_cell(
            "async-spsc",
            1024,
            &[(OURS, 60.0), ("kanal", 40.0), ("flume", 50.0)],
        ),
        waiting_cell(
            "round-trip-spinning",
            1,
            &[(OURS, 5.0), ("crossbeam-channel", 2.5), ("bare flag", 10.0)],
        ),
        waiting_cell(
            "round-trip-parked",
            1,
            &[(OURS, 0.02), ("flume", 0.019), ("bare futex", 0.02)],
        ),
        waiting_cell(
            "idle-1+1",
            1,
            &[(OURS, 0.02), ("kanal", 0.025), ("bare futex", 0.03)],
        ),
    ]
}
