//! How long a thread tries again before it goes to sleep.
//!
//! The first tries follow each other closely, for an answer may be on its way from another core; then
//! they become rarer, for each takes the cache line away from whoever is at work there. Then the
//! thread lets others run, who may be those it waits for: with more threads than cores that is what
//! moves things on. Sleeping and being woken costs as much as hundreds of operations.

#![forbid(unsafe_code)]

use crate::sync::{PATIENCE, pause, yield_now};

/// So many tries follow each other closely.
const CLOSE_TRIES: u32 = 6;
/// Pauses between two of them.
const PAUSES: u32 = 2;
/// The longest wait between two tries is this many times that.
const LONGEST: u32 = 32;

/// A while of pauses, then of yields, then none.
#[derive(Debug)]
pub(super) struct Patience {
    tries: u32,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self { tries: 0 }
    }

    /// Lets a moment pass, and says whether to try again; false when the thread should sleep.
    pub(super) fn lasts(&mut self) -> bool {
        let Some(patience) = PATIENCE else {
            return false;
        };
        let tries = self.tries;
        if tries >= patience.pauses + patience.yields {
            return false;
        }
        self.tries += 1;
        if tries < patience.pauses {
            let times = 1_u32 << tries.saturating_sub(CLOSE_TRIES - 1).min(31);
            pause(PAUSES * times.min(LONGEST));
        } else {
            yield_now();
        }
        true
    }
}
