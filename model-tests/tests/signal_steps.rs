//! A signal handler may call the queue that its own thread is just calling.
//!
//! A handler runs between two instructions of its thread and ends before the thread goes on: what it finds half done
//! stays half done until it returns. The steps build calls a hook before each access to shared memory, and a hook that
//! calls the queue *is* such a handler. Every call is interrupted once, before each of its steps in turn, in a fresh
//! thread each time: a thread's first call takes its number and settles its place, and a handler may come in between.
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use latchless::queue::Bounded;
use latchless::sync::{Kind, set_hook};

/// Small enough to be full, and for laps to go by.
const CAPACITY: usize = 4;

/// A value that says how often it was dropped. Boxed, so that one read twice is freed twice.
#[derive(Debug)]
struct Tracked {
    number: Box<u64>,
    drops: Arc<AtomicUsize>,
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::Relaxed);
    }
}

/// Where values come from and what became of them.
#[derive(Default)]
struct Ledger {
    made: Cell<u64>,
    drops: Arc<AtomicUsize>,
    /// How often each came out.
    out: RefCell<BTreeMap<u64, usize>>,
}

impl Ledger {
    fn make(&self) -> Tracked {
        let number = Box::new(self.made.replace(self.made.get() + 1));
        Tracked {
            number,
            drops: self.drops.clone(),
        }
    }

    fn came_out(&self, value: Tracked) {
        *self.out.borrow_mut().entry(*value.number).or_insert(0) += 1;
    }

    /// Whether everything that was made came out once and was dropped once.
    fn settle(&self, case: &str) {
        let made = self.made.get();
        let expected: BTreeMap<u64, usize> = (0..made).map(|number| (number, 1)).collect();
        assert_eq!(*self.out.borrow(), expected, "{case}: how often each came");
        let drops = self.drops.load(Ordering::Relaxed);
        assert_eq!(drops as u64, made, "{case}: drops");
    }
}

/// A call that is interrupted, or interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Push,
    Pop,
    ForcePush,
    Len,
    Close,
}

impl Act {
    fn on(self, queue: &Bounded<Tracked>, ledger: &Ledger) {
        match self {
            Act::Push => {
                if let Err(refused) = queue.try_push(ledger.make()) {
                    ledger.came_out(refused.into_inner());
                }
            }
            Act::Pop => {
                if let Ok(value) = queue.try_pop() {
                    ledger.came_out(value);
                }
            }
            Act::ForcePush => match queue.force_push(ledger.make()) {
                Ok(displaced) => {
                    displaced
                        .into_iter()
                        .for_each(|value| ledger.came_out(value));
                }
                Err(refused) => ledger.came_out(refused.into_inner()),
            },
            Act::Len => assert!(queue.len() <= CAPACITY),
            Act::Close => {
                queue.close();
            }
        }
    }
}

/// How the interrupted thread comes to its call.
#[derive(Clone, Copy, Debug)]
struct Case {
    interrupted: Act,
    handler: Act,
    /// Values that are inside when the call begins.
    inside: usize,
    /// How many threads have places of their own; those without use the pool.
    places: usize,
    /// Whether it is the thread's first call.
    first: bool,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for interrupted in [Act::Push, Act::Pop, Act::ForcePush, Act::Len, Act::Close] {
        for handler in [Act::Push, Act::Pop, Act::ForcePush, Act::Close] {
            for inside in [0, 2, CAPACITY] {
                for (places, first) in [(64, true), (64, false), (0, false)] {
                    cases.push(Case {
                        interrupted,
                        handler,
                        inside,
                        places,
                        first,
                    });
                }
            }
        }
    }
    cases
}

impl Case {
    fn queue(self, ledger: &Ledger) -> Arc<Bounded<Tracked>> {
        let queue = Bounded::builder(CAPACITY)
            .threads(self.places)
            .build()
            .expect("a small queue");
        // Through a handle: that is not yet a call of this thread.
        let mut handle = queue.handle().expect("the first handle");
        for _ in 0..self.inside {
            handle.try_push(ledger.make()).expect("there is room");
        }
        drop(handle);
        Arc::new(queue)
    }

    /// Makes the call with the handler before its step number `at`; whether the call had so many.
    fn interrupt(self, at: usize) -> bool {
        let ledger = Rc::new(Ledger::default());
        let queue = self.queue(&ledger);
        if !self.first {
            Act::Push.on(&queue, &ledger);
            Act::Pop.on(&queue, &ledger);
        }
        let came = Rc::new(Cell::new(false));
        let handler = {
            let (queue, ledger, came) = (queue.clone(), ledger.clone(), came.clone());
            let mut step = 0;
            move |_| {
                if step == at {
                    came.set(true);
                    self.handler.on(&queue, &ledger);
                }
                step += 1;
            }
        };
        set_hook(Some(Box::new(handler)));
        self.interrupted.on(&queue, &ledger);
        set_hook(None);
        // Whoever took part goes on: a spare that two believe to own shows now.
        for _ in 0..2 * CAPACITY {
            Act::Push.on(&queue, &ledger);
            Act::ForcePush.on(&queue, &ledger);
            Act::Pop.on(&queue, &ledger);
        }
        while let Ok(value) = queue.try_pop() {
            ledger.came_out(value);
        }
        ledger.settle(&format!("{self:?} interrupted before step {at}"));
        came.get()
    }

    /// Interrupts the call before each of its steps, in a thread of its own each; how many those are.
    fn interrupt_everywhere(self) -> usize {
        (0..)
            .take_while(|&at| {
                thread::spawn(move || self.interrupt(at))
                    .join()
                    .unwrap_or_else(|panic| resume_unwind(panic))
            })
            .count()
    }
}

#[test]
fn a_signal_handler_may_call_between_any_two_steps() {
    for case in cases() {
        let steps = case.interrupt_everywhere();
        assert!(steps >= 3, "{case:?} has {steps} steps only");
    }
}

/// What a push does that is its thread's second call, on a queue of its own.
fn kinds_of_a_second_push() -> Vec<Kind> {
    let seen = thread::spawn(|| {
        let queue = Bounded::new(CAPACITY);
        queue.try_push(0).expect("there is room");
        let seen = Rc::new(RefCell::new(Vec::new()));
        let kept = seen.clone();
        set_hook(Some(Box::new(move |step| {
            kept.borrow_mut().push(step.kind)
        })));
        queue.try_push(1).expect("there is room");
        set_hook(None);
        seen.take()
    });
    seen.join().expect("nothing panics there")
}

#[test]
fn a_handler_in_a_first_call_takes_no_thread_number_away_for_good() {
    let first = Case {
        interrupted: Act::Push,
        handler: Act::Push,
        inside: 0,
        places: 64,
        first: true,
    };
    // More often than there are numbers.
    for _ in 0..2 * 64 {
        first.interrupt_everywhere();
    }
    // The last number is never lost, for nobody can come in between and take another: let it be in use.
    let holder = Bounded::new(1);
    holder.try_push(0).expect("there is room");
    let kinds = kinds_of_a_second_push();
    let swaps = kinds.iter().filter(|&&kind| kind == Kind::Cas).count();
    // A thread without a number goes through the pool, by one more.
    assert_eq!(swaps, 1, "{kinds:?}");
}
