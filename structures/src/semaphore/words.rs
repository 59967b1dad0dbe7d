//! The words of a semaphore: what is free, and what a waiter lays open.
//!
//! # Word layout
//!
//! ```text
//!  state    [ OPEN (1) | free permits (63) ]
//!  parcel   0: shut    1: GRANTED    1 + n: needs n more permits
//! ```
//!
//! Of a word that is at least OPEN + k, k permits can be taken: one comparison.

#![forbid(unsafe_code)]

use crate::wait::node::{Content, SHUT};

/// The waiter has all that it asked for.
pub(super) const GRANTED: Content = 1;

/// The most permits that can be asked for at a time: a parcel has room for so many.
pub(super) const MOST_AT_ONCE: usize = (1 << 26) - 2;

/// The most permits that there can be.
pub(super) const MOST: usize = usize::MAX >> 1;

/// How many more permits the owner of a parcel needs, if it is waiting for some.
pub(super) fn need(content: Content) -> Option<u64> {
    content
        .checked_sub(GRANTED)
        .filter(|&n| n > 0)
        .map(u64::from)
}

/// What lies in the parcel of one that needs so many more.
pub(super) fn needs(permits: u64) -> Content {
    debug_assert!(permits <= MOST_AT_ONCE as u64);
    GRANTED + permits as Content
}

/// Whether its owner waits for permits.
pub(super) fn is_needy(content: Content) -> bool {
    need(content).is_some()
}

/// The word of what is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State(pub(super) u64);

/// Whether it is open.
pub(super) const OPEN: u64 = 1 << 63;

impl State {
    #[inline(always)]
    pub(super) fn is_open(self) -> bool {
        self.0 & OPEN != 0
    }
    #[inline(always)]
    pub(super) fn free(self) -> u64 {
        self.0 & !OPEN
    }
    /// Whether it is open and so many are free.
    #[inline(always)]
    pub(super) fn offers(self, permits: u64) -> bool {
        self.0 >= OPEN + permits
    }
    #[inline(always)]
    pub(super) fn less(self, permits: u64) -> Self {
        Self(self.0 - permits)
    }
}

/// Whether nobody gives anything in exchange for this.
pub(super) fn is_final(content: Content) -> bool {
    content == GRANTED || content == SHUT
}

/// How a wait has ended, by the parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// All that was asked for has been given.
    Granted,
    /// So much was given.
    Part(u64),
}

impl Left {
    /// Of one that asked for so many.
    pub(super) fn with(asked: u64, content: Content) -> Self {
        if content == GRANTED {
            return Self::Granted;
        }
        Self::Part(need(content).map_or(0, |need| asked - need))
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_open_word_offers_what_is_free_and_a_closed_one_nothing() {
        let open = State(OPEN | 2);
        assert!(open.offers(0) && open.offers(2) && !open.offers(3));
        assert_eq!((open.free(), open.less(2).free()), (2, 0));
        let closed = State(2);
        assert!(!closed.is_open() && !closed.offers(0) && closed.free() == 2);
        let most = State(OPEN | MOST as u64);
        assert!(most.is_open() && most.free() == MOST as u64);
    }

    #[test]
    fn a_parcel_says_what_is_needed_and_how_a_wait_ended() {
        let most = MOST_AT_ONCE as u64;
        assert_eq!(needs(most), (1 << 26) - 1, "it fits");
        assert_eq!(
            [0, GRANTED, needs(1), needs(most)].map(need),
            [None, None, Some(1), Some(most)]
        );
        assert_eq!(Left::with(3, GRANTED), Left::Granted);
        assert_eq!(Left::with(3, needs(3)), Left::Part(0));
        assert_eq!(Left::with(3, needs(1)), Left::Part(2));
    }
}
