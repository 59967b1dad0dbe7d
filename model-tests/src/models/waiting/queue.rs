//! The waiting forms of the bounded queue: each kind of call that may wait, against each that may wake it.
#![forbid(unsafe_code)]

use super::task::{Task, block_on};
use crate::models::Model;
use latchless::error::{PopError, PopTimeoutError, PushError, TryPushError};
use latchless::queue::{Bounded, OwnedHandle};
use latchless::sync::{Arc, Timer, deadlines};
use loom::thread::{self, JoinHandle};
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::task::Poll;
use std::time::Duration;

const READY_OR_WOKEN: &[&str] = &["ready", "woken"];
const WOKEN: &[&str] = &["woken"];

pub(super) const MODELS: &[Model] = &[
    Model::own(
        "a_push_wakes_a_waiting_pop",
        2,
        100,
        &["popped"],
        push_wakes_pop,
    ),
    Model::own(
        "a_pop_wakes_a_waiting_push",
        2,
        100,
        &["pushed"],
        pop_wakes_push,
    ),
    Model::own(
        "close_wakes_a_waiting_pop",
        2,
        100,
        &["closed"],
        close_wakes_pop,
    ),
    Model::own(
        "close_wakes_a_waiting_push",
        2,
        100,
        &["closed"],
        close_wakes_push,
    ),
    Model::own(
        "who_finds_a_queue_closed_wakes_the_others",
        1,
        100,
        &["before", "after"],
        found_closed,
    ),
    Model::own(
        "a_batch_that_finds_a_queue_closed_wakes_the_others",
        1,
        100,
        &["before", "after"],
        batch_found_closed,
    ),
    Model::own(
        "a_pop_ends_in_time_or_takes_nothing",
        2,
        30,
        &["in time", "too late"],
        pop_in_time,
    ),
    Model::own(
        "a_dropped_pop_passes_its_wake_on",
        2,
        200,
        WOKEN,
        dropped_pop,
    ),
    Model::own(
        "a_dropped_push_passes_its_wake_on",
        2,
        200,
        WOKEN,
        dropped_push,
    ),
    Model::own(
        "both_kinds_wait_at_once_at_capacity_one",
        1,
        100,
        &["in order"],
        both_kinds,
    ),
    Model::own(
        "a_displacing_push_wakes_a_waiting_pop",
        2,
        100,
        READY_OR_WOKEN,
        force_push_wakes_pop,
    ),
    Model::own(
        "a_push_that_displaces_wakes_a_waiting_pop_too",
        1,
        100,
        &["displaced", "full"],
        displacement_wakes_pop,
    ),
    Model::own(
        "a_batch_wakes_as_many_pops_as_it_brings_items",
        2,
        100,
        READY_OR_WOKEN,
        batch_wakes_pops,
    ),
    Model::own(
        "a_batch_wakes_as_many_pushes_as_it_makes_room",
        2,
        100,
        READY_OR_WOKEN,
        batch_wakes_pushes,
    ),
    Model::own(
        "a_close_wakes_those_who_wait_for_items_and_for_room",
        1,
        250,
        WOKEN,
        close_wakes_both_kinds,
    ),
];

/// A handle, which is dropped where the execution goes on, and not where it has failed.
struct Own(Option<OwnedHandle<u64>>);

impl Deref for Own {
    type Target = OwnedHandle<u64>;
    fn deref(&self) -> &OwnedHandle<u64> {
        self.0.as_ref().expect("until it is dropped")
    }
}

impl DerefMut for Own {
    fn deref_mut(&mut self) -> &mut OwnedHandle<u64> {
        self.0.as_mut().expect("until it is dropped")
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::mem::forget(self.0.take());
        }
    }
}

/// A queue that holds `1, 2, ...`, and handles to it.
fn queue<const N: usize>(capacity: usize, filled: u64) -> [Own; N] {
    let queue = Bounded::builder(capacity).threads(0).handles(N).build();
    let queue = Arc::new(queue.expect("a small queue"));
    let mut handles = [(); N].map(|()| {
        let handle = Bounded::owned_handle(&queue);
        Own(Some(handle.expect("as many as were asked for")))
    });
    for value in 1..=filled {
        handles[0].try_push(value).expect("there is room");
    }
    handles
}

/// A thread that does something with its handle, and gives that back.
fn spawn<R: 'static>(
    mut own: Own,
    act: impl FnOnce(&mut OwnedHandle<u64>) -> R + 'static,
) -> JoinHandle<(Own, R)> {
    thread::spawn(move || {
        let result = act(&mut own);
        (own, result)
    })
}

fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("loom stops at a panic")
}

fn push_wakes_pop() -> &'static str {
    let [mut pushes, pops] = queue(2, 0);
    let pop = spawn(pops, |queue| queue.pop());
    pushes.try_push(1).expect("there is room");
    let (_pops, popped) = join(pop);
    assert_eq!(popped, Ok(1));
    "popped"
}

fn pop_wakes_push() -> &'static str {
    let [mut pops, pushes] = queue(1, 1);
    let push = spawn(pushes, |queue| queue.push(2));
    assert_eq!(pops.try_pop(), Ok(1));
    let (_pushes, pushed) = join(push);
    assert_eq!(pushed, Ok(()));
    assert_eq!(pops.try_pop(), Ok(2));
    "pushed"
}

fn close_wakes_pop() -> &'static str {
    let [mut closes, pops] = queue(1, 0);
    let pop = spawn(pops, |queue| queue.pop());
    assert!(closes.close());
    let (_pops, popped) = join(pop);
    assert_eq!(popped, Err(PopError));
    "closed"
}

fn close_wakes_push() -> &'static str {
    let [mut closes, pushes] = queue(1, 1);
    let push = spawn(pushes, |queue| queue.push(2));
    assert!(closes.close());
    let (_pushes, pushed) = join(push);
    assert_eq!(pushed, Err(PushError(2)));
    "closed"
}

/// The closer may stand between its change and its wakes: whoever sees the change wakes everybody first.
fn found_closed() -> &'static str {
    found_closed_by(|queue| match queue.try_push(1) {
        Ok(()) => "before",
        Err(TryPushError::Closed(1)) => "after",
        Err(_) => panic!("there is room"),
    })
}

fn batch_found_closed() -> &'static str {
    found_closed_by(
        |queue| match queue.try_push_many(&mut VecDeque::from([1])) {
            1 => "before",
            _ => "after",
        },
    )
}

fn found_closed_by(push: fn(&mut OwnedHandle<u64>) -> &'static str) -> &'static str {
    let [mut closes, pushes, mut pops] = queue(1, 0);
    let task = Task::asleep(pops.pop_async());
    let bell = task.bell();
    let push = spawn(pushes, move |queue| {
        let outcome = push(queue);
        assert!(bell.rang(), "nobody has woken it");
        outcome
    });
    assert!(closes.close());
    let (_pushes, outcome) = join(push);
    drop(task);
    outcome
}

/// While it lives, the deadlines of calls pass when a timer runs out, at any step.
pub(super) struct Timed(Option<JoinHandle<()>>);

impl Timed {
    pub(super) fn start() -> Self {
        let (timer, clock) = Timer::start();
        deadlines(Some(timer));
        Self(Some(clock))
    }

    pub(super) fn end(mut self) {
        if let Some(clock) = self.0.take() {
            join(clock);
        }
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        deadlines(None);
    }
}

fn pop_in_time() -> &'static str {
    let [mut pushes, pops] = queue(1, 0);
    let timed = Timed::start();
    let pop = spawn(pops, |queue| queue.pop_timeout(Duration::from_secs(1)));
    pushes.try_push(1).expect("there is room");
    let (mut pops, popped) = join(pop);
    timed.end();
    match popped {
        Ok(1) => "in time",
        Err(PopTimeoutError::Timeout) => {
            assert_eq!(pops.try_pop(), Ok(1), "the item was lost");
            "too late"
        }
        other => panic!("{other:?}"),
    }
}

fn dropped_pop() -> &'static str {
    let [pushes, mut one, mut other] = queue(1, 0);
    let first = Task::asleep(one.pop_async());
    let mut second = Task::asleep(other.pop_async());
    let push = spawn(pushes, |queue| queue.try_push(1));
    drop(first);
    let (_pushes, pushed) = join(push);
    assert_eq!(pushed, Ok(()));
    assert!(second.was_woken(), "an item is there and nobody was woken");
    assert_eq!(second.poll(), Poll::Ready(Ok(1)));
    "woken"
}

fn dropped_push() -> &'static str {
    let [pops, mut one, mut other] = queue(1, 1);
    let first = Task::asleep(one.push_async(2));
    let mut second = Task::asleep(other.push_async(3));
    let pop = spawn(pops, |queue| queue.try_pop());
    drop(first);
    let (mut pops, popped) = join(pop);
    assert_eq!(popped, Ok(1));
    assert!(second.was_woken(), "there is room and nobody was woken");
    assert_eq!(second.poll(), Poll::Ready(Ok(())));
    assert_eq!(pops.try_pop(), Ok(3));
    "woken"
}

/// The pop is still listed when the second push comes to wait for it.
fn both_kinds() -> &'static str {
    let [pushes, mut pops] = queue(1, 0);
    let push = spawn(pushes, |queue| [queue.push(1), queue.push(2)]);
    let first = block_on(pops.pop_async());
    let second = pops.pop();
    let (_pushes, pushed) = join(push);
    assert_eq!(pushed, [Ok(()), Ok(())]);
    assert_eq!([first, second], [Ok(1), Ok(2)]);
    "in order"
}

fn force_push_wakes_pop() -> &'static str {
    let [pushes, mut pops] = queue(1, 0);
    let push = spawn(pushes, |queue| queue.force_push(1));
    let mut task = Task::new(pops.pop_async());
    let polled = task.poll();
    let (_pushes, pushed) = join(push);
    assert_eq!(pushed, Ok(None));
    if polled.is_ready() {
        assert_eq!(polled, Poll::Ready(Ok(1)));
        return "ready";
    }
    assert!(task.was_woken(), "an item is there and nobody was woken");
    assert_eq!(task.poll(), Poll::Ready(Ok(1)));
    "woken"
}

/// The one that was woken first may never go on: each push wakes another.
fn displacement_wakes_pop() -> &'static str {
    let [pushes, mut forces, mut one, mut other] = queue(1, 0);
    let tasks = [
        Task::asleep(one.pop_async()),
        Task::asleep(other.pop_async()),
    ];
    let push = spawn(pushes, |queue| queue.try_push(1));
    let forced = forces.force_push(2);
    let (_pushes, pushed) = join(push);
    let woken = tasks.iter().filter(|task| task.was_woken()).count();
    match (pushed, forced) {
        (Ok(()), Ok(Some(1))) => {
            assert_eq!(woken, 2, "were woken for two pushes");
            "displaced"
        }
        (Err(TryPushError::Full(1)), Ok(None)) => {
            assert!(woken > 0, "nobody was woken");
            "full"
        }
        other => panic!("{other:?}"),
    }
}

fn batch_wakes_pops() -> &'static str {
    let [pushes, mut one, mut other] = queue(2, 0);
    let mut first = Task::asleep(one.pop_async());
    let push = spawn(pushes, |queue| {
        queue.try_push_many(&mut VecDeque::from([1, 2]))
    });
    let mut second = Task::new(other.pop_async());
    let polled = second.poll();
    let (_pushes, pushed) = join(push);
    assert_eq!(pushed, 2);
    assert!(first.was_woken(), "an item is there and nobody was woken");
    let woken = polled.is_ready() || second.was_woken();
    assert!(woken, "an item is there and nobody was woken");
    assert!(first.poll().is_ready());
    if polled.is_ready() {
        return "ready";
    }
    assert!(second.poll().is_ready());
    "woken"
}

fn batch_wakes_pushes() -> &'static str {
    let [pops, mut one, mut other] = queue(2, 2);
    let mut first = Task::asleep(one.push_async(3));
    let pop = spawn(pops, |queue| queue.try_pop_many(&mut Vec::new(), 2));
    let mut second = Task::new(other.push_async(4));
    let polled = second.poll();
    let (_pops, popped) = join(pop);
    assert_eq!(popped, 2);
    assert!(first.was_woken(), "there is room and nobody was woken");
    let woken = polled.is_ready() || second.was_woken();
    assert!(woken, "there is room and nobody was woken");
    assert!(first.poll().is_ready());
    if polled.is_ready() {
        return "ready";
    }
    assert!(second.poll().is_ready());
    "woken"
}

/// The first pop has been woken for the one item, and leaves meanwhile; the second and the push sleep.
fn close_wakes_both_kinds() -> &'static str {
    let [mut closes, mut pushes, mut one, mut other] = queue(1, 0);
    let first = Task::asleep(one.pop_async());
    let mut second = Task::asleep(other.pop_async());
    closes.try_push(1).expect("there is room");
    assert!(first.was_woken() && !second.was_woken());
    let mut push = Task::asleep(pushes.push_async(2));
    let close = spawn(closes, |queue| queue.close());
    drop(first);
    let (_closes, is_first) = join(close);
    assert!(is_first);
    assert!(second.was_woken(), "an item is there and nobody was woken");
    assert!(push.was_woken(), "it is closed and nobody was woken");
    assert_eq!(push.poll(), Poll::Ready(Err(PushError(2))));
    assert_eq!(second.poll(), Poll::Ready(Ok(1)));
    "woken"
}
