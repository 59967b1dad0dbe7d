//! A closer that is stopped, and who finds the queue closed meanwhile.
#![forbid(unsafe_code)]

use std::collections::VecDeque;

use latchless::error::TryPopError;
use latchless::queue::Bounded;

use super::stage::{
    CAPACITY, Close, Item, Room, Side, bounded, take_a_number, while_stopped, woken,
};

/// A call that can find the queue closed. Whether it does so is seen in a run of its own, in which the same thing is
/// asked by a call that says it.
struct Finder {
    name: &'static str,
    side: Side,
    call: fn(&Bounded<u64>),
    says: fn(&Bounded<u64>) -> bool,
}

fn push_finds_closed(queue: &Bounded<u64>) -> bool {
    queue.try_push(1).is_err_and(|error| error.is_closed())
}

fn pop_finds_closed(queue: &Bounded<u64>) -> bool {
    queue.try_pop() == Err(TryPopError::Closed)
}

const FINDERS: [Finder; 6] = [
    Finder {
        name: "try_push",
        side: Item,
        call: |queue| _ = queue.try_push(1),
        says: push_finds_closed,
    },
    Finder {
        name: "try_push at a full queue",
        side: Room,
        call: |queue| _ = queue.try_push(1),
        says: push_finds_closed,
    },
    Finder {
        name: "force_push",
        side: Room,
        call: |queue| _ = queue.force_push(1),
        says: |queue| queue.force_push(1).is_err(),
    },
    Finder {
        name: "try_push_many",
        side: Item,
        call: |queue| _ = queue.try_push_many(&mut VecDeque::from([1, 2])),
        says: push_finds_closed,
    },
    Finder {
        name: "try_pop",
        side: Item,
        call: |queue| _ = queue.try_pop(),
        says: pop_finds_closed,
    },
    Finder {
        name: "try_pop_many",
        side: Item,
        call: |queue| _ = queue.try_pop_many(&mut Vec::with_capacity(2), 2),
        says: pop_finds_closed,
    },
];

/// A closer is stopped before each of its steps; the next who finds the queue closed wakes everybody.
#[test]
fn whoever_finds_a_queue_closed_wakes_those_whom_a_stopped_closer_left() {
    take_a_number();
    for finder in FINDERS {
        let (mut found, mut missed) = (0, 0);
        for at in 1.. {
            let title = format!("{}, closer before step {at}", finder.name);
            let victims = [(Close, at)];
            let mut closed = false;
            let ended = while_stopped(finder.side, CAPACITY, &victims, 0, |queue, _, stops| {
                closed = bounded(&title, stops, || (finder.says)(queue)).0;
            });
            if ended.is_some() {
                break;
            }
            while_stopped(
                finder.side,
                CAPACITY,
                &victims,
                3,
                |queue, sleepers, stops| {
                    bounded(&title, stops, || (finder.call)(queue));
                    let all = woken(sleepers) == sleepers.len();
                    assert!(all || !closed, "{title}: somebody sleeps");
                },
            );
            match closed {
                true => found += 1,
                false => missed += 1,
            }
        }
        println!(
            "{}: found it closed at {found} stops, not yet at {missed}",
            finder.name
        );
        assert!(
            found >= 2 && missed >= 1,
            "{}: {found}, {missed}",
            finder.name
        );
    }
}
