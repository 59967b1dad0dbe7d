//! `tokio::sync::Mutex`, on threads.
#![forbid(unsafe_code)]

use tokio::sync::Mutex;

use super::block_on;
use crate::primitive::{Card, Lock};

/// The mutex of tokio.
#[derive(Debug)]
pub struct TokioLock(Mutex<u64>);

impl Lock for TokioLock {
    const CARD: Card = Card {
        name: "tokio::Mutex",
        origin: "tokio",
        kind: "lock",
        algorithm: "tokio's semaphore with one permit",
        fair: true,
        order: "first come, first served; it goes to the first waiter and to nobody else",
        stopped_peer: "stopped while it holds the list's mutex, it stops all who unlock and all \
                       who have to wait",
        blocking: false,
        asynchronous: true,
        timeout: true,
        waiting: "tasks; threads here by a future that is blocked on, asleep at once",
    };

    fn new() -> Self {
        TokioLock(Mutex::new(0))
    }

    #[inline]
    fn add_one(&self) {
        *block_on(self.0.lock()) += 1;
    }

    fn total(&self) -> u64 {
        *block_on(self.0.lock())
    }
}
