//! Locks, step by step: a thread is stopped for ever before each of its accesses to shared memory, while it comes to wait,
//! exchanges its waker, gives up, was woken and leaves, or releases; or two are, each before each of its own.
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

#[path = "stall_lock/starving.rs"]
mod starving;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake};
use std::thread;
use std::time::Duration;

use latchless::lock::{Mutex, MutexGuard};
use latchless::sync::AtomicU64;
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
struct Released<'s>(&'s [&'s Stop]);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|stop| stop.release());
    }
}

/// Does something within the bound.
fn bounded<R>(what: &str, stops: &[&Stop], act: impl FnOnce() -> R) -> R {
    let done = checked(BOUND, stops, act);
    assert!(!done.stalled, "{what} is held up");
    done.value
}

/// One stop of each of some who do not hold the lock, with so many others asleep; the number of the one that ended
/// before, if one did.
fn others_go_on(victims: &[(Act, u64)], others: usize) -> Option<usize> {
    let title = format!("{victims:?}, {others} asleep");
    let mutex = &Mutex::new(0);
    let first = mutex.lock();
    let mut woken: Vec<_> = victims.iter().map(|_| Sleeper::asleep(mutex)).collect();
    drop(first);
    // Each release wakes the next of them.
    for _ in 1..victims.len() {
        drop(mutex.try_lock());
    }
    assert!(woken.iter().all(Sleeper::is_woken));
    let held = mutex.lock();
    let mut sleepers: Vec<_> = (0..others).map(|_| Sleeper::asleep(mutex)).collect();
    let stops: Vec<Stop> = victims.iter().map(|&(_, at)| Stop::before(at)).collect();
    let stops: &Vec<&Stop> = &stops.iter().collect();
    thread::scope(|scope| {
        let _released = Released(stops);
        for (index, (&(act, _), &stop)) in victims.iter().zip(stops).enumerate() {
            let woken = woken.remove(0);
            scope.spawn(move || stop.run(|| act.perform(mutex, woken)));
            if stop.wait() == Reached::End {
                return Some(index);
            }
        }
        assert!(bounded(&title, stops, || mutex.try_lock().is_err()));
        drop(bounded(&title, stops, || Sleeper::new(mutex).poll()));
        bounded(&title, stops, || drop(held));
        // It is free: at once, and again and again, and for those who sleep.
        for _ in 0..=victims.len() {
            let locked = bounded(&title, stops, || mutex.try_lock().map(drop));
            assert!(locked.is_ok(), "{title}: it was released");
        }
        for sleeper in &mut sleepers {
            assert!(
                sleeper.is_woken(),
                "{title}: one sleeps, though the lock is free"
            );
            assert!(bounded(&title, stops, || sleeper.poll().map(drop)).is_ready());
        }
        None
    })
}

const ACTS: [Act; 6] = [Wait, Renew, Timed, TryLock, DropWoken, PollWoken];

#[test]
fn a_thread_stopped_around_a_lock_that_it_does_not_hold_never_blocks_another() {
    let mut stops = 0;
    for act in ACTS {
        for others in 0..=2 {
            stops += (1..)
                .take_while(|&at| others_go_on(&[(act, at)], others).is_none())
                .count();
        }
    }
    println!("lock, one stopped: swept {stops} stops");
    assert!(stops > 200, "the sweep was cut short: {stops}");
}

#[test]
fn two_threads_stopped_around_a_lock_that_they_do_not_hold_never_block_a_third() {
    let mut stops = 0;
    for first in ACTS {
        for second in ACTS {
            let (mut one, mut other) = (1, 1);
            loop {
                match others_go_on(&[(first, one), (second, other)], 1) {
                    None => (stops, other) = (stops + 1, other + 1),
                    Some(1) => (one, other) = (one + 1, 1),
                    Some(_) => break,
                }
            }
        }
    }
    println!("lock, two stopped: swept {stops} stops");
    assert!(stops > 20_000, "the sweep was cut short: {stops}");
}

/// One stop of one who releases: whether the lock was free then, if it came to that.
fn releases(at: u64, others: usize) -> Option<bool> {
    let title = format!("a release before step {at}, {others} asleep");
    let mutex = &Mutex::new(0);
    let held = mutex.lock();
    let sleepers: Vec<_> = (0..others).map(|_| Sleeper::asleep(mutex)).collect();
    let stop = Stop::before(at);
    thread::scope(|scope| {
        let stop = &stop;
        let _released = Released(&[stop]);
        scope.spawn(move || stop.run(|| drop(held)));
        if stop.wait() == Reached::End {
            return None;
        }
        let free = bounded(&title, &[stop], || mutex.try_lock().map(drop)).is_ok();
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
