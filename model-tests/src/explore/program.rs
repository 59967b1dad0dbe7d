//! What a program is made of: threads that ask for their turn before each step.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::objects::{Mutex, Shared};
use crate::schedule::{Row, Schedule};

/// Threads are told apart by the bits of one word.
pub(super) const MOST_THREADS: usize = 64;

/// What a thread's next step needs before it can be taken.
pub(super) enum Gate {
    Open,
    When {
        waits_for: Rc<str>,
        holds: Box<dyn Fn() -> bool>,
    },
}

impl Gate {
    fn is_open(&self) -> bool {
        match self {
            Gate::Open => true,
            Gate::When { holds, .. } => holds(),
        }
    }
}

/// What the scheduler and the thread it lets run tell each other.
#[derive(Default)]
pub(super) struct Core {
    running: Cell<usize>,
    names: RefCell<Vec<String>>,
    gate: RefCell<Option<Gate>>,
    recording: Cell<bool>,
    step: RefCell<Option<String>>,
    note: RefCell<Option<String>>,
}

impl Core {
    /// Suspends the thread until the scheduler gives it its next step.
    ///
    /// The first poll leaves the gate for the scheduler; the second is the turn itself.
    pub(super) async fn turn(&self, gate: Gate) {
        let mut gate = Some(gate);
        poll_fn(|_| match gate.take() {
            None => Poll::Ready(()),
            Some(gate) => {
                let earlier = self.gate.replace(Some(gate));
                assert!(earlier.is_none(), "a thread takes one step at a time");
                Poll::Pending
            }
        })
        .await;
    }

    /// Says what the step was; the text is made only for schedules that will be shown.
    pub(super) fn record(&self, step: impl FnOnce() -> String) {
        if self.recording.get() {
            *self.step.borrow_mut() = Some(step());
        }
    }

    pub(super) fn note(&self, note: impl FnOnce() -> String) {
        if self.recording.get() {
            *self.note.borrow_mut() = Some(note());
        }
    }

    pub(super) fn running(&self) -> usize {
        self.running.get()
    }

    pub(super) fn name_of(&self, thread: usize) -> String {
        self.names.borrow()[thread].clone()
    }
}

/// A thread's own end: steps that belong to no [`Shared`] or [`Mutex`].
#[derive(Clone)]
pub struct Thread {
    core: Rc<Core>,
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread").finish_non_exhaustive()
    }
}

impl Thread {
    /// Makes `call` one step, such as one linearizable call of a real structure.
    pub async fn call<R: fmt::Debug>(&self, label: &str, call: impl FnOnce() -> R) -> R {
        self.gated(Gate::Open, label, call).await
    }

    /// The same for a call that waits: it is not scheduled before `ready` holds.
    pub async fn call_when<R: fmt::Debug>(
        &self,
        label: &str,
        ready: impl Fn() -> bool + 'static,
        call: impl FnOnce() -> R,
    ) -> R {
        let gate = Gate::When {
            waits_for: label.into(),
            holds: Box::new(ready),
        };
        self.gated(gate, label, call).await
    }

    async fn gated<R: fmt::Debug>(&self, gate: Gate, label: &str, call: impl FnOnce() -> R) -> R {
        self.core.turn(gate).await;
        let answer = call();
        self.core.record(|| format!("{label} -> {answer:?}"));
        answer
    }

    /// Remarks on the step that this thread took last; shown beside it in the schedule.
    pub fn note(&self, note: &str) {
        self.core.note(|| note.to_string());
    }
}

struct Running {
    /// `None` once the thread has ended.
    body: Option<Pin<Box<dyn Future<Output = ()>>>>,
    gate: Gate,
}

type Gauge = Box<dyn Fn() -> String>;
type Claim = Box<dyn FnOnce() -> Result<(), String>>;

/// One run of a program: its objects, its threads and what must hold in the end.
#[derive(Default)]
pub struct Program {
    core: Rc<Core>,
    threads: Vec<Running>,
    gauges: Vec<(String, Gauge)>,
    claims: Vec<Claim>,
    /// With one shared value its name heads the column and is not repeated in each step.
    shared_values: Rc<Cell<usize>>,
    rows: Vec<Row>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("threads", &self.core.names.borrow())
            .finish_non_exhaustive()
    }
}

impl Program {
    /// A new shared value, with a column of its own in the schedule.
    pub fn shared<T: Copy + PartialEq + fmt::Debug + 'static>(
        &mut self,
        name: &str,
        value: T,
    ) -> Shared<T> {
        self.shared_values.set(self.shared_values.get() + 1);
        let siblings = Rc::clone(&self.shared_values);
        let shared = Shared::new(Rc::clone(&self.core), siblings, name, value);
        let gauge = shared.gauge();
        self.watch(name, gauge);
        shared
    }

    /// A new mutex, free.
    pub fn mutex(&mut self, name: &str) -> Mutex {
        Mutex::new(Rc::clone(&self.core), name)
    }

    /// Adds a column that shows `gauge` after each step.
    pub fn watch(&mut self, name: &str, gauge: impl Fn() -> String + 'static) {
        self.gauges.push((name.to_string(), Box::new(gauge)));
    }

    /// Adds a thread. What its body does before its first step happens before everybody's first.
    ///
    /// # Panics
    ///
    /// When the program already has 64 threads.
    pub fn thread<F>(&mut self, name: &str, body: impl FnOnce(Thread) -> F)
    where
        F: Future<Output = ()> + 'static,
    {
        assert!(
            self.threads.len() < MOST_THREADS,
            "a program has at most {MOST_THREADS} threads"
        );
        let thread = Thread {
            core: Rc::clone(&self.core),
        };
        self.core.names.borrow_mut().push(name.to_string());
        self.threads.push(Running {
            body: Some(Box::pin(body(thread))),
            gate: Gate::Open,
        });
    }

    /// Adds what must hold once all threads have ended; an error says what was found instead.
    pub fn claim(&mut self, claim: impl FnOnce() -> Result<(), String> + 'static) {
        self.claims.push(Box::new(claim));
    }

    /// Brings every thread to its first step.
    pub(super) fn start(&mut self, recording: bool) {
        self.core.recording.set(recording);
        for thread in 0..self.threads.len() {
            self.resume(thread);
        }
    }

    /// The threads that could take a step now, one bit each.
    pub(super) fn enabled(&self) -> u64 {
        let mut enabled = 0;
        for (index, thread) in self.threads.iter().enumerate() {
            if thread.body.is_some() && thread.gate.is_open() {
                enabled |= 1 << index;
            }
        }
        enabled
    }

    /// Lets `thread` take one step and run on to its next.
    pub(super) fn step(&mut self, thread: usize) {
        self.resume(thread);
        if let Some(step) = self.core.step.take() {
            self.rows.push(Row {
                thread,
                step,
                values: self.gauges.iter().map(|(_, gauge)| gauge()).collect(),
                note: self.core.note.take(),
            });
        }
    }

    fn resume(&mut self, index: usize) {
        let thread = &mut self.threads[index];
        let Some(body) = &mut thread.body else {
            unreachable!("{} has ended", self.core.name_of(index));
        };
        self.core.running.set(index);
        match body.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(()) => thread.body = None,
            Poll::Pending => match self.core.gate.take() {
                Some(gate) => thread.gate = gate,
                None => panic!(
                    "{} awaits something that is not a step",
                    self.core.name_of(index)
                ),
            },
        }
    }

    /// Who waits for what, or `None` when all have ended.
    pub(super) fn stuck(&self) -> Option<String> {
        let names = self.core.names.borrow();
        let mut waits = Vec::new();
        for (name, thread) in names.iter().zip(&self.threads) {
            if let (Some(_), Gate::When { waits_for, .. }) = (&thread.body, &thread.gate) {
                waits.push(format!("{name} waits for {waits_for}"));
            }
        }
        (!waits.is_empty()).then(|| waits.join(", "))
    }

    pub(super) fn verdict(&mut self) -> Result<(), String> {
        self.claims.drain(..).try_for_each(|claim| claim())
    }

    pub(super) fn into_schedule(self) -> Schedule {
        Schedule {
            threads: self.core.names.take(),
            values: self.gauges.into_iter().map(|(name, _)| name).collect(),
            rows: self.rows,
        }
    }
}
