//! A pipe of a mutex, a `VecDeque` and two condition variables, for slices of values and for bytes.
//!
//! With the same care as the [queue](super::mutex_queue): the buffer is allocated once, what fits is moved under one
//! lock, and a condition variable is rung only when somebody waits, after the mutex has been given back. Single
//! values go through that queue.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::StdMutex;
use crate::contender::{Card, Contender};
use crate::pipe::{Bytes, Ends, ReadEnd, RecvSlice, SendSlice, Sliced, WriteEnd};

/// What the mutex protects.
#[derive(Debug)]
struct State<T> {
    values: VecDeque<T>,
    writer_waits: bool,
    reader_waits: bool,
    /// One of the two ends has gone.
    over: bool,
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    room: Condvar,
    arrival: Condvar,
    capacity: usize,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that writes.
#[derive(Debug)]
pub struct MutexWriter<T>(Arc<Shared<T>>);

/// The end that reads.
#[derive(Debug)]
pub struct MutexReader<T>(Arc<Shared<T>>);

/// An empty pipe with room for `capacity` values.
pub fn mutex_pipe<T>(capacity: usize) -> Ends<MutexWriter<T>, MutexReader<T>> {
    let shared = Arc::new(Shared {
        state: Mutex::new(State {
            values: VecDeque::with_capacity(capacity),
            writer_waits: false,
            reader_waits: false,
            over: false,
        }),
        room: Condvar::new(),
        arrival: Condvar::new(),
        capacity,
    });
    (MutexWriter(Arc::clone(&shared)), MutexReader(shared))
}

impl<T: Copy> MutexWriter<T> {
    /// Writes from the front of `values` what there is room for, when `wait` at least one; returns how many, which is
    /// 0 as well when the reader has gone.
    fn write(&self, values: &[T], wait: bool) -> usize {
        let shared = &*self.0;
        let mut state = shared.lock();
        while wait && state.values.len() == shared.capacity && !state.over {
            state.writer_waits = true;
            let waited = shared.room.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        if state.over {
            return 0;
        }
        let count = values.len().min(shared.capacity - state.values.len());
        state.values.extend(&values[..count]);
        let rings = count > 0 && std::mem::take(&mut state.reader_waits);
        drop(state);
        if rings {
            shared.arrival.notify_one();
        }
        count
    }
}

impl<T: Copy> MutexReader<T> {
    /// Reads what is there, as far as it fits, when `wait` at least one value; returns how many, which is 0 as well
    /// when the writer has gone.
    fn read(&self, into: &mut [T], wait: bool) -> usize {
        let shared = &*self.0;
        let mut state = shared.lock();
        while wait && state.values.is_empty() && !state.over {
            state.reader_waits = true;
            let waited = shared.arrival.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        let count = into.len().min(state.values.len());
        let (front, back) = state.values.as_slices();
        let in_front = count.min(front.len());
        into[..in_front].copy_from_slice(&front[..in_front]);
        into[in_front..count].copy_from_slice(&back[..count - in_front]);
        state.values.drain(..count);
        let rings = count > 0 && std::mem::take(&mut state.writer_waits);
        drop(state);
        if rings {
            shared.room.notify_one();
        }
        count
    }
}

impl<T> Drop for MutexWriter<T> {
    fn drop(&mut self) {
        self.0.lock().over = true;
        self.0.arrival.notify_one();
    }
}

impl<T> Drop for MutexReader<T> {
    fn drop(&mut self) {
        self.0.lock().over = true;
        self.0.room.notify_one();
    }
}

impl Sliced for StdMutex {
    const CARD: Card = <StdMutex as Contender<u64>>::CARD;
    type Sender = MutexWriter<u64>;
    type Receiver = MutexReader<u64>;

    fn ends(capacity: usize) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(mutex_pipe(capacity))
    }
}

impl SendSlice for MutexWriter<u64> {
    fn try_send_slice(&mut self, values: &[u64]) -> usize {
        self.write(values, false)
    }
}

impl RecvSlice for MutexReader<u64> {
    fn try_recv_slice(&mut self, values: &mut [u64]) -> usize {
        self.read(values, false)
    }
}

impl Bytes for StdMutex {
    const CARD: Card = <StdMutex as Contender<u64>>::CARD;
    type Writer = MutexWriter<u8>;
    type Reader = MutexReader<u8>;

    fn ends(capacity: usize) -> Option<Ends<Self::Writer, Self::Reader>> {
        Some(mutex_pipe(capacity))
    }
}

impl WriteEnd for MutexWriter<u8> {
    fn write_block(&mut self, block: &[u8]) -> bool {
        let mut rest = block;
        while !rest.is_empty() {
            match self.write(rest, true) {
                0 => return false,
                count => rest = &rest[count..],
            }
        }
        true
    }
}

impl ReadEnd for MutexReader<u8> {
    fn read_some(&mut self, into: &mut [u8]) -> usize {
        self.read(into, true)
    }
}
