//! Records what threads called and what they were answered, so that [`crate::linearize`] can judge it.
//!
//! **What is written down** Each thread keeps a [`Log`] of its own; a [`History`] is the logs put side by side. Two
//! calls of one thread are ordered by the log. Calls of two threads are ordered when one had returned before the other
//! was invoked, which a shared [`Clock`] decides.
//!
//! **What the clock costs** With [`Order::RealTime`] each call is bracketed by two read-modify-writes on one counter.
//! If call *a* drew its return tick before *b* drew its invocation tick, then *a* happens before *b* also in the memory
//! model (each read-modify-write continues the release sequence of the one before it), so that nothing is demanded of
//! the structure that it did not promise. But those read-modify-writes are also fences between a thread's calls and
//! hide what a processor would otherwise reorder. [`Order::Program`] draws no tick at all: it disturbs nothing, and
//! what is then checked is sequential consistency, which is enough to catch store buffering inside a structure.
//! A test does well to use both.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Which calls of different threads the history orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// A call that returned before another was invoked comes before it.
    RealTime,
    /// None: only each thread's own order counts.
    Program,
}

/// The source of ticks that the logs of one history share.
#[derive(Debug)]
pub struct Clock {
    order: Order,
    tick: AtomicU64,
}

impl Clock {
    /// A clock at tick 0.
    pub fn new(order: Order) -> Self {
        Clock {
            order,
            tick: AtomicU64::new(0),
        }
    }

    fn invoked(&self) -> u64 {
        match self.order {
            // ORDERING: Acquire, pairs with the Release in `returned`: a call that returned before this tick happened
            // before the call that begins now, which cannot move up across it.
            Order::RealTime => self.tick.fetch_add(1, Ordering::Acquire),
            Order::Program => 0,
        }
    }

    fn returned(&self) -> u64 {
        match self.order {
            // ORDERING: Release, pairs with the Acquire in `invoked`: the call that ends now cannot move down across it.
            Order::RealTime => self.tick.fetch_add(1, Ordering::Release),
            Order::Program => NEVER,
        }
    }
}

/// The return tick of a call without one.
pub const NEVER: u64 = u64::MAX;

/// One call of one thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation<C, A> {
    /// What was called.
    pub call: C,
    /// What it answered; `None` if the thread was stopped in it.
    pub answer: Option<A>,
    /// The tick drawn before the call.
    pub invoked: u64,
    /// The tick drawn after it, or [`NEVER`].
    pub returned: u64,
}

/// The calls of one thread, in the order in which it made them.
#[derive(Debug)]
pub struct Log<'c, C, A> {
    clock: &'c Clock,
    operations: Vec<Operation<C, A>>,
}

impl<'c, C, A> Log<'c, C, A> {
    /// An empty log with room for `calls`, so that recording them does not allocate.
    pub fn new(clock: &'c Clock, calls: usize) -> Self {
        Log {
            clock,
            operations: Vec::with_capacity(calls),
        }
    }

    /// Makes one call and writes down its interval and its answer.
    pub fn record(&mut self, call: C, run: impl FnOnce() -> A) {
        let invoked = self.clock.invoked();
        let answer = run();
        let returned = self.clock.returned();
        self.operations.push(Operation {
            call,
            answer: Some(answer),
            invoked,
            returned,
        });
    }

    /// Makes one call that counts as several, each with an instant of its own: a batch, or a close that also drains.
    /// They are ordered as listed, and all share the call's interval.
    pub fn record_several<I: IntoIterator<Item = (C, A)>>(&mut self, run: impl FnOnce() -> I) {
        let invoked = self.clock.invoked();
        let parts = run();
        let returned = self.clock.returned();
        self.operations
            .extend(parts.into_iter().map(|(call, answer)| Operation {
                call,
                answer: Some(answer),
                invoked,
                returned,
            }));
    }

    /// The calls recorded.
    pub fn into_operations(self) -> Vec<Operation<C, A>> {
        self.operations
    }
}

/// What several threads called and were answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History<C, A> {
    threads: Vec<Vec<Operation<C, A>>>,
}

impl<C, A> History<C, A> {
    /// Puts the logs of the threads side by side.
    ///
    /// # Panics
    /// If a thread's calls are not one after the other: one of them began before the one before it returned (parts of
    /// one call share their interval), or one that never returned is not the last.
    pub fn new(threads: Vec<Vec<Operation<C, A>>>) -> Self {
        for operations in &threads {
            for pair in operations.windows(2) {
                let same_call =
                    (pair[0].invoked, pair[0].returned) == (pair[1].invoked, pair[1].returned);
                assert!(
                    pair[0].answer.is_some() && (same_call || pair[0].returned < pair[1].invoked),
                    "a thread makes one call at a time"
                );
            }
            assert!(
                operations.iter().all(|op| op.invoked < op.returned),
                "a call returns after it was invoked"
            );
        }
        History { threads }
    }

    /// The calls of each thread.
    pub fn threads(&self) -> &[Vec<Operation<C, A>>] {
        &self.threads
    }

    /// Every call, thread by thread.
    pub fn operations(&self) -> impl Iterator<Item = &Operation<C, A>> {
        self.threads.iter().flatten()
    }

    /// How many pairs of calls of different threads overlapped: a history without any tests nothing that one thread
    /// would not have tested.
    pub fn overlaps(&self) -> usize {
        let mut events: Vec<(u64, bool)> = self
            .operations()
            .flat_map(|op| [(op.invoked, true), (op.returned, false)])
            .collect();
        events.sort_unstable();
        let (mut open, mut overlaps) = (0, 0);
        for (_, begins) in events {
            if begins {
                overlaps += open;
                open += 1;
            } else {
                open -= 1;
            }
        }
        overlaps
    }
}

/// One line a call, in the order of invocation, a column for each thread.
impl<C: fmt::Debug, A: fmt::Debug> fmt::Display for History<C, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<_> = self
            .threads
            .iter()
            .enumerate()
            .flat_map(|(thread, operations)| {
                operations.iter().map(move |op| (op.invoked, thread, op))
            })
            .collect();
        lines.sort_by_key(|&(invoked, ..)| invoked);
        for (invoked, thread, op) in lines {
            let returned = match op.returned {
                NEVER => "-".to_owned(),
                tick => tick.to_string(),
            };
            let answer = match &op.answer {
                Some(answer) => format!("{answer:?}"),
                None => "never returned".to_owned(),
            };
            let indent = "  ".repeat(2 * thread);
            writeln!(
                f,
                "{invoked:>4}..{returned:<4} {indent}thread {thread}: {:?} -> {answer}",
                op.call
            )?;
        }
        Ok(())
    }
}
