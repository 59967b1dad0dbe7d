//! Byte pipes: what `std::io` promises of its traits, the forms of waiting, grants, and real clients.
#![forbid(unsafe_code)]
#![cfg(not(any(latchless_loom, latchless_steps)))]

#[path = "bytes/clients.rs"]
mod clients;
#[path = "bytes/streams.rs"]
mod streams;
#[path = "waiting/tasks.rs"]
mod tasks;

use std::io::{BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use latchless::error::CapacityError;
use latchless::pipe::{Reader, Writer, bytes, framed, try_bytes};

use tasks::{Bell, poll_for, poll_once};

fn kind<T>(result: std::io::Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

fn full() -> (Writer, Reader) {
    let (mut writer, reader) = bytes(2);
    assert_eq!(writer.try_write(&[1, 2, 3]).ok(), Some(2));
    (writer, reader)
}

#[test]
fn ends_and_futures_may_go_to_other_threads() {
    fn goes<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>(_: &T) {}
    fn is_sent<T: Send>(_: T) {}
    let (mut writer, mut reader) = bytes(1);
    let (mut sender, mut receiver) = framed(1);
    goes(&(&writer, &reader));
    goes(&(&sender, &receiver));
    is_sent(writer.write_all_async(&[1]));
    is_sent(writer.grant_async(1));
    is_sent(reader.read_async(&mut [0]));
    is_sent(reader.fill_buf_async());
    is_sent(sender.send_async(&[1]));
    is_sent(sender.grant_async(1));
    is_sent(receiver.recv_async());
    is_sent(receiver.recv_grant_async());
}

#[test]
fn a_capacity_that_cannot_be_had_is_an_error() {
    assert_eq!(try_bytes(0).err(), Some(CapacityError::Zero));
    assert_eq!(try_bytes(usize::MAX).err(), Some(CapacityError::TooLarge));
    assert_eq!(try_bytes(1 << 62).err(), Some(CapacityError::TooLarge));
    assert_eq!(try_bytes(1 << 60).err(), Some(CapacityError::OutOfMemory));
    assert!(catch_unwind(|| bytes(0)).is_err());
}

#[test]
fn the_end_comes_behind_the_last_byte_and_stays() {
    for closes in [false, true] {
        let (mut writer, mut reader) = full();
        let mut kept = None;
        if closes {
            writer.close();
            assert_eq!(kind(writer.try_write(&[4])), Some(ErrorKind::BrokenPipe));
            assert!(writer.is_closed());
            kept = Some(writer);
        } else {
            drop(writer);
        }
        assert!(reader.is_closed());
        let mut into = [0; 2];
        assert_eq!(reader.read(&mut into[..1]).ok(), Some(1));
        assert_eq!(reader.read(&mut into[1..]).ok(), Some(1));
        assert_eq!(into, [1, 2]);
        for _ in 0..2 {
            assert_eq!(reader.read(&mut into).ok(), Some(0));
            assert_eq!(reader.try_read(&mut into).ok(), Some(0));
            assert_eq!(reader.read_timeout(&mut into, Duration::MAX).ok(), Some(0));
            assert_eq!(reader.fill_buf().ok(), Some(&[][..]));
            assert_eq!(
                reader.read_vectored(&mut [IoSliceMut::new(&mut into)]).ok(),
                Some(0)
            );
            assert_eq!(
                kind(reader.read_exact(&mut into)),
                Some(ErrorKind::UnexpectedEof)
            );
            assert!(
                reader
                    .read_to_end(&mut Vec::new())
                    .is_ok_and(|read| read == 0)
            );
        }
        drop(kept);
    }
}

#[test]
fn writing_for_nobody_is_a_broken_pipe() {
    let (mut writer, reader) = full();
    drop(reader);
    let broken = Some(ErrorKind::BrokenPipe);
    assert!(writer.is_closed());
    assert_eq!(kind(writer.write(&[1])), broken);
    assert_eq!(kind(writer.write_all(&[1])), broken);
    assert_eq!(kind(writer.write_vectored(&[IoSlice::new(&[1])])), broken);
    assert_eq!(kind(writer.try_write(&[1])), broken);
    assert_eq!(kind(writer.write_timeout(&[1], Duration::MAX)), broken);
    assert_eq!(kind(writer.write_deadline(&[1], Instant::now())), broken);
    assert_eq!(kind(writer.grant(1)), broken);
    assert_eq!(kind(writer.try_grant(1)), broken);
    assert_eq!(kind(tasks::block_on(writer.write_async(&[1]))), broken);
    assert_eq!(kind(tasks::block_on(writer.grant_async(2))), broken);
    assert!(writer.flush().is_ok());
}

#[test]
fn what_would_wait_says_so_and_changes_nothing() {
    let (mut writer, mut reader) = bytes(2);
    let mut into = [0; 4];
    let timed_out = Some(ErrorKind::TimedOut);
    let would_block = Some(ErrorKind::WouldBlock);
    assert_eq!(kind(reader.try_read(&mut into)), would_block);
    assert_eq!(kind(reader.try_fill_buf()), would_block);
    for short in [Duration::ZERO, Duration::from_millis(1)] {
        assert_eq!(kind(reader.read_timeout(&mut into, short)), timed_out);
        assert_eq!(
            kind(reader.read_deadline(&mut into, Instant::now() + short)),
            timed_out
        );
        assert_eq!(kind(reader.fill_buf_timeout(short)), timed_out);
        assert_eq!(
            kind(reader.fill_buf_deadline(Instant::now() + short)),
            timed_out
        );
        reader.set_timeout(Some(short));
        assert_eq!(reader.timeout(), Some(short));
        assert_eq!(kind(reader.read(&mut into)), timed_out);
        assert_eq!(kind(reader.read_exact(&mut into)), timed_out);
        assert_eq!(kind(reader.fill_buf()), timed_out);
        assert_eq!(kind(reader.read_to_end(&mut Vec::new())), timed_out);
    }
    assert_eq!(writer.write(&[1, 2, 3]).ok(), Some(2));
    assert_eq!(kind(writer.try_write(&[3])), would_block);
    assert_eq!(kind(writer.try_grant(1)), would_block);
    for short in [Duration::ZERO, Duration::from_millis(1)] {
        assert_eq!(kind(writer.write_timeout(&[3], short)), timed_out);
        assert_eq!(
            kind(writer.write_deadline(&[3], Instant::now() + short)),
            timed_out
        );
        assert_eq!(kind(writer.grant_timeout(1, short)), timed_out);
        assert_eq!(
            kind(writer.grant_deadline(1, Instant::now() + short)),
            timed_out
        );
        writer.set_timeout(Some(short));
        assert_eq!(kind(writer.write(&[3])), timed_out);
        assert_eq!(kind(writer.write_all(&[3])), timed_out);
        assert_eq!(kind(writer.grant(1)), timed_out);
    }
    // A wait for much that is too late takes what there is.
    assert_eq!(reader.try_read(&mut into[..1]).ok(), Some(1));
    assert_eq!(kind(writer.write_all(&[3, 4, 5])), timed_out);
    assert_eq!(reader.read(&mut into).ok(), Some(2));
    assert_eq!(into[..2], [2, 3]);
}

#[test]
fn moving_nothing_never_waits() {
    let (mut writer, mut reader) = full();
    assert_eq!(writer.write(&[]).ok(), Some(0));
    assert_eq!(writer.write_vectored(&[]).ok(), Some(0));
    assert!(writer.write_all(&[]).is_ok());
    assert_eq!(writer.grant(0).map(|grant| grant.commit(0)).ok(), Some(()));
    reader.read_exact(&mut [0; 2]).expect("it is full");
    assert_eq!(reader.read(&mut []).ok(), Some(0));
    assert_eq!(reader.read_vectored(&mut []).ok(), Some(0));
    assert!(reader.read_exact(&mut []).is_ok());
    assert!(poll_once(&mut Box::pin(reader.read_async(&mut []))).is_ready());
}

#[test]
fn a_grant_of_all_that_is_free_is_to_be_had_at_every_place() {
    for capacity in 1..9 {
        let (mut writer, mut reader) = bytes(capacity);
        for (round, inside) in (0..40).flat_map(|round| (0..=capacity).map(move |i| (round, i))) {
            writer.write_all(&vec![7; inside]).expect("there is room");
            assert!(writer.try_grant(capacity - inside + 1).is_err());
            let mut grant = writer.try_grant(capacity - inside).expect("it is free");
            grant.fill(9);
            grant.commit(capacity - inside);
            assert_eq!((reader.len(), writer.len()), (capacity, capacity));
            let mut into = vec![0; capacity];
            reader.read_exact(&mut into).expect("it is full");
            assert!(
                into[..inside].iter().all(|&byte| byte == 7),
                "round {round}"
            );
            assert!(
                into[inside..].iter().all(|&byte| byte == 9),
                "round {round}"
            );
            // Move on by one place.
            writer.write_all(&[1]).expect("there is room");
            reader.read_exact(&mut [0]).expect("it is there");
        }
    }
}

#[test]
fn a_grant_that_can_never_be_had_is_an_error() {
    let (mut writer, _reader) = bytes(4);
    let invalid = Some(ErrorKind::InvalidInput);
    assert_eq!(kind(writer.grant(5)), invalid);
    assert_eq!(kind(writer.try_grant(5)), invalid);
    assert_eq!(
        kind(writer.grant_timeout(usize::MAX, Duration::MAX)),
        invalid
    );
    let grant = writer.grant(4).expect("there is room");
    assert!(catch_unwind(AssertUnwindSafe(|| grant.commit(5))).is_err());
    assert!(writer.is_empty());
}

#[test]
fn a_grant_that_is_dropped_writes_nothing() {
    let (mut writer, mut reader) = bytes(4);
    writer.grant(4).expect("there is room").fill(9);
    writer.write_all(&[1]).expect("there is room");
    assert_eq!(reader.try_fill_buf().ok(), Some(&[1][..]));
    assert!(catch_unwind(AssertUnwindSafe(|| reader.consume(2))).is_err());
    assert_eq!(reader.len(), 1);
}

#[test]
fn several_pieces_are_moved_at_once() {
    let (mut writer, mut reader) = bytes(6);
    writer.write_all(&[0; 4]).expect("there is room");
    reader.read_exact(&mut [0; 4]).expect("it is there");
    let pieces = [&[1, 2][..], &[], &[3], &[4, 5, 6, 7]].map(IoSlice::new);
    assert_eq!(writer.write_vectored(&pieces).ok(), Some(6));
    let (mut one, mut other) = ([0; 1], [0; 8]);
    let mut pieces = [&mut one[..], &mut [], &mut other].map(IoSliceMut::new);
    assert_eq!(reader.read_vectored(&mut pieces).ok(), Some(6));
    assert_eq!((one, &other[..5]), ([1], &[2, 3, 4, 5, 6][..]));
}

/// Of longer ones the other end is told in pieces.
#[test]
fn a_long_write_takes_all_that_fits_and_a_long_read_all_that_is_there() {
    let (mut writer, mut reader) = bytes(50_000);
    let long: Vec<u8> = (0..40_001).map(|n| (n % 251) as u8).collect();
    let mut into = vec![0; 60_000];
    for _ in 0..3 {
        assert_eq!(writer.try_write(&long).ok(), Some(40_001));
        assert_eq!(writer.try_write(&long).ok(), Some(9_999));
        assert_eq!(reader.try_read(&mut into).ok(), Some(50_000));
        assert!(into[..40_001] == long && into[40_001..50_000] == long[..9_999]);
    }
}

#[test]
fn a_wait_that_was_forgotten_keeps_no_wake_from_the_next() {
    let (mut writer, mut reader) = bytes(1);
    let (forgotten, bell) = (Bell::new(), Bell::new());
    let mut into = [0];
    let mut wait = Box::pin(reader.read_async(&mut into));
    assert!(poll_for(&mut wait, &forgotten).is_pending());
    // Its memory leaks; the reader is free again.
    std::mem::forget(wait);
    let mut again = [0];
    let mut wait = Box::pin(reader.read_async(&mut again));
    assert!(poll_for(&mut wait, &bell).is_pending());
    writer.try_write(&[1]).expect("there is room");
    assert_eq!(bell.rings(), 1);
    assert!(poll_for(&mut wait, &bell).is_ready());
}

#[test]
fn no_waker_outlives_its_future() {
    let (mut writer, mut reader) = bytes(1);
    let bell = Bell::new();
    for written in [false, true] {
        let mut into = [0];
        let mut wait = Box::pin(reader.read_async(&mut into));
        assert!(poll_for(&mut wait, &bell).is_pending());
        if written {
            writer.try_write(&[1]).expect("there is room");
        }
        drop(wait);
        assert_eq!(Arc::strong_count(&bell), 1);
    }
    assert_eq!(reader.len(), 1, "a dropped read takes nothing");
}

#[test]
fn a_waiter_is_woken_when_what_it_waits_for_is_there_and_not_before() {
    let (mut writer, mut reader) = bytes(8);
    writer.write_all(&[0; 8]).expect("there is room");
    let bell = Bell::new();
    let mut wait = Box::pin(writer.grant_async(4));
    assert!(poll_for(&mut wait, &bell).is_pending());
    for _ in 0..3 {
        reader.read_exact(&mut [0]).expect("it is there");
        assert_eq!(bell.rings(), 0);
    }
    reader.read_exact(&mut [0]).expect("it is there");
    assert_eq!(bell.rings(), 1);
    assert!(poll_for(&mut wait, &bell).is_ready());
}

#[test]
fn everything_arrives_between_threads_in_whatever_pieces() {
    // Fewer where nearly every byte is waited for.
    for (capacity, count) in [(1, 1_000), (7, 5_000), (64, 50_000), (4096, 200_000)] {
        let count = if cfg!(miri) { 500 } else { count };
        let (mut writer, mut reader) = bytes(capacity);
        thread::scope(|scope| {
            scope.spawn(move || {
                let all: Vec<u8> = (0..count).map(|n| (n % 251) as u8).collect();
                let mut rest = &all[..];
                for piece in (1..=40).cycle() {
                    if rest.is_empty() {
                        break;
                    }
                    let (now, later) = rest.split_at(rest.len().min(piece));
                    match piece % 4 {
                        0 => writer.write_all(now).expect("a reader is there"),
                        1 => tasks::block_on(writer.write_all_async(now)).expect("a reader"),
                        _ => {
                            let length = now.len().min(capacity);
                            let mut grant = writer.grant(length).expect("a reader is there");
                            grant.copy_from_slice(&now[..length]);
                            grant.commit(length);
                            rest = &rest[length..];
                            continue;
                        }
                    }
                    rest = later;
                }
            });
            let mut read = 0;
            let mut into = [0; 33];
            for way in (0..3).cycle() {
                let now = match way {
                    0 => reader.read(&mut into).expect("it never fails"),
                    1 => tasks::block_on(reader.read_async(&mut into)).expect("it never fails"),
                    _ => {
                        let shown = reader.fill_buf().expect("it never fails");
                        let now = shown.len().min(into.len());
                        into[..now].copy_from_slice(&shown[..now]);
                        reader.consume(now);
                        now
                    }
                };
                for byte in &into[..now] {
                    assert_eq!(usize::from(*byte), read % 251);
                    read += 1;
                }
                if now == 0 {
                    break;
                }
            }
            assert_eq!(read, count);
        });
    }
}
