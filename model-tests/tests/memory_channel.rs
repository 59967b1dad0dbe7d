//! The memory law of `channel::unbounded`: a flow that is received allocates nothing, and the last receiver gives back
//! what a backlog took, though senders live on.
//!
//! The allocator counts what the current thread asks for, and what the process holds. Tests take turns, for they look
//! at the whole process.
#![cfg(not(any(latchless_loom, latchless_steps)))]

#[path = "memory_bounded/counting.rs"]
mod counting;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use latchless::channel::unbounded;
use latchless::error::RecvTimeoutError;

use counting::{asked, held, turn};

/// The largest segment of numbers: 16 KiB, its head and the bookkeeping.
const SEGMENT: isize = 16 * 1024 + 512;

const BACKLOG: u64 = 300_000;

#[test]
fn a_flow_that_is_received_allocates_nothing() {
    let _turn = turn();
    for depth in [0, 100, 5_000] {
        let (sender, receiver) = unbounded();
        let sender = (sender.clone(), sender);
        let flow = |rounds: u64| {
            for n in 0..rounds {
                sender.0.send(n).unwrap();
                sender.1.try_send(n).unwrap();
                assert!(receiver.recv().is_ok() && receiver.try_recv().is_ok());
            }
        };
        (0..depth).try_for_each(|n| sender.0.send(n)).unwrap();
        flow(20_000);
        let ((), times, _) = asked(|| flow(200_000));
        assert_eq!(times, 0, "at a depth of {depth}");
    }
}

#[test]
fn waits_that_are_given_up_leave_memory_flat() {
    let _turn = turn();
    let (sender, receiver) = unbounded::<u64>();
    let wait = |rounds| {
        for _ in 0..rounds {
            let receiving = pin!(receiver.recv_async());
            let polled = receiving.poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
            let late = receiver.recv_timeout(Duration::ZERO);
            assert_eq!(late, Err(RecvTimeoutError::Timeout));
        }
    };
    wait(1_000);
    let ((), times, _) = asked(|| wait(500_000));
    assert_eq!(times, 0);
    drop(sender);
}

#[test]
fn ends_that_come_and_go_leave_memory_flat() {
    let _turn = turn();
    let (sender, receiver) = unbounded();
    let come_and_go = |rounds| {
        for n in 0..rounds {
            sender.clone().send(n).unwrap();
            let weak = receiver.clone().downgrade();
            assert_eq!(weak.upgrade().and_then(|again| again.recv().ok()), Some(n));
        }
    };
    // Until the segments are as large as they become.
    come_and_go(20_000);
    let ((), times, _) = asked(|| come_and_go(100_000));
    assert_eq!(times, 0);
}

#[test]
fn the_last_receiver_gives_back_what_the_backlog_took() {
    let _turn = turn();
    for leave in [0, 1, BACKLOG / 2, BACKLOG] {
        let before = held();
        let (sender, receiver) = unbounded();
        (0..BACKLOG).try_for_each(|n| sender.send(n)).unwrap();
        assert!(held() - before > BACKLOG as isize * 16);
        let taken = receiver.try_iter().take((BACKLOG - leave) as usize);
        assert_eq!(taken.count() as u64, BACKLOG - leave);
        drop(receiver);
        let more = held() - before;
        assert!(more < 2 * SEGMENT, "{more} bytes are left, of {leave}");
        assert!(sender.send(1).is_err());
    }
}

/// A flow that was long, and is short again.
#[test]
fn a_backlog_that_was_received_is_given_back() {
    let _turn = turn();
    let before = held();
    let (sender, receiver) = unbounded();
    (0..BACKLOG).try_for_each(|n| sender.send(n)).unwrap();
    assert!(receiver.try_iter().eq(0..BACKLOG));
    let more = held() - before;
    assert!(more < (4 + 3) * SEGMENT, "{more} bytes are left");
    sender.shrink();
    let more = held() - before;
    assert!(more < 2 * SEGMENT, "{more} bytes are left after shrinking");
}
