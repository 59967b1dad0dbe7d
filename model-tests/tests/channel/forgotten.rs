//! Futures of a channel without room that are forgotten while they wait: what becomes of their messages, and that they
//! keep nobody else waiting.

use std::mem::forget;
use std::sync::Arc;
use std::task::Poll;

use latchless::channel::bounded;
use latchless::error::TryRecvError;

use super::task::Task;

#[test]
fn a_message_given_to_a_forgotten_receive_is_lost_alone_and_dropped_with_the_channel() {
    let (lost, seen) = (Arc::new(0), Task::default());
    let (sender, receiver) = bounded(0);
    let mut first = receiver.recv_async();
    assert!(seen.poll(&mut first).is_pending());
    forget(first);
    assert!(
        sender.try_send(lost.clone()).is_ok(),
        "it is there, for all one can know"
    );
    // It has had its message: nothing more is given to it, and everybody else is served.
    assert!(
        sender
            .try_send(Arc::new(1))
            .is_err_and(|refused| refused.is_full())
    );
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    for number in 2..5 {
        let (waits, mut other) = (Task::default(), receiver.recv_async());
        assert!(waits.poll(&mut other).is_pending());
        assert!(sender.try_send(Arc::new(number)).is_ok());
        assert_eq!(waits.wakes(), 1);
        assert_eq!(waits.poll(&mut other), Poll::Ready(Ok(Arc::new(number))));
    }
    assert_eq!(Arc::strong_count(&lost), 2);
    drop(receiver);
    assert!(
        sender
            .try_send(Arc::new(5))
            .is_err_and(|refused| refused.is_closed())
    );
    drop(sender);
    assert_eq!(
        Arc::strong_count(&lost),
        1,
        "it is dropped at the latest with the channel"
    );
}

#[test]
fn a_forgotten_receive_before_others_keeps_none_of_them_waiting() {
    let (sender, receiver) = bounded(0);
    let (forgotten, waits) = (Task::default(), Task::default());
    let mut first = receiver.recv_async();
    assert!(forgotten.poll(&mut first).is_pending());
    let mut second = receiver.recv_async();
    assert!(waits.poll(&mut second).is_pending());
    forget(first);
    assert_eq!(sender.try_send(1), Ok(()));
    assert_eq!((forgotten.wakes(), waits.wakes()), (1, 0));
    assert_eq!(sender.try_send(2), Ok(()));
    assert_eq!(waits.poll(&mut second), Poll::Ready(Ok(2)));
    let mut third = receiver.recv_async();
    assert!(waits.poll(&mut third).is_pending());
    assert!(sender.close(), "and a close finds its way past it");
    assert!(matches!(waits.poll(&mut third), Poll::Ready(Err(_))));
}

#[test]
fn a_forgotten_send_leaves_its_message_to_a_receiver_or_to_the_drop_of_the_channel() {
    for taken in [false, true] {
        let (message, seen) = (Arc::new(0), Task::default());
        let (sender, receiver) = bounded(0);
        let mut first = sender.send_async(message.clone());
        assert!(seen.poll(&mut first).is_pending());
        forget(first);
        let mut second = sender.send_async(Arc::new(1));
        assert!(seen.poll(&mut second).is_pending());
        if taken {
            assert_eq!(receiver.try_recv(), Ok(message.clone()));
            assert_eq!(receiver.try_recv(), Ok(Arc::new(1)));
            assert_eq!(seen.poll(&mut second), Poll::Ready(Ok(())));
        }
        drop(second);
        drop((sender, receiver));
        assert_eq!(Arc::strong_count(&message), 1, "taken: {taken}");
    }
}

#[test]
fn forgotten_sends_after_a_close_are_dropped_with_the_channel() {
    let (message, seen) = (Arc::new(0), Task::default());
    let (sender, receiver) = bounded(0);
    for _ in 0..3 {
        let mut send = sender.send_async(message.clone());
        assert!(seen.poll(&mut send).is_pending());
        forget(send);
    }
    receiver.close();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(Arc::strong_count(&message), 4, "they are lost");
    drop((sender, receiver));
    assert_eq!(Arc::strong_count(&message), 1);
}
