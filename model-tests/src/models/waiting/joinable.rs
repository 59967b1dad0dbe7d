//! Joining: nobody returns too early, nobody is forgotten.
#![forbid(unsafe_code)]

use super::task::{block_on, poll_once};
use crate::models::Model;
use crate::models::kept::Kept;
use latchless::queue::{Bounded, Joinable, Unbounded};
use latchless::sync::{Timer, deadlines};
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread::{self, JoinHandle};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

// The main thread does not wait: what is left of a wake for it would end its joining of threads.
pub(super) const MODELS: &[Model] = &[
    Model::own(
        "who_joins_sees_what_was_done",
        2,
        500,
        &["joined"],
        join_meets_done,
    ),
    Model::own(
        "a_look_that_finds_all_done_sees_what_was_done",
        2,
        5,
        &["done", "not yet"],
        try_join_meets_done,
    ),
    Model::own(
        "two_who_finish_at_a_time_end_a_join",
        1,
        50,
        &["joined"],
        two_finish,
    ),
    Model::own(
        "a_join_meets_a_push_and_its_end",
        2,
        50,
        &["done", "not pushed"],
        join_meets_push_and_done,
    ),
    Model::own(
        "a_join_meets_a_push_and_its_end_without_a_bound",
        1,
        50,
        &["done", "not pushed"],
        join_meets_push_without_bound,
    ),
    Model::own(
        "a_task_that_is_put_back_is_unfinished",
        2,
        50,
        &["joined"],
        join_meets_retry,
    ),
    Model::own(
        "a_join_ends_though_the_next_task_has_come",
        1,
        50,
        &["joined"],
        join_meets_next_task,
    ),
    Model::own(
        "a_join_that_began_later_waits_for_the_next_task",
        1,
        500,
        &["joined"],
        join_after_next_task,
    ),
    Model::own(
        "a_refused_push_does_not_keep_a_join",
        2,
        50,
        &["joined"],
        join_meets_refused_push,
    ),
    Model::own(
        "what_is_handed_back_does_not_keep_a_join",
        2,
        50,
        &["joined"],
        join_meets_close_now,
    ),
    Model::own(
        "a_join_that_nobody_goes_on_with_keeps_no_other",
        2,
        500,
        &["joined"],
        join_beside_kept,
    ),
    Model::own(
        "everybody_who_joins_is_woken",
        1,
        500,
        &["joined"],
        two_join,
    ),
    Model::own(
        "a_dropped_join_leaves_the_wake_to_others",
        2,
        500,
        &["dropped"],
        dropped_join,
    ),
    Model::own(
        "a_join_in_time_or_too_late",
        2,
        50,
        &["in time", "too late"],
        join_until,
    ),
];

fn end<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("loom stops at a panic")
}

/// A queue, and whether its work was done: a fact of which the queue knows nothing.
#[derive(Clone)]
struct Kitchen(Arc<Inside>);

struct Inside {
    queue: Kept<Joinable<u64>>,
    eaten: AtomicBool,
}

impl Kitchen {
    /// With `items` in a queue of `capacity`.
    fn new(capacity: usize, items: u64) -> Self {
        let queue = Bounded::builder(capacity)
            .threads(3)
            .handles(0)
            .build()
            .expect("a small queue");
        for item in 0..items {
            queue.try_push(item).expect("there is room");
        }
        Self::with(Joinable::from(queue))
    }

    /// Without a bound, and empty.
    fn unbounded() -> Self {
        Self::with(Joinable::from(Unbounded::with_slots(2, 2)))
    }

    fn with(queue: Joinable<u64>) -> Self {
        Self(Arc::new(Inside {
            queue: Kept::new(queue),
            eaten: AtomicBool::new(false),
        }))
    }

    fn queue(&self) -> &Joinable<u64> {
        &self.0.queue
    }

    /// Pops one, deals with it and says so.
    fn eat(&self) {
        let task = self.queue().try_pop().expect("there is a task");
        self.0.eaten.store(true, Ordering::Relaxed);
        task.done();
    }

    fn is_eaten(&self) -> bool {
        self.0.eaten.load(Ordering::Relaxed)
    }

    fn spawn<T: 'static>(&self, act: fn(&Kitchen) -> T) -> JoinHandle<T> {
        let kitchen = self.clone();
        thread::spawn(move || act(&kitchen))
    }
}

/// Joins, and finds all done.
fn join(kitchen: &Kitchen) {
    kitchen.queue().join();
    assert!(kitchen.is_eaten(), "joined too early");
}

fn join_meets_done() -> &'static str {
    let kitchen = Kitchen::new(1, 1);
    let joiner = kitchen.spawn(join);
    kitchen.eat();
    end(joiner);
    "joined"
}

fn try_join_meets_done() -> &'static str {
    let kitchen = Kitchen::new(1, 1);
    let eater = kitchen.spawn(Kitchen::eat);
    let done = kitchen.queue().try_join();
    assert!(!done || kitchen.is_eaten(), "joined too early");
    end(eater);
    if done { "done" } else { "not yet" }
}

fn two_finish() -> &'static str {
    let kitchen = Kitchen::new(2, 2);
    let finish = |kitchen: &Kitchen| {
        let task = kitchen.queue().try_pop().expect("one each");
        task.done();
    };
    let joiner = kitchen.spawn(|kitchen| {
        kitchen.queue().join();
        assert_eq!(kitchen.queue().unfinished(), 0, "joined too early");
    });
    let eater = kitchen.spawn(finish);
    finish(&kitchen);
    end(eater);
    end(joiner);
    "joined"
}

fn join_meets_push_and_done() -> &'static str {
    join_meets_push_in(&Kitchen::new(1, 0))
}

fn join_meets_push_without_bound() -> &'static str {
    join_meets_push_in(&Kitchen::unbounded())
}

fn join_meets_push_in(kitchen: &Kitchen) -> &'static str {
    let joiner = kitchen.spawn(|kitchen| {
        let seen_before = !kitchen.queue().is_empty();
        kitchen.queue().join();
        let eaten = kitchen.is_eaten();
        assert!(eaten || !seen_before, "joined too early");
        eaten
    });
    kitchen.queue().try_push(0).expect("there is room");
    kitchen.eat();
    if end(joiner) { "done" } else { "not pushed" }
}

fn join_meets_retry() -> &'static str {
    let kitchen = Kitchen::new(1, 1);
    let joiner = kitchen.spawn(join);
    let task = kitchen.queue().try_pop().expect("there is a task");
    task.try_retry().expect("there is room");
    kitchen.eat();
    end(joiner);
    "joined"
}

/// The zero is over when the joiner wakes.
fn join_meets_next_task() -> &'static str {
    let kitchen = Kitchen::new(1, 1);
    let joiner = kitchen.spawn(|kitchen| {
        let mut joining = kitchen.queue().join_async();
        assert!(poll_once(&mut joining).is_pending());
        let eater = kitchen.spawn(|kitchen| {
            kitchen.eat();
            kitchen.queue().try_push(1).expect("there is room");
        });
        block_on(joining);
        assert!(kitchen.is_eaten(), "joined too early");
        eater
    });
    end(end(joiner));
    "joined"
}

/// The wake for the zero before the second task is late, and must not end a join that began after it.
fn join_after_next_task() -> &'static str {
    let kitchen = Kitchen::new(2, 1);
    let joiner = kitchen.spawn(|kitchen| {
        kitchen.queue().try_push(1).expect("there is room");
        join(kitchen);
    });
    let first = kitchen.queue().try_pop().expect("there is a task");
    first.done();
    let eater = kitchen.spawn(|kitchen| {
        let second = kitchen.queue().pop().expect("not closed");
        kitchen.0.eaten.store(true, Ordering::Relaxed);
        second.done();
    });
    end(joiner);
    end(eater);
    "joined"
}

fn join_meets_refused_push() -> &'static str {
    let kitchen = Kitchen::new(1, 0);
    kitchen.queue().close();
    let joiner = kitchen.spawn(|kitchen| kitchen.queue().join());
    assert!(kitchen.queue().try_push(0).is_err(), "the queue is closed");
    end(joiner);
    assert_eq!(kitchen.queue().unfinished(), 0);
    "joined"
}

fn join_meets_close_now() -> &'static str {
    let kitchen = Kitchen::new(1, 1);
    let joiner = kitchen.spawn(|kitchen| kitchen.queue().join());
    assert_eq!(kitchen.queue().close_now().len(), 1);
    end(joiner);
    "joined"
}

/// A future that is woken and then kept must not keep the wake from those behind it.
fn join_beside_kept() -> &'static str {
    let kitchen = Kitchen::new(1, 1);
    let mut kept = kitchen.queue().join_async();
    assert!(poll_once(&mut kept).is_pending());
    let joiner = kitchen.spawn(join);
    kitchen.eat();
    end(joiner);
    assert!(poll_once(&mut kept).is_ready());
    "joined"
}

fn two_join() -> &'static str {
    let kitchen = Kitchen::new(1, 1);
    let task = kitchen.queue().try_pop().expect("there is a task");
    let joiners = [kitchen.spawn(join), kitchen.spawn(join)];
    kitchen.0.eaten.store(true, Ordering::Relaxed);
    task.done();
    joiners.into_iter().for_each(end);
    "joined"
}

/// Says whether its task was woken.
#[derive(Default)]
struct Woken(std::sync::atomic::AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

/// Dropped before or after it is woken, with another behind it.
fn dropped_join() -> &'static str {
    let kitchen = Kitchen::new(1, 1);
    let mut fickle = kitchen.queue().join_async();
    assert!(poll_once(&mut fickle).is_pending());
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut patient = kitchen.queue().join_async();
    let polled = Pin::new(&mut patient).poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    let eater = kitchen.spawn(Kitchen::eat);
    drop(fickle);
    end(eater);
    assert!(
        woken.0.load(std::sync::atomic::Ordering::Relaxed),
        "nobody woke it"
    );
    assert!(poll_once(&mut patient).is_ready());
    "dropped"
}

fn join_until() -> &'static str {
    let kitchen = Kitchen::new(1, 1);
    let (timer, clock) = Timer::start();
    deadlines(Some(timer));
    let joiner = kitchen.spawn(|kitchen| {
        let in_time = kitchen.queue().join_timeout(Duration::from_secs(1));
        assert!(!in_time || kitchen.is_eaten(), "joined too early");
        in_time
    });
    kitchen.eat();
    let in_time = end(joiner);
    end(clock);
    deadlines(None);
    if in_time { "in time" } else { "too late" }
}
