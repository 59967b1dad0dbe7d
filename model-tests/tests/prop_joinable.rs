//! Every call on `Joinable` in every order, by one thread, against a sequential model; joins that are begun and left
//! pending end if, and only if, the count was zero in between.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use latchless::error::{PopTimeoutError, PushTimeoutError, TryPopError, TryPushError};
use latchless::queue::{Joinable, Task};
use proptest::prelude::*;

/// In which of the forms that come back at once.
#[derive(Clone, Copy, Debug)]
enum Form {
    Try,
    Timeout,
    Deadline,
    PolledOnce,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Push(Form),
    Pop(Form),
    /// What becomes of one of the tasks in hand.
    Done(usize),
    IntoInner(usize),
    IntoParts(usize),
    Retry(usize, Form),
    /// Its future is dropped before it completes, if the queue is full.
    RetryAndDrop(usize),
    BeginToJoin,
    PollJoiner(usize),
    DropJoiner(usize),
    Close,
    CloseNow,
}

fn form() -> impl Strategy<Value = Form> {
    prop::sample::select(vec![
        Form::Try,
        Form::Timeout,
        Form::Deadline,
        Form::PolledOnce,
    ])
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = 0..8_usize;
    let step = prop_oneof![
        8 => form().prop_map(Step::Push),
        8 => form().prop_map(Step::Pop),
        6 => which.clone().prop_map(Step::Done),
        1 => which.clone().prop_map(Step::IntoInner),
        1 => which.clone().prop_map(Step::IntoParts),
        4 => (which.clone(), form()).prop_map(|(which, form)| Step::Retry(which, form)),
        1 => which.clone().prop_map(Step::RetryAndDrop),
        4 => Just(Step::BeginToJoin),
        4 => which.clone().prop_map(Step::PollJoiner),
        1 => which.prop_map(Step::DropJoiner),
    ];
    let close = prop_oneof![2 => Just(vec![]), 1 => Just(vec![Step::Close]), 1 => Just(vec![Step::CloseNow])];
    (
        prop::collection::vec(step.clone(), 0..100),
        close,
        prop::collection::vec(step, 0..30),
    )
        .prop_map(|(before, close, after)| [before, close, after].concat())
}

/// Says whether its task was woken.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A join that was begun.
struct Joiner<'q> {
    future: Pin<Box<dyn Future<Output = ()> + Send + 'q>>,
    woken: Arc<Woken>,
    /// How often the count had come down to zero then.
    begun: u64,
}

impl Joiner<'_> {
    fn poll(&mut self) -> bool {
        self.woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&self.woken));
        self.future
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
    }
}

/// The queue, what is in hand, and what should be so.
struct Machine<'q> {
    queue: &'q Joinable<u64>,
    hands: Vec<Task<'q, u64>>,
    joiners: Vec<Joiner<'q>>,
    inside: VecDeque<u64>,
    closed: bool,
    zeros: u64,
    next_id: u64,
}

/// The error of a push or retry, whatever its form.
enum Refused<V> {
    Full(V),
    Closed(V),
}

impl<V> From<TryPushError<V>> for Refused<V> {
    fn from(error: TryPushError<V>) -> Self {
        match error {
            TryPushError::Full(value) => Refused::Full(value),
            TryPushError::Closed(value) => Refused::Closed(value),
        }
    }
}

impl<V> From<PushTimeoutError<V>> for Refused<V> {
    fn from(error: PushTimeoutError<V>) -> Self {
        match error {
            PushTimeoutError::Timeout(value) => Refused::Full(value),
            PushTimeoutError::Closed(value) => Refused::Closed(value),
        }
    }
}

impl<'q> Machine<'q> {
    fn run(&mut self, step: Step) {
        match step {
            Step::Push(form) => self.push(form),
            Step::Pop(form) => self.pop(form),
            Step::Done(which) => {
                if let Some(task) = self.take(which) {
                    task.done();
                    self.finished();
                }
            }
            Step::IntoInner(which) => {
                if let Some(task) = self.take(which) {
                    let id = *task;
                    assert_eq!(task.into_inner(), id);
                    self.finished();
                }
            }
            Step::IntoParts(which) => {
                if let Some(task) = self.take(which) {
                    let (_, unfinished) = task.into_parts();
                    assert_eq!(self.queue.unfinished(), self.unfinished() + 1);
                    unfinished.done();
                    self.finished();
                }
            }
            Step::Retry(which, form) => self.retry(which, form),
            Step::RetryAndDrop(which) => self.retry_and_drop(which),
            Step::BeginToJoin => self.begin_to_join(),
            Step::PollJoiner(which) => self.poll_joiner(which),
            Step::DropJoiner(which) => {
                if which < self.joiners.len() {
                    drop(self.joiners.remove(which));
                }
            }
            Step::Close => {
                assert_eq!(self.queue.close(), !self.closed);
                self.closed = true;
            }
            Step::CloseNow => {
                assert_eq!(
                    self.queue.close_now(),
                    Vec::from_iter(self.inside.drain(..))
                );
                self.closed = true;
                self.finished();
            }
        }
        self.ask();
    }

    fn unfinished(&self) -> usize {
        self.inside.len() + self.hands.len()
    }

    /// Some tasks were finished just now: that may have been the last of them.
    fn finished(&mut self) {
        self.zeros += u64::from(self.unfinished() == 0);
    }

    fn is_full(&self) -> bool {
        Some(self.inside.len()) == self.queue.capacity()
    }

    fn take(&mut self, which: usize) -> Option<Task<'q, u64>> {
        (which < self.hands.len()).then(|| self.hands.remove(which))
    }

    fn push(&mut self, form: Form) {
        self.next_id += 1;
        let id = self.next_id;
        let result = match form {
            Form::Try => self.queue.try_push(id).map_err(Refused::from),
            Form::Timeout => (self.queue.push_timeout(id, Duration::ZERO)).map_err(Refused::from),
            Form::Deadline => (self.queue.push_deadline(id, Instant::now())).map_err(Refused::from),
            Form::PolledOnce => match poll_once(self.queue.push_async(id)) {
                Poll::Ready(result) => result.map_err(|error| Refused::Closed(error.into_inner())),
                Poll::Pending => Err(Refused::Full(id)),
            },
        };
        match result {
            Ok(()) => {
                assert!(!self.closed && !self.is_full());
                self.inside.push_back(id);
            }
            Err(Refused::Full(back)) => assert!(back == id && self.is_full() && !self.closed),
            Err(Refused::Closed(back)) => assert!(back == id && self.closed),
        }
    }

    fn pop(&mut self, form: Form) {
        let result = match form {
            Form::Try => self.queue.try_pop().map_err(|error| error.is_closed()),
            Form::Timeout => self
                .queue
                .pop_timeout(Duration::ZERO)
                .map_err(|error| error == PopTimeoutError::Closed),
            Form::Deadline => self
                .queue
                .pop_deadline(Instant::now())
                .map_err(|error| error == PopTimeoutError::Closed),
            Form::PolledOnce => match poll_once(self.queue.pop_async()) {
                Poll::Ready(result) => result.map_err(|_| true),
                Poll::Pending => Err(false),
            },
        };
        match (result, self.inside.pop_front()) {
            (Ok(task), expected) => {
                assert_eq!(Some(*task), expected);
                self.hands.push(task);
            }
            (Err(closed), expected) => assert_eq!((None, self.closed), (expected, closed)),
        }
    }

    fn retry(&mut self, which: usize, form: Form) {
        let Some(task) = self.take(which) else {
            return;
        };
        let id = *task;
        let result = match form {
            Form::Try => task.try_retry().map_err(Refused::from),
            Form::Timeout => task.retry_timeout(Duration::ZERO).map_err(Refused::from),
            Form::Deadline => task.retry_deadline(Instant::now()).map_err(Refused::from),
            // Without room, that would have to wait.
            Form::PolledOnce if self.is_full() && !self.closed => Err(Refused::Full(task)),
            Form::PolledOnce => task
                .retry()
                .map_err(|error| Refused::Closed(error.into_inner())),
        };
        let back = match result {
            Ok(()) => {
                assert!(!self.closed && !self.is_full());
                return self.inside.push_back(id);
            }
            Err(Refused::Full(back)) => {
                assert!(self.is_full() && !self.closed);
                back
            }
            Err(Refused::Closed(back)) => {
                assert!(self.closed);
                back
            }
        };
        assert_eq!(*back, id);
        self.hands.push(back);
    }

    fn retry_and_drop(&mut self, which: usize) {
        let Some(task) = self.take(which) else {
            return;
        };
        let id = *task;
        match poll_once(task.retry_async()) {
            Poll::Ready(Ok(())) => self.inside.push_back(id),
            Poll::Ready(Err(error)) => {
                assert!(self.closed);
                self.hands.push(error.into_inner());
            }
            Poll::Pending => {
                assert!(self.is_full() && !self.closed);
                self.finished();
            }
        }
    }

    fn begin_to_join(&mut self) {
        let mut joiner = Joiner {
            future: Box::pin(self.queue.join_async()),
            woken: Arc::default(),
            begun: self.zeros,
        };
        assert_eq!(joiner.poll(), self.unfinished() == 0);
        if self.unfinished() > 0 {
            self.joiners.push(joiner);
        }
    }

    fn poll_joiner(&mut self, which: usize) {
        let Some(joiner) = self.joiners.get_mut(which) else {
            return;
        };
        let ends = joiner.begun != self.zeros;
        assert_eq!(joiner.poll(), ends);
        if ends {
            drop(self.joiners.remove(which));
        }
    }

    fn ask(&self) {
        let queue = self.queue;
        assert_eq!(queue.unfinished(), self.unfinished());
        assert_eq!(queue.len(), self.inside.len());
        assert_eq!(queue.is_empty(), self.inside.is_empty());
        assert_eq!(queue.is_full(), self.is_full());
        assert_eq!(queue.is_closed(), self.closed);
        let all_done = self.unfinished() == 0;
        assert_eq!(queue.try_join(), all_done);
        assert_eq!(queue.join_timeout(Duration::ZERO), all_done);
        assert_eq!(queue.join_deadline(Instant::now()), all_done);
        if all_done {
            queue.join();
            assert!(queue.join_timeout(Duration::MAX));
        }
        for joiner in &self.joiners {
            // Whoever was woken and ends passes the wake on, perhaps to one who may not end yet.
            let woken = joiner.woken.0.load(Ordering::Relaxed);
            assert!(woken || joiner.begun == self.zeros, "left asleep");
        }
    }
}

fn run_case(capacity: Option<usize>, steps: &[Step]) {
    let queue = capacity.map_or_else(Joinable::unbounded, Joinable::new);
    let mut machine = Machine {
        queue: &queue,
        hands: Vec::new(),
        joiners: Vec::new(),
        inside: VecDeque::new(),
        closed: false,
        zeros: 0,
        next_id: 0,
    };
    for &step in steps {
        machine.run(step);
    }
    let left = machine.inside.len();
    let joiners = machine.joiners;
    drop(machine.hands);
    assert_eq!(queue.unfinished(), left);
    while let Ok(task) = queue.try_pop() {
        task.done();
    }
    assert!(matches!(
        queue.try_pop(),
        Err(TryPopError::Empty | TryPopError::Closed)
    ));
    for mut joiner in joiners {
        assert!(joiner.poll(), "all is done");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(160) })]

    #[test]
    fn joins_end_if_and_only_if_all_was_done_meanwhile(
        capacity in prop::sample::select(vec![Some(1_usize), Some(2), Some(3), Some(7), None]),
        steps in steps(),
    ) {
        run_case(capacity, &steps);
    }
}
