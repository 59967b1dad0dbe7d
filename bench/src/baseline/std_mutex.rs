//! The mutex queue on `std::sync::{Mutex, Condvar}`.
#![forbid(unsafe_code)]

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::mutex_queue::{Monitor, MutexQueue};
use crate::blocking::{Blocking, Closing, Ends};
use crate::contender::{Card, Contender, Payload, Role};

/// The standard library's mutex and condition variable.
#[derive(Debug)]
pub struct StdMonitor;

impl Monitor for StdMonitor {
    type Mutex<S: Send + 'static> = Mutex<S>;
    type Guard<'a, S: Send + 'static> = MutexGuard<'a, S>;
    type Condvar = Condvar;

    fn mutex<S: Send + 'static>(state: S) -> Mutex<S> {
        Mutex::new(state)
    }

    #[inline]
    fn lock<S: Send + 'static>(mutex: &Mutex<S>) -> MutexGuard<'_, S> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a, S: Send + 'static>(
        condvar: &Condvar,
        guard: Self::Guard<'a, S>,
    ) -> Self::Guard<'a, S> {
        condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }

    fn notify_one(condvar: &Condvar) {
        condvar.notify_one();
    }

    fn notify_all(condvar: &Condvar) {
        condvar.notify_all();
    }
}

/// The baseline: `Mutex<VecDeque>` with condition variables, all from the standard library.
#[derive(Debug)]
pub struct StdMutex;

impl<P: Payload> Contender<P> for StdMutex {
    const CARD: Card = Card {
        name: "std Mutex",
        origin: "baseline",
        algorithm: "a VecDeque allocated once, behind one mutex with two condition variables",
        order: "FIFO in the order in which the mutex is taken",
        exactness: "exact: decided under the mutex",
        stopped_peer: "stopped while it holds the mutex, it stops everybody, the try forms too",
        blocking: true,
        asynchronous: false,
        timeout: false,
        waiting: "sleeps at once on a condition variable, one woken for each item",
    };

    type End = Arc<MutexQueue<P, StdMonitor>>;

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(MutexQueue::new(capacity));
        Some(vec![queue; roles.len()])
    }
}

impl<P: Payload> Blocking<P> for StdMutex {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Closing<Arc<MutexQueue<P, StdMonitor>>>;
    type Receiver = Self::Sender;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        let queue = Arc::new(MutexQueue::new(capacity));
        Closing::both(senders, receivers, || Some(Arc::clone(&queue)))
    }
}

/// The same without a bound.
#[derive(Debug)]
pub struct UnboundedStdMutex;

impl<P: Payload> Contender<P> for UnboundedStdMutex {
    const CARD: Card = Card {
        algorithm: "a VecDeque that grows, behind one mutex with a condition variable",
        ..<StdMutex as Contender<P>>::CARD
    };

    type End = Arc<MutexQueue<P, StdMonitor>>;

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(MutexQueue::unbounded());
        Some(vec![queue; roles.len()])
    }
}

impl<P: Payload> Blocking<P> for UnboundedStdMutex {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Closing<Arc<MutexQueue<P, StdMonitor>>>;
    type Receiver = Self::Sender;

    fn ends(
        _: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        let queue = Arc::new(MutexQueue::unbounded());
        Closing::both(senders, receivers, || Some(Arc::clone(&queue)))
    }
}
