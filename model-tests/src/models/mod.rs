//! The models of the bounded queue: what its threads do, and what may come of it.
//!
//! `script` says programs and their right outcomes as data, `seat` how their threads come to the queue, `run` executes
//! one; [`Model`] is a script with its bounds, and the other files are the catalogue: `traffic` pushes and pops,
//! `knowledge` lets participants lag behind, `closing` closes, `looking` asks for length and state, `waiting` sleeps
//! and wakes; `tickets`, `segments` and `answers` have those of the unbounded queue.
#![forbid(unsafe_code)]

mod answers;
mod closing;
mod kept;
mod knowledge;
mod looking;
pub mod model;
pub mod run;
pub mod script;
pub mod seat;

mod segments;
mod tickets;
mod traffic;
pub mod waiting;

pub use model::Model;

/// All of them.
pub fn catalogue() -> Vec<Model> {
    let mut all = [
        traffic::MODELS,
        knowledge::MODELS,
        closing::MODELS,
        looking::MODELS,
        tickets::MODELS,
        segments::MODELS,
        answers::MODELS,
    ]
    .concat();
    all.extend(waiting::models());
    all
}
