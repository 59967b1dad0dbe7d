//! Two that do the same, or undo each other's: who gives up, closes, tries and comes, each beside each.
#![forbid(unsafe_code)]

use super::{Acquiring, acquiring, asleep, hurried, in_time, is_served, join, settled};
use crate::models::Model;
use latchless::Semaphore;
use latchless::error::{AcquireError, TryAcquireError};
use latchless::sync::Timer;
use loom::thread;
use std::sync::Arc;
use std::task::Poll;

const CLOSED: &[&str] = &["closed"];
const SERVED: &[&str] = &["served"];
const READY_OR_WOKEN: &[&str] = &["ready", "woken"];
const TIMED: &[&str] = &["in time", "too late"];

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("two_that_go_leave_the_permit_that_is_given", 1, 20, &["free"], both_go),
    Model::own("one_with_a_part_goes_while_the_semaphore_is_closed", 1, 20, CLOSED, part_goes_meets_close),
    Model::own("a_part_that_is_given_back_meets_one_that_enlists", 1, 20, READY_OR_WOKEN, part_goes_meets_acquire),
    Model::own("a_try_gives_back_beside_one_that_enlists", 2, 10, READY_OR_WOKEN, try_meets_acquire),
    Model::own("a_try_and_one_that_enlists_share_no_permit", 1, 5, &["acquired", "tried"], try_takes_beside_acquire),
    Model::own("one_of_two_who_close_a_semaphore_is_the_first_and_each_wakes_who_waits", 1, 20, &["first", "second"], both_close),
    Model::own("who_finds_a_semaphore_closed_wakes_the_others", 1, 5, &["closed", "open"], try_meets_close),
    Model::own("a_permit_that_found_nobody_is_seen_by_who_has_come", 1, 20, READY_OR_WOKEN, || goes_and_comes(Semaphore::new(0))),
    Model::own("a_permit_that_found_nobody_is_seen_by_who_barges", 1, 20, READY_OR_WOKEN, || goes_and_comes(Semaphore::barging(0))),
    Model::own("what_is_in_the_hands_of_one_that_serves_reaches_who_comes", 1, 20, SERVED, hands_meet_acquire),
    Model::own("one_that_barges_in_time_passes_its_wake_on", 1, 20, TIMED, barging_timeout),
    Model::own("one_that_barges_goes_while_the_semaphore_is_closed", 1, 20, CLOSED, barging_goes_meets_close),
];

/// It was woken by a close, and is told so.
fn is_told(task: &mut Acquiring) {
    assert!(task.was_woken(), "it sleeps in a closed semaphore");
    assert_eq!(task.poll(), Poll::Ready(Err(AcquireError::Closed)));
}

/// The first has been given the permit, and does not know.
fn both_go() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [first, second] = asleep(&semaphore, [1, 1]);
    semaphore.add_permits(1).expect("there is no maximum");
    let goes = thread::spawn(move || drop(first));
    drop(second);
    join(goes);
    settled(&semaphore, 1);
    "free"
}

fn part_goes_meets_close() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [first] = asleep(&semaphore, [2]);
    semaphore.add_permits(1).expect("there is no maximum");
    let closes = semaphore.clone();
    let closes = thread::spawn(move || closes.close());
    drop(first);
    assert!(join(closes), "nobody else closes it");
    settled(&semaphore, 1);
    "closed"
}

fn part_goes_meets_acquire() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [first] = asleep(&semaphore, [2]);
    semaphore.add_permits(1).expect("there is no maximum");
    let goes = thread::spawn(move || drop(first));
    let mut task = acquiring(&semaphore, 1);
    let ready = task.poll().is_ready();
    join(goes);
    ready_or_served(&semaphore, ready, task)
}

/// There is nothing left: it has got what there was.
fn ready_or_served(semaphore: &Semaphore, ready: bool, mut task: Acquiring) -> &'static str {
    assert!(ready || is_served(&mut task), "nobody woke it");
    settled(semaphore, 0);
    if ready { "ready" } else { "woken" }
}

fn try_meets_acquire() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(1));
    let tries = semaphore.clone();
    let tries = thread::spawn(move || drop(tries.try_acquire()));
    let mut task = acquiring(&semaphore, 1);
    let ready = task.poll().is_ready();
    join(tries);
    ready_or_served(&semaphore, ready, task)
}

fn try_takes_beside_acquire() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(1));
    let tries = semaphore.clone();
    let tries = thread::spawn(move || tries.try_acquire().map(|permit| permit.forget()));
    let mut task = acquiring(&semaphore, 1);
    let ready = task.poll().is_ready();
    let tried = join(tries).is_ok();
    assert!(ready != tried, "one permit serves one");
    settled(&semaphore, 0);
    if ready {
        return "acquired";
    }
    assert!(!task.was_woken(), "for nothing");
    semaphore.add_permits(1).expect("there is no maximum");
    assert!(is_served(&mut task), "nobody woke it");
    "tried"
}

fn both_close() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [mut sleeper] = asleep(&semaphore, [1]);
    let closes = semaphore.clone();
    let other = thread::spawn(move || closes.close());
    let is_first = semaphore.close();
    // Wherever the other stands.
    assert!(sleeper.was_woken(), "it sleeps in a closed semaphore");
    assert!(join(other) != is_first, "one of them closed it");
    is_told(&mut sleeper);
    if is_first { "first" } else { "second" }
}

fn try_meets_close() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [sleeper] = asleep(&semaphore, [1]);
    let closes = semaphore.clone();
    let closes = thread::spawn(move || closes.close());
    let tries = semaphore.clone();
    let tries = thread::spawn(move || {
        let told = tries.try_acquire().map(|permit| permit.forget());
        let is_closed = told == Err(TryAcquireError::Closed);
        // Wherever the closer stands.
        assert!(!is_closed || sleeper.was_woken(), "it was not woken");
        (is_closed, sleeper)
    });
    let (is_closed, mut sleeper) = join(tries);
    join(closes);
    is_told(&mut sleeper);
    if is_closed { "closed" } else { "open" }
}

/// A permit is about to be given to one that goes; another comes in that moment.
fn goes_and_comes(semaphore: Semaphore) -> &'static str {
    let semaphore = Arc::new(semaphore);
    let [first] = asleep(&semaphore, [1]);
    let comes = semaphore.clone();
    let change = thread::spawn(move || {
        drop(first);
        let mut second = acquiring(&comes, 1);
        (second.poll().is_ready(), second)
    });
    semaphore.add_permits(1).expect("there is no maximum");
    let (ready, second) = join(change);
    ready_or_served(&semaphore, ready, second)
}

/// One permit is free, and one comes that needs two: while it has that permit in its hands it is given all that it needs,
/// and another comes, who needs the one.
fn hands_meet_acquire() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(1));
    let gives = semaphore.clone();
    let other = thread::spawn(move || {
        gives.add_permits(2).expect("there is no maximum");
        let mut task = acquiring(&gives, 1);
        (task.poll().is_ready(), task)
    });
    let mut task = acquiring(&semaphore, 2);
    let ready = task.poll().is_ready();
    let (other_ready, mut other) = join(other);
    assert!(ready || is_served(&mut task), "nobody woke it");
    assert!(other_ready || is_served(&mut other), "nobody woke it");
    settled(&semaphore, 0);
    "served"
}

fn barging_timeout() -> &'static str {
    let semaphore = Arc::new(Semaphore::barging(0));
    let (timer, clock) = Timer::start();
    let hurried = hurried(&semaphore, 1, timer);
    let [mut task] = asleep(&semaphore, [1]);
    semaphore.add_permits(1).expect("there is no maximum");
    let told = join(hurried);
    join(clock);
    if told.is_err() {
        assert!(is_served(&mut task), "nobody woke it");
    }
    drop(task);
    settled(&semaphore, 0);
    in_time(told)
}

fn barging_goes_meets_close() -> &'static str {
    let semaphore = Arc::new(Semaphore::barging(0));
    let [first, mut second] = asleep(&semaphore, [1, 1]);
    let closes = semaphore.clone();
    let closes = thread::spawn(move || closes.close());
    drop(first);
    assert!(join(closes), "nobody else closes it");
    is_told(&mut second);
    "closed"
}
