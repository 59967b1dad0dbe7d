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
use std::task::Poll;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use latchless::pipe::{FramedReceiver, FramedSender, Reader, Writer, bytes, framed};
use model_tests::single_step::Reached;
use model_tests::stall::{Stop, checked};
use tasks::poll_once;

/// The most steps of a call, which may wake the other, of a poll or a drop.
const BOUND: u64 = 200;
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

/// Runs `victim` on a thread of its own until it stands before its stop; `None` if it has ended before.
fn stopped<'s, V: Send + 's>(
    scope: &'s Scope<'s, '_>,
    stop: &'s Stop,
    victim: impl FnOnce() -> V + Send + 's,
) -> Option<ScopedJoinHandle<'s, V>> {
    let runs = scope.spawn(|| stop.run(victim));
    (stop.wait() == Reached::Stop).then_some(runs)
}

/// Lets it go on, to its end.
fn go_on<V>(victim: ScopedJoinHandle<'_, V>, stop: &Stop) -> V {
    stop.release();
    victim.join().expect("the victim does not panic")
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
                Poll::Ready(written) => written.unwrap_or(0),
                Poll::Pending => 0,
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

/// All that is still inside.
fn rest_of(reader: &mut Reader) -> Vec<u8> {
    let mut got = Vec::new();
    while let Ok(rest @ [_, ..]) = reader.try_fill_buf() {
        got.extend(rest);
        let length = rest.len();
        reader.consume(length);
    }
    got
}

/// What a reader that is not held up finds: all that was inside, and all of what the victim writes, or nothing of it.
fn reader_goes_on(act: Writes, at: u64, filled: u8, asleep: bool, worst: &mut Worst) -> bool {
    let title = format!("{act:?} before step {at}, {filled} inside, asleep: {asleep}");
    let (mut writer, mut reader) = bytes(CAPACITY);
    let inside: Vec<u8> = (0..filled).collect();
    assert_eq!(writer.try_write(&inside).ok(), Some(inside.len()));
    let stop = &Stop::before(at);
    thread::scope(|scope| {
        let _released = Released(stop);
        let mut buffer = [0];
        let mut sleeper = Box::pin(reader.read_async(&mut buffer));
        if asleep {
            assert!(poll_once(&mut sleeper).is_pending());
        }
        let Some(victim) = stopped(scope, stop, || act.perform(writer)) else {
            return false;
        };
        worst.of(stop, &title, || drop(sleeper));
        worst.of(stop, &title, || (reader.len(), reader.is_closed()));
        let mut into = [0; 8];
        let read = worst.of(stop, &title, || reader.try_read(&mut into));
        let read = read.unwrap_or(0);
        let mut got = into[..read].to_vec();
        let (few, all) = (inside.len(), (inside.len() + 2).min(CAPACITY));
        assert!(read == few || read == all, "{title}: {read} were read");
        for _ in 0..2 {
            worst.of(stop, &title, || {
                drop(reader.try_fill_buf().map(<[u8]>::len))
            });
            worst.of(stop, &title, || {
                drop(reader.read_timeout(&mut [], Duration::ZERO))
            });
            let mut into = [0];
            let polled = worst.of(stop, &title, || {
                poll_once(&mut Box::pin(reader.read_async(&mut into)))
            });
            if let Poll::Ready(Ok(1)) = polled {
                got.extend(into);
            }
        }
        let (written, writer) = go_on(victim, stop);
        drop(writer);
        got.extend(rest_of(&mut reader));
        let expected: Vec<u8> = inside
            .into_iter()
            .chain([8, 9].into_iter().take(written))
            .collect();
        assert_eq!(got, expected, "{title}");
        true
    })
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
                Poll::Ready(read) => read.unwrap_or(0),
                Poll::Pending => 0,
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
    let stop = &Stop::before(at);
    thread::scope(|scope| {
        let _released = Released(stop);
        let mut sleeper = Box::pin(writer.write_async(&[7]));
        if asleep {
            assert!(poll_once(&mut sleeper).is_pending());
        }
        let Some(victim) = stopped(scope, stop, || act.perform(reader)) else {
            return false;
        };
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
            sent.extend(granted.iter().map(|()| byte));
            let polled = worst.of(stop, &title, || {
                poll_once(&mut Box::pin(writer.write_async(&[7])))
            });
            if let Poll::Ready(Ok(1)) = polled {
                sent.push(7);
            }
            worst.of(stop, &title, || {
                drop(writer.write_timeout(&[], Duration::ZERO))
            });
        }
        worst.of(stop, &title, || writer.close());
        let (mut got, reader) = go_on(victim, stop);
        if let Some(mut reader) = reader {
            got.extend(rest_of(&mut reader));
            assert_eq!(got, sent, "{title}");
        }
        true
    })
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

/// Sends a message as a whole, or the first parts of one that is too long; whether it was sent.
fn send(mut sender: FramedSender, length: usize) -> (bool, FramedSender) {
    let sent = sender.send_timeout(&[9; 40][..length], Duration::ZERO);
    (sent.is_ok(), sender)
}

fn receiver_goes_on(length: usize, at: u64, inside: usize, worst: &mut Worst) -> bool {
    let title = format!("a message of {length} before step {at}, {inside} inside");
    let (mut sender, mut receiver) = framed(16);
    for _ in 0..inside {
        assert_eq!(sender.try_send(&[1]), Ok(()));
    }
    let stop = &Stop::before(at);
    thread::scope(|scope| {
        let _released = Released(stop);
        let Some(victim) = stopped(scope, stop, || send(sender, length)) else {
            return false;
        };
        let mut got = Vec::new();
        for _ in 0..3 {
            got.extend(worst.of(stop, &title, || receiver.try_recv()));
            let polled = worst.of(stop, &title, || {
                poll_once(&mut Box::pin(receiver.recv_async()))
            });
            if let Poll::Ready(Ok(message)) = polled {
                got.push(message);
            }
        }
        let sent = go_on(victim, stop).0;
        got.extend(std::iter::from_fn(|| receiver.try_recv().ok()));
        let mut expected = vec![vec![1]; inside];
        if sent {
            expected.push(vec![9; length]);
        }
        assert_eq!(got, expected, "{title}");
        true
    })
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

fn sender_goes_on(in_place: bool, at: u64, inside: usize, worst: &mut Worst) -> bool {
    let title = format!("receiving before step {at}, {inside} inside, in place: {in_place}");
    let (mut sender, receiver) = framed(12);
    for _ in 0..inside {
        assert_eq!(sender.try_send(&[1]), Ok(()));
    }
    let stop = &Stop::before(at);
    thread::scope(|scope| {
        let _released = Released(stop);
        let Some(victim) = stopped(scope, stop, || receive(receiver, in_place)) else {
            return false;
        };
        let mut sent = inside;
        for _ in 0..3 {
            let now = worst.of(stop, &title, || sender.try_send(&[1]));
            sent += usize::from(now.is_ok());
            worst.of(stop, &title, || {
                sender.send_timeout(&[1; 40], Duration::ZERO).is_ok()
            });
        }
        let (received, mut receiver) = go_on(victim, stop);
        let rest = std::iter::from_fn(|| receiver.try_recv().ok()).count();
        assert_eq!(rest + usize::from(received), sent, "{title}");
        true
    })
}

#[test]
fn a_receiver_that_is_stopped_never_holds_up_the_sender() {
    let (mut stops, mut worst) = (0, Worst::default());
    for in_place in [false, true] {
        for inside in 0..=2 {
            let more = |&at: &u64| sender_goes_on(in_place, at, inside, &mut worst);
            stops += (1..).take_while(more).count();
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
