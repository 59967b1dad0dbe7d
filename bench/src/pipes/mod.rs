//! One file for each crate whose pipes take part, and the [registry](pipe_contenders) of them all; the baseline is in
//! [`baseline::mutex_pipe`](crate::baseline::mutex_pipe).
//!
//! Every file calls its crate as a good user of it would. Rings that cannot wait are tried over and over where nobody
//! waits, and where threads wait they do it by a wrapper that spins and then parks, which is what their users write.
//! To add one: an implementation here, a line in `registry.rs`; `tests/pipes.rs` then holds it to its card.

mod latchless;
mod parked;
mod registry;
mod ringbuf;
mod rtrb;
mod system;
mod tokio_duplex;

pub use self::latchless::{LatchlessBytes, LatchlessDuplex, LatchlessFramed, LatchlessPipe};
pub use self::registry::{pipe_cards, pipe_contenders};
pub use self::ringbuf::RingBuf;
pub use self::rtrb::{ParkedRtrb, Rtrb};
pub use self::system::SystemPipe;
pub use self::tokio_duplex::TokioDuplex;
