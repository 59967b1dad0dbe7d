//! The memory law where threads wait at the same time and run out of time: however many have waited, and whoever else
//! waits, what they take is in the order of the greatest number that waited at a time. (`memory_timeouts` shows each
//! structure with one thread.)
//!
//! A call whose time is over when it begins to wait takes no place in the list, and would show nothing. So each has
//! microseconds, and the steps build counts those that took a place: a thread goes on until so many of its waits did.
//! Some thousands of them in `cargo test`, and ten million, in minutes, with
//!
//! ```text
//! cargo test --release -p model-tests --test memory_overlaps -- --ignored
//! ```
#![cfg(not(latchless_loom))]

#[path = "memory_bounded/counting.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod counting;
#[path = "waiting/tasks.rs"]
mod tasks;

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use latchless::queue::{Bounded, Handle};

use counting::{asked, turn};
use tasks::poll_once;

/// Threads that wait at a time.
const THREADS: u64 = 3;

/// What waits for microseconds at the list may ever have asked for, and the sleeper beside them: a pool's first chunks,
/// for as many places as wait at a time, twice over, and the few dead that a list keeps.
const LAW: usize = 4 * 64 * (2 * 4 + 32 + 4);

/// How many of the current thread's waits took a place in a list.
#[cfg(latchless_steps)]
mod places {
    use latchless::sync::{Kind, Step, set_hook};
    use std::cell::Cell;
    use std::rc::Rc;

    /// Whoever looks at an empty queue makes no read-modify-write that always succeeds, and whoever takes a place in a
    /// list makes one at least, the count of those who wait.
    pub struct Places(Rc<Cell<bool>>);

    /// Whether they can be told.
    pub const KNOWN: bool = true;

    impl Places {
        pub fn watched() -> Self {
            let seen = Rc::new(Cell::new(false));
            let told = Rc::clone(&seen);
            set_hook(Some(Box::new(move |step: Step| {
                told.set(told.get() || step.kind == Kind::Rmw);
            })));
            Places(seen)
        }

        /// Whether one was taken since the last time.
        pub fn was_taken(&self) -> bool {
            self.0.take()
        }
    }

    impl Drop for Places {
        fn drop(&mut self) {
            set_hook(None);
        }
    }
}

/// In this build nobody can tell; the calls and their times are the same.
#[cfg(not(latchless_steps))]
mod places {
    pub struct Places;

    pub const KNOWN: bool = false;

    impl Places {
        pub fn watched() -> Self {
            Places
        }

        pub fn was_taken(&self) -> bool {
            true
        }
    }
}

/// One that waits in vain, again and again.
struct Waiter<'q> {
    queue: &'q Bounded<u64>,
    handle: Handle<'q, u64>,
    watched: places::Places,
}

impl<'q> Waiter<'q> {
    fn new(queue: &'q Bounded<u64>) -> Self {
        let mut handle = queue.handle().expect("few handles exist");
        // What a thread takes once, at its first call.
        let _ = queue.try_pop();
        let watched = places::Places::watched();
        assert!(queue.try_pop().is_err() && handle.try_pop().is_err());
        assert!(!watched.was_taken() || !places::KNOWN);
        Waiter {
            queue,
            handle,
            watched,
        }
    }

    /// Waits until `places` of its waits took a place in the list and timed out; says how many calls that were.
    fn time_out(&mut self, timeout: Duration, places: u64) -> u64 {
        let (mut calls, mut taken) = (0, 0);
        while taken < places {
            let timed_out = if calls % 2 == 0 {
                self.queue.pop_timeout(timeout)
            } else {
                self.handle.pop_timeout(timeout)
            };
            assert!(timed_out.is_err_and(|error| error.is_timeout()));
            calls += 1;
            taken += u64::from(self.watched.was_taken());
        }
        calls
    }
}

fn time_out(each: u64) {
    let _turn = turn();
    let queue = Bounded::<u64>::new(1);
    let mut sleeper = queue.pop_async();
    assert!(poll_once(&mut sleeper).is_pending());
    let together = Barrier::new(THREADS as usize);
    let calls: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (1..=THREADS)
            .map(|thread| {
                let (queue, together) = (&queue, &together);
                scope.spawn(move || {
                    let mut waiter = Waiter::new(queue);
                    let timeout = Duration::from_micros(6 * thread);
                    together.wait();
                    let (calls, _, bytes) = asked(|| waiter.time_out(timeout, each));
                    assert!(bytes <= LAW, "{bytes} bytes");
                    calls
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no thread panicked"))
            .sum()
    });
    println!("{calls} calls took {} places in the list", THREADS * each);
    // There is room for one more who does it.
    let mut waiter = Waiter::new(&queue);
    waiter.time_out(Duration::from_micros(1), 200);
    let (_, times, _) = asked(|| waiter.time_out(Duration::from_micros(1), 200));
    assert_eq!(times, 0);
}

#[test]
fn waits_that_overlap_and_time_out_take_what_as_many_waiters_need() {
    time_out(1_500);
}

#[test]
#[ignore = "takes minutes"]
fn ten_million_waits_that_overlap_and_time_out_take_what_as_many_waiters_need() {
    time_out(10_000_000 / THREADS + 1);
}
