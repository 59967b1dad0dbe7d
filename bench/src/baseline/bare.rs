//! The floor under every wait: one word between two threads, and nothing else.
//!
//! One item at a time from one thread to another, through a flag that says whether it is there. The
//! parked form sleeps at once and is woken by `unpark` (on Linux one futex), the spinning form only
//! looks. Neither could serve a third thread, or wait for room otherwise than by looking.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering, fence};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};

use crossbeam_utils::CachePadded;

use crate::blocking::{Blocking, Ends, RecvEnd, SendEnd};
use crate::contender::{Card, Payload};

const EMPTY: u8 = 0;
const FULL: u8 = 1;
/// The sender has gone.
const OVER: u8 = 2;

#[derive(Debug, Default)]
struct Slot {
    flag: AtomicU8,
    value: AtomicU64,
    /// The receiver has gone.
    abandoned: AtomicBool,
    /// Who sleeps until there is an item, from its first sleep on.
    receiver: OnceLock<Thread>,
}

/// Sleeps at once when `PARKS`, or else only looks.
#[derive(Debug)]
pub struct Bare<const PARKS: bool>;

/// The sending end.
#[derive(Debug)]
pub struct BareSender<const PARKS: bool>(Arc<CachePadded<Slot>>);

/// The receiving end.
#[derive(Debug)]
pub struct BareReceiver<const PARKS: bool>(Arc<CachePadded<Slot>>);

impl<P: Payload, const PARKS: bool> Blocking<P> for Bare<PARKS> {
    const CARD: Card = Card {
        name: if PARKS { "bare futex" } else { "bare flag" },
        origin: "floor",
        algorithm: "one word between two threads: what any queue's wait is made of at least",
        order: "one item at a time",
        exactness: "not asked",
        stopped_peer: "the other waits for it",
        blocking: true,
        asynchronous: false,
        timeout: false,
        waiting: if PARKS {
            "sleeps at once, woken by unpark"
        } else {
            "looks, and never sleeps"
        },
    };
    type Sender = BareSender<PARKS>;
    type Receiver = BareReceiver<PARKS>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        if (capacity, senders, receivers) != (1, 1, 1) {
            return None;
        }
        let slot = Arc::new(CachePadded::new(Slot::default()));
        let receiver = BareReceiver(Arc::clone(&slot));
        Some((vec![BareSender(slot)], vec![receiver]))
    }
}

impl<const PARKS: bool> BareSender<PARKS> {
    fn say(&self, flag: u8) {
        // ORDERING: Release pairs with the Acquire in `recv`: whoever sees the flag sees the value.
        self.0.flag.store(flag, Ordering::Release);
        if PARKS {
            // ORDERING: SeqCst, with the fence in `recv`: either the sender finds the receiver, or
            // the receiver's first look finds the flag.
            fence(Ordering::SeqCst);
            if let Some(receiver) = self.0.receiver.get() {
                receiver.unpark();
            }
        }
    }

    /// False when the receiver has gone.
    fn wait_for_room(&self) -> bool {
        // ORDERING: Acquire: the last value was read before the room was given.
        while self.0.flag.load(Ordering::Acquire) != EMPTY {
            if self.0.abandoned.load(Ordering::Relaxed) {
                return false;
            }
            thread::yield_now();
        }
        true
    }
}

impl<P: Payload, const PARKS: bool> SendEnd<P> for BareSender<PARKS> {
    #[inline]
    fn send(&mut self, payload: P) -> bool {
        let room = self.wait_for_room();
        if room {
            // ORDERING: Relaxed: published by the flag.
            self.0.value.store(payload.value(), Ordering::Relaxed);
            self.say(FULL);
        }
        room
    }
}

impl<const PARKS: bool> Drop for BareSender<PARKS> {
    fn drop(&mut self) {
        self.wait_for_room();
        self.say(OVER);
    }
}

impl<P: Payload, const PARKS: bool> RecvEnd<P> for BareReceiver<PARKS> {
    #[inline]
    fn recv(&mut self) -> Option<P> {
        let slot = &*self.0;
        if PARKS && slot.receiver.get().is_none() {
            slot.receiver.get_or_init(thread::current);
            fence(Ordering::SeqCst);
        }
        loop {
            // ORDERING: Acquire: see `say`.
            match slot.flag.load(Ordering::Acquire) {
                EMPTY if PARKS => thread::park(),
                EMPTY => std::hint::spin_loop(),
                FULL => break,
                _ => return None,
            }
        }
        let value = slot.value.load(Ordering::Relaxed);
        slot.flag.store(EMPTY, Ordering::Release);
        Some(P::carrying(value))
    }
}

impl<const PARKS: bool> Drop for BareReceiver<PARKS> {
    fn drop(&mut self) {
        self.0.abandoned.store(true, Ordering::Relaxed);
    }
}
