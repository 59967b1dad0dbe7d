//! Locks: something that one at a time may use.
//!
//! | you want | take |
//! |---|---|
//! | to change something that several threads or tasks have | [`Mutex`] |
//! | to lock again what you hold, as a function that calls itself does | [`ReentrantMutex`] |
//!
//! # Who stops whom
//!
//! A lock is there to make others wait: while its holder is stopped, they do. What is said of the rest of this
//! library holds for everything around that: a thread that is stopped while it comes, waits, gives up, or is on
//! its way out, having released, holds up nobody's [`try_lock`](Mutex::try_lock), nor anybody who waits.
//!
//! # Fairness
//!
//! A lock that is released is free, and whoever comes may take it; the first that waits is woken meanwhile. That is
//! fast, for nobody has to be awake before work goes on, but it lets newcomers overtake. So a *thread* that was woken
//! [a few times](Mutex#fairness) and found the lock taken each time *starves*, and whoever releases the lock hands it
//! over to the first that starves: from then on that thread is the holder. A *task* is never handed the lock, for it
//! may not be polled for long, or not before something else is done that needs the lock. Tasks are woken in the
//! order in which they came, and how often one is overtaken is not bounded.
//!
//! # To be released by somebody else
//!
//! Only a guard releases a lock, wherever it was sent. Python's `Lock` may be locked here and released there, by whoever
//! likes; that is a [`Semaphore`](crate::Semaphore) with a [maximum](crate::Semaphore::with_max) of one permit, which is
//! forgotten here, and given back there:
//!
//! ```
//! use latchless::Semaphore;
//!
//! let lock = Semaphore::with_max(1, 1);
//! std::thread::scope(|scope| {
//!     lock.acquire()?.forget();
//!     scope.spawn(|| lock.add_permits(1).expect("it is locked"));
//!     // Waits until that has happened.
//!     lock.acquire().map(|guard| drop(guard))
//! })?;
//! assert!(lock.add_permits(1).is_err(), "a lock that is free cannot be released");
//! # Ok::<(), latchless::error::AcquireError>(())
//! ```

mod mutex;
mod owner;
mod raw_lock;
mod reentrant;

pub use mutex::{GuardOf, Mutex, MutexGuard, OwnedMutexGuard};
pub use reentrant::{ReentrantMutex, ReentrantMutexGuard};
