//! Tasks that acquire and release, on a runtime of their own.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crossbeam_utils::CachePadded;

use super::super::check::Totals;
use super::super::run::first_value;
use super::super::waiting::tasks::{Flow, GIVEN_UP, GIVEN_UP_ITEMS, runtime};
use super::super::{Length, Outcome, Wrong};
use super::Job;
use super::one_thread::give_way;
use super::permits::Watch;
use crate::cores;
use crate::primitive::AsyncSemaphore;
use crate::record::Waited;

/// Operations between two looks at the stop flag.
const FEW: u64 = 8;

/// Runs `S` once. CPU time and switches are the whole program's, whose other threads sleep.
pub(super) fn run<S: AsyncSemaphore>(
    job: &Job,
    tasks: usize,
    permits: usize,
) -> Result<Option<Outcome>, Wrong> {
    let (limit, time) = match job.length {
        Length::Time(time) => (first_value(1), time),
        Length::Items(items) => (items.div_ceil(tasks as u64), GIVEN_UP_ITEMS),
    };
    let (runtime, pinned) = runtime()?;
    let shared = Arc::new(Shared {
        semaphore: CachePadded::new(S::new(permits)),
        watch: Watch::new(permits),
        stop: AtomicBool::new(false),
        limit,
    });
    let (cpu, switches) = (cores::process_time(), cores::process_switches());
    let start = Instant::now();
    let mut flow = Flow::new(runtime);
    let task = |_| {
        let shared = Arc::clone(&shared);
        flow.spawn(async move { (acquires(&shared).await, Totals::default()) })
    };
    let handles = (0..tasks).map(task).collect();
    if !flow.ended_within(time)? {
        // ORDERING: Relaxed: nothing is passed on by it.
        shared.stop.store(true, Ordering::Relaxed);
        if !flow.ended_within(GIVEN_UP)? {
            flow.abandon();
            return Err(Wrong::Hung);
        }
    }
    let nanos = start.elapsed().as_nanos() as u64;
    let now = cores::process_switches();
    let cpu = cores::process_time().saturating_sub(cpu);
    let per_task: Vec<u64> = flow
        .results(handles)?
        .iter()
        .map(|(did, _)| did.count)
        .collect();
    let operations = per_task.iter().sum();
    shared.watch.check(&*shared.semaphore, operations)?;
    Ok(Some(Outcome {
        items: operations,
        nanos,
        per_thread: per_task,
        latency_nanos: None,
        cpu_nanos: cpu.as_nanos() as u64,
        pinned,
        waited: Some(Waited {
            switches: [0, 1].map(|kind| now[kind].saturating_sub(switches[kind])),
            round_trip_nanos: None,
        }),
    }))
}

/// What the tasks of one run share.
#[derive(Debug)]
struct Shared<S> {
    semaphore: CachePadded<S>,
    watch: CachePadded<Watch>,
    stop: AtomicBool,
    limit: u64,
}

async fn acquires<S: AsyncSemaphore>(shared: &Shared<S>) -> Totals {
    let mut done = 0;
    while done < shared.limit && !shared.stop.load(Ordering::Relaxed) {
        let count = FEW.min(shared.limit - done);
        for _ in 0..count {
            let inside = async {
                shared.watch.enter();
                give_way().await;
                shared.watch.leave();
            };
            shared.semaphore.with_permit_async(inside).await;
        }
        done += count;
    }
    Totals::consecutive(0, done)
}
