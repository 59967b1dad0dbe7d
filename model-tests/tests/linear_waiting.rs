//! Real threads and tasks that wait on `Bounded`: every answer is one that a sequential queue could have given, and
//! nobody waits for ever.
//!
//! Short histories are decided exactly, with real-time order and, undisturbed by a clock, with program order alone;
//! long ones are held against the rules of queues. In half of them nobody closes the queue: there, as many are
//! pushed as popped, and each wait ends only by the work of others.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

#[path = "linear_bounded/caller.rs"]
#[allow(dead_code, reason = "the other test uses the rest")]
mod caller;
#[path = "linear_waiting/forms.rs"]
mod forms;
#[path = "linear_bounded/giving_way.rs"]
mod giving_way;
#[path = "waiting/tasks.rs"]
mod tasks;
#[path = "waiting/watchdog.rs"]
mod watchdog;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use latchless::queue::Bounded;
use model_tests::history::{Clock, History, Log, Order};
use model_tests::linearize::{assert_linearizable, linearize, linearize_within};
use model_tests::queue_rules;
use model_tests::rounds;
use model_tests::spec::fifo::{Answer, Call, Fifo};

use caller::{Dice, Mix, Planned, record};
use forms::{Form, Waiter, pop, pop_some, push, push_all};
use giving_way::GivingWay;
use watchdog::Watchdog;

/// How many answers of each kind were seen.
#[derive(Debug, Default)]
struct Seen(BTreeMap<String, usize>);

impl Seen {
    fn add(&mut self, history: &History<Call, Answer>) {
        for op in history.operations() {
            let answer = match op.answer {
                Some(Answer::Popped(_)) => "Popped".to_owned(),
                Some(answer) => format!("{answer:?}"),
                None => continue,
            };
            *self.0.entry(answer).or_default() += 1;
        }
    }

    /// A test that never met an answer has not tested it.
    fn assert_met(&self, answers: &[&str]) {
        println!("{self:?}");
        for &answer in answers {
            assert!(self.0.get(answer) > Some(&0), "no {answer} in {self:?}");
        }
    }
}

/// Pushes each value, and gives up now and then before it insists.
fn push_each(
    waiter: &mut dyn Waiter,
    values: impl Iterator<Item = u64>,
    dice: &mut Dice,
    log: &mut Log<'_, Call, Answer>,
) {
    for value in values {
        let hurried = dice.below(2) == 0;
        if hurried && push(waiter, value, Form::hurried(dice), log) != Answer::Full {
            continue;
        }
        assert_eq!(
            push(waiter, value, Form::patient(dice), log),
            Answer::Pushed
        );
    }
}

/// Pops so many, and gives up now and then before it insists.
fn pop_as_many(
    waiter: &mut dyn Waiter,
    mut count: usize,
    dice: &mut Dice,
    log: &mut Log<'_, Call, Answer>,
) {
    while count > 0 {
        if dice.below(4) == 0 {
            count -= pop_some(waiter, count.min(3), log);
            continue;
        }
        let hurried = dice.below(2) == 0;
        if hurried && pop(waiter, Form::hurried(dice), log) != Answer::Empty {
            count -= 1;
            continue;
        }
        assert!(matches!(
            pop(waiter, Form::patient(dice), log),
            Answer::Popped(_)
        ));
        count -= 1;
    }
}

/// One thread's part where as many are pushed as popped: thread 0 pushes what the others pop, or pops what they push.
fn balanced_part(
    waiter: &mut dyn Waiter,
    thread: usize,
    threads: usize,
    pushes_alone: bool,
    each: usize,
    dice: &mut Dice,
    log: &mut Log<'_, Call, Answer>,
) {
    let alone = thread == 0;
    let count = if alone { each * (threads - 1) } else { each };
    if alone == pushes_alone {
        let first = 1_000_000 * thread as u64;
        let values: Vec<u64> = (first..first + count as u64).collect();
        if dice.below(4) == 0 {
            push_all(waiter, &values, log);
        } else {
            push_each(waiter, values.into_iter(), dice, log);
        }
    } else {
        pop_as_many(waiter, count, dice, log);
    }
}

/// One thread's part where a queue is closed in the end: thread 0 never waits without an end, and closes; the others do.
fn closing_part(
    queue: &Bounded<u64>,
    waiter: &mut dyn Waiter,
    thread: usize,
    dice: &mut Dice,
    log: &mut Log<'_, Call, Answer>,
) {
    let first = 1_000 * (thread as u64 + 1);
    // The one that closes does more before it does.
    for i in 0..2 + dice.below(if thread == 0 { 8 } else { 3 }) {
        let value = first + 10 * i;
        if thread == 0 && dice.below(2) == 0 {
            record(&mut &*queue, &Mix::PushPop.draw(dice, value), log);
            continue;
        }
        let form = if thread == 0 || dice.below(2) == 0 {
            Form::hurried(dice)
        } else {
            Form::patient(dice)
        };
        match dice.below(8) {
            0 if thread > 0 => push_all(waiter, &[value, value + 1, value + 2], log),
            1 if thread > 0 => {
                pop_some(waiter, 2, log);
            }
            n if n % 2 == 0 => {
                push(waiter, value, form, log);
            }
            _ => {
                pop(waiter, form, log);
            }
        }
    }
    if thread == 0 {
        let close = if dice.below(2) == 0 {
            Planned::One(Call::Close)
        } else {
            Planned::CloseNow
        };
        record(&mut &*queue, &close, log);
    }
}

/// What a thread does in a round.
type Part = fn(&Bounded<u64>, &mut dyn Waiter, usize, usize, u64, &mut Log<'_, Call, Answer>);

/// Runs many short histories of `part` and decides each.
fn decide_many(part: Part) -> Seen {
    const ROUNDS: u64 = 200;
    let mut seen = Seen::default();
    let histories = Arc::default();
    let _watchdog = Watchdog::watch("short histories", Arc::clone(&histories), String::new);
    for capacity in [1, 2, 3] {
        for order in [Order::RealTime, Order::Program] {
            for threads in [2, 3] {
                rounds::run(
                    threads,
                    ROUNDS,
                    order,
                    |_| Bounded::new(capacity),
                    |turn, log| {
                        let queue: &Bounded<u64> = turn.subject;
                        let seed = turn.round * 8 + turn.thread as u64;
                        let _giving_way = GivingWay::begin(seed);
                        let mut handle = queue.handle().expect("few handles exist");
                        turn.start();
                        let waiter: &mut dyn Waiter = match Dice::new(seed).below(2) {
                            0 => &mut &*queue,
                            _ => &mut &mut handle,
                        };
                        part(queue, waiter, turn.thread, threads, turn.round, log);
                    },
                    |_, history| {
                        assert_linearizable(&Fifo::bounded(capacity), history);
                        seen.add(history);
                        histories.fetch_add(1, Ordering::Relaxed);
                    },
                );
            }
        }
    }
    seen
}

#[test]
fn waits_that_others_end_are_linearizable() {
    decide_many(|_, waiter, thread, threads, round, log| {
        let mut dice = Dice::new(round * 8 + thread as u64 + 1);
        balanced_part(waiter, thread, threads, round % 2 == 0, 3, &mut dice, log);
    })
    .assert_met(&["Pushed", "Full", "Popped", "Empty"]);
}

#[test]
fn waits_that_a_close_ends_are_linearizable() {
    decide_many(|queue, waiter, thread, _, round, log| {
        let mut dice = Dice::new(round * 8 + thread as u64 + 1);
        closing_part(queue, waiter, thread, &mut dice, log);
    })
    .assert_met(&["Pushed", "Full", "Closed", "Popped", "Empty"]);
}

/// One long run: one thread pushes for three that pop, or the other way round.
fn long_history(capacity: usize, pushes_alone: bool) -> History<Call, Answer> {
    const THREADS: usize = 4;
    const EACH: usize = 700;
    let queue = Bounded::new(capacity);
    let clock = Clock::new(Order::RealTime);
    let logs = std::thread::scope(|scope| {
        let workers = [0, 1, 2, 3].map(|thread| {
            let (queue, clock) = (&queue, &clock);
            scope.spawn(move || {
                let mut log = Log::new(clock, 4 * EACH);
                let mut dice = Dice::new(capacity as u64 * 8 + thread as u64);
                let mut handle = queue.handle().expect("few handles exist");
                let waiter: &mut dyn Waiter = match thread {
                    0 | 1 => &mut &mut handle,
                    _ => &mut &*queue,
                };
                balanced_part(
                    waiter,
                    thread,
                    THREADS,
                    pushes_alone,
                    EACH,
                    &mut dice,
                    &mut log,
                );
                log.into_operations()
            })
        });
        workers
            .map(|worker| worker.join().expect("no worker panics"))
            .into_iter()
            .collect()
    });
    History::new(logs)
}

#[test]
fn long_histories_of_waits_keep_the_rules_of_queues() {
    let mut seen = Seen::default();
    let histories = Arc::default();
    let _watchdog = Watchdog::watch("long histories", Arc::clone(&histories), String::new);
    for capacity in [1, 2, 7, 64] {
        for pushes_alone in [false, true] {
            let history = long_history(capacity, pushes_alone);
            histories.fetch_add(1, Ordering::Relaxed);
            if let Err(violation) = queue_rules::check(capacity, &history) {
                panic!("capacity {capacity}: {violation}");
            }
            // The search may give up on a history of this length, but it must not refuse it.
            let verdict = linearize_within(&Fifo::bounded(capacity), &history, 20_000);
            assert!(!verdict.is_refused(), "capacity {capacity}: {verdict:?}");
            seen.add(&history);
        }
    }
    seen.assert_met(&["Pushed", "Full", "Popped", "Empty"]);
}

/// Gives up without having looked.
struct Impatient<'q>(&'q Bounded<u64>);

impl Waiter for Impatient<'_> {
    fn push(&mut self, value: u64, form: Form) -> Answer {
        match form {
            Form::Bare | Form::Async => (&mut self.0).push(value, form),
            Form::Timeout(_) | Form::Cancelled(_) => Answer::Full,
        }
    }
    fn pop(&mut self, form: Form) -> Answer {
        match form {
            Form::Bare | Form::Async => (&mut self.0).pop(form),
            Form::Timeout(_) | Form::Cancelled(_) => Answer::Empty,
        }
    }
    fn push_all(&mut self, items: &mut VecDeque<u64>) -> usize {
        self.0.push_all(items)
    }
    fn pop_some(&mut self, items: &mut Vec<u64>, max: usize) -> usize {
        self.0.pop_some(items, max)
    }
}

#[test]
fn a_wait_that_gives_up_without_having_looked_is_refused() {
    let mut refused = 0;
    for seed in 0..100 {
        let queue = Bounded::new(2);
        let clock = Clock::new(Order::RealTime);
        let mut log = Log::new(&clock, 16);
        closing_part(
            &queue,
            &mut Impatient(&queue),
            0,
            &mut Dice::new(seed),
            &mut log,
        );
        let history = History::new(vec![log.into_operations()]);
        refused += usize::from(linearize(&Fifo::bounded(2), &history).is_refused());
    }
    assert!(refused > 50, "of 100, {refused}");
}
