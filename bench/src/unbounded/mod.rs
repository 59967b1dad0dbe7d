//! One file for each unbounded queue or channel that takes part, and the [registry](unbounded_contenders) of them all; the
//! baselines are in [`baseline`](crate::baseline).
//!
//! A contender is a [`Contender`](crate::contender::Contender) whose pushes never find the queue full, and where threads
//! wait it is [`Blocking`](crate::blocking::Blocking); the `capacity` that these ask for is not looked at. How much may be
//! inside is decided by the [credit](crate::credit) around it, which is the same for all.
//!
//! To add one: a file here, a line in `registry.rs`; `tests/unbounded.rs` then holds it to its card.

mod async_channel;
mod concurrent_queue;
mod crossbeam_channel;
mod flume;
mod kanal;
mod latchless;
mod registry;
mod seg_queue;
mod std_mpsc;

pub use self::async_channel::UnboundedAsyncChannel;
pub use self::concurrent_queue::UnboundedConcurrentQueue;
pub use self::crossbeam_channel::UnboundedCrossbeamChannel;
pub use self::flume::UnboundedFlume;
pub use self::kanal::UnboundedKanal;
pub use self::latchless::{UnboundedChannel, UnboundedHandle, UnboundedShared};
pub use self::registry::{unbounded_cards, unbounded_contenders};
pub use self::seg_queue::SegQueue;
pub use self::std_mpsc::UnboundedStdMpsc;
