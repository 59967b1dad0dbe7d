//! An event of a mutex, a flag and a condition variable.
#![forbid(unsafe_code)]

use std::fmt;

use super::mutex_queue::Monitor;
use super::{ParkingLotMonitor, StdMonitor};
use crate::primitive::{Card, Event, Flag};

/// What the mutex protects.
struct State {
    set: bool,
    /// How often it has been set: who waits for the next time is released by it, even if the event
    /// is reset before he wakes.
    times: u64,
    waiting: usize,
}

/// A flag behind one mutex of the family `M`.
pub struct CondvarEvent<M: Monitor> {
    state: M::Mutex<State>,
    changed: M::Condvar,
}

impl<M: Monitor> fmt::Debug for CondvarEvent<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CondvarEvent").finish_non_exhaustive()
    }
}

impl<M: Monitor> CondvarEvent<M> {
    /// An event that is not set.
    pub fn new() -> Self {
        let state = State {
            set: false,
            times: 0,
            waiting: 0,
        };
        Self {
            state: M::mutex(state),
            changed: M::Condvar::default(),
        }
    }

    /// Sets it, and rings if somebody waits.
    #[inline]
    pub fn set(&self) {
        let mut state = M::lock(&self.state);
        if state.set {
            return;
        }
        state.set = true;
        state.times += 1;
        let awaited = state.waiting > 0;
        drop(state);
        if awaited {
            M::notify_all(&self.changed);
        }
    }

    /// Takes it back.
    #[inline]
    pub fn reset(&self) {
        M::lock(&self.state).set = false;
    }

    /// Sleeps until it is set.
    #[inline]
    pub fn wait(&self) {
        let mut state = M::lock(&self.state);
        let seen = state.times;
        while !state.set && state.times == seen {
            state.waiting += 1;
            state = M::wait(&self.changed, state);
            state.waiting -= 1;
        }
    }
}

impl<M: Monitor> Default for CondvarEvent<M> {
    fn default() -> Self {
        Self::new()
    }
}

const STD: Card = Card {
    name: "condvar event",
    origin: "baseline",
    kind: "event",
    algorithm: "a flag and a count behind a std mutex, with a condition variable",
    fair: true,
    order: "all at once",
    stopped_peer: "stopped while it holds the mutex, it stops everybody, also where the event is set",
    blocking: true,
    asynchronous: false,
    timeout: false,
    waiting: "sleeps at once on the condition variable, all woken together",
};

const PARKING_LOT: Card = Card {
    name: "parking_lot event",
    algorithm: "a flag and a count behind a parking_lot mutex, with a condition variable",
    ..STD
};

impl Flag for CondvarEvent<StdMonitor> {
    const CARD: Card = STD;

    fn new() -> Self {
        CondvarEvent::new()
    }

    fn set(&self) {
        CondvarEvent::set(self);
    }

    fn reset(&self) {
        CondvarEvent::reset(self);
    }
}

impl Flag for CondvarEvent<ParkingLotMonitor> {
    const CARD: Card = PARKING_LOT;

    fn new() -> Self {
        CondvarEvent::new()
    }

    fn set(&self) {
        CondvarEvent::set(self);
    }

    fn reset(&self) {
        CondvarEvent::reset(self);
    }
}

impl<M: Monitor> Event for CondvarEvent<M>
where
    Self: Flag,
{
    #[inline]
    fn wait(&self) {
        CondvarEvent::wait(self);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn a_sleeper_hears_a_set_that_is_taken_back<M: Monitor>() {
        let event = Arc::new(CondvarEvent::<M>::new());
        let (sleeper, (done, woken)) = (Arc::clone(&event), mpsc::channel());
        thread::spawn(move || {
            sleeper.wait();
            done.send(())
        });
        while M::lock(&event.state).waiting == 0 {
            thread::yield_now();
        }
        event.set();
        event.reset();
        let woken = woken.recv_timeout(Duration::from_secs(60));
        woken.expect("the sleeper sleeps on");
        assert!(!M::lock(&event.state).set);
    }

    #[test]
    fn who_waited_before_a_set_is_released_though_a_reset_follows() {
        a_sleeper_hears_a_set_that_is_taken_back::<StdMonitor>();
        a_sleeper_hears_a_set_that_is_taken_back::<ParkingLotMonitor>();
    }
}
