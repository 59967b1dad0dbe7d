//! Every call on a channel in every order, by one thread, against a sequential model: a `VecDeque`, the counts of the
//! ends and whether it is closed. Ends are cloned, dropped, weakened and upgraded; each message is dropped once.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

#[path = "prop_bounded/item.rs"]
#[allow(dead_code, reason = "items of some shapes are for other tests")]
mod item;

use std::collections::VecDeque;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use item::{Boxed, Empty, Item, alive, clear_ledger};
use latchless::channel::{Receiver, Sender, WeakReceiver, WeakSender, bounded, unbounded};
use latchless::error::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use proptest::prelude::*;

/// The form of a call; none of them waits here.
#[derive(Clone, Copy, Debug)]
enum Form {
    Try,
    Timeout,
    Deadline,
    /// A future that is polled once and dropped if it is not ready.
    Polled,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Send(Form),
    Recv(Form),
    SendMany(usize),
    RecvMany(usize),
    Drain(usize),
    CloneSender,
    CloneReceiver,
    DropSender,
    DropReceiver,
    UpgradeSender,
    UpgradeReceiver,
    Shrink,
    CloseBySender,
    CloseByReceiver,
    Ask,
}

fn form() -> impl Strategy<Value = Form> {
    prop::sample::select(vec![Form::Try, Form::Timeout, Form::Deadline, Form::Polled])
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        14 => form().prop_map(Step::Send),
        10 => form().prop_map(Step::Recv),
        3 => (0..6_usize).prop_map(Step::SendMany),
        3 => (0..6_usize).prop_map(Step::RecvMany),
        2 => (0..6_usize).prop_map(Step::Drain),
        2 => Just(Step::CloneSender),
        2 => Just(Step::CloneReceiver),
        2 => Just(Step::DropSender),
        2 => Just(Step::DropReceiver),
        2 => Just(Step::UpgradeSender),
        2 => Just(Step::UpgradeReceiver),
        1 => Just(Step::Shrink),
        3 => Just(Step::Ask),
    ];
    let close = prop_oneof![
        4 => Just(vec![]),
        1 => Just(vec![Step::CloseBySender]),
        1 => Just(vec![Step::CloseByReceiver]),
    ];
    (
        prop::collection::vec(step.clone(), 0..80),
        close,
        prop::collection::vec(step, 0..30),
    )
        .prop_map(|(before, close, after)| [before, close, after].concat())
}

/// How a send ends.
#[derive(Debug, PartialEq, Eq)]
enum Sent {
    Inside,
    Full,
    Closed,
}

/// What the channel should be.
#[derive(Debug)]
struct Spec {
    /// None: without bound.
    capacity: Option<usize>,
    messages: VecDeque<u64>,
    is_closed: bool,
}

impl Spec {
    fn send(&mut self, id: u64) -> Sent {
        if self.is_closed {
            Sent::Closed
        } else if Some(self.messages.len()) == self.capacity {
            Sent::Full
        } else {
            self.messages.push_back(id);
            Sent::Inside
        }
    }

    fn recv(&mut self) -> Result<u64, TryRecvError> {
        self.messages.pop_front().ok_or(if self.is_closed {
            TryRecvError::Closed
        } else {
            TryRecvError::Empty
        })
    }
}

struct Machine<T> {
    senders: Vec<Sender<T>>,
    receivers: Vec<Receiver<T>>,
    weak: (WeakSender<T>, WeakReceiver<T>),
    spec: Spec,
    next_id: u64,
}

/// Polls a future once; drops it if it is not ready.
fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

fn timed_send<T>(sent: Result<(), SendTimeoutError<T>>) -> (Sent, Option<T>) {
    match sent {
        Ok(()) => (Sent::Inside, None),
        Err(SendTimeoutError::Timeout(back)) => (Sent::Full, Some(back)),
        Err(SendTimeoutError::Closed(back)) => (Sent::Closed, Some(back)),
    }
}

fn timed_recv<T>(received: Result<T, RecvTimeoutError>) -> Result<T, TryRecvError> {
    received.map_err(|error| match error {
        RecvTimeoutError::Timeout => TryRecvError::Empty,
        RecvTimeoutError::Closed => TryRecvError::Closed,
    })
}

impl<T: Item> Machine<T> {
    fn new(capacity: Option<usize>) -> Self {
        let (sender, receiver) = capacity.map_or_else(unbounded, bounded);
        Machine {
            weak: (sender.downgrade(), receiver.downgrade()),
            senders: vec![sender],
            receivers: vec![receiver],
            spec: Spec {
                capacity,
                messages: VecDeque::new(),
                is_closed: false,
            },
            next_id: 0,
        }
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Send(form) => self.send(form),
            Step::Recv(form) => self.recv(form),
            Step::SendMany(count) => self.send_many(count),
            Step::RecvMany(max) => self.recv_many(max),
            Step::Drain(count) => self.drain(count),
            Step::CloneSender => self.senders.extend(self.senders.last().cloned()),
            Step::CloneReceiver => self.receivers.extend(self.receivers.last().cloned()),
            Step::DropSender => self.drop_sender(),
            Step::DropReceiver => self.drop_receiver(),
            Step::UpgradeSender => {
                let again = self.weak.0.upgrade();
                assert_eq!(again.is_some(), !self.senders.is_empty());
                self.senders.extend(again);
            }
            Step::UpgradeReceiver => {
                let again = self.weak.1.upgrade();
                assert_eq!(again.is_some(), !self.receivers.is_empty());
                self.receivers.extend(again);
            }
            Step::CloseBySender => self.close(|machine| Some(machine.senders.last()?.close())),
            Step::CloseByReceiver => self.close(|machine| Some(machine.receivers.last()?.close())),
            Step::Shrink => {
                self.senders.iter().for_each(Sender::shrink);
                self.receivers.iter().for_each(Receiver::shrink);
            }
            Step::Ask => self.ask(),
        }
    }

    fn send(&mut self, form: Form) {
        let Some(sender) = self.senders.last() else {
            return;
        };
        self.next_id += 1;
        let message = T::new(self.next_id);
        let (sent, back) = match form {
            Form::Try => match sender.try_send(message) {
                Ok(()) => (Sent::Inside, None),
                Err(TrySendError::Full(back)) => (Sent::Full, Some(back)),
                Err(TrySendError::Closed(back)) => (Sent::Closed, Some(back)),
            },
            Form::Timeout => timed_send(sender.send_timeout(message, Duration::ZERO)),
            Form::Deadline => timed_send(sender.send_deadline(message, Instant::now())),
            Form::Polled => match poll_once(sender.send_async(message)) {
                None => (Sent::Full, None),
                Some(Ok(())) => (Sent::Inside, None),
                Some(Err(error)) => (Sent::Closed, Some(error.into_inner())),
            },
        };
        assert_eq!(sent, self.spec.send(self.next_id));
        let own = Some(self.next_id);
        assert!(back.is_none_or(|back| back.id().is_none() || back.id() == own));
    }

    fn recv(&mut self, form: Form) {
        let Some(receiver) = self.receivers.last() else {
            return;
        };
        let received = match form {
            Form::Try => receiver.try_recv(),
            Form::Timeout => timed_recv(receiver.recv_timeout(Duration::ZERO)),
            Form::Deadline => timed_recv(receiver.recv_deadline(Instant::now())),
            Form::Polled => match poll_once(receiver.recv_async()) {
                None => Err(TryRecvError::Empty),
                Some(received) => received.map_err(|_| TryRecvError::Closed),
            },
        };
        match (received, self.spec.recv()) {
            (Ok(message), Ok(id)) => assert!(message.id().is_none_or(|own| own == id)),
            (Err(error), expected) => assert_eq!(Err(error), expected),
            (Ok(_), Err(expected)) => panic!("a message came instead of {expected:?}"),
        }
    }

    fn send_many(&mut self, count: usize) {
        let Some(sender) = self.senders.last() else {
            return;
        };
        let ids = self.next_id + 1..=self.next_id + count as u64;
        self.next_id += count as u64;
        let mut messages: VecDeque<T> = ids.clone().map(T::new).collect();
        let sent = sender.try_send_many(&mut messages);
        let mut fit = ids;
        let expected = fit
            .by_ref()
            .take_while(|id| self.spec.send(*id) == Sent::Inside)
            .count();
        assert_eq!((sent, messages.len()), (expected, count - expected));
    }

    fn recv_many(&mut self, max: usize) {
        let Some(receiver) = self.receivers.last() else {
            return;
        };
        let mut messages = Vec::new();
        let may_wait = self.spec.messages.is_empty() && !self.spec.is_closed;
        let received = if may_wait {
            receiver.try_recv_many(&mut messages, max)
        } else {
            receiver.recv_many(&mut messages, max)
        };
        assert_eq!(received, messages.len());
        assert_eq!(received, max.min(self.spec.messages.len()));
        self.assert_received(messages);
    }

    fn drain(&mut self, count: usize) {
        let Some(receiver) = self.receivers.last() else {
            return;
        };
        let messages: Vec<T> = receiver.drain().take(count).collect();
        assert_eq!(messages.len(), count.min(self.spec.messages.len()));
        self.assert_received(messages);
    }

    fn assert_received(&mut self, messages: Vec<T>) {
        for message in messages {
            let expected = self.spec.messages.pop_front();
            assert!(message.id().is_none() || message.id() == expected);
        }
    }

    fn drop_sender(&mut self) {
        if self.senders.pop().is_some() && self.senders.is_empty() {
            self.spec.is_closed = true;
        }
    }

    fn drop_receiver(&mut self) {
        if self.receivers.pop().is_some() && self.receivers.is_empty() {
            self.spec.is_closed = true;
            self.spec.messages.clear();
        }
    }

    fn close(&mut self, close: fn(&Self) -> Option<bool>) {
        if let Some(first) = close(self) {
            assert_eq!(first, !self.spec.is_closed);
            self.spec.is_closed = true;
        }
    }

    fn ask(&self) {
        let len = self.spec.messages.len();
        let expected = (
            (len, self.spec.capacity),
            (
                len == 0,
                Some(len) == self.spec.capacity,
                self.spec.is_closed,
            ),
            (self.senders.len(), self.receivers.len()),
        );
        if let Some(end) = self.senders.last() {
            let looks = (end.is_empty(), end.is_full(), end.is_closed());
            let counts = (end.sender_count(), end.receiver_count());
            assert_eq!(((end.len(), end.capacity()), looks, counts), expected);
        }
        if let Some(end) = self.receivers.last() {
            let looks = (end.is_empty(), end.is_full(), end.is_closed());
            let counts = (end.sender_count(), end.receiver_count());
            assert_eq!(((end.len(), end.capacity()), looks, counts), expected);
        }
    }
}

/// Runs one test case, and counts after each step what is alive.
fn run_case<T: Item>(capacity: Option<usize>, steps: &[Step]) {
    clear_ledger();
    let mut machine = Machine::<T>::new(capacity);
    for &step in steps {
        machine.run(step);
        assert_eq!(alive(), machine.spec.messages.len(), "after {step:?}");
    }
    machine.ask();
    // The weak ends stay: what is inside must go with the last receiver.
    let weak = machine.weak.clone();
    drop(machine);
    assert_eq!(alive(), 0);
    assert!(weak.0.upgrade().is_none() && weak.1.upgrade().is_none());
}

fn capacity() -> impl Strategy<Value = Option<usize>> {
    prop::sample::select(vec![
        Some(0),
        Some(1),
        Some(2),
        Some(3),
        Some(7),
        None,
        None,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn messages_on_the_heap_arrive_as_the_model_says(capacity in capacity(), steps in steps()) {
        run_case::<Boxed>(capacity, &steps);
    }

    #[test]
    fn messages_without_bytes_arrive_as_the_model_says(capacity in capacity(), steps in steps()) {
        run_case::<Empty>(capacity, &steps);
    }
}
