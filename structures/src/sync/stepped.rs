//! The steps build: each access to shared memory calls the thread's hook first.
//!
//! A hook may count steps, let an explorer choose who goes on, or keep its thread for ever: that
//! is how the stall sweeps stop a thread *between* any two accesses.

use super::Patience;
pub use core::sync::atomic::Ordering;
use std::cell::RefCell;
pub(crate) use std::sync::Arc;
pub(crate) use std::thread::{Thread, current, yield_now};
use std::time::{Duration, Instant};

/// How many thread numbers there are; see `raw::thread_number`.
pub(crate) const THREAD_NUMBERS: u32 = 64;
/// Handles of a queue that does not say how many.
pub(crate) const HANDLES: usize = 64;
/// Participants for calls of threads without a number.
pub(crate) const POOL: usize = 8;

/// How long a thread tries again before it sleeps: not at all, for trying is no different from the first try.
pub(crate) const PATIENCE: Option<Patience> = None;

/// Waiters that a structure has room for without asking the allocator: few, so that sweeps stop
/// threads where more room is made, too.
pub(crate) const WAITERS_INLINE: usize = 1;
/// Blocks of waiters, each twice as large as the one before.
pub(crate) const WAITER_BLOCKS: usize = 24;
/// How many dead waiters a list keeps beside as many as are alive, before it is swept.
pub(crate) const DEAD_BEFORE_A_SWEEP: u64 = 2;
/// Looks in vain for a waiter at a pipe until it is not watched for any more: few, so that models get there.
pub(crate) const LOOKS_IN_VAIN: u32 = 2;
/// How often a popper looks again at a slot whose pusher is on its way before it doubts it: few, so that sweeps see what follows.
pub(crate) const LOOKS_BEFORE_A_DOUBT: u32 = 2;
/// How many wakes a thread that locks loses before it is handed the lock.
pub(crate) const LOSSES: u32 = 1;

/// What an access is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An atomic load.
    Load,
    /// An atomic store.
    Store,
    /// An atomic read-modify-write that always succeeds.
    Rmw,
    /// A compare-and-swap.
    Cas,
    /// A fence.
    Fence,
    /// A pause or a yield after a lost race or a busy pool.
    Pause,
    /// A sleep until somebody wakes the thread.
    Park,
    /// A wake of somebody.
    Wake,
}

/// One access to shared memory, about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What it does.
    pub kind: Kind,
    /// The address of the atomic (0 for a fence or a pause).
    pub address: usize,
}

/// What a thread calls before each of its steps.
pub type Hook = Box<dyn FnMut(Step)>;

thread_local! {
    static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
}

/// Gives the current thread a hook, or none, and returns the one it had.
pub fn set_hook(hook: Option<Hook>) -> Option<Hook> {
    HOOK.with(|slot| std::mem::replace(&mut *slot.borrow_mut(), hook))
}

/// Calls the hook, if there is one; a hook's own accesses call nothing.
fn step(kind: Kind, address: usize) {
    let _ = HOOK.try_with(|slot| {
        let Some(mut hook) = slot.try_borrow_mut().ok().and_then(|mut slot| slot.take()) else {
            return;
        };
        hook(Step { kind, address });
        slot.borrow_mut().get_or_insert(hook);
    });
}

macro_rules! stepped_atomic {
    ($name:ident, $integer:ty) => {
        /// An atomic integer whose accesses are steps.
        #[derive(Debug, Default)]
        #[repr(transparent)]
        pub struct $name(core::sync::atomic::$name);

        #[allow(dead_code, reason = "each integer uses the methods that it needs")]
        impl $name {
            /// A new one.
            pub const fn new(value: $integer) -> Self {
                Self(core::sync::atomic::$name::new(value))
            }
            fn step(&self, kind: Kind) {
                step(kind, core::ptr::from_ref(self).addr());
            }
            /// See `core`.
            pub fn load(&self, order: Ordering) -> $integer {
                self.step(Kind::Load);
                self.0.load(order)
            }
            /// See `core`.
            pub fn store(&self, value: $integer, order: Ordering) {
                self.step(Kind::Store);
                self.0.store(value, order);
            }
            /// See `core`.
            pub fn swap(&self, value: $integer, order: Ordering) -> $integer {
                self.step(Kind::Rmw);
                self.0.swap(value, order)
            }
            /// See `core`.
            pub fn fetch_add(&self, value: $integer, order: Ordering) -> $integer {
                self.step(Kind::Rmw);
                self.0.fetch_add(value, order)
            }
            /// See `core`.
            pub fn fetch_sub(&self, value: $integer, order: Ordering) -> $integer {
                self.step(Kind::Rmw);
                self.0.fetch_sub(value, order)
            }
            /// See `core`.
            pub fn fetch_and(&self, value: $integer, order: Ordering) -> $integer {
                self.step(Kind::Rmw);
                self.0.fetch_and(value, order)
            }
            /// See `core`.
            pub fn fetch_or(&self, value: $integer, order: Ordering) -> $integer {
                self.step(Kind::Rmw);
                self.0.fetch_or(value, order)
            }
            /// See `core`.
            pub fn compare_exchange(
                &self,
                current: $integer,
                new: $integer,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$integer, $integer> {
                self.step(Kind::Cas);
                self.0.compare_exchange(current, new, success, failure)
            }
            /// See `core`; no step, for the owner is alone.
            pub fn get_mut(&mut self) -> &mut $integer {
                self.0.get_mut()
            }
        }
    };
}

stepped_atomic!(AtomicU32, u32);
stepped_atomic!(AtomicU64, u64);

/// An atomic pointer whose accesses are steps.
#[derive(Debug)]
#[repr(transparent)]
pub struct AtomicPtr<T>(core::sync::atomic::AtomicPtr<T>);

impl<T> AtomicPtr<T> {
    /// A new one.
    pub const fn new(value: *mut T) -> Self {
        Self(core::sync::atomic::AtomicPtr::new(value))
    }
    fn step(&self, kind: Kind) {
        step(kind, core::ptr::from_ref(self).addr());
    }
    /// See `core`.
    pub fn load(&self, order: Ordering) -> *mut T {
        self.step(Kind::Load);
        self.0.load(order)
    }
    /// See `core`.
    pub fn store(&self, value: *mut T, order: Ordering) {
        self.step(Kind::Store);
        self.0.store(value, order);
    }
    /// See `core`.
    pub fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
        self.step(Kind::Rmw);
        self.0.swap(value, order)
    }
    /// See `core`.
    pub fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        self.step(Kind::Cas);
        self.0.compare_exchange(current, new, success, failure)
    }
}

/// When a call stops waiting.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// Never.
    pub const NEVER: Self = Self(None);

    /// At that time.
    pub fn at(time: Instant) -> Self {
        Self(Some(time))
    }

    /// So long from now; never, when that is more than the clock can count.
    pub fn after(time: Duration) -> Self {
        Self(Instant::now().checked_add(time))
    }

    /// Whether it is over.
    pub fn has_passed(&self) -> bool {
        self.0.is_some_and(|time| Instant::now() >= time)
    }

    /// A step, then the sleep: a hook sees where its thread may sleep.
    pub(crate) fn park(&self) {
        step(Kind::Park, 0);
        match self.0 {
            None => std::thread::park(),
            Some(time) => {
                std::thread::park_timeout(time.saturating_duration_since(Instant::now()));
            }
        }
    }
}

/// `core::cell::UnsafeCell` with the closure interface; private memory, so no step.
#[derive(Debug)]
#[repr(transparent)]
pub struct UnsafeCell<T: ?Sized>(core::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    /// A new one.
    pub const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }
    /// The value.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
    pub(crate) fn address(&self) -> *const T {
        self.0.get()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Lends a pointer to read through.
    pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }
    /// Lends a pointer to write through.
    pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// A step, and the full fence.
pub(crate) fn own_changes_before_next_look() {
    step(Kind::Fence, 0);
    core::sync::atomic::fence(Ordering::SeqCst);
}

/// Only a model can fail.
#[inline(always)]
pub(crate) fn has_failed() -> bool {
    false
}

/// Not known: nothing rests on it.
pub(crate) fn this_thread() -> u64 {
    0
}

/// A step, and the full fence.
pub(crate) fn full_fence() {
    own_changes_before_next_look();
}

/// A fence between two that meet again and again; a full one on both sides here.
#[derive(Clone, Copy, Debug)]
pub struct AsymmetricFence;

impl AsymmetricFence {
    /// A new one.
    pub(crate) fn new() -> Self {
        Self
    }
    /// A step, and the full fence.
    pub(crate) fn light(&self) {
        own_changes_before_next_look();
    }
    /// A step, and the full fence.
    pub(crate) fn heavy(&self) {
        own_changes_before_next_look();
    }
}

/// Not a step: no other thread sees it.
pub(crate) fn visible_to_own_signal_handler() {
    core::sync::atomic::compiler_fence(Ordering::SeqCst);
}

/// One step, however long the pause: it bounds how often a thread pauses.
pub(crate) fn pause(_times: u32) {
    step(Kind::Pause, 0);
}

/// A step: between the choice of a waiter and its wake, where a notifier may be stopped.
pub(crate) fn about_to_wake() {
    step(Kind::Wake, 0);
}

/// A static, as in the plain build.
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
