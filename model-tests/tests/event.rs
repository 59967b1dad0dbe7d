//! Events: who is released by what, in every form of waiting, also where the input is bad; and what waiting costs.
#![cfg(not(any(latchless_loom, latchless_steps)))]

#[path = "memory_bounded/counting.rs"]
#[allow(dead_code, reason = "only this thread's requests are of interest here")]
mod counting;
#[path = "waiting/rogue.rs"]
mod rogue;
#[path = "waiting/tasks.rs"]
mod tasks;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use latchless::Event;

use counting::asked;
use rogue::{Deed, Rogue};
use tasks::{Bell, block_on, poll, poll_for, poll_once};

fn set() -> Event {
    let event = Event::new();
    event.set();
    event
}

#[test]
fn an_event_is_set_until_it_is_reset() {
    let event = Event::default();
    assert!(!event.is_set());
    for _ in 0..3 {
        event.reset();
        assert!(!event.is_set() && !event.wait_timeout(Duration::ZERO));
        event.set();
        event.set();
        assert!(event.is_set() && event.wait_timeout(Duration::ZERO));
        event.wait();
        event.reset();
        assert!(!event.is_set());
    }
    assert_eq!(format!("{:?}", set()), "Event { is_set: true, .. }");
}

#[test]
fn all_forms_end_at_once_when_it_is_set() {
    let event = set();
    event.wait();
    assert!(event.wait_timeout(Duration::ZERO));
    assert!(event.wait_timeout(Duration::MAX));
    let now = Instant::now();
    let deadlines = [now, now.checked_sub(Duration::from_secs(1)).unwrap_or(now)];
    assert!(
        deadlines
            .iter()
            .all(|&deadline| event.wait_deadline(deadline))
    );
    assert!(poll_once(&mut event.wait_async()).is_ready());
}

#[test]
fn a_wait_whose_time_is_over_says_that_the_event_was_not_set() {
    let event = Event::new();
    let now = Instant::now();
    assert!(!event.wait_deadline(now));
    assert!(!event.wait_deadline(now.checked_sub(Duration::from_secs(1)).unwrap_or(now)));
    assert!(!event.wait_timeout(Duration::ZERO));
    assert!(!event.wait_timeout(Duration::from_nanos(1)));
    assert!(!event.wait_timeout(Duration::from_millis(1)));
}

#[test]
fn a_wait_without_an_end_ends_at_a_set() {
    let event = Event::new();
    thread::scope(|scope| {
        let waits: [fn(&Event) -> bool; 4] = [
            |event| {
                event.wait();
                true
            },
            |event| event.wait_timeout(Duration::MAX),
            |event| event.wait_timeout(Duration::from_secs(u64::MAX / 2)),
            |event| {
                block_on(event.wait_async());
                true
            },
        ];
        let waiters = waits.map(|wait| {
            let event = &event;
            scope.spawn(move || wait(event))
        });
        event.set();
        assert!(
            waiters
                .into_iter()
                .all(|waiter| waiter.join().expect("no waiter panics"))
        );
    });
}

#[test]
fn a_set_and_a_reset_release_all_who_have_begun_to_wait_and_no_others() {
    let event = Event::new();
    let bell = Bell::new();
    for round in 1..=3 {
        let mut polled = [(); 5].map(|()| event.wait_async());
        for wait in &mut polled {
            assert!(poll_for(wait, &bell).is_pending());
        }
        // The wait begins with the call.
        let mut begun = event.wait_async();
        event.set();
        event.reset();
        let mut late = event.wait_async();
        assert_eq!(bell.rings(), 5 * round, "all are woken");
        assert!(polled.iter_mut().all(|wait| poll_once(wait).is_ready()));
        assert!(poll_once(&mut begun).is_ready());
        assert!(poll_once(&mut late).is_pending());
    }
}

/// Traffic: nobody who waits for green is left behind, however short it is.
#[test]
fn threads_that_wait_for_a_short_set_again_and_again_all_go_on() {
    const ROUNDS: usize = 2_000;
    let [green, ready] = [Event::new(), Event::new()];
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let wait = green.wait_async();
                ready.set();
                block_on(wait);
            }
        });
        for _ in 0..ROUNDS {
            ready.wait();
            ready.reset();
            green.set();
            green.reset();
        }
        over.store(true, Ordering::Relaxed);
        green.set();
    });
}

#[test]
fn a_reset_of_an_event_that_is_not_set_wakes_nobody_twice() {
    let event = Event::new();
    let bell = Bell::new();
    let mut waits = [(); 10].map(|()| event.wait_async());
    for wait in &mut waits {
        assert!(poll_for(wait, &bell).is_pending());
    }
    (0..100).for_each(|_| event.reset());
    assert_eq!(bell.rings(), 0, "nothing was set");
    event.set();
    (0..100).for_each(|_| event.set());
    assert_eq!(bell.rings(), 10);
    assert!(waits.iter_mut().all(|wait| poll_once(wait).is_ready()));
}

#[test]
fn a_future_that_is_dropped_keeps_no_wake() {
    let event = Event::new();
    let bells = [(); 3].map(|()| Bell::new());
    let mut waits = bells.each_ref().map(|bell| {
        let mut wait = Box::pin(event.wait_async());
        assert!(poll_for(&mut wait, bell).is_pending());
        Some(wait)
    });
    waits[0] = None;
    event.set();
    event.reset();
    waits[1] = None;
    assert_eq!(bells.each_ref().map(|bell| bell.rings()), [0, 1, 1]);
    assert!(poll_once(waits[2].as_mut().expect("it was kept")).is_ready());
    drop(waits);
    assert!(bells.iter().all(|bell| Arc::strong_count(bell) == 1));
}

#[test]
fn a_future_that_has_completed_panics_when_it_is_polled_again() {
    let event = set();
    let mut wait = event.wait_async();
    assert!(poll_once(&mut wait).is_ready());
    assert!(catch_unwind(AssertUnwindSafe(|| poll_once(&mut wait))).is_err());
    assert!(poll_once(&mut event.wait_async()).is_ready());
}

#[test]
fn events_and_their_futures_may_go_to_another_thread() {
    fn sent<F: Send + Sync>(value: F) -> F {
        value
    }
    let event = sent(set());
    let mut wait = Box::pin(sent(event.wait_async()));
    thread::scope(|scope| {
        scope.spawn(move || assert!(poll_once(&mut wait).is_ready()));
    });
}

#[test]
fn a_wake_that_panics_leaves_none_of_the_others_asleep() {
    for at in 0..4 {
        let event = Event::new();
        let (rogue, bell) = (Rogue::that_panics(Deed::Wake), Bell::new());
        rogue.arm(true);
        let mut waits = [(); 4].map(|()| event.wait_async());
        for (i, wait) in waits.iter_mut().enumerate() {
            let waker = if i == at { rogue.waker() } else { bell.waker() };
            assert!(poll(wait, &waker).is_pending());
        }
        event.set();
        assert_eq!((rogue.times(), bell.rings()), (1, 3), "rogue at {at}");
        assert!(waits.iter_mut().all(|wait| poll_once(wait).is_ready()));
    }
}

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A waker that sets, resets and waits again.
#[test]
fn a_wake_that_comes_back_to_its_event_ends() {
    let event: &'static Event = Box::leak(Box::new(Event::new()));
    let rogue = Rogue::new(Deed::Wake, || {
        event.reset();
        assert!(poll_once(&mut event.wait_async()).is_pending());
        event.set();
        event.reset();
    });
    rogue.arm(true);
    let bell = Bell::new();
    let mut waits: Vec<Wait> = (0..10)
        .map(|_| Box::pin(event.wait_async()) as Wait)
        .collect();
    for (i, wait) in waits.iter_mut().enumerate() {
        let waker = if i % 3 == 0 {
            rogue.waker()
        } else {
            bell.waker()
        };
        assert!(poll(wait, &waker).is_pending());
    }
    event.set();
    assert_eq!((rogue.times(), bell.rings()), (4, 6));
    assert!(!event.is_set());
    assert!(waits.iter_mut().all(|wait| poll_once(wait).is_ready()));
    let mut late = event.wait_async();
    assert!(poll_for(&mut late, &bell).is_pending());
    event.set();
    assert!(poll_once(&mut late).is_ready());
}

#[test]
fn a_million_waits_that_are_given_up_leave_memory_flat() {
    let event = Event::new();
    // (`memory_timeouts` has those that run out of time.)
    let give_up = |rounds: u32| {
        for _ in 0..rounds {
            assert!(poll_once(&mut event.wait_async()).is_pending());
        }
    };
    give_up(1_000);
    let ((), times, _) = asked(|| give_up(1_000_000));
    assert_eq!(times, 0, "requests for memory");
}

#[test]
fn waiting_for_an_event_that_is_set_and_setting_ask_for_no_memory() {
    let event = Event::new();
    let mut waits = [(); 3].map(|()| event.wait_async());
    for wait in &mut waits {
        assert!(poll(wait, Waker::noop()).is_pending());
    }
    let ((), times, _) = asked(|| {
        for _ in 0..1_000 {
            event.set();
            event.wait();
            assert!(event.wait_timeout(Duration::MAX));
            assert!(poll_once(&mut event.wait_async()).is_ready());
            event.reset();
        }
    });
    assert_eq!(times, 0, "requests for memory");
}
