//! Real threads and tasks that set, reset and wait for an event: every answer is one that a sequential event could
//! have given, and nobody waits for ever.
//!
//! A wait that ends is written down as a moment at which the event was set; one that was given up as a beginning and
//! an end between which it never was. In each history one thread sets the event last, and resets it no more: so each
//! wait without an end is ended by others, and at the end all are gone.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

#[path = "linear_bounded/caller.rs"]
#[allow(dead_code, reason = "only its dice are of use here")]
mod caller;
#[path = "linear_bounded/giving_way.rs"]
mod giving_way;
#[path = "waiting/tasks.rs"]
mod tasks;
#[path = "waiting/watchdog.rs"]
mod watchdog;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use latchless::Event;
use model_tests::history::{History, Log, Order};
use model_tests::linearize::{assert_linearizable, linearize};
use model_tests::rounds;
use model_tests::spec::event::{Answer, Call, Event as Sequential};

use caller::Dice;
use giving_way::GivingWay;
use tasks::{block_on, within};
use watchdog::Watchdog;

/// Waits, and says whether the event was set in time.
fn waits(event: &Event, dice: &mut Dice, hurried: bool) -> bool {
    if hurried {
        return match dice.below(4) {
            0 => event.wait_timeout(Duration::ZERO),
            1 => event.wait_timeout(Duration::from_micros(dice.below(100))),
            _ => within(event.wait_async(), 1 + dice.below(4)).is_some(),
        };
    }
    match dice.below(3) {
        0 => event.wait(),
        1 => assert!(event.wait_timeout(Duration::MAX)),
        _ => block_on(event.wait_async()),
    }
    true
}

fn record_wait(
    event: &Event,
    thread: usize,
    dice: &mut Dice,
    hurried: bool,
    log: &mut Log<'_, Call, Answer>,
) {
    log.record_several(|| {
        if waits(event, dice, hurried) {
            vec![(Call::Wait, Answer::Done)]
        } else {
            let parts = [Call::Begin(thread), Call::GiveUp(thread)];
            parts.map(|part| (part, Answer::Done)).to_vec()
        }
    });
}

fn record(event: &Event, call: Call, log: &mut Log<'_, Call, Answer>) {
    log.record(call, || match call {
        Call::Set => {
            event.set();
            Answer::Done
        }
        Call::Reset => {
            event.reset();
            Answer::Done
        }
        _ => Answer::Is(event.is_set()),
    });
}

/// One thread's part. Thread 0 sets the event at its end; the others reset it only before they have waited for good.
fn part(event: &Event, thread: usize, dice: &mut Dice, log: &mut Log<'_, Call, Answer>) {
    for _ in 0..2 + dice.below(4) {
        match dice.below(6) {
            0 | 1 => record(event, Call::Set, log),
            2 if thread == 0 => record(event, Call::Reset, log),
            2 => record(event, Call::Set, log),
            3 => record(event, Call::IsSet, log),
            _ => {
                let hurried = thread == 0 || dice.below(2) == 0;
                record_wait(event, thread, dice, hurried, log);
            }
        }
    }
    if thread == 0 {
        record(event, Call::Set, log);
    }
}

#[test]
fn answers_of_events_are_linearizable_and_every_wait_ends() {
    let histories = Arc::default();
    let _watchdog = Watchdog::watch("events", Arc::clone(&histories), String::new);
    for order in [Order::RealTime, Order::Program] {
        for threads in [2, 3, 4] {
            rounds::run(
                threads,
                300,
                order,
                |_| Event::new(),
                |turn, log| {
                    let mut dice = Dice::new(turn.round * 8 + turn.thread as u64);
                    let _giving_way = GivingWay::begin(turn.round * 8 + turn.thread as u64);
                    turn.start();
                    part(turn.subject, turn.thread, &mut dice, log);
                },
                |event, history| {
                    assert!(event.is_set());
                    assert_linearizable(&Sequential::default(), history);
                    histories.fetch_add(1, Ordering::Relaxed);
                },
            );
        }
    }
}

/// The teeth: a wait that a set and a reset passed by, and one that ended too early.
#[test]
fn a_wait_that_missed_a_short_set_or_ended_without_one_is_refused() {
    let clock = model_tests::history::Clock::new(Order::RealTime);
    let refused = |setter: &[Call], waiter: &[Call]| {
        let [mut set, mut wait] = [Log::new(&clock, 4), Log::new(&clock, 4)];
        // All of the setter's calls fall into the one of the waiter.
        wait.record_several(|| {
            setter
                .iter()
                .for_each(|&call| set.record(call, || Answer::Done));
            waiter
                .iter()
                .map(|&call| (call, Answer::Done))
                .collect::<Vec<_>>()
        });
        let history = History::new(vec![set.into_operations(), wait.into_operations()]);
        linearize(&Sequential::default(), &history).is_refused()
    };
    let [given_up, ended] = [&[Call::Begin(1), Call::GiveUp(1)][..], &[Call::Wait]];
    assert!(refused(&[], ended));
    assert!(refused(&[Call::Reset], ended));
    assert!(!refused(&[Call::Set, Call::Reset], ended));
    // The wait may have been given up before, or have begun after; but not if both are known.
    assert!(!refused(&[Call::Set], given_up));
    let begun_before = [Call::Begin(1), Call::Set, Call::Reset, Call::GiveUp(1)];
    let mut log = Log::new(&clock, 4);
    begun_before
        .iter()
        .for_each(|&call| log.record(call, || Answer::Done));
    let history = History::new(vec![log.into_operations()]);
    assert!(linearize(&Sequential::default(), &history).is_refused());
}
