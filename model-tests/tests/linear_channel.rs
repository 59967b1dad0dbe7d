//! Real threads and tasks on channels, with room, without, and without bound: every answer is one that a sequential
//! channel could have given, and nobody waits for ever.
//!
//! The histories are short and decided exactly, with real-time order and, undisturbed by a clock, with program order
//! alone. What a channel without room must answer is in `model_tests::spec::rendezvous`: a send succeeds there only
//! together with a receive. In half of the rounds nobody closes the channel: as many messages are sent as received, and
//! each wait ends only by the work of others.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

#[path = "linear_bounded/caller.rs"]
#[allow(dead_code, reason = "only the dice are needed")]
mod caller;
#[path = "linear_bounded/giving_way.rs"]
mod giving_way;
#[path = "linear_channel/record.rs"]
mod record;
#[path = "waiting/watchdog.rs"]
mod watchdog;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use latchless::channel::{Receiver, Sender};
use model_tests::history::{Clock, History, Log, Order};
use model_tests::rounds;
use model_tests::spec::rendezvous::{Answer, Call};

use caller::Dice;
use giving_way::GivingWay;
use record::{Book, Task, Unpark};
use watchdog::Watchdog;

type Ends = (Sender<u64>, Receiver<u64>);

/// One thread: its ends, its dice, its numbers, and what it writes down.
struct Caller<'r, 'c> {
    ends: &'r Ends,
    dice: Dice,
    next: u64,
    unpark: Arc<Unpark>,
    book: &'r mut Book<'c>,
}

impl Caller<'_, '_> {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Sends in a form that may give up.
    fn send_in_haste(&mut self) -> Answer {
        let (sender, message) = (&self.ends.0, self.number());
        let (book, dice) = (&mut *self.book, &mut self.dice);
        match dice.below(4) {
            0 => record::try_send(book, sender, message),
            1 => {
                let time = Duration::from_micros(1 + dice.below(200));
                record::send_timeout(book, sender, message, time)
            }
            _ => {
                let polls = 1 + dice.below(4);
                Task::send(sender, message).within(book, &self.unpark, Some(polls))
            }
        }
    }

    fn send(&mut self) -> Answer {
        let (sender, message) = (&self.ends.0, self.number());
        match self.dice.below(2) {
            0 => record::send(self.book, sender, message),
            _ => Task::send(sender, message).within(self.book, &self.unpark, None),
        }
    }

    /// Receives in a form that may give up.
    fn receive_in_haste(&mut self) -> Answer {
        let (receiver, number) = (&self.ends.1, self.number());
        let (book, dice) = (&mut *self.book, &mut self.dice);
        match dice.below(4) {
            0 => record::try_recv(book, receiver),
            1 => {
                let time = Duration::from_micros(1 + dice.below(200));
                record::recv_timeout(book, receiver, number, time)
            }
            _ => {
                let polls = 1 + dice.below(4);
                Task::receive(receiver, number).within(book, &self.unpark, Some(polls))
            }
        }
    }

    fn receive(&mut self) -> Answer {
        let (receiver, number) = (&self.ends.1, self.number());
        match self.dice.below(2) {
            0 => record::recv(self.book, receiver, number),
            _ => Task::receive(receiver, number).within(self.book, &self.unpark, None),
        }
    }

    /// Sends, and gives up now and then.
    fn sends(&mut self) -> Answer {
        match self.dice.below(2) {
            0 => self.send_in_haste(),
            _ => self.send(),
        }
    }

    fn receives(&mut self) -> Answer {
        match self.dice.below(2) {
            0 => self.receive_in_haste(),
            _ => self.receive(),
        }
    }
}

/// Thread 0 sends what the others receive, or receives what they send; nobody is done before he has had his number. A
/// send that was dropped may have succeeded: so nobody drops one here, and receives that are dropped take nothing.
fn balanced(caller: &mut Caller<'_, '_>, thread: usize, threads: usize, sends_alone: bool) {
    const EACH: usize = 3;
    let alone = thread == 0;
    let mut left = if alone { EACH * (threads - 1) } else { EACH };
    while left > 0 {
        let done = if alone != sends_alone {
            matches!(caller.receives(), Answer::Received(_))
        } else if caller.dice.below(2) == 0 {
            let message = caller.number();
            record::try_send(caller.book, &caller.ends.0, message) == Answer::Sent
        } else {
            caller.send() == Answer::Sent
        };
        left -= usize::from(done);
    }
}

/// Thread 0 never waits without an end, and closes; the others do what they like.
fn closing(caller: &mut Caller<'_, '_>, thread: usize) {
    for _ in 0..2 + caller.dice.below(4) {
        match (thread, caller.dice.below(2)) {
            (0, 0) => _ = caller.send_in_haste(),
            (0, _) => _ = caller.receive_in_haste(),
            (_, 0) => _ = caller.sends(),
            (_, _) => _ = caller.receives(),
        }
    }
    if thread == 0 {
        let sender = &caller.ends.0;
        record::close(caller.book, || sender.close());
        let told = caller.send_in_haste();
        assert!(matches!(told, Answer::Closed), "{told:?} after a close");
    }
}

/// How many answers of each kind were seen; which ones come, depends on the machine.
#[derive(Debug, Default)]
struct Seen(BTreeMap<String, usize>);

impl Seen {
    fn add(&mut self, history: &History<Call, Answer>) {
        for op in history.operations() {
            let answer = match op.answer {
                Some(Answer::Received(_)) => "Received".to_owned(),
                Some(Answer::Goes) | None => continue,
                Some(answer) => format!("{answer:?}"),
            };
            *self.0.entry(answer).or_default() += 1;
        }
    }
}

/// Runs many short histories of `part` and decides each.
fn decide_many(what: &'static str, part: impl Fn(&mut Caller<'_, '_>, usize, usize, u64) + Sync) {
    const ROUNDS: u64 = 130;
    let mut seen = Seen::default();
    let histories = Arc::default();
    let _watchdog = Watchdog::watch(what, Arc::clone(&histories), String::new);
    for room in [Some(0), Some(1), Some(2), None] {
        for order in [Order::RealTime, Order::Program] {
            for threads in [2, 3] {
                rounds::run(
                    threads,
                    ROUNDS,
                    order,
                    |_| record::channel(room),
                    |turn, log| {
                        let seed = turn.round * 8 + turn.thread as u64;
                        let _giving_way = GivingWay::begin(seed);
                        let mut caller = Caller {
                            ends: turn.subject,
                            dice: Dice::new(seed + 1),
                            next: 1_000 * (turn.thread as u64 + 1),
                            unpark: Unpark::here(),
                            book: log,
                        };
                        turn.start();
                        part(&mut caller, turn.thread, threads, turn.round);
                    },
                    |_, history| {
                        record::judge(room, history);
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
fn waits_that_others_end_are_answered_as_by_a_sequential_channel() {
    decide_many("sends and receives", |caller, thread, threads, round| {
        balanced(caller, thread, threads, round % 2 == 0);
    });
}

#[test]
fn waits_that_a_close_ends_are_answered_as_by_a_sequential_channel() {
    decide_many("closes", |caller, thread, _, _| closing(caller, thread));
}

/// The teeth: a channel with room is not a rendezvous.
#[test]
fn a_send_that_succeeds_without_a_receiver_is_refused() {
    let clock = Clock::new(Order::RealTime);
    let (sender, receiver) = record::channel(Some(1));
    let mut book = Log::new(&clock, 8);
    record::send(&mut book, &sender, 1);
    record::recv(&mut book, &receiver, 2);
    let history = History::new(vec![book.into_operations()]);
    record::judge(Some(1), &history);
    let judged = catch_unwind(AssertUnwindSafe(|| record::judge(Some(0), &history)));
    assert!(judged.is_err(), "it was taken for a rendezvous");
}
