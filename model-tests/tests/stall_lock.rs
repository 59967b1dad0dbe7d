//! Locks, step by step: a thread is stopped for ever before each of its accesses to shared memory, while it comes to wait,
//! exchanges its waker, gives up, was woken and leaves, or releases.
//!
//! * Unless it holds the lock, or was handed it, nobody is held up: a lock that its holder releases is free for others.
//! * One that is stopped on its way out, having released, leaves nobody asleep: the next that locks and releases wakes
//!   the first.
//! * One that learns only after its release of a thread that starves does not become the holder again over that.
//! * One that has handed the lock over, and is stopped before it wakes whom, leaves that to the next who finds it locked.
//!
//! Needs `--cfg latchless_steps`; without it, this file is empty.
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex as StdMutex};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use latchless::lock::{Mutex, MutexGuard};
use latchless::sync::{AtomicU64, Kind, set_hook};
use model_tests::single_step::Reached;
use model_tests::stall::{Stop, checked};

/// The most steps of a call, a poll or a drop while a few wait.
const BOUND: u64 = 150;

/// To ring it is a step: one who releases can be stopped before it.
#[derive(Default)]
struct Bell(AtomicU64);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A future, polled by hand.
struct Sleeper<'m> {
    future: Pin<Box<dyn Future<Output = MutexGuard<'m, u64>> + Send + 'm>>,
    bell: Arc<Bell>,
}

impl<'m> Sleeper<'m> {
    fn new(mutex: &'m Mutex<u64>) -> Self {
        Self {
            future: Box::pin(mutex.lock_async()),
            bell: Arc::default(),
        }
    }

    fn asleep(mutex: &'m Mutex<u64>) -> Self {
        let mut sleeper = Self::new(mutex);
        assert!(sleeper.poll().is_pending());
        sleeper
    }

    fn poll(&mut self) -> Poll<MutexGuard<'m, u64>> {
        let waker = self.bell.clone().into();
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    fn is_woken(&self) -> bool {
        self.bell.0.load(Ordering::Relaxed) > 0
    }
}

#[derive(Clone, Copy, Debug)]
enum Act {
    /// Polls a new future and drops it.
    Wait,
    /// Polls a new future twice, with two wakers, and drops it.
    Renew,
    /// Waits as a thread, for a moment.
    Timed,
    /// Finds it locked.
    TryLock,
    /// Drops a future that was polled, and woken.
    DropWoken,
    /// Polls such a one, and drops it.
    PollWoken,
}

use Act::{DropWoken, PollWoken, Renew, Timed, TryLock, Wait};

impl Act {
    /// Does it, with the one that was woken, while another holds the lock.
    fn perform(self, mutex: &Mutex<u64>, woken: Sleeper<'_>) {
        match self {
            Wait => drop(Sleeper::new(mutex).poll()),
            Renew => {
                let mut sleeper = Sleeper::new(mutex);
                if sleeper.poll().map(drop).is_pending() {
                    sleeper.bell = Arc::default();
                    drop(sleeper.poll());
                }
            }
            Timed => drop(mutex.lock_timeout(Duration::from_micros(50))),
            TryLock => drop(mutex.try_lock()),
            DropWoken => drop(woken),
            PollWoken => {
                let mut woken = woken;
                drop(woken.poll());
            }
        }
    }
}

/// Releases who is stopped, also when an assertion fails meanwhile.
struct Released<'s>(&'s Stop);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// Does something within the bound.
fn bounded<R>(what: &str, stop: &Stop, act: impl FnOnce() -> R) -> R {
    let done = checked(BOUND, &[stop], act);
    assert!(!done.stalled, "{what} is held up");
    done.value
}

/// One stop of one who does not hold the lock, with so many others asleep; false when it ended before.
fn others_go_on(act: Act, at: u64, others: usize) -> bool {
    let title = format!("{act:?} before step {at}, {others} asleep");
    let mutex = &Mutex::new(0);
    let first = mutex.lock();
    let woken = Sleeper::asleep(mutex);
    drop(first);
    assert!(woken.is_woken());
    let held = mutex.lock();
    let mut sleepers: Vec<_> = (0..others).map(|_| Sleeper::asleep(mutex)).collect();
    let stop = Stop::before(at);
    thread::scope(|scope| {
        let _released = Released(&stop);
        let stop = &stop;
        scope.spawn(move || stop.run(|| act.perform(mutex, woken)));
        if stop.wait() == Reached::End {
            return false;
        }
        assert!(bounded(&title, stop, || mutex.try_lock().is_err()));
        drop(bounded(&title, stop, || Sleeper::new(mutex).poll()));
        bounded(&title, stop, || drop(held));
        // It is free: at once, and again and again, and for those who sleep.
        for _ in 0..2 {
            let locked = bounded(&title, stop, || mutex.try_lock().map(drop));
            assert!(locked.is_ok(), "{title}: it was released");
        }
        for sleeper in &mut sleepers {
            assert!(
                sleeper.is_woken(),
                "{title}: one sleeps, though the lock is free"
            );
            assert!(bounded(&title, stop, || sleeper.poll().map(drop)).is_ready());
        }
        true
    })
}

#[test]
fn a_thread_stopped_around_a_lock_that_it_does_not_hold_never_blocks_another() {
    let mut stops = 0;
    for act in [Wait, Renew, Timed, TryLock, DropWoken, PollWoken] {
        for others in 0..=2 {
            stops += (1..)
                .take_while(|&at| others_go_on(act, at, others))
                .count();
        }
    }
    println!("lock, one stopped: swept {stops} stops");
    assert!(stops > 200, "the sweep was cut short: {stops}");
}

/// One stop of one who releases: whether the lock was free then, if it came to that.
fn releases(at: u64, others: usize) -> Option<bool> {
    let title = format!("a release before step {at}, {others} asleep");
    let mutex = &Mutex::new(0);
    let held = mutex.lock();
    let sleepers: Vec<_> = (0..others).map(|_| Sleeper::asleep(mutex)).collect();
    let stop = Stop::before(at);
    thread::scope(|scope| {
        let _released = Released(&stop);
        let stop = &stop;
        scope.spawn(move || stop.run(|| drop(held)));
        if stop.wait() == Reached::End {
            return None;
        }
        let free = bounded(&title, stop, || mutex.try_lock().map(drop)).is_ok();
        let woken = sleepers.iter().filter(|sleeper| sleeper.is_woken()).count();
        assert!(
            !free || woken > 0,
            "{title}: all sleep, though the lock is free"
        );
        Some(free)
    })
}

#[test]
fn a_holder_stopped_on_its_way_out_holds_nobody_up_once_it_has_released() {
    let mut stops = 0;
    for others in 1..=3 {
        let free: Vec<bool> = (1..).map_while(|at| releases(at, others)).collect();
        // First it is the holder, and from one step on it is not.
        assert!(
            free.is_sorted() && !free[0] && free[free.len() - 1],
            "{free:?}"
        );
        stops += free.len();
    }
    println!("chain, releases: swept {stops} stops");
    assert!(stops > 30, "the sweep was cut short: {stops}");
}

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
        let _released = Released(&stop);
        let (thread, asleep) = starving(scope, mutex);
        asleep.recv().expect("it comes to sleep");
        let stop = &stop;
        scope.spawn(move || stop.run(|| drop(held)));
        if stop.wait() == Reached::End {
            return false;
        }
        if at <= handed_at {
            assert!(
                bounded(&title, stop, || mutex.try_lock().is_err()),
                "{title}"
            );
            return true;
        }
        // The other is the holder now, or has been; whoever looks wakes it.
        _ = bounded(&title, stop, || mutex.try_lock().map(drop));
        thread.join().expect("it counts and releases");
        let count = bounded(&title, stop, || mutex.try_lock().map(|count| *count));
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
        let _released = Released(&stop);
        let stop = &stop;
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
        bounded(&title, stop, || drop(held));
        let free = bounded(&title, stop, || mutex.try_lock().map(drop)).is_ok();
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
