//! The waiting calls, as the specification knows them.
//!
//! A call that waits is one that tries again and again, of which only the last try counts: so it is written down as
//! that try, with the interval of the whole call. One that was pushed, popped or found the queue closed says what a
//! try would say. One that gave up, because its time was over or its future was dropped, has at least once found the
//! queue full, or empty, so that must have been true at one moment of the call: it is written down as Full or Empty.

use std::collections::VecDeque;
use std::time::Duration;

use latchless::error::{PopError, PopTimeoutError, PushError, PushTimeoutError};
use latchless::queue::{Bounded, Handle};
use model_tests::history::Log;
use model_tests::spec::fifo::{Answer, Call};

use super::caller::Dice;
use super::tasks::{block_on, within};

/// How a call waits.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// As long as it takes, as a thread.
    Bare,
    /// As long as it takes, as a task.
    Async,
    /// For so long.
    Timeout(Duration),
    /// As a task that is dropped after so many polls.
    Cancelled(u64),
}

impl Form {
    /// Draws a form that may give up.
    pub fn hurried(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => Form::Timeout(Duration::ZERO),
            1 => Form::Timeout(Duration::from_micros(dice.below(200))),
            _ => Form::Cancelled(1 + dice.below(4)),
        }
    }

    /// Draws a form that does not.
    pub fn patient(dice: &mut Dice) -> Self {
        match dice.below(2) {
            0 => Form::Bare,
            _ => Form::Async,
        }
    }
}

/// One who can make the calls that wait.
pub trait Waiter {
    /// Pushes, or does not.
    fn push(&mut self, value: u64, form: Form) -> Answer;
    /// Pops, or does not.
    fn pop(&mut self, form: Form) -> Answer;
    /// Pushes all, unless the queue is closed.
    fn push_all(&mut self, items: &mut VecDeque<u64>) -> usize;
    /// Pops at least one, unless the queue is closed.
    fn pop_some(&mut self, items: &mut Vec<u64>, max: usize) -> usize;
}

fn pushed(result: Result<(), PushError<u64>>, value: u64) -> Answer {
    match result {
        Ok(()) => Answer::Pushed,
        Err(PushError(back)) => given_back(back, value, Answer::Closed),
    }
}

fn pushed_in_time(result: Result<(), PushTimeoutError<u64>>, value: u64) -> Answer {
    match result {
        Ok(()) => Answer::Pushed,
        Err(PushTimeoutError::Timeout(back)) => given_back(back, value, Answer::Full),
        Err(PushTimeoutError::Closed(back)) => given_back(back, value, Answer::Closed),
    }
}

fn given_back(back: u64, value: u64, answer: Answer) -> Answer {
    assert_eq!(back, value, "a refused push gives its own value back");
    answer
}

fn popped(result: Result<u64, PopError>) -> Answer {
    result.map_or(Answer::Closed, Answer::Popped)
}

fn popped_in_time(result: Result<u64, PopTimeoutError>) -> Answer {
    match result {
        Ok(value) => Answer::Popped(value),
        Err(PopTimeoutError::Timeout) => Answer::Empty,
        Err(PopTimeoutError::Closed) => Answer::Closed,
    }
}

macro_rules! waiter {
    ($kind:ty) => {
        impl Waiter for $kind {
            fn push(&mut self, value: u64, form: Form) -> Answer {
                match form {
                    Form::Bare => pushed((**self).push(value), value),
                    Form::Async => pushed(block_on((**self).push_async(value)), value),
                    Form::Timeout(time) => {
                        pushed_in_time((**self).push_timeout(value, time), value)
                    }
                    Form::Cancelled(polls) => within((**self).push_async(value), polls)
                        .map_or(Answer::Full, |result| pushed(result, value)),
                }
            }
            fn pop(&mut self, form: Form) -> Answer {
                match form {
                    Form::Bare => popped((**self).pop()),
                    Form::Async => popped(block_on((**self).pop_async())),
                    Form::Timeout(time) => popped_in_time((**self).pop_timeout(time)),
                    Form::Cancelled(polls) => {
                        within((**self).pop_async(), polls).map_or(Answer::Empty, popped)
                    }
                }
            }
            fn push_all(&mut self, items: &mut VecDeque<u64>) -> usize {
                self.push_many(items)
            }
            fn pop_some(&mut self, items: &mut Vec<u64>, max: usize) -> usize {
                self.pop_many(items, max)
            }
        }
    };
}
waiter!(&Bounded<u64>);
waiter!(&mut Handle<'_, u64>);

/// Pushes and writes it down; says what came of it.
pub fn push(
    waiter: &mut dyn Waiter,
    value: u64,
    form: Form,
    log: &mut Log<'_, Call, Answer>,
) -> Answer {
    let mut said = Answer::Full;
    log.record(Call::TryPush(value), || {
        said = waiter.push(value, form);
        said
    });
    said
}

/// Pops and writes it down; says what came of it.
pub fn pop(waiter: &mut dyn Waiter, form: Form, log: &mut Log<'_, Call, Answer>) -> Answer {
    let mut said = Answer::Empty;
    log.record(Call::TryPop, || {
        said = waiter.pop(form);
        said
    });
    said
}

/// Pushes all and writes it down.
pub fn push_all(waiter: &mut dyn Waiter, values: &[u64], log: &mut Log<'_, Call, Answer>) {
    log.record_several(|| {
        let mut items: VecDeque<u64> = values.iter().copied().collect();
        let count = waiter.push_all(&mut items);
        assert!(
            items.iter().eq(&values[count..]),
            "what was not pushed stays, in order"
        );
        let closed = items
            .front()
            .map(|&value| (Call::TryPush(value), Answer::Closed));
        let pushed = values[..count]
            .iter()
            .map(|&value| (Call::TryPush(value), Answer::Pushed));
        pushed.chain(closed).collect::<Vec<_>>()
    });
}

/// Pops at most `max` and writes it down; says how many.
pub fn pop_some(waiter: &mut dyn Waiter, max: usize, log: &mut Log<'_, Call, Answer>) -> usize {
    let mut count = 0;
    log.record_several(|| {
        let mut items = Vec::new();
        count = waiter.pop_some(&mut items, max);
        assert_eq!(count, items.len());
        let end = match count {
            0 => Some(Answer::Closed),
            short if short < max => Some(Answer::Nothing),
            _ => None,
        };
        let popped = items
            .into_iter()
            .map(|value| (Call::TryPop, Answer::Popped(value)));
        popped
            .chain(end.map(|end| (Call::TryPop, end)))
            .collect::<Vec<_>>()
    });
    count
}
