//! Queues, channels, semaphores and events that are **truly lock-free, model-checked and measured**: whichever
//! thread is stopped, and wherever inside a call, the others go on.
//!
//! ```
//! use latchless::queue::Bounded;
//!
//! let queue = Bounded::new(1024);
//! std::thread::scope(|scope| {
//!     scope.spawn(|| (0..100).for_each(|n| queue.try_push(n).unwrap()));
//! });
//! assert_eq!(queue.try_iter().sum::<i32>(), 4950);
//! ```
//!
//! | you want | take |
//! |---|---|
//! | a queue that is shared by reference | [`queue::Bounded`], [`queue::Unbounded`] |
//! | to wait until everything that was pushed is dealt with | [`queue::Joinable`] |
//! | a queue with two kinds of ends, which notice when the others are gone | [`channel::bounded`] |
//! | the same, and senders that never wait | [`channel::unbounded`] |
//! | values from one thread or task to one other, at the least cost | [`pipe::oneway`] |
//! | the same both ways | [`pipe::duplex`] |
//! | to stream bytes from one thread or task to another, as through a file | [`pipe::bytes`] |
//! | to send slices of bytes, each of which arrives as a whole | [`pipe::framed`] |
//! | so many at a time, or a budget to be shared | [`Semaphore`] |
//! | something that has happened or not, and that one can wait for | [`Event`] |
//! | something that one at a time may use | [`lock::Mutex`], [`lock::ReentrantMutex`] |
//!
//! The [guide](mod@guide) has pages to [choose](guide::choosing) by, on [cancelling](guide::cancelling), on
//! [progress](guide::progress), on [moving here](guide::moving) from crossbeam, flume, tokio or Python, and on [what this is
//! not for](guide::limits).
//!
//! # Three words, used strictly
//!
//! * **wait-free**: every call finishes in a bounded number of its own steps.
//! * **lock-free**: some call always finishes, even if any set of other threads is stopped for ever
//!   at any instruction.
//! * **exact**: the answer (Full, Empty, `len`) was true at one moment inside the call. Where that
//!   does not hold, the docs say *snapshot*.
//!
//! Under every method stand what it **Waits** for, its **Progress** (what a stopped peer can do to
//! it) and what **Cancel**ling it can lose, or a link to the form that it shares this with. (What makes a structure, or
//! tells what never changes, has none of it: it neither waits nor meets anybody. Iterators wait as the call that each of
//! their steps makes.)
//!
//! # The rule of names
//!
//! > A bare verb may wait. `try_` never waits. `_timeout(Duration)` and `_deadline(Instant)` wait that
//! > long. `_async` returns a future. Nothing else changes.
//!
//! So code ported from a queue whose `push` returns at once uses `try_push` here. More on the [five
//! forms](guide::forms).
//!
//! # Checking your own code
//!
//! In a build with `--cfg latchless_loom` everything here runs on [loom](https://docs.rs/loom)'s atomics, so a model of
//! *your* code explores your steps and these together: [how](guide::checking).
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `std` (default) | everything that waits, and all but [`queue::Bounded`], which [needs `alloc` alone](queue::Bounded#without-std) |
//! | `futures` | `Stream` and `Sink` for channels; `AsyncRead`, `AsyncBufRead` and `AsyncWrite` for byte pipes |
//! | `tokio` | tokio's `AsyncRead`, `AsyncBufRead` and `AsyncWrite` for byte pipes; nothing else here needs tokio |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(any(feature = "std", test)), no_std)]

extern crate alloc;

#[cfg(feature = "std")]
pub mod channel;
pub mod error;
#[cfg(feature = "std")]
mod event;
#[cfg(all(any(doc, doctest), feature = "std"))]
pub mod guide;
#[cfg(feature = "std")]
pub mod lock;
#[cfg(feature = "std")]
pub mod pipe;
pub mod queue;
#[cfg(feature = "std")]
pub mod semaphore;

#[cfg(any(latchless_loom, latchless_steps))]
#[doc(hidden)]
pub mod raw;
#[cfg(not(any(latchless_loom, latchless_steps)))]
#[allow(dead_code, reason = "tests of other builds begin at a chosen lap")]
mod raw;
#[cfg(any(latchless_loom, latchless_steps))]
#[doc(hidden)]
pub mod sync;
#[cfg(not(any(latchless_loom, latchless_steps)))]
mod sync;
#[cfg(any(latchless_loom, latchless_steps))]
#[doc(hidden)]
pub mod wait;
#[cfg(not(any(latchless_loom, latchless_steps)))]
mod wait;

#[cfg(feature = "std")]
pub use event::Event;
#[cfg(feature = "std")]
pub use semaphore::Semaphore;

/// The package's front page: its example is run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
