//! The joinable queue, step by step: a thread is stopped for ever before each of its accesses to shared memory, while it
//! pushes, pops, is done with a task, puts one back, joins, closes, or waits for any of these; or two are.
//!
//! * Nobody else is held up: every call that does not wait, and every poll and drop of a future, ends in a bounded number
//!   of the caller's own steps.
//! * The chain does not break: whoever is stopped between its change and its wake, the next success of anybody wakes a
//!   sleeper; who joins is woken by the next push, if the one who finished the last task is stopped before it did, and
//!   another that pushed too.
//! * Every answer given meanwhile, and those of the stopped thread when it goes on, are ones that a sequential queue
//!   gives: see `model_tests::spec::joinable`.
//!
//! Needs `--cfg latchless_steps`; without it, this file is empty.
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

#[path = "linear_joinable/record.rs"]
mod record;
#[path = "stall_joinable/stage.rs"]
mod stage;

use stage::{
    Act, Ask, Bare, BareRetry, Close, CloseNow, Done, DropWoken, Item, PollWoken, PopDone, Renew,
    Retry, Room, Side, Sleeper, Timed, TryPush, Victim, Wait, Zero, take_a_number,
    while_all_stopped, while_stopped, within_bound, without_bound,
};

const SIDES: [Side; 3] = [Item, Room, Zero];

/// All that does not wait, and polls and drops; at the end, on a closed queue.
const OTHERS: &[Act] = &[
    TryPush,
    Wait(Item),
    PopDone,
    Ask,
    Wait(Room),
    Wait(Zero),
    Renew(Item),
    TryPush,
    Renew(Room),
    Done,
    Renew(Zero),
    PopDone,
    TryPush,
    Ask,
    Close,
    TryPush,
    PopDone,
    Wait(Item),
    Wait(Room),
    CloseNow,
    Wait(Zero),
];

const VICTIMS: &[Act] = &[
    TryPush,
    PopDone,
    Done,
    Retry,
    BareRetry,
    Close,
    CloseNow,
    Ask,
    Wait(Item),
    Wait(Room),
    Wait(Zero),
    Renew(Item),
    Renew(Room),
    Renew(Zero),
    DropWoken(Item),
    DropWoken(Room),
    DropWoken(Zero),
    PollWoken(Item),
    PollWoken(Room),
    PollWoken(Zero),
    Bare(Item),
    Bare(Room),
    Bare(Zero),
    Timed(Item),
    Timed(Room),
    Timed(Zero),
];

/// One is stopped, beside so many sleepers; how many stops there were.
fn sweep_alone(name: &str, sides: &[Side], most: usize) -> usize {
    take_a_number();
    let (mut stops, mut worst) = (0, 0);
    for &side in sides {
        for &victim in VICTIMS.iter().filter(|victim| victim.fits(side)) {
            for before in 0..=most {
                let others_go_on = |at: &u64| {
                    while_stopped(side, (victim, *at), before, |hands, _, stops| {
                        for &act in OTHERS {
                            let what = format!(
                                "{act:?}, {side:?}, {before} asleep, {victim:?} before step {at}"
                            );
                            let steps = within_bound(&what, stops, || hands.perform(act, None)).1;
                            worst = steps.max(worst);
                        }
                    })
                };
                let own = (1..).take_while(others_go_on).count();
                assert!(own >= 1, "{victim:?} has no step");
                stops += own;
            }
        }
    }
    println!("{name}, one stopped: swept {stops} stops, worst op {worst} steps");
    stops
}

#[test]
fn a_thread_stopped_in_a_call_on_a_joinable_queue_never_blocks_another() {
    let stops = sweep_alone("joinable", &SIDES, 2);
    assert!(stops > 1_500, "the sweep was cut short: {stops}");
}

#[test]
fn without_a_bound_a_stopped_thread_never_blocks_another_either() {
    without_bound(|| {
        let stops = sweep_alone("joinable without a bound", &[Item, Zero], 1);
        assert!(stops > 1_000, "the sweep was cut short: {stops}");
        for victim in [TryPush, Retry] {
            let own = sweep_chain(Item, victim, 1, 0);
            assert!(own > 10, "{victim:?} notifies in more steps than {own}");
        }
    });
}

/// What is swept in pairs: each that can leave a wake undone, and the ways of waiting for it.
const PAIRED: [Act; 7] = [
    TryPush,
    PopDone,
    Done,
    Retry,
    Wait(Item),
    Wait(Zero),
    Renew(Zero),
];

#[test]
fn two_threads_stopped_in_calls_on_a_joinable_queue_never_block_a_third() {
    take_a_number();
    let (mut stops, mut worst) = (0, 0);
    for (index, &first) in PAIRED.iter().enumerate() {
        for &second in &PAIRED[index..] {
            let (mut one, mut other) = (1, 1);
            loop {
                let victims = [(first, one), (second, other)];
                let ended = while_all_stopped(Zero, &victims, 1, |hands, _, stops| {
                    for &act in OTHERS {
                        let what = format!("{act:?}, one asleep, {victims:?}");
                        let steps = within_bound(&what, stops, || hands.perform(act, None)).1;
                        worst = steps.max(worst);
                    }
                });
                match ended {
                    None => (stops, other) = (stops + 1, other + 1),
                    Some(1) => (one, other) = (one + 1, 1),
                    Some(_) => break,
                }
            }
        }
    }
    println!("joinable, two stopped: swept {stops} stops, worst op {worst} steps");
    assert!(stops > 8_000, "the sweep was cut short: {stops}");
}

fn slept(all: &[Sleeper]) -> usize {
    all.iter().filter(|one| one.is_asleep()).count()
}

/// One stop of the chain: `before` sleepers come before the victim and `after` ones after it; then others succeed, and
/// each success wakes one that slept, but for one that may have gone to the victim's own node.
fn chain_holds(side: Side, victim: Victim, before: usize, after: usize) -> bool {
    let title = format!("{victim:?}, {before} and {after} {side:?} sleepers");
    while_stopped(side, victim, before, |hands, sleepers, stops| {
        for _ in 0..after {
            let mut late = hands.sleeper(side);
            _ = within_bound(&title, stops, || late.poll(&mut hands.book));
            sleepers.push(late);
        }
        let mut free = usize::from(victim.0.may_take_one(side));
        for _ in 0..2 {
            let before = slept(sleepers);
            let succeeded = within_bound(&title, stops, || hands.succeed(side)).0;
            if succeeded && before > 0 && slept(sleepers) == before {
                assert!(free > 0, "{title}: a success woke nobody");
                free -= 1;
            }
        }
    })
}

fn sweep_chain(side: Side, victim: Act, before: usize, after: usize) -> u64 {
    let holds = |at: &u64| chain_holds(side, (victim, *at), before, after);
    (1..).take_while(holds).count() as u64
}

#[test]
fn a_thread_stopped_before_its_wake_leaves_it_to_the_next_success() {
    take_a_number();
    let mut stops = 0;
    for (side, victims) in [
        (Item, [TryPush, Retry, BareRetry]),
        (Room, [PopDone, PopDone, Bare(Item)]),
    ] {
        for victim in victims {
            for before in [1, 2, 3] {
                let own = sweep_chain(side, victim, before, 0);
                assert!(own > 10, "{victim:?} notifies in more steps than {own}");
                stops += own;
            }
        }
    }
    println!("chain, notifiers at a joinable queue: swept {stops} stops");
}

#[test]
fn one_that_waits_or_was_woken_and_is_stopped_keeps_nobody_else_asleep() {
    take_a_number();
    let mut stops = 0;
    for side in [Item, Room] {
        for victim in [
            Wait(side),
            Renew(side),
            Bare(side),
            Timed(side),
            DropWoken(side),
            PollWoken(side),
        ] {
            for (before, after) in [(0, 1), (0, 2), (1, 0), (1, 1), (2, 0)] {
                stops += sweep_chain(side, victim, before, after);
            }
        }
    }
    println!("chain, waiters at a joinable queue: swept {stops} stops");
    assert!(stops > 500, "the sweep was cut short: {stops}");
}

/// Whoever brings the count to zero is stopped before each of its steps: the next push has woken all who may go on.
#[test]
fn who_joins_is_woken_by_the_next_push_if_the_one_who_finished_is_stopped() {
    take_a_number();
    let mut stops = 0;
    for victim in [Done, CloseNow, Retry] {
        for before in [1, 2, 3] {
            for at in 1.. {
                let stopped =
                    while_stopped(Zero, (victim, at), before, |hands, sleepers, stops| {
                        within_bound("a push", stops, || hands.perform(TryPush, None));
                        for one in sleepers.iter_mut().filter(|one| one.is_asleep()) {
                            let polled = one.poll(&mut hands.book);
                            assert!(
                                polled.is_pending(),
                                "{victim:?} before step {at}: one sleeps that may go on"
                            );
                        }
                    });
                if !stopped {
                    break;
                }
                stops += 1;
            }
        }
    }
    println!("chain, the last task of a joinable queue: swept {stops} stops");
    assert!(stops > 60, "the sweep was cut short: {stops}");
}

/// And so is whoever pushes next: then the one after does.
#[test]
fn who_joins_is_woken_by_the_next_push_if_also_one_that_pushed_before_is_stopped() {
    take_a_number();
    let mut stops = 0;
    for first in [Done, Retry] {
        for before in [1, 2] {
            let (mut one, mut other) = (1, 1);
            loop {
                let victims = [(first, one), (TryPush, other)];
                let ended = while_all_stopped(Zero, &victims, before, |hands, sleepers, stops| {
                    within_bound("a push", stops, || hands.perform(TryPush, None));
                    for sleeper in sleepers.iter_mut().filter(|one| one.is_asleep()) {
                        let polled = sleeper.poll(&mut hands.book);
                        assert!(
                            polled.is_pending(),
                            "{victims:?}: one sleeps that may go on"
                        );
                    }
                });
                match ended {
                    None => (stops, other) = (stops + 1, other + 1),
                    Some(1) => (one, other) = (one + 1, 1),
                    Some(_) => break,
                }
            }
        }
    }
    println!("chain, the last task and a push: swept {stops} stops");
    assert!(stops > 200, "the sweep was cut short: {stops}");
}

/// Whoever joins, or was woken and is on its way out, is stopped: the last task wakes all the others.
#[test]
fn one_that_joins_and_is_stopped_keeps_no_other_who_joins() {
    take_a_number();
    let mut stops = 0;
    for victim in [Wait(Zero), Renew(Zero), Bare(Zero), Timed(Zero)] {
        for (before, after) in [(0, 1), (1, 1), (2, 0)] {
            for at in 1.. {
                let stopped =
                    while_stopped(Zero, (victim, at), before, |hands, sleepers, stops| {
                        for _ in 0..after {
                            sleepers.push(hands.asleep(Zero));
                        }
                        let done =
                            within_bound("the end of the last task", stops, || hands.succeed(Zero))
                                .0;
                        assert!(
                            done && slept(sleepers) == 0,
                            "{victim:?} before step {at}: somebody sleeps"
                        );
                    });
                if !stopped {
                    break;
                }
                stops += 1;
            }
        }
    }
    println!("chain, those who join: swept {stops} stops");
    assert!(stops > 100, "the sweep was cut short: {stops}");
}

/// Whoever closes is stopped before each of its steps; the next who is told Closed has woken everybody.
#[test]
fn a_stopped_closer_leaves_nobody_asleep_behind_one_who_was_told_closed() {
    take_a_number();
    let mut stops = 0;
    for side in [Item, Room] {
        for closer in [Close, CloseNow] {
            for at in 1.. {
                let stopped = while_stopped(side, (closer, at), 3, |hands, sleepers, stops| {
                    let told = within_bound("a push", stops, || hands.is_told_closed()).0;
                    let woken = sleepers.iter().all(Sleeper::is_woken);
                    assert!(
                        woken || !told,
                        "{closer:?} before step {at}: somebody sleeps"
                    );
                });
                if !stopped {
                    break;
                }
                stops += 1;
            }
        }
    }
    println!("chain, closers of a joinable queue: swept {stops} stops");
    assert!(stops > 40, "the sweep was cut short: {stops}");
}
