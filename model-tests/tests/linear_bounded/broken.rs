//! Queues that are wrong on purpose, each with a defect that queues in use have. They lose and double nothing, and one
//! thread alone cannot tell them from right ones.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use model_tests::spec::fifo::{Answer, Call, Fifo};

use super::caller::Caller;

/// A queue with a weak spot in the middle of a call.
pub trait Broken {
    /// Makes the call; what the others do `meanwhile` happens at the weak spot, if the call comes by it.
    fn call_around(&self, call: Call, meanwhile: impl FnOnce()) -> Answer;
}

impl<B: Broken> Caller for &B {
    fn call(&mut self, call: Call) -> Answer {
        self.call_around(call, give_way)
    }
}

/// Gives the others time in the middle of a call, where a scheduler may do so anywhere.
fn give_way() {
    for _ in 0..3 {
        thread::yield_now();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A queue under a lock that counts its values outside the lock and believes the count: Full is said with room, when a
/// pop has not been counted yet.
#[derive(Debug)]
pub struct ApproximateFull {
    queue: Mutex<Fifo>,
    count: AtomicUsize,
    capacity: usize,
}

impl ApproximateFull {
    pub fn new(capacity: usize) -> Self {
        ApproximateFull {
            queue: Mutex::new(Fifo::bounded(capacity)),
            count: AtomicUsize::new(0),
            capacity,
        }
    }
}

impl Broken for ApproximateFull {
    fn call_around(&self, call: Call, meanwhile: impl FnOnce()) -> Answer {
        if matches!(call, Call::TryPush(_))
            && self.count.fetch_add(1, Ordering::SeqCst) >= self.capacity
        {
            self.count.fetch_sub(1, Ordering::SeqCst);
            return Answer::Full;
        }
        let answer = lock(&self.queue).apply(&call);
        if let Answer::Popped(_) = answer {
            meanwhile();
            self.count.fetch_sub(1, Ordering::SeqCst);
        }
        answer
    }
}

/// A queue whose length is the difference of two counters read one after the other.
#[derive(Debug)]
pub struct StaleLen {
    queue: Mutex<Fifo>,
    pushed: AtomicUsize,
    popped: AtomicUsize,
}

impl StaleLen {
    pub fn new(capacity: usize) -> Self {
        StaleLen {
            queue: Mutex::new(Fifo::bounded(capacity)),
            pushed: AtomicUsize::new(0),
            popped: AtomicUsize::new(0),
        }
    }
}

impl Broken for StaleLen {
    fn call_around(&self, call: Call, meanwhile: impl FnOnce()) -> Answer {
        if let Call::Len = call {
            let popped = self.popped.load(Ordering::SeqCst);
            meanwhile();
            return Answer::Len(self.pushed.load(Ordering::SeqCst) - popped);
        }
        let mut queue = lock(&self.queue);
        let answer = queue.apply(&call);
        match answer {
            Answer::Pushed => self.pushed.fetch_add(1, Ordering::SeqCst),
            Answer::Popped(_) => self.popped.fetch_add(1, Ordering::SeqCst),
            _ => 0,
        };
        answer
    }
}

/// A ring in which a push claims its slot first and fills it later: behind a push that is not finished, a pop says
/// Empty although later pushes have returned.
#[derive(Debug)]
pub struct HalfPushed {
    slots: Vec<Mutex<Option<u64>>>,
    claimed: AtomicU64,
    inside: AtomicUsize,
    popped: Mutex<u64>,
}

impl HalfPushed {
    pub fn new(capacity: usize) -> Self {
        HalfPushed {
            slots: (0..capacity).map(|_| Mutex::default()).collect(),
            claimed: AtomicU64::new(0),
            inside: AtomicUsize::new(0),
            popped: Mutex::new(0),
        }
    }

    fn slot(&self, position: u64) -> &Mutex<Option<u64>> {
        &self.slots[position as usize % self.slots.len()]
    }
}

impl Broken for HalfPushed {
    fn call_around(&self, call: Call, meanwhile: impl FnOnce()) -> Answer {
        match call {
            Call::TryPush(value) => {
                let claim = |inside| (inside < self.slots.len()).then_some(inside + 1);
                if self
                    .inside
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, claim)
                    .is_err()
                {
                    return Answer::Full;
                }
                let position = self.claimed.fetch_add(1, Ordering::SeqCst);
                meanwhile();
                *lock(self.slot(position)) = Some(value);
                Answer::Pushed
            }
            Call::TryPop => {
                let mut position = lock(&self.popped);
                let Some(value) = lock(self.slot(*position)).take() else {
                    return Answer::Empty;
                };
                *position += 1;
                self.inside.fetch_sub(1, Ordering::SeqCst);
                Answer::Popped(value)
            }
            other => unreachable!("{other:?} is not drawn for this toy"),
        }
    }
}
