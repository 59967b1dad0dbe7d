//! The fair line.
#![forbid(unsafe_code)]

use super::{Acquiring, acquiring, asleep, giver, hurried, in_time, is_served, join, settled};
use crate::models::Model;
use latchless::Semaphore;
use latchless::error::{AcquireError, TryAcquireError};
use latchless::sync::Timer;
use loom::thread;
use std::sync::Arc;
use std::task::Poll;

const READY_OR_WOKEN: &[&str] = &["ready", "woken"];
const SERVED: &[&str] = &["served"];
const TIMED: &[&str] = &["in time", "too late"];

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("a_permit_meets_a_thread_that_acquires", 1, 20, &["acquired"], thread_acquires),
    Model::own("a_permit_meets_a_task_that_acquires", 1, 20, READY_OR_WOKEN, task_acquires),
    Model::own("two_try_for_one_permit", 3, 10, &["one"], two_try),
    Model::own("two_permits_serve_two_waiters", 1, 20, SERVED, two_served),
    Model::own("one_permit_serves_the_first_of_two_waiters", 1, 20, SERVED, first_served),
    Model::own("a_permit_for_a_dropped_future_goes_to_the_next", 1, 20, SERVED, dropped),
    Model::own("an_acquisition_that_times_out_takes_no_permit_with_it", 1, 50, TIMED, timeout),
    Model::own("an_acquisition_that_times_out_leaves_its_permit_to_the_next", 1, 50, TIMED, timeout_beside_waiter),
    Model::own("a_try_does_not_overtake_a_waiter", 3, 4, SERVED, try_meets_waiter),
    Model::own("a_try_takes_what_a_waiter_that_goes_leaves", 1, 20, &["free", "taken"], try_meets_dropped),
    Model::own("a_close_meets_a_waiter_and_a_permit", 1, 20, &["closed", "served"], close_meets_permit),
    Model::own("a_close_meets_one_that_enlists", 1, 20, &["closed", "woken"], close_meets_acquire),
    Model::own("a_close_meets_a_try", 3, 4, &["acquired", "closed"], close_meets_try),
    Model::own("a_waiter_that_exchanges_its_waker_is_woken_for_its_permit", 1, 20, &["early", "woken"], exchanged),
    Model::own("two_who_give_beyond_the_maximum_are_told", 3, 10, &["one"], beyond_max),
    Model::own("permits_are_taken_or_forgotten_once", 3, 10, &["forgotten", "taken"], forget_meets_try),
    Model::own("parts_come_together_for_the_first", 1, 20, SERVED, parts_for_first),
    Model::own("one_that_asks_for_two_meets_two_permits", 1, 100, READY_OR_WOKEN, parts_meet_task),
    Model::own("a_part_for_a_dropped_future_goes_to_the_next", 1, 20, SERVED, part_dropped),
    Model::own("a_part_that_was_given_back_at_a_timeout_goes_to_the_next", 1, 50, TIMED, part_timed_out),
    Model::own("a_close_gives_a_part_back", 1, 20, &["closed", "served"], part_meets_close),
    Model::own("several_permits_serve_several_in_their_order", 2, 50, SERVED, several_given),
    Model::own("two_who_ask_for_many_are_both_served", 1, 50, &["three first", "two first"], two_ask_for_many),
];

fn thread_acquires() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let acquires = semaphore.clone();
    let waiter = thread::spawn(move || acquires.acquire().map(|permit| permit.forget()));
    semaphore.add_permits(1).expect("there is no maximum");
    assert_eq!(join(waiter), Ok(()));
    settled(&semaphore, 0);
    "acquired"
}

fn task_acquires() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let gift = giver(&semaphore, 1);
    let mut task = acquiring(&semaphore, 1);
    let ready = task.poll().is_ready();
    join(gift);
    assert!(ready || is_served(&mut task), "nobody woke it");
    settled(&semaphore, 0);
    if ready { "ready" } else { "woken" }
}

fn two_try() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(1));
    let tries = [(), ()].map(|()| {
        let semaphore = semaphore.clone();
        thread::spawn(move || semaphore.try_acquire().map(|permit| permit.forget()))
    });
    let mut told = tries.map(join);
    told.sort_by_key(Result::is_err);
    assert_eq!(told, [Ok(()), Err(TryAcquireError::NoPermits)]);
    settled(&semaphore, 0);
    "one"
}

/// Wherever the other giver stands when this one has ended, the first in the line has been served.
fn two_served() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [mut first, mut second] = asleep(&semaphore, [1, 1]);
    let gift = giver(&semaphore, 1);
    semaphore.add_permits(1).expect("there is no maximum");
    assert!(first.was_woken(), "the first was not woken");
    join(gift);
    assert!(is_served(&mut first) && is_served(&mut second));
    settled(&semaphore, 0);
    "served"
}

/// One waits, another comes while a permit is given: the first has it.
fn first_served() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [mut first] = asleep(&semaphore, [1]);
    let gift = giver(&semaphore, 1);
    let mut second = acquiring(&semaphore, 1);
    assert!(second.poll().is_pending(), "it has overtaken the first");
    join(gift);
    assert!(is_served(&mut first));
    assert!(!is_served(&mut second));
    drop(second);
    settled(&semaphore, 0);
    "served"
}

fn dropped() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [first, mut second] = asleep(&semaphore, [1, 1]);
    let gift = giver(&semaphore, 1);
    drop(first);
    join(gift);
    assert!(is_served(&mut second), "the next was not woken");
    settled(&semaphore, 0);
    "served"
}

fn timeout() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let (timer, clock) = Timer::start();
    let hurried = hurried(&semaphore, 1, timer);
    semaphore.add_permits(1).expect("there is no maximum");
    let told = join(hurried);
    join(clock);
    settled(&semaphore, usize::from(told.is_err()));
    in_time(told)
}

fn timeout_beside_waiter() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let (timer, clock) = Timer::start();
    let hurried = hurried(&semaphore, 1, timer);
    let [mut task] = asleep(&semaphore, [1]);
    semaphore.add_permits(1).expect("there is no maximum");
    let told = join(hurried);
    join(clock);
    assert_eq!(is_served(&mut task), told.is_err());
    drop(task);
    settled(&semaphore, 0);
    in_time(told)
}

fn try_meets_waiter() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [mut first] = asleep(&semaphore, [1]);
    let gift = giver(&semaphore, 1);
    let told = semaphore.try_acquire().map(|permit| permit.forget());
    assert_eq!(told, Err(TryAcquireError::NoPermits), "it has overtaken");
    join(gift);
    assert!(is_served(&mut first));
    settled(&semaphore, 0);
    "served"
}

/// The waiter goes: whoever has the permit in hands in that moment, it is not lost.
fn try_meets_dropped() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [first] = asleep(&semaphore, [1]);
    let gift = giver(&semaphore, 1);
    let tries = semaphore.clone();
    let tries = thread::spawn(move || tries.try_acquire().map(|permit| permit.forget()).is_ok());
    drop(first);
    join(gift);
    let taken = join(tries);
    settled(&semaphore, usize::from(!taken));
    if taken { "taken" } else { "free" }
}

fn close_meets_permit() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [mut task] = asleep(&semaphore, [1]);
    let gift = giver(&semaphore, 1);
    assert!(semaphore.close(), "the first to close it");
    assert!(task.was_woken(), "it sleeps in a closed semaphore");
    join(gift);
    let told = task.poll();
    settled(&semaphore, usize::from(told != Poll::Ready(Ok(()))));
    match told {
        Poll::Ready(Ok(())) => "served",
        Poll::Ready(Err(AcquireError::Closed)) => "closed",
        other => panic!("{other:?}"),
    }
}

fn close_meets_acquire() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let closes = semaphore.clone();
    let closes = thread::spawn(move || closes.close());
    let mut task = acquiring(&semaphore, 1);
    let early = task.poll();
    assert!(join(closes));
    if early.is_ready() {
        assert_eq!(early, Poll::Ready(Err(AcquireError::Closed)));
        return "closed";
    }
    assert!(task.was_woken(), "it sleeps in a closed semaphore");
    assert_eq!(task.poll(), Poll::Ready(Err(AcquireError::Closed)));
    "woken"
}

fn close_meets_try() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(1));
    let closes = semaphore.clone();
    let closes = thread::spawn(move || {
        assert!(closes.close());
        assert!(!closes.close());
    });
    let told = semaphore.try_acquire().map(|permit| permit.forget());
    join(closes);
    assert!(semaphore.is_closed());
    settled(&semaphore, usize::from(told.is_err()));
    match told {
        Ok(()) => "acquired",
        Err(error) => {
            assert_eq!(error, TryAcquireError::Closed);
            "closed"
        }
    }
}

fn exchanged() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [mut task] = asleep(&semaphore, [1]);
    let gift = giver(&semaphore, 1);
    task.change_bell();
    let early = task.poll().is_ready();
    join(gift);
    assert!(early || is_served(&mut task), "the old one was woken");
    settled(&semaphore, 0);
    if early { "early" } else { "woken" }
}

fn beyond_max() -> &'static str {
    let semaphore = Arc::new(Semaphore::with_max(0, 1));
    let gifts = [(), ()].map(|()| {
        let semaphore = semaphore.clone();
        thread::spawn(move || semaphore.add_permits(1).is_ok())
    });
    let [one, other] = gifts.map(join);
    assert!(one != other, "one is too many");
    settled(&semaphore, 1);
    "one"
}

fn forget_meets_try() -> &'static str {
    let semaphore = Arc::new(Semaphore::with_max(1, 1));
    let forgets = semaphore.clone();
    let forgets = thread::spawn(move || forgets.forget_permits(2));
    let taken = semaphore.try_acquire().map(|permit| permit.forget());
    let forgotten = join(forgets);
    assert_eq!(usize::from(taken.is_ok()) + forgotten, 1);
    settled(&semaphore, 0);
    assert_eq!(semaphore.add_permits(1), Ok(()), "there is room again");
    if taken.is_ok() { "taken" } else { "forgotten" }
}

fn parts_for_first() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [mut first, mut second] = asleep(&semaphore, [2, 1]);
    let gift = giver(&semaphore, 1);
    semaphore.add_permits(1).expect("there is no maximum");
    join(gift);
    assert!(is_served(&mut first));
    assert!(!is_served(&mut second), "it has overtaken the first");
    settled(&semaphore, 0);
    semaphore.add_permits(1).expect("there is no maximum");
    assert!(is_served(&mut second));
    "served"
}

fn parts_meet_task() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let gives = semaphore.clone();
    let gift = thread::spawn(move || {
        for _ in 0..2 {
            gives.add_permits(1).expect("there is no maximum");
        }
    });
    let (mut task, ready) = polled(&semaphore, 2);
    join(gift);
    assert!(ready || is_served(&mut task), "nobody woke it");
    settled(&semaphore, 0);
    if ready { "ready" } else { "woken" }
}

/// The first has a part already, and needs one more; it goes while that is given.
fn part_dropped() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [first, mut second] = asleep(&semaphore, [2, 2]);
    semaphore.add_permits(1).expect("there is no maximum");
    let gift = giver(&semaphore, 1);
    drop(first);
    join(gift);
    assert!(is_served(&mut second));
    settled(&semaphore, 0);
    "served"
}

fn part_timed_out() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(1));
    let (timer, clock) = Timer::start();
    let hurried = hurried(&semaphore, 2, timer);
    let mut task = acquiring(&semaphore, 1);
    let ready = task.poll().is_ready();
    if !ready {
        semaphore.add_permits(1).expect("there is no maximum");
    }
    let told = join(hurried);
    join(clock);
    if ready {
        assert!(told.is_err(), "it was too late for the permit");
        settled(&semaphore, 0);
    } else {
        let served = is_served(&mut task);
        assert_eq!(served, told.is_err());
        settled(&semaphore, usize::from(served));
    }
    drop(task);
    in_time(told)
}

/// The first has a part. Whatever comes first, nothing is lost.
fn part_meets_close() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [mut task] = asleep(&semaphore, [2]);
    semaphore.add_permits(1).expect("there is no maximum");
    let gift = giver(&semaphore, 1);
    semaphore.close();
    assert!(task.was_woken(), "it sleeps in a closed semaphore");
    join(gift);
    let told = task.poll();
    if told == Poll::Ready(Ok(())) {
        settled(&semaphore, 0);
        return "served";
    }
    settled(&semaphore, 2);
    "closed"
}

fn several_given() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(0));
    let [mut first, mut second] = asleep(&semaphore, [2, 1]);
    let gift = giver(&semaphore, 3);
    let mut third = acquiring(&semaphore, 1);
    let early = third.poll().is_ready();
    join(gift);
    assert!(!early, "it has overtaken");
    assert!(is_served(&mut first) && is_served(&mut second) && !is_served(&mut third));
    drop(third);
    settled(&semaphore, 0);
    "served"
}

/// Three permits, one of them held until both wait, and two who ask for more than are left: see `broken`.
fn two_ask_for_many() -> &'static str {
    let semaphore = Arc::new(Semaphore::new(2));
    let comes = semaphore.clone();
    let other = thread::spawn(move || polled(&comes, 2));
    let one = polled(&semaphore, 3);
    let other = join(other);
    let outcome = if other.1 { "two first" } else { "three first" };
    semaphore.add_permits(1).expect("there is no maximum");
    let mut waiting = vec![(3, one), (2, other)];
    for _ in 0..2 {
        let is_over =
            |(_, (task, ready)): &mut (usize, (Acquiring, bool))| *ready || is_served(task);
        let next = waiting.iter_mut().position(is_over);
        let (permits, _) = waiting.remove(next.expect("both wait, each for what the other has"));
        semaphore.add_permits(permits).expect("there is no maximum");
    }
    settled(&semaphore, 3);
    outcome
}

/// A task that asks for so many, polled once; whether it got them.
fn polled(semaphore: &Arc<Semaphore>, permits: usize) -> (Acquiring, bool) {
    let mut task = acquiring(semaphore, permits);
    let ready = task.poll().is_ready();
    (task, ready)
}
