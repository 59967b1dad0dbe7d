//! How to model-check code that *uses* the queue, with its public API and loom.
//!
//! In the model build the queue consists of loom's atomics, so a model of your code explores your steps and the
//! queue's together. What it takes:
//!
//! * loom's threads, and loom's atomics for what your code shares beside the queue;
//! * `std`'s `Arc` to share both: its count is no part of what is modelled, and loom's would cost steps;
//! * a queue with few participants, for each object of a model costs time: `Bounded::builder(2).threads(2).handles(2)`;
//! * a preemption bound, for the queue's own steps are many: one or two find most mistakes, and more take longer;
//! * the outcomes written down: a model that never sees the interesting one has proved nothing.
//!
//! Build and run it so: `RUSTFLAGS="--cfg latchless_loom" cargo test --release --test loom_user_code`.
#![cfg(latchless_loom)]
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use latchless::error::TryPopError;
use latchless::queue::Bounded;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

/// The example in the library's guide.
#[path = "../../structures/src/guide/checking_example.rs"]
mod guide_example;

/// How a worker that was told to stop decides that no job is left.
#[derive(Clone, Copy)]
enum Stops {
    /// The queue is closed, and a pop says that it is closed and empty.
    WhenClosed,
    /// A flag is up and a pop says Empty: wrong, for a job may come in after the flag was read.
    WhenFlagged,
}

/// What a worker and a submitter did: how many jobs were accepted, and how many done.
type Outcome = (u32, u32);

/// A pool of one worker. A submitter hands in jobs while the pool is shut down; each job that was accepted must be done
/// when the worker has ended.
fn shut_down(stops: Stops) -> Outcome {
    let queue = Bounded::<u32>::builder(2)
        .threads(2)
        .handles(2)
        .build()
        .expect("a small queue");
    let pool = Arc::new((queue, AtomicBool::new(false)));
    let submitter = {
        let pool = pool.clone();
        thread::spawn(move || {
            let (jobs, stopping) = &*pool;
            let refused = matches!(stops, Stops::WhenFlagged) && stopping.load(Ordering::Acquire);
            u32::from(!refused && jobs.try_push(1).is_ok())
        })
    };
    let worker = {
        let pool = pool.clone();
        thread::spawn(move || work(&pool.0, &pool.1, stops))
    };
    match stops {
        Stops::WhenClosed => {
            pool.0.close();
        }
        Stops::WhenFlagged => pool.1.store(true, Ordering::Release),
    }
    let outcome = (
        submitter.join().expect("the submitter does not panic"),
        worker.join().expect("the worker does not panic"),
    );
    // The queue is loom's: it must be dropped inside of the execution, by the main thread.
    drop(pool);
    outcome
}

/// Does jobs until none can come any more.
fn work(jobs: &Bounded<u32>, stopping: &AtomicBool, stops: Stops) -> u32 {
    let mut done = 0;
    loop {
        // Read before the pop: what is true of the flag then is not made less true by a job that comes later.
        let stop = matches!(stops, Stops::WhenFlagged) && stopping.load(Ordering::Acquire);
        match jobs.try_pop() {
            Ok(job) => done += job,
            Err(TryPopError::Closed) => return done,
            Err(TryPopError::Empty) if stop => return done,
            // Tells loom that another thread has to go on first.
            Err(TryPopError::Empty) => thread::yield_now(),
        }
    }
}

/// Two consumers of one item: a right one asks the pop, a wrong one asks whether there is one and then relies on it.
fn take(queue: &Bounded<u32>, checks_first: bool) -> Option<u32> {
    if checks_first {
        (!queue.is_empty()).then(|| queue.try_pop().expect("it was said not to be empty"))
    } else {
        queue.try_pop().ok()
    }
}

fn two_consumers(check_first: bool) -> Vec<Option<u32>> {
    let queue = Bounded::builder(2)
        .threads(2)
        .handles(2)
        .build()
        .expect("a small queue");
    let queue = Arc::new(queue);
    queue.try_push(7).expect("there is room");
    let consumers: Vec<_> = (0..2)
        .map(|_| {
            let queue = queue.clone();
            thread::spawn(move || take(&queue, check_first))
        })
        .collect();
    let taken = consumers
        .into_iter()
        .map(|consumer| consumer.join().expect("a consumer does not panic"))
        .collect();
    drop(queue);
    taken
}

/// Explores `model` and returns what it came to.
fn outcomes<O: Ord + Send + 'static>(
    preemptions: usize,
    model: impl Fn() -> O + Send + Sync + 'static,
) -> BTreeSet<O> {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 100_000;
    // A mutex of `std`: loom must not see it, or it would order what it should explore.
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let kept = seen.clone();
    builder.check(move || {
        let outcome = model();
        kept.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(outcome);
    });
    std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What the panic that loom found says.
fn complaint(explore: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(explore)).expect_err("loom finds the mistake");
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()))
        .unwrap_or_default()
}

#[test]
fn a_worker_that_stops_at_closed_does_every_accepted_job() {
    let seen = outcomes(1, || {
        let (accepted, done) = shut_down(Stops::WhenClosed);
        assert_eq!(accepted, done, "an accepted job was not done");
        (accepted, done)
    });
    assert_eq!(seen, BTreeSet::from([(0, 0), (1, 1)]));
}

#[test]
fn a_worker_that_stops_at_a_flag_is_found_to_leave_a_job_behind() {
    let said = complaint(|| {
        outcomes(2, || {
            let (accepted, done) = shut_down(Stops::WhenFlagged);
            assert_eq!(accepted, done, "an accepted job was not done");
        });
    });
    assert!(said.contains("an accepted job was not done"), "{said}");
}

#[test]
fn the_example_of_the_guide_holds() {
    guide_example::each_item_is_taken_once();
}

#[test]
fn one_of_two_consumers_gets_the_item() {
    let seen = outcomes(2, || two_consumers(false));
    let expected = [vec![Some(7), None], vec![None, Some(7)]];
    assert_eq!(seen, BTreeSet::from(expected));
}

#[test]
fn a_consumer_that_looks_before_it_pops_is_found_to_fail() {
    let said = complaint(|| {
        outcomes(2, || two_consumers(true));
    });
    assert!(said.contains("it was said not to be empty"), "{said}");
}
