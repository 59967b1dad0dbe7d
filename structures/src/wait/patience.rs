//! How long a thread tries again before it goes to sleep.
//!
//! The first tries follow each other closely, for an answer may be on its way from another core; then
//! they become rarer, for each takes the cache line away from whoever is at work there. Then the
//! thread lets others run, who may be those it waits for. Sleeping and being woken costs as much as
//! hundreds of operations.
//!
//! What is worth trying depends on whether those it waits for are running, and no thread can know. So each
//! *remembers what became of its last waits*: tries that paid are made again, those that came to nothing become
//! fewer. A consumer that is fed now and then soon sleeps at once; where threads share a core, pauses
//! vanish and yields stay. Every so often a thread tries again as if it knew nothing.

#![forbid(unsafe_code)]

use crate::sync::{PATIENCE, Patience as Most, local, pause, yield_now};
use core::cell::Cell;

/// So many tries follow each other closely.
const CLOSE_TRIES: u32 = 6;
/// Pauses between two of them.
const PAUSES: u32 = 2;
/// The longest wait between two tries is this many times that.
const LONGEST: u32 = 32;
/// What a wait in which trying paid adds to the next one's tries.
const GAIN: u32 = 4;
/// What a wait that came to a sleep takes from them.
const LOSS: u32 = 2;
/// One of so many waits is made as if nothing were known.
const AFRESH: u32 = 32;

/// What a thread remembers.
#[derive(Clone, Copy, Debug)]
struct Memory {
    tries: Most,
    waits: u32,
}

local! {
    static MEMORY: Cell<Option<Memory>> = Cell::new(None);
}

/// The patience of one wait: a while of pauses, then of yields, then none.
#[derive(Debug)]
pub(super) struct Patience {
    most: Most,
    memory: Memory,
    made: u32,
}

impl Patience {
    /// As much as the thread has; none in builds where trying is no different from the first try.
    pub(super) fn new() -> Option<Self> {
        let most = PATIENCE?;
        let mut memory = MEMORY.with(Cell::get).unwrap_or(Memory {
            tries: most,
            waits: 0,
        });
        memory.waits = memory.waits.wrapping_add(1);
        if memory.waits.is_multiple_of(AFRESH) {
            memory.tries = most;
        }
        Some(Self {
            most,
            memory,
            made: 0,
        })
    }

    /// Lets a moment pass, and says whether to try again; false when the thread should sleep.
    pub(super) fn lasts(&mut self) -> bool {
        let (made, tries) = (self.made, self.memory.tries);
        if made >= tries.pauses + tries.yields {
            return false;
        }
        self.made += 1;
        if made < tries.pauses {
            let times = 1_u32 << made.saturating_sub(CLOSE_TRIES - 1).min(31);
            pause(PAUSES * times.min(LONGEST));
        } else {
            yield_now();
        }
        true
    }

    /// The last try succeeded.
    pub(super) fn paid(mut self) {
        let tries = &mut self.memory.tries;
        if self.made <= tries.pauses {
            tries.pauses = (tries.pauses + GAIN).min(self.most.pauses);
        } else {
            tries.pauses = tries.pauses.saturating_sub(1);
            tries.yields = (tries.yields + GAIN).min(self.most.yields);
        }
        MEMORY.with(|memory| memory.set(Some(self.memory)));
    }

    /// No try succeeded.
    pub(super) fn was_in_vain(mut self) {
        let tries = &mut self.memory.tries;
        tries.pauses = tries.pauses.saturating_sub(LOSS);
        tries.yields = tries.yields.saturating_sub(LOSS);
        MEMORY.with(|memory| memory.set(Some(self.memory)));
    }
}
