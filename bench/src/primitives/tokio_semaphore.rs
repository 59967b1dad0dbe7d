//! `tokio::sync::Semaphore`, awaited, and tried again and again.
#![forbid(unsafe_code)]

use std::future::Future;

use crossbeam_utils::Backoff;
use tokio::sync::Semaphore as Inner;

use super::block_on;
use crate::primitive::{AsyncSemaphore, Card, Permits, Semaphore};

/// The semaphore of tokio: tasks await it, and threads block on the same future.
#[derive(Debug)]
pub struct TokioSemaphore(Inner);

/// The same, tried until a permit is free.
#[derive(Debug)]
pub struct TokioTry(Inner);

impl Permits for TokioSemaphore {
    const CARD: Card = Card {
        name: "tokio Semaphore",
        origin: "tokio",
        kind: "semaphore",
        algorithm: "a count, and a list of waiters behind a mutex that every release takes",
        fair: true,
        order: "first come, first served; a permit goes to the first waiter and to nobody else",
        stopped_peer: "stopped while it holds the list's mutex, it stops all who release and all \
                       who have to wait",
        blocking: false,
        asynchronous: true,
        timeout: true,
        waiting: "tasks; threads here by a future that is blocked on, asleep at once",
    };

    fn new(permits: usize) -> Self {
        TokioSemaphore(Inner::new(permits))
    }

    fn take(&self) -> bool {
        self.0.try_acquire().map(|permit| permit.forget()).is_ok()
    }
}

impl Semaphore for TokioSemaphore {
    #[inline]
    fn with_permit(&self, inside: impl FnOnce()) {
        let permit = block_on(self.0.acquire()).expect("it is never closed");
        inside();
        drop(permit);
    }
}

impl AsyncSemaphore for TokioSemaphore {
    #[inline]
    async fn with_permit_async(&self, inside: impl Future<Output = ()> + Send) {
        let permit = self.0.acquire().await.expect("it is never closed");
        inside.await;
        drop(permit);
    }
}

impl Permits for TokioTry {
    const CARD: Card = Card {
        name: "tokio Semaphore (try)",
        fair: false,
        order: "whoever tries while a permit is free",
        stopped_peer: "stopped while it holds the list's mutex, it stops all who release",
        blocking: false,
        waiting: "does not: it is tried again after growing pauses, then yields",
        ..TokioSemaphore::CARD
    };

    fn new(permits: usize) -> Self {
        TokioTry(Inner::new(permits))
    }

    fn take(&self) -> bool {
        self.0.try_acquire().map(|permit| permit.forget()).is_ok()
    }
}

impl Semaphore for TokioTry {
    #[inline]
    fn with_permit(&self, inside: impl FnOnce()) {
        let backoff = Backoff::new();
        let permit = loop {
            match self.0.try_acquire() {
                Ok(permit) => break permit,
                Err(_) => backoff.snooze(),
            }
        };
        inside();
        drop(permit);
    }
}
