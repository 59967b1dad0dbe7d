//! Pipes of messages: each is received as a whole, or it is said that it was cut off.
#![forbid(unsafe_code)]

use super::gate::join;
use super::task::{Kept, Task};
use crate::models::Model;
use latchless::error::{
    RecvBytesError, SendBytesError, SendBytesTimeoutError, TryRecvBytesError, TrySendBytesError,
};
use latchless::pipe::{self, FramedReceiver, FramedSender};
use loom::thread;
use std::future::Future;
use std::task::Poll;
use std::time::Duration;

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("a_message_in_a_pipe_is_seen_whole", 2, 10, &["message", "nothing"], seen_whole).without_fences(),
    Model::own("a_message_is_lent_where_it_lies", 2, 10, &["full", "sent"], lent).without_fences(),
    Model::own("a_message_wakes_who_waits_for_it", 2, 50, &["early", "woken"], message_wakes),
    Model::own("a_message_that_is_received_makes_room_for_the_next", 2, 50, &["early", "woken"], room_wakes),
    Model::own("a_message_in_parts_arrives_whole", 1, 50, &["whole"], in_parts),
    Model::own("a_message_in_parts_is_whole_or_truncated_when_its_sender_goes", 2, 20, &["closed", "empty", "truncated"], cut_off),
    Model::own("a_receiver_that_goes_ends_a_message_in_parts", 1, 20, &["closed"], receiver_goes),
];

/// A pipe, whose ends are not dropped where an execution fails.
fn framed(capacity: usize) -> (Kept<FramedSender>, Kept<FramedReceiver>) {
    let (sender, receiver) = pipe::framed(capacity);
    (Kept::new(sender), Kept::new(receiver))
}

fn message_wakes() -> &'static str {
    let (mut sender, receiver) = framed(2);
    let mut task = receiving(receiver);
    let sends = thread::spawn(move || (sender.try_send(&[1, 2]), sender));
    let early = task.poll();
    let (sent, _sender) = join(sends);
    assert_eq!(sent, Ok(()));
    let how = if early.is_ready() { "early" } else { "woken" };
    let (received, _receiver) = awake(early, &mut task);
    assert_eq!(received, Ok(vec![1, 2]));
    how
}

type Received = Result<Vec<u8>, RecvBytesError>;

fn receiving(
    mut receiver: Kept<FramedReceiver>,
) -> Task<impl Future<Output = (Received, Kept<FramedReceiver>)>> {
    Task::new(async move {
        let received = receiver.recv_async().await;
        (received, receiver)
    })
}

fn sending(
    mut sender: Kept<FramedSender>,
    message: &'static [u8],
) -> Task<impl Future<Output = (Result<(), SendBytesError>, Kept<FramedSender>)>> {
    Task::new(async move {
        let sent = sender.send_async(message).await;
        (sent, sender)
    })
}

/// What comes of a task that was polled once, while others did what it may wait for.
fn awake<F: Future>(early: Poll<F::Output>, task: &mut Task<F>) -> F::Output {
    if let Poll::Ready(output) = early {
        return output;
    }
    assert!(task.was_woken(), "it was not woken");
    match task.poll() {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it was not woken for what it waits for"),
    }
}

fn seen_whole() -> &'static str {
    let (mut sender, mut receiver) = framed(2);
    let sends = thread::spawn(move || (sender.try_send(&[1, 2]), sender));
    let receives = thread::spawn(move || (receiver.try_recv(), receiver));
    let (received, _receiver) = join(receives);
    let (sent, _sender) = join(sends);
    assert_eq!(sent, Ok(()));
    match received.as_deref() {
        Ok([1, 2]) => "message",
        Err(TryRecvBytesError::Empty) => "nothing",
        other => panic!("no order of the calls gives {other:?}"),
    }
}

fn lent() -> &'static str {
    let (mut sender, mut receiver) = framed(1);
    assert_eq!(sender.try_send(&[1]), Ok(()));
    let receives = thread::spawn(move || {
        assert_eq!(*receiver.try_recv_grant().expect("it was sent"), [1]);
        receiver
    });
    let sends = thread::spawn(move || (sender.try_send(&[2]), sender));
    let (sent, _sender) = join(sends);
    let mut receiver = join(receives);
    match sent {
        Err(TrySendBytesError::Full) => "full",
        Ok(()) => {
            assert_eq!(receiver.try_recv(), Ok(vec![2]));
            "sent"
        }
        other => panic!("no order of the calls gives {other:?}"),
    }
}

fn room_wakes() -> &'static str {
    let (mut sender, mut receiver) = framed(1);
    assert_eq!(sender.try_send(&[1]), Ok(()));
    let mut task = sending(sender, &[2]);
    let receives = thread::spawn(move || (receiver.try_recv(), receiver));
    let early = task.poll();
    let (received, _receiver) = join(receives);
    assert_eq!(received, Ok(vec![1]));
    let how = if early.is_ready() { "early" } else { "woken" };
    let (sent, _sender) = awake(early, &mut task);
    assert_eq!(sent, Ok(()));
    how
}

/// Each part fills the pipe.
fn in_parts() -> &'static str {
    let (mut sender, mut receiver) = framed(1);
    let receives = thread::spawn(move || (receiver.recv(), receiver));
    let sends = thread::spawn(move || (sender.send(&[1, 2]), sender));
    let (received, _receiver) = join(receives);
    let (sent, _sender) = join(sends);
    assert_eq!((sent, received), (Ok(()), Ok(vec![1, 2])));
    "whole"
}

/// The sender gives up after its first part, and goes.
fn cut_off() -> &'static str {
    let (mut sender, mut receiver) = framed(1);
    let sends = thread::spawn(move || {
        let sent = sender.send_timeout(&[1, 2, 3], Duration::ZERO);
        assert_eq!(sent, Err(SendBytesTimeoutError::Timeout));
    });
    let receives = thread::spawn(move || {
        let first = receiver.try_recv();
        (first, receiver.try_recv(), receiver)
    });
    let (first, second, mut receiver) = join(receives);
    join(sends);
    let (empty, truncated) = (
        Err(TryRecvBytesError::Empty),
        Err(TryRecvBytesError::Truncated),
    );
    let closed = Err(TryRecvBytesError::Closed);
    let third = receiver.try_recv();
    assert_eq!(receiver.try_recv(), closed);
    if (&first, &second, &third) == (&truncated, &closed, &closed) {
        "closed"
    } else if (&first, &second, &third) == (&empty, &truncated, &closed) {
        "truncated"
    } else if (&first, &second, &third) == (&empty, &empty, &truncated) {
        "empty"
    } else {
        panic!("no order of the calls gives {first:?}, {second:?}, {third:?}");
    }
}

fn receiver_goes() -> &'static str {
    let (mut sender, receiver) = framed(1);
    let goes = thread::spawn(move || drop(receiver));
    let sends = thread::spawn(move || (sender.send(&[1, 2]), sender));
    join(goes);
    let (sent, _sender) = join(sends);
    assert_eq!(sent, Err(SendBytesError::Closed));
    "closed"
}
