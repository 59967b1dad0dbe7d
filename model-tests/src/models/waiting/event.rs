//! Events: a wait that a set must end ends, whatever follows the set, and no other does.
#![forbid(unsafe_code)]

use super::gate::join;
use super::task::Task;
use crate::models::Model;
use latchless::Event;
use latchless::sync::{Timer, deadlines};
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread::{self, JoinHandle};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

const RELEASED: &[&str] = &["released"];

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("who_waits_for_an_event_sees_what_was_done_before_the_set", 2, 100, RELEASED, wait_meets_set),
    Model::own("who_finds_an_event_set_sees_what_was_done_before", 2, 3, &["not set", "set"], look_meets_set).without_fences(),
    Model::own("who_finds_an_event_reset_sees_what_was_done_before_the_reset", 2, 3, &["reset", "set"], look_meets_reset).without_fences(),
    Model::own("a_reset_sees_what_was_done_before_the_sets_it_undoes", 2, 5, &["done", "set again"], reset_meets_set).without_fences(),
    Model::own("a_set_and_a_reset_release_who_waits", 2, 50, &["early", "woken"], set_and_reset),
    Model::own("a_set_and_a_reset_release_a_thread_that_sleeps", 1, 100, &["never slept", "released"], thread_meets_set_and_reset),
    Model::own("a_wait_that_begins_after_the_reset_sleeps_on", 1, 50, &["asleep", "not set"], later_wait),
    Model::own("when_a_set_returns_who_waited_is_awake_whoever_else_sets", 1, 50, RELEASED, two_set),
    Model::own("when_a_reset_returns_who_waited_for_the_set_is_awake", 1, 50, &["before", "undone"], reset_behind_set),
    Model::own("a_reset_undoes_no_later_set", 2, 20, &["ended"], two_reset),
    Model::own("everybody_who_waits_for_an_event_is_woken", 1, 100, &["early", "woken"], two_wait),
    Model::own("a_dropped_wait_leaves_the_wake_to_others", 1, 50, RELEASED, dropped),
    Model::own("a_wait_that_exchanges_its_waker_is_woken", 2, 50, &["early", "woken"], exchanged),
    Model::own("a_wait_for_an_event_in_time_or_too_late", 2, 50, &["in time", "too late"], timeout),
    Model::own("who_is_woken_by_a_set_wakes_the_next", 1, 10, &["later", "woken"], woken_wakes_next),
    Model::own("when_a_reset_returns_who_came_before_the_set_is_awake", 1, 50, &["asleep", "early", "later"], reset_meets_wait),
    Model::own("a_wait_in_time_passes_its_wake_on", 1, 50, &["in time", "too late"], timeout_beside_waiter),
];

/// An event, and whether what it stands for has happened: a fact of which the event knows nothing.
#[derive(Clone, Default)]
struct Scene(Arc<Inside>);

#[derive(Default)]
struct Inside {
    event: Event,
    done: AtomicBool,
}

impl Scene {
    fn set_beforehand() -> Self {
        let scene = Self::default();
        scene.event().set();
        scene
    }

    fn event(&self) -> &Event {
        &self.0.event
    }

    /// ORDERING: Relaxed; what publishes it must be the event.
    fn do_it(&self) {
        self.0.done.store(true, Ordering::Relaxed);
    }

    fn is_done(&self) -> bool {
        self.0.done.load(Ordering::Relaxed)
    }

    fn spawn<T: 'static>(&self, act: fn(&Scene) -> T) -> JoinHandle<T> {
        let scene = self.clone();
        thread::spawn(move || act(&scene))
    }

    /// A wait that has begun, and was not polled.
    fn wait(&self) -> Task<impl Future<Output = ()> + use<>> {
        // The future borrows its event: it lives in a task that owns that too, and begins when it is polled.
        let scene = self.clone();
        Task::new(async move { scene.event().wait_async().await })
    }

    /// A wait that sleeps.
    fn asleep(&self) -> Task<impl Future<Output = ()> + use<>> {
        let mut wait = self.wait();
        assert!(wait.poll().is_pending(), "it is not set yet");
        wait
    }
}

/// It was woken, and goes on.
fn goes_on(wait: &mut Task<impl Future<Output = ()>>) {
    assert!(wait.was_woken(), "it was not woken");
    assert!(
        wait.poll().is_ready(),
        "it was not woken for a set of its own"
    );
}

fn wait_meets_set() -> &'static str {
    let scene = Scene::default();
    let waiter = scene.spawn(|scene| {
        scene.event().wait();
        assert!(scene.is_done(), "it waited, and nothing was done");
    });
    scene.do_it();
    scene.event().set();
    join(waiter);
    "released"
}

fn look_meets_set() -> &'static str {
    let scene = Scene::default();
    let setter = scene.spawn(|scene| {
        scene.do_it();
        scene.event().set();
    });
    let set = scene.event().is_set();
    assert!(!set || scene.is_done(), "it is set, and nothing was done");
    join(setter);
    if set { "set" } else { "not set" }
}

fn look_meets_reset() -> &'static str {
    let scene = Scene::set_beforehand();
    let resetter = scene.spawn(|scene| {
        scene.do_it();
        scene.event().reset();
    });
    let set = scene.event().is_set();
    assert!(set || scene.is_done(), "it was reset, and nothing was done");
    join(resetter);
    if set { "set" } else { "reset" }
}

/// Work is announced by a set of an event that is set already, and looked for after a reset.
fn reset_meets_set() -> &'static str {
    let scene = Scene::set_beforehand();
    let setter = scene.spawn(|scene| {
        scene.do_it();
        scene.event().set();
    });
    let resetter = scene.spawn(|scene| {
        scene.event().reset();
        scene.is_done()
    });
    let done = join(resetter);
    join(setter);
    assert!(
        done || scene.event().is_set(),
        "the work was not found, and the event is reset"
    );
    if done { "done" } else { "set again" }
}

fn set_and_reset() -> &'static str {
    let scene = Scene::default();
    let mut sleeper = scene.asleep();
    let setter = scene.spawn(|scene| {
        scene.event().set();
        scene.event().reset();
    });
    let polls = thread::spawn(move || (sleeper.poll().is_ready(), sleeper));
    let (early, mut sleeper) = join(polls);
    join(setter);
    if early {
        return "early";
    }
    goes_on(&mut sleeper);
    "woken"
}

/// A thread that comes after the set, or before it: then it must not sleep on.
fn thread_meets_set_and_reset() -> &'static str {
    let scene = Scene::default();
    let waiter = scene.spawn(|scene| {
        let wait = scene.event().wait_async();
        // From here on the wait has begun.
        scene.do_it();
        super::task::block_on(wait);
    });
    let setter = scene.spawn(|scene| {
        let has_begun = scene.is_done();
        scene.event().set();
        if has_begun {
            scene.event().reset();
        }
        has_begun
    });
    let has_begun = join(setter);
    join(waiter);
    if has_begun { "released" } else { "never slept" }
}

/// The setter may still be about its wakes, and reach one that began to wait after the reset.
fn later_wait() -> &'static str {
    let scene = Scene::default();
    let mut early = scene.asleep();
    let setter = scene.spawn(|scene| scene.event().set());
    let later = scene.spawn(|scene| {
        if !scene.event().is_set() {
            return None;
        }
        scene.event().reset();
        Some(scene.asleep())
    });
    let later = join(later);
    join(setter);
    goes_on(&mut early);
    let Some(mut later) = later else {
        return "not set";
    };
    assert!(later.poll().is_pending(), "it was not set since");
    // It may have been woken in vain; for this one it must be.
    later.change_bell();
    assert!(later.poll().is_pending(), "it was not set since");
    scene.event().set();
    goes_on(&mut later);
    "asleep"
}

/// Wherever the other setter stands.
fn two_set() -> &'static str {
    let scene = Scene::default();
    let sleeper = scene.asleep();
    let other = scene.spawn(|scene| scene.event().set());
    let sets = scene.clone();
    let setter = thread::spawn(move || {
        sets.event().set();
        assert!(sleeper.was_woken(), "it was not woken when a set returned");
        sleeper
    });
    let mut sleeper = join(setter);
    join(other);
    goes_on(&mut sleeper);
    "released"
}

/// The setter may not have come to its wakes.
fn reset_behind_set() -> &'static str {
    let scene = Scene::default();
    let sleeper = scene.asleep();
    let setter = scene.spawn(|scene| scene.event().set());
    let resets = scene.clone();
    let resetter = thread::spawn(move || {
        let was_set = resets.event().is_set();
        resets.event().reset();
        assert!(
            sleeper.was_woken() || !was_set,
            "it was not woken when a reset returned"
        );
        (was_set, sleeper)
    });
    let (was_set, mut sleeper) = join(resetter);
    join(setter);
    goes_on(&mut sleeper);
    if was_set { "undone" } else { "before" }
}

/// The setter may be in the middle of its wakes: whoever was woken passes the wake on before its wait returns.
fn woken_wakes_next() -> &'static str {
    let scene = Scene::default();
    let mut first = scene.asleep();
    let second = scene.asleep();
    let setter = scene.spawn(|scene| scene.event().set());
    let goes = thread::spawn(move || {
        let woken = first.was_woken() && first.poll().is_ready();
        assert!(
            !woken || second.was_woken(),
            "it was not woken by the first"
        );
        (woken, second)
    });
    let (woken, mut second) = join(goes);
    join(setter);
    goes_on(&mut second);
    if woken { "woken" } else { "later" }
}

/// One comes meanwhile. If it sleeps since before the set that a reset undoes, it is awake when that returns.
fn reset_meets_wait() -> &'static str {
    let scene = Scene::default();
    let mut wait = scene.wait();
    let bell = wait.bell();
    let comes = scene.clone();
    let waiter = thread::spawn(move || {
        let is_asleep = wait.poll().is_pending();
        if is_asleep {
            // A fact of which the event knows nothing.
            comes.do_it();
        }
        is_asleep.then_some(wait)
    });
    let setter = scene.spawn(|scene| scene.event().set());
    let resets = scene.clone();
    let resetter = thread::spawn(move || {
        let was_set = resets.event().is_set();
        resets.event().reset();
        let woken = bell.rang();
        (was_set && resets.is_done(), woken)
    });
    let (slept, woken) = join(resetter);
    join(setter);
    let Some(mut wait) = join(waiter) else {
        return "early";
    };
    // If it goes on, it began before the set.
    let begun_before = scene.event().is_set() || wait.poll().is_ready();
    if slept && begun_before {
        assert!(woken, "it was not woken when a reset returned");
        return "asleep";
    }
    "later"
}

fn two_reset() -> &'static str {
    let scene = Scene::set_beforehand();
    let other = scene.spawn(|scene| scene.event().reset());
    let waiter = scene.spawn(|scene| {
        scene.event().reset();
        let mut wait = Box::pin(scene.event().wait_async());
        scene.event().set();
        assert!(
            super::task::poll_once(&mut wait).is_ready(),
            "its set was not found"
        );
    });
    join(other);
    join(waiter);
    "ended"
}

fn two_wait() -> &'static str {
    let scene = Scene::default();
    let mut first = scene.asleep();
    let mut second = scene.wait();
    let setter = scene.spawn(|scene| scene.event().set());
    let polls = thread::spawn(move || (second.poll().is_ready(), second));
    let (early, mut second) = join(polls);
    join(setter);
    goes_on(&mut first);
    if early {
        return "early";
    }
    goes_on(&mut second);
    "woken"
}

fn dropped() -> &'static str {
    let scene = Scene::default();
    let fickle = scene.asleep();
    let mut patient = scene.asleep();
    let setter = scene.spawn(|scene| {
        scene.event().set();
        scene.event().reset();
    });
    let goes = thread::spawn(move || drop(fickle));
    join(goes);
    join(setter);
    goes_on(&mut patient);
    "released"
}

fn exchanged() -> &'static str {
    let scene = Scene::default();
    let mut sleeper = scene.asleep();
    let setter = scene.spawn(|scene| scene.event().set());
    let polls = thread::spawn(move || {
        sleeper.change_bell();
        (sleeper.poll().is_ready(), sleeper)
    });
    let (early, mut sleeper) = join(polls);
    join(setter);
    if early {
        return "early";
    }
    goes_on(&mut sleeper);
    "woken"
}

/// Waits in time, on a thread of its own; the clock is another.
fn hurried(scene: &Scene) -> (JoinHandle<bool>, JoinHandle<()>) {
    let (timer, clock) = Timer::start();
    deadlines(Some(timer));
    let waiter = scene.spawn(|scene| {
        let in_time = scene.event().wait_timeout(Duration::from_secs(1));
        assert!(
            !in_time || scene.is_done(),
            "it waited, and nothing was done"
        );
        in_time
    });
    (waiter, clock)
}

fn timeout() -> &'static str {
    let scene = Scene::default();
    let (waiter, clock) = hurried(&scene);
    scene.do_it();
    scene.event().set();
    let in_time = join(waiter);
    join(clock);
    deadlines(None);
    if in_time { "in time" } else { "too late" }
}

fn timeout_beside_waiter() -> &'static str {
    let scene = Scene::default();
    let (waiter, clock) = hurried(&scene);
    let mut patient = scene.asleep();
    scene.do_it();
    scene.event().set();
    scene.event().reset();
    let in_time = join(waiter);
    join(clock);
    deadlines(None);
    goes_on(&mut patient);
    if in_time { "in time" } else { "too late" }
}
