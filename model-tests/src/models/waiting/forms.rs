//! The list and the forms, on a gate.
#![forbid(unsafe_code)]

use super::gate::Gate;
use super::task::{block_on, own_waker, poll_once};
use crate::models::Model;
use latchless::sync::{Deadline, Timer};
use loom::thread::{self, JoinHandle};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pub(super) const MODELS: &[Model] = &[
    Model::own("a_wake_meets_a_waiter", 2, 50, &["woken"], wake_meets_waiter),
    Model::own("two_gifts_wake_two_waiters", 1, 500, &["woken"], two_gifts),
    Model::own("two_givers_wake_two_waiters", 1, 500, &["woken"], two_givers),
    Model::own("a_timeout_passes_its_wake_on", 1, 500, &["in time", "too late"], timeout_beside_waiter),
    Model::own("a_timeout_takes_nothing_with_it", 2, 50, &["in time", "too late"], timeout),
    Model::own("a_dropped_future_passes_its_wake_on", 1, 500, &["ready", "dropped"], dropped_beside_waiter),
    Model::own("a_forgotten_wake_is_made_good_by_the_next", 1, 300, &["ready", "kept"], kept_unpolled),
    Model::own("an_exchanged_waker_is_the_one_that_is_woken", 2, 50, &["woken"], exchanged_waker),
    Model::own("neighbours_leave_at_the_same_time", 2, 300, &["left"], neighbours_leave),
    Model::own("a_wake_finds_its_way_past_those_who_leave", 1, 300, &["woken"], past_those_who_leave),
    Model::own("everybody_is_woken", 1, 300, &["woken"], everybody),
];

fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("loom stops at a panic")
}

fn taker(gate: &Gate) -> JoinHandle<()> {
    let gate = gate.clone();
    thread::spawn(move || gate.take())
}

fn giver(gate: &Gate, gifts: u64) -> JoinHandle<()> {
    let gate = gate.clone();
    thread::spawn(move || (0..gifts).for_each(|_| gate.give()))
}

/// What must hold when all is over.
fn nothing_left(gate: &Gate, tokens: u64) {
    assert_eq!(gate.tokens(), tokens);
    assert!(gate.is_deserted(), "somebody is still counted");
}

fn wake_meets_waiter() -> &'static str {
    let gate = Gate::new(0);
    let threads = [taker(&gate), giver(&gate, 1)];
    threads.into_iter().for_each(join);
    nothing_left(&gate, 0);
    "woken"
}

fn two_gifts() -> &'static str {
    let gate = Gate::new(0);
    let threads = [taker(&gate), taker(&gate), giver(&gate, 2)];
    threads.into_iter().for_each(join);
    nothing_left(&gate, 0);
    "woken"
}

fn two_givers() -> &'static str {
    let gate = Gate::new(0);
    let threads = [taker(&gate), taker(&gate), giver(&gate, 1), giver(&gate, 1)];
    threads.into_iter().for_each(join);
    nothing_left(&gate, 0);
    "woken"
}

/// Takes until the timer runs out, and gives what it took.
fn timeout_beside_waiter() -> &'static str {
    let gate = Gate::new(0);
    let (timer, clock) = Timer::start();
    let gives = gate.clone();
    let hurried = thread::spawn(move || {
        let in_time = gives.take_until(&Deadline::When(timer));
        if in_time {
            gives.give();
        }
        in_time
    });
    let waiter = taker(&gate);
    gate.give();
    let in_time = join(hurried);
    join(waiter);
    join(clock);
    nothing_left(&gate, 0);
    if in_time { "in time" } else { "too late" }
}

fn timeout() -> &'static str {
    let gate = Gate::new(0);
    let (timer, clock) = Timer::start();
    let takes = gate.clone();
    let hurried = thread::spawn(move || takes.take_until(&Deadline::When(timer)));
    let gift = giver(&gate, 1);
    let in_time = join(hurried);
    join(gift);
    join(clock);
    nothing_left(&gate, u64::from(!in_time));
    if in_time { "in time" } else { "too late" }
}

fn dropped_beside_waiter() -> &'static str {
    let gate = Gate::new(0);
    let gives = gate.clone();
    let fickle = thread::spawn(move || {
        let mut taking = gives.taking();
        let ready = poll_once(&mut taking).is_ready();
        drop(taking);
        if ready {
            gives.give();
        }
        ready
    });
    let waiter = taker(&gate);
    let gift = giver(&gate, 1);
    let ready = join(fickle);
    join(waiter);
    join(gift);
    nothing_left(&gate, 0);
    if ready { "ready" } else { "dropped" }
}

/// A future that is polled once and then kept: if the first gift wakes it, the second wakes the other.
fn kept_unpolled() -> &'static str {
    let gate = Gate::new(0);
    let takes = gate.clone();
    let keeper = thread::spawn(move || {
        let mut taking = takes.taking();
        let ready = poll_once(&mut taking).is_ready();
        (taking, ready)
    });
    let waiter = taker(&gate);
    let gift = giver(&gate, 2);
    let (taking, ready) = join(keeper);
    join(waiter);
    join(gift);
    drop(taking);
    nothing_left(&gate, u64::from(!ready));
    if ready { "ready" } else { "kept" }
}

fn exchanged_waker() -> &'static str {
    let gate = Gate::new(0);
    let takes = gate.clone();
    let task = thread::spawn(move || {
        let mut taking = takes.taking();
        if poll_once(&mut taking).is_pending() {
            let waker = own_waker();
            let mut cx = Context::from_waker(&waker);
            while Pin::new(&mut taking).poll(&mut cx) == Poll::Pending {
                thread::park();
            }
        }
    });
    let gift = giver(&gate, 1);
    join(task);
    join(gift);
    nothing_left(&gate, 0);
    "woken"
}

/// Two neighbours leave; the list must be whole afterwards.
fn neighbours_leave() -> &'static str {
    let gate = Gate::new(0);
    let mut first = gate.taking();
    let mut second = gate.taking();
    let mut third = gate.taking();
    for taking in [&mut first, &mut second, &mut third] {
        assert!(poll_once(taking).is_pending());
    }
    let leaving = [first, second].map(|taking| thread::spawn(move || drop(taking)));
    leaving.into_iter().for_each(join);
    gate.give();
    assert!(poll_once(&mut third).is_ready());
    drop(third);
    assert!(gate.list().nodes() <= 4, "nodes are used again");
    nothing_left(&gate, 0);
    "left"
}

fn past_those_who_leave() -> &'static str {
    let gate = Gate::new(0);
    let mut first = gate.taking();
    assert!(poll_once(&mut first).is_pending());
    let task = {
        let gate = gate.clone();
        thread::spawn(move || block_on(gate.taking()))
    };
    let leaving = thread::spawn(move || drop(first));
    let gift = giver(&gate, 1);
    join(task);
    join(leaving);
    join(gift);
    nothing_left(&gate, 0);
    "woken"
}

fn everybody() -> &'static str {
    let gate = Gate::new(0);
    let takers = [taker(&gate), taker(&gate)];
    let opens = gate.clone();
    let opener = thread::spawn(move || {
        opens.put();
        opens.put();
        let list = opens.list();
        if list.has_waiters_after_change() {
            list.notify_all();
        }
    });
    takers.into_iter().for_each(join);
    join(opener);
    nothing_left(&gate, 0);
    "woken"
}
