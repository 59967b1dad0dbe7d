//! An event of a flag and `event_listener::Event`, as its documentation shows it.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};

use ::event_listener::{Event as Listeners, Listener, listener};

use crate::primitive::{AsyncEvent, Card, Event, Flag};

/// The flag says whether it is set, the list who waits.
#[derive(Debug, Default)]
pub struct ListenedEvent {
    set: AtomicBool,
    listeners: Listeners,
}

impl Flag for ListenedEvent {
    const CARD: Card = Card {
        name: "event-listener",
        origin: "event-listener",
        kind: "event",
        algorithm: "a flag, and a list of listeners behind a mutex",
        fair: true,
        order: "all, first come, first woken",
        stopped_peer: "stopped while it holds the list's mutex, it stops all who have to wait, and \
                       who sets while somebody waits",
        blocking: true,
        asynchronous: true,
        timeout: true,
        waiting: "listed, looks once more, then sleeps at once; threads and tasks in one list",
    };

    fn new() -> Self {
        Self::default()
    }

    #[inline]
    fn set(&self) {
        // ORDERING: Release; `notify` begins with a fence, and so does listening.
        self.set.store(true, Ordering::Release);
        self.listeners.notify(usize::MAX);
    }

    #[inline]
    fn reset(&self) {
        self.set.store(false, Ordering::Release);
    }
}

impl Event for ListenedEvent {
    #[inline]
    fn wait(&self) {
        // ORDERING: Acquire: what was done before the set is seen after the wait.
        if self.set.load(Ordering::Acquire) {
            return;
        }
        listener!(self.listeners => listener);
        if !self.set.load(Ordering::Acquire) {
            listener.wait();
        }
    }
}

impl AsyncEvent for ListenedEvent {
    #[inline]
    async fn wait_async(&self) {
        // ORDERING: Acquire as above.
        if self.set.load(Ordering::Acquire) {
            return;
        }
        listener!(self.listeners => listener);
        if !self.set.load(Ordering::Acquire) {
            listener.await;
        }
    }
}
