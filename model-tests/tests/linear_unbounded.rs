//! Real threads on `Unbounded`: every answer is one that a sequential queue could have given. (Its length is a snapshot,
//! and not asked for.)
//!
//! With `--cfg latchless_steps` the threads also give way between any two accesses to shared memory, and segments are
//! so small that every history crosses their ends.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

#[path = "linear_bounded/caller.rs"]
mod caller;
#[path = "linear_bounded/giving_way.rs"]
mod giving_way;

use std::collections::{BTreeMap, VecDeque};

use latchless::error::TryPopError;
use latchless::queue::Unbounded;
use latchless::queue::unbounded::Handle;
use model_tests::history::Order;
use model_tests::linearize::assert_linearizable;
use model_tests::rounds::{self, Turn};
use model_tests::spec::fifo::{Answer, Call, Fifo};

use caller::{BatchCaller, Caller, Dice, Mix, Planned, record};
use giving_way::GivingWay;

fn popped(result: Result<u64, TryPopError>) -> Answer {
    match result {
        Ok(value) => Answer::Popped(value),
        Err(TryPopError::Empty) => Answer::Empty,
        Err(TryPopError::Closed) => Answer::Closed,
    }
}

fn pushed(result: Result<(), latchless::error::PushError<u64>>, value: u64) -> Answer {
    match result {
        Ok(()) => Answer::Pushed,
        Err(error) => {
            assert_eq!(error.into_inner(), value, "its own value comes back");
            Answer::Closed
        }
    }
}

impl Caller for &Unbounded<u64> {
    fn call(&mut self, call: Call) -> Answer {
        match call {
            Call::TryPush(value) => pushed(self.push(value), value),
            Call::TryPop => popped(self.try_pop()),
            Call::IsEmpty => Answer::Is(self.is_empty()),
            Call::IsClosed => Answer::Is(self.is_closed()),
            Call::Close => Answer::Is(self.close()),
            Call::Len | Call::IsFull | Call::ForcePush(_) => unreachable!("not drawn"),
        }
    }
}

impl BatchCaller for &Unbounded<u64> {
    fn push_many(&mut self, items: &mut VecDeque<u64>) -> usize {
        Unbounded::push_many(self, items)
    }
    fn pop_many(&mut self, items: &mut Vec<u64>, max: usize) -> usize {
        self.try_pop_many(items, max)
    }
    fn close_now(&mut self) -> Vec<u64> {
        Unbounded::close_now(self)
    }
}

impl Caller for Handle<'_, u64> {
    fn call(&mut self, call: Call) -> Answer {
        match call {
            Call::TryPush(value) => pushed(self.push(value), value),
            Call::TryPop => popped(self.try_pop()),
            Call::IsEmpty => Answer::Is(self.is_empty()),
            Call::IsClosed => Answer::Is(self.is_closed()),
            Call::Close => Answer::Is(self.close()),
            on_the_queue => (&**self).call(on_the_queue),
        }
    }
}

impl BatchCaller for Handle<'_, u64> {
    fn push_many(&mut self, items: &mut VecDeque<u64>) -> usize {
        Handle::push_many(self, items)
    }
    fn pop_many(&mut self, items: &mut Vec<u64>, max: usize) -> usize {
        self.try_pop_many(items, max)
    }
    fn close_now(&mut self) -> Vec<u64> {
        Handle::close_now(self)
    }
}

fn queue(slots: usize) -> Unbounded<u64> {
    #[cfg(latchless_steps)]
    return Unbounded::with_slots(slots, 2 * slots);
    #[cfg(not(latchless_steps))]
    {
        let _ = slots;
        Unbounded::new()
    }
}

/// A queue of which some slots were used, and that holds a few values, so that histories begin everywhere.
struct Prepared {
    queue: Unbounded<u64>,
    start: Fifo,
}

impl Prepared {
    fn new(slots: usize, round: u64) -> Self {
        let queue = queue(slots);
        let mut dice = Dice::new(round);
        let mut start = Fifo::unbounded();
        for value in 0..dice.below(40) {
            assert!(queue.push(value).is_ok());
            assert!(queue.try_pop().is_ok());
        }
        for value in 1000..1000 + dice.below(4) {
            assert!(queue.push(value).is_ok());
            start.apply(&Call::TryPush(value));
        }
        Prepared { queue, start }
    }
}

/// What one thread does in one round, always the same.
fn plan<S>(turn: &Turn<'_, S>, mix: Mix) -> Vec<Planned> {
    let thread = turn.thread as u64;
    let mut dice = Dice::new(turn.round * 8 + thread + 1);
    let calls = 1 + dice.below(4);
    let mut plan = Vec::new();
    while (plan.len() as u64) < calls {
        let planned = mix.draw(&mut dice, 100 * (thread + 1) + 10 * plan.len() as u64);
        let is_of_bounded = matches!(
            planned,
            Planned::One(Call::Len | Call::IsFull | Call::ForcePush(_))
        );
        if !is_of_bounded {
            plan.push(planned);
        }
    }
    plan
}

fn decide(mix: Mix, by_handle: fn(usize) -> bool) -> BTreeMap<String, usize> {
    let mut seen = BTreeMap::new();
    for slots in [1, 2, 5] {
        for order in [Order::RealTime, Order::Program] {
            for threads in [2, 3] {
                rounds::run(
                    threads,
                    200,
                    order,
                    |round| Prepared::new(slots, round),
                    |turn, log| {
                        let mut queue = &turn.subject.queue;
                        let plan = plan(turn, mix);
                        let _giving_way = GivingWay::begin(turn.round * 8 + turn.thread as u64);
                        if by_handle(turn.thread) {
                            let mut handle = queue.handle();
                            turn.start();
                            plan.iter()
                                .for_each(|planned| record(&mut handle, planned, log));
                        } else {
                            turn.start();
                            plan.iter()
                                .for_each(|planned| record(&mut queue, planned, log));
                        }
                    },
                    |subject, history| {
                        assert_linearizable(&subject.start, history);
                        for op in history.operations() {
                            let Some(answer) = op.answer else { continue };
                            let kind = match answer {
                                Answer::Popped(_) => "Popped".to_owned(),
                                answer => format!("{answer:?}"),
                            };
                            *seen.entry(kind).or_default() += 1;
                        }
                    },
                );
            }
        }
    }
    println!("{seen:?}");
    seen
}

fn assert_met(seen: &BTreeMap<String, usize>, answers: &[&str]) {
    for &answer in answers {
        assert!(seen.get(answer) > Some(&0), "no {answer} in {seen:?}");
    }
}

const EVERY_ANSWER: [&str; 8] = [
    "Pushed",
    "Closed",
    "Popped",
    "Empty",
    "Is(true)",
    "Is(false)",
    "Nothing",
    "Done",
];

#[test]
fn pushes_and_pops_of_a_list_by_handles_are_linearizable() {
    assert_met(
        &decide(Mix::PushPop, |_| true),
        &["Pushed", "Popped", "Empty"],
    );
}

#[test]
fn every_call_on_a_list_by_handles_is_linearizable() {
    assert_met(&decide(Mix::Everything, |_| true), &EVERY_ANSWER);
}

#[test]
fn every_single_call_on_a_list_by_reference_is_linearizable() {
    assert_met(&decide(Mix::Single, |_| false), &EVERY_ANSWER[..6]);
}

#[test]
fn every_call_on_a_list_by_handles_and_references_together_is_linearizable() {
    assert_met(
        &decide(Mix::Everything, |thread| thread != 1),
        &EVERY_ANSWER,
    );
}
