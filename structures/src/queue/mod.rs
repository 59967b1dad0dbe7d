//! Queues.
//!
//! | you want | take |
//! |---|---|
//! | a bounded queue for any number of producers and consumers | [`Bounded`] |
//! | the fastest path to it from a thread that keeps using it | [`Bounded::handle`], [`Bounded::owned_handle`] |
//! | one without a bound, whose pushes never wait | [`Unbounded`], and [`Unbounded::handle`] |
//! | to wait until everything that was pushed is dealt with | [`Joinable`] |

#![forbid(unsafe_code)]

mod attempt;
mod bounded;
mod handle;
mod iter;
#[cfg(feature = "std")]
mod joinable;
#[cfg(feature = "std")]
mod pending;
#[cfg(feature = "std")]
mod task;
#[cfg(feature = "std")]
pub mod unbounded;
#[cfg(feature = "std")]
mod waiting;

pub use bounded::{Bounded, Builder};
pub use handle::{Handle, HandleTo, OwnedHandle};
pub use iter::{IntoIter, TryIter};
#[cfg(feature = "std")]
pub use joinable::Joinable;
#[cfg(feature = "std")]
pub use task::{OwnedTask, Task, TaskOf, Unfinished};
#[cfg(feature = "std")]
pub use unbounded::Unbounded;
