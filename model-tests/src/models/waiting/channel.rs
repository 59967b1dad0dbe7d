//! A channel whose ends go, or that is closed, while others send and receive.
#![forbid(unsafe_code)]

use super::task::{block_on, poll_once};
use crate::models::Model;
use latchless::channel::{Receiver, Sender, bounded};
use latchless::error::{RecvError, SendError, TryRecvError};
use latchless::sync::{AtomicU64, Ordering};
use loom::thread::{self, JoinHandle};
use std::sync::Arc;

pub(super) const MODELS: &[Model] = &[
    Model::own(
        "a_receiver_that_waits_sees_the_last_sender_go",
        2,
        50,
        &["closed"],
        last_sender_goes,
    ),
    Model::own(
        "what_was_sent_before_the_last_sender_went_is_received",
        1,
        100,
        &["received"],
        last_sender_sends_and_goes,
    ),
    Model::own(
        "what_senders_did_before_they_went_is_seen_after_closed",
        2,
        20,
        &["open", "closed"],
        senders_go,
    )
    .without_fences(),
    Model::own(
        "a_sender_that_waits_sees_the_last_receiver_go",
        1,
        50,
        &["given back"],
        last_receiver_goes,
    ),
    Model::own(
        "a_message_sent_while_the_last_receiver_goes_is_given_back_or_dropped",
        2,
        50,
        &["given back", "dropped"],
        last_receiver_meets_send,
    ),
    Model::own(
        "a_task_that_sends_sees_the_last_receiver_go",
        2,
        50,
        &["given back"],
        last_receiver_meets_task,
    ),
    Model::own(
        "two_receivers_that_go_drop_a_message_once",
        2,
        10,
        &["dropped"],
        two_receivers_go,
    ),
    Model::own(
        "a_sender_that_waits_is_woken_by_a_close",
        2,
        50,
        &["given back"],
        close_meets_send,
    ),
    Model::own(
        "a_task_that_receives_is_woken_by_a_close_or_a_send",
        1,
        50,
        &["received", "closed"],
        close_meets_recv,
    ),
    Model::own(
        "a_weak_sender_is_upgraded_in_time_or_not_at_all",
        2,
        50,
        &["in time", "too late"],
        upgrade_meets_last_drop,
    ),
];

/// A message that knows how many of its kind are alive.
type Counted = Arc<()>;

fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("loom stops at a panic")
}

/// Drops it in a thread of its own.
fn going<T: Send + 'static>(end: T) -> JoinHandle<()> {
    thread::spawn(move || drop(end))
}

fn last_sender_goes() -> &'static str {
    let (sender, receiver) = bounded::<u8>(1);
    let goes = going(sender);
    assert_eq!(receiver.recv(), Err(RecvError));
    join(goes);
    "closed"
}

fn last_sender_sends_and_goes() -> &'static str {
    let (sender, receiver) = bounded(1);
    let goes = thread::spawn(move || sender.try_send(7));
    assert_eq!(receiver.recv(), Ok(7));
    assert_eq!(receiver.recv(), Err(RecvError));
    join(goes).expect("there is room");
    "received"
}

/// Whichever of the two is the last: who sees Closed sees what both did.
fn senders_go() -> &'static str {
    let (sender, receiver) = bounded::<u8>(1);
    let done = Arc::new(AtomicU64::new(0));
    let (other, does) = (sender.clone(), done.clone());
    let goes = thread::spawn(move || {
        does.store(1, Ordering::Relaxed);
        drop(other);
    });
    drop(sender);
    let outcome = match receiver.try_recv() {
        Err(TryRecvError::Closed) => {
            assert_eq!(done.load(Ordering::Relaxed), 1);
            "closed"
        }
        Err(TryRecvError::Empty) => "open",
        Ok(message) => panic!("nobody sent {message}"),
    };
    join(goes);
    outcome
}

/// A full channel with room for one.
fn full() -> (Sender<Counted>, Receiver<Counted>, Counted) {
    let (sender, receiver) = bounded(1);
    let message = Counted::default();
    sender.try_send(message.clone()).expect("there is room");
    (sender, receiver, message)
}

/// What must hold when the last receiver has gone: no message is inside, though a sender is there.
fn nothing_inside(message: &Counted) {
    assert_eq!(Arc::strong_count(message), 1, "a message is still counted");
}

fn last_receiver_goes() -> &'static str {
    let (sender, receiver, message) = full();
    let goes = going(receiver);
    let SendError(back) = sender.send(message).expect_err("there is no receiver");
    join(goes);
    nothing_inside(&back);
    "given back"
}

fn last_receiver_meets_send() -> &'static str {
    let (sender, receiver) = bounded(1);
    let message = Counted::default();
    let goes = going(receiver);
    let sent = sender.try_send(message.clone()).map_err(drop);
    join(goes);
    nothing_inside(&message);
    if sent.is_ok() {
        "dropped"
    } else {
        "given back"
    }
}

fn last_receiver_meets_task() -> &'static str {
    let (sender, receiver, message) = full();
    let mut sending = sender.send_async(message);
    assert!(poll_once(&mut sending).is_pending());
    let goes = going(receiver);
    let SendError(back) = block_on(sending).expect_err("there is no receiver");
    join(goes);
    nothing_inside(&back);
    "given back"
}

fn two_receivers_go() -> &'static str {
    let (sender, receiver, message) = full();
    let goes = going(receiver.clone());
    drop(receiver);
    join(goes);
    nothing_inside(&message);
    drop(sender);
    "dropped"
}

fn close_meets_send() -> &'static str {
    let (sender, receiver, message) = full();
    let closes = sender.clone();
    let closer = thread::spawn(move || assert!(closes.close(), "nobody else closes"));
    let SendError(back) = sender.send(message).expect_err("it never has room");
    join(closer);
    assert_eq!(receiver.try_iter().count(), 1);
    nothing_inside(&back);
    "given back"
}

/// A task waits for a message that is sent, or refused because the close came first.
fn close_meets_recv() -> &'static str {
    let (sender, receiver) = bounded(1);
    let mut receiving = receiver.recv_async();
    assert!(poll_once(&mut receiving).is_pending());
    let closes = receiver.clone();
    let closer = thread::spawn(move || assert!(closes.close(), "nobody else closes"));
    let sent = sender.try_send(7).is_ok();
    let received = block_on(receiving);
    join(closer);
    assert_eq!(received, if sent { Ok(7) } else { Err(RecvError) });
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    if sent { "received" } else { "closed" }
}

fn upgrade_meets_last_drop() -> &'static str {
    let (sender, receiver) = bounded(1);
    let weak = sender.downgrade();
    let goes = going(sender);
    let outcome = match weak.upgrade() {
        Some(again) => {
            again.try_send(7).expect("it counts");
            "in time"
        }
        None => "too late",
    };
    join(goes);
    assert!(weak.upgrade().is_none());
    assert_eq!(receiver.try_iter().count() == 1, outcome == "in time");
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    outcome
}
