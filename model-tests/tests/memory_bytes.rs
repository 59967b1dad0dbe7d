//! The memory of pipes of bytes and of messages: waits that are given up leave it flat, calls that need not wait ask for
//! nothing, and what was put together of a long message is given back.
#![cfg(not(any(latchless_loom, latchless_steps)))]

#[path = "memory_bounded/counting.rs"]
mod counting;
#[path = "waiting/tasks.rs"]
mod tasks;

use std::io::{Read, Write};
use std::time::Duration;

use latchless::pipe::{bytes, framed};

use counting::{asked, assert_flat, held, turn};
use tasks::poll_once;

/// How often a thread asked the allocator while it waited and gave up, after some first times.
fn asked_for(rounds: u64, mut wait: impl FnMut(u64)) -> usize {
    wait(200);
    let ((), times, _) = asked(|| wait(rounds));
    times
}

#[test]
fn many_waits_that_are_given_up_leave_memory_flat() {
    let _turn = turn();
    let (mut writer, mut reader) = bytes(1);
    let reads = |rounds| {
        for _ in 0..rounds {
            let mut into = [0];
            let mut read = std::pin::pin!(reader.read_async(&mut into));
            assert!(poll_once(&mut read).is_pending());
        }
    };
    assert_eq!(asked_for(100_000, reads), 0);
    writer.try_write(&[1]).expect("there is room");
    let writes = |rounds| {
        for _ in 0..rounds {
            let mut write = std::pin::pin!(writer.write_async(&[2]));
            assert!(poll_once(&mut write).is_pending());
        }
    };
    assert_eq!(asked_for(100_000, writes), 0);
}

#[test]
fn waits_that_time_out_leave_memory_flat() {
    let _turn = turn();
    let (_writer, mut reader) = bytes(1);
    let (_sender, mut receiver) = framed(1);
    let waits = |rounds| {
        for round in 0..rounds {
            let short = Duration::from_nanos(1 + round % 500);
            assert!(reader.read_timeout(&mut [0], short).is_err());
            assert!(receiver.recv_into_timeout(&mut [0], short).is_err());
        }
    };
    assert_eq!(asked_for(2_000, waits), 0);
}

#[test]
fn calls_that_need_not_wait_ask_for_nothing() {
    let _turn = turn();
    let (mut writer, mut reader) = bytes(64);
    let (mut sender, mut receiver) = framed(64);
    let mut into = [0; 64];
    let calls = |rounds| {
        for _ in 0..rounds {
            writer.write_all(&[1; 40]).expect("there is room");
            writer.grant(24).expect("there is room").commit(24);
            reader.read_exact(&mut into).expect("it is full");
            sender.send(&[1; 20]).expect("there is room");
            sender.grant(10).expect("there is room").commit(3);
            assert_eq!(receiver.recv_into(&mut into), Ok(20));
            assert_eq!(receiver.recv_grant().as_deref().map(<[u8]>::len), Ok(3));
        }
    };
    assert_eq!(asked_for(5_000, calls), 0);
}

#[test]
fn what_was_put_together_of_a_long_message_is_given_back() {
    let _turn = turn();
    let (mut sender, mut receiver) = framed(8);
    let long = vec![7; 500];
    let before = held();
    for way in 0..90 {
        let mut send = Box::pin(sender.send_async(&long));
        let mut into = vec![0; long.len()];
        while poll_once(&mut send).is_pending() {
            // The last part is left for the receive.
            assert!(receiver.try_recv_into(&mut []).is_err());
        }
        match way % 3 {
            0 => assert_eq!(receiver.recv_into(&mut into), Ok(long.len())),
            1 => assert!(receiver.recv() == Ok(long.clone())),
            _ => assert!(*receiver.recv_grant().expect("it was sent") == long[..]),
        }
    }
    assert_flat(before, held());
}

#[test]
fn a_dropped_pipe_gives_everything_back() {
    let _turn = turn();
    let before = held();
    for capacity in 1..100 {
        let (mut writer, mut reader) = bytes(capacity);
        let mut into = [0];
        assert!(poll_once(&mut Box::pin(reader.read_async(&mut into))).is_pending());
        writer.try_write(&[1]).expect("there is room");
        if capacity % 2 == 0 {
            drop(reader);
            drop(writer);
        }
    }
    assert_flat(before, held());
}
