//! The model build: every access runs under loom.
//!
//! # Ghost accesses
//!
//! Stock loom keeps one last access an atomic, so a thread's own load hides another thread's
//! earlier load from its search for orders worth exploring: it *skips interleavings* of
//! sequence-number queues. Each atomic here has a companion, and a relaxed `fetch_add` on it goes
//! before every access. Relaxed adds no synchronisation; but now all accesses to one atomic
//! conflict pairwise, and loom explores both orders of each pair. [`ghosts`] can switch them off,
//! for the test that shows the difference.
//!
//! # Weakened orderings
//!
//! A model is worth what it catches. [`mutation`] can weaken the ordering of one call site at run
//! time (the sites are found by `#[track_caller]`, so the algorithms know nothing of it).
//!
//! Both are switched for one thread of the operating system: loom runs all threads of a model on the
//! one that called it, so that several models, each with another weakening, can run side by side.

mod atomics;
mod fences;
mod life;
pub mod mutation;
mod statics;
mod time;

use loom::thread::park;

use super::Patience;

pub use loom::sync::Arc;
pub use loom::sync::atomic::Ordering;
pub(crate) use loom::thread::{Thread, current, yield_now};

pub use atomics::{AtomicPtr, AtomicU32, AtomicU64, UnsafeCell, ghosts};
pub use fences::{AsymmetricFence, asymmetric, fences};
pub(crate) use fences::{full_fence, own_changes_before_next_look};
pub(crate) use life::Life;
pub(crate) use statics::{Global, Local, global, local};
pub use time::{Deadline, Timer, deadlines};

/// How many thread numbers there are; a loom model has at most four threads beside the main one.
pub(crate) const THREAD_NUMBERS: u32 = 4;
/// Handles of a queue that does not say how many: few, for each object of a model costs time.
pub(crate) const HANDLES: usize = 4;
/// Participants for calls of threads without a number.
pub(crate) const POOL: usize = 1;

/// How long a thread tries again before it sleeps: not at all, for trying is no different from the first try.
pub(crate) const PATIENCE: Option<Patience> = None;

/// Waiters that a structure has room for without asking the allocator: each object of a model costs
/// time.
pub(crate) const WAITERS_INLINE: usize = 4;
/// Blocks of waiters, each twice as large as the one before.
pub(crate) const WAITER_BLOCKS: usize = 2;
/// How many dead waiters a list keeps beside as many as are alive, before it is swept: none, so that
/// models of a few threads sweep.
pub(crate) const DEAD_BEFORE_A_SWEEP: u64 = 0;
/// Looks in vain for a waiter at a pipe until it is not watched for any more: few, so that models get there.
pub(crate) const LOOKS_IN_VAIN: u32 = 2;
/// How often a popper looks again at a slot whose pusher is on its way before it doubts it: none, for a look more is no different.
pub(crate) const LOOKS_BEFORE_A_DOUBT: u32 = 0;
/// How many wakes a thread that locks loses before it is handed the lock.
pub(crate) const LOSSES: u32 = 1;

/// Whether the model has failed already: a destructor that fails too, while the stack is unwound, would end the process
/// before anything was said of it.
pub(crate) fn has_failed() -> bool {
    std::thread::panicking()
}

/// Not known: nothing rests on it.
pub(crate) fn this_thread() -> u64 {
    0
}

/// Nothing: loom has no signals.
pub(crate) fn visible_to_own_signal_handler() {}

/// Nothing: a pause changes no outcome.
pub(crate) fn pause(_times: u32) {}

/// Nothing: a step of the steps build, between the choice of a waiter and its wake.
pub(crate) fn about_to_wake() {}
