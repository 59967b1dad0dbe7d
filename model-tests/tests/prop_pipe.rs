//! Every call of a pipe in any order, against a queue of the standard library: the same values in the same order, the same
//! lengths, Full, Empty and Closed exactly, and each value dropped once.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

use latchless::error::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use latchless::pipe::{Receiver, Sender, oneway};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Send(Form),
    Recv(Form),
    SendSlice(usize, Form),
    RecvSlice(usize, Form),
    WriteChunk {
        max: usize,
        written: usize,
        commits: bool,
    },
    ReadChunk {
        max: usize,
        taken: usize,
        skips: bool,
    },
    Look,
}

/// None of them waits.
#[derive(Clone, Copy, Debug)]
enum Form {
    Try,
    Timeout,
    Deadline,
}

fn form() -> impl Strategy<Value = Form> {
    prop_oneof![Just(Form::Try), Just(Form::Timeout), Just(Form::Deadline)]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let count = 0..6_usize;
    let step = prop_oneof![
        6 => form().prop_map(Step::Send),
        5 => form().prop_map(Step::Recv),
        3 => (count.clone(), form()).prop_map(|(n, form)| Step::SendSlice(n, form)),
        3 => (count.clone(), form()).prop_map(|(n, form)| Step::RecvSlice(n, form)),
        2 => (count.clone(), count.clone(), any::<bool>())
            .prop_map(|(max, written, commits)| Step::WriteChunk { max, written, commits }),
        2 => (count.clone(), count, any::<bool>())
            .prop_map(|(max, taken, skips)| Step::ReadChunk { max, taken, skips }),
        1 => Just(Step::Look),
    ];
    prop::collection::vec(step, 0..120)
}

/// A pipe, and what must be in it.
struct Machine {
    sender: Sender<u32>,
    receiver: Receiver<u32>,
    expected: VecDeque<u32>,
    next: u32,
    capacity: usize,
}

impl Machine {
    fn room(&self) -> usize {
        self.capacity - self.expected.len()
    }

    fn fresh(&mut self, count: usize) -> Vec<u32> {
        let first = self.next;
        self.next += count as u32;
        (first..self.next).collect()
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Send(form) => self.send(form),
            Step::Recv(form) => self.recv(form),
            Step::SendSlice(count, form) => self.send_slice(count, form),
            Step::RecvSlice(count, form) => self.recv_slice(count, form),
            Step::WriteChunk {
                max,
                written,
                commits,
            } => self.write_chunk(max, written, commits),
            Step::ReadChunk { max, taken, skips } => self.read_chunk(max, taken, skips),
            Step::Look => {}
        }
        self.look();
    }

    fn send(&mut self, form: Form) {
        let value = self.fresh(1)[0];
        let has_room = self.room() > 0;
        let refused = match form {
            Form::Try => match self.sender.try_send(value) {
                Ok(()) => None,
                Err(TrySendError::Full(back)) => Some(back),
                Err(TrySendError::Closed(_)) => panic!("it is open"),
            },
            Form::Timeout | Form::Deadline => {
                let sent = if matches!(form, Form::Timeout) {
                    self.sender.send_timeout(value, Duration::ZERO)
                } else {
                    self.sender.send_deadline(value, Instant::now())
                };
                match sent {
                    Ok(()) => None,
                    Err(SendTimeoutError::Timeout(back)) => Some(back),
                    Err(SendTimeoutError::Closed(_)) => panic!("it is open"),
                }
            }
        };
        assert_eq!(refused, (!has_room).then_some(value));
        if has_room {
            self.expected.push_back(value);
        }
    }

    fn recv(&mut self, form: Form) {
        let received = match form {
            Form::Try => self.receiver.try_recv().map_err(|error| {
                assert_eq!(error, TryRecvError::Empty);
            }),
            Form::Timeout => self.receiver.recv_timeout(Duration::ZERO).map_err(|error| {
                assert_eq!(error, RecvTimeoutError::Timeout);
            }),
            Form::Deadline => self
                .receiver
                .recv_deadline(Instant::now())
                .map_err(|error| {
                    assert_eq!(error, RecvTimeoutError::Timeout);
                }),
        };
        assert_eq!(received.ok(), self.expected.pop_front());
    }

    fn send_slice(&mut self, count: usize, form: Form) {
        let values = self.fresh(count);
        let mut rest = &values[..];
        let all = match form {
            Form::Try => self.sender.try_send_slice(&mut rest).is_ok(),
            Form::Timeout => (self.sender.send_slice_timeout(&mut rest, Duration::ZERO)).is_ok(),
            Form::Deadline => (self.sender.send_slice_deadline(&mut rest, Instant::now())).is_ok(),
        };
        let sent = count.min(self.room());
        assert_eq!((all, rest), (sent == count, &values[sent..]));
        self.expected.extend(&values[..sent]);
    }

    fn recv_slice(&mut self, count: usize, form: Form) {
        let mut values = vec![u32::MAX; count];
        let received = match form {
            Form::Try => self.receiver.try_recv_slice(&mut values).ok(),
            Form::Timeout => (self
                .receiver
                .recv_slice_timeout(&mut values, Duration::ZERO))
            .ok(),
            Form::Deadline => (self
                .receiver
                .recv_slice_deadline(&mut values, Instant::now()))
            .ok(),
        };
        let there = count.min(self.expected.len());
        let expected = (count == 0 || there > 0).then_some(there);
        assert_eq!(received, expected);
        assert!(self.expected.drain(..there).eq(values.drain(..there)));
        assert!(
            values.iter().all(|&value| value == u32::MAX),
            "written beyond"
        );
    }

    fn write_chunk(&mut self, max: usize, written: usize, commits: bool) {
        let values = self.fresh(written);
        let room = self.room();
        let Ok(mut chunk) = self.sender.try_write_chunk(max) else {
            assert!(room == 0 && max > 0);
            return;
        };
        assert_eq!(chunk.capacity(), max.min(room));
        let (one, other) = chunk.rest_mut();
        assert_eq!(one.len() + other.len(), max.min(room));
        let fit = written.min(max.min(room));
        let (first, rest) = values.split_at(written / 2);
        let mut wrote = chunk.extend_from_slice(first);
        for &value in rest {
            wrote += usize::from(chunk.push(value).is_ok());
        }
        assert_eq!((wrote, chunk.len()), (fit, fit));
        if commits {
            chunk.commit();
            self.expected.extend(&values[..fit]);
        }
    }

    fn read_chunk(&mut self, max: usize, taken: usize, skips: bool) {
        let Ok(mut chunk) = self.receiver.try_read_chunk(max) else {
            assert!(self.expected.is_empty());
            return;
        };
        let len = chunk.len();
        assert!(len <= max.min(self.expected.len()) && (len > 0 || max == 0));
        let (one, other) = chunk.as_slices();
        assert!(one.iter().chain(other).eq(self.expected.iter().take(len)));
        let taken = taken.min(len);
        if skips {
            chunk.skip_first(taken);
            self.expected.drain(..taken);
        } else {
            assert!(chunk.by_ref().take(taken).eq(self.expected.drain(..taken)));
        }
        assert_eq!(chunk.len(), len - taken);
    }

    /// All that can be asked, at both ends.
    fn look(&mut self) {
        let len = self.expected.len();
        let (is_empty, is_full) = (len == 0, len == self.capacity);
        let Self {
            sender, receiver, ..
        } = self;
        assert_eq!((sender.len(), receiver.len()), (len, len));
        assert_eq!(
            (sender.is_empty(), receiver.is_empty()),
            (is_empty, is_empty)
        );
        assert_eq!((sender.is_full(), receiver.is_full()), (is_full, is_full));
        assert_eq!(sender.try_wait_writable().is_err(), is_full);
        assert_eq!(receiver.try_wait_readable().is_err(), is_empty);
        assert!(!sender.is_closed() && !receiver.is_closed());
        assert_eq!(
            (sender.capacity(), receiver.capacity()),
            (self.capacity, self.capacity)
        );
    }
}

/// Counts itself among the living.
struct Counted(Rc<Cell<usize>>);

impl Counted {
    fn new(alive: &Rc<Cell<usize>>) -> Self {
        alive.set(alive.get() + 1);
        Self(Rc::clone(alive))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let left = self.0.get().checked_sub(1);
        self.0.set(left.expect("more are dropped than were made"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn a_pipe_does_what_a_queue_does(
        capacity in prop::sample::select(vec![1_usize, 2, 3, 4, 7, 8]),
        steps in steps(),
        sender_goes_first in any::<bool>(),
    ) {
        let (sender, receiver) = oneway(capacity);
        let mut machine = Machine { sender, receiver, expected: VecDeque::new(), next: 0, capacity };
        for step in steps {
            machine.run(step);
        }
        let Machine { mut sender, mut receiver, mut expected, .. } = machine;
        if sender_goes_first {
            drop(sender);
            assert!(receiver.is_closed());
            while let Some(value) = expected.pop_front() {
                assert_eq!(receiver.recv(), Ok(value));
            }
            assert!(receiver.recv().is_err() && receiver.wait_readable().is_err());
        } else {
            drop(receiver);
            assert!(sender.is_closed());
            let mut rest = &[1, 2][..];
            assert!(sender.send_slice(&mut rest).is_err() && rest.len() == 2);
            assert_eq!(sender.send(9).unwrap_err().into_inner(), 9);
            assert!(sender.wait_writable().is_err());
        }
    }

    #[test]
    fn each_value_is_dropped_once(
        capacity in 1..5_usize,
        steps in prop::collection::vec((0..6_u8, 0..5_usize), 0..60),
    ) {
        let alive: Rc<Cell<usize>> = Rc::default();
        let (mut sender, mut receiver) = oneway(capacity);
        let mut inside: usize = 0;
        for (what, count) in steps {
            match what {
                0 => inside += usize::from(sender.try_send(Counted::new(&alive)).is_ok()),
                1 => inside -= usize::from(receiver.try_recv().is_ok()),
                2 => {
                    let mut many = (0..count).map(|_| Counted::new(&alive)).collect();
                    inside += sender.try_send_many(&mut many);
                    assert_eq!(alive.get(), inside + many.len());
                }
                3 => {
                    let mut many = Vec::new();
                    inside -= receiver.try_recv_many(&mut many, count);
                    assert_eq!(alive.get(), inside + many.len());
                }
                4 => {
                    // One that is not committed drops what was written.
                    if let Ok(mut chunk) = sender.try_write_chunk(count) {
                        let _ = chunk.push(Counted::new(&alive));
                    }
                }
                _ => {
                    if let Ok(mut chunk) = receiver.try_read_chunk(count) {
                        let some = chunk.len() / 2;
                        inside -= some;
                        chunk.skip_first(some);
                    }
                }
            }
            assert_eq!(alive.get(), inside);
            assert_eq!((sender.len(), receiver.len()), (inside, inside));
        }
        if capacity % 2 == 0 {
            drop(receiver);
            assert_eq!(alive.get(), 0, "the receiver drops what is inside");
            drop(sender);
        } else {
            drop((sender, receiver));
        }
        assert_eq!(alive.get(), 0);
    }
}
