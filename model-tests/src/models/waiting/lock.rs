//! Locks: one at a time, and nobody waits in vain for a lock that is free.
#![forbid(unsafe_code)]

use super::gate::join;
use super::task::{Task, block_on};
use crate::models::Model;
use latchless::lock::{Mutex, OwnedMutexGuard, ReentrantMutex};
use latchless::sync::{self, Timer, deadlines};
use loom::thread::{self, JoinHandle};
use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

const ENDED: &[&str] = &["ended"];
const EARLY_OR_WOKEN: &[&str] = &["early", "woken"];
const TIMED: &[&str] = &["in time", "too late"];

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("one_at_a_time_holds_a_mutex", 2, 10, &["both", "one"], two_try).without_fences(),
    Model::own("threads_that_lock_wait_for_each_other", 2, 100, ENDED, two_lock),
    Model::own("tasks_that_lock_wait_for_each_other", 1, 100, ENDED, two_tasks),
    Model::own("a_release_wakes_a_task_that_waits", 2, 50, EARLY_OR_WOKEN, release_meets_task),
    Model::own("a_dropped_lock_passes_its_wake_on", 1, 50, ENDED, dropped),
    Model::own("who_barges_in_wakes_who_was_overtaken", 2, 50, &["overtaken", "taken"], barged),
    Model::own("a_lock_in_time_or_too_late", 1, 20, TIMED, timeout),
    Model::own("a_lock_that_times_out_passes_its_wake_on", 1, 50, TIMED, timeout_beside_task),
    Model::own("a_thread_that_starves_is_given_the_lock_or_takes_it", 1, 100, ENDED, starves),
    Model::own("a_thread_that_loses_starves_and_is_given_the_lock", 1, 50, ENDED, loses),
    Model::own("one_that_starves_and_one_that_barges_in", 1, 100, &["barged", "refused"], starves_beside_barger),
    Model::own("a_lock_that_is_handed_over_is_not_free", 0, 10, &["barged", "refused"], handed_over_beside_barger),
    Model::own("one_that_starves_and_a_task_are_both_served", 1, 100, EARLY_OR_WOKEN, starves_beside_task),
    Model::own("one_that_starves_in_time_keeps_no_wake_from_a_task", 1, 50, TIMED, starves_in_time_beside_task),
    Model::own("a_reentrant_mutex_is_handed_on_when_all_guards_are_gone", 2, 100, ENDED, reentrant),
    Model::own("a_reentrant_mutex_lets_nobody_else_in", 2, 10, &["both", "one"], reentrant_tries).without_fences(),
];

type Counter = sync::Arc<Mutex<u64>>;

fn counter() -> Counter {
    sync::Arc::new(Mutex::new(0))
}

fn spawn<T: 'static>(counter: &Counter, act: fn(&Counter) -> T) -> JoinHandle<T> {
    let counter = counter.clone();
    thread::spawn(move || act(&counter))
}

/// Locks, counts and releases: what no two may do at a time, as loom would notice.
fn count(counter: &Counter) {
    *counter.lock() += 1;
}

fn count_starving(counter: &Counter) {
    *counter.lock_as_one_that_starves() += 1;
}

/// All have ended: it is free, and was counted so often.
fn counted(counter: &Counter, times: u64) {
    let count = counter
        .try_lock()
        .expect("it was not found free at the end");
    assert_eq!(*count, times, "somebody was not found to have counted");
}

fn task(counter: &Counter) -> Task<impl Future<Output = OwnedMutexGuard<u64>> + use<>> {
    Task::new(Mutex::lock_owned_async(counter))
}

/// A task that waits for a lock that is free now: it was woken, and takes it.
fn goes_on(task: &mut Task<impl Future<Output = OwnedMutexGuard<u64>>>) {
    assert!(task.was_woken(), "the lock is free, and it was not woken");
    match task.poll() {
        std::task::Poll::Ready(mut guard) => *guard += 1,
        std::task::Poll::Pending => panic!("the lock was not found free"),
    }
}

fn two_try() -> &'static str {
    let counter = counter();
    let tries = [(); 2].map(|()| {
        spawn(&counter, |counter| match counter.try_lock() {
            Ok(mut count) => {
                *count += 1;
                1
            }
            Err(_) => 0,
        })
    });
    let times: u64 = tries.map(join).iter().sum();
    counted(&counter, times);
    if times == 2 { "both" } else { "one" }
}

fn two_lock() -> &'static str {
    let counter = counter();
    let other = spawn(&counter, count);
    count(&counter);
    join(other);
    counted(&counter, 2);
    "ended"
}

fn two_tasks() -> &'static str {
    let counter = counter();
    let tasks = [(); 2].map(|()| {
        spawn(&counter, |counter| {
            *block_on(Mutex::lock_owned_async(counter)) += 1;
        })
    });
    tasks.into_iter().for_each(join);
    counted(&counter, 2);
    "ended"
}

fn release_meets_task() -> &'static str {
    let counter = counter();
    let held = Mutex::lock_owned(&counter);
    let mut waits = task(&counter);
    let polls = thread::spawn(move || {
        let early = waits.poll().map(|mut guard| *guard += 1).is_ready();
        (early, waits)
    });
    drop(held);
    let (early, mut waits) = join(polls);
    if !early {
        goes_on(&mut waits);
    }
    counted(&counter, 1);
    if early { "early" } else { "woken" }
}

fn dropped() -> &'static str {
    let counter = counter();
    let held = Mutex::lock_owned(&counter);
    let [mut fickle, mut patient] = [task(&counter), task(&counter)];
    assert!(fickle.poll().is_pending() && patient.poll().is_pending());
    let goes = thread::spawn(move || drop(fickle));
    drop(held);
    join(goes);
    goes_on(&mut patient);
    counted(&counter, 1);
    "ended"
}

/// It was woken by the release, and finds the lock taken: then it is woken again.
fn barged() -> &'static str {
    let counter = counter();
    let held = Mutex::lock_owned(&counter);
    let mut waits = task(&counter);
    assert!(waits.poll().is_pending());
    drop(held);
    let barges = spawn(&counter, count);
    waits.change_bell();
    let early = waits.poll().map(|mut guard| *guard += 1).is_ready();
    join(barges);
    if !early {
        goes_on(&mut waits);
    }
    counted(&counter, 2);
    if early { "taken" } else { "overtaken" }
}

/// Locks in time, on a thread of its own; the clock is another.
fn hurried(counter: &Counter, lock: fn(&Counter) -> bool) -> (JoinHandle<bool>, JoinHandle<()>) {
    let (timer, clock) = Timer::start();
    deadlines(Some(timer));
    (spawn(counter, lock), clock)
}

fn count_in_time(counter: &Counter) -> bool {
    let locked = counter.lock_timeout(Duration::from_secs(1));
    locked.map(|mut count| *count += 1).is_ok()
}

fn timed(in_time: bool) -> &'static str {
    if in_time { "in time" } else { "too late" }
}

fn timeout() -> &'static str {
    let counter = counter();
    let held = Mutex::lock_owned(&counter);
    let (waits, clock) = hurried(&counter, count_in_time);
    let releases = thread::spawn(move || drop(held));
    let in_time = join(waits);
    join(releases);
    join(clock);
    deadlines(None);
    counted(&counter, u64::from(in_time));
    timed(in_time)
}

fn timeout_beside_task() -> &'static str {
    let counter = counter();
    let held = Mutex::lock_owned(&counter);
    let (waits, clock) = hurried(&counter, count_in_time);
    let mut patient = task(&counter);
    assert!(patient.poll().is_pending());
    let releases = thread::spawn(move || drop(held));
    let in_time = join(waits);
    join(releases);
    join(clock);
    deadlines(None);
    goes_on(&mut patient);
    counted(&counter, 1 + u64::from(in_time));
    timed(in_time)
}

fn starves_in_time_beside_task() -> &'static str {
    let counter = counter();
    let held = Mutex::lock_owned(&counter);
    let mut patient = task(&counter);
    assert!(patient.poll().is_pending());
    let (waits, clock) = hurried(&counter, |counter| {
        let locked = counter.lock_in_time_as_one_that_starves(Duration::from_secs(1));
        locked.map(|mut count| *count += 1).is_some()
    });
    drop(held);
    let in_time = join(waits);
    join(clock);
    deadlines(None);
    goes_on(&mut patient);
    counted(&counter, 1 + u64::from(in_time));
    timed(in_time)
}

fn starves() -> &'static str {
    let counter = counter();
    let held = Mutex::lock_owned(&counter);
    let starving = spawn(&counter, count_starving);
    let releases = thread::spawn(move || drop(held));
    join(releases);
    join(starving);
    counted(&counter, 1);
    "ended"
}

/// It is woken once, and starves if the lock is taken again by then.
fn loses() -> &'static str {
    released_and_taken_again(count);
    "ended"
}

/// Beside one who waits, the holder releases, and takes it again if it can.
fn released_and_taken_again(waits: fn(&Counter)) -> &'static str {
    let counter = counter();
    let held = Mutex::lock_owned(&counter);
    let waits = spawn(&counter, waits);
    let barges = counter.clone();
    let barges = thread::spawn(move || {
        drop(held);
        barges.try_lock().map(|mut count| *count += 1).is_ok()
    });
    let barged = join(barges);
    join(waits);
    counted(&counter, 1 + u64::from(barged));
    if barged { "barged" } else { "refused" }
}

fn starves_beside_barger() -> &'static str {
    let counter = counter();
    let held = Mutex::lock_owned(&counter);
    let starving = spawn(&counter, count_starving);
    let barges = spawn(&counter, |counter| {
        counter.try_lock().map(|mut count| *count += 1).is_ok()
    });
    drop(held);
    let barged = join(barges);
    join(starving);
    counted(&counter, 1 + u64::from(barged));
    if barged { "barged" } else { "refused" }
}

fn handed_over_beside_barger() -> &'static str {
    released_and_taken_again(count_starving)
}

fn starves_beside_task() -> &'static str {
    let counter = counter();
    let held = Mutex::lock_owned(&counter);
    let starving = spawn(&counter, count_starving);
    let mut waits = task(&counter);
    let polls = thread::spawn(move || {
        let early = waits.poll().map(|mut guard| *guard += 1).is_ready();
        (early, waits)
    });
    drop(held);
    join(starving);
    let (early, mut waits) = join(polls);
    if !early {
        goes_on(&mut waits);
    }
    counted(&counter, 2);
    if early { "early" } else { "woken" }
}

/// Counts in two steps, with a second guard for each.
fn count_twice(cell: &ReentrantMutex<Cell<u64>>) {
    let outer = cell.lock();
    let before = outer.get();
    {
        let inner = cell.lock();
        inner.set(before + 1);
    }
    let again = cell.try_lock().expect("its own thread finds it free");
    again.set(again.get() + 1);
    drop(outer);
    assert!(
        cell.is_mine() && again.get() == before + 2,
        "it was not alone"
    );
}

fn reentrant() -> &'static str {
    let cell = Arc::new(ReentrantMutex::new(Cell::new(0)));
    let other = cell.clone();
    let other = thread::spawn(move || count_twice(&other));
    count_twice(&cell);
    join(other);
    assert!(!cell.is_mine());
    assert_eq!(cell.lock().get(), 4);
    "ended"
}

/// Whether the other is in is told by a fact that the mutex does not know.
fn reentrant_tries() -> &'static str {
    let cell = Arc::new(ReentrantMutex::new(loom::cell::Cell::new(0)));
    let tries = [(); 2].map(|()| {
        let cell = cell.clone();
        thread::spawn(move || {
            let Ok(guard) = cell.try_lock() else {
                return 0;
            };
            guard.set(guard.get() + 1);
            let again = cell.try_lock().expect("its own thread finds it free");
            drop(guard);
            again.set(again.get() + 1);
            1
        })
    });
    let times: i32 = tries.map(join).iter().sum();
    let guard = cell.try_lock().expect("it was not found free at the end");
    assert_eq!(guard.get(), 2 * times);
    if times == 2 { "both" } else { "one" }
}
