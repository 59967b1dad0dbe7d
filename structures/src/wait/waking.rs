//! Whom the current thread is waking just now.
//!
//! A waker may do anything, and so call the very structure that wakes it. There it meets its own waiter:
//! chosen, and for all that others can see not woken yet. Others help such a waiter by waking it too; but
//! the thread that is about it already would do so from inside itself, without an end. It passes that
//! waiter by, as one that is being taken care of.

#![forbid(unsafe_code)]

use crate::sync::{local, visible_to_own_signal_handler};
use core::cell::Cell;

/// How many wakes, each from inside the one before, are told apart.
const TOLD_APART: usize = 16;

/// The waiters that are being woken, outermost first, by their addresses; 0 where there is none.
#[derive(Debug)]
struct Waking {
    depth: Cell<usize>,
    whom: [Cell<usize>; TOLD_APART],
}

local! {
    static WAKING: Waking = Waking {
        depth: Cell::new(0),
        whom: [const { Cell::new(0) }; TOLD_APART],
    };
}

/// Whether the current thread is inside a wake of `waiter`. From inside more wakes than are told apart, all
/// seem to be.
pub(super) fn is_waking(waiter: usize) -> bool {
    WAKING.with(|waking| {
        let depth = waking.depth.get();
        depth > TOLD_APART || waking.whom[..depth].iter().any(|one| one.get() == waiter)
    })
}

/// A wake of `waiter` by the current thread, until it is dropped.
#[derive(Debug)]
pub(super) struct Wake(());

impl Wake {
    #[inline]
    pub(super) fn begin(waiter: usize) -> Self {
        WAKING.with(|waking| {
            let depth = waking.depth.get();
            // In this order, for a signal handler that wakes in between writes above it, and cleans up.
            waking.depth.set(depth + 1);
            visible_to_own_signal_handler();
            if let Some(one) = waking.whom.get(depth) {
                one.set(waiter);
            }
        });
        Self(())
    }
}

impl Drop for Wake {
    #[inline]
    fn drop(&mut self) {
        WAKING.with(|waking| {
            let depth = waking.depth.get() - 1;
            if let Some(one) = waking.whom.get(depth) {
                one.set(0);
            }
            visible_to_own_signal_handler();
            waking.depth.set(depth);
        });
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_knows_whom_it_is_waking_and_forgets_them_afterwards() {
        assert!(!is_waking(1));
        let outer = Wake::begin(1);
        let inner = Wake::begin(2);
        assert!(is_waking(1) && is_waking(2) && !is_waking(3));
        drop(inner);
        assert!(is_waking(1) && !is_waking(2));
        drop(outer);
        assert!(!is_waking(1));
    }

    #[test]
    fn wakes_too_deep_to_be_told_apart_seem_to_be_of_everybody() {
        let wakes: Vec<Wake> = (1..=TOLD_APART).map(Wake::begin).collect();
        assert!(is_waking(TOLD_APART) && !is_waking(TOLD_APART + 1));
        let one_more = Wake::begin(TOLD_APART + 1);
        assert!(is_waking(77));
        drop(one_more);
        assert!(!is_waking(77) && is_waking(1));
        drop(wakes);
        assert!(!is_waking(1));
    }
}
