//! The joinable queue: tasks, room and joins are had by others, whatever the wakers do.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use latchless::queue::{Joinable, Task};

use super::rogue::{Deed, Rogue};
use super::tasks::{Bell, poll, poll_for, poll_once};
use super::{SOME, panics};

/// A queue that wakers may call.
fn lasting() -> &'static Joinable<u64> {
    Box::leak(Box::new(Joinable::new(1)))
}

/// The one task that is there.
fn task(queue: &Joinable<u64>) -> Task<'_, u64> {
    queue.try_pop().expect("there is one")
}

/// What a pop came to.
fn item<E>(popped: Poll<Result<Task<'_, u64>, E>>) -> Poll<Option<u64>> {
    popped.map(|popped| popped.ok().map(Task::into_inner))
}

/// What must hold of a queue of one slot at which nobody waits: it is empty, all is done, and it serves as a new one.
fn assert_serves(queue: &Joinable<u64>) {
    assert!(queue.is_empty() && queue.try_join());
    let bells = [(); 3].map(|()| Bell::new());
    for round in 1..4 {
        let mut popping = queue.pop_async();
        assert!(poll_for(&mut popping, &bells[0]).is_pending());
        queue.try_push(round).expect("there is room");
        let mut pushing = queue.push_async(round + 1);
        assert!(poll_for(&mut pushing, &bells[1]).is_pending());
        let mut joining = queue.join_async();
        assert!(poll_for(&mut joining, &bells[2]).is_pending());
        assert_eq!(
            item(poll_for(&mut popping, &bells[0])),
            Poll::Ready(Some(round))
        );
        assert!(poll_for(&mut pushing, &bells[1]).is_ready());
        task(queue).done();
        assert!(poll_for(&mut joining, &bells[2]).is_ready());
        for bell in &bells {
            assert_eq!(bell.rings() as u64, round);
        }
    }
    for bell in &bells {
        assert_eq!(Arc::strong_count(bell), 1);
    }
}

#[test]
fn a_wake_that_panics_counts_as_none_and_the_next_is_woken() {
    let queue = Joinable::new(1);
    let (rogue, bell) = (Rogue::that_panics(Deed::Wake), Bell::new());
    rogue.arm(true);
    // For a task.
    let mut first = queue.pop_async();
    assert!(poll(&mut first, &rogue.waker()).is_pending());
    let mut second = queue.pop_async();
    assert!(poll_for(&mut second, &bell).is_pending());
    queue.try_push(1).expect("there is room");
    assert_eq!((rogue.times(), bell.rings()), (1, 1));
    assert_eq!(item(poll_for(&mut second, &bell)), Poll::Ready(Some(1)));
    drop((first, second));
    // For room.
    queue.try_push(2).expect("there is room");
    let mut first = queue.push_async(3);
    assert!(poll(&mut first, &rogue.waker()).is_pending());
    let mut second = queue.push_async(4);
    assert!(poll_for(&mut second, &bell).is_pending());
    task(&queue).done();
    assert_eq!((rogue.times(), bell.rings()), (2, 2));
    assert_eq!(poll_for(&mut second, &bell), Poll::Ready(Ok(())));
    drop((first, second));
    // For the end of all tasks: everybody is woken.
    let mut joins = [(); 3].map(|()| queue.join_async());
    let wakers = [bell.waker(), rogue.waker(), bell.waker()];
    for (join, waker) in joins.iter_mut().zip(&wakers) {
        assert!(poll(join, waker).is_pending());
    }
    task(&queue).done();
    assert_eq!((rogue.times(), bell.rings()), (3, 4));
    for join in &mut joins {
        assert!(poll_once(join).is_ready());
    }
    drop((joins, wakers));
    assert_eq!(Arc::strong_count(&rogue), 1);
    assert_serves(&queue);
}

#[test]
fn a_wake_that_panics_at_a_close_leaves_nobody_asleep() {
    let queue = Joinable::new(1);
    let (rogue, bell) = (Rogue::that_panics(Deed::Wake), Bell::new());
    rogue.arm(true);
    queue.try_push(1).expect("there is room");
    let mut pushes = [2, 3, 4].map(|value| queue.push_async(value));
    let wakers = [bell.waker(), rogue.waker(), bell.waker()];
    for (push, waker) in pushes.iter_mut().zip(&wakers) {
        assert!(poll(push, waker).is_pending());
    }
    let mut joins = [(); 3].map(|()| queue.join_async());
    for (join, waker) in joins.iter_mut().zip(&wakers) {
        assert!(poll(join, waker).is_pending());
    }
    // What is inside is handed back, and counts as done.
    assert_eq!(queue.close_now(), [1]);
    assert_eq!((rogue.times(), bell.rings()), (2, 4));
    for push in &mut pushes {
        assert!(matches!(poll_once(push), Poll::Ready(Err(_))));
    }
    for join in &mut joins {
        assert!(poll_once(join).is_ready());
    }
}

#[test]
fn a_waker_whose_clone_panics_leaves_the_join_as_it_was() {
    let queue = Joinable::new(1);
    let (rogue, bell) = (Rogue::that_panics(Deed::Clone), Bell::new());
    let waker = rogue.waker();
    rogue.arm(true);
    queue.try_push(1).expect("there is room");
    // At its first poll, and when it has been polled for another.
    let mut join = queue.join_async();
    assert!(panics(|| poll(&mut join, &waker)));
    assert!(poll_for(&mut join, &bell).is_pending());
    assert!(panics(|| poll(&mut join, &waker)));
    task(&queue).done();
    assert_eq!(bell.rings(), 1, "the one before is still the one to wake");
    assert!(poll_for(&mut join, &bell).is_ready());
    // A push whose future was polled with it is not unfinished, and neither is what it was to push.
    queue.try_push(2).expect("there is room");
    let mut push = queue.push_async(3);
    assert!(panics(|| poll(&mut push, &waker)));
    assert_eq!(queue.unfinished(), 1);
    drop(push);
    task(&queue).done();
    rogue.arm(false);
    drop((waker, join));
    assert_eq!(Arc::strong_count(&rogue), 1);
    assert_serves(&queue);
}

#[test]
fn a_waker_whose_drop_panics_does_not_keep_a_notification() {
    let queue = Joinable::new(1);
    let (rogue, bell) = (Rogue::that_panics(Deed::Drop), Bell::new());
    for turn in 1..50 {
        let mut first = queue.pop_async();
        assert!(poll(&mut first, &rogue.waker()).is_pending());
        let mut second = queue.pop_async();
        assert!(poll_for(&mut second, &bell).is_pending());
        queue.try_push(turn).expect("there is room");
        rogue.arm(true);
        drop(first);
        rogue.arm(false);
        assert_eq!(bell.rings() as u64, 2 * turn - 1, "the notification is too");
        // A join that is dropped does not keep the others.
        let mut first = queue.join_async();
        assert!(poll(&mut first, &rogue.waker()).is_pending());
        let mut join = queue.join_async();
        assert!(poll_for(&mut join, &bell).is_pending());
        rogue.arm(true);
        drop(first);
        rogue.arm(false);
        assert_eq!(item(poll_for(&mut second, &bell)), Poll::Ready(Some(turn)));
        assert_eq!(bell.rings() as u64, 2 * turn);
        assert!(poll_for(&mut join, &bell).is_ready());
    }
    assert_eq!(rogue.times(), 98);
    assert_eq!(Arc::strong_count(&rogue), 1);
    assert_serves(&queue);
}

/// The task that the wake pushes is no task of the joins that it wakes.
#[test]
fn a_wake_that_pushes_and_pops_is_not_woken_by_itself_again_and_again() {
    let queue = lasting();
    let rogue = Rogue::new(Deed::Wake, || {
        let _ = queue.try_push(7);
        if let Ok(task) = queue.try_pop() {
            task.done();
        }
        let _ = queue.try_push(8);
    });
    rogue.arm(true);
    let bell = Bell::new();
    queue.try_push(1).expect("there is room");
    let mut first = queue.join_async();
    assert!(poll(&mut first, &rogue.waker()).is_pending());
    let mut second = queue.join_async();
    assert!(poll_for(&mut second, &bell).is_pending());
    task(queue).done();
    assert!((1..=SOME).contains(&rogue.times()), "{}", rogue.times());
    assert!(bell.rings() > 0);
    assert!(poll_once(&mut first).is_ready() && poll_once(&mut second).is_ready());
    rogue.arm(false);
    while let Ok(task) = queue.try_pop() {
        task.done();
    }
    assert_serves(queue);
}

type Joining = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An executor that polls inside the wake, as some do.
#[test]
fn a_wake_that_polls_its_own_join_finds_all_done() {
    let queue = lasting();
    let future: Arc<Mutex<Option<Joining>>> = Arc::default();
    let ended = Arc::<AtomicUsize>::default();
    let rogue = Rogue::new(Deed::Wake, {
        let (future, ended) = (Arc::clone(&future), Arc::clone(&ended));
        move || {
            let taken = future.lock().expect("not poisoned").take();
            if let Some(mut joining) = taken
                && poll_once(&mut joining).is_ready()
            {
                ended.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    queue.try_push(1).expect("there is room");
    let mut joining: Joining = Box::pin(queue.join_async());
    assert!(poll(&mut joining, &rogue.waker()).is_pending());
    *future.lock().expect("not poisoned") = Some(joining);
    rogue.arm(true);
    task(queue).done();
    assert_eq!((rogue.times(), ended.load(Ordering::Relaxed)), (1, 1));
    assert_eq!(Arc::strong_count(&rogue), 1);
    assert_serves(queue);
}

#[test]
fn a_wake_that_drops_the_other_joins_or_closes_the_queue_ends_well() {
    let queue = lasting();
    let others: Arc<Mutex<Vec<Joining>>> = Arc::default();
    let rogue = Rogue::new(Deed::Wake, {
        let others = Arc::clone(&others);
        move || {
            drop(std::mem::take(&mut *others.lock().expect("not poisoned")));
            queue.close();
        }
    });
    rogue.arm(true);
    queue.try_push(1).expect("there is room");
    let mut first = queue.join_async();
    assert!(poll(&mut first, &rogue.waker()).is_pending());
    let bell = Bell::new();
    for _ in 0..50 {
        let mut joining: Joining = Box::pin(queue.join_async());
        assert!(poll_for(&mut joining, &bell).is_pending());
        others.lock().expect("not poisoned").push(joining);
    }
    let mut last = queue.join_async();
    assert!(poll_for(&mut last, &bell).is_pending());
    task(queue).done();
    assert!(queue.is_closed());
    assert_eq!((rogue.times(), bell.rings()), (1, 1));
    assert!(poll_once(&mut first).is_ready() && poll_once(&mut last).is_ready());
    assert_eq!(Arc::strong_count(&bell), 1);
    assert_eq!(Arc::strong_count(&rogue), 1);
}

#[test]
fn a_waker_whose_clone_or_drop_calls_the_queue_finds_it_whole() {
    for deed in [Deed::Clone, Deed::Drop] {
        let queue = lasting();
        let rogue = Rogue::new(deed, || {
            let _ = poll_once(&mut queue.join_async());
            let _ = queue.try_push(7);
            let _ = item(poll_once(&mut queue.pop_async()));
        });
        rogue.arm(true);
        for turn in 0..50 {
            let _ = queue.try_push(turn);
            let mut join = queue.join_async();
            let _ = poll(&mut join, &rogue.waker());
            let mut pop = queue.pop_async();
            let _ = item(poll(&mut pop, &rogue.waker()));
            let _ = queue.try_push(turn);
        }
        rogue.arm(false);
        assert!(rogue.times() > 0);
        while let Ok(task) = queue.try_pop() {
            task.done();
        }
        assert_eq!(Arc::strong_count(&rogue), 1);
        assert_serves(queue);
    }
}
