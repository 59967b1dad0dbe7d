//! The workloads of pipes as criterion benches, through the same loops.
//!
//! ```text
//! cargo bench -p latchless-bench --bench pipes                      all of them
//! cargo bench -p latchless-bench --bench pipes -- pipe-items/rtrb   one of them
//! ```
//!
//! One iteration moves [`ITEMS`] values, makes as many round trips, or moves a mebibyte. The numbers stand
//! alone: nothing here is interleaved or tells near cores from far ones, which `cargo compare` does. Compare two runs of one
//! contender, not two contenders.
#![forbid(unsafe_code)]

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput};
use latchless_bench::plan::{PipePlan, Selection};
use latchless_bench::selection::pipe_entries;
use latchless_bench::workload::Length;
use latchless_bench::workload::pipe::{ALL, Entry, Job, Work, Workload};

/// Values that one iteration moves.
const ITEMS: u64 = 1024;

/// Bytes that one iteration moves.
const BYTES: u64 = 1 << 20;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .configure_from_args();
    for workload in ALL {
        let cell = PipePlan::usual(workload);
        let entries = pipe_entries(&cell, &Selection::Core).expect("only names that exist");
        let (items, throughput) = match workload.work {
            Work::Bytes | Work::AsyncBytes => (BYTES, Throughput::Bytes(BYTES)),
            _ => (ITEMS, Throughput::Elements(ITEMS)),
        };
        let mut group = criterion.benchmark_group(workload.name);
        group.throughput(throughput);
        group.sampling_mode(SamplingMode::Flat);
        for entry in &entries {
            bench(&mut group, workload, cell.capacity, items, entry);
        }
        group.finish();
    }
    criterion.final_summary();
}

/// Benches `entry` if it serves the workload.
fn bench(
    group: &mut BenchmarkGroup<'_, WallTime>,
    workload: &Workload,
    capacity: usize,
    items: u64,
    entry: &Entry,
) {
    let name = entry.card.name;
    let take = |items: u64| {
        let job = Job {
            work: workload.work,
            capacity,
            length: Length::Items(items),
        };
        (entry.run)(&job).unwrap_or_else(|wrong| panic!("{name}: {wrong}"))
    };
    if take(items).is_none() {
        return;
    }
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|iterations| {
            // A run of round trips keeps so many times and no more.
            let most = 32 * items;
            let (whole, rest) = (iterations * items / most, iterations * items % most);
            let parts = std::iter::repeat_n(most, whole as usize).chain((rest > 0).then_some(rest));
            let run = |items| {
                let outcome = take(items).expect("it has just served this workload");
                // Only whole blocks are written.
                Duration::from_nanos(outcome.nanos).mul_f64(items as f64 / outcome.items as f64)
            };
            parts.map(run).sum()
        });
    });
}
