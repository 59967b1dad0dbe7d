//! A `VecDeque` behind a lock: everybody's first queue, and the plainest way to be stopped.
#![forbid(unsafe_code)]

use crate::spec::fifo::Answer;
use crate::sweep::{Deed, Door, Subject, Work};
use std::collections::VecDeque;
use std::sync::Mutex;

#[cfg(latchless_steps)]
use latchless::sync::{AtomicU64, Ordering};
#[cfg(not(latchless_steps))]
use std::sync::atomic::{AtomicU64, Ordering};

/// The items of a queue, reached under some lock.
#[derive(Debug)]
struct Items {
    values: VecDeque<u64>,
    capacity: usize,
}

impl Items {
    fn with_capacity(capacity: usize) -> Self {
        Items {
            values: VecDeque::with_capacity(capacity),
            capacity,
        }
    }

    fn perform(&mut self, work: &mut Work) {
        work.answer = Some(match work.deed {
            Deed::TryPush if self.values.len() == self.capacity => Answer::Full,
            Deed::TryPush => {
                self.values.push_back(work.value());
                Answer::Pushed
            }
            Deed::TryPop => self
                .values
                .pop_front()
                .map_or(Answer::Empty, Answer::Popped),
            other => unreachable!("a locked queue has no {other:?}"),
        });
    }
}

/// Behind `std::sync::Mutex`.
#[derive(Debug)]
pub struct StdMutex(Mutex<Items>);

impl Subject for StdMutex {
    type Door<'s> = &'s StdMutex;

    fn with_capacity(capacity: usize) -> Self {
        StdMutex(Mutex::new(Items::with_capacity(capacity)))
    }

    fn door(&self) -> Self::Door<'_> {
        self
    }
}

impl Door for &StdMutex {
    fn perform(&mut self, work: &mut Work) {
        self.0.lock().expect("nobody panics").perform(work);
    }
}

/// Behind a lock that spins on one word, each look at which is a step in the steps build.
#[derive(Debug)]
pub struct Spin {
    locked: AtomicU64,
    /// Never contended: only the holder of `locked` comes here.
    items: Mutex<Items>,
}

impl Subject for Spin {
    type Door<'s> = &'s Spin;

    fn with_capacity(capacity: usize) -> Self {
        Spin {
            locked: AtomicU64::new(0),
            items: Mutex::new(Items::with_capacity(capacity)),
        }
    }

    fn door(&self) -> Self::Door<'_> {
        self
    }
}

impl Door for &Spin {
    fn perform(&mut self, work: &mut Work) {
        while self.locked.swap(1, Ordering::Acquire) == 1 {}
        self.items.lock().expect("nobody panics").perform(work);
        self.locked.store(0, Ordering::Release);
    }
}
