//! Waiting, step by step: a thread is stopped for ever before each of its accesses to shared memory, while it enlists,
//! counts itself, exchanges its waker, leaves, sweeps, or notifies.
//!
//! * Nobody else is held up: every call that does not wait, and every poll and drop of a future, ends in a bounded
//!   number of the caller's own steps.
//! * The chain does not break: whoever is stopped between its change and its wake, or was woken and does not go on, the
//!   next successful operation of anybody wakes a sleeper.
//!
//! A sleeper is a future that was polled once, with a waker that counts. Needs `--cfg latchless_steps`; without it, this
//! file is empty.
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

#[path = "stall_waiting/found_closed.rs"]
mod found_closed;
#[path = "stall_waiting/stage.rs"]
mod stage;

use std::sync::atomic::Ordering;
use std::thread;

use latchless::sync::AtomicU64;
use model_tests::single_step::Reached;
use model_tests::stall::Stop;
use stage::{
    Act, Bell, CAPACITY, Close, DropNotified, ForcePush, Item, PollNotified, PopMany, PushMany,
    Renew, Room, Side, Sleeper, Success, Timed, TryPop, TryPush, Victim, Wait, asleep, bounded,
    queue, succeed, take_a_number, while_stopped, woken,
};

/// All that does not wait, and polls and drops; at the end, on a closed queue.
const OTHERS: &[Act] = &[
    TryPush,
    Wait(Item),
    TryPop,
    Wait(Room),
    ForcePush,
    Renew(Item),
    PushMany,
    Renew(Room),
    TryPush,
    PopMany,
    TryPop,
    Close,
    TryPop,
    Wait(Item),
];

const VICTIMS: &[Act] = &[
    TryPush,
    TryPop,
    ForcePush,
    PushMany,
    PopMany,
    Close,
    Wait(Item),
    Wait(Room),
    Renew(Item),
    Renew(Room),
    DropNotified(Item),
    DropNotified(Room),
    PollNotified(Item),
    PollNotified(Room),
    Timed(Item),
    Timed(Room),
];

impl Act {
    /// Whether it can be done where sleepers of this side are.
    fn fits(self, side: Side) -> bool {
        match self {
            DropNotified(own) | PollNotified(own) => own == side,
            _ => true,
        }
    }
}

/// One combination of stops: what the longest call of the others took, or which victim had ended.
fn others_go_on(side: Side, before: usize, victims: &[Victim]) -> Result<u64, usize> {
    let mut worst = 0;
    let ended = while_stopped(side, CAPACITY, victims, before, |queue, _, stops| {
        for &act in OTHERS {
            let what = format!("{act:?}, {side:?}, {before} asleep, {victims:?}");
            worst = bounded(&what, stops, || act.perform(queue, None))
                .1
                .max(worst);
        }
    });
    ended.map_or(Ok(worst), Err)
}

#[test]
fn a_thread_stopped_in_a_waiting_call_never_blocks_another() {
    take_a_number();
    let (mut stops, mut worst) = (0, 0);
    for side in [Item, Room] {
        for &victim in VICTIMS.iter().filter(|victim| victim.fits(side)) {
            for before in 0..=2 {
                let mut own = 0;
                for at in 1.. {
                    match others_go_on(side, before, &[(victim, at)]) {
                        Ok(steps) => worst = steps.max(worst),
                        Err(_) => break,
                    }
                    own += 1;
                }
                assert!(own >= 3, "{victim:?} has more steps than {own}");
                stops += own;
            }
        }
    }
    println!("waiting, one stopped: swept {stops} stops, worst op {worst} steps");
    assert!(stops > 1_000, "the sweep was cut short: {stops}");
}

/// Those who change the list in different ways.
const PAIRED: &[Act] = &[TryPush, Wait(Item), Renew(Item), DropNotified(Item)];

#[test]
fn two_threads_stopped_in_waiting_calls_never_block_a_third() {
    take_a_number();
    let (mut stops, mut worst) = (0, 0);
    for &first in PAIRED {
        for &second in PAIRED {
            let (mut one, mut other) = (1, 1);
            loop {
                let victims = [(first, one), (second, other)];
                match others_go_on(Item, 1, &victims) {
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
    println!("waiting, two stopped: swept {stops} stops, worst op {worst} steps");
    assert!(stops > 5_000, "the sweep was cut short: {stops}");
}

/// A chain of wakes: who may break it, and who carries it on.
#[derive(Clone, Copy, Debug)]
struct Chain {
    side: Side,
    capacity: usize,
    victim: Act,
    /// Sleepers that come before the victim, and after it.
    before: usize,
    after: usize,
    /// What others do then.
    success: Success,
}

impl Chain {
    fn new(side: Side, victim: Act, before: usize, after: usize) -> Self {
        Self {
            side,
            capacity: CAPACITY,
            victim,
            before,
            after,
            success: Success::Single,
        }
    }

    /// One stop of the victim: each success of others wakes one that slept, but for one that may have gone to the
    /// victim's own node.
    fn holds(self, at: u64) -> bool {
        let side = self.side;
        let title = format!("{self:?}, stopped before step {at}");
        let victims = [(self.victim, at)];
        let ended = while_stopped(
            side,
            self.capacity,
            &victims,
            self.before,
            |queue, sleepers, stops| {
                let mut late: Vec<_> = (0..self.after).map(|_| Sleeper::new(queue, side)).collect();
                for sleeper in &mut late {
                    _ = bounded(&title, stops, || sleeper.poll());
                }
                let slept = || {
                    let all = sleepers.iter().chain(&late);
                    let asleep = all.filter(|one| one.future.is_some() && !one.is_woken());
                    asleep.count()
                };
                let mut free = usize::from(self.victim.may_take_one());
                for _ in 0..2 {
                    let before = slept();
                    let (succeeded, _) = bounded(&title, stops, || self.success.comes(queue, side));
                    if !succeeded || before == 0 {
                        continue;
                    }
                    if slept() == before {
                        assert!(free > 0, "{title}: a success woke nobody");
                        free -= 1;
                    }
                }
            },
        );
        ended.is_none()
    }

    /// How many stops it held at.
    fn sweep(self) -> u64 {
        (1..).take_while(|&at| self.holds(at)).count() as u64
    }
}

fn sweep_chain(side: Side, victim: Act, before: usize, after: usize) -> u64 {
    let chain = Chain::new(side, victim, before, after);
    let successes = Success::ALL.map(|success| Chain { success, ..chain }.sweep());
    successes.iter().sum()
}

/// At capacity 1 a push that comes later finds the queue full, and displaces.
#[test]
fn a_displacement_carries_the_chain_on() {
    take_a_number();
    let mut stops = 0;
    for victim in [
        TryPush,
        ForcePush,
        PushMany,
        DropNotified(Item),
        PollNotified(Item),
    ] {
        for before in [1, 2] {
            let chain = Chain {
                capacity: 1,
                success: Success::Forced,
                ..Chain::new(Item, victim, before, 0)
            };
            stops += chain.sweep();
        }
    }
    println!("chain, displaced: swept {stops} stops");
    assert!(stops > 100, "the sweep was cut short: {stops}");
}

#[test]
fn a_thread_stopped_before_its_wake_leaves_it_to_the_next_success() {
    take_a_number();
    let mut stops = 0;
    for (side, victims) in [
        (Item, [TryPush, ForcePush, PushMany]),
        (Room, [TryPop, TryPop, PopMany]),
    ] {
        for victim in victims {
            for before in [1, 2, 3] {
                let own = sweep_chain(side, victim, before, 0);
                assert!(own > 15, "{victim:?} notifies in more steps than {own}");
                stops += own;
            }
        }
    }
    println!("chain, notifiers: swept {stops} stops");
}

#[test]
fn a_waiter_that_is_stopped_keeps_no_more_than_its_own_wake() {
    take_a_number();
    let mut stops = 0;
    for side in [Item, Room] {
        for victim in [Wait(side), Renew(side), Timed(side)] {
            for (before, after) in [(0, 1), (0, 2), (1, 1)] {
                stops += sweep_chain(side, victim, before, after);
            }
        }
    }
    println!("chain, waiters: swept {stops} stops");
    assert!(stops > 300, "the sweep was cut short: {stops}");
}

#[test]
fn one_that_was_woken_and_stops_on_its_way_out_keeps_nobody_asleep() {
    take_a_number();
    let mut stops = 0;
    for side in [Item, Room] {
        for victim in [DropNotified(side), PollNotified(side)] {
            for (before, after) in [(0, 1), (1, 0), (1, 1), (2, 0)] {
                stops += sweep_chain(side, victim, before, after);
            }
        }
    }
    println!("chain, woken ones: swept {stops} stops");
    assert!(stops > 100, "the sweep was cut short: {stops}");
}

#[test]
fn a_future_that_was_woken_and_is_never_polled_keeps_nobody_asleep() {
    for side in [Item, Room] {
        let queue = queue(side, CAPACITY);
        let sleepers = asleep(&queue, side, 3);
        for successes in 1..=3 {
            assert!(succeed(&queue, side));
            assert_eq!(woken(&sleepers), successes, "{side:?}");
        }
    }
}

#[test]
fn a_woken_future_that_is_never_polled_keeps_nobody_asleep_from_displacements() {
    let queue = queue(Item, 1);
    let sleepers = asleep(&queue, Item, 3);
    for successes in 1..=3 {
        assert!(Success::Forced.comes(&queue, Item));
        assert_eq!(woken(&sleepers), successes);
    }
}

/// A sleeper that a notifier takes off its list first, and wakes then.
#[derive(Default)]
struct TakesFirst {
    sleeping: AtomicU64,
    tokens: AtomicU64,
    bell: Bell,
}

impl TakesFirst {
    fn give(&self) {
        self.tokens.fetch_add(1, Ordering::AcqRel);
        if self.sleeping.swap(0, Ordering::AcqRel) == 1 {
            self.bell.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The teeth of the chain.
#[test]
fn a_notifier_that_takes_the_sleeper_off_before_it_wakes_it_is_found_to_break_the_chain() {
    let asleep_after = (1..=3).filter(|&at| {
        let structure = TakesFirst::default();
        structure.sleeping.store(1, Ordering::Release);
        let stop = Stop::before(at);
        thread::scope(|scope| {
            scope.spawn(|| stop.run(|| structure.give()));
            assert_eq!(stop.wait(), Reached::Stop);
            structure.give();
            let asleep = structure.bell.0.load(Ordering::Relaxed) == 0;
            stop.release();
            asleep
        })
    });
    assert_eq!(asleep_after.collect::<Vec<_>>(), [3]);
}
