//! The algorithms.
//!
//! Nothing here waits, owns a clock or knows of threads' sleep; storage is passed in. Read
//! [`cell_ring`] first: it can be read alone. [`word`] holds its packed words, `participants`
//! decides who may use which spare cells, `thread_number` gives each live thread a small number,
//! [`storage`] is the seam to the memory below.

pub mod cell_ring;
pub mod participants;
pub mod storage;
mod survey;
mod thread_number;
pub mod word;
