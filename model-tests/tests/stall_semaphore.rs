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

#[path = "stall_semaphore/stage.rs"]
mod stage;

use latchless::Semaphore;

use stage::{
    Act, Add, Close, DropGranted, DropPart, Forget, GiveBack, Prepared, Renew, Sleeper, Timed, Try,
    VICTIMS, Wait, bounded, while_stopped,
};

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
