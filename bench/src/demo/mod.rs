//! Race demos: small programs that are wrong, caught in the act, and mended.
//!
//! Each demo shows a program of two lines, runs it on real threads until it fails, prints the
//! schedule that explains the failure ([`model_tests::explore`] finds it), and then explores and
//! times the same program with a mutex, with one atomic operation and with a structure of ours.
//!
//! The broken programs are never undefined behaviour: a lost update is an atomic load followed by
//! an atomic store. They use sequentially consistent operations, so that it is plain that no
//! memory ordering cures them, and the explorer's sequentially consistent search is enough to
//! explain them.
//!
//! - [`balance`], [`increments`]: an update in two steps loses another one.
//! - [`tickets`]: what was checked is no longer true when it is acted upon.
//! - [`handoff`]: a flag is raised before what it announces.
//! - [`lost_wakeup`]: the wake comes between the look and the sleep.
//! - [`stall`]: a thread is stopped in the middle of an operation, for good.
#![forbid(unsafe_code)]

pub mod balance;
mod catalogue;
mod chase;
mod cost;
pub mod handoff;
pub mod increments;
pub mod lost_wakeup;
mod owner;
mod race;
mod show;
pub mod stall;
pub mod tickets;

pub use catalogue::{DEMOS, Demo, find};
pub use chase::{Chase, Wrong};
pub use race::{Race, Version};
pub use show::show;
