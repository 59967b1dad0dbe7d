//! What `latchless` is measured against, and how.
//!
//! [`contender`] says what a structure must offer to be compared, [`blocking`] and [`asynchronous`]
//! what where threads or tasks wait; one file in `contenders` or `baseline` implements it for each
//! crate. [`primitive`] says the same of semaphores, events and locks, and `primitives` has the
//! crates that offer them; [`pipe`] and `pipes` the same of pipes. [`workload`] drives any contender, [`measure`]
//! repeats a workload in interleaved rounds, [`record`] is what a run leaves behind.

pub mod allocator;
pub mod asynchronous;
pub mod baseline;
pub mod blocking;
pub mod contender;
pub mod contenders;
pub mod cores;
pub mod credit;
pub mod demo;
pub mod fairness;
pub mod line;
pub mod machine;
pub mod measure;
pub mod pipe;
pub mod pipes;
pub mod plan;
pub mod primitive;
pub mod primitives;
mod progress;
pub mod record;
mod rounds;
pub mod selection;
pub mod unbounded;
pub mod workload;
