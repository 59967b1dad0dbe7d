//! `async_lock::{Semaphore, Mutex}`.
#![forbid(unsafe_code)]

use std::future::Future;

use ::async_lock::{Mutex, Semaphore as Inner};

use crate::primitive::{AsyncSemaphore, Card, Lock, Permits, Semaphore};

/// The semaphore of async-lock.
#[derive(Debug)]
pub struct AsyncLockSemaphore(Inner);

impl Permits for AsyncLockSemaphore {
    const CARD: Card = Card {
        name: "async-lock Semaphore",
        origin: "async-lock",
        kind: "semaphore",
        algorithm: "a count, and event-listener's list behind a mutex",
        fair: false,
        order: "first come, first woken; whoever tries while a permit is free comes before them",
        stopped_peer: "stopped while it holds the list's mutex, it stops all who have to wait, and \
                       who releases while somebody waits",
        blocking: true,
        asynchronous: true,
        timeout: false,
        waiting: "listed, tries once more, then sleeps at once; threads and tasks in one list",
    };

    fn new(permits: usize) -> Self {
        AsyncLockSemaphore(Inner::new(permits))
    }

    fn take(&self) -> bool {
        self.0.try_acquire().map(|permit| permit.forget()).is_some()
    }
}

impl Semaphore for AsyncLockSemaphore {
    #[inline]
    fn with_permit(&self, inside: impl FnOnce()) {
        let permit = self.0.acquire_blocking();
        inside();
        drop(permit);
    }
}

impl AsyncSemaphore for AsyncLockSemaphore {
    #[inline]
    async fn with_permit_async(&self, inside: impl Future<Output = ()> + Send) {
        let permit = self.0.acquire().await;
        inside.await;
        drop(permit);
    }
}

/// The mutex of async-lock, its blocking form.
#[derive(Debug)]
pub struct AsyncLockMutex(Mutex<u64>);

impl Lock for AsyncLockMutex {
    const CARD: Card = Card {
        name: "async_lock::Mutex",
        origin: "async-lock",
        kind: "lock",
        algorithm: "a state word, and event-listener's list behind a mutex",
        fair: false,
        order: "whoever comes while it is free; after 0.5 ms of that, the one who has waited",
        stopped_peer: "stopped while it holds the list's mutex, it stops also those who only \
                       unlock while somebody waits",
        blocking: true,
        asynchronous: true,
        timeout: false,
        waiting: "listed, tries once more, then sleeps at once; threads and tasks in one list",
    };

    fn new() -> Self {
        AsyncLockMutex(Mutex::new(0))
    }

    #[inline]
    fn add_one(&self) {
        *self.0.lock_blocking() += 1;
    }

    fn total(&self) -> u64 {
        *self.0.lock_blocking()
    }
}
