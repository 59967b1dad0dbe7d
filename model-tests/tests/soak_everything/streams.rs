//! Pipes of bytes and of messages: each byte is the next one of a sequence that both sides know.

use std::io::{BufRead, ErrorKind, Read, Write};
use std::thread;

use latchless::error::{
    RecvBytesTimeoutError, SendBytesTimeoutError, TryRecvBytesError, TrySendBytesError,
};
use latchless::pipe::{self, FramedReceiver, FramedSender, Reader, Writer};

use super::Seen;
use super::caller::Dice;
use super::flows::a_while;
use super::stops::Worker;

/// The byte at a place of the sequence.
fn byte(place: usize) -> u8 {
    (place as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .to_be_bytes()[0]
}

fn bytes_from(place: usize, count: usize) -> Vec<u8> {
    (place..place + count).map(byte).collect()
}

fn assert_follows(place: usize, bytes: &[u8]) {
    assert!(
        bytes
            .iter()
            .enumerate()
            .all(|(i, &found)| found == byte(place + i)),
        "other bytes at {place}"
    );
}

pub fn bytes(dice: &mut Dice, seen: &Seen) {
    let capacity = [1, 2, 7, 64, 1024][dice.below(5) as usize];
    let (writer, reader) = pipe::bytes(capacity);
    let total = 1_000 + dice.below(40_000) as usize;
    let enough = match dice.below(2) {
        0 => total / 3,
        _ => usize::MAX,
    };
    let (here, there) = (
        Dice::new(dice.below(1 << 60)),
        Dice::new(dice.below(1 << 60)),
    );
    let (written, read) = thread::scope(|scope| {
        let writing = scope.spawn(move || write_all(writer, total, here, seen));
        let reading = scope.spawn(move || read_all(reader, enough, there, seen));
        (
            writing.join().expect("the writer does not panic"),
            reading.join().expect("the reader does not panic"),
        )
    });
    match enough {
        usize::MAX => assert_eq!((written, read), (total, total)),
        _ => assert!(enough <= read && read <= written),
    }
}

/// Writes `total` bytes, or until the reader has gone; says how many.
fn write_all(mut writer: Writer, total: usize, mut dice: Dice, seen: &Seen) -> usize {
    let _worker = Worker::enters();
    let mut place = 0;
    while place < total {
        let count = (1 + dice.below(200) as usize).min(total - place);
        let bytes = bytes_from(place, count);
        let result = match dice.below(4) {
            0 => writer.try_write(&bytes),
            1 => writer.write(&bytes),
            2 => writer.write_timeout(&bytes, a_while(&mut dice)),
            _ => granted(&mut writer, &bytes),
        };
        match result {
            Ok(count) => place += count,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                seen.cut_off();
                return place;
            }
            Err(error) => idle(error.kind(), seen),
        }
        seen.step();
    }
    place
}

/// Where nothing could be moved, for want of time.
fn idle(kind: ErrorKind, seen: &Seen) {
    match kind {
        ErrorKind::TimedOut => seen.timeout(),
        ErrorKind::WouldBlock => thread::yield_now(),
        other => panic!("{other:?}"),
    }
}

/// As much as is free in one piece.
fn granted(writer: &mut Writer, bytes: &[u8]) -> std::io::Result<usize> {
    let mut grant = writer.grant(1)?;
    let count = grant.len().min(bytes.len());
    grant[..count].copy_from_slice(&bytes[..count]);
    grant.commit(count);
    Ok(count)
}

/// Reads to the end, or until it has enough; says how many.
fn read_all(mut reader: Reader, enough: usize, mut dice: Dice, seen: &Seen) -> usize {
    let _worker = Worker::enters();
    let mut place = 0;
    let mut room = [0; 256];
    while place < enough {
        let room = &mut room[..1 + dice.below(255) as usize];
        let result = match dice.below(4) {
            0 => reader.try_read(room),
            1 => reader.read(room),
            2 => reader.read_timeout(room, a_while(&mut dice)),
            _ => in_place(&mut reader, room),
        };
        match result {
            Ok(0) => return place,
            Ok(count) => {
                assert_follows(place, &room[..count]);
                place += count;
            }
            Err(error) => idle(error.kind(), seen),
        }
        seen.step();
    }
    place
}

fn in_place(reader: &mut Reader, room: &mut [u8]) -> std::io::Result<usize> {
    let found = reader.fill_buf()?;
    let count = found.len().min(room.len());
    room[..count].copy_from_slice(&found[..count]);
    reader.consume(count);
    Ok(count)
}

/// Messages of every length, longer than the pipe too. A message that ran out of time in its middle is finished by the
/// next call.
pub fn framed(dice: &mut Dice, seen: &Seen) {
    let capacity = [16, 64, 1024][dice.below(3) as usize];
    let (sender, receiver) = pipe::framed(capacity);
    let total = 50 + dice.below(400) as usize;
    let enough = match dice.below(2) {
        0 => total / 3,
        _ => usize::MAX,
    };
    let (here, there) = (
        Dice::new(dice.below(1 << 60)),
        Dice::new(dice.below(1 << 60)),
    );
    let (sent, received) = thread::scope(|scope| {
        let sending = scope.spawn(move || send_all(sender, total, here, seen));
        let receiving = scope.spawn(move || receive_all(receiver, enough, there, seen));
        (
            sending.join().expect("the sender does not panic"),
            receiving.join().expect("the receiver does not panic"),
        )
    });
    match enough {
        usize::MAX => assert_eq!((sent, received), (total, total)),
        _ => assert!(received == enough && received <= sent + 1),
    }
}

/// The message with this number.
fn message(number: usize) -> Vec<u8> {
    bytes_from(number, byte(number) as usize * 3 / 4)
}

fn send_all(mut sender: FramedSender, total: usize, mut dice: Dice, seen: &Seen) -> usize {
    let _worker = Worker::enters();
    let mut number = 0;
    while number < total {
        let message = message(number);
        // Whether it was sent; None: there is nobody to receive it.
        let sent = match dice.below(3) {
            0 => match sender.try_send(&message) {
                Ok(()) => Some(true),
                Err(TrySendBytesError::Closed) => None,
                Err(_) => Some(false),
            },
            1 => sender.send(&message).map_or(None, |()| Some(true)),
            _ => match sender.send_timeout(&message, a_while(&mut dice)) {
                Ok(()) => Some(true),
                Err(SendBytesTimeoutError::Timeout) => {
                    seen.timeout();
                    Some(false)
                }
                Err(_) => None,
            },
        };
        match sent {
            Some(true) => number += 1,
            Some(false) => thread::yield_now(),
            None => {
                seen.cut_off();
                return number;
            }
        }
        seen.step();
    }
    number
}

fn receive_all(mut receiver: FramedReceiver, enough: usize, mut dice: Dice, seen: &Seen) -> usize {
    let _worker = Worker::enters();
    let mut number = 0;
    while number < enough {
        let received = match dice.below(3) {
            0 => receiver.try_recv().map_err(|error| match error {
                TryRecvBytesError::Empty => true,
                TryRecvBytesError::Closed => false,
                other => panic!("{other:?}"),
            }),
            1 => receiver.recv().map_err(|error| {
                assert!(error.is_closed(), "{error:?}");
                false
            }),
            _ => receiver
                .recv_timeout(a_while(&mut dice))
                .map_err(|error| match error {
                    RecvBytesTimeoutError::Timeout => {
                        seen.timeout();
                        true
                    }
                    RecvBytesTimeoutError::Closed => false,
                    other => panic!("{other:?}"),
                }),
        };
        match received {
            Ok(found) => {
                assert_eq!(found, message(number), "message {number}");
                number += 1;
            }
            Err(true) => thread::yield_now(),
            Err(false) => return number,
        }
        seen.step();
    }
    number
}
