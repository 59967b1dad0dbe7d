//! Tasks of a model: who was woken, and a thread that runs one future.
#![forbid(unsafe_code)]

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread::{self, Thread};
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::Arc;

use std::task::{Context, Poll, Wake, Waker};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Wakes the calling thread.
pub fn own_waker() -> Waker {
    Arc::new(Unpark(thread::current())).into()
}

/// Runs a future to its end on the calling thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut task = Task::new(future);
    let waker = own_waker();
    loop {
        match task.poll_with(&waker) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Counts how often it is rung. A notifier can be stopped before it rings; what is read is never stale, and orders
/// nothing.
#[derive(Debug, Default)]
pub struct Bell(AtomicUsize);

impl Bell {
    /// Whether it was rung.
    pub fn rang(&self) -> bool {
        self.0.fetch_add(0, Ordering::Relaxed) > 0
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A future that the model polls when it likes, and that counts how often it was woken: a sleeper that
/// costs no thread.
#[derive(Debug)]
pub struct Task<F: Future> {
    future: Option<Pin<Box<F>>>,
    bell: Arc<Bell>,
}

impl<F: Future> Task<F> {
    /// Not polled yet.
    pub fn new(future: F) -> Self {
        Self {
            future: Some(Box::pin(future)),
            bell: Arc::default(),
        }
    }

    /// Polled once, and waiting.
    pub fn asleep(future: F) -> Self {
        let mut task = Self::new(future);
        assert!(task.poll().is_pending(), "there is nothing to be had yet");
        task
    }

    /// Polls it, to be woken by this waker.
    pub fn poll_with(&mut self, waker: &Waker) -> Poll<F::Output> {
        let future = self.future.as_mut().expect("until it is dropped");
        future.as_mut().poll(&mut Context::from_waker(waker))
    }

    /// Polls it.
    pub fn poll(&mut self) -> Poll<F::Output> {
        self.poll_with(&self.bell.clone().into())
    }

    /// From now on another bell counts: only what wakes by a waker of a later poll is seen.
    pub fn change_bell(&mut self) {
        self.bell = Arc::default();
    }

    /// What is rung when it is woken.
    pub fn bell(&self) -> Arc<Bell> {
        self.bell.clone()
    }

    /// Whether anybody has woken it (by its newest bell).
    pub fn was_woken(&self) -> bool {
        self.bell.rang()
    }
}

impl<F: Future> Drop for Task<F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The execution is over: the future's drop could no more reach loom, and would panic again.
            std::mem::forget(self.future.take());
        }
    }
}

/// Something whose drop reaches loom: kept from it where an execution fails, for it would panic again.
#[derive(Debug)]
pub struct Kept<T>(Option<T>);

impl<T> Kept<T> {
    /// Keeps it.
    pub fn new(value: T) -> Self {
        Self(Some(value))
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0.as_ref().expect("until it is dropped")
    }
}

impl<T> DerefMut for Kept<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("until it is dropped")
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::mem::forget(self.0.take());
        }
    }
}

/// Polls a future once, with a waker that wakes nobody.
pub fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}
