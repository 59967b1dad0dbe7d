//! A flag says that the data are ready, and is raised before they are.
//!
//! The order of the program itself is wrong, so the failure needs no reordering by compiler or
//! processor, and a search through sequentially consistent schedules finds it. That the *right*
//! order also needs a Release store and an Acquire load is another matter, which this demo does
//! not show.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use crossbeam_utils::CachePadded;
use latchless::queue::Bounded;
use model_tests::explore::Program;

use super::chase::{Chase, Wrong, chase, wait_until};
use super::cost::time_together;
use super::race::{Race, Version};

const WRITER: usize = 1;
const ANSWER: i64 = 42;

/// The demo.
pub const RACE: Race = Race {
    name: "handoff",
    about: "a writer hands 42 to a reader, with a flag that says when",
    lines: [
        "writer:  ready.store(true);  data.store(42);",
        "reader:  if ready.load() { use(data.load()) }",
    ],
    result: "data",
    operation: "hand-off",
    threads: 2,
    broken: Version {
        name: "as above",
        program: flag_then_data,
        cost: |operations| {
            let mail = Mail::default();
            mail.cost(operations, |value| mail.publish_flag_first(value))
                .0
        },
    },
    mended: [
        Version {
            name: "mutex",
            program: with_a_mutex,
            cost: cost_of_a_mutex,
        },
        Version {
            name: "data, then flag",
            program: data_then_flag,
            cost: |operations| {
                let mail = Mail::default();
                let publish = |value| mail.publish_data_first(value);
                let (time, sum) = mail.cost(operations, publish);
                assert_eq!(sum, sum_of(operations));
                time
            },
        },
        Version {
            name: "queue::Bounded(64)",
            program: with_a_queue,
            cost: cost_of_a_queue,
        },
    ],
    chase: run_until_wrong,
    why: [
        "The flag is up before the data are there; no processor had to reorder anything.",
        "In a queue the value is its own flag: it cannot be popped before it is inside.",
    ],
};

/// A flag and what it announces, on cache lines of their own.
#[derive(Default)]
struct Mail {
    ready: CachePadded<AtomicBool>,
    data: CachePadded<AtomicI64>,
}

impl Mail {
    fn publish_flag_first(&self, value: i64) {
        // ORDERING: SeqCst, the strongest there is: the fault is in the order of the two lines.
        self.ready.store(true, Ordering::SeqCst);
        self.data.store(value, Ordering::SeqCst);
    }

    fn publish_data_first(&self, value: i64) {
        self.data.store(value, Ordering::Relaxed);
        // ORDERING: Release pairs with the Acquire load in `receive`.
        self.ready.store(true, Ordering::Release);
    }

    fn receive(&self) -> i64 {
        wait_until(|| self.ready.load(Ordering::Acquire));
        self.data.load(Ordering::Relaxed)
    }

    /// The reader takes the flag down, and only then the writer sends the next value. Answers
    /// also the sum of what was read.
    fn cost(&self, operations: u64, publish: impl Fn(i64) + Sync) -> (Duration, i64) {
        let sum = AtomicI64::new(0);
        let time = time_hand_offs(operations, |number, value| {
            if number == WRITER {
                wait_until(|| !self.ready.load(Ordering::Acquire));
                publish(value);
            } else {
                sum.fetch_add(self.receive(), Ordering::Relaxed);
                self.ready.store(false, Ordering::Release);
            }
        });
        (time, sum.into_inner())
    }
}

/// Writer and reader both do each hand-off: of 1, 2, … up to `operations`.
fn time_hand_offs(operations: u64, hand_off: impl Fn(usize, i64) + Sync) -> Duration {
    time_together(2, 2 * operations, |number, share| {
        (1..=share as i64).for_each(|value| hand_off(number, value));
    })
}

/// What the reader must have read in all.
fn sum_of(operations: u64) -> i64 {
    let last = operations as i64;
    last * (last + 1) / 2
}

fn run_until_wrong() -> Chase {
    let mail = Mail::default();
    let received = AtomicI64::new(0);
    chase(
        2,
        1_000_000,
        || {
            mail.ready.store(false, Ordering::SeqCst);
            mail.data.store(0, Ordering::SeqCst);
        },
        |number| {
            if number == WRITER {
                mail.publish_flag_first(ANSWER);
            } else {
                received.store(mail.receive(), Ordering::SeqCst);
            }
        },
        || Wrong {
            expected: ANSWER,
            got: received.load(Ordering::SeqCst),
        },
    )
}

/// What the reader has used, if it has; and the claim that it was the answer.
fn reader_of(program: &mut Program) -> Rc<Cell<Option<i64>>> {
    let used = Rc::new(Cell::new(None));
    let claim = Rc::clone(&used);
    program.claim(move || match claim.get() {
        None | Some(ANSWER) => Ok(()),
        Some(other) => Err(format!("expected {ANSWER}, got {other}")),
    });
    used
}

/// The program in steps, with the writer's two stores in either order.
fn with_a_flag(program: &mut Program, flag_first: bool) {
    let ready = program.shared("ready", false);
    let data = program.shared("data", 0);
    let used = reader_of(program);
    let (raise, write) = (ready.clone(), data.clone());
    program.thread("writer", move |_| async move {
        if flag_first {
            raise.store(true).await;
            write.store(ANSWER).await;
        } else {
            write.store(ANSWER).await;
            raise.store(true).await;
        }
    });
    program.thread("reader", |me| async move {
        if ready.load().await {
            let value = data.load().await;
            used.set(Some(value));
            if value != ANSWER {
                me.note("too early");
            }
        }
    });
}

fn flag_then_data(program: &mut Program) {
    with_a_flag(program, true);
}

fn data_then_flag(program: &mut Program) {
    with_a_flag(program, false);
}

fn with_a_mutex(program: &mut Program) {
    let ready = program.shared("ready", false);
    let data = program.shared("data", 0);
    let mutex = program.mutex("mail");
    let used = reader_of(program);
    let (raise, write, writers) = (ready.clone(), data.clone(), mutex.clone());
    program.thread("writer", |_| async move {
        writers.lock().await;
        raise.store(true).await;
        write.store(ANSWER).await;
        writers.unlock().await;
    });
    program.thread("reader", |_| async move {
        mutex.lock().await;
        if ready.load().await {
            used.set(Some(data.load().await));
        }
        mutex.unlock().await;
    });
}

fn with_a_queue(program: &mut Program) {
    let queue = Rc::new(Bounded::new(64));
    let used = reader_of(program);
    let sender = Rc::clone(&queue);
    program.thread("writer", |me| async move {
        me.call("try_push", || sender.try_push(ANSWER))
            .await
            .expect("an empty queue has room");
    });
    program.thread("reader", |me| async move {
        if let Ok(value) = me.call("try_pop", || queue.try_pop()).await {
            used.set(Some(value));
        }
    });
}

fn cost_of_a_mutex(operations: u64) -> Duration {
    let (mail, sum) = (Mutex::new(None), AtomicI64::new(0));
    let mail = || mail.lock().expect("nobody panics with the lock");
    let time = time_hand_offs(operations, |number, value| {
        if number == WRITER {
            wait_until(|| {
                let mut mail = mail();
                let free = mail.is_none();
                if free {
                    *mail = Some(value);
                }
                free
            });
        } else {
            wait_until(|| {
                let value = mail().take();
                value
                    .map(|value| sum.fetch_add(value, Ordering::Relaxed))
                    .is_some()
            });
        }
    });
    assert_eq!(sum.into_inner(), sum_of(operations));
    time
}

fn cost_of_a_queue(operations: u64) -> Duration {
    let (queue, sum) = (Bounded::new(64), AtomicI64::new(0));
    let time = time_hand_offs(operations, |number, value| {
        if number == WRITER {
            wait_until(|| queue.try_push(value).is_ok());
        } else {
            wait_until(|| {
                let value = queue.try_pop();
                value
                    .map(|value| sum.fetch_add(value, Ordering::Relaxed))
                    .is_ok()
            });
        }
    });
    assert_eq!(sum.into_inner(), sum_of(operations));
    time
}
