//! The calls that wait: until a deadline, and as futures.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use latchless::channel::{bounded, unbounded};
use latchless::error::{RecvError, RecvTimeoutError, SendError, SendTimeoutError};

use crate::made::channel;
use crate::task::{Task, block_on};

#[test]
fn a_timeout_of_zero_and_a_past_deadline_are_a_try() {
    let past = Instant::now();
    let (sender, receiver) = bounded(2);
    assert_eq!(
        receiver.recv_timeout(Duration::ZERO),
        Err(RecvTimeoutError::Timeout)
    );
    assert_eq!(receiver.recv_deadline(past), Err(RecvTimeoutError::Timeout));
    assert_eq!(sender.send_timeout(1, Duration::ZERO), Ok(()));
    assert_eq!(sender.send_deadline(2, past), Ok(()));
    assert_eq!(
        sender.send_timeout(3, Duration::ZERO),
        Err(SendTimeoutError::Timeout(3))
    );
    assert_eq!(
        sender.send_deadline(3, past),
        Err(SendTimeoutError::Timeout(3))
    );
    assert_eq!(receiver.recv_deadline(past), Ok(1));
    assert_eq!(receiver.recv_timeout(Duration::ZERO), Ok(2));
}

#[test]
fn a_call_that_runs_out_of_time_moves_nothing() {
    let soon = Duration::from_millis(1);
    for capacity in [0, 1] {
        let (sender, receiver) = bounded(capacity);
        assert_eq!(receiver.recv_timeout(soon), Err(RecvTimeoutError::Timeout));
        sender.try_send_many(&mut (0..capacity).collect());
        assert_eq!(
            sender.send_timeout(9, soon),
            Err(SendTimeoutError::Timeout(9))
        );
        assert_eq!(
            sender.send_deadline(9, Instant::now() + soon),
            Err(SendTimeoutError::Timeout(9))
        );
        assert_eq!(receiver.try_iter().count(), capacity);
    }
}

#[test]
fn the_longest_timeout_waits_for_the_other_side() {
    for room in [Some(0), Some(1), None] {
        let (sender, receiver) = channel(room);
        thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..10 {
                    assert_eq!(sender.send_timeout(n, Duration::MAX), Ok(()));
                }
            });
            for n in 0..10 {
                assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(n));
            }
        });
    }
}

#[test]
fn a_future_completes_when_there_is_room_or_a_message() {
    let (sender, receiver) = bounded(1);
    let (sends, receives) = (Task::default(), Task::default());
    let mut receiving = receiver.recv_async();
    assert!(receives.poll(&mut receiving).is_pending());
    assert_eq!(block_on(sender.send_async(1)), Ok(()));
    assert_eq!(receives.wakes(), 1);
    assert_eq!(receives.poll(&mut receiving), Poll::Ready(Ok(1)));

    sender.send(2).expect("there is room");
    let mut sending = sender.send_async(3);
    assert!(sends.poll(&mut sending).is_pending());
    assert_eq!(receiver.recv(), Ok(2));
    assert_eq!(sends.wakes(), 1);
    assert_eq!(sends.poll(&mut sending), Poll::Ready(Ok(())));
    assert_eq!(receiver.recv(), Ok(3));
}

#[test]
fn a_future_without_room_completes_when_the_message_was_taken() {
    let (sender, receiver) = bounded(0);
    let (sends, receives) = (Task::default(), Task::default());
    let mut sending = sender.send_async(1);
    assert!(sends.poll(&mut sending).is_pending());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(sends.wakes(), 1);
    assert_eq!(sends.poll(&mut sending), Poll::Ready(Ok(())));

    let mut receiving = receiver.recv_async();
    assert!(receives.poll(&mut receiving).is_pending());
    assert_eq!(sender.try_send(2), Ok(()));
    assert_eq!(receives.wakes(), 1);
    assert_eq!(receives.poll(&mut receiving), Poll::Ready(Ok(2)));
}

#[test]
fn a_future_completes_when_the_other_side_goes() {
    for capacity in [0, 1] {
        let (sender, receiver) = bounded::<usize>(capacity);
        let task = Task::default();
        let mut receiving = receiver.recv_async();
        assert!(task.poll(&mut receiving).is_pending());
        drop(sender);
        assert_eq!(task.wakes(), 1);
        assert_eq!(task.poll(&mut receiving), Poll::Ready(Err(RecvError)));

        let (sender, receiver) = bounded(capacity);
        sender.try_send_many(&mut (0..capacity).collect());
        let mut sending = sender.send_async(9);
        assert!(task.poll(&mut sending).is_pending());
        drop(receiver);
        assert_eq!(task.wakes(), 2);
        assert_eq!(task.poll(&mut sending), Poll::Ready(Err(SendError(9))));
    }
}

#[test]
fn a_dropped_future_loses_neither_a_message_nor_a_wake() {
    for room in [Some(0), Some(1), None] {
        let (sender, receiver) = channel(room);
        let (first, second) = (Task::default(), Task::default());
        let mut given_up = receiver.recv_async();
        let mut receiving = receiver.recv_async();
        assert!(first.poll(&mut given_up).is_pending());
        assert!(second.poll(&mut receiving).is_pending());
        assert_eq!(sender.try_send(1), Ok(()));
        assert_eq!((first.wakes(), second.wakes()), (1, 0));
        drop(given_up);
        assert_eq!(second.wakes(), 1, "the wake goes to the next");
        assert_eq!(second.poll(&mut receiving), Poll::Ready(Ok(1)));
    }
}

#[test]
fn a_future_of_a_channel_without_bound_sends_when_it_is_polled_first() {
    let (sender, receiver) = unbounded();
    let message = Arc::new(());
    drop(sender.send_async(message.clone()));
    assert_eq!(Arc::strong_count(&message), 1, "it was not polled");
    assert!(receiver.is_empty());
    let task = Task::default();
    let mut receiving = receiver.recv_async();
    assert!(task.poll(&mut receiving).is_pending());
    let mut sending = sender.send_async(message.clone());
    assert!(receiver.is_empty(), "it was not polled");
    assert_eq!(task.poll(&mut sending), Poll::Ready(Ok(())));
    assert_eq!(task.wakes(), 1);
    assert!(task.poll(&mut receiving).is_ready());
    drop(receiving);

    let given_up = receiver.recv_timeout(Duration::from_millis(1));
    assert_eq!(given_up, Err(RecvTimeoutError::Timeout));
    drop(receiver);
    assert_eq!(
        block_on(sender.send_async(message.clone())),
        Err(SendError(message))
    );
}

#[test]
fn a_dropped_future_has_not_sent_and_drops_its_message() {
    for capacity in [0, 1] {
        let (sender, receiver) = bounded(capacity);
        let message = Arc::new(());
        let fits = vec![message.clone(); capacity];
        sender.try_send_many(&mut fits.into());
        let before = Arc::strong_count(&message);
        let mut sending = sender.send_async(message.clone());
        assert!(Task::default().poll(&mut sending).is_pending());
        assert_eq!(Arc::strong_count(&message), before + 1);
        drop(sending);
        assert_eq!(Arc::strong_count(&message), before);
        assert_eq!(receiver.try_iter().count(), capacity);
        // One that was never polled is no different.
        drop(sender.send_async(message.clone()));
        assert_eq!(Arc::strong_count(&message), 1);
    }
}

#[test]
fn a_message_kept_for_the_next_receiver_is_dropped_with_the_last() {
    let (sender, receiver) = bounded(0);
    let message = Arc::new(());
    let mut given_up = receiver.recv_async();
    assert!(Task::default().poll(&mut given_up).is_pending());
    assert!(sender.try_send(message.clone()).is_ok());
    drop(given_up);
    assert_eq!(Arc::strong_count(&message), 2, "kept for the next receiver");
    drop(receiver);
    assert_eq!(Arc::strong_count(&message), 1);
    drop(sender);
}

#[test]
fn a_future_polled_after_its_end_panics() {
    for room in [Some(0), Some(1), None] {
        let (sender, receiver) = channel::<u8>(room);
        sender.close();
        let task = Task::default();
        let mut receiving = receiver.recv_async();
        let mut sending = sender.send_async(1);
        assert!(task.poll(&mut receiving).is_ready());
        assert!(task.poll(&mut sending).is_ready());
        assert!(catch_unwind(AssertUnwindSafe(|| task.poll(&mut receiving))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| task.poll(&mut sending))).is_err());
    }
}

#[test]
fn futures_may_be_moved_to_other_threads() {
    fn goes_anywhere<F: Send + Unpin>(future: F) -> F {
        future
    }
    for room in [Some(0), Some(1), None] {
        let (sender, receiver) = channel(room);
        thread::scope(|scope| {
            let sending = goes_anywhere(sender.send_async(1));
            let receiving = goes_anywhere(receiver.recv_async());
            scope.spawn(|| assert_eq!(block_on(sending), Ok(())));
            scope.spawn(|| assert_eq!(block_on(receiving), Ok(1)));
        });
    }
}
