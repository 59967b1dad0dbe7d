//! Proof of latchless (skeleton).
pub mod explore;
pub mod schedule;
pub mod single_step;
pub mod history;
pub mod linearize;
pub mod queue_rules;
pub mod rounds;
pub mod spec;
#[cfg(not(latchless_loom))]
pub mod subject;
#[cfg(not(latchless_loom))]
pub mod sweep;
#[cfg(latchless_steps)]
pub mod stall;
