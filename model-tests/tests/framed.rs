//! Framed pipes: whole messages or none, buffers that are too short, messages longer than the pipe, and senders that
//! vanish.
#![forbid(unsafe_code)]
#![cfg(not(any(latchless_loom, latchless_steps)))]

#[path = "waiting/tasks.rs"]
mod tasks;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use latchless::error::{
    CapacityError, RecvBytesError, RecvBytesTimeoutError, SendBytesError, SendBytesTimeoutError,
    TryRecvBytesError, TrySendBytesError,
};
use latchless::pipe::{framed, try_framed};

use tasks::{Bell, block_on, poll_for, poll_once};

#[test]
fn a_capacity_that_cannot_be_had_is_an_error() {
    assert_eq!(try_framed(0).err(), Some(CapacityError::Zero));
    for capacity in [usize::MAX, usize::MAX - 8, usize::MAX / 2, 1 << 62] {
        assert_eq!(try_framed(capacity).err(), Some(CapacityError::TooLarge));
    }
    assert!(catch_unwind(|| framed(0)).is_err());
}

#[test]
fn the_capacity_is_exact_at_every_place() {
    for capacity in 1..20 {
        let (mut sender, mut receiver) = framed(capacity);
        assert_eq!(
            (sender.capacity(), receiver.capacity()),
            (capacity, capacity)
        );
        for round in 0..60 {
            let long = vec![1; capacity + 1];
            assert_eq!(sender.try_send(&long), Err(TrySendBytesError::TooLong));
            assert_eq!(sender.try_send(&long[1..]), Ok(()), "round {round}");
            assert_eq!(sender.try_send(&[]), Err(TrySendBytesError::Full));
            assert_eq!(receiver.try_recv().as_deref(), Ok(&long[1..]));
            // An empty message moves everything on by a header.
            assert_eq!(sender.try_send(&[]), Ok(()));
            assert_eq!(receiver.recv().as_deref(), Ok(&[][..]));
        }
    }
}

#[test]
fn a_buffer_that_is_too_short_keeps_the_message() {
    // As a whole, and in parts.
    for message in [&[1, 2, 3][..], &[1, 2, 3, 4, 5]] {
        let (mut sender, mut receiver) = framed(3);
        thread::scope(|scope| {
            scope.spawn(|| sender.send(message).expect("a receiver is there"));
            let needed = message.len();
            let mut short = [0; 2];
            for _ in 0..2 {
                assert_eq!(
                    receiver.recv_into(&mut short),
                    Err(RecvBytesError::TooShort { needed })
                );
                assert_eq!(
                    receiver.try_recv_into(&mut short),
                    Err(TryRecvBytesError::TooShort { needed })
                );
                assert_eq!(
                    receiver.recv_into_timeout(&mut short, Duration::ZERO),
                    Err(RecvBytesTimeoutError::TooShort { needed })
                );
                assert_eq!(
                    block_on(receiver.recv_into_async(&mut short)),
                    Err(RecvBytesError::TooShort { needed })
                );
            }
            assert_eq!(short, [0; 2]);
            let mut long = [0; 8];
            assert_eq!(receiver.recv_into(&mut long), Ok(needed));
            assert_eq!(&long[..needed], message);
            assert_eq!(receiver.try_recv(), Err(TryRecvBytesError::Empty));
        });
    }
}

#[test]
fn what_would_wait_says_so_and_changes_nothing() {
    let (mut sender, mut receiver) = framed(4);
    let mut into = [0; 4];
    assert_eq!(
        receiver.try_recv_into(&mut into),
        Err(TryRecvBytesError::Empty)
    );
    for short in [Duration::ZERO, Duration::from_millis(1)] {
        let late = Err(RecvBytesTimeoutError::Timeout);
        let soon = Instant::now() + short;
        assert_eq!(receiver.recv_into_timeout(&mut into, short), late);
        assert_eq!(receiver.recv_into_deadline(&mut into, soon), late);
        assert!(
            receiver
                .recv_timeout(short)
                .is_err_and(|error| error.is_timeout())
        );
        assert!(
            receiver
                .recv_deadline(soon)
                .is_err_and(|error| error.is_timeout())
        );
        assert!(
            receiver
                .recv_grant_timeout(short)
                .is_err_and(|error| error.is_timeout())
        );
        assert!(
            receiver
                .recv_grant_deadline(soon)
                .is_err_and(|error| error.is_timeout())
        );
    }
    assert_eq!(sender.send(&[1; 4]), Ok(()));
    assert_eq!(sender.try_send(&[2]), Err(TrySendBytesError::Full));
    for short in [Duration::ZERO, Duration::from_millis(1)] {
        let late = Err(SendBytesTimeoutError::Timeout);
        let soon = Instant::now() + short;
        assert_eq!(sender.send_timeout(&[2], short), late);
        assert_eq!(sender.send_deadline(&[2], soon), late);
        assert!(
            sender
                .grant_timeout(1, short)
                .is_err_and(|error| error.is_timeout())
        );
        assert!(
            sender
                .grant_deadline(1, soon)
                .is_err_and(|error| error.is_timeout())
        );
    }
    assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(vec![1; 4]));
    assert_eq!(sender.send_timeout(&[2], Duration::MAX), Ok(()));
    assert_eq!(receiver.recv(), Ok(vec![2]));
}

#[test]
fn closed_comes_behind_the_last_message_and_stays() {
    let (mut sender, mut receiver) = framed(20);
    sender.send(&[1]).expect("there is room");
    sender.close();
    assert_eq!(sender.try_send(&[2]), Err(TrySendBytesError::Closed));
    assert!(sender.is_closed() && receiver.is_closed());
    assert_eq!(receiver.recv(), Ok(vec![1]));
    for _ in 0..2 {
        assert_eq!(receiver.recv(), Err(RecvBytesError::Closed));
        assert_eq!(receiver.try_recv(), Err(TryRecvBytesError::Closed));
        let closed = Err(RecvBytesTimeoutError::Closed);
        assert_eq!(receiver.recv_timeout(Duration::ZERO), closed);
        assert_eq!(block_on(receiver.recv_async()), Err(RecvBytesError::Closed));
        assert!(receiver.recv_grant().is_err_and(|error| error.is_closed()));
    }
}

#[test]
fn sending_for_nobody_is_closed() {
    let (mut sender, receiver) = framed(4);
    drop(receiver);
    for message in [&[1][..], &[1; 9]] {
        assert_eq!(sender.send(message), Err(SendBytesError::Closed));
        assert_eq!(
            block_on(sender.send_async(message)),
            Err(SendBytesError::Closed)
        );
        let closed = Err(SendBytesTimeoutError::Closed);
        assert_eq!(sender.send_timeout(message, Duration::MAX), closed);
    }
    assert!(sender.grant(1).is_err_and(|error| error.is_closed()));
    assert!(block_on(sender.grant_async(1)).is_err_and(|error| error.is_closed()));
    assert!(sender.grant(5).is_err_and(|error| error.is_too_long()));
}

#[test]
fn a_grant_that_can_never_be_had_is_an_error_and_never_a_hang() {
    let (mut sender, _receiver) = framed(4);
    assert!(sender.grant(5).is_err_and(|error| error.is_too_long()));
    assert!(sender.try_grant(5).is_err_and(|error| error.is_too_long()));
    let never = sender.grant_timeout(usize::MAX, Duration::MAX);
    assert!(never.is_err_and(|error| error.is_too_long()));
    assert!(block_on(sender.grant_async(5)).is_err_and(|error| error.is_too_long()));
    let grant = sender.grant(4).expect("there is room");
    assert!(catch_unwind(AssertUnwindSafe(|| grant.commit(5))).is_err());
}

#[test]
fn a_message_is_written_and_read_in_place() {
    let (mut sender, mut receiver) = framed(8);
    for round in 0..50_u8 {
        sender.grant(8).expect("there is room").fill(round);
        let mut grant = sender.grant(8).expect("a dropped grant sends nothing");
        grant[..5].fill(round);
        grant.commit(5);
        let message = receiver.recv_grant().expect("it was sent");
        assert_eq!(*message, [round; 5]);
        message.keep();
        // One that is forgotten is still there.
        std::mem::forget(receiver.try_recv_grant());
        assert_eq!(receiver.try_recv_grant().as_deref(), Ok(&[round; 5][..]));
        assert_eq!(receiver.try_recv(), Err(TryRecvBytesError::Empty));
    }
}

#[test]
fn a_message_longer_than_the_pipe_arrives_whole() {
    for capacity in [1, 2, 9, 100, 1000] {
        let (mut sender, mut receiver) = framed(capacity);
        let lengths = [capacity, capacity + 1, 3 * capacity, 0, 1, 400];
        let message = |length| (0..length).map(|n| n as u8).collect::<Vec<u8>>();
        thread::scope(|scope| {
            scope.spawn(move || {
                for (way, length) in lengths.into_iter().enumerate() {
                    let message = message(length);
                    match way % 3 {
                        0 => assert_eq!(sender.send(&message), Ok(())),
                        1 => assert_eq!(block_on(sender.send_async(&message)), Ok(())),
                        _ => assert_eq!(sender.send_timeout(&message, Duration::MAX), Ok(())),
                    }
                }
            });
            for (way, length) in lengths.into_iter().enumerate() {
                let mut into = vec![0; length];
                match way % 3 {
                    0 => assert_eq!(receiver.recv_into(&mut into), Ok(length)),
                    1 => into = block_on(receiver.recv_async()).expect("it was sent"),
                    _ => into = receiver.recv_grant().expect("it was sent").to_vec(),
                }
                assert!(into == message(length));
            }
            assert_eq!(receiver.recv(), Err(RecvBytesError::Closed));
        });
    }
}

#[test]
fn a_message_in_parts_whose_sender_vanishes_is_truncated() {
    let (mut sender, mut receiver) = framed(4);
    let late = sender.send_timeout(&[1; 20], Duration::ZERO);
    assert_eq!(late, Err(SendBytesTimeoutError::Timeout));
    assert_eq!(receiver.try_recv(), Err(TryRecvBytesError::Empty));
    drop(sender);
    assert_eq!(receiver.recv(), Err(RecvBytesError::Truncated));
    assert_eq!(receiver.recv(), Err(RecvBytesError::Closed));
}

#[test]
fn a_message_in_parts_that_was_given_up_is_thrown_away_when_the_next_comes() {
    for next in [1, 30] {
        let (mut sender, mut receiver) = framed(4);
        let mut given_up = Box::pin(sender.send_async(&[1; 20]));
        assert!(poll_once(&mut given_up).is_pending());
        assert_eq!(receiver.try_recv(), Err(TryRecvBytesError::Empty));
        assert!(poll_once(&mut given_up).is_pending());
        drop(given_up);
        thread::scope(|scope| {
            scope.spawn(|| sender.send(&vec![2; next]).expect("a receiver is there"));
            assert_eq!(receiver.recv(), Ok(vec![2; next]));
        });
    }
}

#[test]
fn a_sender_is_woken_when_there_is_room_for_its_message_and_not_before() {
    let (mut sender, mut receiver) = framed(24);
    for _ in 0..4 {
        sender.try_send(&[]).expect("there is room");
    }
    let bell = Bell::new();
    let mut send = Box::pin(sender.send_async(&[7; 16]));
    assert!(poll_for(&mut send, &bell).is_pending());
    for _ in 0..2 {
        assert_eq!(receiver.try_recv(), Ok(vec![]));
        assert_eq!(bell.rings(), 0);
    }
    assert_eq!(receiver.try_recv(), Ok(vec![]));
    assert_eq!(bell.rings(), 1);
    assert!(poll_for(&mut send, &bell).is_ready());
}
