//! Pipes of bytes and of messages: each call that copies, lends or waits, between two threads.
//!
//! Both ends are dropped by one thread, for the fence by which an `Arc` orders its last drop is not seen by the sanitizer.

use latchless::pipe::{FramedReceiver, Reader, bytes, framed};
use std::io::{BufRead, Read, Write};
use std::thread;
use std::time::Duration;

const BYTES: usize = 3_000;

pub fn main() {
    for capacity in [2, 7, 64] {
        stream(capacity);
        messages(capacity);
    }
}

/// In pieces of all lengths, by writes and by grants.
fn stream(capacity: usize) {
    let (mut writer, reader) = bytes(capacity);
    let reads = thread::spawn(move || read_all(reader));
    let all: Vec<u8> = (0..BYTES).map(|n| n as u8).collect();
    let mut rest = &all[..];
    for length in (1..20).cycle() {
        let length = length.min(rest.len());
        if length % 2 == 0 {
            writer
                .write_all(&rest[..length])
                .expect("a reader is there");
            rest = &rest[length..];
        } else {
            let length = length.min(capacity);
            let mut grant = writer.grant(length).expect("a reader is there");
            grant.copy_from_slice(&rest[..length]);
            grant.commit(length);
            rest = &rest[length..];
        }
        if rest.is_empty() {
            break;
        }
    }
    writer.close();
    let (got, _reader) = reads.join().expect("no thread panicked");
    assert!(got == all);
}

fn read_all(mut reader: Reader) -> (Vec<u8>, Reader) {
    let mut got = Vec::new();
    let mut into = [0; 9];
    loop {
        let read = reader.read(&mut into).expect("it never fails");
        got.extend(&into[..read]);
        let shown = reader.fill_buf().expect("it never fails");
        let length = shown.len();
        got.extend(shown);
        reader.consume(length);
        if length == 0 {
            return (got, reader);
        }
    }
}

/// Whole, in place and in parts.
fn messages(capacity: usize) {
    let (mut sender, receiver) = framed(capacity);
    let receives = thread::spawn(move || receive_all(receiver));
    for length in 0..60 {
        let message = vec![length as u8; length];
        if let Ok(mut grant) = sender.grant_timeout(length, Duration::from_secs(60)) {
            grant.copy_from_slice(&message);
            grant.commit(length);
        } else {
            sender.send(&message).expect("a receiver is there");
        }
    }
    sender.close();
    let (received, _receiver) = receives.join().expect("no thread panicked");
    assert_eq!(received, 60);
}

fn receive_all(mut receiver: FramedReceiver) -> (usize, FramedReceiver) {
    let mut length = 0;
    loop {
        let expected = vec![length as u8; length];
        if length % 2 == 0 {
            match receiver.recv() {
                Ok(message) => assert_eq!(message, expected),
                Err(error) => {
                    assert!(error.is_closed());
                    return (length, receiver);
                }
            }
        } else {
            assert_eq!(*receiver.recv_grant().expect("60 are sent"), *expected);
        }
        length += 1;
    }
}
