//! Lock-free queues: truly lock-free, model-checked, measured.
#![doc = ""]

pub mod error;
pub mod queue;

#[cfg(any(latchless_loom, latchless_steps))]
pub mod raw;
#[cfg(not(any(latchless_loom, latchless_steps)))]
#[allow(dead_code, reason = "tests of other builds begin at a chosen lap")]
mod raw;
#[cfg(any(latchless_loom, latchless_steps))]
pub mod sync;
#[cfg(not(any(latchless_loom, latchless_steps)))]
mod sync;
