//! The semaphore, one step after the other: order, guards, the maximum, closing, and input that is no good.
#![cfg(not(latchless_loom))]

#[path = "semaphore/every_order.rs"]
mod every_order;
#[path = "waiting/rogue.rs"]
mod rogue;
#[path = "waiting/tasks.rs"]
mod tasks;
#[path = "semaphore/wakers.rs"]
mod wakers;

use std::future::Future;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use latchless::Semaphore;
use latchless::error::{AcquireError, AcquireTimeoutError, AddPermitsError, TryAcquireError};
use latchless::semaphore::{OwnedPermit, Permit};

use tasks::{Bell, block_on, poll_for, poll_once};

/// Both modes.
const MAKE: [fn(usize) -> Semaphore; 2] = [Semaphore::new, Semaphore::barging];

type Acquiring<'s> = Pin<Box<dyn Future<Output = Result<Permit<'s>, AcquireError>> + 's>>;

/// So many who wait, in this order, each for so many.
fn asleep<'s>(semaphore: &'s Semaphore, needs: &[usize]) -> Vec<(Acquiring<'s>, Arc<Bell>)> {
    let enlist = |&need: &usize| {
        let bell = Bell::new();
        let mut wait: Acquiring<'s> = Box::pin(semaphore.acquire_many_async(need));
        assert!(poll_for(&mut wait, &bell).is_pending());
        (wait, bell)
    };
    needs.iter().map(enlist).collect()
}

/// Who was woken.
fn woken(waiting: &[(Acquiring<'_>, Arc<Bell>)]) -> Vec<bool> {
    waiting.iter().map(|(_, bell)| bell.rings() > 0).collect()
}

#[test]
fn permits_go_to_those_who_wait_in_the_order_of_their_coming() {
    let semaphore = Semaphore::new(0);
    let mut waiting = asleep(&semaphore, &[1; 5]);
    for served in 1..=5 {
        semaphore.add_permits(1).expect("no maximum");
        let so_far: Vec<bool> = (0..5).map(|n| n < served).collect();
        assert_eq!(woken(&waiting), so_far);
        assert_eq!(semaphore.available_permits(), 0, "it belongs to the waiter");
    }
    // They are polled in another order, and it does not matter.
    for (wait, bell) in waiting.iter_mut().rev() {
        assert!(matches!(poll_for(wait, bell), Poll::Ready(Ok(_))));
    }
    drop(waiting);
    assert_eq!(semaphore.available_permits(), 5);
}

#[test]
fn one_that_waits_for_many_is_served_before_those_who_come_later() {
    let semaphore = Semaphore::new(1);
    let mut waiting = asleep(&semaphore, &[3]);
    assert_eq!(semaphore.available_permits(), 0, "it has a part");
    waiting.extend(asleep(&semaphore, &[1, 2]));
    let told = semaphore.try_acquire();
    assert!(told.is_err_and(|error| error.is_no_permits()));
    semaphore.add_permits(1).expect("no maximum");
    assert_eq!(woken(&waiting), [false; 3]);
    semaphore.add_permits(1).expect("no maximum");
    assert_eq!(woken(&waiting), [true, false, false]);
    semaphore.add_permits(2).expect("no maximum");
    assert_eq!(woken(&waiting), [true, true, false]);
    semaphore.add_permits(5).expect("no maximum");
    assert_eq!(woken(&waiting), [true, true, true]);
    assert_eq!(semaphore.available_permits(), 4);
}

#[test]
fn who_gives_up_leaves_its_part_to_the_next() {
    let semaphore = Semaphore::new(2);
    let mut waiting = asleep(&semaphore, &[3, 1, 2]);
    drop(waiting.remove(0));
    assert_eq!(woken(&waiting), [true, false]);
    assert_eq!(
        semaphore.available_permits(),
        0,
        "the last has a part of one"
    );
    // One that was served, and never looked.
    drop(waiting.remove(0));
    assert_eq!(woken(&waiting), [true]);
    let timed_out = semaphore.acquire_many_timeout(1, Duration::from_micros(1));
    assert!(timed_out.is_err_and(|error| error.is_timeout()));
    drop(waiting);
    assert_eq!(semaphore.available_permits(), 2);
}

#[test]
fn a_try_does_not_overtake_and_one_that_barges_does() {
    let fair = Semaphore::new(0);
    let waiting = asleep(&fair, &[1]);
    fair.add_permits(1).expect("no maximum");
    assert!(fair.try_acquire().is_err());
    assert_eq!(woken(&waiting), [true]);

    let barging = Semaphore::barging(0);
    let mut waiting = asleep(&barging, &[1]);
    barging.add_permits(1).expect("no maximum");
    let taken = barging.try_acquire().expect("it came first");
    assert_eq!(woken(&waiting), [true]);
    let (wait, bell) = &mut waiting[0];
    assert!(poll_for(wait, bell).is_pending(), "too late");
    drop(taken);
    assert_eq!(bell.rings(), 2);
    assert!(poll_for(wait, bell).is_ready());
}

#[test]
fn a_permit_gives_back_what_is_left_of_it_once() {
    for make in MAKE {
        let semaphore = make(6);
        let mut five = semaphore.try_acquire_many(5).expect("six are free");
        let two = five.split(2).expect("five are held");
        assert_eq!((five.num_permits(), two.num_permits()), (3, 2));
        assert!(five.split(4).is_none(), "only three are held");
        assert_eq!(five.num_permits(), 3, "nothing has changed");
        let none = five.split(0).expect("none are always there");
        let all = five.split(3).expect("all are there");
        assert_eq!((five.num_permits(), all.num_permits()), (0, 3));
        drop((five, none));
        assert_eq!(semaphore.available_permits(), 1);
        let mut merged = two;
        merged.merge(all);
        merged.merge(semaphore.try_acquire().expect("one is free"));
        assert_eq!(
            (merged.num_permits(), semaphore.available_permits()),
            (6, 0)
        );
        merged.split(1).expect("six are held").forget();
        drop(merged);
        assert_eq!(semaphore.available_permits(), 5, "one was forgotten");
    }
}

#[test]
fn a_permit_that_is_dropped_by_a_panic_goes_back() {
    let semaphore = Semaphore::new(1);
    let waiting = asleep(&semaphore, &[2]);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        drop(waiting);
        let _permit = semaphore.try_acquire().expect("one is free");
        std::panic::resume_unwind(Box::new("a defect"));
    }));
    assert!(caught.is_err());
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn permits_of_two_semaphores_do_not_mix() {
    let (one, other) = (Semaphore::new(1), Semaphore::new(1));
    let mut permit = one.try_acquire().expect("one is free");
    let stranger = other.try_acquire().expect("one is free");
    let caught = catch_unwind(AssertUnwindSafe(|| permit.merge(stranger)));
    assert!(caught.is_err());
    assert_eq!((permit.num_permits(), other.available_permits()), (1, 1));
}

#[test]
fn an_owned_permit_goes_to_another_thread() {
    for make in MAKE {
        let semaphore = Arc::new(make(3));
        let mut permits: Vec<OwnedPermit> = vec![
            semaphore.acquire_owned().expect("open"),
            semaphore.try_acquire_owned().expect("free"),
            block_on(semaphore.acquire_owned_async()).expect("open"),
        ];
        let zero = semaphore.acquire_owned_timeout(Duration::ZERO);
        assert!(zero.is_err_and(|error| error.is_timeout()));
        let past = semaphore.acquire_many_owned_deadline(2, Instant::now());
        assert!(past.is_err_and(|error| error.is_timeout()));
        assert!(semaphore.acquire_owned_deadline(Instant::now()).is_err());
        let mut first = permits.remove(0);
        permits.drain(..).for_each(|permit| first.merge(permit));
        thread::spawn(move || drop(first)).join().expect("no panic");
        let all = semaphore.try_acquire_many_owned(3).expect("all are back");
        assert!(
            semaphore
                .acquire_many_owned_timeout(3, Duration::from_micros(1))
                .is_err()
        );
        drop(all);
        drop(semaphore.acquire_many_owned(3).expect("open"));
        let mut wait = semaphore.acquire_many_owned_async(3);
        assert!(poll_once(&mut wait).is_ready());
    }
}

#[test]
fn more_than_the_maximum_is_an_error_that_changes_nothing() {
    for make in [Semaphore::with_max, Semaphore::barging_with_max] {
        let semaphore = make(2, 3);
        assert_eq!(semaphore.max_permits(), 3);
        let held = semaphore.try_acquire_many(2).expect("two are free");
        for too_many in [2, 3, usize::MAX] {
            assert_eq!(semaphore.add_permits(too_many), Err(AddPermitsError));
        }
        assert_eq!(semaphore.available_permits(), 0);
        assert_eq!(semaphore.add_permits(0), Ok(()));
        assert_eq!(semaphore.add_permits(1), Ok(()));
        assert_eq!(semaphore.add_permits(1), Err(AddPermitsError));
        drop(held);
        assert_eq!(semaphore.available_permits(), 3);
        // What is taken out of circulation makes room.
        assert_eq!(semaphore.forget_permits(2), 2);
        assert_eq!(semaphore.add_permits(3), Err(AddPermitsError));
        assert_eq!(semaphore.add_permits(2), Ok(()));
        assert_eq!(semaphore.forget_permits(usize::MAX), 3);
        assert_eq!(semaphore.forget_permits(1), 0);
    }
    let most = Semaphore::new(Semaphore::MAX_PERMITS);
    assert_eq!(most.available_permits(), Semaphore::MAX_PERMITS);
    assert_eq!(most.add_permits(1), Err(AddPermitsError));
    drop(most.try_acquire_many(Semaphore::MAX_AT_ONCE));
    assert_eq!(most.available_permits(), Semaphore::MAX_PERMITS);
}

/// What a call that panics says.
fn panic_of<R>(action: impl FnOnce() -> R) -> String {
    let payload = catch_unwind(AssertUnwindSafe(action)).err();
    let payload = payload.expect("it panics");
    let said = payload.downcast_ref::<&str>();
    (*said.expect("a message")).to_owned()
}

#[test]
fn semaphores_that_cannot_be_are_refused_with_a_message() {
    let too_many = Semaphore::MAX_PERMITS + 1;
    let said = panic_of(|| Semaphore::new(too_many));
    assert_eq!(said, "more permits than the maximum");
    let said = panic_of(|| Semaphore::with_max(1, too_many));
    assert_eq!(said, "more permits than a semaphore can have");
    let said = panic_of(|| Semaphore::barging_with_max(2, 1));
    assert_eq!(said, "more permits than the maximum");
}

#[test]
fn what_can_never_be_had_is_an_error_and_nothing_can_always_be_had() {
    for make in [Semaphore::with_max, Semaphore::barging_with_max] {
        let semaphore = make(0, 2);
        let mut never = vec![3, Semaphore::MAX_AT_ONCE + 1, usize::MAX];
        for permits in never.drain(..) {
            let tried = semaphore.try_acquire_many(permits).map(drop);
            assert_eq!(tried, Err(TryAcquireError::TooMany));
            let waited = semaphore.acquire_many(permits).map(drop);
            assert_eq!(waited, Err(AcquireError::TooMany));
            let timed = semaphore.acquire_many_timeout(permits, Duration::MAX);
            assert_eq!(timed.map(drop), Err(AcquireTimeoutError::TooMany));
            let awaited = block_on(semaphore.acquire_many_async(permits));
            assert_eq!(awaited.map(drop), Err(AcquireError::TooMany));
        }
        let waiting = asleep(&semaphore, &[2]);
        let none = semaphore.acquire_many(0).expect("nothing is needed");
        assert_eq!(none.num_permits(), 0);
        assert!(semaphore.try_acquire_many(0).is_ok());
        assert!(semaphore.acquire_many_timeout(0, Duration::ZERO).is_ok());
        assert_eq!(woken(&waiting), [false]);
        drop(none);
        semaphore.close();
        assert!(
            semaphore
                .try_acquire_many(0)
                .is_err_and(|error| error.is_closed())
        );
    }
    let none = Semaphore::with_max(0, 0);
    assert!(none.acquire().is_err_and(|error| error.is_too_many()));
    assert_eq!(none.add_permits(1), Err(AddPermitsError));
    let open = Semaphore::new(0);
    let many = open.try_acquire_many(Semaphore::MAX_AT_ONCE + 1);
    assert!(many.is_err_and(|error| error.is_too_many()));
    let most = open.try_acquire_many(Semaphore::MAX_AT_ONCE);
    assert!(most.is_err_and(|error| error.is_no_permits()));
}

#[test]
fn the_most_at_once_can_be_waited_for() {
    let most = Semaphore::MAX_AT_ONCE;
    let semaphore = Semaphore::new(most - 1);
    let waiting = asleep(&semaphore, &[most]);
    assert_eq!(semaphore.available_permits(), 0);
    semaphore.add_permits(2).expect("no maximum");
    assert_eq!(woken(&waiting), [true]);
    assert_eq!(semaphore.available_permits(), 1);
    drop(waiting);
    assert_eq!(semaphore.available_permits(), most + 1);
}

#[test]
fn a_close_refuses_who_waits_and_who_comes_and_takes_nothing_from_who_has() {
    for make in MAKE {
        let semaphore = make(3);
        let held = semaphore.try_acquire_many(3).expect("three are free");
        let mut waiting = asleep(&semaphore, &[2, 1]);
        assert!(semaphore.close() && !semaphore.close() && semaphore.is_closed());
        for (wait, bell) in &mut waiting {
            assert!(bell.rings() > 0);
            let told = poll_for(wait, bell);
            assert!(matches!(told, Poll::Ready(Err(AcquireError::Closed))));
        }
        assert_eq!(semaphore.acquire().map(drop), Err(AcquireError::Closed));
        let timed = semaphore.acquire_timeout(Duration::MAX).map(drop);
        assert_eq!(timed, Err(AcquireTimeoutError::Closed));
        drop(held);
        assert_eq!(semaphore.available_permits(), 3);
        semaphore.add_permits(1).expect("no maximum");
        assert_eq!(semaphore.forget_permits(9), 4);
        let awaited = block_on(semaphore.acquire_async()).map(drop);
        assert_eq!(awaited, Err(AcquireError::Closed));
    }
}

#[test]
fn who_was_served_before_a_close_has_its_permits() {
    let semaphore = Semaphore::new(0);
    let mut waiting = asleep(&semaphore, &[1, 2]);
    semaphore.add_permits(2).expect("no maximum");
    semaphore.close();
    let (wait, bell) = &mut waiting[0];
    let told = poll_for(wait, bell);
    assert!(matches!(told, Poll::Ready(Ok(permit)) if permit.num_permits() == 1));
    let (wait, bell) = &mut waiting[1];
    assert!(matches!(
        poll_for(wait, bell),
        Poll::Ready(Err(AcquireError::Closed))
    ));
    assert_eq!(semaphore.available_permits(), 2, "its part came back");
}

#[test]
fn a_wait_ends_when_it_is_served_whatever_its_deadline() {
    for make in MAKE {
        let semaphore = make(0);
        thread::scope(|scope| {
            let waits =
                scope.spawn(|| semaphore.acquire_timeout(Duration::MAX).map(Permit::forget));
            semaphore.add_permits(1).expect("no maximum");
            assert_eq!(waits.join().expect("no panic"), Ok(()));
            let waits = scope.spawn(|| semaphore.acquire_many(2).map(Permit::forget));
            semaphore.add_permits(1).expect("no maximum");
            semaphore.add_permits(1).expect("no maximum");
            assert_eq!(waits.join().expect("no panic"), Ok(()));
            let far = Instant::now() + Duration::from_secs(1 << 20);
            let waits = scope.spawn(move || far).join().expect("no panic");
            let waits = scope.spawn({
                let semaphore = &semaphore;
                move || semaphore.acquire_deadline(waits).map(Permit::forget)
            });
            semaphore.close();
            assert_eq!(
                waits.join().expect("no panic"),
                Err(AcquireTimeoutError::Closed)
            );
        });
    }
}

#[test]
fn a_forgotten_future_takes_what_it_waited_for_and_no_more() {
    let semaphore = Semaphore::new(1);
    let mut forgotten = asleep(&semaphore, &[2]);
    std::mem::forget(forgotten.remove(0).0);
    let waiting = asleep(&semaphore, &[1]);
    semaphore.add_permits(1).expect("no maximum");
    assert_eq!(woken(&waiting), [false]);
    semaphore.add_permits(1).expect("no maximum");
    assert_eq!(woken(&waiting), [true]);
}

#[test]
fn each_error_says_in_a_line_what_happened() {
    let said = [
        TryAcquireError::NoPermits.to_string(),
        TryAcquireError::Closed.to_string(),
        TryAcquireError::TooMany.to_string(),
        AcquireTimeoutError::Timeout.to_string(),
        AddPermitsError.to_string(),
    ];
    for (index, line) in said.iter().enumerate() {
        assert!(line.starts_with(char::is_lowercase) && !line.contains('\n'));
        assert!(!said[..index].contains(line), "{line} says it already");
    }
    assert_eq!(said[1], AcquireError::Closed.to_string());
    assert_eq!(said[1], AcquireTimeoutError::Closed.to_string());
    assert_eq!(said[2], AcquireError::TooMany.to_string());
    assert_eq!(said[2], AcquireTimeoutError::TooMany.to_string());
}

fn assert_send<T: Send + Sync>(_: &T) {}
fn assert_unwind_safe<T: UnwindSafe + RefUnwindSafe>(_: &T) {}

#[test]
fn permits_and_futures_can_be_sent_and_permits_be_where_something_panics() {
    let semaphore = Arc::new(Semaphore::new(9));
    assert_send(&*semaphore);
    assert_unwind_safe(&*semaphore);
    assert_unwind_safe(&semaphore.try_acquire().expect("free"));
    assert_send(&semaphore.try_acquire().expect("free"));
    assert_send(&semaphore.try_acquire_owned().expect("free"));
    let wait = semaphore.acquire_async();
    thread::scope(|scope| {
        scope.spawn(|| assert!(poll_once(&mut { wait }).is_ready()));
    });
}
