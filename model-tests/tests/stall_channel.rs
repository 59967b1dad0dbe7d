//! Channels, step by step: a thread is stopped for ever before each of its accesses to shared memory, in every call
//! on a channel with room, on one without, and on one without bound, while it closes, and while it drops the last end
//! of a side.
//!
//! * Nobody else is held up: every call that does not wait, and every poll and drop of a task, ends in a bounded number
//!   of the caller's own steps.
//! * The chain does not break: whoever is stopped between its change and its wake, the next success of anybody wakes a
//!   sleeper; and in a rendezvous whoever comes by wakes those with whom a message has been exchanged.
//! * A closer that is stopped leaves nobody asleep: whoever is told Closed has woken everybody.
//! * Every answer given meanwhile, and those of the stopped thread when it goes on, are ones that a sequential channel
//!   gives: see `model_tests::spec::rendezvous`.
//!
//! Needs `--cfg latchless_steps`; without it, this file is empty.
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

#[path = "linear_channel/record.rs"]
mod record;
#[path = "stall_channel/stage.rs"]
mod stage;

use record::Room as Fitting;
use stage::{
    Act, Ask, Bare, Close, DropWoken, Ends, Hands, Item, LastReceiver, LastSender, PollWoken,
    RecvMany, Renew, Room, SendMany, Side, Sleeper, Timed, TryRecv, TrySend, Victim, Wait,
    can_wait, take_a_number, while_stopped, within_bound,
};

/// A channel with room, one without, and one without bound.
const ROOMS: [Fitting; 3] = [Some(2), Some(0), None];

/// Where somebody can wait.
fn sides(room: Fitting) -> impl Iterator<Item = Side> {
    [Item, Room]
        .into_iter()
        .filter(move |&side| can_wait(room, side))
}

/// All that does not wait, and polls and drops; at the end, on a closed channel.
const OTHERS: &[Act] = &[
    TrySend,
    Wait(Item),
    TryRecv,
    Wait(Room),
    Ask,
    Ends,
    Renew(Item),
    SendMany,
    Renew(Room),
    TrySend,
    RecvMany,
    TryRecv,
    Close,
    TryRecv,
    TrySend,
    Wait(Item),
    Wait(Room),
    Ask,
];

const VICTIMS: &[Act] = &[
    TrySend,
    TryRecv,
    SendMany,
    RecvMany,
    Close,
    Ends,
    Ask,
    Wait(Item),
    Wait(Room),
    Renew(Item),
    Renew(Room),
    DropWoken(Item),
    DropWoken(Room),
    PollWoken(Item),
    PollWoken(Room),
    Bare(Item),
    Bare(Room),
    Timed(Item),
    Timed(Room),
    LastSender,
    LastReceiver,
];

/// One combination of stops: what the longest call of the others took, or which victim had ended.
fn others_go_on(
    room: Fitting,
    side: Side,
    before: usize,
    victims: &[Victim],
) -> Result<u64, usize> {
    let mut worst = 0;
    let asleep = |hands: &mut Hands<'_>| (0..before).map(|_| hands.asleep(side)).collect();
    let ended = while_stopped(room, side, victims, asleep, |hands, _, stops| {
        for &act in OTHERS {
            let what =
                format!("{act:?}, room for {room:?}, {side:?}, {before} asleep, {victims:?}");
            let steps = within_bound(&what, stops, || hands.perform(act, None)).1;
            worst = steps.max(worst);
        }
    });
    ended.map_or(Ok(worst), Err)
}

#[test]
fn a_thread_stopped_in_a_call_on_a_channel_never_blocks_another() {
    take_a_number();
    for room in ROOMS {
        let (mut stops, mut worst) = (0, 0);
        for side in [Item, Room] {
            for &victim in VICTIMS.iter().filter(|victim| victim.fits(room, side)) {
                for before in 0..=(if can_wait(room, side) { 2 } else { 0 }) {
                    let mut own = 0;
                    for at in 1.. {
                        match others_go_on(room, side, before, &[(victim, at)]) {
                            Ok(steps) => worst = steps.max(worst),
                            Err(_) => break,
                        }
                        own += 1;
                    }
                    assert!(own >= 2, "{victim:?} has more steps than {own}");
                    stops += own;
                }
            }
        }
        println!(
            "channel with room for {room:?}, one stopped: swept {stops} stops, worst op {worst} steps"
        );
        assert!(stops > 1_000, "the sweep was cut short: {stops}");
    }
}

/// Those who change the lists in different ways.
const PAIRED: &[Act] = &[TrySend, TryRecv, Wait(Item), DropWoken(Item)];

#[test]
fn two_threads_stopped_in_calls_on_a_rendezvous_never_block_a_third() {
    take_a_number();
    let (mut stops, mut worst) = (0, 0);
    for &first in PAIRED {
        for &second in PAIRED {
            // Each stop of one with a fifth of those of the other.
            let (mut one, mut other) = (1, 1);
            loop {
                match others_go_on(Some(0), Item, 1, &[(first, one), (second, other)]) {
                    Ok(steps) => {
                        worst = steps.max(worst);
                        stops += 1;
                        other += 5;
                    }
                    Err(1) => (one, other) = (one + 1, 1 + one % 5),
                    Err(_) => break,
                }
            }
        }
    }
    println!("rendezvous, two stopped: swept {stops} stops, worst op {worst} steps");
    assert!(stops > 3_000, "the sweep was cut short: {stops}");
}

/// One stop of the chain: `before` sleepers come before the victim and `after` ones after it; then others succeed, and
/// each success wakes one that slept, but for one that may have gone to the victim's own node. In a rendezvous nobody
/// sleeps then whose call is over.
fn chain_holds(room: Fitting, side: Side, victim: Victim, before: usize, after: usize) -> bool {
    let title = format!("{victim:?}, room for {room:?}, {before} and {after} {side:?} sleepers");
    let asleep = |hands: &mut Hands<'_>| (0..before).map(|_| hands.asleep(side)).collect();
    let ended = while_stopped(room, side, &[victim], asleep, |hands, sleepers, stops| {
        for _ in 0..after {
            let mut late = hands.sleeper(side).expect("there is an end");
            _ = within_bound(&title, stops, || late.poll(&mut hands.book));
            sleepers.push(late);
        }
        let slept = |all: &[Sleeper]| all.iter().filter(|one| one.is_asleep()).count();
        let mut free = usize::from(victim.0.may_take_one(side, room));
        for _ in 0..2 {
            let before = slept(sleepers);
            let succeeded = within_bound(&title, stops, || hands.succeed(side)).0;
            if succeeded && before > 0 && slept(sleepers) == before {
                assert!(free > 0, "{title}: a success woke nobody");
                free -= 1;
            }
            for one in sleepers
                .iter_mut()
                .filter(|one| room == Some(0) && one.is_asleep())
            {
                assert!(
                    one.poll(&mut hands.book).is_pending(),
                    "{title}: it sleeps, and is over"
                );
            }
        }
    });
    ended.is_none()
}

fn sweep_chain(room: Fitting, side: Side, victim: Act, before: usize, after: usize) -> u64 {
    let holds = |at: &u64| chain_holds(room, side, (victim, *at), before, after);
    (1..).take_while(holds).count() as u64
}

#[test]
fn a_thread_stopped_before_its_wake_leaves_it_to_the_next_success() {
    take_a_number();
    for room in ROOMS {
        let mut stops = 0;
        // In a rendezvous, one that waits for the other side gives or takes, too.
        for (side, victims) in [
            (Item, [TrySend, SendMany, Wait(Room), Bare(Room)]),
            (Room, [TryRecv, RecvMany, Wait(Item), Bare(Item)]),
        ] {
            for victim in victims.into_iter().filter(|_| can_wait(room, side)) {
                for before in [1, 2, 3] {
                    let own = sweep_chain(room, side, victim, before, 0);
                    assert!(own > 10, "{victim:?} notifies in more steps than {own}");
                    stops += own;
                }
            }
        }
        println!("chain, notifiers at a channel with room for {room:?}: swept {stops} stops");
    }
}

#[test]
fn one_that_waits_or_was_woken_and_is_stopped_keeps_nobody_else_asleep() {
    take_a_number();
    for room in ROOMS {
        let mut stops = 0;
        for side in sides(room) {
            for victim in [
                Wait(side),
                Renew(side),
                Bare(side),
                Timed(side),
                DropWoken(side),
                PollWoken(side),
            ] {
                for (before, after) in [(0, 1), (0, 2), (1, 0), (1, 1), (2, 0)] {
                    stops += sweep_chain(room, side, victim, before, after);
                }
            }
        }
        println!("chain, waiters at a channel with room for {room:?}: swept {stops} stops");
        assert!(stops > 500, "the sweep was cut short: {stops}");
    }
}

/// Whoever closes is stopped before each of its steps; the next who is told Closed has woken everybody.
#[test]
fn a_stopped_closer_leaves_nobody_asleep_behind_one_who_was_told_closed() {
    take_a_number();
    for room in ROOMS {
        let mut stops = 0;
        for side in sides(room) {
            let closers = [Close, LastSender, LastReceiver].into_iter();
            for closer in closers.filter(|closer| closer.fits(room, side)) {
                for at in 1.. {
                    let asleep =
                        |hands: &mut Hands<'_>| (0..3).map(|_| hands.asleep(side)).collect();
                    let ended = while_stopped(
                        room,
                        side,
                        &[(closer, at)],
                        asleep,
                        |hands, sleepers, stops| {
                            let told = within_bound("a call", stops, || hands.is_told_closed()).0;
                            let woken = sleepers.iter().all(Sleeper::is_woken);
                            assert!(
                                woken || !told,
                                "{closer:?} before step {at}: somebody sleeps at {room:?}"
                            );
                        },
                    );
                    if ended.is_some() {
                        break;
                    }
                    stops += 1;
                }
            }
        }
        println!("chain, closers of a channel with room for {room:?}: swept {stops} stops");
        assert!(stops > 40, "the sweep was cut short: {stops}");
    }
}

/// What becomes of those who sleep, and of the channel, while somebody is stopped.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Do(Act),
    PollAll,
    DropAll,
}

use Turn::{Do, DropAll, PollAll};

const SCRIPTS: &[&[Turn]] = &[
    &[Do(Close), PollAll],
    &[Do(Close), Do(TryRecv), PollAll, Do(TrySend)],
    &[DropAll, Do(TrySend), Do(TryRecv)],
    &[Do(TrySend), DropAll, Do(TryRecv)],
    &[Do(TryRecv), DropAll, Do(TrySend)],
    &[Do(TrySend), Do(TryRecv), PollAll, Do(Close), DropAll],
];

/// Who asks, and is stopped between its looks.
const ASKERS: &[Act] = &[
    TrySend,
    TryRecv,
    Bare(Item),
    Bare(Room),
    Wait(Item),
    Wait(Room),
];

/// A script, played while a victim is stopped at each of its steps; how many those were.
fn play(
    room: Fitting,
    side: Side,
    victim: Act,
    prepare: impl Fn(&mut Hands<'_>) -> Vec<Sleeper>,
    script: &[Turn],
) -> u64 {
    let plays = (1..).take_while(|&at| {
        let ended = while_stopped(
            room,
            side,
            &[(victim, at)],
            &prepare,
            |hands, sleepers, _| {
                for &turn in script {
                    match turn {
                        Do(act) => hands.perform(act, None),
                        PollAll => sleepers
                            .iter_mut()
                            .for_each(|one| _ = one.poll(&mut hands.book)),
                        DropAll => sleepers.drain(..).for_each(|one| one.drop(&mut hands.book)),
                    }
                }
            },
        );
        ended.is_none()
    });
    plays.count() as u64
}

#[test]
fn what_a_stopped_call_answers_was_true_at_one_moment_of_it() {
    take_a_number();
    for room in ROOMS {
        let mut stops = 0;
        for side in sides(room) {
            for &victim in ASKERS {
                for script in SCRIPTS {
                    for before in 1..=2 {
                        let asleep = |hands: &mut Hands<'_>| {
                            (0..before).map(|_| hands.asleep(side)).collect()
                        };
                        stops += play(room, side, victim, asleep, script);
                    }
                }
            }
        }
        println!("channel with room for {room:?}, answers: swept {stops} stops");
        assert!(stops > 500, "the sweep was cut short: {stops}");
    }
}

/// A receiver has been given a message and has not looked, and behind it a sender waits: when both go, in this order,
/// there is a message at each moment.
#[test]
fn who_asks_while_a_given_message_is_put_back_and_a_sender_goes_is_not_told_empty() {
    take_a_number();
    let given_and_offered = |hands: &mut Hands<'_>| {
        let receiver = hands.asleep(Item);
        assert!(hands.succeed(Item) && receiver.is_woken());
        vec![receiver, hands.asleep(Room)]
    };
    let mut stops = 0;
    for victim in [TryRecv, RecvMany, Bare(Item), Wait(Item)] {
        stops += play(Some(0), Item, victim, given_and_offered, &[DropAll]);
    }
    println!("rendezvous, kept messages: swept {stops} stops");
    assert!(stops > 50, "the sweep was cut short: {stops}");
}
