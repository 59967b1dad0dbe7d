//! The channel without room: a message is given once, or comes back, whatever the wakers do.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use latchless::channel::{Receiver, Sender, bounded};
use latchless::error::{RecvError, SendError, TryRecvError, TrySendError};

use super::rogue::{Deed, Rogue};
use super::tasks::{Bell, poll, poll_for, poll_once};
use super::{SOME, panics};

/// Both ends of a channel.
type Ends = (Sender<u64>, Receiver<u64>);

/// A channel that wakers may call.
fn lasting() -> &'static Ends {
    Box::leak(Box::new(bounded(0)))
}

/// What must hold of a channel at which nobody waits: it passes messages both ways, as a new one does.
fn assert_serves((sender, receiver): &Ends) {
    let (sends, receives) = (Bell::new(), Bell::new());
    for round in 1..4 {
        assert_eq!(sender.try_send(0), Err(TrySendError::Full(0)));
        let mut receiving = receiver.recv_async();
        assert!(poll_for(&mut receiving, &receives).is_pending());
        assert_eq!(sender.try_send(round), Ok(()));
        assert_eq!(receives.rings() as u64, round);
        assert_eq!(poll_for(&mut receiving, &receives), Poll::Ready(Ok(round)));

        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        let mut sending = sender.send_async(round);
        assert!(poll_for(&mut sending, &sends).is_pending());
        assert_eq!(receiver.try_recv(), Ok(round));
        assert_eq!(sends.rings() as u64, round);
        assert_eq!(poll_for(&mut sending, &sends), Poll::Ready(Ok(())));
    }
    assert_eq!(Arc::strong_count(&sends), 1);
    assert_eq!(Arc::strong_count(&receives), 1);
}

#[test]
fn a_wake_that_panics_neither_loses_a_message_nor_keeps_it() {
    let ends = bounded(0);
    let (sender, receiver) = &ends;
    let rogue = Rogue::that_panics(Deed::Wake);
    rogue.arm(true);
    let mut sending = sender.send_async(1);
    assert!(poll(&mut sending, &rogue.waker()).is_pending());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(rogue.times(), 1);
    assert_eq!(poll_once(&mut sending), Poll::Ready(Ok(())));

    let mut receiving = receiver.recv_async();
    assert!(poll(&mut receiving, &rogue.waker()).is_pending());
    assert_eq!(sender.try_send(2), Ok(()));
    assert_eq!(rogue.times(), 2);
    assert_eq!(poll_once(&mut receiving), Poll::Ready(Ok(2)));

    let mut receiving = receiver.recv_async();
    assert!(poll(&mut receiving, &rogue.waker()).is_pending());
    assert_eq!(sender.try_send(3), Ok(()));
    drop(receiving);
    assert_eq!(receiver.try_recv(), Ok(3), "it is there for the next");
    assert_eq!(Arc::strong_count(&rogue), 1);
    assert_serves(&ends);
}

#[test]
fn a_wake_that_panics_at_a_close_leaves_none_of_the_others_asleep() {
    for at in 0..4 {
        let (sender, receiver) = bounded(0);
        let (rogue, bell) = (Rogue::that_panics(Deed::Wake), Bell::new());
        rogue.arm(true);
        let mut sendings = [0, 1, 2, 3].map(|message| sender.send_async(message));
        for (i, sending) in sendings.iter_mut().enumerate() {
            let waker = if i == at { rogue.waker() } else { bell.waker() };
            assert!(poll(sending, &waker).is_pending());
        }
        assert!(receiver.close());
        assert_eq!((rogue.times(), bell.rings()), (1, 3), "rogue at {at}");
        for (message, sending) in (0..).zip(&mut sendings) {
            assert_eq!(poll_once(sending), Poll::Ready(Err(SendError(message))));
        }

        let (sender, receiver) = bounded::<u64>(0);
        let mut receivings = [(); 4].map(|()| receiver.recv_async());
        for (i, receiving) in receivings.iter_mut().enumerate() {
            let waker = if i == at { rogue.waker() } else { bell.waker() };
            assert!(poll(receiving, &waker).is_pending());
        }
        drop(sender);
        assert_eq!((rogue.times(), bell.rings()), (2, 6), "rogue at {at}");
        for receiving in &mut receivings {
            assert_eq!(poll_once(receiving), Poll::Ready(Err(RecvError)));
        }
    }
}

#[test]
fn a_waker_whose_clone_panics_leaves_the_message_where_it_was() {
    let ends = bounded(0);
    let (sender, receiver) = &ends;
    let (rogue, bell) = (Rogue::that_panics(Deed::Clone), Bell::new());
    let waker = rogue.waker();
    rogue.arm(true);
    // At its first poll, and when it has been polled for another.
    let mut sending = sender.send_async(1);
    assert!(panics(|| poll(&mut sending, &waker)));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert!(poll_for(&mut sending, &bell).is_pending());
    assert!(panics(|| poll(&mut sending, &waker)));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(bell.rings(), 1, "the one before is still the one to wake");
    assert_eq!(poll_for(&mut sending, &bell), Poll::Ready(Ok(())));

    let mut receiving = receiver.recv_async();
    assert!(panics(|| poll(&mut receiving, &waker)));
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    assert!(poll_for(&mut receiving, &bell).is_pending());
    assert!(panics(|| poll(&mut receiving, &waker)));
    assert_eq!(sender.try_send(2), Ok(()));
    assert_eq!(bell.rings(), 2);
    assert_eq!(poll_for(&mut receiving, &bell), Poll::Ready(Ok(2)));
    rogue.arm(false);
    drop((waker, sending, receiving));
    assert_eq!(Arc::strong_count(&rogue), 1);
    assert_eq!(Arc::strong_count(&bell), 1);
    assert_serves(&ends);
}

#[test]
fn a_message_whose_sender_was_polled_with_a_clone_that_panics_is_dropped_once() {
    let (sender, _receiver) = bounded(0);
    let rogue = Rogue::that_panics(Deed::Clone);
    let waker = rogue.waker();
    rogue.arm(true);
    let message = Arc::new(());
    for enlisted in [false, true] {
        let mut sending = sender.send_async(Arc::clone(&message));
        if enlisted {
            assert!(poll_once(&mut sending).is_pending());
        }
        assert!(panics(|| poll(&mut sending, &waker)));
        assert_eq!(Arc::strong_count(&message), 2);
        drop(sending);
        assert_eq!(Arc::strong_count(&message), 1);
    }
}

#[test]
fn a_waker_whose_drop_panics_does_not_keep_a_message() {
    let ends = bounded(0);
    let (sender, receiver) = &ends;
    let (rogue, bell) = (Rogue::that_panics(Deed::Drop), Bell::new());
    for turn in 1..100 {
        let waker = rogue.waker();
        let mut first = receiver.recv_async();
        assert!(poll(&mut first, &waker).is_pending());
        drop(waker);
        let mut second = receiver.recv_async();
        assert!(poll_for(&mut second, &bell).is_pending());
        assert_eq!(sender.try_send(turn), Ok(()));
        rogue.arm(true);
        drop(first);
        rogue.arm(false);
        assert_eq!(bell.rings(), turn as usize, "the message is for the next");
        assert_eq!(poll_for(&mut second, &bell), Poll::Ready(Ok(turn)));
    }
    assert_eq!(rogue.times(), 99);
    assert_eq!(Arc::strong_count(&rogue), 1);
    assert_serves(&ends);
}

#[test]
fn a_wake_that_sends_and_receives_is_not_woken_by_itself_again_and_again() {
    let ends = lasting();
    let (sender, receiver) = ends;
    let rogue = Rogue::new(Deed::Wake, || {
        let _ = sender.try_send(7);
        let _ = receiver.try_recv();
    });
    rogue.arm(true);
    let bell = Bell::new();
    let mut first = receiver.recv_async();
    assert!(poll(&mut first, &rogue.waker()).is_pending());
    let mut second = receiver.recv_async();
    assert!(poll_for(&mut second, &bell).is_pending());
    assert_eq!(sender.try_send(1), Ok(()));
    assert!(rogue.times() <= SOME, "woken {} times", rogue.times());
    assert_eq!(poll_once(&mut first), Poll::Ready(Ok(1)));
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll_once(&mut second), Poll::Ready(Ok(7)));

    // And of one that sends: the wake receives what the next one offers.
    let mut first = sender.send_async(2);
    assert!(poll(&mut first, &rogue.waker()).is_pending());
    let mut second = sender.send_async(3);
    assert!(poll_for(&mut second, &bell).is_pending());
    assert_eq!(receiver.try_recv(), Ok(2));
    assert!(rogue.times() <= 2 * SOME, "woken {} times", rogue.times());
    assert_eq!(poll_once(&mut first), Poll::Ready(Ok(())));
    assert_eq!(bell.rings(), 2);
    assert_eq!(poll_once(&mut second), Poll::Ready(Ok(())));
    assert_serves(ends);
}

type Receiving = Pin<Box<dyn Future<Output = Result<u64, RecvError>> + Send>>;

/// An executor that polls inside the wake, as some do.
#[test]
fn a_wake_that_polls_its_own_future_gets_its_message() {
    let ends = lasting();
    let (sender, receiver) = ends;
    let future: Arc<Mutex<Option<Receiving>>> = Arc::default();
    let got: Arc<Mutex<Vec<u64>>> = Arc::default();
    let rogue = Rogue::new(Deed::Wake, {
        let (future, got) = (Arc::clone(&future), Arc::clone(&got));
        move || {
            let taken = future.lock().expect("not poisoned").take();
            if let Some(mut receiving) = taken
                && let Poll::Ready(message) = poll_once(&mut receiving)
            {
                got.lock().expect("not poisoned").extend(message);
            }
        }
    });
    let mut receiving: Receiving = Box::pin(receiver.recv_async());
    assert!(poll(&mut receiving, &rogue.waker()).is_pending());
    *future.lock().expect("not poisoned") = Some(receiving);
    rogue.arm(true);
    assert_eq!(sender.try_send(1), Ok(()));
    assert_eq!(*got.lock().expect("not poisoned"), [1]);
    assert_eq!(rogue.times(), 1);
    assert_eq!(Arc::strong_count(&rogue), 1);
    assert_serves(ends);
}

#[test]
fn a_wake_that_drops_the_other_waiters_or_closes_the_channel_ends_well() {
    let (sender, receiver) = lasting();
    let others: Arc<Mutex<Vec<Receiving>>> = Arc::default();
    let rogue = Rogue::new(Deed::Wake, {
        let others = Arc::clone(&others);
        move || {
            drop(std::mem::take(&mut *others.lock().expect("not poisoned")));
            sender.close();
        }
    });
    rogue.arm(true);
    let mut first = receiver.recv_async();
    assert!(poll(&mut first, &rogue.waker()).is_pending());
    let bell = Bell::new();
    for _ in 0..50 {
        let mut receiving: Receiving = Box::pin(receiver.recv_async());
        assert!(poll_for(&mut receiving, &bell).is_pending());
        others.lock().expect("not poisoned").push(receiving);
    }
    let mut last = receiver.recv_async();
    assert!(poll_for(&mut last, &bell).is_pending());
    assert_eq!(sender.try_send(1), Ok(()), "it closes afterwards");
    assert_eq!((rogue.times(), bell.rings()), (1, 1));
    assert_eq!(poll_once(&mut last), Poll::Ready(Err(RecvError)));
    assert_eq!(poll_once(&mut first), Poll::Ready(Ok(1)));
    assert_eq!(Arc::strong_count(&bell), 1);
    assert_eq!(Arc::strong_count(&rogue), 1);
}

#[test]
fn a_waker_whose_clone_or_drop_calls_the_channel_finds_it_whole() {
    for deed in [Deed::Clone, Deed::Drop] {
        let ends = lasting();
        let (sender, receiver) = ends;
        let rogue = Rogue::new(deed, || {
            let mut sending = sender.send_async(7);
            let _ = poll_once(&mut sending);
            let _ = receiver.try_recv();
            let mut receiving = receiver.recv_async();
            let _ = poll_once(&mut receiving);
            let _ = sender.try_send(8);
        });
        rogue.arm(true);
        let bell = Bell::new();
        for turn in 0..50 {
            let mut first = receiver.recv_async();
            let is_pending = poll(&mut first, &rogue.waker()).is_pending();
            let _ = poll_for(&mut receiver.recv_async(), &bell);
            if is_pending && turn % 3 > 0 {
                let _ = poll(&mut first, Waker::noop());
            }
            if turn % 2 == 0 {
                let _ = sender.try_send(turn);
            }
        }
        rogue.arm(false);
        assert!(rogue.times() > 0);
        // What was given to those who were dropped is kept for others.
        while receiver.try_recv().is_ok() {}
        assert_eq!(Arc::strong_count(&rogue), 1);
        assert_eq!(Arc::strong_count(&bell), 1);
        assert_serves(ends);
    }
}
