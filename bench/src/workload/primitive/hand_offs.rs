//! One permit that goes round among many tasks.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::super::{Outcome, Wrong};
use super::Job;
use super::one_thread::{Limits, Used, give_way, on_one_thread};
use super::permits::Watch;
use crate::primitive::{AsyncSemaphore, Card};
use crate::record::Waited;

/// Hand-offs between two looks at the clock.
const ROW: u64 = 64;

/// What goes round where there is no semaphore: nothing.
pub(super) const CONTROL: Card = Card {
    name: "no semaphore",
    origin: "floor",
    kind: "semaphore",
    algorithm: "as many tasks that give way to each other three times for each hand-off",
    fair: true,
    order: "the runtime's",
    stopped_peer: "not asked",
    blocking: false,
    asynchronous: true,
    timeout: false,
    waiting: "tasks",
};

/// What all tasks know: everything happens on one thread.
#[derive(Debug)]
struct Round {
    used: Used,
    limits: Limits,
    /// Hand-offs that are made however long they take: twice around.
    fewest: u64,
    done: AtomicU64,
    /// What the round took, once it is over.
    nanos: AtomicU64,
    over: AtomicBool,
}

impl Round {
    fn new(limits: Limits, waiting: usize) -> Round {
        Round {
            used: Used::from_now(),
            limits,
            fewest: 2 * tasks(waiting) as u64,
            done: AtomicU64::new(0),
            nanos: AtomicU64::new(0),
            over: AtomicBool::new(false),
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Counts a hand-off; the last one ends the round.
    #[inline]
    fn count(&self) {
        if self.is_over() {
            return;
        }
        let done = self.done.load(Ordering::Relaxed) + 1;
        self.done.store(done, Ordering::Relaxed);
        let last = done == self.limits.items;
        if last || (done.is_multiple_of(ROW) && done >= self.fewest) {
            let elapsed = self.used.elapsed();
            if last || elapsed >= self.limits.time {
                self.nanos
                    .store(elapsed.as_nanos() as u64, Ordering::Relaxed);
                self.over.store(true, Ordering::Relaxed);
            }
        }
    }

    fn outcome(&self) -> Outcome {
        let (cpu_nanos, switches) = self.used.so_far();
        let items = self.done.load(Ordering::Relaxed);
        Outcome {
            items,
            nanos: self.nanos.load(Ordering::Relaxed),
            per_thread: vec![items],
            latency_nanos: None,
            cpu_nanos,
            pinned: false,
            waited: Some(Waited {
                switches,
                round_trip_nanos: None,
            }),
        }
    }
}

/// A round that begins after some hand-offs, in which everything is used for the first time.
#[derive(Debug)]
struct Start {
    before: AtomicU64,
    limits: Limits,
    waiting: usize,
    begun: OnceLock<Round>,
}

impl Start {
    fn new(limits: Limits, waiting: usize) -> Start {
        Start {
            before: AtomicU64::new(0),
            limits,
            waiting,
            begun: OnceLock::new(),
        }
    }

    #[inline]
    fn count(&self) {
        if let Some(round) = self.begun.get() {
            return round.count();
        }
        let before = self.before.load(Ordering::Relaxed) + 1;
        self.before.store(before, Ordering::Relaxed);
        if before >= tasks(self.waiting) as u64 {
            self.begun
                .get_or_init(|| Round::new(self.limits, self.waiting));
        }
    }

    fn is_over(&self) -> bool {
        self.begun.get().is_some_and(Round::is_over)
    }
}

/// One that has the permit, one that has just given it back, and so many in between.
fn tasks(waiting: usize) -> usize {
    waiting + 2
}

/// Runs `S` once: all tasks have asked for the permit when it begins to go round.
/// The clock starts after as many hand-offs as there are tasks.
pub(super) fn run<S: AsyncSemaphore>(job: &Job, waiting: usize) -> Result<Option<Outcome>, Wrong> {
    on_one_thread(job.length, move |limits| async move {
        let semaphore = Arc::new(S::new(1));
        let watch = Arc::new(Watch::new(1));
        let asked = Arc::new(AtomicU64::new(0));
        let round = Arc::new(Start::new(limits, waiting));
        let mut others = Vec::new();
        let begin = async {
            for _ in 0..tasks(waiting) {
                let (semaphore, watch) = (Arc::clone(&semaphore), Arc::clone(&watch));
                let (asked, round) = (Arc::clone(&asked), Arc::clone(&round));
                others.push(tokio::spawn(async move {
                    asked.fetch_add(1, Ordering::Relaxed);
                    circulate(&*semaphore, &watch, &round).await
                }));
            }
            while asked.load(Ordering::Relaxed) < tasks(waiting) as u64 {
                give_way().await;
            }
        };
        semaphore.with_permit_async(begin).await;
        let mut visits = 0;
        for task in others {
            let visited = task.await;
            visits += visited.map_err(|error| Wrong::Panicked(error.to_string()))?;
        }
        watch.check(&*semaphore, visits)?;
        Ok(round.begun.get().map(Round::outcome))
    })
}

/// Takes part until the round is over; says how often it had the permit.
///
/// While one gives way with the permit, all others who want it come to ask for it; and after it has
/// given it back, the one that was woken by that is before it. So there is a line at each hand-off,
/// and a hand-off each time, whether the semaphore keeps the order or not.
async fn circulate<S: AsyncSemaphore>(semaphore: &S, watch: &Watch, round: &Start) -> u64 {
    let mut visits = 0;
    loop {
        semaphore
            .with_permit_async(async {
                watch.enter();
                give_way().await;
                round.count();
                watch.leave();
            })
            .await;
        visits += 1;
        if round.is_over() {
            return visits;
        }
        give_way().await;
    }
}

/// The same with nothing that goes round.
pub(super) fn control(job: &Job, waiting: usize) -> Result<Option<Outcome>, Wrong> {
    on_one_thread(job.length, move |limits| async move {
        let round = Arc::new(Start::new(limits, waiting));
        let task = |_| {
            let round = Arc::clone(&round);
            tokio::spawn(async move {
                while !round.is_over() {
                    round.count();
                    give_way().await;
                    give_way().await;
                    give_way().await;
                }
            })
        };
        let all: Vec<_> = (0..tasks(waiting)).map(task).collect();
        for task in all {
            let ended = task.await;
            ended.map_err(|error| Wrong::Panicked(error.to_string()))?;
        }
        Ok(round.begun.get().map(Round::outcome))
    })
}
