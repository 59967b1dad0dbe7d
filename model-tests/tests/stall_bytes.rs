//! Pipes of bytes and of messages, step by step: one end is stopped for ever before each of its accesses to shared
//! memory, in every call.
//!
//! * The other end is not held up: each of its `try_` calls, and each poll and drop of a future, ends in a bounded number
//!   of its own steps, whether it was asleep before or not.
//! * A write, a grant or a message has taken effect as a whole or not at all, wherever the writer stands.
//! * When the one that was stopped goes on, nothing is lost and nothing doubled.
//!
//! Needs `--cfg latchless_steps`; without it, this file is empty.
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

#[path = "waiting/tasks.rs"]
mod tasks;

use std::io::{BufRead, ErrorKind};
use std::thread;
use std::time::Duration;

use latchless::pipe::{FramedReceiver, FramedSender, Reader, Writer, bytes, framed};
use model_tests::single_step::Reached;
use model_tests::stall::{Stop, checked};
use tasks::poll_once;

/// The most steps of a call, a poll or a drop.
const BOUND: u64 = 60;
const CAPACITY: usize = 4;

/// Releases the victim, also when an assertion fails while it stands.
struct Released<'s>(&'s Stop);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// The longest call of the others.
#[derive(Default)]
struct Worst(u64);

impl Worst {
    /// Does something within the bound.
    fn of<R>(&mut self, stop: &Stop, title: &str, act: impl FnOnce() -> R) -> R {
        let done = checked(BOUND, &[stop], act);
        assert!(!done.stalled, "{title}: held up");
        self.0 = self.0.max(done.steps);
        done.value
    }
}

/// Stops `victim` before its `at`-th step, does `meanwhile`, and lets it go on; `None` if it has ended before.
fn while_stopped<V: Send>(
    at: u64,
    victim: impl FnOnce() -> V + Send,
    meanwhile: impl FnOnce(&Stop),
) -> Option<V> {
    let stop = &Stop::before(at);
    thread::scope(|scope| {
        let released = Released(stop);
        let runs = scope.spawn(|| stop.run(victim));
        let reached = stop.wait();
        if reached == Reached::Stop {
            meanwhile(stop);
        }
        drop(released);
        let value = runs.join().expect("the victim does not panic");
        (reached == Reached::Stop).then_some(value)
    })
}

#[derive(Clone, Copy, Debug)]
enum Writes {
    Try,
    Grant,
    Abort,
    /// Polls a write, and drops it.
    Async,
    Timed,
    Close,
    Drop,
}

impl Writes {
    const ALL: [Self; 7] = {
        use Writes::{Abort, Async, Close, Drop, Grant, Timed, Try};
        [Try, Grant, Abort, Async, Timed, Close, Drop]
    };

    /// Writes `[8, 9]`, or a part; how many bytes it wrote.
    fn perform(self, mut writer: Writer) -> (usize, Option<Writer>) {
        let bytes = [8, 9];
        let written = match self {
            Self::Try => writer.try_write(&bytes).unwrap_or(0),
            Self::Grant => match writer.try_grant(2) {
                Ok(mut grant) => {
                    grant.copy_from_slice(&bytes);
                    grant.commit(2);
                    2
                }
                Err(_) => 0,
            },
            Self::Abort => writer.try_grant(2).map_or(0, |mut grant| {
                grant.fill(7);
                0
            }),
            Self::Async => match poll_once(&mut Box::pin(writer.write_async(&bytes))) {
                std::task::Poll::Ready(written) => written.unwrap_or(0),
                std::task::Poll::Pending => 0,
            },
            Self::Timed => {
                let short = Duration::from_micros(50);
                writer.write_timeout(&bytes, short).unwrap_or(0)
            }
            Self::Close => {
                writer.close();
                0
            }
            Self::Drop => return (0, None),
        };
        (written, Some(writer))
    }
}

/// What a reader that is not held up finds: all that was inside, and all of what the victim writes, or nothing of it.
fn reader_goes_on(act: Writes, at: u64, filled: u8, asleep: bool, worst: &mut Worst) -> bool {
    let title = format!("{act:?} before step {at}, {filled} inside, asleep: {asleep}");
    let (mut writer, mut reader) = bytes(CAPACITY);
    let inside: Vec<u8> = (0..filled).collect();
    assert_eq!(writer.try_write(&inside).ok(), Some(inside.len()));
    let (mut buffer, mut got) = ([0; 1], Vec::new());
    let mut sleeper = Box::pin(reader.read_async(&mut buffer));
    if asleep {
        assert!(poll_once(&mut sleeper).is_pending());
    }
    let mut end = None;
    let ended = while_stopped(
        at,
        || act.perform(writer),
        |stop| {
            worst.of(stop, &title, || drop(sleeper));
            worst.of(stop, &title, || (reader.len(), reader.is_closed()));
            let mut into = [0; 8];
            let read = worst.of(stop, &title, || reader.try_read(&mut into));
            let read = read.unwrap_or(0);
            got.extend(&into[..read]);
            let (few, all) = (inside.len(), (inside.len() + 2).min(CAPACITY));
            assert!(read == few || read == all, "{title}: {read} were read");
            for _ in 0..2 {
                worst.of(stop, &title, || {
                    drop(reader.try_fill_buf().map(<[u8]>::len))
                });
                worst.of(stop, &title, || {
                    drop(reader.read_timeout(&mut [], Duration::ZERO))
                });
                let polled = worst.of(stop, &title, || {
                    let mut into = [0];
                    let read = poll_once(&mut Box::pin(reader.read_async(&mut into)));
                    (read.is_ready(), into)
                });
                if let (true, [byte @ 1..]) = polled {
                    got.push(byte);
                }
            }
            end = Some(reader);
        },
    );
    let Some((written, writer)) = ended else {
        return false;
    };
    drop(writer);
    let mut reader = end.expect("it was stopped");
    while let Ok(rest @ [_, ..]) = reader.try_fill_buf() {
        got.extend(rest);
        let length = rest.len();
        reader.consume(length);
    }
    let expected: Vec<u8> = inside
        .into_iter()
        .chain([8, 9].into_iter().take(written))
        .collect();
    assert_eq!(got, expected, "{title}");
    true
}

#[test]
fn a_writer_that_is_stopped_never_holds_up_the_reader() {
    let (mut stops, mut worst) = (0, Worst::default());
    for act in Writes::ALL {
        for (filled, asleep) in [(0, false), (0, true), (1, false), (3, false), (4, false)] {
            let more = |&at: &u64| reader_goes_on(act, at, filled, asleep, &mut worst);
            stops += (1..).take_while(more).count();
        }
    }
    println!(
        "bytes, writer stopped: swept {stops} stops, worst op {} steps",
        worst.0
    );
    assert!(stops > 150, "the sweep was cut short: {stops}");
}

#[derive(Clone, Copy, Debug)]
enum Reads {
    Try,
    InPlace,
    /// Polls a read, and drops it.
    Async,
    Timed,
    Drop,
}

impl Reads {
    const ALL: [Self; 5] = {
        use Reads::{Async, Drop, InPlace, Timed, Try};
        [Try, InPlace, Async, Timed, Drop]
    };

    /// Reads at most two bytes.
    fn perform(self, mut reader: Reader) -> (Vec<u8>, Option<Reader>) {
        let mut into = [0; 2];
        let read = match self {
            Self::Try => reader.try_read(&mut into).unwrap_or(0),
            Self::InPlace => {
                let length = match reader.try_fill_buf() {
                    Ok(shown) => {
                        let length = shown.len().min(2);
                        into[..length].copy_from_slice(&shown[..length]);
                        length
                    }
                    Err(_) => 0,
                };
                reader.consume(length);
                length
            }
            Self::Async => match poll_once(&mut Box::pin(reader.read_async(&mut into))) {
                std::task::Poll::Ready(read) => read.unwrap_or(0),
                std::task::Poll::Pending => 0,
            },
            Self::Timed => {
                let short = Duration::from_micros(50);
                reader.read_timeout(&mut into, short).unwrap_or(0)
            }
            Self::Drop => return (Vec::new(), None),
        };
        (into[..read].to_vec(), Some(reader))
    }
}

fn writer_goes_on(act: Reads, at: u64, filled: u8, asleep: bool, worst: &mut Worst) -> bool {
    let title = format!("{act:?} before step {at}, {filled} inside, asleep: {asleep}");
    let (mut writer, reader) = bytes(CAPACITY);
    let mut sent: Vec<u8> = (0..filled).collect();
    assert_eq!(writer.try_write(&sent).ok(), Some(sent.len()));
    let mut sleeper = Box::pin(writer.write_async(&[7]));
    if asleep {
        assert!(poll_once(&mut sleeper).is_pending());
    }
    let ended = while_stopped(
        at,
        || act.perform(reader),
        |stop| {
            worst.of(stop, &title, || drop(sleeper));
            worst.of(stop, &title, || (writer.len(), writer.is_closed()));
            for byte in [11, 12] {
                let written = worst.of(stop, &title, || writer.try_write(&[byte]));
                match written {
                    Ok(written) => sent.extend([byte].iter().take(written)),
                    Err(error) => assert!(
                        matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::BrokenPipe),
                        "{title}: {error}"
                    ),
                }
                let granted = worst.of(stop, &title, || {
                    writer.try_grant(1).map(|mut grant| {
                        grant.fill(byte);
                        grant.commit(1);
                    })
                });
                if granted.is_ok() {
                    sent.push(byte);
                }
                let polled = worst.of(stop, &title, || {
                    let mut write = Box::pin(writer.write_async(&[7]));
                    matches!(poll_once(&mut write), std::task::Poll::Ready(Ok(1)))
                });
                if polled {
                    sent.push(7);
                }
                worst.of(stop, &title, || {
                    drop(writer.write_timeout(&[], Duration::ZERO))
                });
            }
            worst.of(stop, &title, || writer.close());
        },
    );
    let Some((mut got, reader)) = ended else {
        return false;
    };
    let Some(mut reader) = reader else {
        return true;
    };
    while let Ok(rest @ [_, ..]) = reader.try_fill_buf() {
        got.extend(rest);
        let length = rest.len();
        reader.consume(length);
    }
    assert_eq!(got, sent, "{title}");
    true
}

#[test]
fn a_reader_that_is_stopped_never_holds_up_the_writer() {
    let (mut stops, mut worst) = (0, Worst::default());
    for act in Reads::ALL {
        for (filled, asleep) in [(0, false), (1, false), (3, false), (4, false), (4, true)] {
            let more = |&at: &u64| writer_goes_on(act, at, filled, asleep, &mut worst);
            stops += (1..).take_while(more).count();
        }
    }
    println!(
        "bytes, reader stopped: swept {stops} stops, worst op {} steps",
        worst.0
    );
    assert!(stops > 100, "the sweep was cut short: {stops}");
}

/// Sends a message as a whole, or the first part of one that is too long.
fn send(mut sender: FramedSender, length: usize) -> FramedSender {
    let _ = sender.send_timeout(&[9; 40][..length], Duration::ZERO);
    sender
}

fn receiver_goes_on(length: usize, at: u64, inside: usize, worst: &mut Worst) -> bool {
    let title = format!("a message of {length} before step {at}, {inside} inside");
    let (mut sender, mut receiver) = framed(16);
    for _ in 0..inside {
        assert_eq!(sender.try_send(&[1]), Ok(()));
    }
    let mut got = Vec::new();
    let ended = while_stopped(
        at,
        || send(sender, length),
        |stop| {
            for _ in 0..3 {
                let received = worst.of(stop, &title, || receiver.try_recv());
                got.extend(received);
                let polled = worst.of(stop, &title, || {
                    let mut receive = Box::pin(receiver.recv_async());
                    poll_once(&mut receive)
                });
                if let std::task::Poll::Ready(Ok(message)) = polled {
                    got.push(message);
                }
            }
        },
    );
    if ended.is_none() {
        return false;
    }
    drop(ended);
    got.extend(std::iter::from_fn(|| receiver.try_recv().ok()));
    let mut expected = vec![vec![1]; inside];
    // What did not fit was given up.
    if length <= 16 && got.len() > inside {
        expected.push(vec![9; length]);
    }
    assert_eq!(got, expected, "{title}");
    true
}

#[test]
fn a_sender_that_is_stopped_never_holds_up_the_receiver() {
    let (mut stops, mut worst) = (0, Worst::default());
    for length in [0, 3, 16, 40] {
        for inside in 0..=2 {
            let more = |&at: &u64| receiver_goes_on(length, at, inside, &mut worst);
            stops += (1..).take_while(more).count();
        }
    }
    println!(
        "messages, sender stopped: swept {stops} stops, worst op {} steps",
        worst.0
    );
    assert!(stops > 40, "the sweep was cut short: {stops}");
}

/// Receives a message, and gives the receiver back.
fn receive(mut receiver: FramedReceiver, in_place: bool) -> (bool, FramedReceiver) {
    let received = if in_place {
        receiver
            .try_recv_grant()
            .is_ok_and(|message| *message == [1])
    } else {
        receiver.try_recv_into(&mut [0; 4]) == Ok(1)
    };
    (received, receiver)
}

#[test]
fn a_receiver_that_is_stopped_never_holds_up_the_sender() {
    let (mut stops, mut worst) = (0, Worst::default());
    for (inside, in_place) in (0..=2).flat_map(|inside| [(inside, false), (inside, true)]) {
        for at in 1.. {
            let title =
                format!("receiving before step {at}, {inside} inside, in place: {in_place}");
            let (mut sender, receiver) = framed(12);
            for _ in 0..inside {
                assert_eq!(sender.try_send(&[1]), Ok(()));
            }
            let mut sent = inside;
            let ended = while_stopped(
                at,
                || receive(receiver, in_place),
                |stop| {
                    for _ in 0..3 {
                        let now = worst.of(stop, &title, || sender.try_send(&[1]));
                        sent += usize::from(now.is_ok());
                        worst.of(stop, &title, || {
                            drop(sender.send_timeout(&[1; 40], Duration::ZERO))
                        });
                    }
                },
            );
            let Some((received, mut receiver)) = ended else {
                break;
            };
            let rest = std::iter::from_fn(|| receiver.try_recv().ok()).count();
            assert_eq!(rest + usize::from(received), sent, "{title}");
            stops += 1;
        }
    }
    println!(
        "messages, receiver stopped: swept {stops} stops, worst op {} steps",
        worst.0
    );
    assert!(stops > 10, "the sweep was cut short: {stops}");
}

/// Where there is something to be had, a call takes a handful of steps: wait-free.
#[test]
fn a_call_that_need_not_wait_takes_a_handful_of_steps() {
    let (mut writer, mut reader) = bytes(CAPACITY);
    for _ in 0..20 {
        // Whether the reader is there, the head if it looked full, the tail, the fence, the look for waiters.
        let write = checked(5, &[], || writer.try_write(&[1, 2, 3]));
        assert!(!write.stalled && write.value.is_ok());
        // The tail and the jump, the head, the fence, the look for waiters.
        let read = checked(5, &[], || reader.try_read(&mut [0; 3]));
        assert!(!read.stalled && read.value.is_ok());
    }
}
