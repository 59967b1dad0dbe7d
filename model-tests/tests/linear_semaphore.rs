//! Real threads and tasks on a semaphore: every answer is one that a sequential semaphore could have given, and nobody
//! waits for ever.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

#[path = "linear_bounded/caller.rs"]
#[allow(dead_code, reason = "the other test uses the rest")]
mod caller;
#[path = "linear_bounded/giving_way.rs"]
mod giving_way;
#[path = "waiting/tasks.rs"]
mod tasks;
#[path = "waiting/watchdog.rs"]
mod watchdog;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use latchless::Semaphore;
use latchless::error::{AcquireError, AcquireTimeoutError, TryAcquireError};
use latchless::semaphore::Permit;
use model_tests::history::{History, Log, Order};
use model_tests::linearize::{assert_linearizable, linearize};
use model_tests::rounds;
use model_tests::spec::semaphore::{Answer, Call, InLine, Line, Semaphore as Spec};

use caller::Dice;
use giving_way::GivingWay;
use tasks::{block_on, poll_once, within};
use watchdog::Watchdog;

type Calls<'c> = Log<'c, Call, Answer>;

/// How a call waits.
#[derive(Clone, Copy, Debug)]
enum Form {
    Try,
    Bare,
    Async,
    Timeout(Duration),
    Cancelled(u64),
}

impl Form {
    fn patient(dice: &mut Dice) -> Self {
        match dice.below(2) {
            0 => Form::Bare,
            _ => Form::Async,
        }
    }

    fn hurried(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => Form::Timeout(Duration::ZERO),
            1 => Form::Timeout(Duration::from_micros(dice.below(200))),
            2 => Form::Try,
            _ => Form::Cancelled(1 + dice.below(4)),
        }
    }

    fn acquire(self, semaphore: &Semaphore, permits: usize) -> Result<Permit<'_>, Answer> {
        let waited = |error: AcquireError| match error {
            AcquireError::Closed => Answer::Closed,
            AcquireError::TooMany => Answer::TooMany,
        };
        match self {
            Form::Try => semaphore.try_acquire_many(permits).map_err(tried),
            Form::Bare => semaphore.acquire_many(permits).map_err(waited),
            Form::Async => block_on(semaphore.acquire_many_async(permits)).map_err(waited),
            Form::Timeout(time) => {
                let acquired = semaphore.acquire_many_timeout(permits, time);
                acquired.map_err(|error| match error {
                    AcquireTimeoutError::Timeout => Answer::NoPermits,
                    AcquireTimeoutError::Closed => Answer::Closed,
                    AcquireTimeoutError::TooMany => Answer::TooMany,
                })
            }
            Form::Cancelled(polls) => within(semaphore.acquire_many_async(permits), polls)
                .map_or(Err(Answer::NoPermits), |acquired| acquired.map_err(waited)),
        }
    }
}

fn tried(error: TryAcquireError) -> Answer {
    match error {
        TryAcquireError::NoPermits => Answer::NoPermits,
        TryAcquireError::Closed => Answer::Closed,
        TryAcquireError::TooMany => Answer::TooMany,
    }
}

/// Acquires where others may wait, and writes it down in its parts.
fn acquire<'s>(
    semaphore: &'s Semaphore,
    permits: usize,
    form: Form,
    log: &mut Calls<'_>,
) -> Option<Permit<'s>> {
    let mut acquired = None;
    log.record_several(|| {
        let told = match form.acquire(semaphore, permits) {
            Ok(permit) => {
                acquired = Some(permit);
                Answer::Done
            }
            Err(told) => told,
        };
        [
            (Call::Begin, Answer::Done),
            (Call::Acquire(permits as u64), told),
            (Call::End, Answer::Done),
        ]
    });
    acquired
}

/// Gives back where others may wait: one after the other.
fn release(permit: Permit<'_>, log: &mut Calls<'_>) {
    log.record_several(|| {
        let permits = permit.num_permits();
        drop(permit);
        let mut parts = vec![(Call::Release(1), Answer::Done); permits + 2];
        parts[0].0 = Call::Begin;
        parts[permits + 1].0 = Call::End;
        parts
    });
}

/// What a thread does in a round.
type Part = fn(&Semaphore, usize, usize, &mut Dice, &mut Calls<'_>);

/// Runs many short histories of `part` and decides each.
fn decide_many(make: fn(usize) -> Semaphore, max: u64, part: Part) {
    const ROUNDS: u64 = 80;
    let histories = Arc::default();
    let _watchdog = Watchdog::watch("short histories", Arc::clone(&histories), String::new);
    for permits in [1, 2, 3] {
        for order in [Order::RealTime, Order::Program] {
            for threads in [2, 3] {
                rounds::run(
                    threads,
                    ROUNDS,
                    order,
                    |_| make(permits),
                    |turn, log| {
                        let seed = turn.round * 8 + turn.thread as u64;
                        let _giving_way = GivingWay::begin(seed);
                        turn.start();
                        let dice = &mut Dice::new(seed + 1);
                        part(turn.subject, permits, turn.thread, dice, log);
                    },
                    |_, history| {
                        assert_linearizable(&Spec::new(permits as u64, max), history);
                        histories.fetch_add(1, Ordering::Relaxed);
                    },
                );
            }
        }
    }
}

/// Nobody waits: all is exact, and each call takes effect at once.
fn never_waits(
    semaphore: &Semaphore,
    permits: usize,
    _: usize,
    dice: &mut Dice,
    log: &mut Calls<'_>,
) {
    let mut held: Option<Permit<'_>> = None;
    for _ in 0..4 {
        let some = 1 + dice.below(permits as u64);
        match dice.below(8) {
            0..=2 => {
                let mut acquired = None;
                log.record(Call::Acquire(some), || {
                    match semaphore.try_acquire_many(some as usize) {
                        Ok(permit) => {
                            acquired = Some(permit);
                            Answer::Done
                        }
                        Err(error) => tried(error),
                    }
                });
                match (&mut held, acquired) {
                    (Some(held), Some(more)) => held.merge(more),
                    (none, more) => *none = more.or(none.take()),
                }
            }
            3 | 4 => {
                if let Some(permit) = held.take() {
                    let permits = permit.num_permits() as u64;
                    log.record(Call::Release(permits), || {
                        drop(permit);
                        Answer::Done
                    });
                }
            }
            5 => {
                if let Some(permit) = held.take() {
                    let permits = permit.num_permits() as u64;
                    log.record(Call::Unmake(permits), || {
                        permit.forget();
                        Answer::Done
                    });
                }
                log.record_several(|| match semaphore.add_permits(1) {
                    Ok(()) => vec![
                        (Call::Make(1), Answer::Done),
                        (Call::Release(1), Answer::Done),
                    ],
                    Err(_) => vec![(Call::Make(1), Answer::TooMany)],
                });
            }
            6 => log.record_several(|| {
                let forgotten = semaphore.forget_permits(some as usize) as u64;
                [
                    (Call::Drain(some), Answer::Permits(forgotten)),
                    (Call::Unmake(forgotten), Answer::Done),
                ]
            }),
            _ => log.record(Call::Available, || {
                Answer::Permits(semaphore.available_permits() as u64)
            }),
        }
    }
    core::mem::forget(held);
}

#[test]
fn calls_that_do_not_wait_are_exact() {
    decide_many(|permits| Semaphore::with_max(permits, 4), 4, never_waits);
    decide_many(
        |permits| Semaphore::barging_with_max(permits, 4),
        4,
        never_waits,
    );
}

/// Everybody gives back what it acquires, so every wait ends by the work of others.
fn gives_back(
    semaphore: &Semaphore,
    permits: usize,
    _: usize,
    dice: &mut Dice,
    log: &mut Calls<'_>,
) {
    for _ in 0..3 {
        let some = 1 + dice.below(permits as u64) as usize;
        let form = match dice.below(2) {
            0 => Form::patient(dice),
            _ => Form::hurried(dice),
        };
        if let Some(permit) = acquire(semaphore, some, form, log) {
            // One holder may look: with all in hand, there is none.
            if some == permits && dice.below(4) == 0 {
                assert!(acquire(semaphore, 1, Form::Try, log).is_none());
            }
            release(permit, log);
        }
    }
}

#[test]
fn waits_that_others_end_are_linearizable() {
    decide_many(Semaphore::new, u64::MAX, gives_back);
}

#[test]
fn waits_where_all_barge_are_linearizable() {
    decide_many(Semaphore::barging, u64::MAX, gives_back);
}

/// As that, and one closes in the end.
fn closes(
    semaphore: &Semaphore,
    permits: usize,
    thread: usize,
    dice: &mut Dice,
    log: &mut Calls<'_>,
) {
    if thread > 0 {
        return gives_back(semaphore, permits, thread, dice, log);
    }
    if let Some(permit) = acquire(semaphore, permits, Form::hurried(dice), log) {
        release(permit, log);
    }
    log.record(Call::Close, || Answer::Is(semaphore.close()));
    log.record(Call::IsClosed, || Answer::Is(semaphore.is_closed()));
    assert!(acquire(semaphore, 1, Form::patient(dice), log).is_none());
}

#[test]
fn waits_that_a_close_ends_are_linearizable() {
    decide_many(Semaphore::new, u64::MAX, closes);
    decide_many(Semaphore::barging, u64::MAX, closes);
}

/// Tasks that come, look, and go, while permits are given; what one has got is forgotten.
fn in_line(semaphore: &Semaphore, thread: u64, dice: &mut Dice, log: &mut Log<'_, InLine, bool>) {
    let mut waiting = VecDeque::new();
    for turn in 0..5 {
        match dice.below(5) {
            0 | 1 => log.record(InLine::Give, || semaphore.add_permits(1).is_ok()),
            2 if !waiting.is_empty() => {
                let place = dice.below(waiting.len() as u64) as usize;
                if let Some((who, future)) = waiting.remove(place) {
                    log.record(InLine::Go(who), || {
                        drop(future);
                        true
                    });
                }
            }
            3 | 4 if !waiting.is_empty() => look(&mut waiting, log),
            _ => {
                let who = thread * 100 + turn;
                let mut future = Box::pin(semaphore.acquire_async());
                let mut served = false;
                log.record_several(|| {
                    served = take(poll_once(&mut future));
                    let looks = served.then_some((InLine::Look(who), true));
                    [Some((InLine::Come(who), true)), looks]
                        .into_iter()
                        .flatten()
                        .collect::<Vec<_>>()
                });
                if !served {
                    waiting.push_back((who, future));
                }
            }
        }
    }
    while !waiting.is_empty() {
        look(&mut waiting, log);
        if let Some((who, future)) = waiting.pop_front() {
            log.record(InLine::Go(who), || {
                drop(future);
                true
            });
        }
    }
}

/// Whether there is a permit, which is forgotten then.
fn take(polled: Poll<Result<Permit<'_>, AcquireError>>) -> bool {
    match polled {
        Poll::Ready(permit) => {
            permit.expect("nobody closes it").forget();
            true
        }
        Poll::Pending => false,
    }
}

/// The last that came looks: it is not served before the others.
fn look<'s, F>(waiting: &mut VecDeque<(u64, Pin<Box<F>>)>, log: &mut Log<'_, InLine, bool>)
where
    F: Future<Output = Result<Permit<'s>, AcquireError>>,
{
    let Some((who, mut future)) = waiting.pop_back() else {
        return;
    };
    let mut served = false;
    log.record(InLine::Look(who), || {
        served = take(poll_once(&mut future));
        served
    });
    if !served {
        waiting.push_back((who, future));
    }
}

#[test]
fn a_fair_line_is_served_in_the_order_of_coming() {
    let histories = Arc::default();
    let _watchdog = Watchdog::watch("lines", Arc::clone(&histories), String::new);
    for threads in [1, 2, 3] {
        rounds::run(
            threads,
            200,
            Order::RealTime,
            |_| Semaphore::new(0),
            |turn, log| {
                let seed = turn.round * 8 + turn.thread as u64;
                let _giving_way = GivingWay::begin(seed);
                turn.start();
                let dice = &mut Dice::new(seed + 1);
                in_line(turn.subject, turn.thread as u64, dice, log);
            },
            |_, history| {
                assert_linearizable(&Line::default(), history);
                histories.fetch_add(1, Ordering::Relaxed);
            },
        );
    }
}

/// The teeth: one that came later was served, and one that came before it was not.
#[test]
fn one_that_overtakes_in_a_line_is_refused() {
    let clock = model_tests::history::Clock::new(Order::RealTime);
    let mut log = Log::new(&clock, 4);
    for (call, answer) in [
        (InLine::Come(1), true),
        (InLine::Come(2), true),
        (InLine::Give, true),
        (InLine::Look(2), true),
    ] {
        log.record(call, || answer);
    }
    let history = History::new(vec![log.into_operations()]);
    assert!(linearize(&Line::default(), &history).is_refused());
}

/// The teeth: a semaphore that gives one permit twice.
#[test]
fn a_permit_that_is_given_twice_is_refused() {
    let clock = model_tests::history::Clock::new(Order::RealTime);
    let mut logs = [Log::new(&clock, 4), Log::new(&clock, 4)];
    for log in &mut logs {
        log.record_several(|| {
            [
                (Call::Begin, Answer::Done),
                (Call::Acquire(1), Answer::Done),
                (Call::End, Answer::Done),
            ]
        });
    }
    let history = History::new(logs.map(Log::into_operations).into());
    assert!(linearize(&Spec::new(1, 1), &history).is_refused());
}
