//! What anybody would write without a library: the versions that a lock-free structure has to
//! justify itself against, and one that is often taken for lock-free and is not.
//!
//! - [`mutex_queue`]: a `VecDeque` behind a mutex with two condition variables, written once over
//!   a [`Monitor`](mutex_queue::Monitor); [`StdMutex`] and [`ParkingLotMutex`] are its two forms, and [`UnboundedStdMutex`]
//!   has no bound.
//! - [`mutex_pipe`]: the same between two threads, for slices and for bytes.
//! - [`CondvarSemaphore`], [`CondvarEvent`], [`CondvarLock`]: a state behind such a mutex with one
//!   condition variable.
//! - [`bare`]: one word between two threads, the floor under every wait.
//! - [`michael_scott`]: the textbook's linked queue, with a node for each value.
//! - [`vyukov`]: the textbook ring of Vyukov, whose claims can be held open to show what a thread
//!   stopped in mid-operation does to the others.

pub mod bare;
mod event;
mod lock;
pub mod michael_scott;
pub mod mutex_pipe;
pub mod mutex_queue;
mod parking_lot_mutex;
mod semaphore;
mod std_mutex;
pub mod vyukov;

pub use bare::Bare;
pub use event::CondvarEvent;
pub use lock::CondvarLock;
pub use michael_scott::MichaelScott;
pub use parking_lot_mutex::{ParkingLotMonitor, ParkingLotMutex};
pub use semaphore::CondvarSemaphore;
pub use std_mutex::{StdMonitor, StdMutex, UnboundedStdMutex};
pub use vyukov::Vyukov;
