//! An event of a flag and `tokio::sync::Notify`.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::block_on;
use crate::primitive::{AsyncEvent, Card, Event, Flag};

/// The flag says whether it is set, the list who waits.
#[derive(Debug, Default)]
pub struct NotifiedEvent {
    set: AtomicBool,
    waiters: Notify,
}

impl Flag for NotifiedEvent {
    const CARD: Card = Card {
        name: "tokio Notify",
        origin: "tokio",
        kind: "event",
        algorithm: "a flag, and tokio's list of waiters behind a mutex",
        fair: true,
        order: "all, first come, first woken, 32 at a time",
        stopped_peer: "stopped while it holds the list's mutex, it stops all who set and all who \
                       have to wait",
        blocking: false,
        asynchronous: true,
        timeout: true,
        waiting: "tasks; threads here by a future that is blocked on, asleep at once",
    };

    fn new() -> Self {
        Self::default()
    }

    #[inline]
    fn set(&self) {
        // ORDERING: SeqCst, with the load in `wait_async`: either the waiter sees the flag, or it is
        // there to be notified.
        self.set.store(true, Ordering::SeqCst);
        self.waiters.notify_waiters();
    }

    #[inline]
    fn reset(&self) {
        self.set.store(false, Ordering::Release);
    }
}

impl AsyncEvent for NotifiedEvent {
    #[inline]
    async fn wait_async(&self) {
        // ORDERING: Acquire: what was done before the set is seen after the wait.
        if self.set.load(Ordering::Acquire) {
            return;
        }
        let notified = self.waiters.notified();
        // ORDERING: SeqCst: see `set`. From here on no notification is missed.
        if !self.set.load(Ordering::SeqCst) {
            notified.await;
        }
    }
}

impl Event for NotifiedEvent {
    #[inline]
    fn wait(&self) {
        // ORDERING: Acquire as above: where it is set there is nothing to block on.
        if !self.set.load(Ordering::Acquire) {
            block_on(self.wait_async());
        }
    }
}
