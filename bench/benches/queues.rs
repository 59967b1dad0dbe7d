//! The workloads of the comparison as criterion benches, through the same loops.
//!
//! ```text
//! cargo bench -p latchless-bench --bench queues                  all of them
//! cargo bench -p latchless-bench --bench queues -- spsc/kanal    one of it
//! ```
//!
//! One iteration transfers [`ITEMS`] items; criterion's throughput is in items. The numbers stand
//! alone: nothing here is interleaved or tells near cores from far ones, which `cargo compare`
//! does. Compare two runs of one contender, not two contenders.
#![forbid(unsafe_code)]

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput};
use latchless_bench::contender::Payload;
use latchless_bench::plan::Selection;
use latchless_bench::selection::{Entry, entries};
use latchless_bench::workload::{ALL, Job, Length, Workload};

/// Items that one iteration transfers.
const ITEMS: u64 = 1024;

/// Capacity in items.
const CAPACITY: usize = 1024;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .configure_from_args();
    let contenders = entries(<u64 as Payload>::NAME, &Selection::Core).expect("u64 is a payload");
    for &workload in ALL {
        let mut group = criterion.benchmark_group(workload.name);
        group.throughput(Throughput::Elements(ITEMS));
        group.sampling_mode(SamplingMode::Flat);
        for contender in &contenders {
            bench(&mut group, workload, contender);
        }
        group.finish();
    }
    criterion.final_summary();
}

/// Benches `contender` if it serves the workload.
fn bench(group: &mut BenchmarkGroup<'_, WallTime>, workload: Workload, contender: &Entry) {
    let name = contender.card.name;
    let take = |items: u64| {
        let job = Job {
            shape: workload.shape,
            capacity: CAPACITY,
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
