//! The workloads of semaphores, events and locks as criterion benches, through the same loops.
//!
//! ```text
//! cargo bench -p latchless-bench --bench primitives                              all of them
//! cargo bench -p latchless-bench --bench primitives -- semaphore-2-on-1/sem_t    one of them
//! ```
//!
//! One iteration does [`OPERATIONS`] operations, or so many times what all who wait need. The numbers
//! stand alone: nothing here is interleaved or tells near cores from far ones, which `cargo compare`
//! does. Compare two runs of one contender, not two contenders.
#![forbid(unsafe_code)]

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput};
use latchless_bench::plan::Selection;
use latchless_bench::selection::primitive_entries;
use latchless_bench::workload::Length;
use latchless_bench::workload::primitive::{ALL, Entry, Job, Work, Workload};

/// Operations of one iteration.
const OPERATIONS: u64 = 1024;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .configure_from_args();
    for workload in ALL {
        let entries = primitive_entries(workload.name, &Selection::Core);
        let entries = entries.expect("only names that exist");
        let operations = operations(workload.work);
        let mut group = criterion.benchmark_group(workload.name);
        group.throughput(Throughput::Elements(operations));
        group.sampling_mode(SamplingMode::Flat);
        for entry in &entries {
            bench(&mut group, workload, operations, entry);
        }
        group.finish();
    }
    criterion.final_summary();
}

/// Operations of one iteration: wakes of sleeping threads are dear, and all who wait must have their
/// turn.
fn operations(work: Work) -> u64 {
    match work {
        Work::Wake => 8,
        Work::HandOffs { waiting } | Work::Wakes { waiting } => OPERATIONS.max(2 * waiting as u64),
        _ => OPERATIONS,
    }
}

/// Benches `entry` if it serves the workload.
fn bench(
    group: &mut BenchmarkGroup<'_, WallTime>,
    workload: &Workload,
    operations: u64,
    entry: &Entry,
) {
    let name = entry.card.name;
    let take = |items: u64| {
        let job = Job {
            work: workload.work,
            length: Length::Items(items),
        };
        (entry.run)(&job).unwrap_or_else(|wrong| panic!("{name}: {wrong}"))
    };
    if take(operations).is_none() {
        return;
    }
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|iterations| {
            let items = iterations * operations;
            let outcome = take(items).expect("it has just served this workload");
            // Where several start together they may do a little more than was asked for.
            Duration::from_nanos(outcome.nanos).mul_f64(items as f64 / outcome.items as f64)
        });
    });
}
