//! The workloads of unbounded queues and channels as criterion benches, through the same loops.
//!
//! ```text
//! cargo bench -p latchless-bench --bench unbounded                            all of them
//! cargo bench -p latchless-bench --bench unbounded -- unbounded-spsc/kanal    one of them
//! ```
//!
//! One iteration transfers [`ITEMS`] items. As in the bench of the queues nothing is interleaved: compare two runs of one
//! contender, not two contenders.
#![forbid(unsafe_code)]

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput};
use latchless_bench::unbounded::unbounded_contenders;
use latchless_bench::workload::Length;
use latchless_bench::workload::unbounded::{ALL, Entry, Job, Workload};

/// Items that one iteration transfers.
const ITEMS: u64 = 1024;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .configure_from_args();
    for workload in ALL {
        let mut group = criterion.benchmark_group(workload.name);
        group.throughput(Throughput::Elements(ITEMS));
        group.sampling_mode(SamplingMode::Flat);
        for contender in unbounded_contenders(workload.work) {
            bench(&mut group, workload, &contender);
        }
        group.finish();
    }
    criterion.final_summary();
}

/// Benches `contender` if it serves the workload.
fn bench(group: &mut BenchmarkGroup<'_, WallTime>, workload: &Workload, contender: &Entry) {
    let name = contender.card.name;
    let take = |items: u64| {
        let job = Job {
            work: workload.work,
            credit: workload.work.usual_credit(),
            length: Length::Items(items),
        };
        (contender.run)(&job).unwrap_or_else(|wrong| panic!("{name}: {wrong}"))
    };
    if take(ITEMS).is_none() {
        return;
    }
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|iterations| {
            let outcome = take(iterations * ITEMS).expect("it has just served this workload");
            Duration::from_nanos(outcome.nanos)
        });
    });
}
