//! What nothing of its kind can be below.
#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use crate::primitive::{AsyncEvent, Card, Event, Flag, Permits, Semaphore};

/// A count that nobody looks at: one read-modify-write there, one back. For one thread.
#[derive(Debug)]
pub struct TwoAdditions(AtomicUsize);

impl Permits for TwoAdditions {
    const CARD: Card = Card {
        name: "two additions",
        origin: "floor",
        kind: "semaphore",
        algorithm: "one atomic addition there and one back, with nobody who waits",
        fair: false,
        order: "one thread",
        stopped_peer: "not asked",
        blocking: false,
        asynchronous: false,
        timeout: false,
        waiting: "does not",
    };

    fn new(permits: usize) -> Self {
        TwoAdditions(AtomicUsize::new(permits))
    }

    fn take(&self) -> bool {
        let one_less = |free: usize| free.checked_sub(1);
        (self.0)
            .try_update(Ordering::AcqRel, Ordering::Acquire, one_less)
            .is_ok()
    }
}

impl Semaphore for TwoAdditions {
    #[inline]
    fn with_permit(&self, inside: impl FnOnce()) {
        self.0.fetch_sub(1, Ordering::Acquire);
        inside();
        self.0.fetch_add(1, Ordering::Release);
    }
}

/// A flag that is looked at once. For events that are set.
#[derive(Debug, Default)]
pub struct AcquireLoad(AtomicBool);

impl Flag for AcquireLoad {
    const CARD: Card = Card {
        name: "Acquire load",
        origin: "floor",
        kind: "event",
        algorithm: "one look at a flag, and nobody who waits",
        fair: true,
        order: "one thread",
        stopped_peer: "not asked",
        blocking: false,
        asynchronous: false,
        timeout: false,
        waiting: "does not",
    };

    fn new() -> Self {
        Self::default()
    }

    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn reset(&self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Event for AcquireLoad {
    #[inline]
    fn wait(&self) {
        assert!(self.0.load(Ordering::Acquire), "nobody sets it");
    }
}

/// Wakers in the order in which they came, which nobody can take back.
#[derive(Debug, Default)]
pub struct Wakers(Mutex<Vec<Waker>>);

impl Wakers {
    fn list(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flag for Wakers {
    const CARD: Card = Card {
        name: "vector of wakers",
        origin: "floor",
        kind: "event",
        algorithm: "the wakers of those who wait in a vector: no flag, no giving up",
        fair: true,
        order: "all, first come, first woken",
        stopped_peer: "not asked",
        blocking: false,
        asynchronous: true,
        timeout: false,
        waiting: "tasks",
    };

    fn new() -> Self {
        Self::default()
    }

    fn set(&self) {
        let wakers = std::mem::take(&mut *self.list());
        wakers.into_iter().for_each(Waker::wake);
    }

    fn reset(&self) {}
}

impl AsyncEvent for Wakers {
    async fn wait_async(&self) {
        let mut listed = false;
        poll_fn(|context| {
            if std::mem::replace(&mut listed, true) {
                return Poll::Ready(());
            }
            self.list().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
