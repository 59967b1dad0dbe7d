//! Tokens that one can wait for.
#![forbid(unsafe_code)]

use super::task::Task;
use latchless::sync::{AtomicU64, Deadline, Ordering};
use latchless::wait::forms::{Attempt, Waiting, wait, wait_until};
use latchless::wait::list::WaitList;
use loom::thread::{self, JoinHandle};
use std::ops::Deref;
use std::sync::Arc;

/// A number of tokens, and those who wait for one.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inside>);

#[derive(Debug)]
struct Inside {
    tokens: AtomicU64,
    list: WaitList,
}

/// The way to the list.
#[derive(Clone, Debug)]
pub struct List(Gate);

impl Deref for List {
    type Target = WaitList;
    fn deref(&self) -> &WaitList {
        &self.0.0.list
    }
}

/// Taking one token.
#[derive(Debug)]
pub struct Take {
    gate: Gate,
    /// Looks away so many times before it looks.
    blind: u32,
}

impl Gate {
    /// So many tokens.
    pub fn new(tokens: u64) -> Self {
        Self(Arc::new(Inside {
            tokens: AtomicU64::new(tokens),
            list: WaitList::new(),
        }))
    }

    /// One token more, without telling anybody.
    pub fn put(&self) {
        self.0.tokens.fetch_add(1, Ordering::Release);
    }

    /// So many tokens, by a store.
    pub fn set_by_store(&self, tokens: u64) {
        self.0.tokens.store(tokens, Ordering::Release);
    }

    /// One token more.
    pub fn give(&self) {
        self.put();
        self.0.list.notify_after_change();
    }

    /// Takes a token, and waits for it.
    pub fn take(&self) {
        wait(self.take_of(0));
    }

    /// Takes a token in time.
    pub fn take_until(&self, deadline: &Deadline) -> bool {
        wait_until(self.take_of(0), deadline).is_ok()
    }

    /// A future that takes a token.
    pub fn taking(&self) -> Waiting<Take> {
        Waiting::new(self.take_of(0))
    }

    /// A future that finds nothing when it first looks, whatever there is: it comes to enlist.
    pub fn taking_after_a_miss(&self) -> Waiting<Take> {
        Waiting::new(self.take_of(1))
    }

    /// Taking one token, as an attempt.
    pub fn take_of(&self, blind: u32) -> Take {
        Take {
            gate: self.clone(),
            blind,
        }
    }

    /// How many tokens there are.
    pub fn tokens(&self) -> u64 {
        self.0.tokens.load(Ordering::Relaxed)
    }

    /// The list.
    pub fn list(&self) -> List {
        List(self.clone())
    }

    /// At the end nobody is counted as waiting.
    pub fn is_deserted(&self) -> bool {
        !self.0.list.has_waiters_after_change()
    }
}

impl Attempt for Take {
    type Done = ();
    type List = List;

    fn attempt(&mut self) -> Option<()> {
        if self.blind > 0 {
            self.blind -= 1;
            return None;
        }
        let tokens = &self.gate.0.tokens;
        let mut seen = tokens.load(Ordering::Relaxed);
        while seen > 0 {
            match tokens.compare_exchange(seen, seen - 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(()),
                Err(now) => seen = now,
            }
        }
        None
    }

    fn list(&self) -> List {
        self.gate.list()
    }

    fn would_end(&mut self) -> bool {
        self.gate.tokens() > 0
    }
}

/// A task that takes a token.
pub type Taking = Task<Waiting<Take>>;

/// Waits for a thread of the model.
///
/// # Panics
///
/// Never: loom stops at the first panic.
pub fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("loom stops at a panic")
}

/// Gives one token on a thread of its own.
pub fn giver(gate: &Gate) -> JoinHandle<()> {
    let gate = gate.clone();
    thread::spawn(move || gate.give())
}

/// So many who wait, in this order.
pub fn asleep<const N: usize>(gate: &Gate) -> [Taking; N] {
    std::array::from_fn(|_| Task::asleep(gate.taking()))
}

/// All have ended but those who wait: each was woken whom a token waits for. They take them.
///
/// # Panics
///
/// If a token was lost, or too few were woken.
pub fn settled(gate: &Gate, tokens: u64, waiting: &mut [&mut Taking]) {
    assert_eq!(gate.tokens(), tokens, "tokens were lost");
    let mut woken = 0;
    for task in waiting.iter_mut().filter(|task| task.was_woken()) {
        woken += 1;
        let _ = task.poll();
    }
    let to_wake = tokens.min(waiting.len() as u64);
    assert!(woken >= to_wake, "only {woken} were woken for {tokens}");
    assert_eq!(
        gate.tokens(),
        tokens - to_wake,
        "not all who were woken took"
    );
}

/// When all are dropped, nobody is counted and nodes were used again.
///
/// # Panics
///
/// Otherwise.
pub fn deserted(gate: &Gate) {
    assert!(gate.is_deserted(), "somebody is still counted");
    assert!(gate.list().nodes() <= 4, "nodes are used again");
}

/// Polls a task once, on a thread of its own.
pub fn polled(mut task: Taking) -> JoinHandle<(Taking, bool)> {
    thread::spawn(move || {
        let ready = task.poll().is_ready();
        (task, ready)
    })
}
