//! The forms, on a gate: each pair that can meet.
//!
//! Who waits is a thread where the forms for threads are shown, and otherwise a task that is polled by
//! hand: enlisted beforehand, and asked at the end whether anybody woke it. So few steps are left to
//! be interleaved, and a wake that was lost is a failed assertion, not only a deadlock.
#![forbid(unsafe_code)]

use super::gate::{Gate, Taking, asleep, deserted, giver, join, polled, settled};
use super::task::Task;
use crate::models::Model;
use latchless::sync::{Deadline, Timer};
use loom::thread::{self, JoinHandle};

const READY_OR_WOKEN: &[&str] = &["ready", "woken"];
const WOKEN: &[&str] = &["woken"];
const TIMED: &[&str] = &["in time", "too late"];

pub(super) const MODELS: &[Model] = &[
    Model::own("a_wake_meets_a_waiter", 2, 500, WOKEN, wake_meets_waiter),
    Model::own(
        "a_wake_meets_a_task",
        2,
        100,
        READY_OR_WOKEN,
        wake_meets_task,
    ),
    Model::own(
        "one_of_two_that_enlist_is_woken",
        1,
        100,
        &["the first is ready", "the second is ready", "woken"],
        two_enlist,
    ),
    Model::own("two_givers_wake_two_waiters", 2, 100, WOKEN, two_givers),
    Model::own(
        "who_succeeds_meanwhile_passes_its_wake_on",
        1,
        100,
        &["taken", "passed on", "woken"],
        passed_on,
    ),
    Model::own("a_timeout_takes_nothing_with_it", 1, 50, TIMED, timeout),
    Model::own(
        "a_timeout_passes_its_wake_on",
        1,
        100,
        TIMED,
        timeout_beside_waiter,
    ),
    Model::own(
        "a_dropped_future_passes_its_wake_on",
        2,
        100,
        WOKEN,
        dropped,
    ),
    Model::own(
        "an_exchanged_waker_is_the_one_that_is_woken",
        3,
        100,
        READY_OR_WOKEN,
        exchanged,
    ),
    Model::own(
        "one_that_is_awake_does_not_keep_the_wake",
        3,
        100,
        READY_OR_WOKEN,
        exchanged_beside_waiter,
    ),
    Model::own("everybody_is_woken", 2, 100, READY_OR_WOKEN, everybody),
];

fn wake_meets_waiter() -> &'static str {
    let gate = Gate::new(0);
    let takes = gate.clone();
    let waiter = thread::spawn(move || takes.take());
    gate.give();
    join(waiter);
    settled(&gate, 0, &mut []);
    deserted(&gate);
    "woken"
}

fn wake_meets_task() -> &'static str {
    let gate = Gate::new(0);
    let gift = giver(&gate);
    let mut task = Task::new(gate.taking());
    let ready = task.poll().is_ready();
    join(gift);
    if ready {
        settled(&gate, 0, &mut []);
    } else {
        settled(&gate, 1, &mut [&mut task]);
    }
    drop(task);
    deserted(&gate);
    if ready { "ready" } else { "woken" }
}

fn two_enlist() -> &'static str {
    let gate = Gate::new(0);
    let first = polled(Task::new(gate.taking()));
    let gift = giver(&gate);
    let mut second = Task::new(gate.taking());
    let second_ready = second.poll().is_ready();
    let (mut first, first_ready) = join(first);
    join(gift);
    let outcome = match (first_ready, second_ready) {
        (true, _) => "the first is ready",
        (_, true) => "the second is ready",
        _ => "woken",
    };
    if outcome == "woken" {
        settled(&gate, 1, &mut [&mut first, &mut second]);
    } else {
        settled(&gate, 0, &mut []);
    }
    drop([first, second]);
    deserted(&gate);
    outcome
}

/// Wherever the other giver stands when this one has ended, the first in the list is awake: if the other
/// had chosen it, and not woken it yet, this one did.
fn two_givers() -> &'static str {
    let gate = Gate::new(0);
    let [mut first, mut second] = asleep(&gate);
    let gift = giver(&gate);
    gate.give();
    assert!(first.was_woken(), "the first was not woken");
    join(gift);
    settled(&gate, 2, &mut [&mut first, &mut second]);
    drop([first, second]);
    deserted(&gate);
    "woken"
}

/// One that enlists, and finds a token in its last look, may be notified of the next token meanwhile.
fn passed_on() -> &'static str {
    let gate = Gate::new(1);
    let gives = gate.clone();
    let late = thread::spawn(move || {
        let mut task = Task::new(gives.taking());
        let ready = task.poll().is_ready();
        gives.give();
        (task, ready)
    });
    let mut early = Task::new(gate.taking_after_a_miss());
    let early_ready = early.poll().is_ready();
    let (mut late, late_ready) = join(late);
    match (early_ready, late_ready) {
        (true, true) => settled(&gate, 0, &mut []),
        (true, false) => settled(&gate, 1, &mut [&mut late]),
        (false, _) => settled(&gate, 1, &mut [&mut early]),
    }
    drop([early, late]);
    deserted(&gate);
    match (early_ready, late_ready) {
        (true, true) => "taken",
        (true, false) => "passed on",
        (false, _) => "woken",
    }
}

fn hurried(gate: &Gate, timer: Timer) -> JoinHandle<bool> {
    let takes = gate.clone();
    thread::spawn(move || takes.take_until(&Deadline::When(timer)))
}

fn timeout() -> &'static str {
    let gate = Gate::new(0);
    let (timer, clock) = Timer::start();
    let hurried = hurried(&gate, timer);
    gate.give();
    let in_time = join(hurried);
    join(clock);
    settled(&gate, u64::from(!in_time), &mut []);
    deserted(&gate);
    if in_time { "in time" } else { "too late" }
}

fn timeout_beside_waiter() -> &'static str {
    let gate = Gate::new(0);
    let (timer, clock) = Timer::start();
    let hurried = hurried(&gate, timer);
    let mut task = Task::new(gate.taking());
    assert!(task.poll().is_pending());
    gate.give();
    let in_time = join(hurried);
    join(clock);
    if in_time {
        settled(&gate, 0, &mut []);
    } else {
        settled(&gate, 1, &mut [&mut task]);
    }
    drop(task);
    deserted(&gate);
    if in_time { "in time" } else { "too late" }
}

fn dropped() -> &'static str {
    let gate = Gate::new(0);
    let [first, mut second] = asleep(&gate);
    let gift = giver(&gate);
    drop(first);
    join(gift);
    settled(&gate, 1, &mut [&mut second]);
    drop(second);
    deserted(&gate);
    "woken"
}

/// What the second poll of `task` comes to, while a token is given.
fn polled_again(gate: &Gate, task: &mut Taking) -> bool {
    let gift = giver(gate);
    task.change_bell();
    let ready = task.poll().is_ready();
    join(gift);
    ready
}

fn exchanged() -> &'static str {
    let gate = Gate::new(0);
    let [mut task] = asleep(&gate);
    let ready = polled_again(&gate, &mut task);
    if ready {
        settled(&gate, 0, &mut []);
    } else {
        settled(&gate, 1, &mut [&mut task]);
    }
    drop(task);
    deserted(&gate);
    if ready { "ready" } else { "woken" }
}

fn exchanged_beside_waiter() -> &'static str {
    let gate = Gate::new(0);
    let [mut first, mut second] = asleep(&gate);
    let ready = polled_again(&gate, &mut first);
    if ready {
        settled(&gate, 0, &mut []);
    } else {
        settled(&gate, 1, &mut [&mut first, &mut second]);
    }
    drop([first, second]);
    deserted(&gate);
    if ready { "ready" } else { "woken" }
}

fn everybody() -> &'static str {
    let gate = Gate::new(0);
    let [mut first] = asleep(&gate);
    let second = polled(Task::new(gate.taking()));
    gate.put();
    gate.put();
    let list = gate.list();
    if list.has_waiters_after_change() {
        list.notify_all();
    }
    let (mut second, ready) = join(second);
    // Not by each other: nobody has gone on yet.
    assert!(first.was_woken(), "nobody has woken it");
    assert!(ready || second.was_woken(), "nobody has woken it");
    if ready {
        settled(&gate, 1, &mut [&mut first]);
    } else {
        settled(&gate, 2, &mut [&mut first, &mut second]);
    }
    drop([first, second]);
    deserted(&gate);
    if ready { "ready" } else { "woken" }
}
