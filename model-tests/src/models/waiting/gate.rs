//! Tokens that one can wait for.
#![forbid(unsafe_code)]

use latchless::sync::{AtomicU64, Deadline, Ordering};
use latchless::wait::forms::{Attempt, Waiting, wait, wait_until};
use latchless::wait::list::WaitList;
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
pub struct Take(Gate);

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

    /// One token more.
    pub fn give(&self) {
        self.put();
        self.0.list.notify_after_change();
    }

    /// Takes a token, and waits for it.
    pub fn take(&self) {
        wait(Take(self.clone()));
    }

    /// Takes a token in time.
    pub fn take_until(&self, deadline: &Deadline) -> bool {
        wait_until(Take(self.clone()), deadline).is_ok()
    }

    /// A future that takes a token.
    pub fn taking(&self) -> Waiting<Take> {
        Waiting::new(Take(self.clone()))
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
        let tokens = &self.0.0.tokens;
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
        self.0.list()
    }

    fn would_end(&mut self) -> bool {
        self.0.tokens() > 0
    }
}
