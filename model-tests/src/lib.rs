//! Proof of latchless (skeleton).
pub mod explore;
pub mod schedule;
pub mod single_step;
