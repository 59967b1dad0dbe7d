//! The proof of `latchless`: models, linearizability, stall sweeps, mutants.
//!
//! `spec` says what is right, `history` and `linearize` decide what real threads were answered,
//! `queue_rules` decides long runs; `sweep` and `stall` stop threads and watch the others, by shared
//! step or, with `single_step`, by machine instruction; `models`, `outcomes` and `mutants` explore the
//! real code under loom; `explore` and `schedule` explore small programs and print what they do.

pub mod builds;
pub mod explore;
pub mod history;
pub mod linearize;
#[cfg(latchless_loom)]
pub mod models;
#[cfg(latchless_loom)]
pub mod mutants;
#[cfg(latchless_loom)]
pub mod outcomes;
pub mod queue_rules;
pub mod rounds;
pub mod schedule;
pub mod side_by_side;
pub mod single_step;
pub mod spec;
#[cfg(latchless_steps)]
pub mod stall;
#[cfg(not(latchless_loom))]
pub mod subject;
#[cfg(not(latchless_loom))]
pub mod sweep;
