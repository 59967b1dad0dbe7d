//! Many tasks that wait for one event.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::latency::Clock;
use super::super::{Outcome, Wrong};
use super::Job;
use super::one_thread::{Used, give_way, on_one_thread};
use crate::primitive::AsyncEvent;
use crate::record::Waited;

/// What the tasks of one set tell.
#[derive(Debug, Default)]
struct Roll {
    asked: AtomicU64,
    woken: AtomicU64,
    /// When the last of them was.
    last: AtomicU64,
}

/// Runs `E` once: over and over `waiting` tasks wait, and the clock runs from the set that wakes them
/// until the last of them has gone on.
pub(super) fn run<E: AsyncEvent>(job: &Job, waiting: usize) -> Result<Option<Outcome>, Wrong> {
    on_one_thread(job.length, move |limits| async move {
        let (event, clock) = (Arc::new(E::new()), Clock::get());
        // The first set meets fresh memory and counts for nothing.
        one_set(&event, waiting as u64, clock).await?;
        let used = Used::from_now();
        let (mut items, mut nanos) = (0, 0);
        while items < limits.items && (items == 0 || used.elapsed() < limits.time) {
            nanos += clock.nanos(one_set(&event, waiting as u64, clock).await?);
            items += waiting as u64;
        }
        let (cpu_nanos, switches) = used.so_far();
        Ok(Some(Outcome {
            items,
            nanos,
            per_thread: vec![items],
            latency_nanos: None,
            cpu_nanos,
            pinned: false,
            waited: Some(Waited {
                switches,
                round_trip_nanos: None,
            }),
        }))
    })
}

/// How many ticks it takes to wake all.
async fn one_set<E: AsyncEvent>(event: &Arc<E>, waiting: u64, clock: Clock) -> Result<u64, Wrong> {
    event.reset();
    let roll = Arc::new(Roll::default());
    for _ in 0..waiting {
        let (event, roll) = (Arc::clone(event), Arc::clone(&roll));
        tokio::spawn(async move {
            roll.asked.fetch_add(1, Ordering::Relaxed);
            event.wait_async().await;
            if roll.woken.fetch_add(1, Ordering::Relaxed) + 1 == waiting {
                roll.last.store(clock.now(), Ordering::Relaxed);
            }
        });
    }
    while roll.asked.load(Ordering::Relaxed) < waiting {
        give_way().await;
    }
    let early = roll.woken.load(Ordering::Relaxed);
    if early > 0 {
        return Err(Wrong::Early { woken: early });
    }
    let before = clock.now();
    event.set();
    // For ever, and then found to hang, if one of them is not woken.
    while roll.woken.load(Ordering::Relaxed) < waiting {
        give_way().await;
    }
    Ok(roll.last.load(Ordering::Relaxed).saturating_sub(before))
}
