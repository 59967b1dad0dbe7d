//! All structures together, under random load: threads and tasks that give up, closes in the middle, ends that vanish, and
//! threads that are stopped anywhere by a signal. Every item arrives exactly once and is dropped exactly once, every permit
//! comes back, nobody waits for ever, and the memory that is held does not grow.
//!
//! A few seconds in `cargo test`; `cargo soak` takes some minutes, and with `LATCHLESS_SOAK=3600` it takes about an hour.
//! What makes it a soak is counted, and it goes on until there was enough of each.
#![cfg(all(target_os = "linux", not(any(latchless_loom, latchless_steps))))]

#[path = "linear_bounded/caller.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod caller;
#[path = "memory_bounded/counting.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod counting;
#[path = "soak_everything/flow.rs"]
mod flow;
#[path = "soak_everything/flows.rs"]
mod flows;
#[path = "soak_everything/holds.rs"]
mod holds;
#[path = "soak_everything/seen.rs"]
mod seen;
#[path = "soak_everything/stops.rs"]
mod stops;
#[path = "soak_everything/streams.rs"]
mod streams;
#[path = "waiting/tasks.rs"]
mod tasks;
#[path = "waiting/watchdog.rs"]
mod watchdog;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use caller::Dice;
use counting::{held, turn};
use flow::{Flow, Got, Put, QUEUE};
use seen::{Seen, Tally};
use stops::Stopper;
use watchdog::Watchdog;

/// One use of one structure, by several threads, from its making to its drop.
type Episode = fn(&mut Dice, &Seen);

const EPISODES: [(&str, Episode); 15] = [
    ("queue::Bounded", flows::bounded),
    ("queue::Unbounded", flows::unbounded),
    ("queue::Joinable", flows::joinable),
    ("channel::bounded", flows::channel),
    ("channel::bounded(0)", flows::rendezvous),
    ("channel::unbounded", flows::growing_channel),
    ("pipe::oneway", flows::oneway),
    ("pipe::duplex", flows::duplex),
    ("pipe::bytes", streams::bytes),
    ("pipe::framed", streams::framed),
    ("Semaphore", holds::semaphore),
    ("Event", holds::event),
    ("lock::Mutex", holds::mutex),
    ("lock::ReentrantMutex", holds::reentrant),
    ("lock::Mutex of tasks", holds::mutex_of_tasks),
];

/// So many episodes go on at a time.
const AT_A_TIME: u64 = 4;

/// Episodes one after another on each of those places, between two looks at the memory.
const ONE_AFTER_ANOTHER: u64 = 8;

/// How many times as long as in `cargo test`, if nothing is said.
const LONG: u64 = 240;

/// After so many times what was asked for, what has not happened never will.
const ENOUGH: u64 = 50;

/// What may be held more after one look than after another: deferred garbage of crossbeam-epoch, the longest lists so far.
/// One word lost in each of an hour's hundred thousand episodes is more.
const ALLOWANCE: isize = 256 * 1024;

/// All places at once, each with its own sequence of episodes. What is held afterwards, in bytes.
fn act(number: u64, seen: &Seen) -> isize {
    thread::scope(|scope| {
        for place in 0..AT_A_TIME {
            scope.spawn(move || {
                let mut dice = Dice::new(number * AT_A_TIME + place + 1);
                for turn in 0..ONE_AFTER_ANOTHER {
                    // Each in turn, so that none is left out, beside others each time.
                    let turn = number * ONE_AFTER_ANOTHER + turn + place * 4;
                    let (name, episode) = EPISODES[turn as usize % EPISODES.len()];
                    seen.begins(place as usize, name);
                    episode(&mut dice, seen);
                }
            });
        }
    });
    held()
}

fn soak(times: u64) {
    let _turn = turn();
    let seen = Arc::new(Seen::new(AT_A_TIME as usize));
    let _watchdog = Watchdog::watch("the soak of everything", Arc::clone(&seen.steps), {
        let seen = Arc::clone(&seen);
        move || format!("{seen}")
    });
    let stopper = Stopper::start(&seen);
    let least = Tally::of_each(20 * times);
    let acts = 4 * times;
    let mut memory: Vec<isize> = Vec::new();
    while (memory.len() as u64) < acts || !seen.tally().is_at_least(&least) {
        let number = memory.len() as u64;
        assert!(
            number < acts * ENOUGH,
            "only {:?}, of {least:?}",
            seen.tally()
        );
        memory.push(act(number, &seen));
    }
    let stops = stopper.end();
    assert!(stops > 0, "nobody was stopped");
    let episodes = memory.len() as u64 * AT_A_TIME * ONE_AFTER_ANOTHER;
    println!(
        "{episodes} episodes, {stops} threads stopped, {:?}",
        seen.tally()
    );
    println!("held, in bytes: {}", the_like(&memory));
    assert_flat(&memory);
}

/// The memory in the later part against that in the part before it; the first part of all is left out, when each structure
/// is met for the first time.
fn assert_flat(memory: &[isize]) {
    let met = memory.len() / 4;
    let (before, after) = memory[met..].split_at((memory.len() - met) / 2);
    let most = |part: &[isize]| part.iter().copied().max().unwrap_or_default();
    assert!(
        most(after) <= most(before) + ALLOWANCE,
        "it grows: {}",
        the_like(memory)
    );
}

/// Ten of them, evenly.
fn the_like(memory: &[isize]) -> String {
    let ten = memory.iter().step_by(memory.len().div_ceil(10).max(1));
    let words: Vec<String> = ten.map(isize::to_string).collect();
    words.join(" ")
}

#[test]
fn all_structures_together_lose_nothing_and_leave_nobody_asleep() {
    soak(1);
}

#[test]
#[ignore = "takes minutes: `cargo soak`"]
fn all_of_this_for_a_long_time() {
    let times = std::env::var("LATCHLESS_SOAK");
    soak(times.map_or(LONG, |times| {
        times.parse().expect("LATCHLESS_SOAK is a number")
    }));
}

#[test]
#[should_panic(expected = "it grows")]
fn memory_that_grows_is_noticed() {
    let _turn = turn();
    let leaking: Vec<isize> = (0..100).map(|act| act * ALLOWANCE / 10).collect();
    assert_flat(&leaking);
}

/// A queue that loses an item now and then, to see that the books tell.
#[test]
#[should_panic(expected = "was put in and has not arrived")]
fn an_item_that_is_lost_is_noticed() {
    let _turn = turn();
    let queue = Arc::new(Mutex::new(VecDeque::new()));
    let (lossy, over) = (Arc::clone(&queue), Arc::new(AtomicBool::new(false)));
    let mut left = 30;
    let put = move |item, _: &mut Dice, _: &Seen| {
        left -= 1;
        if left > 0 {
            lossy.lock().expect("not poisoned").push_back(item);
        }
        Put::In
    };
    let told = Arc::clone(&over);
    let take = move |_: &mut Dice, _: &Seen| {
        // In this order: what was there before the end is found.
        let over = told.load(Ordering::Acquire);
        match queue.lock().expect("not poisoned").pop_front() {
            Some(item) => Got::Item(item),
            None if over => Got::End,
            None => Got::Nothing,
        }
    };
    let flow = Flow {
        promise: QUEUE,
        putters: vec![Box::new(put)],
        takers: vec![Box::new(take)],
        close: Box::new(move || over.store(true, Ordering::Release)),
    };
    flow.run(100, &mut Dice::new(2), &Seen::new(0));
}
