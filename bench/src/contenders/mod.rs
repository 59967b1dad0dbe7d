//! One file for each queue that takes part, and the [registry](Visitor) that walks them all.
//!
//! A contender is a marker type: [`ends`](crate::contender::Contender::ends) makes a queue and
//! hands out what each thread holds, its `CARD` says what the queue promises. Every file calls
//! its crate as a good user of it would: the by-value or in-place form without a detour, nothing
//! counted or matched at each operation that the crate itself does not ask for. Channels hand
//! each thread both ends, so that nothing is ever disconnected while a thread works.
//!
//! Where threads or tasks wait, each holds one end only, and the queue comes to its end with the last
//! of a side.
//!
//! To add one: a file here, a line below, a line in `registry.rs`; `tests/contenders.rs` and
//! `tests/waiting.rs` then hold it to its card.

mod array_queue;
mod async_channel;
mod concurrent_queue;
mod crossbeam_channel;
mod flume;
mod heapless;
mod kanal;
mod latchless_channel;
mod latchless_handle;
mod latchless_shared;
mod latchless_try;
mod lfqueue;
mod registry;
mod std_mpsc;
mod thingbuf;
mod tokio_mpsc;

pub use array_queue::ArrayQueue;
pub use async_channel::AsyncChannel;
pub use concurrent_queue::ConcurrentQueue;
pub use crossbeam_channel::CrossbeamChannel;
pub use flume::Flume;
pub use heapless::Heapless;
pub use kanal::Kanal;
pub use latchless_channel::LatchlessChannel;
pub use latchless_handle::LatchlessHandle;
pub use latchless_shared::LatchlessShared;
pub use latchless_try::{LatchlessTry, TryEnd};
pub use lfqueue::LfQueue;
pub use registry::{
    Visitor, all_cards, all_names, cards, names, visit_all, visit_named, waiting_contenders,
};
pub use std_mpsc::StdMpsc;
pub use thingbuf::{Overwrite, ThingBuf};
pub use tokio_mpsc::TokioMpsc;
