//! Waiting at a ring that cannot wait: spin, then park, and a flag that says so.
//!
//! What a careful user writes around such a ring, and no more: one who waits is known by a flag on a line of its
//! side, so that nobody unparks in vain, and each change is followed by a fence and a look at that flag.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Thread};

use crossbeam_utils::{Backoff, CachePadded};

/// Where the thread of one side waits for the other.
#[derive(Debug, Default)]
struct Place {
    asleep: AtomicBool,
    /// Who was the last to sleep here.
    who: Mutex<Option<Thread>>,
}

/// Where the threads of both sides wait.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// For an item.
    arrival: CachePadded<Place>,
    /// For room.
    room: CachePadded<Place>,
    sender_gone: AtomicBool,
    receiver_gone: AtomicBool,
}

impl Places {
    /// From the receiving thread: returns when there is an item, or `ready` for another reason.
    pub(super) fn wait_for_item(&self, ready: impl FnMut() -> bool) {
        self.arrival.wait(ready);
    }

    /// From the sending thread: the same for room.
    pub(super) fn wait_for_room(&self, ready: impl FnMut() -> bool) {
        self.room.wait(ready);
    }

    /// After an item has come.
    #[inline]
    pub(super) fn item_came(&self) {
        self.arrival.wake();
    }

    /// After an item has gone.
    #[inline]
    pub(super) fn item_went(&self) {
        self.room.wake();
    }

    /// The last that the sender does.
    pub(super) fn sender_goes(&self) {
        // ORDERING: Release, with the Acquire of `sender_is_gone`: who sees it sees all that was sent.
        self.sender_gone.store(true, Ordering::Release);
        self.arrival.wake();
    }

    pub(super) fn sender_is_gone(&self) -> bool {
        self.sender_gone.load(Ordering::Acquire)
    }

    /// The last that the receiver does.
    pub(super) fn receiver_goes(&self) {
        self.receiver_gone.store(true, Ordering::Release);
        self.room.wake();
    }

    pub(super) fn receiver_is_gone(&self) -> bool {
        self.receiver_gone.load(Ordering::Acquire)
    }
}

impl Place {
    #[cold]
    fn wait(&self, mut ready: impl FnMut() -> bool) {
        let backoff = Backoff::new();
        while !backoff.is_completed() {
            if ready() {
                return;
            }
            backoff.snooze();
        }
        let mut who = self.who.lock().unwrap_or_else(PoisonError::into_inner);
        *who = Some(thread::current());
        drop(who);
        loop {
            self.asleep.store(true, Ordering::Relaxed);
            // ORDERING: SeqCst, with the fence in `wake`: either the waker finds the flag, or `ready` what it did.
            fence(Ordering::SeqCst);
            if ready() {
                self.asleep.store(false, Ordering::Relaxed);
                return;
            }
            thread::park();
        }
    }

    #[inline]
    fn wake(&self) {
        // ORDERING: SeqCst: see `wait`.
        fence(Ordering::SeqCst);
        if self.asleep.load(Ordering::Relaxed) {
            self.wake_sleeper();
        }
    }

    #[cold]
    fn wake_sleeper(&self) {
        self.asleep.store(false, Ordering::Relaxed);
        let who = self.who.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = &*who {
            thread.unpark();
        }
    }
}
