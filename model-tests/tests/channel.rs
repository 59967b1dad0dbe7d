//! Channels: what becomes of messages and of those who wait when ends go, close, or are only weak.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

#[path = "channel/discard.rs"]
mod discard;
#[path = "channel/forgotten.rs"]
mod forgotten;
#[path = "channel/made.rs"]
mod made;
#[path = "channel/streams.rs"]
mod streams;
#[path = "channel/task.rs"]
mod task;
#[path = "channel/waiting.rs"]
mod waiting;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use latchless::channel::{
    Receiver, Sender, WeakReceiver, WeakSender, bounded, try_bounded, unbounded,
};
use latchless::error::{
    CapacityError, RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError,
    TrySendError,
};
use made::channel;
use task::block_on;

/// All forms of sending; each gives the message back.
fn assert_all_sends_fail(sender: &Sender<String>) {
    let message = || String::from("back");
    let past = Instant::now();
    assert_eq!(sender.send(message()), Err(SendError(message())));
    assert_eq!(
        sender.try_send(message()),
        Err(TrySendError::Closed(message()))
    );
    for timeout in [Duration::ZERO, Duration::MAX] {
        assert_eq!(
            sender.send_timeout(message(), timeout),
            Err(SendTimeoutError::Closed(message()))
        );
    }
    assert_eq!(
        sender.send_deadline(message(), past),
        Err(SendTimeoutError::Closed(message()))
    );
    assert_eq!(
        block_on(sender.send_async(message())),
        Err(SendError(message()))
    );
    let mut messages = VecDeque::from([message(), message()]);
    assert_eq!(sender.try_send_many(&mut messages), 0);
    assert_eq!(sender.send_many(&mut messages), 0);
    assert_eq!(messages, [message(), message()]);
}

/// All forms of receiving say Closed.
fn assert_all_receives_fail(receiver: &Receiver<String>) {
    assert_eq!(receiver.recv(), Err(RecvError));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    for timeout in [Duration::ZERO, Duration::MAX] {
        assert_eq!(
            receiver.recv_timeout(timeout),
            Err(RecvTimeoutError::Closed)
        );
    }
    assert_eq!(
        receiver.recv_deadline(Instant::now()),
        Err(RecvTimeoutError::Closed)
    );
    assert_eq!(block_on(receiver.recv_async()), Err(RecvError));
    let mut messages = Vec::new();
    assert_eq!(receiver.try_recv_many(&mut messages, 3), 0);
    assert_eq!(receiver.recv_many(&mut messages, 3), 0);
    assert!(messages.is_empty());
    assert_eq!(receiver.iter().next(), None);
    assert_eq!(receiver.try_iter().next(), None);
    assert_eq!(receiver.drain().next(), None);
}

#[test]
fn every_send_fails_when_the_last_receiver_is_gone() {
    for room in [Some(0), Some(1), Some(3), None] {
        let (sender, receiver) = channel(room);
        let other = receiver.clone();
        drop(receiver);
        assert!(!sender.is_closed(), "one is left");
        drop(other);
        assert!(sender.is_closed());
        assert_eq!(sender.receiver_count(), 0);
        assert_all_sends_fail(&sender);
    }
}

#[test]
fn every_receive_fails_when_the_last_sender_is_gone() {
    for room in [Some(0), Some(1), Some(3), None] {
        let (sender, receiver) = channel(room);
        let other = sender.clone();
        drop(sender);
        assert!(!receiver.is_closed(), "one is left");
        drop(other);
        assert!(receiver.is_closed());
        assert_eq!(receiver.sender_count(), 0);
        assert_all_receives_fail(&receiver);
    }
}

#[test]
fn receivers_get_what_was_sent_before_the_last_sender_went() {
    for room in [Some(3), None] {
        let (sender, receiver) = channel(room);
        assert_eq!(sender.send_many(&mut (1..=3).collect()), 3);
        drop(sender);
        let other = receiver.clone();
        assert_eq!(receiver.recv(), Ok(1));
        assert_eq!(other.try_recv(), Ok(2));
        assert_eq!(receiver.recv_timeout(Duration::ZERO), Ok(3));
        assert_eq!(other.recv(), Err(RecvError));
    }
}

#[test]
fn a_close_by_either_end_refuses_messages_and_delivers_those_inside() {
    type Close = fn(&Sender<String>, &Receiver<String>) -> bool;
    let closes: [Close; 2] = [|sender, _| sender.close(), |_, receiver| receiver.close()];
    for (room, close) in [Some(2), None]
        .into_iter()
        .flat_map(|room| closes.map(|close| (room, close)))
    {
        let (sender, receiver) = channel(room);
        sender.send(String::from("inside")).expect("there is room");
        assert!(close(&sender, &receiver));
        assert!(!close(&sender, &receiver), "it is closed already");
        assert!(sender.is_closed() && receiver.is_closed());
        assert_all_sends_fail(&sender);
        assert_eq!(receiver.recv().as_deref(), Ok("inside"));
        assert_all_receives_fail(&receiver);
        assert_eq!((sender.sender_count(), sender.receiver_count()), (1, 1));
    }
    let (sender, receiver) = bounded(0);
    assert!(receiver.close());
    assert_all_sends_fail(&sender);
    assert_all_receives_fail(&receiver);
}

#[test]
fn those_who_wait_are_woken_when_the_other_side_goes() {
    for capacity in [0, 1] {
        let (sender, receiver) = bounded::<u8>(capacity);
        let receives = thread::spawn(move || receiver.recv());
        drop(sender);
        assert_eq!(receives.join().expect("no panic"), Err(RecvError));

        let (sender, receiver) = bounded(capacity);
        let fits: VecDeque<u8> = (0..capacity as u8).collect();
        assert_eq!(sender.try_send_many(&mut fits.clone()), capacity);
        let sends = thread::spawn(move || sender.send(9));
        drop(receiver);
        assert_eq!(sends.join().expect("no panic"), Err(SendError(9)));
    }
    let (sender, receiver) = channel::<u8>(None);
    let receives = thread::spawn(move || receiver.recv());
    drop(sender);
    assert_eq!(receives.join().expect("no panic"), Err(RecvError));
}

#[test]
fn ends_are_counted() {
    for room in [Some(0), Some(4), None] {
        let (sender, receiver) = channel::<u8>(room);
        let senders = [sender.clone(), sender.clone()];
        let receivers = [receiver.clone()];
        let weak = (sender.downgrade(), receiver.downgrade());
        let counts = || (sender.sender_count(), receiver.receiver_count());
        assert_eq!(counts(), (3, 2));
        let again = (weak.0.upgrade(), weak.1.upgrade());
        assert!(again.0.is_some() && again.1.is_some());
        assert_eq!(counts(), (4, 3));
        drop(again);
        drop((senders, receivers));
        assert_eq!(counts(), (1, 1));
        assert!(!sender.is_closed());
    }
}

#[test]
fn a_weak_end_is_upgraded_until_its_side_is_gone() {
    for room in [Some(0), Some(2), None] {
        let (sender, receiver) = channel::<u8>(room);
        let weak = (sender.downgrade().clone(), receiver.downgrade().clone());
        sender.close();
        let again = weak.0.upgrade().expect("one is left, though closed");
        assert!(again.same_channel(&sender));
        drop(sender);
        assert!(weak.0.upgrade().is_some());
        drop(again);
        assert!(weak.0.upgrade().is_none());
        assert!(weak.1.upgrade().is_some_and(|again| again.is_closed()));
        drop(receiver);
        assert!(weak.1.upgrade().is_none());
    }
}

#[test]
fn looking_at_a_channel_tells_the_truth() {
    let (sender, receiver) = bounded(2);
    let look = || {
        (
            (sender.len(), sender.is_empty(), sender.is_full()),
            (receiver.len(), receiver.is_empty(), receiver.is_full()),
        )
    };
    assert_eq!((sender.capacity(), receiver.capacity()), (Some(2), Some(2)));
    for (len, is_empty, is_full) in [(0, true, false), (1, false, false), (2, false, true)] {
        assert_eq!(look().0, (len, is_empty, is_full));
        assert_eq!(look().0, look().1);
        assert_eq!(sender.try_send('x').is_ok(), !is_full);
    }
    let shown = format!("{sender:?} {receiver:?} {:?}", receiver.downgrade());
    for part in ["Sender { len: 2", "Receiver {", "WeakReceiver {"] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn a_channel_without_room_is_empty_and_full_and_passes_only_to_those_who_wait() {
    let (sender, receiver) = bounded(0);
    assert_eq!((sender.capacity(), sender.len()), (Some(0), 0));
    assert!(sender.is_empty() && receiver.is_full());
    assert_eq!(sender.try_send(1), Err(TrySendError::Full(1)));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(receiver.drain().count(), 0);
    thread::scope(|scope| {
        let sends = scope.spawn(|| sender.send(2));
        assert_eq!(receiver.recv(), Ok(2));
        assert_eq!(sends.join().expect("no panic"), Ok(()));
    });
}

#[test]
fn a_channel_without_bound_is_never_full() {
    let (sender, receiver) = unbounded();
    assert_eq!((sender.capacity(), receiver.capacity()), (None, None));
    let past = Instant::now();
    for n in 0..1_000 {
        match n % 5 {
            0 => assert_eq!(sender.send(n), Ok(())),
            1 => assert_eq!(sender.try_send(n), Ok(())),
            2 => assert_eq!(sender.send_timeout(n, Duration::ZERO), Ok(())),
            3 => assert_eq!(sender.send_deadline(n, past), Ok(())),
            _ => assert_eq!(block_on(sender.send_async(n)), Ok(())),
        }
        assert_eq!((sender.len(), receiver.len()), (n + 1, n + 1));
        assert!(!sender.is_full() && !receiver.is_empty());
    }
    assert_eq!(sender.try_send_many(&mut (1_000..1_500).collect()), 500);
    assert_eq!(sender.send_many(&mut (1_500..2_000).collect()), 500);
    let mut messages = Vec::new();
    assert_eq!(receiver.recv_many(&mut messages, 10), 10);
    messages.extend(receiver.drain());
    receiver.shrink();
    assert!(messages.into_iter().eq(0..2_000));
    assert!(receiver.is_empty() && !receiver.is_closed());
    let shown = format!("{sender:?} {receiver:?}");
    assert!(shown.contains("capacity: None"), "{shown}");
}

#[test]
fn channels_are_told_apart() {
    const ROOMS: [Option<usize>; 3] = [Some(0), Some(1), None];
    for room in ROOMS {
        let (sender, receiver) = channel::<u8>(room);
        assert!(sender.same_channel(&sender.clone()));
        assert!(receiver.same_channel(&receiver.clone()));
        for other in ROOMS {
            let (stranger, _) = channel::<u8>(other);
            assert!(!sender.same_channel(&stranger), "{room:?}, {other:?}");
        }
    }
}

#[test]
fn a_channel_that_cannot_be_had_is_an_error_or_a_panic() {
    let refused = try_bounded::<u8>(usize::MAX).expect_err("too large");
    assert_eq!(refused, CapacityError::TooLarge);
    let refused = try_bounded::<[u8; 1 << 17]>(1 << 31).expect_err("no memory");
    assert_eq!(refused, CapacityError::OutOfMemory);
    assert!(std::panic::catch_unwind(|| bounded::<u8>(usize::MAX)).is_err());
}

#[test]
fn ends_go_wherever_their_messages_may() {
    fn goes_anywhere<T: Send + Sync + Unpin>() {}
    // A message that may be moved to another thread, but not be shared.
    type Message = std::cell::Cell<u8>;
    goes_anywhere::<Sender<Message>>();
    goes_anywhere::<Receiver<Message>>();
    goes_anywhere::<WeakSender<Message>>();
    goes_anywhere::<WeakReceiver<Message>>();
}

#[test]
fn iterators_end_when_they_should() {
    for room in [Some(4), None] {
        let (sender, receiver) = channel(room);
        sender.send_many(&mut (1..=4).collect());
        let mut drain = receiver.drain();
        assert_eq!(drain.size_hint(), (0, Some(4)));
        assert_eq!(drain.next(), Some(1));
        sender.send(5).expect("room was made");
        assert_eq!(drain.by_ref().collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(drain.next(), None);
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [5]);
        assert_eq!(receiver.try_iter().next(), None);

        sender.send_many(&mut (6..=8).collect());
        assert_eq!(receiver.drain().next(), Some(6));
        assert_eq!(receiver.len(), 2, "what is not asked for stays inside");
        drop(sender);
        assert_eq!(receiver.iter().next(), Some(7));
        assert_eq!((&receiver).into_iter().collect::<Vec<_>>(), [8]);
        assert_eq!(receiver.into_iter().next(), None);
    }
}

#[test]
fn an_iterator_by_value_is_a_receiver() {
    for room in [Some(1), None] {
        let (sender, receiver) = channel(room);
        let mut messages = receiver.into_iter();
        sender.send(1).expect("there is a receiver");
        assert_eq!(messages.next(), Some(1));
        drop(messages);
        assert_eq!(sender.send(2), Err(SendError(2)));
    }
}

/// Each of several senders counts up, threads and tasks in turn; receivers of both kinds add up.
#[test]
fn every_message_arrives_once_among_threads_and_tasks() {
    const EACH: usize = if cfg!(miri) { 20 } else { 2000 };
    for room in [Some(0), Some(1), Some(7), None] {
        let (sender, receiver) = channel(room);
        let sum = Arc::new(AtomicUsize::new(0));
        let count = Arc::new(AtomicUsize::new(0));
        thread::scope(|scope| {
            for worker in 0..4 {
                let (sender, receiver) = (sender.clone(), receiver.clone());
                let (sum, count) = (sum.clone(), count.clone());
                scope.spawn(move || {
                    for n in 1..=EACH {
                        match worker % 2 {
                            0 => sender.send(n).expect("receivers are there"),
                            _ => block_on(sender.send_async(n)).expect("receivers are there"),
                        }
                    }
                });
                scope.spawn(move || {
                    while let Ok(n) = match worker % 2 {
                        0 => receiver.recv(),
                        _ => block_on(receiver.recv_async()),
                    } {
                        sum.fetch_add(n, Ordering::Relaxed);
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            drop(sender);
        });
        assert_eq!(count.load(Ordering::Relaxed), 4 * EACH);
        assert_eq!(sum.load(Ordering::Relaxed), 4 * EACH * (EACH + 1) / 2);
    }
}
