//! A semaphore, step by step: a thread is stopped for ever before each of its accesses to shared memory, while it
//! acquires, gives, gives up or closes.
//!
//! * Nobody else is held up: every call that does not wait, and every poll and drop of a future, ends in a bounded number
//!   of the caller's own steps.
//! * The thread that is stopped keeps at most what its call asks for, and as much again if it was about to hand that to
//!   another: whatever others give beyond that, others get.
//! * After a call of others there is nothing free while somebody who could have it sleeps.
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

use latchless::Semaphore;
use latchless::semaphore::Permit;
use latchless::sync::AtomicU64;
use model_tests::single_step::Reached;
use model_tests::stall::{Stop, checked};

/// The most steps of a call, of a poll or of a drop while all others stand: over a list of a handful of nodes, each of
/// which may have to be woken and taken out, and for each of a few permits.
const BOUND: u64 = 200;

/// Long enough to come to the list, mostly; nothing depends on it.
const MOMENT: Duration = Duration::from_micros(300);

/// Counts how often it is rung. To ring it is a step: who wakes can be stopped before it.
#[derive(Debug, Default)]
struct Bell(AtomicU64);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A future, polled by hand.
struct Sleeper<'s> {
    /// None when it has completed; a permit it got has gone back then.
    future: Option<Pin<Box<dyn Future<Output = ()> + Send + 's>>>,
    bell: Arc<Bell>,
}

impl<'s> Sleeper<'s> {
    fn new(semaphore: &'s Semaphore, permits: usize) -> Self {
        let future = async move { drop(semaphore.acquire_many_async(permits).await) };
        Self {
            future: Some(Box::pin(future)),
            bell: Arc::default(),
        }
    }

    fn asleep(semaphore: &'s Semaphore, permits: usize) -> Self {
        let mut sleeper = Self::new(semaphore, permits);
        assert!(sleeper.poll().is_pending());
        sleeper
    }

    fn poll(&mut self) -> Poll<()> {
        let Some(future) = &mut self.future else {
            return Poll::Ready(());
        };
        let waker = self.bell.clone().into();
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_ready() {
            self.future = None;
        }
        polled
    }

    fn is_woken(&self) -> bool {
        self.bell.0.load(Ordering::Relaxed) > 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// Acquires and gives back, if it can.
    Try(usize),
    Add(usize),
    /// Takes one out for good, and makes it anew.
    Forget,
    /// Drops a permit of so many.
    GiveBack(usize),
    /// Polls a new future and drops it.
    Wait(usize),
    /// Polls a new future twice, with two wakers, and drops it.
    Renew(usize),
    /// Waits as a thread, for a moment.
    Timed(usize),
    /// Drops a future that has got all that it asked for.
    DropGranted(usize),
    /// Polls such a one.
    PollGranted(usize),
    /// Drops a future that has one permit of two.
    DropPart,
    Close,
}
use Act::{
    Add, Close, DropGranted, DropPart, Forget, GiveBack, PollGranted, Renew, Timed, Try, Wait,
};

const VICTIMS: &[Act] = &[
    Try(1),
    Try(2),
    Add(1),
    Add(3),
    Forget,
    GiveBack(1),
    GiveBack(2),
    Wait(1),
    Wait(2),
    Renew(1),
    Timed(1),
    Timed(2),
    DropGranted(1),
    DropGranted(2),
    PollGranted(1),
    DropPart,
];

/// What a victim has before it begins.
#[derive(Default)]
struct Prepared<'s> {
    sleeper: Option<Sleeper<'s>>,
    permit: Option<Permit<'s>>,
}

impl Act {
    /// How many permits are made for it before.
    fn made_before(self) -> usize {
        match self {
            GiveBack(permits) | DropGranted(permits) | PollGranted(permits) => permits,
            DropPart => 1,
            _ => 0,
        }
    }

    /// The most of what others give later that it may keep.
    fn may_keep(self) -> usize {
        match self {
            Try(permits) | Wait(permits) | Renew(permits) | Timed(permits) => permits,
            Forget | DropPart => 1,
            _ => 0,
        }
    }

    /// As the first, before there are sleepers; what is made for it is given when they are there.
    fn prepare(self, semaphore: &Semaphore) -> Prepared<'_> {
        let mut prepared = Prepared::default();
        match self {
            GiveBack(permits) => {
                semaphore.add_permits(permits).expect("no maximum");
                prepared.permit = semaphore.try_acquire_many(permits).ok();
            }
            DropGranted(permits) | PollGranted(permits) => {
                prepared.sleeper = Some(Sleeper::asleep(semaphore, permits));
            }
            DropPart => prepared.sleeper = Some(Sleeper::asleep(semaphore, 2)),
            _ => {}
        }
        prepared
    }

    fn is_given_before(self) -> bool {
        matches!(self, DropGranted(_) | PollGranted(_) | DropPart)
    }

    /// Does it. Refusals are answers too.
    fn perform(self, semaphore: &Semaphore, prepared: Prepared<'_>) {
        match self {
            Try(permits) => drop(semaphore.try_acquire_many(permits)),
            Add(permits) => semaphore.add_permits(permits).expect("no maximum"),
            Forget => {
                let forgotten = semaphore.forget_permits(1);
                semaphore.add_permits(forgotten).expect("no maximum");
            }
            GiveBack(_) => drop(prepared.permit),
            Wait(permits) => _ = Sleeper::new(semaphore, permits).poll(),
            Renew(permits) => {
                let mut sleeper = Sleeper::new(semaphore, permits);
                _ = sleeper.poll();
                sleeper.bell = Arc::default();
                _ = sleeper.poll();
            }
            Timed(permits) => drop(semaphore.acquire_many_timeout(permits, MOMENT)),
            DropGranted(_) | DropPart => drop(prepared.sleeper),
            PollGranted(_) => _ = prepared.sleeper.expect("it was prepared").poll(),
            Close => _ = semaphore.close(),
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

/// On a fresh semaphore without free permits: `needs` come to wait, the victims run to their stops, one after the other,
/// and then `meanwhile` is done. The number of a victim that ended before it came to its stop, if one did.
fn while_stopped(
    semaphore: &Semaphore,
    victims: &[(Act, u64)],
    needs: &[usize],
    meanwhile: impl FnOnce(&mut Vec<Sleeper<'_>>, &[&Stop]),
) -> Option<usize> {
    let mut prepared: Vec<_> = (victims.iter())
        .map(|(act, _)| act.prepare(semaphore))
        .collect();
    let mut sleepers: Vec<_> = (needs.iter())
        .map(|&need| Sleeper::asleep(semaphore, need))
        .collect();
    for (act, _) in victims.iter().filter(|(act, _)| act.is_given_before()) {
        semaphore
            .add_permits(act.made_before())
            .expect("no maximum");
    }
    let stops: Vec<Stop> = victims.iter().map(|&(_, at)| Stop::before(at)).collect();
    let stops: Vec<&Stop> = stops.iter().collect();
    thread::scope(|scope| {
        let _released = Released(&stops);
        for (index, (&(act, _), &stop)) in victims.iter().zip(&stops).enumerate() {
            let prepared = std::mem::take(&mut prepared[index]);
            scope.spawn(move || stop.run(|| act.perform(semaphore, prepared)));
            if stop.wait() == Reached::End {
                return Some(index);
            }
        }
        meanwhile(&mut sleepers, &stops);
        None
    })
}

/// Does something within the bound; how many steps it took.
fn bounded<R>(what: &str, stops: &[&Stop], act: impl FnOnce() -> R) -> (R, u64) {
    let done = checked(BOUND, stops, act);
    assert!(!done.stalled, "{what} is held up");
    (done.value, done.steps)
}

/// All that does not wait, and polls and drops; at the end, on a closed semaphore.
const OTHERS: &[Act] = &[
    Try(1),
    Wait(1),
    Add(1),
    Renew(2),
    Try(1),
    Forget,
    Add(3),
    Try(2),
    Wait(2),
    Close,
    Try(1),
    Wait(1),
    Add(1),
];

/// One combination of stops: what the longest call of the others took, or which victim had ended.
fn others_go_on(
    make: fn() -> Semaphore,
    needs: &[usize],
    victims: &[(Act, u64)],
) -> Result<u64, usize> {
    let semaphore = &make();
    let mut worst = 0;
    let ended = while_stopped(semaphore, victims, needs, |_, stops| {
        for &act in OTHERS {
            let what = format!("{act:?}, {needs:?} asleep, {victims:?}");
            let perform = || act.perform(semaphore, Prepared::default());
            worst = bounded(&what, stops, perform).1.max(worst);
        }
    });
    ended.map_or(Ok(worst), Err)
}

fn fair() -> Semaphore {
    Semaphore::new(0)
}

fn barging() -> Semaphore {
    Semaphore::barging(0)
}

/// What a barging semaphore can do, too: nobody is given anything there before it is awake.
fn is_for_both(act: &&Act) -> bool {
    !act.is_given_before()
}

#[test]
fn a_thread_stopped_in_a_call_never_blocks_another() {
    let (mut stops, mut worst) = (0, 0);
    let closing = [VICTIMS, &[Close]].concat();
    let in_both = closing.iter().filter(is_for_both);
    let all = closing.iter().map(|&act| (fair as fn() -> Semaphore, act));
    for (make, victim) in all.chain(in_both.map(|&act| (barging as fn() -> Semaphore, act))) {
        for needs in [&[][..], &[1], &[2, 1]] {
            let swept = (1..).map_while(|at| others_go_on(make, needs, &[(victim, at)]).ok());
            let swept: Vec<u64> = swept.collect();
            assert!(!swept.is_empty(), "{victim:?} has steps");
            stops += swept.len();
            worst = swept.into_iter().fold(worst, u64::max);
        }
    }
    println!("semaphore, one stopped: swept {stops} stops, worst op {worst} steps");
    assert!(stops > 800, "the sweep was cut short: {stops}");
}

#[test]
fn two_threads_stopped_in_calls_never_block_a_third() {
    let (mut stops, mut worst) = (0, 0);
    let paired = [Add(1), Wait(1), DropGranted(1), DropPart];
    for first in paired {
        for second in paired {
            let (mut one, mut other) = (1, 1);
            loop {
                match others_go_on(fair, &[1], &[(first, one), (second, other)]) {
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
    println!("semaphore, two stopped: swept {stops} stops, worst op {worst} steps");
    assert!(stops > 2_000, "the sweep was cut short: {stops}");
}

/// One stop: others give `given` permits, one after the other, and get all but what the victim may keep. When it has gone
/// on and everybody has gone, all are there.
fn others_get(victim: Act, at: u64, needs: &[usize], given: usize) -> bool {
    let semaphore = &fair();
    let title = format!("{victim:?} before step {at}, {needs:?} asleep");
    let ended = while_stopped(semaphore, &[(victim, at)], needs, |sleepers, stops| {
        for so_far in 1..=given {
            bounded(&title, stops, || {
                semaphore.add_permits(1).expect("no maximum")
            });
            let free = semaphore.available_permits();
            let mut needed = needs.iter().zip(&*sleepers).map(|(&need, sleeper)| {
                let has = sleeper.is_woken();
                (need, has)
            });
            let got: usize = needed
                .clone()
                .filter(|&(_, has)| has)
                .map(|(need, _)| need)
                .sum();
            let first_asleep = needed.find(|&(_, has)| !has);
            // The first that sleeps may have all but one of what it needs.
            let most_part = first_asleep.map_or(0, |(need, _)| need - 1);
            assert!(
                got + free + most_part + victim.may_keep() >= so_far,
                "{title}: of {so_far} given, {got} got, {free} free"
            );
            assert!(
                free == 0 || first_asleep.is_none(),
                "{title}: {free} free, and somebody sleeps"
            );
        }
    });
    if ended.is_none() {
        let made = if let Add(permits) = victim {
            permits
        } else {
            0
        };
        assert_eq!(
            semaphore.available_permits(),
            given + made + victim.made_before(),
            "{title}: permits were lost"
        );
    }
    ended.is_none()
}

#[test]
fn a_stopped_thread_keeps_no_more_than_its_call_asks_for() {
    let mut stops = 0;
    for &victim in VICTIMS {
        for needs in [&[1][..], &[1, 1], &[2, 1], &[1, 2, 1]] {
            stops += (1..)
                .take_while(|&at| others_get(victim, at, needs, 5))
                .count();
        }
    }
    println!("semaphore, what is kept: swept {stops} stops");
    assert!(stops > 1_000, "the sweep was cut short: {stops}");
}

/// Permits are free when a victim comes and is stopped: whatever it was about to do, others get the rest by a try alone.
#[test]
fn a_waiter_that_is_stopped_in_the_line_does_not_keep_a_try_from_what_is_free() {
    let mut stops = 0;
    for victim in [Wait(2), Timed(2), Renew(2)] {
        for at in 1.. {
            let semaphore = &Semaphore::new(1);
            // It finds one, and needs two. Then four more come: it may be given two, and have the one in its hands.
            let ended = while_stopped(semaphore, &[(victim, at)], &[], |_, stops| {
                semaphore.add_permits(4).expect("no maximum");
                let one = bounded("a try", stops, || semaphore.try_acquire()).0;
                let two = bounded("a try", stops, || semaphore.try_acquire()).0;
                assert!(one.is_ok() && two.is_ok(), "{victim:?} before step {at}");
            });
            if ended.is_some() {
                break;
            }
            stops += 1;
        }
    }
    println!("semaphore, tries: swept {stops} stops");
    assert!(stops > 50, "the sweep was cut short: {stops}");
}

/// A closer is stopped before each of its steps; the next who finds the semaphore closed wakes everybody.
#[test]
fn whoever_finds_a_semaphore_closed_wakes_those_whom_a_stopped_closer_left() {
    let mut stops = 0;
    for make in [fair, barging] {
        for at in 1.. {
            let semaphore = &make();
            let ended = while_stopped(semaphore, &[(Close, at)], &[1, 2, 1], |sleepers, stops| {
                let told = bounded("a try", stops, || semaphore.try_acquire().is_err()).0;
                let all = sleepers.iter().all(Sleeper::is_woken);
                assert!(told && (all || !semaphore.is_closed()), "before step {at}");
            });
            if ended.is_some() {
                break;
            }
            stops += 1;
        }
    }
    println!("semaphore, closers: swept {stops} stops");
    assert!(stops > 30, "the sweep was cut short: {stops}");
}

/// Barging: one who gives is stopped before each of its steps; the next who gives wakes a sleeper.
#[test]
fn one_who_gives_and_is_stopped_leaves_its_wake_to_the_next() {
    let mut stops = 0;
    for victim in [Add(1), GiveBack(1)] {
        for at in 1.. {
            let semaphore = &barging();
            let ended = while_stopped(semaphore, &[(victim, at)], &[1, 1], |sleepers, stops| {
                bounded("a gift", stops, || {
                    semaphore.add_permits(1).expect("no maximum")
                });
                let woken = sleepers.iter().any(Sleeper::is_woken);
                assert!(woken, "{victim:?} before step {at}: nobody was woken");
            });
            if ended.is_some() {
                break;
            }
            stops += 1;
        }
    }
    println!("semaphore, barging: swept {stops} stops");
    assert!(stops > 20, "the sweep was cut short: {stops}");
}
