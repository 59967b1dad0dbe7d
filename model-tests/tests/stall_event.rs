//! Events, step by step: a thread is stopped for ever before each of its accesses to shared memory, while it sets,
//! resets, comes to wait, exchanges its waker, or leaves.
//!
//! * Nobody else is held up: every set, reset and look, and every poll and drop of a future, ends in a bounded number of
//!   the caller's own steps.
//! * A setter that is stopped before its wakes leaves nobody asleep: the next set or reset wakes them, and those whom it
//!   has woken wake the others.
//! * A set that wakes many takes as many steps for each.
//!
//! Needs `--cfg latchless_steps`; without it, this file is empty.
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake};
use std::thread;
use std::time::Duration;

use latchless::Event;
use latchless::sync::AtomicU64;
use model_tests::single_step::Reached;
use model_tests::stall::{Stop, checked};

/// The most steps of a call, a poll or a drop while a few wait.
const BOUND: u64 = 200;

/// To ring it is a step: a setter can be stopped before it.
#[derive(Default)]
struct Bell(AtomicU64);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A future, polled by hand.
struct Sleeper<'e> {
    future: Pin<Box<dyn Future<Output = ()> + Send + 'e>>,
    bell: Arc<Bell>,
}

impl<'e> Sleeper<'e> {
    fn new(event: &'e Event) -> Self {
        Self {
            future: Box::pin(event.wait_async()),
            bell: Arc::default(),
        }
    }

    fn asleep(event: &'e Event) -> Self {
        let mut sleeper = Self::new(event);
        assert!(sleeper.poll().is_pending());
        sleeper
    }

    fn poll(&mut self) -> Poll<()> {
        let waker = self.bell.clone().into();
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    fn is_woken(&self) -> bool {
        self.bell.0.load(Ordering::Relaxed) > 0
    }
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Set,
    Reset,
    SetAndReset,
    Look,
    /// Polls a new future and drops it.
    Wait,
    /// Polls a new future twice, with two wakers, and drops it.
    Renew,
    /// Waits as a thread, for a moment.
    Timed,
    /// Drops a future that was polled, and woken.
    DropWoken,
    /// Polls such a one.
    PollWoken,
}

use Act::{DropWoken, Look, PollWoken, Renew, Reset, Set, SetAndReset, Timed, Wait};

const ACTS: [Act; 9] = [
    Set,
    Reset,
    SetAndReset,
    Look,
    Wait,
    Renew,
    Timed,
    DropWoken,
    PollWoken,
];

impl Act {
    /// Does it, with the one that was woken.
    fn perform(self, event: &Event, woken: Option<Sleeper<'_>>) {
        match self {
            Set => event.set(),
            Reset => event.reset(),
            SetAndReset => {
                event.set();
                event.reset();
            }
            Look => _ = event.is_set(),
            Wait => _ = Sleeper::new(event).poll(),
            Renew => {
                let mut sleeper = Sleeper::new(event);
                if sleeper.poll().is_pending() {
                    sleeper.bell = Arc::default();
                    _ = sleeper.poll();
                }
            }
            Timed => _ = event.wait_timeout(Duration::from_micros(50)),
            DropWoken => drop(woken),
            PollWoken => {
                if let Some(mut woken) = woken {
                    assert!(woken.poll().is_ready(), "its event was set");
                }
            }
        }
    }
}

/// Releases the victims, also when an assertion fails while they stand.
struct Released<'s>(&'s [&'s Stop]);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|stop| stop.release());
    }
}

/// On a fresh event: one sleeper for each victim is woken, `asleep` others come to wait, the victims run to their
/// stops, and `meanwhile` is done. The number of a victim that ended before it came to its stop, if one did.
fn while_stopped(
    victims: &[(Act, u64)],
    asleep: usize,
    is_set: bool,
    meanwhile: impl FnOnce(&Event, &mut Vec<Sleeper<'_>>, &[&Stop]),
) -> Option<usize> {
    let event = &Event::new();
    let mut woken: Vec<_> = (victims.iter())
        .map(|_| Some(Sleeper::asleep(event)))
        .collect();
    event.set();
    event.reset();
    let mut sleepers: Vec<_> = (0..asleep).map(|_| Sleeper::asleep(event)).collect();
    if is_set {
        event.set();
    }
    let stops: Vec<Stop> = victims.iter().map(|&(_, at)| Stop::before(at)).collect();
    let stops: Vec<&Stop> = stops.iter().collect();
    let sleepers = &mut sleepers;
    thread::scope(|scope| {
        let _released = Released(&stops);
        for (index, (&(act, _), &stop)) in victims.iter().zip(&stops).enumerate() {
            let woken = woken[index].take();
            scope.spawn(move || stop.run(|| act.perform(event, woken)));
            if stop.wait() == Reached::End {
                return Some(index);
            }
        }
        meanwhile(event, sleepers, &stops);
        None
    })
}

/// Does something within the bound; what came of it, and how many steps it took.
fn bounded<R>(what: &str, stops: &[&Stop], act: impl FnOnce() -> R) -> (R, u64) {
    let done = checked(BOUND, stops, act);
    assert!(!done.stalled, "{what} is held up");
    (done.value, done.steps)
}

/// All that does not wait, in both states of the event.
const OTHERS: &[Act] = &[
    Look,
    Wait,
    Reset,
    Wait,
    Renew,
    Set,
    Look,
    Wait,
    Set,
    SetAndReset,
    Look,
    Renew,
    Reset,
    Wait,
];

/// The longest call of the others, or which victim had ended.
fn others_go_on(victims: &[(Act, u64)], asleep: usize, is_set: bool) -> Result<u64, usize> {
    let mut worst = 0;
    let ended = while_stopped(victims, asleep, is_set, |event, _, stops| {
        for &act in OTHERS {
            let what = format!("{act:?}, {asleep} asleep, {victims:?}");
            let (_, steps) = bounded(&what, stops, || act.perform(event, None));
            worst = worst.max(steps);
        }
    });
    ended.map_or(Ok(worst), Err)
}

#[test]
fn a_thread_stopped_in_a_call_on_an_event_never_blocks_another() {
    let (mut stops, mut worst) = (0, 0);
    for victim in ACTS {
        for (asleep, is_set) in [(0, false), (0, true), (1, false), (2, false)] {
            for at in 1.. {
                match others_go_on(&[(victim, at)], asleep, is_set) {
                    Ok(steps) => worst = steps.max(worst),
                    Err(_) => break,
                }
                stops += 1;
            }
        }
    }
    println!("event, one stopped: swept {stops} stops, worst op {worst} steps");
    assert!(stops > 300, "the sweep was cut short: {stops}");
}

#[test]
fn two_threads_stopped_in_calls_on_an_event_never_block_a_third() {
    const PAIRED: [Act; 4] = [SetAndReset, Reset, Renew, DropWoken];
    let (mut stops, mut worst) = (0, 0);
    for first in PAIRED {
        for second in PAIRED {
            let (mut one, mut other) = (1, 1);
            loop {
                match others_go_on(&[(first, one), (second, other)], 1, false) {
                    Ok(steps) => {
                        worst = steps.max(worst);
                        stops += 1;
                        other += 1;
                    }
                    Err(1) => (one, other) = (one + 1, 1),
                    Err(_) => break,
                }
            }
        }
    }
    println!("event, two stopped: swept {stops} stops, worst op {worst} steps");
    assert!(stops > 1_000, "the sweep was cut short: {stops}");
}

/// A setter, perhaps with a reset behind it, is stopped at each step; if its set has taken effect, `next` wakes all.
fn next_wakes_all(victim: Act, next: Act) -> u64 {
    let mut swept = 0;
    for at in 1.. {
        let title = format!("{victim:?} before step {at}, then {next:?}");
        let ended = while_stopped(&[(victim, at)], 3, false, |event, sleepers, stops| {
            bounded(&title, stops, || next.perform(event, None));
            // A future that is polled tells whether its event was set since; that of the first, which is not
            // needed any more when all were woken.
            let woken = sleepers.iter().filter(|sleeper| sleeper.is_woken()).count();
            let was_set = bounded(&title, stops, || sleepers[0].poll()).0.is_ready();
            assert!(woken == 3 || !was_set, "{title}: {woken} of 3 were woken");
        });
        if ended.is_some() {
            break;
        }
        swept += 1;
    }
    swept
}

#[test]
fn a_setter_stopped_before_its_wakes_leaves_them_to_the_next_set_or_reset() {
    let mut stops = 0;
    for victim in [Set, SetAndReset] {
        for next in [Set, Reset, SetAndReset] {
            stops += next_wakes_all(victim, next);
        }
    }
    println!("chain, setters: swept {stops} stops");
    assert!(stops > 100, "the sweep was cut short: {stops}");
}

/// And a setter stopped in the middle of its wakes: who was woken, and is polled, wakes the next.
#[test]
fn whoever_was_woken_by_a_stopped_setter_wakes_the_others() {
    let mut stops = 0;
    for (victim, goes) in [(Set, false), (SetAndReset, false), (Set, true)] {
        for at in 1.. {
            let title = format!("{victim:?} before step {at}");
            let ended = while_stopped(&[(victim, at)], 3, false, |_, sleepers, stops| {
                let mut rest = std::mem::take(sleepers);
                // In whatever order they are polled, or dropped.
                while let Some(next) = rest.iter().position(Sleeper::is_woken) {
                    let mut next = rest.swap_remove(next);
                    if goes {
                        bounded(&title, stops, || drop(next));
                    } else {
                        assert!(bounded(&title, stops, || next.poll()).0.is_ready());
                    }
                }
                assert!(
                    matches!(rest.len(), 0 | 3),
                    "{title}: {} of 3 sleep on",
                    rest.len()
                );
            });
            if ended.is_some() {
                break;
            }
            stops += 1;
        }
    }
    println!("chain, woken ones: swept {stops} stops");
    assert!(stops > 60, "the sweep was cut short: {stops}");
}

/// A wait that began after the reset takes no wake from those before it, wherever it stands.
#[test]
fn a_later_wait_that_is_stopped_keeps_no_wake_from_others() {
    let mut stops = 0;
    for victim in [Wait, Renew, Timed, PollWoken, DropWoken] {
        for at in 1.. {
            let title = format!("{victim:?} before step {at}");
            let ended = while_stopped(&[(victim, at)], 2, false, |event, sleepers, stops| {
                let late = Sleeper::asleep(event);
                bounded(&title, stops, || event.set());
                let mut all = sleepers.iter().chain([&late]);
                assert!(all.all(Sleeper::is_woken), "{title}: one sleeps on");
            });
            if ended.is_some() {
                break;
            }
            stops += 1;
        }
    }
    println!("chain, waiters: swept {stops} stops");
    assert!(stops > 60, "the sweep was cut short: {stops}");
}

/// Steps of a set that wakes so many.
fn steps_of_a_set(waiters: usize) -> u64 {
    let event = Event::new();
    let sleepers: Vec<_> = (0..waiters).map(|_| Sleeper::asleep(&event)).collect();
    let done = checked(u64::MAX, &[], || event.set());
    assert!(sleepers.iter().all(Sleeper::is_woken));
    let polled = checked(u64::MAX, &[], || {
        for mut sleeper in sleepers {
            assert!(sleeper.poll().is_ready());
        }
    });
    done.steps + polled.steps
}

#[test]
fn a_set_takes_as_many_steps_for_each_of_ten_thousand_as_for_each_of_a_hundred() {
    let few = steps_of_a_set(100) as f64 / 100.0;
    let many = steps_of_a_set(10_000) as f64 / 10_000.0;
    println!("event: {few:.1} steps for each of 100, {many:.1} for each of 10000");
    assert!(
        many < few * 1.1,
        "{few} steps for each of few, {many} of many"
    );
}

#[test]
fn a_look_at_an_event_that_is_set_is_one_step_and_so_is_a_wait() {
    let event = Event::new();
    assert_eq!(checked(2, &[], || event.is_set()).steps, 1);
    assert_eq!(
        checked(4, &[], || event.set()).steps,
        4,
        "change, count, fence, look"
    );
    assert_eq!(checked(2, &[], || event.is_set()).steps, 1);
    assert_eq!(checked(2, &[], || event.wait()).steps, 1);
    assert_eq!(
        checked(2, &[], || event.wait_timeout(Duration::MAX)).steps,
        1
    );
}
