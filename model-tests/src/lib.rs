//! Proof of latchless (skeleton).
pub mod explore;
pub mod schedule;
pub mod single_step;
pub mod history;
pub mod linearize;
pub mod queue_rules;
pub mod rounds;
pub mod spec;
