//! Any sequence of calls on a byte pipe against a queue of bytes, and on a framed pipe against a queue of messages.
#![forbid(unsafe_code)]
#![cfg(not(any(latchless_loom, latchless_steps)))]

#[path = "waiting/tasks.rs"]
mod tasks;

use std::collections::VecDeque;
use std::io::{BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::time::Duration;

use latchless::error::{TryRecvBytesError, TrySendBytesError};
use latchless::pipe::{Reader, Writer, bytes, framed};
use proptest::collection::vec;
use proptest::prelude::*;

use tasks::poll_once;

const CASES: u32 = if cfg!(miri) { 4 } else { 100 };

#[derive(Clone, Debug)]
enum Step {
    TryWrite(usize),
    WriteInTime(usize),
    WritePieces(usize, usize),
    WriteAsync(usize),
    /// So much, of which so much is committed.
    Grant(usize, usize),
    TryRead(usize),
    ReadInTime(usize),
    ReadPieces(usize, usize),
    ReadAsync(usize),
    /// So much of what is shown is consumed.
    InPlace(usize),
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    let length = || 0..80_usize;
    prop_oneof![
        4 => length().prop_map(Step::TryWrite),
        2 => length().prop_map(Step::WriteInTime),
        2 => (length(), length()).prop_map(|(a, b)| Step::WritePieces(a, b)),
        2 => length().prop_map(Step::WriteAsync),
        4 => (length(), length()).prop_map(|(a, b)| Step::Grant(a, b)),
        4 => length().prop_map(Step::TryRead),
        2 => length().prop_map(Step::ReadInTime),
        2 => (length(), length()).prop_map(|(a, b)| Step::ReadPieces(a, b)),
        2 => length().prop_map(Step::ReadAsync),
        4 => length().prop_map(Step::InPlace),
        1 => Just(Step::Close),
    ]
}

/// A pipe and what is right.
struct Scene {
    writer: Writer,
    reader: Reader,
    inside: VecDeque<u8>,
    next: u8,
    is_closed: bool,
}

impl Scene {
    fn new(capacity: usize) -> Self {
        let (writer, reader) = bytes(capacity);
        Self {
            writer,
            reader,
            inside: VecDeque::new(),
            next: 0,
            is_closed: false,
        }
    }

    fn room(&self) -> usize {
        self.writer.capacity() - self.inside.len()
    }

    /// The next bytes, none of them like its neighbours.
    fn bytes(&self, length: usize) -> Vec<u8> {
        (0..length)
            .map(|n| self.next.wrapping_add(n as u8))
            .collect()
    }

    fn wrote(&mut self, bytes: &[u8]) {
        self.inside.extend(bytes);
        self.next = self.next.wrapping_add(bytes.len() as u8);
    }

    /// What a write of `length` bytes must say.
    fn check_write(&mut self, length: usize, said: Result<usize, ErrorKind>, refused: ErrorKind) {
        let most = length.min(self.room());
        let right = match most {
            _ if self.is_closed => Err(ErrorKind::BrokenPipe),
            0 if length > 0 => Err(refused),
            _ => Ok(most),
        };
        assert_eq!(said, right);
        if let Ok(written) = said {
            let bytes = self.bytes(written);
            self.wrote(&bytes);
        }
    }

    /// What a read of at most `into.len()` bytes must say.
    fn check_read(&mut self, into: &[u8], said: Result<usize, ErrorKind>, refused: ErrorKind) {
        let most = into.len().min(self.inside.len());
        let right = match most {
            0 if !into.is_empty() && !self.is_closed => Err(refused),
            _ => Ok(most),
        };
        assert_eq!(said, right);
        let read = said.unwrap_or(0);
        assert!(self.inside.drain(..read).eq(into[..read].iter().copied()));
    }

    fn write(&mut self, step: &Step) {
        let late = ErrorKind::TimedOut;
        match *step {
            Step::TryWrite(length) => {
                let said = self.writer.try_write(&self.bytes(length));
                self.check_write(length, said.map_err(|e| e.kind()), ErrorKind::WouldBlock);
            }
            Step::WriteInTime(length) => {
                let said = self
                    .writer
                    .write_timeout(&self.bytes(length), Duration::ZERO);
                self.check_write(length, said.map_err(|e| e.kind()), late);
            }
            Step::WritePieces(one, other) => {
                let bytes = self.bytes(one + other);
                let pieces = [IoSlice::new(&bytes[..one]), IoSlice::new(&bytes[one..])];
                self.writer.set_timeout(Some(Duration::ZERO));
                let said = self.writer.write_vectored(&pieces);
                self.check_write(one + other, said.map_err(|e| e.kind()), late);
            }
            Step::WriteAsync(length) => {
                let bytes = self.bytes(length);
                let said = match poll_once(&mut Box::pin(self.writer.write_async(&bytes))) {
                    std::task::Poll::Ready(said) => said.map_err(|e| e.kind()),
                    std::task::Poll::Pending => Err(ErrorKind::WouldBlock),
                };
                self.check_write(length, said, ErrorKind::WouldBlock);
            }
            Step::Grant(length, committed) => {
                let (room, bytes) = (self.room(), self.bytes(committed.min(length)));
                match self.writer.try_grant(length) {
                    Ok(mut grant) => {
                        assert!(length <= room && grant.len() == length);
                        grant[..bytes.len()].copy_from_slice(&bytes);
                        grant.commit(bytes.len());
                        self.wrote(&bytes);
                    }
                    Err(error) => {
                        let right = match length {
                            _ if length > self.writer.capacity() => ErrorKind::InvalidInput,
                            _ if self.is_closed => ErrorKind::BrokenPipe,
                            _ => ErrorKind::WouldBlock,
                        };
                        assert_eq!(error.kind(), right);
                        assert!(self.is_closed || length > room, "there was room");
                    }
                }
            }
            Step::Close => {
                self.writer.close();
                self.is_closed = true;
            }
            _ => {}
        }
    }

    fn read(&mut self, step: &Step) {
        let late = ErrorKind::TimedOut;
        match *step {
            Step::TryRead(length) => {
                let mut into = vec![0; length];
                let said = self.reader.try_read(&mut into);
                self.check_read(&into, said.map_err(|e| e.kind()), ErrorKind::WouldBlock);
            }
            Step::ReadInTime(length) => {
                let mut into = vec![0; length];
                self.reader.set_timeout(Some(Duration::ZERO));
                let said = self.reader.read(&mut into);
                self.check_read(&into, said.map_err(|e| e.kind()), late);
            }
            Step::ReadPieces(one, other) => {
                let mut into = vec![0; one + other];
                let (left, right) = into.split_at_mut(one);
                let mut pieces = [IoSliceMut::new(left), IoSliceMut::new(right)];
                self.reader.set_timeout(Some(Duration::ZERO));
                let said = self.reader.read_vectored(&mut pieces);
                self.check_read(&into, said.map_err(|e| e.kind()), late);
            }
            Step::ReadAsync(length) => {
                let mut into = vec![0; length];
                let said = match poll_once(&mut Box::pin(self.reader.read_async(&mut into))) {
                    std::task::Poll::Ready(said) => said.map_err(|e| e.kind()),
                    std::task::Poll::Pending => Err(ErrorKind::WouldBlock),
                };
                self.check_read(&into, said, ErrorKind::WouldBlock);
            }
            Step::InPlace(most) => match self.reader.try_fill_buf() {
                Ok(shown) => {
                    let consumed = shown.len().min(most);
                    let shown = shown[..consumed].to_vec();
                    assert!(!self.inside.is_empty() || self.is_closed);
                    self.reader.consume(consumed);
                    assert!(self.inside.drain(..consumed).eq(shown));
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    assert!(self.inside.is_empty() && !self.is_closed);
                }
            },
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn a_byte_pipe_is_a_queue_of_bytes(
        capacity in prop_oneof![Just(1), Just(2), Just(3), Just(7), Just(64)],
        steps in vec(step(), 1..100),
    ) {
        let mut scene = Scene::new(capacity);
        for step in &steps {
            scene.write(step);
            scene.read(step);
            assert_eq!(scene.writer.len(), scene.inside.len());
            assert_eq!(scene.reader.len(), scene.inside.len());
            assert_eq!(scene.reader.is_closed(), scene.is_closed);
        }
        scene.writer.close();
        let mut rest = Vec::new();
        scene.reader.read_to_end(&mut rest).expect("it never fails");
        assert!(rest == scene.inside.make_contiguous());
    }

    #[test]
    fn any_split_of_writes_and_reads_yields_the_same_bytes(
        capacity in 1_usize..40,
        sent in vec(any::<u8>(), 0..500),
        pieces in vec((1_usize..50, 1_usize..50), 1..20),
    ) {
        let (mut writer, mut reader) = bytes(capacity);
        let (mut rest, mut got) = (&sent[..], Vec::<u8>::new());
        for (write, read) in pieces.into_iter().cycle() {
            if rest.is_empty() {
                writer.close();
            } else if let Ok(written) = writer.try_write(&rest[..write.min(rest.len())]) {
                rest = &rest[written..];
            }
            let mut into = vec![0; read];
            match reader.try_read(&mut into) {
                Ok(0) => break,
                Ok(read) => got.extend(&into[..read]),
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        assert!(got == sent);
    }

    #[test]
    fn a_framed_pipe_is_a_queue_of_messages(
        capacity in prop_oneof![Just(1_usize), Just(2), Just(9), Just(64)],
        steps in vec((0_usize..4, 0_usize..70, 0_usize..70), 1..100),
    ) {
        let (mut sender, mut receiver) = framed(capacity);
        let mut inside = VecDeque::new();
        for (number, &(way, length, buffer)) in steps.iter().enumerate() {
            let message = vec![number as u8; length];
            // Each takes 8 bytes more than it has, and there are 8 more than the capacity.
            let used: usize = inside.iter().map(|message: &Vec<u8>| message.len() + 8).sum();
            let right = match length {
                _ if length > capacity => Err(TrySendBytesError::TooLong),
                _ if used + length > capacity => Err(TrySendBytesError::Full),
                _ => Ok(()),
            };
            if way % 2 == 0 {
                assert_eq!(sender.try_send(&message), right);
            } else {
                let granted = sender.try_grant(length).map(|mut grant| {
                    grant.copy_from_slice(&message);
                    grant.commit(length);
                });
                assert_eq!(granted, right);
            }
            if right.is_ok() {
                inside.push_back(message);
            }
            let first = inside.front();
            let mut into = vec![0; buffer];
            match (way, first) {
                (_, None) => assert_eq!(receiver.try_recv(), Err(TryRecvBytesError::Empty)),
                (0, Some(first)) => {
                    assert_eq!(receiver.try_recv().as_ref(), Ok(first));
                    inside.pop_front();
                }
                (1, Some(first)) if first.len() > buffer => {
                    let needed = first.len();
                    let short = Err(TryRecvBytesError::TooShort { needed });
                    assert_eq!(receiver.try_recv_into(&mut into), short);
                }
                (1, Some(first)) => {
                    assert_eq!(receiver.try_recv_into(&mut into), Ok(first.len()));
                    assert_eq!(&into[..first.len()], &first[..]);
                    inside.pop_front();
                }
                (2, Some(first)) => {
                    assert_eq!(receiver.try_recv_grant().as_deref(), Ok(&first[..]));
                    inside.pop_front();
                }
                _ => {}
            }
        }
        drop(sender);
        for message in inside {
            assert_eq!(receiver.try_recv(), Ok(message));
        }
        assert_eq!(receiver.try_recv(), Err(TryRecvBytesError::Closed));
    }

    #[test]
    fn messages_of_any_length_arrive_whole_in_any_order_of_polls(
        capacity in 1_usize..30,
        lengths in vec(0_usize..100, 1..10),
        turns in vec(0_usize..4, 1..20),
    ) {
        let (mut sender, mut receiver) = framed(capacity);
        let mut turns = turns.into_iter().cycle();
        for length in lengths {
            let message: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let mut send = Box::pin(sender.send_async(&message));
            let (mut is_sent, mut got) = (false, None);
            while !is_sent || got.is_none() {
                for _ in 0..turns.next().expect("it goes round") {
                    if !is_sent {
                        is_sent = poll_once(&mut send).is_ready();
                    }
                }
                is_sent = is_sent || poll_once(&mut send).is_ready();
                if got.is_none() {
                    got = receiver.try_recv().ok();
                }
            }
            assert_eq!(got, Some(message.clone()));
            assert_eq!(receiver.try_recv(), Err(TryRecvBytesError::Empty));
        }
    }
}
