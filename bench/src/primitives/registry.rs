//! All semaphores, events and locks that take part.
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
use super::PosixSemaphore;
use super::{
    AcquireLoad, AsyncLockMutex, AsyncLockSemaphore, LatchlessEvent, LatchlessLock,
    LatchlessReentrant, LatchlessSemaphore, ListenedEvent, NotifiedEvent, ParkingLotLock,
    ParkingLotReentrant, StdLock, TokioLock, TokioSemaphore, TokioTry, TwoAdditions, Wakers,
};
use crate::baseline::{CondvarEvent, CondvarLock, CondvarSemaphore, ParkingLotMonitor, StdMonitor};
use crate::primitive::Card;
use crate::workload::primitive::{ALL, Entry, Work};

/// Everybody who serves `work`, in the order in which reports list them.
pub fn primitive_contenders(work: Work) -> Vec<Entry> {
    match work {
        Work::Permits { threads, .. } => semaphores(threads),
        Work::TaskPermits { .. } => async_semaphores(),
        Work::HandOffs { .. } => {
            let mut all = async_semaphores();
            all.push(Entry::no_semaphore());
            all
        }
        Work::IsSet => {
            let mut all = events();
            all.push(Entry::event::<AcquireLoad>());
            all
        }
        Work::SetReset => events(),
        Work::Wake => {
            let mut all = events();
            all.push(Entry::bare_futex());
            all
        }
        Work::Wakes { .. } => vec![
            Entry::async_event::<LatchlessEvent>(),
            Entry::async_event::<ListenedEvent>(),
            Entry::async_event::<NotifiedEvent>(),
            Entry::async_event::<Wakers>(),
        ],
        Work::Locks { .. } => vec![
            Entry::lock::<LatchlessLock>(),
            Entry::lock::<StdLock>(),
            Entry::lock::<ParkingLotLock>(),
            Entry::lock::<TokioLock>(),
            Entry::lock::<AsyncLockMutex>(),
            Entry::lock::<CondvarLock<StdMonitor, false>>(),
        ],
        Work::Nested => vec![
            Entry::lock::<LatchlessReentrant>(),
            Entry::lock::<ParkingLotReentrant>(),
            Entry::lock::<CondvarLock<StdMonitor, true>>(),
        ],
    }
}

fn semaphores(threads: usize) -> Vec<Entry> {
    let mut all = vec![
        Entry::semaphore::<LatchlessSemaphore<false>>(),
        Entry::semaphore::<LatchlessSemaphore<true>>(),
        Entry::semaphore::<TokioSemaphore>(),
        Entry::semaphore::<TokioTry>(),
        Entry::semaphore::<AsyncLockSemaphore>(),
    ];
    #[cfg(target_os = "linux")]
    all.push(Entry::semaphore::<PosixSemaphore>());
    all.push(Entry::semaphore::<CondvarSemaphore<StdMonitor>>());
    all.push(Entry::semaphore::<CondvarSemaphore<ParkingLotMonitor>>());
    if threads == 1 {
        all.push(Entry::semaphore::<TwoAdditions>());
    }
    all
}

fn async_semaphores() -> Vec<Entry> {
    vec![
        Entry::async_semaphore::<LatchlessSemaphore<false>>(),
        Entry::async_semaphore::<LatchlessSemaphore<true>>(),
        Entry::async_semaphore::<TokioSemaphore>(),
        Entry::async_semaphore::<AsyncLockSemaphore>(),
    ]
}

fn events() -> Vec<Entry> {
    vec![
        Entry::event::<LatchlessEvent>(),
        Entry::event::<ListenedEvent>(),
        Entry::event::<NotifiedEvent>(),
        Entry::event::<CondvarEvent<StdMonitor>>(),
        Entry::event::<CondvarEvent<ParkingLotMonitor>>(),
    ]
}

/// The card of every semaphore, event and lock, and of what is below them.
pub fn primitive_cards() -> Vec<Card> {
    let mut all: Vec<Card> = Vec::new();
    for workload in ALL {
        for entry in primitive_contenders(workload.work) {
            if all.iter().all(|card| card.name != entry.card.name) {
                all.push(entry.card);
            }
        }
    }
    all
}
