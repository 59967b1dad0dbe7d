//! `std::sync::Mutex`.
#![forbid(unsafe_code)]

use std::sync::{Mutex, PoisonError};

use crate::primitive::{Card, Lock};

/// The mutex of the standard library.
#[derive(Debug, Default)]
pub struct StdLock(Mutex<u64>);

impl Lock for StdLock {
    const CARD: Card = Card {
        name: "std::sync::Mutex",
        origin: "std",
        kind: "lock",
        algorithm: "one word and a futex",
        fair: false,
        order: "whoever tries while it is free",
        stopped_peer: "stopped between unlocking and waking, it leaves a sleeper asleep, while \
                       others may lock",
        blocking: true,
        asynchronous: false,
        timeout: false,
        waiting: "a hundred looks, then sleeps on the word",
    };

    fn new() -> Self {
        Self::default()
    }

    #[inline]
    fn add_one(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn total(&self) -> u64 {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
