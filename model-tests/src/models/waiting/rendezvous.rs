//! The channel without room: senders and receivers that meet, and those that go in the moment of it.
#![forbid(unsafe_code)]

use super::task::{Task, block_on};
use crate::models::Model;
use latchless::channel::{Receiver, Sender, bounded};
use latchless::error::{RecvError, SendError, TryRecvError, TrySendError};
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread::{self, JoinHandle};
use std::future::Future;
use std::sync::Arc;
use std::task::Poll;

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("a_sender_and_a_receiver_meet", 1, 100, &["received"], both_wait),
    Model::own("a_message_for_a_dropped_receiver_is_kept", 1, 100, &["kept", "given back"], receiver_dropped),
    Model::own("a_message_for_a_dropped_receiver_goes_to_the_next", 1, 100, &["received"], next_receiver),
    Model::own("a_sender_withdraws_or_was_taken_from", 1, 100, &["taken", "withdrawn"], sender_dropped),
    Model::own("two_receivers_take_from_one_sender_once", 1, 100, &["taken"], two_take),
    Model::own("two_senders_give_to_two_receivers", 1, 100, &["given"], two_give),
    Model::own("one_of_two_senders_gives_to_the_receiver", 1, 100, &["given"], one_gives),
    Model::own("a_close_meets_a_waiting_sender_and_a_receiver", 1, 100, &["given back", "taken"], close_meets_offer),
    Model::own("a_receiver_that_exchanges_its_waker_is_woken_for_its_gift", 2, 50, &["early", "woken"], receiver_exchanges_waker),
    Model::own("a_sender_that_exchanges_its_waker_is_woken_when_taken_from", 2, 50, &["early", "woken"], sender_exchanges_waker),
    Model::own("who_was_told_closed_receives_nothing_later", 1, 50, &["closed"], closed_is_final),
    Model::own("a_receiver_is_not_told_empty_while_a_gift_is_put_back", 2, 50, &["gift", "offer"], gift_put_back).without_fences(),
    Model::own("a_message_is_taken_whole", 2, 20, &["empty", "received"], message_arrives_whole).without_fences(),
    Model::own("a_message_is_given_whole", 2, 20, &["received"], gift_arrives_whole).without_fences(),
    Model::own("what_was_done_before_a_close_is_seen_by_who_finds_it_closed", 2, 5, &["closed", "open"], close_is_seen).without_fences(),
];

fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("loom stops at a panic")
}

/// A task that receives, with an end of its own.
fn receiving<T: 'static>(
    receiver: &Receiver<T>,
) -> Task<impl Future<Output = Result<T, RecvError>> + use<T>> {
    let receiver = receiver.clone();
    Task::asleep(async move { receiver.recv_async().await })
}

/// A task that sends, with an end of its own.
fn sending<T: 'static>(
    sender: &Sender<T>,
    message: T,
) -> Task<impl Future<Output = Result<(), SendError<T>>> + use<T>> {
    let sender = sender.clone();
    Task::asleep(async move { sender.send_async(message).await })
}

fn both_wait() -> &'static str {
    let (sender, receiver) = bounded(0);
    let sends = thread::spawn(move || sender.send(7));
    let receives = thread::spawn(move || block_on(receiver.recv_async()));
    assert_eq!(join(sends), Ok(()));
    assert_eq!(join(receives), Ok(7));
    "received"
}

/// Given to one that is dropped before it looked: the next receives it, first.
fn receiver_dropped() -> &'static str {
    let (sender, receiver) = bounded(0);
    let task = receiving(&receiver);
    let sends = thread::spawn(move || (sender.try_send(7), sender));
    let goes = thread::spawn(move || drop(task));
    let (sent, sender) = join(sends);
    join(goes);
    match sent {
        Ok(()) => {
            let later = sending(&sender, 8);
            assert_eq!(receiver.try_recv(), Ok(7));
            drop(later);
            "kept"
        }
        Err(TrySendError::Full(7)) => {
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
            "given back"
        }
        other => panic!("{other:?}"),
    }
}

/// One of two receivers is dropped: whoever was chosen, the other is woken and receives.
fn next_receiver() -> &'static str {
    let (sender, receiver) = bounded(0);
    let first = receiving(&receiver);
    let mut second = receiving(&receiver);
    let sends = thread::spawn(move || sender.try_send(7));
    let goes = thread::spawn(move || drop(first));
    assert_eq!(join(sends), Ok(()), "the second one waits all the time");
    join(goes);
    assert!(second.was_woken());
    assert_eq!(second.poll(), Poll::Ready(Ok(7)));
    "received"
}

fn sender_dropped() -> &'static str {
    let counted = Arc::new(());
    let (sender, receiver) = bounded(0);
    let task = sending(&sender, counted.clone());
    let goes = thread::spawn(move || drop(task));
    let receives = thread::spawn(move || receiver.try_recv());
    let received = join(receives);
    join(goes);
    let outcome = match received {
        Ok(_) => "taken",
        Err(error) => {
            assert_eq!(error, TryRecvError::Empty);
            "withdrawn"
        }
    };
    drop(received);
    drop(sender);
    assert_eq!(Arc::strong_count(&counted), 1, "dropped exactly once");
    outcome
}

fn two_take() -> &'static str {
    let (sender, receiver) = bounded(0);
    let mut task = sending(&sender, 7);
    let takes = [receiver.clone(), receiver].map(|end| thread::spawn(move || end.try_recv().ok()));
    let [one, other] = takes.map(join);
    assert_eq!(one.xor(other), Some(7), "once");
    assert!(task.was_woken());
    assert_eq!(task.poll(), Poll::Ready(Ok(())));
    "taken"
}

fn two_give() -> &'static str {
    let (sender, receiver) = bounded(0);
    let mut tasks = [receiving(&receiver), receiving(&receiver)];
    let gives = [(sender.clone(), 1), (sender, 2)]
        .map(|(end, message)| thread::spawn(move || end.try_send(message)));
    assert_eq!(gives.map(join), [Ok(()), Ok(())]);
    let mut received = tasks.each_mut().map(|task| {
        assert!(task.was_woken());
        task.poll()
    });
    received.sort_by_key(|answer| matches!(answer, Poll::Ready(Ok(2))));
    assert_eq!(received, [1, 2].map(|message| Poll::Ready(Ok(message))));
    "given"
}

fn one_gives() -> &'static str {
    let (sender, receiver) = bounded(0);
    let mut task = receiving(&receiver);
    let gives = [(sender.clone(), 1), (sender, 2)]
        .map(|(end, message)| thread::spawn(move || (end.try_send(message), message)));
    let [one, other] = gives.map(join);
    let given = match (one, other) {
        ((Ok(()), message), (Err(TrySendError::Full(back)), other))
        | ((Err(TrySendError::Full(back)), other), (Ok(()), message)) => {
            assert_eq!(back, other);
            message
        }
        other => panic!("one receiver, {other:?}"),
    };
    assert_eq!(task.poll(), Poll::Ready(Ok(given)));
    "given"
}

fn close_meets_offer() -> &'static str {
    let (sender, receiver) = bounded(0);
    let mut task = sending(&sender, 7);
    let closes = thread::spawn(move || sender.close());
    let end = receiver.clone();
    let takes = thread::spawn(move || end.try_recv());
    assert!(join(closes), "the first to close it");
    let taken = join(takes);
    assert!(task.was_woken());
    match (task.poll(), taken) {
        (Poll::Ready(Ok(())), Ok(7)) => "taken",
        (Poll::Ready(Err(SendError(7))), Err(_)) => "given back",
        other => panic!("{other:?}"),
    }
}

fn message_arrives_whole() -> &'static str {
    let (sender, receiver) = bounded(0);
    let sends = thread::spawn(move || {
        let mut task = Task::new(async move { sender.send_async(Box::new(7)).await });
        let _ = task.poll();
        task
    });
    let end = receiver.clone();
    let takes = thread::spawn(move || end.try_recv());
    let taken = join(takes);
    drop(join(sends));
    match taken {
        Ok(message) => {
            assert_eq!(*message, 7);
            "received"
        }
        Err(_) => "empty",
    }
}

fn gift_arrives_whole() -> &'static str {
    let (sender, receiver) = bounded(0);
    let mut task = receiving(&receiver);
    let sends = thread::spawn(move || sender.try_send(Box::new(7)));
    let polls = thread::spawn(move || (task.poll(), task));
    let (early, mut task) = join(polls);
    assert_eq!(join(sends), Ok(()));
    let received = match early {
        Poll::Ready(received) => received,
        Poll::Pending => match task.poll() {
            Poll::Ready(received) => received,
            Poll::Pending => panic!("it was given"),
        },
    };
    assert_eq!(received.map(|message| *message), Ok(7));
    "received"
}

fn close_is_seen() -> &'static str {
    let (sender, receiver) = bounded::<u32>(0);
    let done = Arc::new(AtomicU64::new(0));
    let does = done.clone();
    let closes = thread::spawn(move || {
        // ORDERING: Relaxed; what publishes it must be the close.
        does.store(1, Ordering::Relaxed);
        sender.close();
        sender
    });
    let closed = receiver.is_closed();
    if closed {
        // ORDERING: Relaxed, as above.
        assert_eq!(done.load(Ordering::Relaxed), 1, "closed, and nothing done");
    }
    drop((join(closes), receiver));
    if closed { "closed" } else { "open" }
}

/// Polled with another waker in the moment of the gift: either it is there, or the new waker is woken.
fn receiver_exchanges_waker() -> &'static str {
    let (sender, receiver) = bounded(0);
    let mut task = receiving(&receiver);
    // The sender stays: with the last one gone, everybody would be woken.
    let sends = thread::spawn(move || (sender.try_send(7), sender));
    let polls = thread::spawn(move || {
        task.change_bell();
        (task.poll(), task)
    });
    let (sent, _sender) = join(sends);
    assert_eq!(sent, Ok(()));
    let (early, mut task) = join(polls);
    if early == Poll::Ready(Ok(7)) {
        return "early";
    }
    assert!(task.was_woken());
    assert_eq!(task.poll(), Poll::Ready(Ok(7)));
    "woken"
}

fn sender_exchanges_waker() -> &'static str {
    let (sender, receiver) = bounded(0);
    let mut task = sending(&sender, 7);
    let takes = thread::spawn(move || (receiver.try_recv(), receiver));
    let polls = thread::spawn(move || {
        task.change_bell();
        (task.poll(), task)
    });
    let (taken, _receiver) = join(takes);
    assert_eq!(taken, Ok(7));
    let (early, mut task) = join(polls);
    if early == Poll::Ready(Ok(())) {
        return "early";
    }
    assert!(task.was_woken());
    assert_eq!(task.poll(), Poll::Ready(Ok(())));
    "woken"
}

fn closed_is_final() -> &'static str {
    let (sender, receiver) = bounded(0);
    let closer = sender.clone();
    let sends = thread::spawn(move || {
        let mut task = Task::new(async move { sender.send_async(7).await });
        let _ = task.poll();
        task
    });
    let closes = thread::spawn(move || {
        closer.close();
        (receiver.try_recv(), receiver.try_recv(), receiver)
    });
    let (first, second, _receiver) = join(closes);
    assert_eq!(
        (first, second),
        (Err(TryRecvError::Closed), Err(TryRecvError::Closed))
    );
    drop(join(sends));
    "closed"
}

/// One receiver was given a message, and a sender waits; when both go, there is a message at each moment.
fn gift_put_back() -> &'static str {
    let (sender, receiver) = bounded(0);
    let given = receiving(&receiver);
    assert_eq!(sender.try_send(7), Ok(()));
    let offers = sending(&sender, 8);
    let goes = thread::spawn(move || {
        drop(given);
        drop(offers);
    });
    let received = receiver.try_recv();
    join(goes);
    drop((sender, receiver));
    match received {
        Ok(7) => "gift",
        Ok(8) => "offer",
        other => panic!("{other:?}"),
    }
}
