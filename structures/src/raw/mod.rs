//! The algorithms.
//!
//! Nothing here waits, owns a clock or knows of threads' sleep; storage is passed in. Read
//! [`cell_ring`] first: it holds the whole proof. `moves`, `batch`, `survey` and `entry` are its continuation,
//! [`word`] holds its packed words, [`participants`] decides who may use which spare cells,
//! `thread_number` gives each live thread a small number, [`storage`] is the seam to the memory
//! below. [`pool`] holds places that stay what they are while it lives (the wait list's nodes), and
//! [`boxes`] values on their way, by number. [`bytes`] is another ring, of bytes between two threads, and [`frame`] what
//! stands before a message in it; `ways` is how that and [`spsc`] copy much.
//!
//! [`segments`] is the unbounded queue, with a proof of its own; `registry` keeps its participants, and `reclaim` is
//! the seam to epochs.
//!
//! A participant belongs to the ring that made it, and must not be given to another: nothing but
//! the products in `queue` calls these methods, and each keeps ring and participant together.

pub mod batch;
#[cfg(feature = "std")]
pub mod boxes;
#[cfg(feature = "std")]
pub mod bytes;
pub mod cell_ring;
mod distance;
mod entry;
#[cfg(feature = "std")]
pub mod frame;
pub mod moves;
#[cfg(not(feature = "std"))]
mod no_thread_number;
pub mod participants;
#[cfg(feature = "std")]
pub mod pool;
#[cfg(feature = "std")]
mod reclaim;
#[cfg(feature = "std")]
mod registry;
#[cfg(feature = "std")]
pub mod segments;
#[cfg(feature = "std")]
pub mod spsc;
pub mod storage;
mod survey;
#[cfg(feature = "std")]
mod thread_number;
#[cfg(feature = "std")]
mod ways;
pub mod word;

#[cfg(not(feature = "std"))]
use no_thread_number as thread_number;
