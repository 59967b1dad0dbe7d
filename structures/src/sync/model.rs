//! The model build: every access runs under loom.
//!
//! # Ghost accesses
//!
//! Stock loom keeps one last access an atomic, so a thread's own load hides another thread's
//! earlier load from its search for orders worth exploring: it *skips interleavings* of
//! sequence-number queues. Each atomic here has a companion, and a relaxed `fetch_add` on it goes
//! before every access. Relaxed adds no synchronisation; but now all accesses to one atomic
//! conflict pairwise, and loom explores both orders of each pair. [`ghosts`] can switch them off,
//! for the test that shows the difference.
//!
//! # Weakened orderings
//!
//! A model is worth what it catches. [`mutation`] can weaken the ordering of one call site at run
//! time (the sites are found by `#[track_caller]`, so the algorithms know nothing of it).
//!
//! Both are switched for one thread of the operating system: loom runs all threads of a model on the
//! one that called it, so that several models, each with another weakening, can run side by side.

use super::Patience;
pub use loom::sync::Arc;
use loom::sync::atomic as stock;
pub use loom::sync::atomic::Ordering;
use loom::thread::park;
pub(crate) use loom::thread::{Thread, current, yield_now};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How many thread numbers there are; a loom model has at most four threads beside the main one.
pub(crate) const THREAD_NUMBERS: u32 = 4;
/// Handles of a queue that does not say how many: few, for each object of a model costs time.
pub(crate) const HANDLES: usize = 4;
/// Participants for calls of threads without a number.
pub(crate) const POOL: usize = 1;

/// How long a thread tries again before it sleeps: not at all, for trying is no different from the first try.
pub(crate) const PATIENCE: Option<Patience> = None;

/// Waiters that a structure has room for without asking the allocator: each object of a model costs
/// time.
pub(crate) const WAITERS_INLINE: usize = 4;
/// Blocks of waiters, each twice as large as the one before.
pub(crate) const WAITER_BLOCKS: usize = 2;
/// How many dead waiters a list keeps beside as many as are alive, before it is swept: none, so that
/// models of a few threads sweep.
pub(crate) const DEAD_BEFORE_A_SWEEP: u64 = 0;
/// Looks in vain for a waiter at a pipe until it is not watched for any more: few, so that models get there.
pub(crate) const LOOKS_IN_VAIN: u32 = 2;
/// How often a popper looks again at a slot whose pusher is on its way before it doubts it: none, for a look more is no different.
pub(crate) const LOOKS_BEFORE_A_DOUBT: u32 = 0;
/// How many wakes a thread that locks loses before it is handed the lock.
pub(crate) const LOSSES: u32 = 1;

std::thread_local! {
    static GHOSTS: Cell<bool> = const { Cell::new(true) };
    static FENCES: Cell<bool> = const { Cell::new(true) };
    static ASYMMETRIC: Cell<bool> = const { Cell::new(true) };
}

/// Whether fences that can be asymmetric are, from now on: as on a system that can make a fence in all threads at
/// once, or as on one that cannot, where both sides make their own.
pub fn asymmetric(on: bool) {
    ASYMMETRIC.set(on);
}

/// Leaves all fences out of the models that this thread runs from now on, or puts them in again.
///
/// loom's fence does more than the language promises: it synchronises also with what was read by
/// *others* whose work happened before, and so stands in for an Acquire load of theirs. A model
/// that is right without any fence shows what such a load is worth.
pub fn fences(on: bool) {
    FENCES.set(on);
}

/// Switches the ghost accesses on or off for the models that this thread runs from now on.
pub fn ghosts(on: bool) {
    GHOSTS.set(on);
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
                if GHOSTS.get() {
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
            pub fn fetch_sub(&self, value: $integer, order: Ordering) -> $integer {
                let order = mutation::ordering(Location::caller(), "fetch_sub", order);
                self.ghost();
                self.value.fetch_sub(value, order)
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
            pub fn fetch_or(&self, value: $integer, order: Ordering) -> $integer {
                let order = mutation::ordering(Location::caller(), "fetch_or", order);
                self.ghost();
                self.value.fetch_or(value, order)
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
                    mutation::Exchange::Blind(order) => {
                        self.value.store(new, order);
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

impl Default for AtomicU64 {
    fn default() -> Self {
        Self::new(0)
    }
}

modelled_atomic!(AtomicU32, u32);
modelled_atomic!(AtomicU64, u64);

/// An atomic pointer of the model, with its ghost.
#[derive(Debug)]
pub struct AtomicPtr<T> {
    value: stock::AtomicPtr<T>,
    ghost: stock::AtomicUsize,
}

impl<T> AtomicPtr<T> {
    /// A new one.
    pub fn new(value: *mut T) -> Self {
        Self {
            value: stock::AtomicPtr::new(value),
            ghost: stock::AtomicUsize::new(0),
        }
    }
    fn ghost(&self) {
        if GHOSTS.get() {
            self.ghost.fetch_add(1, Ordering::Relaxed);
        }
    }
    /// See `core`.
    #[track_caller]
    pub fn load(&self, order: Ordering) -> *mut T {
        let order = mutation::ordering(Location::caller(), "load", order);
        self.ghost();
        self.value.load(order)
    }
    /// See `core`.
    #[track_caller]
    pub fn store(&self, value: *mut T, order: Ordering) {
        let order = mutation::ordering(Location::caller(), "store", order);
        self.ghost();
        self.value.store(value, order);
    }
    /// See `core`.
    #[track_caller]
    pub fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
        let order = mutation::ordering(Location::caller(), "swap", order);
        self.ghost();
        self.value.swap(value, order)
    }
    /// See `core`.
    #[track_caller]
    pub fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        let site = Location::caller();
        let weakened = mutation::exchange(site, success, failure);
        self.ghost();
        match weakened {
            mutation::Exchange::Compare(success, failure) => {
                self.value.compare_exchange(current, new, success, failure)
            }
            mutation::Exchange::Blind(order) => {
                self.value.store(new, order);
                Ok(current)
            }
        }
    }
}

/// A cell whose accesses loom checks for races.
#[derive(Debug)]
pub struct UnsafeCell<T: ?Sized>(loom::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    /// A new one.
    pub fn new(value: T) -> Self {
        Self(loom::cell::UnsafeCell::new(value))
    }
    /// The value.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
    pub(crate) fn address(&self) -> *const T {
        core::ptr::null()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
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
}

/// The full fence: loom models SeqCst accesses as AcqRel, so only a fence orders a thread's own
/// change before its next look.
#[track_caller]
pub(crate) fn own_changes_before_next_look() {
    if FENCES.get() && !mutation::dropped(Location::caller()) {
        stock::fence(Ordering::SeqCst);
    }
}

/// Whether the model has failed already: a destructor that fails too, while the stack is unwound, would end the process
/// before anything was said of it.
pub(crate) fn has_failed() -> bool {
    std::thread::panicking()
}

/// Not known: nothing rests on it.
pub(crate) fn current_core() -> Option<u32> {
    None
}

/// The full fence once more: only in the plain build do the two differ.
#[track_caller]
pub(crate) fn full_fence() {
    own_changes_before_next_look();
}

/// Whether something is still there, in memory that is used again. What is freed in a model stays in memory, so that whoever
/// comes to it nevertheless fails the model, and not the process; and each use is an access that loom orders with
/// the beginning and the end. What is lost without being freed is a leak that loom reports.
#[derive(Debug)]
pub(crate) struct Life(UnsafeCell<Option<Arc<()>>>);

impl Life {
    pub(crate) fn new() -> Self {
        let life = Self(UnsafeCell::new(Some(Arc::new(()))));
        life.renew();
        life
    }
    /// It is used.
    pub(crate) fn check(&self) {
        // SAFETY: loom makes sure that nobody writes meanwhile.
        let is_there = self.0.with(|there| unsafe { (*there).is_some() });
        assert!(is_there, "somebody came to what was freed");
    }
    /// It is somebody's alone.
    pub(crate) fn renew(&self) {
        // SAFETY: loom makes sure that nobody else is there.
        let is_there = self.0.with_mut(|there| unsafe { (*there).is_some() });
        assert!(is_there, "somebody uses again what was freed");
    }
    /// It is freed.
    pub(crate) fn end(&self) {
        // SAFETY: as above.
        let there = self.0.with_mut(|there| unsafe { (*there).take() });
        assert!(there.is_some(), "it was freed twice");
    }
}

/// A fence between two that meet again and again; see [`asymmetric`].
///
/// loom has no fence that one thread makes in another. But such a fence falls, in the order of the other thread's
/// steps, either before its light side or behind it; and so it is with two read-modify-writes of one word, of
/// which the later synchronises with the earlier. The word is for this pair alone, so nothing else is ordered by it.
#[derive(Debug)]
pub struct AsymmetricFence {
    met: Option<stock::AtomicUsize>,
}

impl AsymmetricFence {
    /// As [`asymmetric`] says.
    pub(crate) fn new() -> Self {
        Self {
            met: ASYMMETRIC.get().then(|| stock::AtomicUsize::new(0)),
        }
    }

    /// Between the light side's change and its look.
    #[track_caller]
    pub(crate) fn light(&self) {
        self.meet(Location::caller());
    }

    /// Between the heavy side's change and its look.
    #[track_caller]
    pub(crate) fn heavy(&self) {
        self.meet(Location::caller());
    }

    fn meet(&self, site: &Location<'_>) {
        if !FENCES.get() || mutation::dropped(site) {
            return;
        }
        match &self.met {
            Some(met) => _ = met.fetch_add(1, Ordering::AcqRel),
            None => stock::fence(Ordering::SeqCst),
        }
    }
}

/// Nothing: loom has no signals.
pub(crate) fn visible_to_own_signal_handler() {}

/// Nothing: a pause changes no outcome.
pub(crate) fn pause(_times: u32) {}

/// Nothing: a step of the steps build, between the choice of a waiter and its wake.
pub(crate) fn about_to_wake() {}

/// A static that each execution of a model makes anew.
macro_rules! global {
    (static $name:ident: $kind:ty = $value:expr;) => {
        loom::lazy_static! {
            static ref $name: $crate::sync::Global<$kind> = $crate::sync::Global::new($value);
        }
    };
}
pub(crate) use global;

/// What a [`global!`] holds.
///
/// loom drops its statics when the main thread's closure returns. Threads that were joined may still
/// run their destructors then (a join waits for the closure only), and may be inside the static. So
/// its value is kept until the next execution, and destructors that begin later do not run: with
/// the execution over, nobody is left to see what they would do.
#[derive(Debug)]
pub(crate) struct Global<T: 'static>(Option<Box<T>>);

std::thread_local! {
    static IS_OVER: Cell<bool> = const { Cell::new(false) };
    static KEPT: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

impl<T> Global<T> {
    pub(crate) fn new(value: T) -> Self {
        if IS_OVER.replace(false) {
            KEPT.take();
        }
        Self(Some(Box::new(value)))
    }
}

impl<T> core::ops::Deref for Global<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0.as_deref().expect("until it is dropped")
    }
}

impl<T> Drop for Global<T> {
    fn drop(&mut self) {
        IS_OVER.set(true);
        if let Some(value) = self.0.take() {
            KEPT.with_borrow_mut(|kept| kept.push(value));
        }
    }
}

/// A thread-local of the model's threads.
macro_rules! local {
    (static $name:ident: $kind:ty = $value:expr;) => {
        static $name: $crate::sync::Local<$kind> = $crate::sync::Local { start: || $value };
    };
}
pub(crate) use local;

/// What a [`local!`] is: as in `std`, a value without a destructor can still be reached by the
/// destructors of the others. (loom takes all of a thread's locals away before it drops the first.)
#[derive(Debug)]
pub(crate) struct Local<T: 'static> {
    pub(crate) start: fn() -> T,
}

/// The locals of one thread, found by the addresses of their statics.
type Values = Rc<RefCell<Vec<Value>>>;

#[derive(Clone)]
struct Value {
    of: usize,
    needs_drop: bool,
    value: Rc<dyn Any>,
}

#[derive(Default)]
struct Locals {
    values: Values,
}

loom::thread_local! {
    static LOCALS: Locals = Locals::default();
}

std::thread_local! {
    /// The locals of the model's thread that began to end last: its destructors must be through
    /// with them when they come to an atomic, where another thread may go on.
    static ENDING: RefCell<Values> = RefCell::default();
}

impl<T: 'static> Local<T> {
    fn value(&'static self, values: &Values) -> Rc<T> {
        let of = core::ptr::from_ref(self).addr();
        let found = values
            .borrow()
            .iter()
            .find_map(|value| (value.of == of).then(|| value.value.clone()));
        let value = found.unwrap_or_else(|| {
            let value: Rc<dyn Any> = Rc::new((self.start)());
            values.borrow_mut().push(Value {
                of,
                needs_drop: core::mem::needs_drop::<T>(),
                value: value.clone(),
            });
            value
        });
        value.downcast().expect("one type a static")
    }

    pub(crate) fn with<R>(&'static self, act: impl FnOnce(&T) -> R) -> R {
        let value = LOCALS
            .try_with(|locals| self.value(&locals.values))
            .unwrap_or_else(|_| ENDING.with_borrow(|values| self.value(values)));
        act(&value)
    }

    pub(crate) fn try_with<R>(
        &'static self,
        act: impl FnOnce(&T) -> R,
    ) -> Result<R, loom::thread::AccessError> {
        let value = LOCALS.try_with(|locals| self.value(&locals.values))?;
        Ok(act(&value))
    }
}

impl Drop for Locals {
    fn drop(&mut self) {
        let all = self.values.take();
        let (destructors, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|value| value.needs_drop);
        self.values.replace(rest);
        if IS_OVER.get() || std::thread::panicking() {
            core::mem::forget(destructors);
        } else {
            ENDING.set(self.values.clone());
            drop(destructors);
        }
    }
}

/// A clock for models: it runs out at any step, or never.
///
/// loom has no time. A model that lets a timer run beside its threads explores every place at
/// which a deadline could pass.
#[derive(Clone, Debug)]
pub struct Timer(Arc<Clock>);

#[derive(Debug)]
struct Clock {
    has_run_out: stock::AtomicBool,
    sleepers: loom::sync::Mutex<Vec<Thread>>,
}

impl Timer {
    /// Starts a timer, which takes one of the model's threads. Join it before the model ends.
    pub fn start() -> (Self, loom::thread::JoinHandle<()>) {
        let timer = Self(Arc::new(Clock {
            has_run_out: stock::AtomicBool::new(false),
            sleepers: loom::sync::Mutex::new(Vec::new()),
        }));
        let running = timer.clone();
        let thread = loom::thread::spawn(move || {
            running.0.has_run_out.store(true, Ordering::Relaxed);
            let sleepers = core::mem::take(&mut *running.0.sleepers.lock().expect("no panic"));
            sleepers.iter().for_each(Thread::unpark);
        });
        (timer, thread)
    }

    /// Whether the deadline has passed.
    pub fn has_run_out(&self) -> bool {
        self.0.has_run_out.load(Ordering::Relaxed)
    }

    fn park(&self) {
        let mut sleepers = self.0.sleepers.lock().expect("no panic");
        if !self.has_run_out() {
            sleepers.push(current());
            drop(sleepers);
            park();
        }
    }
}

std::thread_local! {
    static TIMER: RefCell<Option<Timer>> = const { RefCell::new(None) };
}

/// The timer that stands for every deadline that is neither past nor never, until the next call. A
/// deadline without a timer does not pass.
pub fn deadlines(timer: Option<Timer>) {
    let before = TIMER.replace(timer);
    if std::thread::panicking() {
        // The execution is over: the timer is loom's, and its drop would panic again.
        core::mem::forget(before);
    }
}

/// When a call stops waiting.
#[derive(Clone, Debug)]
pub enum Deadline {
    /// Never.
    Never,
    /// It has stopped.
    Passed,
    /// When the timer runs out.
    When(Timer),
}

impl Deadline {
    /// Never.
    pub const NEVER: Self = Self::Never;

    fn to_come() -> Self {
        TIMER.with_borrow(|timer| timer.clone().map_or(Self::Never, Self::When))
    }

    /// At that time.
    pub fn at(time: Instant) -> Self {
        if time <= Instant::now() {
            Self::Passed
        } else {
            Self::to_come()
        }
    }

    /// So long from now.
    pub fn after(time: Duration) -> Self {
        if time.is_zero() {
            Self::Passed
        } else {
            Self::to_come()
        }
    }

    /// Whether it is over.
    pub fn has_passed(&self) -> bool {
        match self {
            Self::Never => false,
            Self::Passed => true,
            Self::When(timer) => timer.has_run_out(),
        }
    }

    /// Sleeps until somebody unparks this thread, until it is over, or for no reason.
    pub(crate) fn park(&self) {
        match self {
            Self::Never => park(),
            Self::Passed => (),
            Self::When(timer) => timer.park(),
        }
    }
}

pub mod mutation;
