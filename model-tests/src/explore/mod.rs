//! Runs a small concurrent program in **every** order of its steps, and keeps one that fails.
//!
//! A program is a function that makes its shared objects and its threads afresh; the explorer
//! calls it once for each schedule. Threads are `async` blocks, used as plain state machines:
//! each `.await` on a [`Shared`], a [`Mutex`] or a [`Thread::call`] is one step, and between two
//! steps a thread runs undisturbed. No OS thread is started and nothing waits, so a schedule
//! costs microseconds and the same choices always give the same run. It is a library call that
//! works in any build.
//!
//! ```
//! use model_tests::explore::{Explorer, Program};
//!
//! fn two_tellers(program: &mut Program) {
//!     let balance = program.shared("balance", 100);
//!     for (teller, deposit) in [("teller A", 5), ("teller B", 8)] {
//!         let balance = balance.clone();
//!         program.thread(teller, |_| async move {
//!             let seen = balance.load().await;
//!             balance.store(seen + deposit).await;
//!         });
//!     }
//!     program.claim(move || match balance.peek() {
//!         113 => Ok(()),
//!         other => Err(format!("expected 113, got {other}")),
//!     });
//! }
//!
//! let found = Explorer::new().explore(two_tellers);
//! assert!(found.complete);
//! assert_eq!((found.schedules, found.failures), (6, 4));
//! print!("{}", found.failing.unwrap().schedule);
//! ```
//!
//! # What it is not
//!
//! Steps happen in one total order that everybody sees (sequential consistency). A bug that
//! needs a stale read or a reordered store is invisible here: the loom models look for those.
//! A real structure takes part through [`Thread::call`], which makes a whole call one step: that
//! is sound for linearizable calls, and says nothing about what goes on inside them. All threads
//! of a program run on the caller's OS thread, so a structure that asks *which* thread calls it
//! hears one answer.
//!
//! # Search
//!
//! Depth first, by replay: the path of choices is run from the start each time, then the last
//! choice that has an untried alternative takes it. A thread that waits ([`Mutex::lock`],
//! [`Shared::wait_for`], [`Thread::call_when`]) is no alternative until its condition holds, so
//! waiting costs no schedules; if everybody waits, that is a deadlock and a failure. A
//! [preemption bound](Explorer::preemption_bound) leaves out schedules in which threads that
//! could have gone on were interrupted more often.
#![forbid(unsafe_code)]

mod objects;
mod program;
mod search;

pub use objects::{Mutex, Shared};
pub use program::{Program, Thread};
pub use search::{Exploration, Explorer, Failing, Failure, Outcome, Replay};
