//! The race demos: what one operation of each version costs, the broken one's included.
//!
//! Times are wall time over all operations of all threads of the demo, from the first thread's
//! start to the last one's end; making the threads is not part of it.

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use latchless_bench::baseline::{StdMutex, Vyukov};
use latchless_bench::contender::Contender;
use latchless_bench::contenders::LatchlessHandle;
use latchless_bench::demo::stall;
use latchless_bench::demo::{DEMOS, Demo, Race};

fn races(criterion: &mut Criterion) {
    for demo in &DEMOS {
        if let Demo::Race(race) = demo {
            versions(criterion, race);
        }
    }
}

fn versions(criterion: &mut Criterion, race: &Race) {
    let mut group = criterion.benchmark_group(race.name);
    for (index, version) in race.versions().enumerate() {
        let name = if index == 0 { "broken" } else { version.name };
        group.bench_function(name, |bencher| bencher.iter_custom(version.cost));
    }
    group.finish();
}

/// Pairs of push and pop on two threads, nobody being stopped: the price of standing every stop.
fn stall(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(stall::NAME);
    pairs::<StdMutex>(&mut group);
    pairs::<Vyukov>(&mut group);
    pairs::<LatchlessHandle>(&mut group);
    group.finish();
}

fn pairs<C: Contender<u64>>(group: &mut BenchmarkGroup<'_, WallTime>) {
    group.bench_function(C::CARD.name, |bencher| {
        bencher.iter_custom(stall::cost::<C>)
    });
}

criterion_group! {
    name = demos;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300));
    targets = races, stall
}
criterion_main!(demos);
