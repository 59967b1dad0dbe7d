//! What an unbounded queue takes of memory: empty, as its backlog goes up and down, and in a steady flow.
//!
//! One thread does it all, through one end, and counts the bytes that it asks the [allocator](crate::allocator) for: what
//! the allocator itself needs beside them, or rounds up to, is not in it; nor is what crossbeam-epoch is about to give back,
//! which it is made to do before each look.
#![forbid(unsafe_code)]

use super::Wrong;
use super::check::{Totals, same};
use crate::allocator::{Asked, counted};
use crate::contender::{Contender, End, Role};
use crate::record::Memory;

/// The longest backlog.
pub const DEPTH: u64 = 1_000_000;

/// Looks on the way up, and as many on the way down.
const LOOKS: u64 = 20;

/// Items that are inside in the steady flow.
const INSIDE: u64 = 1_000;

/// Queues of which each is empty.
const COPIES: usize = 256;

/// Operations of the steady flow, half of them pushes, after as many that are not counted.
const OPERATIONS: u64 = 1_000_000;

/// Measures `C`. `Ok(None)` where this program does not count allocations, or `C` has no end that does both.
pub fn of<C: Contender<u64>>() -> Result<Option<Memory>, Wrong> {
    // What was popped from other queues before is not this one's: their garbage goes first.
    held();
    match counted(measure::<C>) {
        Some(measured) => measured,
        None => Ok(None),
    }
}

/// Bytes that are held. crossbeam-epoch gives back bit by bit, when it comes to it, and takes some for that: here it comes
/// to it, and the least counts.
fn held() -> i64 {
    let looks = (0..64).map(|_| {
        crossbeam_epoch::pin().flush();
        Asked::now().bytes
    });
    looks.min().unwrap_or_default()
}

/// What is held now, more than then.
fn more_than(before: i64) -> u64 {
    u64::try_from(held() - before).unwrap_or(0)
}

fn end_of<C: Contender<u64>>() -> Option<C::End> {
    C::ends(1024, &[Role::Both])?.pop()
}

fn measure<C: Contender<u64>>() -> Result<Option<Memory>, Wrong> {
    let Some([new_bytes, used_bytes]) = small::<C>()? else {
        return Ok(None);
    };
    let mut memory = Memory {
        contender: C::CARD.name.to_owned(),
        new_bytes,
        used_bytes,
        up: Vec::with_capacity(LOOKS as usize + 1),
        down: Vec::with_capacity(LOOKS as usize + 1),
        allocations: 0,
    };
    let start = held();
    let Some(mut end) = end_of::<C>() else {
        return Ok(None);
    };
    let mut flow = Flow::default();
    flow.push(&mut end, 1);
    flow.pop(&mut end, 1);
    memory.up.push([0, used_bytes]);
    for look in 1..=LOOKS {
        flow.push(&mut end, DEPTH / LOOKS);
        memory.up.push([look * DEPTH / LOOKS, more_than(start)]);
    }
    memory.down.extend(memory.up.last());
    for look in (0..LOOKS).rev() {
        flow.pop(&mut end, DEPTH / LOOKS);
        memory.down.push([look * DEPTH / LOOKS, more_than(start)]);
    }
    flow.push(&mut end, INSIDE);
    flow.steadily(&mut end);
    let before = Asked::now();
    flow.steadily(&mut end);
    memory.allocations = Asked::now().times - before.times;
    flow.pop(&mut end, INSIDE);
    same(flow.pushed, flow.popped)?;
    Ok(Some(memory))
}

/// Bytes of a new queue and of one that is empty again after one item: of many, so that what epochs take does not count.
fn small<C: Contender<u64>>() -> Result<Option<[u64; 2]>, Wrong> {
    let mut ends = Vec::with_capacity(COPIES);
    let start = held();
    while ends.len() < COPIES {
        let Some(end) = end_of::<C>() else {
            return Ok(None);
        };
        ends.push(end);
    }
    let new = more_than(start) / COPIES as u64;
    let mut flow = Flow::default();
    for end in &mut ends {
        flow.push(end, 1);
        flow.pop(end, 1);
    }
    same(flow.pushed, flow.popped)?;
    Ok(Some([new, more_than(start) / COPIES as u64]))
}

/// What went in and what came out.
#[derive(Default)]
struct Flow {
    pushed: Totals,
    popped: Totals,
}

impl Flow {
    fn push<E: End<u64>>(&mut self, end: &mut E, count: u64) {
        for _ in 0..count {
            let value = self.pushed.count;
            if end.try_push(value).is_ok() {
                self.pushed.add(value);
            }
        }
    }

    fn pop<E: End<u64>>(&mut self, end: &mut E, count: u64) {
        for value in (0..count).map_while(|_| end.try_pop()) {
            self.popped.add(value);
        }
    }

    fn steadily<E: End<u64>>(&mut self, end: &mut E) {
        for _ in 0..OPERATIONS / 2 {
            self.push(end, 1);
            self.pop(end, 1);
        }
    }
}
