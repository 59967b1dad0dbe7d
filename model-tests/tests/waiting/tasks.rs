//! Tasks without a runtime: wakers that count, and the polling of futures by hand.
#![allow(dead_code, reason = "each test uses what it needs")]

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Counts how often it is woken; how many wakers of it live, its `Arc` counts.
#[derive(Debug, Default)]
pub struct Bell {
    rings: AtomicUsize,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        self.rings.fetch_add(1, Ordering::Relaxed);
    }
}

impl Bell {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }
    pub fn waker(self: &Arc<Self>) -> Waker {
        Arc::clone(self).into()
    }
    pub fn rings(&self) -> usize {
        self.rings.load(Ordering::Relaxed)
    }
}

/// Polls once, to wake `waker`.
pub fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Polls once, to wake `bell`.
pub fn poll_for<F: Future + Unpin>(future: &mut F, bell: &Arc<Bell>) -> Poll<F::Output> {
    poll(future, &bell.waker())
}

/// Polls once, to wake nobody.
pub fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll(future, Waker::noop())
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Wakes the current thread.
pub fn own_waker() -> Waker {
    Arc::new(Unpark(thread::current())).into()
}

/// Runs a future to its end on the current thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    block_on_with(&own_waker(), future)
}

/// As [`block_on`], where `waker` wakes the current thread.
pub fn block_on_with<F: Future>(waker: &Waker, future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Polls so many times, and drops the future if that was not enough.
pub fn within<F: Future + Unpin>(future: F, polls: u64) -> Option<F::Output> {
    within_with(&own_waker(), future, polls)
}

/// As [`within`], to wake `waker`.
pub fn within_with<F: Future + Unpin>(
    waker: &Waker,
    mut future: F,
    polls: u64,
) -> Option<F::Output> {
    (0..polls).find_map(|_| match poll(&mut future, waker) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => {
            thread::yield_now();
            None
        }
    })
}
