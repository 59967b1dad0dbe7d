//! Threads and time, for the build that users run: `std`, and nothing added.

use super::Patience;
use std::thread::park;
pub(crate) use std::thread::{Thread, current, yield_now};
use std::time::{Duration, Instant};

/// How many thread numbers there are; see `raw::thread_number`.
pub(crate) const THREAD_NUMBERS: u32 = 64;
/// Participants for calls of threads without a number.
pub(crate) const POOL: usize = 8;

/// How long a thread tries again before it sleeps.
pub(crate) const PATIENCE: Option<Patience> = Some(Patience {
    pauses: 12,
    yields: 16,
});

/// When a call stops waiting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// Never.
    pub(crate) const NEVER: Self = Self(None);

    /// At that time.
    pub(crate) fn at(time: Instant) -> Self {
        Self(Some(time))
    }

    /// So long from now; never, when that is more than the clock can count.
    pub(crate) fn after(time: Duration) -> Self {
        Self(Instant::now().checked_add(time))
    }

    /// Whether it is over.
    pub(crate) fn has_passed(&self) -> bool {
        self.0.is_some_and(|time| Instant::now() >= time)
    }

    /// Sleeps until somebody unparks this thread, until it is over, or for no reason.
    pub(crate) fn park(&self) {
        match self.0 {
            None => park(),
            Some(time) => {
                std::thread::park_timeout(time.saturating_duration_since(Instant::now()));
            }
        }
    }
}

/// Which thread this is, and never 0: a later one may be the same as one that has ended.
#[inline]
pub(crate) fn this_thread() -> u64 {
    std::thread_local! {
        static HERE: u8 = const { 0 };
    }
    HERE.with(|here| core::ptr::from_ref(here).addr() as u64)
}

/// A static that the model build makes anew for each execution.
macro_rules! global {
    (static $name:ident: $kind:ty = $value:expr;) => {
        static $name: $kind = $value;
    };
}
pub(crate) use global;

/// A thread-local that is made without a check at each use.
macro_rules! local {
    (static $name:ident: $kind:ty = $value:expr;) => {
        std::thread_local! {
            static $name: $kind = const { $value };
        }
    };
}
pub(crate) use local;
