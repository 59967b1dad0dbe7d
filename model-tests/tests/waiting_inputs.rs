//! The waiting calls of `Bounded`, given what they should not be given: deadlines that are over or never come,
//! futures that are polled too often or forgotten, park tokens of others, and (in `wakers`) wakers that panic or
//! come back into the queue.
#![cfg(not(latchless_loom))]

#[path = "waiting/rogue.rs"]
mod rogue;
#[path = "waiting/tasks.rs"]
mod tasks;
#[path = "waiting_inputs/wakers.rs"]
mod wakers;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use latchless::error::{PopError, PopTimeoutError, PushTimeoutError};
use latchless::queue::{Bounded, Handle, OwnedHandle};

use tasks::{Bell, poll, poll_for, poll_once};

/// The waiting calls that take a time, by reference and through a handle.
trait Timed {
    fn push_timeout(&mut self, value: u64, timeout: Duration) -> Result<(), PushTimeoutError<u64>>;
    fn push_deadline(&mut self, value: u64, time: Instant) -> Result<(), PushTimeoutError<u64>>;
    fn pop_timeout(&mut self, timeout: Duration) -> Result<u64, PopTimeoutError>;
    fn pop_deadline(&mut self, time: Instant) -> Result<u64, PopTimeoutError>;
}

macro_rules! timed {
    ($kind:ty) => {
        impl Timed for $kind {
            fn push_timeout(
                &mut self,
                value: u64,
                timeout: Duration,
            ) -> Result<(), PushTimeoutError<u64>> {
                <$kind>::push_timeout(self, value, timeout)
            }
            fn push_deadline(
                &mut self,
                value: u64,
                time: Instant,
            ) -> Result<(), PushTimeoutError<u64>> {
                <$kind>::push_deadline(self, value, time)
            }
            fn pop_timeout(&mut self, timeout: Duration) -> Result<u64, PopTimeoutError> {
                <$kind>::pop_timeout(self, timeout)
            }
            fn pop_deadline(&mut self, time: Instant) -> Result<u64, PopTimeoutError> {
                <$kind>::pop_deadline(self, time)
            }
        }
    };
}
timed!(Bounded<u64>);
timed!(Handle<'_, u64>);
timed!(OwnedHandle<u64>);

/// Runs a check on a new queue of one slot, by reference and through both kinds of handle.
fn by_every_way(check: impl Fn(&mut dyn Timed)) {
    check(&mut Bounded::new(1));
    let queue = Arc::new(Bounded::new(1));
    check(&mut queue.handle().expect("few handles exist"));
    check(&mut Bounded::owned_handle(&queue).expect("few handles exist"));
}

/// A time that is over.
fn long_ago() -> Instant {
    let now = Instant::now();
    now.checked_sub(Duration::from_secs(1)).unwrap_or(now)
}

/// The last time that the clock can count, to a second.
fn end_of_time() -> Instant {
    let mut end = Instant::now();
    let mut step = Duration::from_secs(1 << 62);
    while step >= Duration::from_secs(1) {
        match end.checked_add(step) {
            Some(later) => end = later,
            None => step /= 2,
        }
    }
    end
}

#[test]
fn a_deadline_that_is_over_is_a_try() {
    by_every_way(|caller| {
        for over in [Instant::now(), long_ago()] {
            assert_eq!(caller.pop_deadline(over), Err(PopTimeoutError::Timeout));
            assert_eq!(caller.push_deadline(1, over), Ok(()));
            let full = caller.push_deadline(2, over);
            assert_eq!(full, Err(PushTimeoutError::Timeout(2)));
            assert_eq!(caller.pop_deadline(over), Ok(1));
        }
        let none = Duration::ZERO;
        assert_eq!(caller.pop_timeout(none), Err(PopTimeoutError::Timeout));
        assert_eq!(caller.push_timeout(3, none), Ok(()));
        let full = caller.push_timeout(4, none);
        assert_eq!(full, Err(PushTimeoutError::Timeout(4)));
        assert_eq!(caller.pop_timeout(none), Ok(3));
    });
}

#[test]
fn a_closed_queue_says_so_whatever_the_deadline() {
    let queue = Arc::new(Bounded::new(2));
    queue.try_push(1).expect("there is room");
    queue.close();
    let times = [Duration::ZERO, Duration::from_micros(1), Duration::MAX];
    let mut handle = queue.handle().expect("few handles exist");
    for time in times {
        let closed = Err(PushTimeoutError::Closed(2));
        assert_eq!(queue.push_timeout(2, time), closed);
        assert_eq!(handle.push_timeout(2, time), closed);
    }
    assert_eq!(queue.pop_timeout(Duration::MAX), Ok(1));
    for time in times {
        assert_eq!(queue.pop_timeout(time), Err(PopTimeoutError::Closed));
        assert_eq!(handle.pop_timeout(time), Err(PopTimeoutError::Closed));
    }
}

/// Lets `wait` begin on an empty or full queue, and serves it when it is asleep or about to be.
fn serve_late<R: Send>(wait: impl FnOnce() -> R + Send, serve: impl FnOnce()) -> R {
    thread::scope(|scope| {
        let waiter = scope.spawn(wait);
        // Whether it sleeps already is not needed: it is served in either case.
        (0..50).for_each(|_| thread::yield_now());
        serve();
        waiter.join().expect("the wait did not panic")
    })
}

#[test]
fn a_deadline_that_never_comes_does_not_overflow_and_the_wait_ends_when_served() {
    let queue = Bounded::new(1);
    for _ in 0..100 {
        let popped = serve_late(
            || queue.pop_timeout(Duration::MAX),
            || queue.try_push(1).expect("there is room"),
        );
        assert_eq!(popped, Ok(1));
        let popped = serve_late(
            || queue.pop_deadline(end_of_time()),
            || queue.try_push(2).expect("there is room"),
        );
        assert_eq!(popped, Ok(2));
        queue.try_push(3).expect("there is room");
        let pushed = serve_late(
            || queue.push_timeout(4, Duration::MAX),
            || assert_eq!(queue.try_pop(), Ok(3)),
        );
        assert_eq!(pushed, Ok(()));
        let pushed = serve_late(
            || queue.push_deadline(5, end_of_time()),
            || assert_eq!(queue.try_pop(), Ok(4)),
        );
        assert_eq!(pushed, Ok(()));
        assert_eq!(queue.try_pop(), Ok(5));
    }
    let popped = serve_late(
        || queue.pop_timeout(Duration::MAX),
        || {
            queue.close();
        },
    );
    assert_eq!(popped, Err(PopTimeoutError::Closed));
}

/// What a panic said.
fn panic_of<R>(action: impl FnOnce() -> R) -> Option<String> {
    let payload = catch_unwind(AssertUnwindSafe(action)).err()?;
    payload
        .downcast_ref::<&str>()
        .map(|said| (*said).to_owned())
}

fn assert_ends_once<F: Future + Unpin>(mut future: F) {
    assert!(poll_once(&mut future).is_ready());
    let said = panic_of(|| poll_once(&mut future));
    let message = "a future was polled after it had completed";
    assert_eq!(said.as_deref(), Some(message));
}

#[test]
fn a_future_that_is_polled_after_it_has_completed_panics_and_says_so() {
    let queue = Arc::new(Bounded::new(4));
    let mut handle = queue.handle().expect("few handles exist");
    let mut owned = Bounded::owned_handle(&queue).expect("few handles exist");
    assert_ends_once(queue.push_async(1));
    assert_ends_once(handle.push_async(2));
    assert_ends_once(owned.push_async(3));
    assert_ends_once(queue.pop_async());
    assert_ends_once(handle.pop_async());
    assert_ends_once(owned.pop_async());
    queue.close();
    assert_ends_once(queue.push_async(1));
    assert_ends_once(queue.pop_async());
}

/// The forgotten one keeps its place in the list, and perhaps one notification: not more.
#[test]
fn a_forgotten_pending_future_costs_one_wake_and_the_next_wakes_another() {
    let queue = Bounded::new(4);
    let (forgotten, bell) = (Bell::new(), Bell::new());
    let mut first = queue.pop_async();
    assert!(poll_for(&mut first, &forgotten).is_pending());
    std::mem::forget(first);
    let mut second = queue.pop_async();
    assert!(poll_for(&mut second, &bell).is_pending());
    queue.try_push(1).expect("there is room");
    assert_eq!((forgotten.rings(), bell.rings()), (1, 0));
    queue.try_push(2).expect("there is room");
    assert_eq!((forgotten.rings(), bell.rings()), (1, 1));
    assert_eq!(poll_for(&mut second, &bell), Poll::Ready(Ok(1)));
    assert_eq!(queue.try_pop(), Ok(2));
}

#[test]
fn a_forgotten_notified_future_keeps_nobody_else_asleep() {
    let queue = Bounded::new(4);
    let (forgotten, bell) = (Bell::new(), Bell::new());
    let mut first = queue.pop_async();
    assert!(poll_for(&mut first, &forgotten).is_pending());
    let mut second = queue.pop_async();
    assert!(poll_for(&mut second, &bell).is_pending());
    queue.try_push(1).expect("there is room");
    assert_eq!(forgotten.rings(), 1);
    std::mem::forget(first);
    queue.try_push(2).expect("there is room");
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll_for(&mut second, &bell), Poll::Ready(Ok(1)));
    let mut third = queue.pop_async();
    assert_eq!(poll_for(&mut third, &bell), Poll::Ready(Ok(2)));
}

#[test]
fn forgotten_pushes_leak_their_values_and_harm_nobody() {
    let queue = Bounded::new(1);
    queue.try_push(0).expect("there is room");
    for value in 1..100 {
        let mut push = queue.push_async(value);
        assert!(poll_once(&mut push).is_pending());
        std::mem::forget(push);
    }
    let bell = Bell::new();
    let mut last = queue.push_async(100);
    assert!(poll_for(&mut last, &bell).is_pending());
    let mut turns = 0;
    while bell.rings() == 0 {
        assert_eq!(queue.try_pop(), Ok(0));
        queue.try_push(0).expect("nobody else pushes");
        turns += 1;
        assert!(turns <= 100, "each pop wakes one");
    }
    assert_eq!(queue.try_pop(), Ok(0));
    assert_eq!(poll_for(&mut last, &bell), Poll::Ready(Ok(())));
    queue.close();
    assert_eq!(poll_once(&mut queue.pop_async()), Poll::Ready(Ok(100)));
    assert_eq!(
        poll_once(&mut queue.pop_async()),
        Poll::Ready(Err(PopError))
    );
}

fn assert_send_unpin<F: Send + Unpin>(_: &F) {}

/// `Send` and not `Sync`, not `Unpin`: the least that an item must be for a future to be moved between threads.
struct Least {
    _unsync: std::cell::Cell<u8>,
    _pinned: std::marker::PhantomPinned,
}

#[test]
fn futures_of_items_that_can_be_sent_can_be_sent_and_are_unpin() {
    let least = || Least {
        _unsync: std::cell::Cell::new(0),
        _pinned: std::marker::PhantomPinned,
    };
    let queue = Arc::new(Bounded::new(1));
    assert_send_unpin(&queue.push_async(least()));
    assert_send_unpin(&queue.pop_async());
    let mut handle = queue.handle().expect("few handles exist");
    assert_send_unpin(&handle.push_async(least()));
    assert_send_unpin(&handle.pop_async());
    let mut owned = Bounded::owned_handle(&queue).expect("few handles exist");
    assert_send_unpin(&owned.push_async(least()));
    assert_send_unpin(&owned.pop_async());
    // Also when it is moved in the middle, and polled for another task than before.
    let mut pop = queue.pop_async();
    assert!(poll(&mut pop, Waker::noop()).is_pending());
    thread::scope(|scope| {
        scope.spawn(|| {
            let bell = Bell::new();
            let mut moved = pop;
            assert!(poll_for(&mut moved, &bell).is_pending());
            assert!(queue.try_push(least()).is_ok());
            assert_eq!(bell.rings(), 1, "the last one it was polled for is woken");
            assert!(poll_for(&mut moved, &bell).is_ready());
        });
    });
}

/// A thread that parks and unparks on its own account, between waiting calls, as the documentation of `park` has it.
#[test]
fn a_program_that_parks_threads_itself_can_wait_too() {
    const TURNS: u64 = 20_000;
    let queue = Bounded::new(1);
    let signals = AtomicU64::new(0);
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let mut next = 0;
            while next < TURNS {
                while signals.load(Ordering::Acquire) < next / 2 {
                    thread::park();
                }
                // A token may lie there from the signals: it must not end these waits.
                if next % 3 == 0 {
                    match queue.pop_timeout(Duration::from_micros(1)) {
                        Ok(value) => assert_eq!(value, next),
                        Err(error) => {
                            assert!(error.is_timeout());
                            assert_eq!(queue.pop(), Ok(next));
                        }
                    }
                } else {
                    assert_eq!(queue.pop(), Ok(next));
                }
                next += 1;
            }
        });
        for turn in 0..TURNS {
            // A token that is given during a wait may be gone, as `park` says: what counts is what it
            // stands for.
            signals.store(turn / 2, Ordering::Release);
            worker.thread().unpark();
            queue.push(turn).expect("nobody closes");
        }
    });
}
