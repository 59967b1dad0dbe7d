//! Our semaphore, in both of its modes, and our event.
#![forbid(unsafe_code)]

use std::future::Future;

use ::latchless::{Event as InnerEvent, Semaphore as Inner};

use crate::primitive::{AsyncEvent, AsyncSemaphore, Card, Event, Flag, Permits, Semaphore};

/// Our semaphore: in the order of asking, or, when it is `BARGING`, for whoever finds a permit.
#[derive(Debug)]
pub struct LatchlessSemaphore<const BARGING: bool>(Inner);

impl<const BARGING: bool> Permits for LatchlessSemaphore<BARGING> {
    const CARD: Card = Card {
        name: if BARGING {
            "latchless (barging)"
        } else {
            "latchless Semaphore"
        },
        origin: "latchless",
        kind: "semaphore",
        algorithm: "a word with the permits, and a lock-free list of waiters",
        fair: !BARGING,
        order: if BARGING {
            "first come, first woken; whoever finds a permit free may come before them"
        } else {
            "first come, first served; whoever comes later, trying or not, does not come before"
        },
        stopped_peer: "keeps at most the permits of its own call; the others acquire, release and wake on",
        blocking: true,
        asynchronous: true,
        timeout: true,
        waiting: "some microseconds of spins and yields in its place of the list, then sleeps; \
                  threads and tasks in one list",
    };

    fn new(permits: usize) -> Self {
        LatchlessSemaphore(if BARGING {
            Inner::barging(permits)
        } else {
            Inner::new(permits)
        })
    }

    fn take(&self) -> bool {
        self.0.try_acquire().map(|permit| permit.forget()).is_ok()
    }
}

impl<const BARGING: bool> Semaphore for LatchlessSemaphore<BARGING> {
    #[inline]
    fn with_permit(&self, inside: impl FnOnce()) {
        let permit = self.0.acquire().expect("it is never closed");
        inside();
        drop(permit);
    }
}

impl<const BARGING: bool> AsyncSemaphore for LatchlessSemaphore<BARGING> {
    #[inline]
    async fn with_permit_async(&self, inside: impl Future<Output = ()> + Send) {
        let permit = self.0.acquire_async().await.expect("it is never closed");
        inside.await;
        drop(permit);
    }
}

/// Our event.
#[derive(Debug, Default)]
pub struct LatchlessEvent(InnerEvent);

impl Flag for LatchlessEvent {
    const CARD: Card = Card {
        name: "latchless Event",
        origin: "latchless",
        kind: "event",
        algorithm: "a word with the flag, and a lock-free list of waiters",
        fair: true,
        order: "all, first come, first woken",
        stopped_peer: "nothing: the others set, reset and wait on, and the next of them wakes",
        blocking: true,
        asynchronous: true,
        timeout: true,
        waiting: "some microseconds of spins and yields, then listed and asleep; threads and tasks \
                  in one list",
    };

    fn new() -> Self {
        Self::default()
    }

    #[inline]
    fn set(&self) {
        self.0.set();
    }

    #[inline]
    fn reset(&self) {
        self.0.reset();
    }
}

impl Event for LatchlessEvent {
    #[inline]
    fn wait(&self) {
        self.0.wait();
    }
}

impl AsyncEvent for LatchlessEvent {
    #[inline]
    fn wait_async(&self) -> impl Future<Output = ()> + Send {
        self.0.wait_async()
    }
}
