//! Fences: full ones, and those that are light on one side.

use std::cell::Cell;
use std::panic::Location;

use loom::sync::atomic::{self as stock, Ordering};

use super::mutation;

std::thread_local! {
    static FENCES: Cell<bool> = const { Cell::new(true) };
    static ASYMMETRIC: Cell<bool> = const { Cell::new(true) };
}

/// Whether fences that can be asymmetric are, from now on: as on a system that can make a fence in all threads at
/// once, or as on one that cannot, where both sides make their own.
pub fn asymmetric(on: bool) {
    ASYMMETRIC.set(on);
}

/// Leaves all fences out of the models that this thread runs from now on, or puts them in again.
///
/// loom's fence does more than the language promises: it synchronises also with what was read by
/// *others* whose work happened before, and so stands in for an Acquire load of theirs. A model
/// that is right without any fence shows what such a load is worth.
pub fn fences(on: bool) {
    FENCES.set(on);
}

/// The full fence: loom models SeqCst accesses as AcqRel, so only a fence orders a thread's own
/// change before its next look.
#[track_caller]
pub(crate) fn own_changes_before_next_look() {
    if FENCES.get() && !mutation::dropped(Location::caller()) {
        stock::fence(Ordering::SeqCst);
    }
}

/// The full fence once more: only in the plain build do the two differ.
#[track_caller]
pub(crate) fn full_fence() {
    own_changes_before_next_look();
}

/// A fence between two that meet again and again; see [`asymmetric`].
///
/// loom has no fence that one thread makes in another. But such a fence falls, in the order of the other thread's
/// steps, either before its light side or behind it; and so it is with two read-modify-writes of one word, of
/// which the later synchronises with the earlier. The word is for this pair alone, so nothing else is ordered by it.
#[derive(Debug)]
pub struct AsymmetricFence {
    met: Option<stock::AtomicUsize>,
}

impl AsymmetricFence {
    /// As [`asymmetric`] says.
    pub(crate) fn new() -> Self {
        Self {
            met: ASYMMETRIC.get().then(|| stock::AtomicUsize::new(0)),
        }
    }

    /// Between the light side's change and its look.
    #[track_caller]
    pub(crate) fn light(&self) {
        self.meet(Location::caller());
    }

    /// Between the heavy side's change and its look.
    #[track_caller]
    pub(crate) fn heavy(&self) {
        self.meet(Location::caller());
    }

    fn meet(&self, site: &Location<'_>) {
        if !FENCES.get() || mutation::dropped(site) {
            return;
        }
        match &self.met {
            Some(met) => _ = met.fetch_add(1, Ordering::AcqRel),
            None => stock::fence(Ordering::SeqCst),
        }
    }
}
