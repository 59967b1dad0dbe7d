//! What callers of the unbounded queue are told, and who is woken.
#![forbid(unsafe_code)]

use std::task::Poll;

use latchless::error::{PopError, TryPopError};
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::Model;
use super::kept::{Own, filled, join, spawn};
use super::waiting::task::Task;

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("a_pop_that_is_told_closed_sees_what_was_done_before", 2, 3, &["open", "closed"], pop_sees).without_fences(),
    Model::own("a_push_that_is_told_closed_sees_what_was_done_before", 2, 3, &["open", "closed"], push_sees).without_fences(),
    Model::own("a_pop_at_the_end_that_is_told_closed_sees_what_was_done_before", 2, 3, &["open", "closed"], pop_sees_at_end).without_fences(),
    Model::own("a_push_at_the_end_that_is_told_closed_sees_what_was_done_before", 2, 3, &["open", "closed"], push_sees_at_end).without_fences(),
    Model::own("who_sees_a_list_closed_sees_what_was_done_before", 2, 3, &["open", "closed"], look_sees).without_fences(),
    Model::own("two_lists_are_not_both_empty_after_a_push_to_each", 2, 10, &["one", "both", "other"], dekker),
    Model::own("two_lists_at_their_ends_are_not_both_empty_after_a_push_to_each", 2, 10, &["one", "both", "other"], dekker_at_ends),
    Model::own("a_push_without_bound_wakes_a_waiting_pop", 2, 100, &["popped"], push_wakes_pop),
    Model::own("an_append_wakes_a_waiting_pop", 1, 50, &["popped"], append_wakes_pop),
    Model::own("closing_a_list_wakes_a_waiting_pop", 2, 100, &["closed"], close_wakes_pop),
    Model::own("who_finds_a_list_closed_wakes_the_others", 1, 50, &["woken"], found_closed),
    Model::own("a_dropped_pop_from_a_list_passes_its_wake_on", 2, 100, &["woken"], dropped_pop),
    Model::own("two_pushes_wake_two_pops", 1, 100, &["woken"], two_and_two),
];

/// Whether a flag that was set before the close, in no order with anything, is seen by who is told Closed.
fn sees(slots: usize, values: u64, is_told: fn(&mut Own) -> bool) -> &'static str {
    let (_list, [mut closer, mut told]) = filled(slots, values);
    let flag = std::sync::Arc::new(AtomicBool::new(false));
    let set = flag.clone();
    for _ in 0..values {
        told.try_pop().expect("as many as there are");
    }
    let closer = thread::spawn(move || {
        set.store(true, Ordering::Relaxed);
        closer.close();
        closer
    });
    let closed = is_told(&mut told);
    assert!(
        !closed || flag.load(Ordering::Relaxed),
        "closed, and not seen"
    );
    join(closer);
    if closed { "closed" } else { "open" }
}

fn pop_sees() -> &'static str {
    sees(2, 0, |own| own.try_pop() == Err(TryPopError::Closed))
}

fn push_sees() -> &'static str {
    sees(2, 0, |own| own.push(1).is_err())
}

fn pop_sees_at_end() -> &'static str {
    sees(1, 1, |own| own.try_pop() == Err(TryPopError::Closed))
}

fn push_sees_at_end() -> &'static str {
    sees(1, 1, |own| own.push(2).is_err())
}

fn look_sees() -> &'static str {
    sees(2, 0, |own| own.is_closed())
}

/// Each pushes to a list of its own, and then looks into the other's.
fn both_push_and_look(slots: usize, values: u64) -> &'static str {
    let (_one, [mut to_one, mut from_one]) = filled(slots, values);
    let (_other, [mut to_other, mut from_other]) = filled(slots, values);
    for _ in 0..values {
        from_one.try_pop().expect("as many as there are");
        from_other.try_pop().expect("as many as there are");
    }
    let thread = thread::spawn(move || {
        to_one.push(9).expect("it is open");
        let found = from_other.try_pop().is_ok();
        (to_one, from_other, found)
    });
    to_other.push(9).expect("it is open");
    let found = from_one.try_pop().is_ok();
    let (_to_one, _from_other, other) = join(thread);
    match (found, other) {
        (true, true) => "both",
        (true, false) => "one",
        (false, true) => "other",
        (false, false) => panic!("both are empty"),
    }
}

fn dekker() -> &'static str {
    both_push_and_look(2, 0)
}

fn dekker_at_ends() -> &'static str {
    both_push_and_look(1, 1)
}

fn push_wakes_pop() -> &'static str {
    let (_list, [mut pushes, pops]) = filled(2, 0);
    let pop = spawn(pops, |own| own.pop());
    pushes.push(1).expect("it is open");
    assert_eq!(join(pop).1, Ok(1));
    "popped"
}

fn append_wakes_pop() -> &'static str {
    let (_list, [mut pushes, pops]) = filled(1, 0);
    pushes.push(1).expect("it is open");
    let pop = spawn(pops, |own| [own.pop(), own.pop()]);
    pushes.push(2).expect("it is open");
    assert_eq!(join(pop).1, [Ok(1), Ok(2)]);
    "popped"
}

fn close_wakes_pop() -> &'static str {
    let (_list, [mut closes, pops]) = filled(1, 0);
    let pop = spawn(pops, |own| own.pop());
    closes.close();
    assert_eq!(join(pop).1, Err(PopError));
    "closed"
}

/// Who closed may have been stopped before it woke anybody: whoever finds it closed does.
fn found_closed() -> &'static str {
    let (_list, [closes, mut finds, mut sleeps]) = filled(2, 0);
    let mut asleep = Task::asleep(sleeps.pop_async());
    let close = spawn(closes, |own| own.close());
    if finds.is_closed() {
        assert!(asleep.was_woken(), "it is closed and nobody was woken");
    }
    join(close);
    assert!(asleep.was_woken(), "it is closed and nobody was woken");
    assert_eq!(asleep.poll(), Poll::Ready(Err(PopError)));
    "woken"
}

fn dropped_pop() -> &'static str {
    let (_list, [pushes, mut one, mut other]) = filled(2, 0);
    let first = Task::asleep(one.pop_async());
    let mut second = Task::asleep(other.pop_async());
    let push = spawn(pushes, |own| own.push(1));
    drop(first);
    assert_eq!(join(push).1, Ok(()));
    assert!(second.was_woken(), "an item is there and nobody was woken");
    assert_eq!(second.poll(), Poll::Ready(Ok(1)));
    "woken"
}

fn two_and_two() -> &'static str {
    let (_list, [pushes, mut more, mut one, mut other]) = filled(2, 0);
    let mut first = Task::asleep(one.pop_async());
    let mut second = Task::asleep(other.pop_async());
    let push = spawn(pushes, |own| own.push(1));
    more.push(2).expect("it is open");
    assert_eq!(join(push).1, Ok(()));
    assert!(
        first.was_woken() && second.was_woken(),
        "two items are there"
    );
    assert!(first.poll().is_ready() && second.poll().is_ready());
    "woken"
}
