//! One that starves: it is handed the lock by who releases, whoever of the two is stopped, and wherever.
#![forbid(unsafe_code)]

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex as StdMutex};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use latchless::lock::{Mutex, MutexGuard};
use latchless::sync::{Kind, set_hook};
use model_tests::single_step::Reached;
use model_tests::stall::Stop;

use super::{Released, bounded};

/// A thread that starves, and tells when it goes to sleep for the first time.
fn starving<'s>(
    scope: &'s Scope<'s, '_>,
    mutex: &'s Mutex<u64>,
) -> (ScopedJoinHandle<'s, ()>, Receiver<()>) {
    let (tells, asleep) = channel();
    let thread = scope.spawn(move || {
        set_hook(Some(Box::new(move |step| {
            if step.kind == Kind::Park {
                // Nobody listens to the second time.
                _ = tells.send(());
            }
        })));
        *mutex.lock_as_one_that_starves() += 1;
        set_hook(None);
    });
    (thread, asleep)
}

/// What a release does where one starves, undisturbed.
fn steps_of_a_hand_over() -> Vec<Kind> {
    let mutex = &Mutex::new(0);
    let held = mutex.lock();
    let kinds: Arc<StdMutex<Vec<Kind>>> = Arc::default();
    thread::scope(|scope| {
        let (_thread, asleep) = starving(scope, mutex);
        asleep.recv().expect("it comes to sleep");
        let seen = Arc::clone(&kinds);
        set_hook(Some(Box::new(move |step| {
            seen.lock().expect("not poisoned").push(step.kind);
        })));
        drop(held);
        set_hook(None);
    });
    assert_eq!(mutex.try_lock().map(|count| *count), Ok(1));
    let kinds = kinds.lock().expect("not poisoned");
    kinds.clone()
}

/// Where the lock is handed over, and where the new holder is woken, counted from 1.
fn place_of_the_hand_over() -> (u64, u64) {
    let kinds = steps_of_a_hand_over();
    let wake = kinds
        .iter()
        .position(|&kind| kind == Kind::Wake)
        .expect("it is woken");
    // The parcel is exchanged, then its owner is notified, then woken.
    let changes: Vec<usize> = (0..wake).filter(|&step| kinds[step] == Kind::Cas).collect();
    assert_eq!(changes.len(), 2, "{kinds:?}");
    assert!(
        !kinds[..wake].contains(&Kind::Rmw),
        "the lock does not become free: {kinds:?}"
    );
    (changes[0] as u64 + 1, wake as u64 + 1)
}

/// One stop of one who hands over; false when it ended before.
fn hands_over(at: u64, handed_at: u64) -> bool {
    let title = format!("a hand-over before step {at}");
    let mutex = &Mutex::new(0);
    let held = mutex.lock();
    let stop = Stop::before(at);
    thread::scope(|scope| {
        let stop = &stop;
        let _released = Released(&[stop]);
        let (thread, asleep) = starving(scope, mutex);
        asleep.recv().expect("it comes to sleep");
        scope.spawn(move || stop.run(|| drop(held)));
        if stop.wait() == Reached::End {
            return false;
        }
        if at <= handed_at {
            assert!(
                bounded(&title, &[stop], || mutex.try_lock().is_err()),
                "{title}"
            );
            return true;
        }
        // The other is the holder now, or has been; whoever looks wakes it.
        _ = bounded(&title, &[stop], || mutex.try_lock().map(drop));
        thread.join().expect("it counts and releases");
        let count = bounded(&title, &[stop], || mutex.try_lock().map(|count| *count));
        assert_eq!(count, Ok(1), "{title}");
        true
    })
}

#[test]
fn a_thread_stopped_in_a_hand_over_leaves_the_wake_to_who_finds_it_locked() {
    let (handed_at, woken_at) = place_of_the_hand_over();
    assert!(handed_at < woken_at);
    let stops = (1..).take_while(|&at| hands_over(at, handed_at)).count();
    println!("chain, hand-overs: swept {stops} stops");
    assert!(stops as u64 > woken_at, "the sweep was cut short: {stops}");
}

/// Which step of one that starves is its sleep, counted from 1.
fn place_of_the_sleep() -> u64 {
    let mutex = &Mutex::new(0);
    let held = mutex.lock();
    let (tells, asleep) = channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut steps = 0;
            set_hook(Some(Box::new(move |step| {
                steps += 1;
                if step.kind == Kind::Park {
                    _ = tells.send(steps);
                }
            })));
            drop(mutex.lock_as_one_that_starves());
            set_hook(None);
        });
        let place = asleep.recv().expect("it comes to sleep");
        drop(held);
        place
    })
}

/// One that starves is stopped, and the holder releases: whether the lock was handed to it, if it came to that.
fn starves(at: u64, lock: fn(&Mutex<u64>) -> Option<MutexGuard<'_, u64>>) -> Option<bool> {
    let title = format!("one that starves before step {at}");
    let mutex = &Mutex::new(0);
    let held = mutex.lock();
    let stop = Stop::before(at);
    let handed = thread::scope(|scope| {
        let stop = &stop;
        let _released = Released(&[stop]);
        scope.spawn(move || {
            stop.run(|| {
                if let Some(mut count) = lock(mutex) {
                    *count += 1;
                }
            });
        });
        if stop.wait() == Reached::End {
            return None;
        }
        bounded(&title, &[stop], || drop(held));
        let free = bounded(&title, &[stop], || mutex.try_lock().map(drop)).is_ok();
        Some(!free)
    });
    let count = mutex.try_lock().map(|count| *count);
    assert!(count.is_ok(), "{title}: somebody has kept it");
    // Whom it was handed to has had it, in time or not.
    assert!(handed != Some(true) || count == Ok(1), "{title}");
    handed
}

#[test]
fn one_that_starves_is_the_holder_from_the_hand_over_on_and_else_holds_nobody_up() {
    let sleep = place_of_the_sleep();
    let handed: Vec<bool> = (1..=sleep)
        .map_while(|at| starves(at, |mutex| Some(mutex.lock_as_one_that_starves())))
        .collect();
    // Once it can be found, it is handed the lock.
    assert_eq!(handed.len() as u64, sleep);
    assert!(handed.is_sorted() && !handed[0] && handed[handed.len() - 1]);
    println!("lock, one that starves: swept {sleep} stops");
}

/// How far it comes before its time is over does not matter.
#[test]
fn one_that_starves_and_gives_up_has_the_lock_or_leaves_it() {
    let timed = |at| {
        starves(at, |mutex| {
            mutex.lock_in_time_as_one_that_starves(Duration::from_micros(100))
        })
    };
    let stops = (1..).take_while(|&at| timed(at).is_some()).count();
    println!("lock, one that starves in time: swept {stops} stops");
}

/// Who releases learns only after that of one that starves, and is stopped so many steps later; false when it ended before.
fn releases_beside_one_that_comes_late(at: u64) -> bool {
    let title = format!("a release {at} steps after the lock is free, beside one that starves");
    let mutex = &Mutex::new(0);
    let held = mutex.lock();
    let (tells, told) = channel();
    let (goes_on, go_on) = channel::<()>();
    thread::scope(|scope| {
        let stopped = scope.spawn(move || {
            let mut steps = None;
            let hook_tells = tells.clone();
            set_hook(Some(Box::new(move |step| {
                let freed = step.kind == Kind::Rmw && steps.is_none();
                if freed {
                    steps = Some(0);
                } else if let Some(steps) = &mut steps {
                    *steps += 1;
                }
                if freed || steps == Some(at) {
                    hook_tells.send(Reached::Stop).expect("it is waited for");
                    // An end that is gone lets it go on.
                    _ = go_on.recv();
                }
            })));
            drop(held);
            set_hook(None);
            tells.send(Reached::End).expect("it is waited for");
        });
        assert!(told.recv() == Ok(Reached::Stop), "it frees the lock");
        let (thread, asleep) = starving(scope, mutex);
        asleep.recv().expect("it comes to sleep");
        goes_on.send(()).expect("it waits");
        let there = told.recv() == Ok(Reached::Stop);
        let (ends, end) = channel();
        scope.spawn(move || {
            // The other has it, or is given it here.
            drop(mutex.try_lock());
            thread.join().expect("it counts and releases");
            ends.send(mutex.try_lock().is_ok())
                .expect("it is waited for");
        });
        let free = end.recv_timeout(Duration::from_secs(20));
        drop(goes_on);
        stopped.join().expect("it has released");
        assert_eq!(free, Ok(true), "{title}: all are held up");
        there
    })
}

#[test]
fn one_that_starves_and_comes_late_does_not_make_who_has_released_a_holder_again() {
    let stops = (1..)
        .take_while(|&at| releases_beside_one_that_comes_late(at))
        .count();
    println!("chain, releases beside one that starves: swept {stops} stops");
    assert!(stops > 10, "the sweep was cut short: {stops}");
}
