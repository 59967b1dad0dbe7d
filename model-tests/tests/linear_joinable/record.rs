//! The calls on a joinable queue, written down as its specification knows them.
#![forbid(unsafe_code)]
#![allow(dead_code, reason = "each test uses what it needs")]

use std::sync::Arc;
use std::time::Duration;

use latchless::error::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
use latchless::queue::{Joinable, OwnedTask};
use model_tests::history::Log;
use model_tests::spec::joinable::{Answer, Call};

pub type Book<'c> = Log<'c, Call, Answer>;
pub type Queue = Arc<Joinable<u64>>;
pub type Task = OwnedTask<u64>;
type Part = (Call, Answer);

fn given_back(back: u64, value: u64, answer: Answer) -> Answer {
    assert_eq!(back, value, "a refused push gives its own value back");
    answer
}

/// A push in its parts; `None` for one that was dropped.
fn push_parts(value: u64, may_wait: bool, answer: Option<Answer>) -> Vec<Part> {
    let counts = if may_wait { Call::Begins } else { Call::Counts };
    let pushed = answer.map(|answer| (Call::Push(value, may_wait), answer));
    let refused = answer != Some(Answer::Pushed);
    let uncounts = refused.then_some((Call::Uncounts(may_wait), Answer::Done));
    let counts = std::iter::once((counts, Answer::Done));
    counts.chain(pushed).chain(uncounts).collect()
}

/// What came of a push that waits.
pub fn pushed(result: Result<(), PushError<u64>>, value: u64) -> Answer {
    match result {
        Ok(()) => Answer::Pushed,
        Err(PushError(back)) => given_back(back, value, Answer::Closed),
    }
}

/// Makes a push that may wait, and writes it down; it answers `None` if it was dropped.
pub fn push(
    book: &mut Book<'_>,
    value: u64,
    act: impl FnOnce() -> Option<Answer>,
) -> Option<Answer> {
    let mut said = None;
    book.record_several(|| {
        said = act();
        push_parts(value, true, said)
    });
    said
}

pub fn push_timeout(
    book: &mut Book<'_>,
    queue: &Queue,
    value: u64,
    time: Duration,
) -> Option<Answer> {
    push(book, value, || {
        Some(match queue.push_timeout(value, time) {
            Ok(()) => Answer::Pushed,
            Err(PushTimeoutError::Timeout(back)) => given_back(back, value, Answer::Full),
            Err(PushTimeoutError::Closed(back)) => given_back(back, value, Answer::Closed),
        })
    })
}

pub fn try_push(book: &mut Book<'_>, queue: &Queue, value: u64) -> Answer {
    let mut said = Answer::Full;
    book.record_several(|| {
        said = match queue.try_push(value) {
            Ok(()) => Answer::Pushed,
            Err(TryPushError::Full(back)) => given_back(back, value, Answer::Full),
            Err(TryPushError::Closed(back)) => given_back(back, value, Answer::Closed),
        };
        push_parts(value, false, Some(said))
    });
    said
}

/// Makes a pop in any form, and writes it down; it answers why, if there was no task.
pub fn pop(
    book: &mut Book<'_>,
    act: impl FnOnce() -> Result<Task, Answer>,
) -> Result<Task, Answer> {
    let mut popped = Err(Answer::Empty);
    book.record(Call::Pop, || {
        popped = act();
        match &popped {
            Ok(task) => Answer::Popped(**task),
            Err(why) => *why,
        }
    });
    popped
}

/// A poll of a pop, which is not over if it answers `None`: the first says then that there was nothing, a later one need
/// not have looked.
pub fn pop_polled(
    book: &mut Book<'_>,
    again: bool,
    poll: impl FnOnce() -> Option<Result<Task, Answer>>,
) -> Option<Result<Task, Answer>> {
    let mut polled = None;
    book.record_several(|| {
        polled = poll();
        let answer = match &polled {
            Some(Ok(task)) => Some(Answer::Popped(**task)),
            Some(Err(why)) => Some(*why),
            None => (!again).then_some(Answer::Empty),
        };
        answer.map(|answer| (Call::Pop, answer))
    });
    polled
}

pub fn try_pop(book: &mut Book<'_>, queue: &Queue) -> Result<Task, Answer> {
    pop(book, || match queue.try_pop() {
        Ok(task) => Ok(task.into_owned(queue)),
        Err(TryPopError::Empty) => Err(Answer::Empty),
        Err(TryPopError::Closed) => Err(Answer::Closed),
    })
}

pub fn bare_pop(book: &mut Book<'_>, queue: &Queue) -> Result<Task, Answer> {
    pop(book, || match queue.pop() {
        Ok(task) => Ok(task.into_owned(queue)),
        Err(PopError) => Err(Answer::Closed),
    })
}

pub fn pop_timeout(book: &mut Book<'_>, queue: &Queue, time: Duration) -> Result<Task, Answer> {
    pop(book, || match queue.pop_timeout(time) {
        Ok(task) => Ok(task.into_owned(queue)),
        Err(PopTimeoutError::Timeout) => Err(Answer::Empty),
        Err(PopTimeoutError::Closed) => Err(Answer::Closed),
    })
}

pub fn done(book: &mut Book<'_>, task: Task) {
    book.record(Call::Done, || {
        task.done();
        Answer::Done
    });
}

/// Puts a task back, and gives it back if that failed.
pub fn try_retry(book: &mut Book<'_>, task: Task) -> Option<Task> {
    let mut refused = None;
    book.record(Call::Retry(*task), || match task.try_retry() {
        Ok(()) => Answer::Pushed,
        Err(TryPushError::Full(back)) => {
            refused = Some(back);
            Answer::Full
        }
        Err(TryPushError::Closed(back)) => {
            refused = Some(back);
            Answer::Closed
        }
    });
    refused
}

/// As [`try_retry`], and waits; it fails if the queue is closed.
pub fn retry(book: &mut Book<'_>, task: Task) -> Option<Task> {
    let mut refused = None;
    book.record(Call::Retry(*task), || match task.retry() {
        Ok(()) => Answer::Pushed,
        Err(PushError(back)) => {
            refused = Some(back);
            Answer::Closed
        }
    });
    refused
}

pub fn retry_timeout(book: &mut Book<'_>, task: Task, time: Duration) -> Option<Task> {
    let mut refused = None;
    book.record(Call::Retry(*task), || match task.retry_timeout(time) {
        Ok(()) => Answer::Pushed,
        Err(PushTimeoutError::Timeout(back)) => {
            refused = Some(back);
            Answer::Full
        }
        Err(PushTimeoutError::Closed(back)) => {
            refused = Some(back);
            Answer::Closed
        }
    });
    refused
}

pub fn close(book: &mut Book<'_>, queue: &Queue) {
    book.record(Call::Close, || Answer::Is(queue.close()));
}

pub fn close_now(book: &mut Book<'_>, queue: &Queue) -> usize {
    let mut count = 0;
    book.record_several(|| {
        let rest = queue.close_now();
        count = rest.len();
        let popped = rest
            .into_iter()
            .map(|value| (Call::Pop, Answer::Popped(value)));
        let mut parts = vec![(Call::Close, Answer::Done)];
        parts.extend(popped);
        parts.push((Call::Pop, Answer::Closed));
        parts.extend((0..count).map(|_| (Call::Done, Answer::Done)));
        parts
    });
    count
}

/// Joins in any form, and writes down whether it did.
pub fn join(book: &mut Book<'_>, act: impl FnOnce() -> bool) -> bool {
    let mut joined = false;
    book.record(Call::Join, || {
        joined = act();
        Answer::Is(joined)
    });
    joined
}

pub fn unfinished(book: &mut Book<'_>, queue: &Queue) {
    book.record(Call::Unfinished, || Answer::Len(queue.unfinished()));
}
