//! How long a thread tries again before it goes to sleep.

#![forbid(unsafe_code)]

use crate::sync::{PATIENCE, pause, yield_now};

/// A short while of pauses, then of yields, then none.
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
        if self.tries >= PATIENCE.pauses + PATIENCE.yields {
            return false;
        }
        if self.tries < PATIENCE.pauses {
            pause(1 << self.tries.min(6));
        } else {
            yield_now();
        }
        self.tries += 1;
        true
    }
}
