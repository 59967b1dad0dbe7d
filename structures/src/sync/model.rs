//! The model build: every access runs under loom.
//!
//! # Ghost accesses
//!
//! Stock loom keeps one last access an atomic, so a thread's own load hides another thread's
//! earlier load from its search for orders worth exploring: it *skips interleavings* of
//! sequence-number queues. Each atomic here has a companion, and a relaxed `fetch_add` on it goes
//! before every access. Relaxed adds no synchronisation; but now all accesses to one atomic
//! conflict pairwise, and loom explores both orders of each pair. `ghosts` can switch them off, for
//! the test that shows the difference.
//!
//! # Weakened orderings
//!
//! A model is worth what it catches. [`mutation`] can weaken the ordering of one call site at run
//! time (the sites are found by `#[track_caller]`, so the algorithms know nothing of it).

pub use loom::sync::Arc;
use loom::sync::atomic as stock;
pub use loom::sync::atomic::Ordering;
pub(crate) use loom::thread::yield_now;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed as Plain};

/// How many thread numbers there are; a loom model has at most four threads beside the main one.
pub(crate) const THREAD_NUMBERS: u32 = 4;
/// Handles of a queue that does not say how many: few, for each object of a model costs time.
pub(crate) const HANDLES: usize = 4;
/// Participants for calls of threads without a number.
pub(crate) const POOL: usize = 1;

static GHOSTS: AtomicBool = AtomicBool::new(true);

/// Switches the ghost accesses on or off for the models that follow.
pub fn ghosts(on: bool) {
    GHOSTS.store(on, Plain);
}

macro_rules! modelled_atomic {
    ($name:ident, $integer:ty) => {
        /// An atomic integer of the model, with its ghost.
        #[derive(Debug)]
        pub struct $name {
            value: stock::$name,
            ghost: stock::AtomicUsize,
        }

        #[allow(dead_code, reason = "each integer uses the methods that it needs")]
        impl $name {
            /// A new one.
            pub fn new(value: $integer) -> Self {
                Self {
                    value: stock::$name::new(value),
                    ghost: stock::AtomicUsize::new(0),
                }
            }
            fn ghost(&self) {
                if GHOSTS.load(Plain) {
                    self.ghost.fetch_add(1, Ordering::Relaxed);
                }
            }
            /// See `core`.
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $integer {
                let order = mutation::ordering(Location::caller(), "load", order);
                self.ghost();
                self.value.load(order)
            }
            /// See `core`.
            #[track_caller]
            pub fn store(&self, value: $integer, order: Ordering) {
                let order = mutation::ordering(Location::caller(), "store", order);
                self.ghost();
                self.value.store(value, order);
            }
            /// See `core`.
            #[track_caller]
            pub fn swap(&self, value: $integer, order: Ordering) -> $integer {
                let order = mutation::ordering(Location::caller(), "swap", order);
                self.ghost();
                self.value.swap(value, order)
            }
            /// See `core`.
            #[track_caller]
            pub fn fetch_add(&self, value: $integer, order: Ordering) -> $integer {
                let order = mutation::ordering(Location::caller(), "fetch_add", order);
                self.ghost();
                self.value.fetch_add(value, order)
            }
            /// See `core`.
            #[track_caller]
            pub fn fetch_and(&self, value: $integer, order: Ordering) -> $integer {
                let order = mutation::ordering(Location::caller(), "fetch_and", order);
                self.ghost();
                self.value.fetch_and(value, order)
            }
            /// See `core`.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $integer,
                new: $integer,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$integer, $integer> {
                let site = Location::caller();
                let weakened = mutation::exchange(site, success, failure);
                self.ghost();
                match weakened {
                    mutation::Exchange::Compare(success, failure) => {
                        self.value.compare_exchange(current, new, success, failure)
                    }
                    mutation::Exchange::Blind => {
                        self.value.store(new, success);
                        Ok(current)
                    }
                }
            }
            /// The value, for an owner that is alone.
            pub fn with_mut<R>(&mut self, act: impl FnOnce(&mut $integer) -> R) -> R {
                self.value.with_mut(act)
            }
        }
    };
}

modelled_atomic!(AtomicU32, u32);
modelled_atomic!(AtomicU64, u64);

/// A cell whose accesses loom checks for races.
#[derive(Debug)]
pub struct UnsafeCell<T>(loom::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    /// A new one.
    pub fn new(value: T) -> Self {
        Self(loom::cell::UnsafeCell::new(value))
    }
    /// Lends a pointer to read through.
    #[track_caller]
    pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        self.0.with(read)
    }
    /// Lends a pointer to write through.
    #[track_caller]
    pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        self.0.with_mut(write)
    }
    pub(crate) fn address(&self) -> *const T {
        core::ptr::null()
    }
}

/// The full fence: loom models SeqCst accesses as AcqRel, so only a fence orders a thread's own
/// change before its next look.
#[track_caller]
pub(crate) fn own_changes_before_next_look() {
    if !mutation::dropped(Location::caller()) {
        stock::fence(Ordering::SeqCst);
    }
}

/// Nothing: a pause changes no outcome.
pub(crate) fn pause(_times: u32) {}

/// A static that each execution of a model makes anew.
macro_rules! global {
    (static $name:ident: $kind:ty = $value:expr;) => {
        loom::lazy_static! {
            static ref $name: $kind = $value;
        }
    };
}
pub(crate) use global;

/// A thread-local of the model's threads.
macro_rules! local {
    (static $name:ident: $kind:ty = $value:expr;) => {
        loom::thread_local! {
            static $name: $kind = $value;
        }
    };
}
pub(crate) use local;

/// A clock for models: it runs out at any step, or never.
///
/// loom has no time. A model that lets a timer run beside its threads explores every place at
/// which a deadline could pass.
#[derive(Clone, Debug)]
pub struct Timer(loom::sync::Arc<stock::AtomicBool>);

impl Timer {
    /// Starts a timer, which takes one of the model's threads. Join it before the model ends.
    pub fn start() -> (Self, loom::thread::JoinHandle<()>) {
        let timer = Self(loom::sync::Arc::new(stock::AtomicBool::new(false)));
        let running = timer.clone();
        let thread = loom::thread::spawn(move || running.0.store(true, Ordering::Relaxed));
        (timer, thread)
    }

    /// Whether the deadline has passed.
    pub fn has_run_out(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Weakening one call site at a time.
pub mod mutation {
    use super::Ordering;
    use std::collections::BTreeMap;
    use std::panic::Location;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed as Plain};
    use std::sync::{Mutex, PoisonError};

    /// A call site of an atomic operation or a fence.
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub struct Site {
        /// The source file, as the compiler was given it.
        pub file: String,
        /// Line of the call.
        pub line: u32,
        /// Column of the call.
        pub column: u32,
    }

    /// What a site does, as written.
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub struct Operation {
        /// Such as `load`, `compare_exchange` or `fence`.
        pub name: &'static str,
        /// Its ordering (of success) and, for a compare-and-swap, of failure.
        pub orders: Vec<String>,
    }

    /// How a site is weakened.
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Change {
        /// The ordering (of success) becomes Relaxed.
        Relax,
        /// The ordering of success loses its Acquire.
        LoseAcquire,
        /// The ordering of success loses its Release.
        LoseRelease,
        /// The ordering of failure becomes Relaxed.
        RelaxFailure,
        /// The compare-and-swap becomes a store that always succeeds.
        BlindStore,
        /// The fence is dropped.
        DropFence,
    }

    pub(super) enum Exchange {
        Compare(Ordering, Ordering),
        Blind,
    }

    /// Set while anything below has to be asked; a model makes millions of accesses.
    static WATCHED: AtomicBool = AtomicBool::new(false);
    static ARMED: Mutex<Option<(Site, Change)>> = Mutex::new(None);
    static SEEN: Mutex<Option<BTreeMap<Site, Operation>>> = Mutex::new(None);

    fn watch(armed: bool, seen: bool) {
        WATCHED.store(armed || seen, Plain);
    }

    /// Weakens `site` from now on, or nothing.
    pub fn arm(change: Option<(Site, Change)>) {
        let mut armed = ARMED.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        watch(change.is_some(), seen.is_some());
        *armed = change;
    }

    /// Forgets the sites seen so far and begins to note them.
    pub fn begin_noting() {
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Some(BTreeMap::new());
        WATCHED.store(true, Plain);
    }

    /// The sites that were reached since [`begin_noting`], which ends.
    pub fn end_noting() -> BTreeMap<Site, Operation> {
        let armed = ARMED.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        watch(armed.is_some(), false);
        seen.take().unwrap_or_default()
    }

    fn note(site: &Location<'_>, name: &'static str, orders: &[Ordering]) -> Option<Change> {
        if !WATCHED.load(Plain) {
            return None;
        }
        let site = Site {
            file: site.file().to_owned(),
            line: site.line(),
            column: site.column(),
        };
        let armed = ARMED.lock().unwrap_or_else(PoisonError::into_inner);
        let change = armed
            .as_ref()
            .filter(|(target, _)| *target == site)
            .map(|(_, change)| change.clone());
        drop(armed);
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = seen.as_mut() {
            seen.entry(site).or_insert_with(|| Operation {
                name,
                orders: orders.iter().map(|order| format!("{order:?}")).collect(),
            });
        }
        change
    }

    fn weakened(order: Ordering, change: Option<Change>) -> Ordering {
        match change {
            Some(Change::Relax) => Ordering::Relaxed,
            Some(Change::LoseAcquire) => Ordering::Release,
            Some(Change::LoseRelease) => Ordering::Acquire,
            _ => order,
        }
    }

    pub(super) fn ordering(site: &Location<'_>, name: &'static str, order: Ordering) -> Ordering {
        weakened(order, note(site, name, &[order]))
    }

    pub(super) fn exchange(site: &Location<'_>, success: Ordering, failure: Ordering) -> Exchange {
        match note(site, "compare_exchange", &[success, failure]) {
            Some(Change::BlindStore) => Exchange::Blind,
            Some(Change::RelaxFailure) => Exchange::Compare(success, Ordering::Relaxed),
            change => Exchange::Compare(weakened(success, change), failure),
        }
    }

    pub(super) fn dropped(site: &Location<'_>) -> bool {
        note(site, "fence", &[Ordering::SeqCst]) == Some(Change::DropFence)
    }
}
