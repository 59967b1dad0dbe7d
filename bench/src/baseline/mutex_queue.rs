//! A queue of a mutex, a `VecDeque` and two condition variables, with a bound or without.
//!
//! Written with the care that a good user takes: the buffer is allocated once, a condition
//! variable is rung only when somebody waits for it (they are counted under the mutex, where
//! counting is free), and it is rung after the mutex has been given back.
#![forbid(unsafe_code)]

use std::{collections::VecDeque, fmt, ops::DerefMut, sync::Arc};

use crate::blocking::{Close, Closing, RecvEnd, SendEnd};
use crate::contender::{End, Payload};

/// A family of mutex and condition variable.
pub trait Monitor: 'static {
    /// Its mutex.
    type Mutex<S: Send + 'static>: Send + Sync + 'static;
    /// The proof that the mutex is held.
    type Guard<'a, S: Send + 'static>: DerefMut<Target = S>;
    /// Its condition variable.
    type Condvar: Default + Send + Sync + 'static;

    /// A mutex around `state`.
    fn mutex<S: Send + 'static>(state: S) -> Self::Mutex<S>;
    /// Waits for the mutex.
    fn lock<S: Send + 'static>(mutex: &Self::Mutex<S>) -> Self::Guard<'_, S>;
    /// Gives the mutex back, sleeps until rung (or woken for no reason), and takes it again.
    fn wait<'a, S: Send + 'static>(
        condvar: &Self::Condvar,
        guard: Self::Guard<'a, S>,
    ) -> Self::Guard<'a, S>;
    /// Wakes one sleeper.
    fn notify_one(condvar: &Self::Condvar);
    /// Wakes all sleepers.
    fn notify_all(condvar: &Self::Condvar);
}

/// What the mutex protects.
struct State<T> {
    items: VecDeque<T>,
    waiting_pushers: usize,
    waiting_poppers: usize,
    closed: bool,
}

/// A first-in-first-out queue, of fixed capacity or of any, behind one mutex of the family `M`.
pub struct MutexQueue<T: Send + 'static, M: Monitor> {
    state: M::Mutex<State<T>>,
    not_full: M::Condvar,
    not_empty: M::Condvar,
    capacity: usize,
}

impl<T: Send + 'static, M: Monitor> fmt::Debug for MutexQueue<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutexQueue")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl<T: Send + 'static, M: Monitor> MutexQueue<T, M> {
    /// An empty queue with room for `capacity` items.
    pub fn new(capacity: usize) -> Self {
        Self::with(VecDeque::with_capacity(capacity), capacity)
    }

    /// An empty queue without a bound, which grows as it is filled.
    pub fn unbounded() -> Self {
        Self::with(VecDeque::new(), usize::MAX)
    }

    fn with(items: VecDeque<T>, capacity: usize) -> Self {
        Self {
            state: M::mutex(State {
                items,
                waiting_pushers: 0,
                waiting_poppers: 0,
                closed: false,
            }),
            not_full: M::Condvar::default(),
            not_empty: M::Condvar::default(),
            capacity,
        }
    }

    /// Puts `item` in, or gives it back when the queue is full.
    #[inline]
    pub fn try_push(&self, item: T) -> Result<(), T> {
        let state = M::lock(&self.state);
        if state.items.len() == self.capacity {
            return Err(item);
        }
        self.put(state, item);
        Ok(())
    }

    /// Takes the oldest item out, or nothing when the queue is empty.
    #[inline]
    pub fn try_pop(&self) -> Option<T> {
        let mut state = M::lock(&self.state);
        let item = state.items.pop_front()?;
        self.ring_not_full(state);
        Some(item)
    }

    /// Puts `item` in, sleeping while the queue is full; gives it back when the queue is closed.
    pub fn push(&self, item: T) -> Result<(), T> {
        let mut state = M::lock(&self.state);
        while state.items.len() == self.capacity && !state.closed {
            state.waiting_pushers += 1;
            state = M::wait(&self.not_full, state);
            state.waiting_pushers -= 1;
        }
        if state.closed {
            return Err(item);
        }
        self.put(state, item);
        Ok(())
    }

    /// Takes the oldest item out, sleeping while the queue is empty; nothing when it is closed too.
    pub fn pop(&self) -> Option<T> {
        let mut state = M::lock(&self.state);
        loop {
            if let Some(item) = state.items.pop_front() {
                self.ring_not_full(state);
                return Some(item);
            }
            if state.closed {
                return None;
            }
            state.waiting_poppers += 1;
            state = M::wait(&self.not_empty, state);
            state.waiting_poppers -= 1;
        }
    }

    /// Lets no sleeper sleep on: from now on pushes fail, and pops once the queue is empty. The
    /// calls that never sleep take no notice.
    pub fn close(&self) {
        M::lock(&self.state).closed = true;
        M::notify_all(&self.not_full);
        M::notify_all(&self.not_empty);
    }

    /// Pushes from the front of `from` what fits, under one lock; returns how many.
    pub fn try_push_many(&self, from: &mut VecDeque<T>) -> usize {
        let mut state = M::lock(&self.state);
        let count = from.len().min(self.capacity - state.items.len());
        state.items.extend(from.drain(..count));
        let rings = state.waiting_poppers.min(count);
        drop(state);
        (0..rings).for_each(|_| M::notify_one(&self.not_empty));
        count
    }

    /// Appends up to `max` items to `to`, under one lock; returns how many.
    pub fn try_pop_many(&self, to: &mut Vec<T>, max: usize) -> usize {
        let mut state = M::lock(&self.state);
        let count = max.min(state.items.len());
        to.extend(state.items.drain(..count));
        let rings = state.waiting_pushers.min(count);
        drop(state);
        (0..rings).for_each(|_| M::notify_one(&self.not_full));
        count
    }

    #[inline]
    fn put(&self, mut state: M::Guard<'_, State<T>>, item: T) {
        state.items.push_back(item);
        let awaited = state.waiting_poppers > 0;
        drop(state);
        if awaited {
            M::notify_one(&self.not_empty);
        }
    }

    #[inline]
    fn ring_not_full(&self, state: M::Guard<'_, State<T>>) {
        let awaited = state.waiting_pushers > 0;
        drop(state);
        if awaited {
            M::notify_one(&self.not_full);
        }
    }
}

impl<P: Payload, M: Monitor> End<P> for Arc<MutexQueue<P, M>> {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        MutexQueue::try_push(self, payload)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        MutexQueue::try_pop(self)
    }

    fn try_push_many(&mut self, from: &mut VecDeque<P>) -> usize {
        MutexQueue::try_push_many(self, from)
    }

    fn try_pop_many(&mut self, to: &mut Vec<P>, max: usize) -> usize {
        MutexQueue::try_pop_many(self, to, max)
    }
}

impl<P: Payload, M: Monitor> Close for Arc<MutexQueue<P, M>> {
    fn close(&self) {
        MutexQueue::close(self);
    }
}

impl<P: Payload, M: Monitor> SendEnd<P> for Closing<Arc<MutexQueue<P, M>>> {
    #[inline]
    fn send(&mut self, payload: P) -> bool {
        self.end.push(payload).is_ok()
    }
}

impl<P: Payload, M: Monitor> RecvEnd<P> for Closing<Arc<MutexQueue<P, M>>> {
    #[inline]
    fn recv(&mut self) -> Option<P> {
        self.end.pop()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, mpsc},
        thread,
        time::Duration,
    };

    use super::{Monitor, MutexQueue};
    use crate::baseline::{ParkingLotMonitor, StdMonitor};

    const ITEMS: u64 = 2_000;

    /// Two pushers and two poppers that sleep at every other step, through one place. They are
    /// detached, so that a lost wake fails the test instead of hanging it.
    fn every_item_passes_a_queue_of_one<M: Monitor>() {
        let queue = Arc::new(MutexQueue::<u64, M>::new(1));
        let (done, sums) = mpsc::channel();
        for first in 0..2 {
            let (pushed, popped) = (Arc::clone(&queue), Arc::clone(&queue));
            let done = done.clone();
            thread::spawn(move || (0..ITEMS).try_for_each(|i| pushed.push(2 * i + first)));
            thread::spawn(move || done.send((0..ITEMS).filter_map(|_| popped.pop()).sum::<u64>()));
        }
        let arrive = || {
            sums.recv_timeout(Duration::from_secs(60))
                .expect("a wake was lost")
        };
        assert_eq!(arrive() + arrive(), (0..2 * ITEMS).sum());
        assert_eq!(queue.try_pop(), None);
    }

    /// One sleeps at the full queue's end, then at the empty one's; closing ends both sleeps.
    fn a_close_ends_every_sleep<M: Monitor>() {
        let queue = Arc::new(MutexQueue::<u64, M>::new(1));
        let (done, ended) = mpsc::channel();
        let sleeper = Arc::clone(&queue);
        thread::spawn(move || {
            let refused = (0..).find_map(|i| sleeper.push(i).err());
            let left: Vec<u64> = std::iter::from_fn(|| sleeper.pop()).collect();
            done.send((refused, left))
        });
        while queue.try_push(7).is_ok() {
            queue.try_pop();
            thread::yield_now();
        }
        queue.close();
        let ended = ended.recv_timeout(Duration::from_secs(60));
        let (refused, left) = ended.expect("a sleeper sleeps on");
        assert!(refused.is_some() && left.len() == 1, "{left:?}");
    }

    #[test]
    fn closing_wakes_everybody() {
        a_close_ends_every_sleep::<StdMonitor>();
        a_close_ends_every_sleep::<ParkingLotMonitor>();
    }

    #[test]
    fn blocking_push_and_pop_lose_no_wake_with_std() {
        every_item_passes_a_queue_of_one::<StdMonitor>();
    }

    #[test]
    fn blocking_push_and_pop_lose_no_wake_with_parking_lot() {
        every_item_passes_a_queue_of_one::<ParkingLotMonitor>();
    }
}
