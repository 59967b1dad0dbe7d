//! Check, then sleep: the wake comes in between, and nobody hears it.
//!
//! The fault is in the order of the two steps, so the failure needs no reordering by compiler or
//! processor. That a sleeper and its waker also need two fences, or a lock, to see each other is
//! another matter, which this demo does not show.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

use crossbeam_utils::CachePadded;
use latchless::Event;
use model_tests::explore::Program;

use super::chase::{Chase, Wrong, chase, wait_until};
use super::cost::time_together;
use super::race::{Race, Version};

const WAKER: usize = 1;

/// How long a sleep lasts that nobody ends.
const ALARM: Duration = Duration::from_millis(1);

/// The demo.
pub const RACE: Race = Race {
    name: "lost-wakeup",
    about: "one looks and goes to sleep, the other rings the bell in between",
    lines: [
        "sleeper:  if !ready.load() { bell.sleep() }",
        "waker:    ready.store(true);  bell.ring();",
    ],
    result: "sleepers awake",
    operation: "wake",
    threads: 2,
    broken: Version {
        name: "as above, 1 ms timeout",
        program: check_then_sleep,
        cost: cost_with_a_timeout,
    },
    mended: [
        Version {
            name: "mutex and Condvar",
            program: with_a_mutex,
            cost: cost_of_a_mutex,
        },
        Version {
            name: "park and unpark",
            program: with_a_token,
            cost: cost_of_a_token,
        },
        Version {
            name: "Event",
            program: with_an_event,
            cost: cost_of_an_event,
        },
    ],
    chase: run_until_wrong,
    why: [
        "The bell rings between the look and the sleep: nobody hears it, then or later.",
        "Who waits for an Event is listed first, looks again, and only then sleeps.",
    ],
};

/// Wakes who sleeps, and nobody else: who falls asleep later has not heard it.
#[derive(Default)]
struct Bell {
    rings: Mutex<u64>,
    rung: Condvar,
}

impl Bell {
    fn rings(&self) -> MutexGuard<'_, u64> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        *self.rings() += 1;
        self.rung.notify_one();
    }

    /// Sleeps until the next ring; false when `in_vain` says that none will come.
    fn sleep(&self, in_vain: impl Fn() -> bool) -> bool {
        let mut rings = self.rings();
        let before = *rings;
        while *rings == before {
            // What rang before this was true rang before the sleep, for the count has not changed.
            if in_vain() {
                return false;
            }
            let slept = self.rung.wait_timeout(rings, ALARM);
            rings = slept.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

/// The flag and the bell of the broken program.
#[derive(Default)]
struct Door {
    ready: CachePadded<AtomicBool>,
    bell: CachePadded<Bell>,
}

impl Door {
    fn wake(&self) {
        // ORDERING: SeqCst, the strongest there is: the fault is in the order of the two lines.
        self.ready.store(true, Ordering::SeqCst);
        self.bell.ring();
    }

    /// Says whether it is awake in the end without an alarm.
    fn sleep(&self, in_vain: impl Fn() -> bool) -> bool {
        self.ready.load(Ordering::SeqCst) || self.bell.sleep(in_vain)
    }
}

fn run_until_wrong() -> Chase {
    let door = Door::default();
    let (rung, awake) = (AtomicBool::new(false), AtomicI64::new(0));
    chase(
        2,
        1_000_000,
        || {
            door.ready.store(false, Ordering::SeqCst);
            rung.store(false, Ordering::SeqCst);
        },
        |number| {
            if number == WAKER {
                door.wake();
                rung.store(true, Ordering::SeqCst);
            } else {
                let woken = door.sleep(|| rung.load(Ordering::SeqCst));
                awake.store(i64::from(woken), Ordering::SeqCst);
            }
        },
        || Wrong {
            expected: 1,
            got: awake.load(Ordering::SeqCst),
        },
    )
}

/// What a step of the programs below comes to.
struct Said(&'static str);

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The bell, in steps: who sleeps hears the next ring, and no earlier one.
#[derive(Clone, Default)]
struct SteppedBell {
    asleep: Rc<Cell<bool>>,
    rung: Rc<Cell<bool>>,
}

impl SteppedBell {
    fn fall_asleep(&self) -> Said {
        self.asleep.set(true);
        Said("asleep")
    }

    fn ring(&self) -> Said {
        self.rung.set(true);
        match self.asleep.replace(false) {
            true => Said("wakes one"),
            false => Said("wakes nobody"),
        }
    }

    fn is_quiet(&self) -> impl Fn() -> bool + 'static {
        let asleep = Rc::clone(&self.asleep);
        move || !asleep.get()
    }
}

fn check_then_sleep(program: &mut Program) {
    let ready = program.shared("ready", false);
    let bell = SteppedBell::default();
    let (rings, raise) = (bell.clone(), ready.clone());
    program.thread("sleeper", |me| async move {
        if !ready.load().await {
            me.call("sleep", || bell.fall_asleep()).await;
            if bell.rung.get() {
                me.note("for good");
            }
            me.call_when("bell", bell.is_quiet(), || Said("awake"))
                .await;
        }
    });
    program.thread("waker", |me| async move {
        raise.store(true).await;
        me.call("ring", || rings.ring()).await;
    });
}

/// Falling asleep while the mutex is held stands for what a condition variable does: it gives the
/// mutex back and sleeps in one step.
fn with_a_mutex(program: &mut Program) {
    let ready = program.shared("ready", false);
    let mutex = program.mutex("mutex");
    let bell = SteppedBell::default();
    let (rings, raise, door) = (bell.clone(), ready.clone(), mutex.clone());
    program.thread("sleeper", |me| async move {
        mutex.lock().await;
        while !ready.load().await {
            me.call("sleep", || bell.fall_asleep()).await;
            mutex.unlock().await;
            me.call_when("bell", bell.is_quiet(), || Said("awake"))
                .await;
            mutex.lock().await;
        }
        mutex.unlock().await;
    });
    program.thread("waker", |me| async move {
        door.lock().await;
        raise.store(true).await;
        door.unlock().await;
        me.call("ring", || rings.ring()).await;
    });
}

/// Unparking leaves a token, which the next park takes instead of sleeping.
fn with_a_token(program: &mut Program) {
    let ready = program.shared("ready", false);
    let token = Rc::new(Cell::new(false));
    let (raise, give) = (ready.clone(), Rc::clone(&token));
    program.thread("sleeper", |me| async move {
        while !ready.load().await {
            let there = Rc::clone(&token);
            let park = me.call_when("park", move || there.get(), || token.set(false));
            park.await;
        }
    });
    program.thread("waker", |me| async move {
        raise.store(true).await;
        me.call("unpark", || give.set(true)).await;
    });
}

fn with_an_event(program: &mut Program) {
    let event = Rc::new(Event::new());
    let sets = Rc::clone(&event);
    program.thread("sleeper", |me| async move {
        if !me.call("is_set", || event.is_set()).await {
            let set = Rc::clone(&event);
            me.call_when("wait", move || set.is_set(), || event.wait())
                .await;
        }
    });
    program.thread("waker", |me| async move {
        me.call("set", || sets.set()).await;
    });
}

/// One thread sleeps over and over and the other wakes it each time, as soon as it has said that it is
/// awake.
fn time_wakes(operations: u64, sleep: impl Fn() + Sync, wake: impl Fn() + Sync) -> Duration {
    let awake = CachePadded::new(AtomicU64::new(0));
    time_together(2, 2 * operations, |number, share| {
        for time in 1..=share {
            if number == WAKER {
                wake();
                // ORDERING: Acquire pairs with the Release below: the flag is down again.
                wait_until(|| awake.load(Ordering::Acquire) == time);
            } else {
                sleep();
                awake.store(time, Ordering::Release);
            }
        }
    })
}

fn cost_with_a_timeout(operations: u64) -> Duration {
    let door = Door::default();
    let sleep = || {
        // Not before it has slept once: that would be the look that it forgets.
        let slept = Cell::new(false);
        door.sleep(|| slept.replace(true) && door.ready.load(Ordering::SeqCst));
        // The bell may ring before the flag is seen, but never after the next time it is down.
        wait_until(|| door.ready.swap(false, Ordering::SeqCst));
    };
    time_wakes(operations, sleep, || door.wake())
}

fn cost_of_a_mutex(operations: u64) -> Duration {
    let (ready, changed) = (Mutex::new(false), Condvar::new());
    let lock = || ready.lock().unwrap_or_else(PoisonError::into_inner);
    let sleep = || {
        let woken = changed.wait_while(lock(), |ready| !*ready);
        *woken.unwrap_or_else(PoisonError::into_inner) = false;
    };
    let wake = || {
        *lock() = true;
        changed.notify_one();
    };
    time_wakes(operations, sleep, wake)
}

fn cost_of_a_token(operations: u64) -> Duration {
    let ready = CachePadded::new(AtomicBool::new(false));
    let sleeper: OnceLock<Thread> = OnceLock::new();
    let sleep = || {
        sleeper.get_or_init(thread::current);
        // ORDERING: Acquire pairs with the Release in `wake`; unparking and parking do the rest.
        while !ready.load(Ordering::Acquire) {
            thread::park();
        }
        ready.store(false, Ordering::Release);
    };
    let wake = || {
        wait_until(|| sleeper.get().is_some());
        ready.store(true, Ordering::Release);
        sleeper.get().inspect(|sleeper| sleeper.unpark());
    };
    time_wakes(operations, sleep, wake)
}

fn cost_of_an_event(operations: u64) -> Duration {
    let event = CachePadded::new(Event::new());
    let sleep = || {
        event.wait();
        event.reset();
    };
    time_wakes(operations, sleep, || event.set())
}
