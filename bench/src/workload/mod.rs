//! What the threads do while the clock runs.
//!
//! [`catalogue`] names the workloads.
#![forbid(unsafe_code)]

pub mod catalogue;

pub use catalogue::{ALL, SLICE, Shape, Workload};
