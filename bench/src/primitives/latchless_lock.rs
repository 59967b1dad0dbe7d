//! Our mutex and our reentrant mutex.
#![forbid(unsafe_code)]

use std::cell::Cell;

use ::latchless::lock::{Mutex, ReentrantMutex};

use crate::primitive::{Card, Lock};

/// Our mutex.
#[derive(Debug)]
pub struct LatchlessLock(Mutex<u64>);

impl Lock for LatchlessLock {
    const CARD: Card = Card {
        name: "latchless Mutex",
        origin: "latchless",
        kind: "lock",
        algorithm: "a state word, and a lock-free list of waiters",
        fair: false,
        order: "whoever tries while it is free; a thread that was woken four times in vain is handed \
                it",
        stopped_peer: "nothing, except by the one who holds it or has just been handed it",
        blocking: true,
        asynchronous: true,
        timeout: true,
        waiting: "some microseconds of spins and yields, then sleeps; threads and tasks in one list",
    };

    fn new() -> Self {
        LatchlessLock(Mutex::new(0))
    }

    #[inline]
    fn add_one(&self) {
        *self.0.lock() += 1;
    }

    fn total(&self) -> u64 {
        *self.0.lock()
    }
}

/// Our reentrant mutex.
#[derive(Debug)]
pub struct LatchlessReentrant(ReentrantMutex<Cell<u64>>);

impl Lock for LatchlessReentrant {
    const CARD: Card = Card {
        name: "latchless ReentrantMutex",
        algorithm: "the mutex with an owner and a depth",
        asynchronous: false,
        ..LatchlessLock::CARD
    };

    fn new() -> Self {
        LatchlessReentrant(ReentrantMutex::new(Cell::new(0)))
    }

    #[inline]
    fn add_one(&self) {
        let outer = self.0.lock();
        let inner = self.0.lock();
        inner.set(inner.get() + 1);
        drop(inner);
        drop(outer);
    }

    fn total(&self) -> u64 {
        self.0.lock().get()
    }
}
