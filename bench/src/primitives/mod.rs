//! One file for each crate whose semaphores, events or locks take part, one for the floors under
//! them, and the [registry](primitive_contenders) of them all.
//!
//! Every file calls its crate as a good user of it would. What a crate offers to tasks only is
//! driven by [`block_on`] where threads wait, which is all that a thread can do with it. To add one:
//! an implementation here, a line in `registry.rs`; `tests/primitives.rs` then holds it to its card.

mod async_lock;
mod block_on;
mod event_listener;
mod floors;
mod latchless;
mod latchless_lock;
mod parking_lot;
#[cfg(target_os = "linux")]
mod posix;
mod registry;
mod std_lock;
mod tokio_event;
mod tokio_lock;
mod tokio_semaphore;

pub use self::async_lock::{AsyncLockMutex, AsyncLockSemaphore};
pub use self::block_on::block_on;
pub use self::event_listener::ListenedEvent;
pub use self::floors::{AcquireLoad, TwoAdditions, Wakers};
pub use self::latchless::{LatchlessEvent, LatchlessSemaphore};
pub use self::latchless_lock::{LatchlessLock, LatchlessReentrant};
pub use self::parking_lot::{ParkingLotLock, ParkingLotReentrant};
#[cfg(target_os = "linux")]
pub use self::posix::PosixSemaphore;
pub use self::registry::{primitive_cards, primitive_contenders};
pub use self::std_lock::StdLock;
pub use self::tokio_event::NotifiedEvent;
pub use self::tokio_lock::TokioLock;
pub use self::tokio_semaphore::{TokioSemaphore, TokioTry};
