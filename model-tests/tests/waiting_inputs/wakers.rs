//! Wakers that panic, or call the queue, while they are cloned, woken or dropped: it is nobody else's harm.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use latchless::error::{PopError, PushError, TryPopError};
use latchless::queue::Bounded;

use super::rogue::{Deed, Rogue};
use super::tasks::{Bell, poll, poll_for, poll_once};

fn panics<R>(action: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(action)).is_err()
}

/// What must hold of a queue of two slots that was emptied: it fills up, wakes and empties as a new one does.
fn assert_serves(queue: &Bounded<u64>) {
    let (pushes, pops) = (Bell::new(), Bell::new());
    for round in 0..3 {
        let mut pop = queue.pop_async();
        assert!(poll_for(&mut pop, &pops).is_pending());
        queue.try_push(round).expect("there is room");
        assert_eq!(pops.rings(), 1 + round as usize);
        assert_eq!(poll_for(&mut pop, &pops), Poll::Ready(Ok(round)));

        queue.try_push(1).expect("there is room");
        queue.try_push(2).expect("there is room");
        let mut push = queue.push_async(3);
        assert!(poll_for(&mut push, &pushes).is_pending());
        assert_eq!(queue.try_pop(), Ok(1));
        assert_eq!(pushes.rings(), 1 + round as usize);
        assert_eq!(poll_for(&mut push, &pushes), Poll::Ready(Ok(())));
        assert_eq!(queue.try_pop(), Ok(2));
        assert_eq!(queue.try_pop(), Ok(3));
        assert_eq!(queue.try_pop(), Err(TryPopError::Empty));
    }
    assert_eq!(Arc::strong_count(&pushes), 1);
    assert_eq!(Arc::strong_count(&pops), 1);
}

#[test]
fn a_wake_that_panics_counts_as_none_and_the_next_is_woken() {
    let queue = Bounded::new(2);
    let (rogue, bell) = (Rogue::that_panics(Deed::Wake), Bell::new());
    rogue.arm(true);
    let mut first = queue.pop_async();
    assert!(poll(&mut first, &rogue.waker()).is_pending());
    let mut second = queue.pop_async();
    assert!(poll_for(&mut second, &bell).is_pending());
    queue.try_push(1).expect("there is room");
    assert_eq!((rogue.times(), bell.rings()), (1, 1));
    assert_eq!(poll_for(&mut second, &bell), Poll::Ready(Ok(1)));
    drop(first);
    assert_eq!(Arc::strong_count(&rogue), 1);
    assert_serves(&queue);
}

#[test]
fn a_wake_that_panics_in_a_batch_leaves_none_of_the_others_asleep() {
    for at in 0..4 {
        let queue = Bounded::new(4);
        let (rogue, bell) = (Rogue::that_panics(Deed::Wake), Bell::new());
        rogue.arm(true);
        let mut pops: Vec<_> = (0..4).map(|_| queue.pop_async()).collect();
        for (i, pop) in pops.iter_mut().enumerate() {
            let waker = if i == at { rogue.waker() } else { bell.waker() };
            assert!(poll(pop, &waker).is_pending());
        }
        assert_eq!(queue.try_push_many(&mut (0..4).collect()), 4);
        assert_eq!((rogue.times(), bell.rings()), (1, 3), "rogue at {at}");
        assert_eq!(queue.len(), 4);
    }
}

#[test]
fn a_wake_that_panics_at_a_close_leaves_nobody_asleep_on_either_side() {
    let queue = Bounded::new(1);
    let (rogue, pushes, pops) = (Rogue::that_panics(Deed::Wake), Bell::new(), Bell::new());
    queue.try_push(0).expect("there is room");
    // The first takes the notification that comes with the pop; the other three stay.
    let mut push = [1, 2, 3, 4].map(|value| queue.push_async(value));
    assert!(poll_once(&mut push[0]).is_pending());
    assert!(poll_for(&mut push[1], &pushes).is_pending());
    assert!(poll(&mut push[2], &rogue.waker()).is_pending());
    assert!(poll_for(&mut push[3], &pushes).is_pending());
    assert_eq!(queue.try_pop(), Ok(0));
    let mut pop = queue.pop_async();
    assert!(poll_for(&mut pop, &pops).is_pending());
    rogue.arm(true);
    assert!(queue.close());
    assert_eq!((rogue.times(), pushes.rings(), pops.rings()), (1, 2, 1));
    assert_eq!(poll_for(&mut pop, &pops), Poll::Ready(Err(PopError)));
    for (push, value) in push.iter_mut().zip(1..) {
        let given_back = poll_once(push).map_err(PushError::into_inner);
        assert_eq!(given_back, Poll::Ready(Err(value)));
    }
}

/// What a waker panics with: it counts its drops, and panics in the first, with another.
struct Payload {
    drops: Arc<AtomicUsize>,
    panics: bool,
}

impl Drop for Payload {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::Relaxed);
        if self.panics {
            let drops = Arc::clone(&self.drops);
            std::panic::resume_unwind(Box::new(Payload {
                drops,
                panics: false,
            }));
        }
    }
}

/// It is dropped, once, where the panic was caught; its own panic ends there, and what that one carries is left alone.
#[test]
fn what_a_waker_panics_with_is_dropped_once_and_may_panic_in_that_too() {
    for deed in [Deed::Wake, Deed::Drop] {
        let queue = Bounded::new(2);
        let (drops, bell) = (Arc::<AtomicUsize>::default(), Bell::new());
        let carried = Arc::clone(&drops);
        let rogue = Rogue::new(deed, move || {
            std::panic::resume_unwind(Box::new(Payload {
                drops: Arc::clone(&carried),
                panics: true,
            }));
        });
        let mut first = queue.pop_async();
        assert!(poll(&mut first, &rogue.waker()).is_pending());
        let mut second = queue.pop_async();
        assert!(poll_for(&mut second, &bell).is_pending());
        rogue.arm(true);
        queue.try_push(1).expect("there is room");
        drop(first);
        rogue.arm(false);
        let dropped = drops.load(Ordering::Relaxed);
        assert_eq!((rogue.times(), dropped), (1, 1), "{deed:?}");
        assert_eq!(bell.rings(), 1, "{deed:?}");
        assert_eq!(poll_for(&mut second, &bell), Poll::Ready(Ok(1)));
        assert_serves(&queue);
    }
}

#[test]
fn a_waker_whose_clone_panics_leaves_the_future_as_it_was() {
    let queue = Bounded::new(2);
    let (rogue, bell) = (Rogue::that_panics(Deed::Clone), Bell::new());
    let waker = rogue.waker();
    rogue.arm(true);
    // At its first poll, and when it has been polled for another.
    let mut pop = queue.pop_async();
    assert!(panics(|| poll(&mut pop, &waker)));
    assert!(poll_for(&mut pop, &bell).is_pending());
    assert!(panics(|| poll(&mut pop, &waker)));
    queue.try_push(1).expect("there is room");
    assert_eq!(bell.rings(), 1, "the one before is still the one to wake");
    assert_eq!(poll_for(&mut pop, &bell), Poll::Ready(Ok(1)));
    // It leaves no place behind that would take a notification.
    for served in [false, true] {
        let mut fickle = queue.pop_async();
        assert!(poll_once(&mut fickle).is_pending());
        assert!(panics(|| poll(&mut fickle, &waker)));
        let waits = Bell::new();
        let mut other = queue.pop_async();
        assert!(poll_for(&mut other, &waits).is_pending());
        if served {
            queue.try_push(2).expect("there is room");
        }
        drop(fickle);
        if !served {
            queue.try_push(2).expect("there is room");
        }
        assert_eq!(waits.rings(), 1);
        assert_eq!(poll_for(&mut other, &waits), Poll::Ready(Ok(2)));
    }
    assert_eq!(Arc::strong_count(&bell), 1);
    rogue.arm(false);
    drop(waker);
    assert_eq!(Arc::strong_count(&rogue), 1);
    assert_serves(&queue);
}

#[test]
fn a_waker_whose_drop_panics_does_not_keep_a_notification() {
    let queue = Bounded::new(2);
    let (rogue, bell) = (Rogue::that_panics(Deed::Drop), Bell::new());
    for turn in 1..100 {
        let waker = rogue.waker();
        let mut first = queue.pop_async();
        assert!(poll(&mut first, &waker).is_pending());
        drop(waker);
        let mut second = queue.pop_async();
        assert!(poll_for(&mut second, &bell).is_pending());
        queue.try_push(turn).expect("there is room");
        rogue.arm(true);
        drop(first);
        rogue.arm(false);
        assert_eq!(bell.rings(), turn as usize, "the notification is too");
        assert_eq!(poll_for(&mut second, &bell), Poll::Ready(Ok(turn)));
    }
    assert_eq!(Arc::strong_count(&rogue), 1);
    assert_serves(&queue);
}

#[test]
fn a_waker_whose_drop_panics_when_it_is_exchanged_is_exchanged() {
    let queue = Bounded::new(2);
    let (rogue, bell) = (Rogue::that_panics(Deed::Drop), Bell::new());
    let waker = rogue.waker();
    let mut pop = queue.pop_async();
    assert!(poll(&mut pop, &waker).is_pending());
    rogue.arm(true);
    assert!(panics(|| poll_for(&mut pop, &bell)));
    rogue.arm(false);
    queue.try_push(1).expect("there is room");
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll_for(&mut pop, &bell), Poll::Ready(Ok(1)));
    drop(waker);
    assert_eq!(Arc::strong_count(&rogue), 1);
    assert_serves(&queue);
}

/// A queue that wakers may call.
fn lasting() -> &'static Bounded<u64> {
    Box::leak(Box::new(Bounded::new(2)))
}

/// More than this would be a waker that is woken from its own wake.
const SOME: usize = 3;

#[test]
fn a_wake_that_pops_and_pushes_is_not_woken_by_itself_again_and_again() {
    let queue = lasting();
    let rogue = Rogue::new(Deed::Wake, || {
        // A place is free, so the push succeeds each time, and looks for somebody to wake.
        let _ = queue.try_pop();
        let _ = queue.try_push(7);
    });
    rogue.arm(true);
    let bell = Bell::new();
    let mut first = queue.pop_async();
    assert!(poll(&mut first, &rogue.waker()).is_pending());
    let mut second = queue.pop_async();
    assert!(poll_for(&mut second, &bell).is_pending());
    queue.try_push(1).expect("there is room");
    assert!(rogue.times() <= SOME, "woken {} times", rogue.times());
    drop(first);
    while queue.try_pop().is_ok() {}
    if bell.rings() == 0 {
        queue.try_push(2).expect("there is room");
        assert_eq!(bell.rings(), 1);
    }
    drop(second);
    while queue.try_pop().is_ok() {}
    assert_serves(queue);
}

#[test]
fn two_wakers_on_two_queues_that_call_each_others_queue_come_to_an_end() {
    let (one, two) = (lasting(), lasting());
    let turn = |own: &'static Bounded<u64>| {
        move || {
            let _ = own.try_pop();
            let _ = own.try_push(7);
        }
    };
    let wakers = [
        Rogue::new(Deed::Wake, turn(two)),
        Rogue::new(Deed::Wake, turn(one)),
    ];
    wakers.iter().for_each(|rogue| rogue.arm(true));
    let mut pops = [one.pop_async(), two.pop_async()];
    for (pop, rogue) in pops.iter_mut().zip(&wakers) {
        assert!(poll(pop, &rogue.waker()).is_pending());
    }
    one.try_push(1).expect("there is room");
    for rogue in &wakers {
        assert!(
            (1..=SOME).contains(&rogue.times()),
            "woken {} times",
            rogue.times()
        );
    }
    drop(pops);
    for queue in [one, two] {
        while queue.try_pop().is_ok() {}
        assert_serves(queue);
    }
}

type Popping = Pin<Box<dyn Future<Output = Result<u64, PopError>> + Send>>;

/// An executor that polls inside the wake, as some do.
#[test]
fn a_wake_that_polls_its_own_and_another_future_gets_both_their_items() {
    let queue = lasting();
    let futures: Arc<Mutex<Vec<Popping>>> = Arc::default();
    let got: Arc<Mutex<Vec<u64>>> = Arc::default();
    let rogue = Rogue::new(Deed::Wake, {
        let (futures, got) = (Arc::clone(&futures), Arc::clone(&got));
        move || {
            let mut all = std::mem::take(&mut *futures.lock().expect("not poisoned"));
            all.retain_mut(|future| match poll_once(future) {
                Poll::Ready(item) => {
                    got.lock().expect("not poisoned").extend(item);
                    false
                }
                Poll::Pending => true,
            });
            futures.lock().expect("not poisoned").extend(all);
        }
    });
    for _ in 0..3 {
        let mut pop: Popping = Box::pin(queue.pop_async());
        assert!(poll(&mut pop, &rogue.waker()).is_pending());
        futures.lock().expect("not poisoned").push(pop);
    }
    rogue.arm(true);
    queue.try_push(1).expect("there is room");
    assert_eq!(*got.lock().expect("not poisoned"), [1]);
    // The other two were polled for nobody: they are polled by hand.
    queue.try_push(2).expect("there is room");
    queue.try_push(3).expect("there is room");
    rogue.waker().wake();
    assert_eq!(*got.lock().expect("not poisoned"), [1, 2, 3]);
    assert_eq!(Arc::strong_count(&rogue), 1);
    assert_serves(queue);
}

#[test]
fn a_wake_that_drops_the_other_waiters_or_closes_the_queue_ends_well() {
    let queue = lasting();
    let others: Arc<Mutex<Vec<Popping>>> = Arc::default();
    let rogue = Rogue::new(Deed::Wake, {
        let others = Arc::clone(&others);
        move || {
            let dropped = std::mem::take(&mut *others.lock().expect("not poisoned"));
            drop(dropped);
            queue.close();
        }
    });
    rogue.arm(true);
    let mut first = queue.pop_async();
    assert!(poll(&mut first, &rogue.waker()).is_pending());
    let bell = Bell::new();
    for _ in 0..50 {
        let mut pop: Popping = Box::pin(queue.pop_async());
        assert!(poll_for(&mut pop, &bell).is_pending());
        others.lock().expect("not poisoned").push(pop);
    }
    let mut last = queue.pop_async();
    assert!(poll_for(&mut last, &bell).is_pending());
    queue.try_push(1).expect("it closes afterwards");
    assert!(queue.is_closed());
    assert_eq!(
        (rogue.times(), bell.rings()),
        (1, 1),
        "the last one is told of the close"
    );
    assert_eq!(poll_once(&mut last), Poll::Ready(Ok(1)));
    assert_eq!(poll_once(&mut first), Poll::Ready(Err(PopError)));
    assert_eq!(Arc::strong_count(&bell), 1);
    assert_eq!(Arc::strong_count(&rogue), 1);
}

#[test]
fn a_waker_whose_clone_or_drop_calls_the_queue_finds_it_whole() {
    for deed in [Deed::Clone, Deed::Drop] {
        let queue = lasting();
        let rogue = Rogue::new(deed, || {
            let mut inner = queue.pop_async();
            let _ = poll_once(&mut inner);
            let _ = queue.try_push(7);
            let _ = poll_once(&mut queue.pop_async());
        });
        rogue.arm(true);
        let bell = Bell::new();
        for turn in 0..50 {
            let mut first = queue.pop_async();
            let first_answer = poll(&mut first, &rogue.waker());
            let _ = poll_for(&mut queue.pop_async(), &bell);
            if first_answer.is_pending() && turn % 3 > 0 {
                let _ = poll(&mut first, Waker::noop());
            }
            if turn % 2 == 0 {
                let _ = queue.try_push(turn);
            }
        }
        rogue.arm(false);
        assert!(rogue.times() > 0);
        while queue.try_pop().is_ok() {}
        assert_eq!(Arc::strong_count(&rogue), 1);
        assert_eq!(Arc::strong_count(&bell), 1);
        assert_serves(queue);
    }
}
