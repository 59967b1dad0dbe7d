//! The last receiver drops what is inside: at once, each message once, whatever the messages do about it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use latchless::channel::{Sender, WeakReceiver};

use crate::made::channel;

/// A message that counts its drops, and may panic in one.
struct Bomb {
    dropped: Arc<AtomicUsize>,
    explodes: bool,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
        if self.explodes {
            // Without the panic hook, which would print it.
            resume_unwind(Box::new("exploded"));
        }
    }
}

#[test]
fn the_last_receiver_drops_what_is_inside_though_senders_and_weak_ends_live() {
    for room in [Some(3), None] {
        let message = Arc::new(());
        let (sender, receiver) = channel(room);
        let weak = (sender.downgrade(), receiver.downgrade());
        for _ in 0..3 {
            sender.send(message.clone()).expect("there is room");
        }
        let other = receiver.clone();
        drop(receiver);
        assert_eq!(Arc::strong_count(&message), 4, "a receiver is left");
        drop(other);
        assert_eq!(Arc::strong_count(&message), 1);
        assert_eq!((sender.len(), sender.is_empty()), (0, true));
        drop((sender, weak));
    }
}

#[test]
fn what_is_left_by_the_senders_is_dropped_with_the_last_receiver() {
    for room in [Some(2), None] {
        let message = Arc::new(());
        let (sender, receiver) = channel(room);
        let weak = sender.downgrade();
        sender.send(message.clone()).expect("there is room");
        drop(sender);
        assert_eq!(Arc::strong_count(&message), 2);
        drop(receiver);
        assert_eq!(Arc::strong_count(&message), 1);
        assert!(weak.upgrade().is_none());
    }
}

#[test]
fn a_message_that_panics_costs_no_other_its_drop() {
    for (room, bomb) in [Some(4), None]
        .into_iter()
        .flat_map(|room| (0..4).map(move |bomb| (room, bomb)))
    {
        let dropped = Arc::new(AtomicUsize::new(0));
        let (sender, receiver) = channel(room);
        for n in 0..4 {
            let message = Bomb {
                dropped: dropped.clone(),
                explodes: n == bomb,
            };
            assert!(sender.try_send(message).is_ok());
        }
        let payload = catch_unwind(AssertUnwindSafe(|| drop(receiver))).expect_err("it explodes");
        assert_eq!(payload.downcast_ref(), Some(&"exploded"));
        assert_eq!(dropped.load(Ordering::Relaxed), 4);
        assert!(sender.is_closed() && sender.is_empty());
        drop(sender);
        assert_eq!(dropped.load(Ordering::Relaxed), 4, "none twice");
    }
}

/// A message that calls its own channel when it is dropped.
struct Caller {
    sender: Sender<Caller>,
    receiver: WeakReceiver<Caller>,
    found: Arc<AtomicUsize>,
}

impl Drop for Caller {
    fn drop(&mut self) {
        let closed = self.sender.is_closed() && self.receiver.upgrade().is_none();
        if closed && !self.sender.is_full() {
            self.found.fetch_add(1, Ordering::Relaxed);
        }
        self.sender.close();
    }
}

#[test]
fn a_message_may_call_its_own_channel_while_it_is_dropped() {
    for room in [Some(3), None] {
        let found = Arc::new(AtomicUsize::new(0));
        let (sender, receiver) = channel(room);
        let weak = sender.downgrade();
        for _ in 0..3 {
            let message = Caller {
                sender: sender.clone(),
                receiver: receiver.downgrade(),
                found: found.clone(),
            };
            assert!(sender.try_send(message).is_ok());
        }
        drop(sender);
        assert!(weak.upgrade().is_some(), "messages hold senders");
        drop(receiver);
        assert_eq!(found.load(Ordering::Relaxed), 3);
        assert!(weak.upgrade().is_none());
    }
}

/// Senders send until they are refused, or have sent enough; the last receivers go meanwhile. When all that is over,
/// and while senders are still there, no message is alive.
#[test]
fn nothing_stays_inside_when_the_last_receivers_go_amid_sends() {
    const ROUNDS: usize = if cfg!(miri) { 5 } else { 300 };
    /// Where nobody receives, they do not go on for ever.
    const SENDS: usize = 1_000;
    for round in 0..ROUNDS {
        let message = Arc::new(());
        let (sender, receiver) = channel((round % 6 > 0).then_some(round % 6));
        let start = Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..2 {
                let (sender, message, start) = (sender.clone(), message.clone(), &start);
                scope.spawn(move || {
                    start.wait();
                    (0..SENDS).all(|_| sender.send(message.clone()).is_ok());
                });
                let receiver = receiver.clone();
                scope.spawn(move || {
                    start.wait();
                    (0..round).for_each(|_| drop(receiver.try_recv()));
                });
            }
            drop(receiver);
        });
        assert_eq!(Arc::strong_count(&message), 1, "round {round}");
        assert!(sender.is_empty());
    }
}

#[test]
fn large_messages_are_dropped_with_the_last_receiver() {
    for room in [Some(40), None] {
        let counted = Arc::new(());
        let (sender, receiver) = channel(room);
        for _ in 0..40 {
            assert!(sender.send(([0_u8; 4096], counted.clone())).is_ok());
        }
        drop(receiver.recv());
        drop(receiver);
        assert_eq!(Arc::strong_count(&counted), 1);
        drop(sender);
    }
}
