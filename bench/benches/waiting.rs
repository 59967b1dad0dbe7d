//! The workloads in which threads and tasks wait as criterion benches, through the same loops.
//!
//! ```text
//! cargo bench -p latchless-bench --bench waiting                                the core set
//! cargo bench -p latchless-bench --bench waiting -- blocking-spsc-at-64/kanal   one of it
//! ```
//!
//! One iteration moves [`ITEMS`] items, or makes as many round trips. The numbers stand alone:
//! nothing here is interleaved or tells near cores from far ones, which `cargo compare` does. Compare
//! two runs of one contender, not two contenders.
#![forbid(unsafe_code)]

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput};
use latchless_bench::contender::Payload;
use latchless_bench::plan::{CellPlan, Selection};
use latchless_bench::selection::waiting_entries;
use latchless_bench::workload::Length;
use latchless_bench::workload::waiting::{Entry, Job, Workload};

/// Items that one iteration moves.
const ITEMS: u64 = 1024;

/// Workloads and their capacities.
const WORKLOADS: [(&str, usize); 7] = [
    ("fast-path", 1024),
    ("blocking-spsc", 1024),
    ("blocking-spsc", 64),
    ("blocking-mpmc-4+4", 1024),
    ("blocking-mpmc-16+16", 1024),
    ("async-mpmc-4+4", 1024),
    ("round-trip-spinning", 1),
];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .configure_from_args();
    for (name, capacity) in WORKLOADS {
        let cell = CellPlan::new(name, capacity, <u64 as Payload>::NAME);
        let entries = waiting_entries(&cell, &Selection::Core).expect("only names that exist");
        let workload = Workload::named(name).expect("only names from the catalogue");
        let mut group = criterion.benchmark_group(format!("{name}-at-{capacity}"));
        group.throughput(Throughput::Elements(ITEMS));
        group.sampling_mode(SamplingMode::Flat);
        for entry in &entries {
            bench(&mut group, workload, capacity, entry);
        }
        group.finish();
    }
    criterion.final_summary();
}

/// Benches `entry` if it serves the workload.
fn bench(
    group: &mut BenchmarkGroup<'_, WallTime>,
    workload: Workload,
    capacity: usize,
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
    if take(ITEMS).is_none() {
        return;
    }
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|iterations| {
            // A run of round trips keeps so many times and no more.
            let most = 32 * ITEMS;
            let (whole, rest) = (iterations * ITEMS / most, iterations * ITEMS % most);
            let parts = std::iter::repeat_n(most, whole as usize).chain((rest > 0).then_some(rest));
            let run = |items| take(items).expect("it has just served this workload").nanos;
            Duration::from_nanos(parts.map(run).sum())
        });
    });
}
