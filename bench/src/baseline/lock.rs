//! Locks of a mutex and a condition variable: what a lock costs that is put together from those.
//!
//! The mutex is held only while the owner is written down, so that others can be told at once that
//! the lock is taken; who has to wait sleeps on the condition variable.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, ThreadId};

use super::StdMonitor;
use super::mutex_queue::Monitor;
use crate::primitive::{Card, Lock};

/// What the mutex protects.
struct State {
    owner: Option<ThreadId>,
    /// How often the owner has taken it.
    depth: u64,
    waiting: usize,
}

/// A lock that its owner may take again when `REENTRANT`, on a mutex of the family `M`.
///
/// It guards a number, which only its owner writes.
pub struct CondvarLock<M: Monitor, const REENTRANT: bool> {
    state: M::Mutex<State>,
    freed: M::Condvar,
    number: AtomicU64,
}

impl<M: Monitor, const REENTRANT: bool> fmt::Debug for CondvarLock<M, REENTRANT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CondvarLock")
            .field("reentrant", &REENTRANT)
            .finish_non_exhaustive()
    }
}

impl<M: Monitor, const REENTRANT: bool> CondvarLock<M, REENTRANT> {
    /// A free lock around zero.
    pub fn new() -> Self {
        let state = State {
            owner: None,
            depth: 0,
            waiting: 0,
        };
        Self {
            state: M::mutex(state),
            freed: M::Condvar::default(),
            number: AtomicU64::new(0),
        }
    }

    /// Takes the lock, sleeping while another thread has it.
    ///
    /// # Panics
    ///
    /// When the thread has it already and it is not reentrant.
    pub fn lock(&self) {
        let me = thread::current().id();
        let mut state = M::lock(&self.state);
        if state.owner == Some(me) {
            assert!(REENTRANT, "the thread has the lock already");
            state.depth += 1;
            return;
        }
        while state.owner.is_some() {
            state.waiting += 1;
            state = M::wait(&self.freed, state);
            state.waiting -= 1;
        }
        (state.owner, state.depth) = (Some(me), 1);
    }

    /// Gives it back as often as it was taken.
    ///
    /// # Panics
    ///
    /// When another thread has it, or none.
    pub fn unlock(&self) {
        let me = thread::current().id();
        let mut state = M::lock(&self.state);
        assert!(state.owner == Some(me), "the thread does not have the lock");
        state.depth -= 1;
        if state.depth > 0 {
            return;
        }
        state.owner = None;
        let awaited = state.waiting > 0;
        drop(state);
        if awaited {
            M::notify_one(&self.freed);
        }
    }

    /// A load and a store: a second thread inside would lose an addition.
    fn add_one_inside(&self) {
        // ORDERING: Relaxed: the mutex orders one owner before the next.
        let number = self.number.load(Ordering::Relaxed);
        self.number.store(number + 1, Ordering::Relaxed);
    }
}

impl<M: Monitor, const REENTRANT: bool> Default for CondvarLock<M, REENTRANT> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const REENTRANT: bool> Lock for CondvarLock<StdMonitor, REENTRANT> {
    const CARD: Card = Card {
        name: if REENTRANT {
            "condvar reentrant lock"
        } else {
            "condvar lock"
        },
        origin: "baseline",
        kind: "lock",
        algorithm: "the owner's name and a depth behind a std mutex, with a condition variable",
        fair: false,
        order: "whoever takes the mutex while the lock is free",
        stopped_peer: "stopped while it holds the mutex, it stops also those who only try",
        blocking: true,
        asynchronous: false,
        timeout: false,
        waiting: "sleeps at once on the condition variable, one woken for each release",
    };

    fn new() -> Self {
        CondvarLock::new()
    }

    #[inline]
    fn add_one(&self) {
        self.lock();
        if REENTRANT {
            self.lock();
        }
        self.add_one_inside();
        if REENTRANT {
            self.unlock();
        }
        self.unlock();
    }

    fn total(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_last_of_as_many_unlocks_wakes_who_sleeps() {
        let lock = Arc::new(CondvarLock::<StdMonitor, true>::new());
        lock.lock();
        lock.lock();
        let (sleeper, (done, woken)) = (Arc::clone(&lock), mpsc::channel());
        thread::spawn(move || {
            sleeper.lock();
            sleeper.unlock();
            done.send(())
        });
        while StdMonitor::lock(&lock.state).waiting == 0 {
            thread::yield_now();
        }
        lock.unlock();
        let owner = StdMonitor::lock(&lock.state).owner;
        assert_eq!(owner, Some(thread::current().id()), "one is still to come");
        lock.unlock();
        let woken = woken.recv_timeout(Duration::from_secs(60));
        woken.expect("the sleeper sleeps on");
    }

    #[test]
    #[should_panic(expected = "has the lock already")]
    fn a_lock_that_is_not_reentrant_refuses_its_owner_instead_of_hanging() {
        let lock = CondvarLock::<StdMonitor, false>::new();
        lock.lock();
        lock.lock();
    }

    #[test]
    #[should_panic(expected = "does not have the lock")]
    fn who_does_not_have_it_cannot_unlock() {
        CondvarLock::<StdMonitor, true>::new().unlock();
    }
}
