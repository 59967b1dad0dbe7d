//! A semaphore of a mutex, a count and a condition variable.
#![forbid(unsafe_code)]

use std::fmt;

use super::mutex_queue::Monitor;
use super::{ParkingLotMonitor, StdMonitor};
use crate::primitive::{Card, Permits, Semaphore};

/// What the mutex protects.
struct State {
    free: usize,
    waiting: usize,
}

/// A count behind one mutex of the family `M`.
///
/// As in [`MutexQueue`](super::mutex_queue::MutexQueue), the condition variable is rung only when
/// somebody waits for it, and after the mutex has been given back.
pub struct CondvarSemaphore<M: Monitor> {
    state: M::Mutex<State>,
    freed: M::Condvar,
}

impl<M: Monitor> fmt::Debug for CondvarSemaphore<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CondvarSemaphore").finish_non_exhaustive()
    }
}

impl<M: Monitor> CondvarSemaphore<M> {
    /// A semaphore with so many free permits.
    pub fn new(permits: usize) -> Self {
        let state = State {
            free: permits,
            waiting: 0,
        };
        Self {
            state: M::mutex(state),
            freed: M::Condvar::default(),
        }
    }

    /// Takes a permit if one is free.
    #[inline]
    pub fn try_acquire(&self) -> bool {
        let mut state = M::lock(&self.state);
        let free = state.free > 0;
        state.free -= usize::from(free);
        free
    }

    /// Takes a permit, sleeping while none is free.
    #[inline]
    pub fn acquire(&self) {
        let mut state = M::lock(&self.state);
        while state.free == 0 {
            state.waiting += 1;
            state = M::wait(&self.freed, state);
            state.waiting -= 1;
        }
        state.free -= 1;
    }

    /// Gives a permit back.
    #[inline]
    pub fn release(&self) {
        let mut state = M::lock(&self.state);
        state.free += 1;
        let awaited = state.waiting > 0;
        drop(state);
        if awaited {
            M::notify_one(&self.freed);
        }
    }
}

const STD: Card = Card {
    name: "condvar semaphore",
    origin: "baseline",
    kind: "semaphore",
    algorithm: "a count behind a std mutex, with a condition variable",
    fair: false,
    order: "whoever takes the mutex while a permit is free",
    stopped_peer: "stopped while it holds the mutex, it stops everybody",
    blocking: true,
    asynchronous: false,
    timeout: false,
    waiting: "sleeps at once on the condition variable, one woken for each permit",
};

const PARKING_LOT: Card = Card {
    name: "parking_lot semaphore",
    algorithm: "a count behind a parking_lot mutex, with a condition variable",
    ..STD
};

impl Permits for CondvarSemaphore<StdMonitor> {
    const CARD: Card = STD;

    fn new(permits: usize) -> Self {
        CondvarSemaphore::new(permits)
    }

    fn take(&self) -> bool {
        self.try_acquire()
    }
}

impl Permits for CondvarSemaphore<ParkingLotMonitor> {
    const CARD: Card = PARKING_LOT;

    fn new(permits: usize) -> Self {
        CondvarSemaphore::new(permits)
    }

    fn take(&self) -> bool {
        self.try_acquire()
    }
}

impl<M: Monitor> Semaphore for CondvarSemaphore<M>
where
    Self: Permits,
{
    #[inline]
    fn with_permit(&self, inside: impl FnOnce()) {
        self.acquire();
        inside();
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn a_release_wakes_who_sleeps<M: Monitor>() {
        let semaphore = Arc::new(CondvarSemaphore::<M>::new(1));
        assert!(semaphore.try_acquire() && !semaphore.try_acquire());
        let (sleeper, (done, woken)) = (Arc::clone(&semaphore), mpsc::channel());
        thread::spawn(move || {
            sleeper.acquire();
            done.send(())
        });
        while M::lock(&semaphore.state).waiting == 0 {
            thread::yield_now();
        }
        semaphore.release();
        let woken = woken.recv_timeout(Duration::from_secs(60));
        woken.expect("the sleeper sleeps on");
        assert!(!semaphore.try_acquire(), "it has the permit");
    }

    #[test]
    fn a_permit_that_is_given_back_wakes_a_sleeper() {
        a_release_wakes_who_sleeps::<StdMonitor>();
        a_release_wakes_who_sleeps::<ParkingLotMonitor>();
    }
}
