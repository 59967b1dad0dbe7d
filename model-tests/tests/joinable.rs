//! `Joinable`: what its tasks do, one by one, and what holds among threads.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

#[path = "joinable/among_threads.rs"]
mod among_threads;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use latchless::error::{CapacityError, PushTimeoutError};
use latchless::queue::{Bounded, Joinable, OwnedTask, Task, Unbounded};

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A full queue of one, and a task of its that was popped before.
fn full<T>(queue: &Joinable<T>, popped: T, inside: T) -> Task<'_, T> {
    assert_eq!(queue.capacity(), Some(1));
    queue.push(popped).expect("not closed");
    let task = queue.pop().expect("not closed");
    queue.push(inside).expect("not closed");
    task
}

#[test]
fn a_task_is_unfinished_from_its_push_until_it_is_dropped() {
    let queue = Joinable::new(2);
    queue.push('a').expect("not closed");
    assert_eq!((queue.unfinished(), queue.len()), (1, 1));
    let task = queue.pop().expect("not closed");
    assert_eq!((queue.unfinished(), queue.len()), (1, 0));
    assert!(queue.is_empty() && !queue.try_join());
    drop(task);
    assert_eq!(queue.unfinished(), 0);
    assert!(queue.try_join());
}

/// Notes, when it is dropped, how many tasks were unfinished then.
struct Witness {
    queue: OnceLock<Weak<Joinable<Witness>>>,
    seen: Arc<AtomicUsize>,
}

impl Drop for Witness {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.get().and_then(Weak::upgrade) {
            self.seen.store(queue.unfinished(), Ordering::Relaxed);
        }
    }
}

#[test]
fn an_item_is_gone_before_its_task_counts_as_done_unless_it_was_taken_out() {
    let seen = Arc::new(AtomicUsize::new(usize::MAX));
    let queue = Arc::new(Joinable::new(1));
    let popped = || {
        let witness = Witness {
            queue: OnceLock::from(Arc::downgrade(&queue)),
            seen: Arc::clone(&seen),
        };
        assert!(queue.push(witness).is_ok());
        queue.pop().expect("not closed")
    };
    popped().done();
    assert_eq!(seen.swap(usize::MAX, Ordering::Relaxed), 1);
    drop(popped());
    assert_eq!(seen.swap(usize::MAX, Ordering::Relaxed), 1);
    drop(popped().into_inner());
    assert_eq!(seen.swap(usize::MAX, Ordering::Relaxed), 0);
    let (witness, unfinished) = popped().into_parts();
    drop(witness);
    assert_eq!(seen.swap(usize::MAX, Ordering::Relaxed), 1);
    drop(unfinished);
    assert!(queue.try_join());
}

#[test]
fn a_task_can_be_changed_and_shown() {
    let queue = Joinable::new(1);
    queue.push(1).expect("not closed");
    let mut task = queue.pop().expect("not closed");
    *task += 1;
    assert_eq!(format!("{task:?}"), "Task(2)");
    assert!(format!("{queue:?}").contains("unfinished: 1"), "{queue:?}");
    assert_eq!(task.into_inner(), 2);
}

#[test]
fn a_retried_task_goes_behind_the_others_and_stays_unfinished() {
    let queue = Joinable::new(2);
    for item in ["first", "second"] {
        queue.push(item).expect("not closed");
    }
    queue.pop().expect("two are there").retry().expect("room");
    assert_eq!(queue.unfinished(), 2);
    let order = [(); 2].map(|()| queue.pop().expect("two are there").into_inner());
    assert_eq!(order, ["second", "first"]);
    assert!(queue.try_join());
}

#[test]
fn a_full_queue_gives_a_retried_task_back_unfinished() {
    let queue = Joinable::new(1);
    let task = full(&queue, "ours", "inside");
    let error = task.try_retry().expect_err("full");
    assert!(error.is_full());
    let task = error.into_inner();
    let error = task.retry_timeout(Duration::ZERO).expect_err("full");
    assert!(error.is_timeout());
    let task = error.into_inner();
    let error = task.retry_deadline(Instant::now()).expect_err("full");
    let task = error.into_inner();
    assert_eq!((*task, queue.unfinished()), ("ours", 2));
    queue.pop().expect("one is there").done();
    task.retry_timeout(Duration::MAX).expect("there is room");
    assert_eq!(queue.unfinished(), 1);
}

#[test]
fn a_closed_queue_gives_a_retried_task_back_unfinished() {
    let queue = Joinable::new(1);
    queue.push(1).expect("not closed");
    let task = queue.pop().expect("not closed");
    queue.close();
    let task = task.try_retry().expect_err("closed").into_inner();
    let task = task.retry().expect_err("closed").into_inner();
    let error = task.retry_timeout(Duration::MAX).expect_err("closed");
    assert!(matches!(error, PushTimeoutError::Closed(_)));
    let Poll::Ready(Err(error)) = poll_once(error.into_inner().retry_async()) else {
        panic!("closed");
    };
    assert_eq!(queue.unfinished(), 1);
    drop(error);
    assert_eq!(queue.unfinished(), 0);
}

#[test]
fn a_retry_that_is_cancelled_counts_its_task_as_done() {
    let item = Arc::new(());
    let queue = Joinable::new(1);
    let task = full(&queue, Arc::clone(&item), Arc::default());
    let mut retrying = Box::pin(task.retry_async());
    assert!(poll_once(retrying.as_mut()).is_pending());
    assert_eq!((queue.unfinished(), Arc::strong_count(&item)), (2, 2));
    drop(retrying);
    assert_eq!((queue.unfinished(), Arc::strong_count(&item)), (1, 1));
}

#[test]
fn a_push_that_waits_or_was_cancelled_is_not_unfinished() {
    let queue = Joinable::new(1);
    queue.push(1).expect("not closed");
    let mut pushing = Box::pin(queue.push_async(2));
    assert!(poll_once(pushing.as_mut()).is_pending());
    assert_eq!(queue.unfinished(), 1);
    drop(pushing);
    assert!(queue.try_push(2).is_err_and(|error| error.is_full()));
    let error = queue.push_timeout(2, Duration::ZERO).expect_err("full");
    assert!(error.is_timeout());
    queue.pop().expect("one is there").done();
    assert!(queue.try_join());
}

#[test]
fn a_worker_that_panics_counts_its_task_as_done() {
    let queue = Joinable::new(1);
    queue.push(()).expect("not closed");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _task = queue.pop().expect("one is there");
        resume_unwind(Box::new("a worker"));
    }));
    assert!(panicked.is_err());
    queue.join();
}

#[test]
fn a_join_goes_on_after_a_close_until_the_rest_is_done_or_handed_back() {
    let queue = Joinable::new(3);
    (0..3).for_each(|item| queue.push(item).expect("not closed"));
    let task = queue.pop().expect("not closed");
    let mut joining = Box::pin(queue.join_async());
    assert!(queue.close() && !queue.close());
    assert!(poll_once(joining.as_mut()).is_pending());
    assert_eq!(queue.close_now(), [1, 2]);
    assert!(queue.pop().is_err() && queue.is_closed());
    assert!(poll_once(joining.as_mut()).is_pending());
    task.done();
    assert!(poll_once(joining.as_mut()).is_ready());
}

#[test]
fn what_a_bounded_queue_holds_counts_as_pushed() {
    let bounded = Bounded::builder(3).threads(1).build().expect("small");
    (0..2).for_each(|item| bounded.try_push(item).expect("room"));
    let queue = Joinable::from(bounded);
    assert_eq!(queue.unfinished(), 2);
    while let Ok(task) = queue.try_pop() {
        task.done();
    }
    queue.join();
    assert_eq!(Joinable::<u8>::try_new(0).unwrap_err(), CapacityError::Zero);
}

#[test]
fn without_a_bound_no_push_and_no_retry_is_refused_before_the_close() {
    let unbounded: Unbounded<_> = (0..3).collect();
    let queue = Joinable::from(unbounded);
    assert_eq!((queue.unfinished(), queue.capacity()), (3, None));
    let mut more = (3..5_000).collect();
    assert_eq!(queue.push_many(&mut more), 4_997);
    assert!(!queue.is_full());
    let first = queue.pop().expect("there is a task");
    first.try_retry().expect("there is always room");
    assert_eq!(queue.unfinished(), 5_000);
    let mut order = Vec::new();
    while let Ok(task) = queue.try_pop() {
        order.push(task.into_inner());
    }
    assert!(order.iter().copied().eq((1..5_000).chain([0])));
    assert!(queue.try_join());
    queue.shrink();
    queue.push(1).expect("it is open");
    let task = queue.pop().expect("there is a task");
    queue.close();
    let task = task.try_retry().expect_err("it is closed").into_inner();
    assert_eq!(queue.unfinished(), 1);
    task.done();
    queue.join();
}

#[test]
fn an_owned_task_keeps_its_queue_and_finishes_once() {
    let queue = Arc::new(Joinable::new(1));
    queue.push(5).expect("not closed");
    let task: OwnedTask<i32> = queue.pop().expect("one").into_owned(&queue);
    assert_eq!((*task, queue.unfinished()), (5, 1));
    assert!(task.retry().is_ok());
    assert_eq!(Arc::strong_count(&queue), 1);
    let task = queue.pop().expect("one").into_owned(&queue);
    assert_eq!(queue.unfinished(), 1);
    let weak = Arc::downgrade(&queue);
    drop(queue);
    assert_eq!(weak.upgrade().map(|queue| queue.unfinished()), Some(1));
    drop(task);
    assert!(weak.upgrade().is_none());
}

#[test]
#[should_panic(expected = "popped from")]
fn a_task_cannot_be_owned_by_another_queue() {
    let [queue, other] = [(); 2].map(|()| Arc::new(Joinable::new(1)));
    queue.push(()).expect("not closed");
    drop(queue.pop().expect("one").into_owned(&other));
}

#[test]
fn all_futures_may_go_to_another_thread() {
    fn sent<F: Future + Send>(future: F) -> F {
        future
    }
    let queue = Arc::new(Joinable::new(1));
    assert!(poll_once(sent(queue.push_async(1))).is_ready());
    let Poll::Ready(Ok(task)) = poll_once(sent(queue.pop_async())) else {
        panic!("one is there");
    };
    let task = task.into_owned(&queue);
    assert!(poll_once(sent(queue.join_async())).is_pending());
    assert!(poll_once(sent(task.retry_async())).is_ready());
}

/// Counts how often it is rung.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_join_that_is_forgotten_keeps_no_other_who_joins() {
    let queue = Joinable::new(1);
    queue.push(()).expect("not closed");
    let bells = [Arc::<Bell>::default(), Arc::default()];
    let [one, other] = bells.clone().map(Waker::from);
    let mut forgotten = Box::pin(queue.join_async());
    assert!(
        forgotten
            .as_mut()
            .poll(&mut Context::from_waker(&one))
            .is_pending()
    );
    std::mem::forget(forgotten);
    let mut joins = pin!(queue.join_async());
    assert!(
        joins
            .as_mut()
            .poll(&mut Context::from_waker(&other))
            .is_pending()
    );
    queue.pop().expect("not closed").done();
    let rung = bells.each_ref().map(|bell| bell.0.load(Ordering::Relaxed));
    assert_eq!(rung, [1, 1]);
    assert!(
        joins
            .as_mut()
            .poll(&mut Context::from_waker(&other))
            .is_ready()
    );
}

#[test]
fn what_a_batch_could_not_push_stays_with_the_caller_and_is_not_unfinished() {
    let queue = Joinable::new(2);
    let mut items = (1..=4).collect();
    assert_eq!(queue.try_push_many(&mut items), 2);
    assert_eq!((&items, queue.unfinished()), (&[3, 4].into(), 2));
    let mut tasks = Vec::new();
    assert_eq!(queue.pop_many(&mut tasks, 0), 0);
    assert_eq!(queue.try_pop_many(&mut tasks, 1), 1);
    assert_eq!(queue.pop_many(&mut tasks, 9), 1);
    assert_eq!(queue.try_pop_many(&mut tasks, 9), 0);
    assert_eq!(tasks.iter().map(|task| **task).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(queue.unfinished(), 2, "those in hand");
    drop(tasks);
    queue.close();
    assert_eq!(queue.push_many(&mut items), 0);
    assert_eq!(queue.try_push_many(&mut items), 0);
    assert_eq!((items.len(), queue.unfinished()), (2, 0));
    assert_eq!(queue.pop_many(&mut Vec::new(), 9), 0);
}
