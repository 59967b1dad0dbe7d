//! What the threads do while the clock runs.
//!
//! [`catalogue`] names the workloads; [`drive`] runs one contender once, for a time or for a
//! number of items, and refuses a run in which items were lost, doubled or changed. `flow`,
//! `pairs` and `slices` hold the loops of the threads: the same for every contender, compiled
//! for each of them, with nothing called through a pointer. Each thread
//!
//! - looks at the stop flag every 64 operations and whenever it has to wait;
//! - waits for room or for an item with 1, 2, 4 … 32 spin hints after each failure, and gives the
//!   core away from the sixth failure in a row on when there are more threads than cores, or from
//!   the sixty-fifth on when there are not;
//! - times one successful attempt in 1,024, between two groups of 64, so that the other
//!   operations carry no trace of it.
//!
//! [`check`] compares what came out with what went in: the number of items and the wrapping sum
//! of their values, what was left in the queue included. [`stalled`] stops one thread in
//! mid-operation and watches the others. [`deal`] moves the threads between the cores while they
//! work, to see how fair a contender is to them. [`waiting`] has the workloads in which threads or
//! tasks wait inside the calls, [`primitive`] those of semaphores, events and locks,
//! [`pipe`] those of pipes.

mod flow;
mod latency;
mod pairs;
mod patience;
mod run;
mod slices;

pub mod catalogue;
pub mod check;
pub mod deal;
pub mod drive;
pub mod memory;
pub mod pipe;
pub mod primitive;
pub mod stalled;
pub mod unbounded;
pub mod waiting;

pub use catalogue::{ALL, SLICE, Shape, Workload};
pub use check::Wrong;
pub use drive::{Job, Length, Outcome};
