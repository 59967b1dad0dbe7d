//! Stop a thread at one machine instruction of the code as it was compiled.
//!
//! **What** A thread runs a closure with the processor's trap flag set, so that every instruction
//! ends in a `SIGTRAP`. The handler counts the instructions and, at the one asked for, puts the
//! thread to sleep until somebody releases it. Nothing is instrumented and nothing is timed: the
//! code under test is the very code users run, and the m-th instruction is the m-th instruction
//! on every run.
//!
//! Two kinds of thread run this way:
//!
//! - A **victim** ([`Stop::run`]) stops after m instructions and stays there. A lock-free structure
//!   must not care.
//! - A **checked** thread ([`checked`]) works on while the victim stays stopped, and may spend only
//!   so many instructions of its own. If it spends more, or is about to sleep in the kernel, it is
//!   *stalled*: the handler notes it and releases the victim, so that every run ends by itself.
//!
//! ```
//! use model_tests::single_step::{Reached, Stop, Unsupported, checked};
//! use std::sync::Mutex;
//!
//! # fn main() -> Result<(), Unsupported> {
//! # if !model_tests::single_step::supported() { return Ok(()); }
//! let shared = Mutex::new(0_u64);
//! let mut stalls = 0;
//! for m in 1.. {
//!     let stop = Stop::after(m)?;
//!     let finished = std::thread::scope(|scope| {
//!         let _released = stop.release_on_drop();
//!         scope.spawn(|| stop.run(|| *shared.lock().unwrap() += 1));
//!         if stop.wait() == Reached::End {
//!             return Ok(true);
//!         }
//!         let other = checked(10_000, &[&stop], || *shared.lock().unwrap() += 1)?;
//!         stalls += u32::from(other.stalled.is_some());
//!         Ok(false)
//!     })?;
//!     if finished {
//!         break;
//!     }
//! }
//! assert!(stalls > 0, "a thread stopped inside a mutex stops the others");
//! # Ok(())
//! # }
//! ```
//!
//! # What is counted
//!
//! Instructions between the one that sets the flag and the one that clears it, about a dozen of
//! which belong to this module ([`count`] of an empty closure tells how many). Three things differ
//! from a plain count: each turn of a `rep` instruction counts as one, the instruction after a
//! `syscall` is counted together with it (the flag is off inside the kernel and comes back one
//! instruction late), and what the kernel does is not counted at all.
//!
//! # Where it works
//!
//! On x86-64 Linux; elsewhere [`supported`] is false and the rest answers [`Unsupported`]. The
//! process gives its `SIGTRAP` away, so a debugger that steps through it will be confused.
//!
//! # Why this is sound in a signal handler
//!
//! The handler touches one const-initialised thread-local without a destructor (a plain load
//! relative to the thread pointer), atomics of a `Watch` that outlives the stepped region, and the
//! `futex` system call made directly, so that not even `errno` changes. It never unwinds. The
//! kernel clears the flag while the handler runs and restores it from the saved flags, so that
//! the handler does not step through itself.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg_attr(
    all(target_os = "linux", target_arch = "x86_64", not(miri)),
    path = "single_step/trap.rs"
)]
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64", not(miri))),
    path = "single_step/no_trap.rs"
)]
mod trap;

use trap::Event;

/// Stepping through instructions is not available on this platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsupported;

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopping a thread at an instruction needs x86-64 Linux")
    }
}

impl Error for Unsupported {}

/// Whether this platform can stop a thread at an instruction.
///
/// # Panics
///
/// Where it is one that can, but something is in the way: what steps through instructions would be passed by, and
/// pass.
pub fn supported() -> bool {
    let is_supported = trap::install().is_ok();
    let must_be = cfg!(all(target_os = "linux", target_arch = "x86_64", not(miri)));
    assert!(
        is_supported || !must_be,
        "this is x86-64 Linux, and the handler of the trap cannot be installed"
    );
    is_supported
}

/// What the handler of one stepped region reads and writes.
#[derive(Debug)]
struct Watch<'a> {
    /// Instructions executed so far; written by the stepped thread alone.
    executed: AtomicU64,
    /// After this many instructions `role` takes effect.
    limit: u64,
    role: Role<'a>,
}

#[derive(Debug)]
enum Role<'a> {
    /// Counts, never acts.
    Count,
    /// Sleeps at `limit` until the event says released.
    Victim { event: &'a Event },
    /// Gives up beyond `limit` or before sleeping, and releases these.
    Checked {
        releases: &'a [&'a Stop],
        stalled: &'a trap::StallCell,
    },
}

impl<'a> Watch<'a> {
    fn new(limit: u64, role: Role<'a>) -> Self {
        Watch {
            executed: AtomicU64::new(0),
            limit,
            role,
        }
    }
}

/// Runs `f` and tells how many instructions it took.
///
/// # Errors
///
/// [`Unsupported`] where instructions cannot be counted; `f` has not run then.
pub fn count<R>(f: impl FnOnce() -> R) -> Result<(R, u64), Unsupported> {
    trap::install()?;
    let watch = Watch::new(u64::MAX, Role::Count);
    let value = trap::step(&watch, f);
    Ok((value, watch.executed.load(Ordering::Relaxed)))
}

/// How far a victim has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It stands at its instruction and stays there until it is released.
    Stop,
    /// The closure ended before the instruction was reached.
    End,
}

/// One appointment: a thread will stop after a number of instructions of one closure.
///
/// Shared by reference between the victim, which calls [`run`](Self::run), and whoever waits for it
/// and releases it. Serves one run.
#[derive(Debug)]
pub struct Stop {
    after: u64,
    executed: AtomicU64,
    event: Event,
}

impl Stop {
    /// An appointment after `instructions` instructions; with 1, the thread stops as soon as it can.
    ///
    /// # Errors
    ///
    /// [`Unsupported`] where a thread cannot be stopped at an instruction.
    pub fn after(instructions: u64) -> Result<Self, Unsupported> {
        trap::install()?;
        Ok(Stop {
            after: instructions.max(1),
            executed: AtomicU64::new(0),
            event: Event::new(),
        })
    }

    /// Runs `f` on this thread, which stops on the way; returns when `f` has ended.
    ///
    /// A thread that was released runs the rest of `f` at full speed. What belongs to the set-up
    /// (a handle, a value) is made before the call, outside the count.
    ///
    /// # Panics
    ///
    /// If this appointment was used before, or inside another stepped closure.
    pub fn run<R>(&self, f: impl FnOnce() -> R) -> R {
        self.event.start();
        let watch = Watch::new(self.after, Role::Victim { event: &self.event });
        let _ended = Ended {
            stop: self,
            watch: &watch,
        };
        trap::step(&watch, f)
    }

    /// Waits until the victim stands at its instruction, or has ended without reaching it.
    pub fn wait(&self) -> Reached {
        self.event.wait()
    }

    /// Lets the victim go on. A release that comes before the stop cancels the stop.
    pub fn release(&self) {
        self.event.release();
    }

    /// Releases the victim when the guard is dropped, also when an assertion fails in between.
    pub fn release_on_drop(&self) -> ReleaseOnDrop<'_> {
        ReleaseOnDrop(self)
    }

    /// Instructions the victim was stepped through, once it has ended: all of the closure's if it
    /// was not stopped, the appointed number if it was.
    pub fn executed(&self) -> u64 {
        self.executed.load(Ordering::Acquire)
    }
}

/// Marks the end of a run, also when the closure panics.
struct Ended<'a> {
    stop: &'a Stop,
    watch: &'a Watch<'a>,
}

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let executed = self.watch.executed.load(Ordering::Relaxed);
        self.stop.executed.store(executed, Ordering::Release);
        self.stop.event.end();
    }
}

/// See [`Stop::release_on_drop`].
#[derive(Debug)]
pub struct ReleaseOnDrop<'a>(&'a Stop);

impl Drop for ReleaseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// Why a checked thread could not get on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stalled {
    /// It spent its instructions without finishing.
    OverBudget,
    /// Its next instruction would have put it to sleep in the kernel.
    AboutToSleep,
}

/// What became of a checked thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked<R> {
    /// What the closure returned; when it stalled, thanks to the victims having been released.
    pub value: R,
    /// The instructions it took, or had taken when it stalled.
    pub instructions: u64,
    /// Whether and why it stalled.
    pub stalled: Option<Stalled>,
}

/// Runs `f` on this thread, which may spend `budget` instructions and must not sleep.
///
/// At the first stall `victims` are released and `f` goes on at full speed, so that the call
/// returns in either case.
///
/// # Errors
///
/// [`Unsupported`] where instructions cannot be counted; `f` has not run then.
///
/// # Panics
///
/// Inside another stepped closure.
pub fn checked<R>(
    budget: u64,
    victims: &[&Stop],
    f: impl FnOnce() -> R,
) -> Result<Checked<R>, Unsupported> {
    trap::install()?;
    let stalled = trap::StallCell::new();
    let watch = Watch::new(
        budget,
        Role::Checked {
            releases: victims,
            stalled: &stalled,
        },
    );
    let value = trap::step(&watch, f);
    Ok(Checked {
        value,
        instructions: watch.executed.load(Ordering::Relaxed),
        stalled: stalled.get(),
    })
}
