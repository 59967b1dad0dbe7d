//! Real threads and tasks on a joinable queue: every answer is one that a sequential queue could have given, a join
//! returns only where nothing was unfinished, and nobody waits for ever.
//!
//! The histories are short and decided exactly, with real-time order and, undisturbed by a clock, with program order
//! alone; what counts as unfinished, and when, is in `model_tests::spec::joinable`.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

#[path = "linear_bounded/caller.rs"]
#[allow(dead_code, reason = "only the dice are needed")]
mod caller;
#[path = "linear_bounded/giving_way.rs"]
mod giving_way;
#[path = "linear_joinable/record.rs"]
mod record;
#[path = "waiting/tasks.rs"]
mod tasks;
#[path = "waiting/watchdog.rs"]
mod watchdog;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use latchless::queue::Joinable;
use model_tests::history::{Clock, History, Log, Order};
use model_tests::linearize::{assert_linearizable, linearize};
use model_tests::rounds;
use model_tests::spec::joinable::{self, Answer, Call};

use caller::Dice;
use giving_way::GivingWay;
use record::{Book, Queue, Task};
use tasks::{block_on, within};
use watchdog::Watchdog;

/// One thread: its dice, its numbers, and what it writes down.
struct Caller<'r, 'c> {
    queue: &'r Queue,
    dice: Dice,
    next: u64,
    book: &'r mut Book<'c>,
}

impl Caller<'_, '_> {
    fn moment(&mut self) -> Duration {
        Duration::from_micros(1 + self.dice.below(200))
    }

    /// Pushes in a form that may give up; whether it has pushed.
    fn push_in_haste(&mut self) -> bool {
        self.next += 1;
        let (value, moment) = (self.next, self.moment());
        let queue = self.queue;
        let polls = 1 + self.dice.below(4);
        let answer = match self.dice.below(4) {
            0 => Some(record::try_push(self.book, queue, value)),
            1 => record::push_timeout(self.book, queue, value, moment),
            _ => record::push(self.book, value, || {
                let pushed = within(Box::pin(queue.push_async(value)), polls)?;
                Some(record::pushed(pushed, value))
            }),
        };
        answer == Some(Answer::Pushed)
    }

    fn push(&mut self) -> bool {
        self.next += 1;
        let (value, queue) = (self.next, self.queue);
        let bare = self.dice.below(2) == 0;
        let answer = record::push(self.book, value, || {
            let pushed = if bare {
                queue.push(value)
            } else {
                block_on(queue.push_async(value))
            };
            Some(record::pushed(pushed, value))
        });
        answer == Some(Answer::Pushed)
    }

    fn pop_in_haste(&mut self) -> Option<Task> {
        let (queue, moment) = (self.queue, self.moment());
        let polls = 1 + self.dice.below(4);
        let popped = match self.dice.below(4) {
            0 => record::try_pop(self.book, queue),
            1 => record::pop_timeout(self.book, queue, moment),
            _ => record::pop(self.book, || {
                match within(Box::pin(queue.pop_async()), polls) {
                    None => Err(Answer::Empty),
                    Some(Err(_)) => Err(Answer::Closed),
                    Some(Ok(task)) => Ok(task.into_owned(queue)),
                }
            }),
        };
        popped.ok()
    }

    fn pop(&mut self) -> Option<Task> {
        let queue = self.queue;
        let popped = match self.dice.below(2) {
            0 => record::bare_pop(self.book, queue),
            _ => record::pop(self.book, || match block_on(queue.pop_async()) {
                Err(_) => Err(Answer::Closed),
                Ok(task) => Ok(task.into_owned(queue)),
            }),
        };
        popped.ok()
    }

    /// Deals with a task, or puts it back; whether it is done.
    fn deal_with(&mut self, task: Task) -> bool {
        let moment = self.moment();
        let refused = match self.dice.below(4) {
            0 => record::try_retry(self.book, task),
            1 => record::retry_timeout(self.book, task, moment),
            _ => Some(task),
        };
        match refused {
            None => false,
            Some(task) => {
                record::done(self.book, task);
                true
            }
        }
    }

    /// Joins in a form that may give up, or asks.
    fn join_in_haste(&mut self) {
        let (queue, moment) = (self.queue, self.moment());
        let polls = 1 + self.dice.below(4);
        match self.dice.below(4) {
            0 => _ = record::join(self.book, || queue.try_join()),
            1 => _ = record::join(self.book, || queue.join_timeout(moment)),
            2 => {
                record::join(self.book, || {
                    within(Box::pin(queue.join_async()), polls).is_some()
                });
            }
            _ => record::unfinished(self.book, queue),
        }
    }

    fn join(&mut self) {
        let (queue, bare) = (self.queue, self.dice.below(2) == 0);
        record::join(self.book, || {
            if bare {
                queue.join();
            } else {
                block_on(queue.join_async());
            }
            true
        });
    }
}

/// Thread 0 pushes what the others deal with; then everybody joins.
fn balanced(caller: &mut Caller<'_, '_>, thread: usize, threads: usize) {
    const EACH: usize = 2;
    let mut left = if thread == 0 {
        EACH * (threads - 1)
    } else {
        EACH
    };
    while left > 0 {
        let hurried = caller.dice.below(2) == 0;
        let done = match thread {
            0 if hurried => caller.push_in_haste(),
            0 => caller.push(),
            _ => {
                let task = if hurried {
                    caller.pop_in_haste()
                } else {
                    caller.pop()
                };
                task.is_some_and(|task| caller.deal_with(task))
            }
        };
        left -= usize::from(done);
        if caller.dice.below(4) == 0 {
            caller.join_in_haste();
        }
    }
    caller.join();
}

/// Thread 0 never waits without an end, closes, and deals with what is left; the others do what they like.
fn closing(caller: &mut Caller<'_, '_>, thread: usize) {
    for _ in 0..2 + caller.dice.below(3) {
        let hurried = thread == 0 || caller.dice.below(2) == 0;
        match (caller.dice.below(5), hurried) {
            (0 | 1, true) => _ = caller.push_in_haste(),
            (0 | 1, false) => _ = caller.push(),
            (2 | 3, hurried) => {
                let task = if hurried {
                    caller.pop_in_haste()
                } else {
                    caller.pop()
                };
                _ = task.map(|task| caller.deal_with(task));
            }
            (_, true) => caller.join_in_haste(),
            (_, false) => caller.join(),
        }
    }
    if thread == 0 {
        if caller.dice.below(2) == 0 {
            record::close_now(caller.book, caller.queue);
        } else {
            record::close(caller.book, caller.queue);
        }
        while let Some(task) = caller.pop() {
            record::done(caller.book, task);
        }
    }
}

/// How many answers of each kind were seen; which ones come, depends on the machine.
#[derive(Debug, Default)]
struct Seen(BTreeMap<String, usize>);

impl Seen {
    fn add(&mut self, history: &History<Call, Answer>) {
        for op in history.operations() {
            let answer = match (op.call, op.answer) {
                (Call::Join, Some(Answer::Is(joined))) => format!("joined {joined}"),
                (Call::Retry(_), Some(answer)) => format!("retry {answer:?}"),
                (_, Some(Answer::Popped(_))) => "Popped".to_owned(),
                (_, Some(Answer::Done | Answer::Len(_)) | None) => continue,
                (_, Some(answer)) => format!("{answer:?}"),
            };
            *self.0.entry(answer).or_default() += 1;
        }
    }
}

/// Runs many short histories of `part` and decides each.
fn decide_many(what: &'static str, part: impl Fn(&mut Caller<'_, '_>, usize, usize) + Sync) {
    const ROUNDS: u64 = 100;
    let mut seen = Seen::default();
    let histories = Arc::default();
    let _watchdog = Watchdog::watch(what, Arc::clone(&histories), String::new);
    for capacity in [Some(1), Some(2), None] {
        let start =
            capacity.map_or_else(joinable::Joinable::unbounded, joinable::Joinable::bounded);
        for order in [Order::RealTime, Order::Program] {
            for threads in [2, 3] {
                rounds::run(
                    threads,
                    ROUNDS,
                    order,
                    |_| Arc::new(capacity.map_or_else(Joinable::unbounded, Joinable::new)),
                    |turn, log| {
                        let seed = turn.round * 8 + turn.thread as u64;
                        let _giving_way = GivingWay::begin(seed);
                        let mut caller = Caller {
                            queue: turn.subject,
                            dice: Dice::new(seed + 1),
                            next: 1_000 * (turn.thread as u64 + 1),
                            book: log,
                        };
                        turn.start();
                        part(&mut caller, turn.thread, threads);
                    },
                    |queue, history| {
                        assert_eq!(queue.unfinished(), 0, "all is done in the end");
                        assert_linearizable(&start, history);
                        seen.add(history);
                        histories.fetch_add(1, Ordering::Relaxed);
                    },
                );
            }
        }
    }
    println!("{what}: {seen:?}");
}

#[test]
fn tasks_that_others_deal_with_and_joins_are_answered_as_by_a_sequential_queue() {
    decide_many("tasks", |caller, thread, threads| {
        balanced(caller, thread, threads)
    });
}

#[test]
fn waits_that_a_close_ends_are_answered_as_by_a_sequential_queue() {
    decide_many("closes", |caller, thread, _| closing(caller, thread));
}

/// The teeth: who says so without having looked.
#[test]
fn a_join_that_does_not_wait_for_a_task_in_hand_is_refused() {
    for lies in [false, true] {
        let clock = Clock::new(Order::RealTime);
        let queue = Arc::new(Joinable::new(1));
        let mut book = Log::new(&clock, 8);
        record::try_push(&mut book, &queue, 1);
        let task = record::try_pop(&mut book, &queue);
        record::join(&mut book, || lies || queue.try_join());
        drop(task);
        let history = History::new(vec![book.into_operations()]);
        let verdict = linearize(&joinable::Joinable::bounded(1), &history);
        assert_eq!(verdict.is_refused(), lies, "{verdict:?}");
    }
}
