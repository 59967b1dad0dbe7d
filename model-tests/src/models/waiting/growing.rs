//! A channel without bound whose ends go, or that is closed, while others send and receive: what differs from one with
//! room is that a send has its place before its message is there, and that whoever comes to it then has it judged.
#![forbid(unsafe_code)]

use super::queue::Timed;
use super::task::{Kept, Task, block_on, poll_once};
use crate::models::Model;
use latchless::channel::{Receiver, Sender, unbounded_with_slots};
use latchless::error::{RecvError, RecvTimeoutError, TryRecvError};
use loom::thread::{self, JoinHandle};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

const BACK_OR_DROPPED: &[&str] = &["given back", "dropped"];

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("a_receiver_without_bound_sees_the_last_sender_go", 1, 100, &["closed"], last_sender_goes),
    Model::own("what_was_sent_without_bound_before_the_last_sender_went_is_received", 1, 1_000, &["received"], last_sender_sends_and_goes),
    Model::own("a_message_sent_without_bound_while_the_last_receiver_goes_is_given_back_or_dropped", 2, 2_000, BACK_OR_DROPPED, last_receiver_meets_send),
    Model::own("a_message_sent_at_the_end_of_a_segment_while_the_last_receiver_goes_is_given_back_or_dropped", 2, 800, BACK_OR_DROPPED, last_receiver_meets_append),
    Model::own("two_receivers_without_bound_that_go_drop_a_message_once", 2, 10, &["dropped"], two_receivers_go),
    Model::own("a_task_that_receives_without_bound_is_woken_by_a_close_or_a_send", 1, 1_500, &["received", "closed"], close_meets_recv),
    Model::own("a_receive_without_bound_ends_in_time_or_takes_nothing", 1, 30_000, &["in time", "too late"], recv_in_time),
    Model::own("a_dropped_receiver_without_bound_passes_its_wake_on", 2, 400, &["woken"], dropped_receiver),
    Model::own("a_weak_sender_without_bound_is_upgraded_in_time_or_not_at_all", 2, 40, &["in time", "too late"], upgrade_meets_last_drop),
];

/// A message that knows how many of its kind are alive.
type Counted = Arc<()>;

/// Both ends of an empty channel with segments of so many slots.
fn channel<T>(slots: usize) -> (Kept<Sender<T>>, Kept<Receiver<T>>) {
    let (sender, receiver) = unbounded_with_slots(slots, slots);
    (Kept::new(sender), Kept::new(receiver))
}

fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("loom stops at a panic")
}

/// Drops it in a thread of its own.
fn going<T: Send + 'static>(end: T) -> JoinHandle<()> {
    thread::spawn(move || drop(end))
}

fn last_sender_goes() -> &'static str {
    let (sender, receiver) = channel::<u8>(2);
    let goes = going(sender);
    assert_eq!(receiver.recv(), Err(RecvError));
    join(goes);
    "closed"
}

fn last_sender_sends_and_goes() -> &'static str {
    let (sender, receiver) = channel(2);
    let goes = thread::spawn(move || sender.send(7));
    assert_eq!(receiver.recv(), Ok(7));
    assert_eq!(receiver.recv(), Err(RecvError));
    join(goes).expect("a receiver is there");
    "received"
}

/// The sender lives until the end, and what is inside must not: each message is dropped once, by the drop of the
/// receiver or by its sender, who has it back.
fn last_receiver_meets(slots: usize, before: usize) -> &'static str {
    let (sender, receiver) = channel(slots);
    let message = Counted::default();
    for _ in 0..before {
        sender.send(message.clone()).expect("a receiver is there");
    }
    let goes = going(receiver);
    let sent = sender.send(message.clone()).map_err(drop);
    join(goes);
    assert_eq!(Arc::strong_count(&message), 1, "a message is still counted");
    assert_eq!(sender.send(message).map_err(drop), Err(()), "it is closed");
    if sent.is_ok() {
        "dropped"
    } else {
        "given back"
    }
}

fn last_receiver_meets_send() -> &'static str {
    last_receiver_meets(2, 0)
}

fn last_receiver_meets_append() -> &'static str {
    last_receiver_meets(1, 1)
}

fn two_receivers_go() -> &'static str {
    let (sender, receiver) = channel(2);
    let message = Counted::default();
    sender.send(message.clone()).expect("a receiver is there");
    let goes = going(receiver.clone());
    drop(receiver);
    join(goes);
    assert_eq!(Arc::strong_count(&message), 1, "a message is still counted");
    "dropped"
}

/// A task waits for a message that is sent, or refused because the close came first.
fn close_meets_recv() -> &'static str {
    let (sender, receiver) = channel(2);
    let closes = Kept::new(receiver.clone());
    let mut receiving = Box::pin(receiver.recv_async());
    assert!(poll_once(&mut receiving).is_pending());
    let closer = thread::spawn(move || assert!(closes.close(), "nobody else closes"));
    let sent = sender.send(7).is_ok();
    let received = block_on(receiving);
    join(closer);
    assert_eq!(received, if sent { Ok(7) } else { Err(RecvError) });
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    if sent { "received" } else { "closed" }
}

/// Both in threads of their own, so that either may come first without being interrupted.
fn recv_in_time() -> &'static str {
    let (sender, receiver) = channel(2);
    let timed = Timed::start();
    let receives = Kept::new(receiver.clone());
    let recv = thread::spawn(move || receives.recv_timeout(Duration::from_secs(1)));
    let send = thread::spawn(move || {
        let sent = sender.send(7);
        (sender, sent)
    });
    let received = join(recv);
    let (_sender, sent) = join(send);
    timed.end();
    assert_eq!(sent, Ok(()));
    match received {
        Ok(7) => "in time",
        Err(RecvTimeoutError::Timeout) => {
            assert_eq!(receiver.try_recv(), Ok(7), "the message was lost");
            "too late"
        }
        other => panic!("{other:?}"),
    }
}

/// One that waits goes, and its end with it, while a message is sent: the other that waits is woken.
fn dropped_receiver() -> &'static str {
    let (sender, receiver) = channel(2);
    let goes = Kept::new(receiver.clone());
    let first = Task::asleep(goes.recv_async());
    let mut second = Task::asleep(receiver.recv_async());
    let send = thread::spawn(move || {
        let sent = sender.send(7);
        (sender, sent)
    });
    drop(first);
    drop(goes);
    let (_sender, sent) = join(send);
    assert_eq!(sent, Ok(()));
    assert!(
        second.was_woken(),
        "a message is there and nobody was woken"
    );
    assert_eq!(second.poll(), Poll::Ready(Ok(7)));
    "woken"
}

fn upgrade_meets_last_drop() -> &'static str {
    let (sender, receiver) = channel(2);
    let weak = sender.downgrade();
    let goes = going(sender);
    let outcome = match weak.upgrade() {
        Some(again) => {
            Kept::new(again).send(7).expect("it counts");
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
