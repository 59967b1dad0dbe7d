//! `parking_lot::{Mutex, ReentrantMutex}`.
#![forbid(unsafe_code)]

use std::cell::Cell;

use ::parking_lot::{Mutex, ReentrantMutex};

use crate::primitive::{Card, Lock};

/// The mutex of parking_lot.
#[derive(Debug, Default)]
pub struct ParkingLotLock(Mutex<u64>);

impl Lock for ParkingLotLock {
    const CARD: Card = Card {
        name: "parking_lot::Mutex",
        origin: "parking_lot",
        kind: "lock",
        algorithm: "one byte; sleepers in a table of queues that all locks share, each with a lock",
        fair: false,
        order: "whoever tries while it is free; now and then the one who has waited longest",
        stopped_peer: "stopped while it holds a queue's lock, it stops all who sleep or wake there, \
                       at whatever mutex",
        blocking: true,
        asynchronous: false,
        timeout: true,
        waiting: "some microseconds of spins and yields, then sleeps",
    };

    fn new() -> Self {
        Self::default()
    }

    #[inline]
    fn add_one(&self) {
        *self.0.lock() += 1;
    }

    fn total(&self) -> u64 {
        *self.0.lock()
    }
}

/// The reentrant mutex of parking_lot.
#[derive(Debug, Default)]
pub struct ParkingLotReentrant(ReentrantMutex<Cell<u64>>);

impl Lock for ParkingLotReentrant {
    const CARD: Card = Card {
        name: "parking_lot::ReentrantMutex",
        algorithm: "the mutex with an owner and a depth",
        ..ParkingLotLock::CARD
    };

    fn new() -> Self {
        Self::default()
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
