//! Wakers that panic, or come back into the structure that wakes them, at the channel without room and at the joinable
//! queue: what `waiting_inputs` shows of `Bounded`.
#![cfg(not(latchless_loom))]

#[path = "wakers/joinable.rs"]
mod joinable;
#[path = "wakers/rendezvous.rs"]
mod rendezvous;
#[path = "waiting/rogue.rs"]
mod rogue;
#[path = "waiting/tasks.rs"]
mod tasks;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// More than this would be a waker that is woken from its own wake.
const SOME: usize = 3;

fn panics<R>(action: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(action)).is_err()
}
