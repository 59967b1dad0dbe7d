//! The mutex queue on `parking_lot::{Mutex, Condvar}`.
#![forbid(unsafe_code)]

use std::sync::Arc;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::mutex_queue::{Monitor, MutexQueue};
use crate::blocking::{Blocking, Closing, Ends};
use crate::contender::{Card, Contender, Payload, Role};

/// The mutex and condition variable of parking_lot.
#[derive(Debug)]
pub struct ParkingLotMonitor;

impl Monitor for ParkingLotMonitor {
    type Mutex<S: Send + 'static> = Mutex<S>;
    type Guard<'a, S: Send + 'static> = MutexGuard<'a, S>;
    type Condvar = Condvar;

    fn mutex<S: Send + 'static>(state: S) -> Mutex<S> {
        Mutex::new(state)
    }

    #[inline]
    fn lock<S: Send + 'static>(mutex: &Mutex<S>) -> MutexGuard<'_, S> {
        mutex.lock()
    }

    fn wait<'a, S: Send + 'static>(
        condvar: &Condvar,
        mut guard: Self::Guard<'a, S>,
    ) -> Self::Guard<'a, S> {
        condvar.wait(&mut guard);
        guard
    }

    fn notify_one(condvar: &Condvar) {
        condvar.notify_one();
    }

    fn notify_all(condvar: &Condvar) {
        condvar.notify_all();
    }
}

/// The baseline: `Mutex<VecDeque>` with condition variables, all from parking_lot.
#[derive(Debug)]
pub struct ParkingLotMutex;

impl<P: Payload> Contender<P> for ParkingLotMutex {
    const CARD: Card = Card {
        name: "parking_lot Mutex",
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

    type End = Arc<MutexQueue<P, ParkingLotMonitor>>;

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(MutexQueue::new(capacity));
        Some(vec![queue; roles.len()])
    }
}

impl<P: Payload> Blocking<P> for ParkingLotMutex {
    const CARD: Card = <Self as Contender<P>>::CARD;
    type Sender = Closing<Arc<MutexQueue<P, ParkingLotMonitor>>>;
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
