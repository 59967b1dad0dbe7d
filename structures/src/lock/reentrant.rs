//! A mutex that its holder may lock again.
//!
//! # What
//!
//! The [lock](super::raw_lock), and beside it which thread holds it, and how often. What is inside is only
//! lent to be looked at, for there may be several guards at a time: a `Cell` or `RefCell` inside may be changed.
//!
//! # Invariants
//!
//! * **O1** `owner` is a thread's number only while that thread holds the lock: it writes it after locking, and
//!   NOBODY before releasing. So who reads its own number there is the holder, however old the answer may be,
//!   for it has written nothing since.
//! * **O2** `depth` is read and written by the holder alone. It is how many guards there are (or were forgotten).
//!
//! # Why there is no asynchronous form
//!
//! Two tasks may be polled by one thread, one after the other: both would enter. For the same reason a guard does not
//! leave its thread.

use super::owner::{NOBODY, current};
use super::raw_lock::RawLock;
use crate::error::{LockTimeoutError, TryLockError};
use crate::sync::{AtomicU64, Deadline, Ordering, UnsafeCell};
use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

/// Something that one thread at a time may use, which may lock it again while it holds it.
///
/// It lends `&T` only; put a [`Cell`](core::cell::Cell) or [`RefCell`](core::cell::RefCell) inside to change it.
///
/// ```
/// use latchless::lock::ReentrantMutex;
/// use std::cell::Cell;
///
/// fn factorial(n: u64, calls: &ReentrantMutex<Cell<u32>>) -> u64 {
///     let calls_so_far = calls.lock();
///     calls_so_far.set(calls_so_far.get() + 1);
///     if n == 0 { 1 } else { n * factorial(n - 1, calls) }
/// }
///
/// let calls = ReentrantMutex::new(Cell::new(0));
/// assert_eq!(factorial(5, &calls), 120);
/// assert_eq!(calls.into_inner().get(), 6);
/// ```
///
/// A guard stays on its thread, so nobody releases what another holds. It may be lent to others, to look at what is
/// inside, where that may be shared:
///
/// ```
/// let mutex = latchless::lock::ReentrantMutex::new(1);
/// let guard = mutex.lock();
/// std::thread::scope(|scope| {
///     scope.spawn(|| assert_eq!(*guard, 1));
/// });
/// ```
///
/// but neither given away,
///
/// ```compile_fail,E0277
/// let mutex = latchless::lock::ReentrantMutex::new(1);
/// let guard = mutex.lock();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// ```
///
/// nor lent where what is inside may not be shared:
///
/// ```compile_fail,E0277
/// let mutex = latchless::lock::ReentrantMutex::new(std::cell::Cell::new(1));
/// let guard = mutex.lock();
/// std::thread::scope(|scope| {
///     scope.spawn(|| guard.set(2));
/// });
/// ```
///
/// There is no asynchronous form, for two tasks on one thread would both enter. What is said of panics, fairness and
/// memory at [`Mutex`](super::Mutex) holds here too.
#[doc(alias = "RLock")]
#[doc(alias = "ReentrantLock")]
pub struct ReentrantMutex<T: ?Sized> {
    raw: RawLock,
    owner: AtomicU64,
    depth: UnsafeCell<u32>,
    value: T,
}

// SAFETY: the value and the depth are reached by the thread that holds the lock alone (O1, O2, M1 in `raw_lock`), and
// guards do not leave it.
unsafe impl<T: ?Sized + Send> Sync for ReentrantMutex<T> {}

// The lock itself is whole after a panic, and lends no more than a reference to what is inside.
impl<T: ?Sized + UnwindSafe> UnwindSafe for ReentrantMutex<T> {}
impl<T: ?Sized + RefUnwindSafe> RefUnwindSafe for ReentrantMutex<T> {}

/// The right to use what is in a [`ReentrantMutex`]; the lock is released when the last guard is dropped. One that is
/// forgotten keeps it locked by its thread, also when that has ended.
#[must_use = "a guard that is dropped at once protects nothing"]
pub struct ReentrantMutexGuard<'a, T: ?Sized> {
    mutex: &'a ReentrantMutex<T>,
    stays_on_its_thread: PhantomData<*const ()>,
}

// SAFETY: of a guard that is lent, others can have `&T` and nothing else; only its owner, on the thread that holds the
// lock, drops it.
unsafe impl<T: ?Sized + Sync> Sync for ReentrantMutexGuard<'_, T> {}

impl<T> ReentrantMutex<T> {
    /// A mutex that holds `value`.
    pub fn new(value: T) -> Self {
        Self {
            raw: RawLock::new(),
            owner: AtomicU64::new(NOBODY),
            depth: UnsafeCell::new(0),
            value,
        }
    }

    /// What is inside.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: ?Sized> ReentrantMutex<T> {
    /// What is inside: who has the mutex alone need not lock it.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// Whether the calling thread holds the mutex.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[inline]
    #[must_use]
    pub fn is_mine(&self) -> bool {
        self.is_of(current())
    }

    /// Locks the mutex if it is free, or held by the calling thread.
    ///
    /// **Waits:** never. **Progress:** lock-free; only a thread that holds the mutex, or was handed it, makes others
    /// fail. **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// If another thread held it at one moment of the call.
    ///
    /// # Panics
    ///
    /// If the calling thread has locked it 2^32 - 1 times; as all forms.
    #[inline]
    pub fn try_lock(&self) -> Result<ReentrantMutexGuard<'_, T>, TryLockError> {
        self.enter(RawLock::try_lock).ok_or(TryLockError)
    }

    /// Locks the mutex, and waits while another thread holds it.
    ///
    /// **Waits:** for that thread to release it, as often as it has locked it. **Progress:** as
    /// [`Mutex::lock`](super::Mutex::lock). **Cancel:** there is nothing to cancel.
    ///
    /// # Panics
    ///
    /// As [`try_lock`](Self::try_lock).
    #[doc(alias = "acquire")]
    #[inline]
    pub fn lock(&self) -> ReentrantMutexGuard<'_, T> {
        let entered = self.enter(|raw| {
            raw.lock();
            true
        });
        match entered {
            Some(guard) => guard,
            None => unreachable!("it waits until it is locked"),
        }
    }

    /// Locks the mutex, and waits at most for `timeout` while another thread holds it.
    ///
    /// A timeout of zero is a [`try_lock`](Self::try_lock); one beyond what the clock can count never passes.
    ///
    /// **Waits:** as [`lock`](Self::lock). **Progress:** as there. **Cancel:** a call that runs out of time changes
    /// nothing, and keeps no wake from others.
    ///
    /// # Errors
    ///
    /// If the time is over, and another thread held it at one moment of the call.
    ///
    /// # Panics
    ///
    /// As [`try_lock`](Self::try_lock).
    pub fn lock_timeout(
        &self,
        timeout: Duration,
    ) -> Result<ReentrantMutexGuard<'_, T>, LockTimeoutError> {
        self.enter(|raw| raw.try_lock() || raw.lock_until(&Deadline::after(timeout)))
            .ok_or(LockTimeoutError)
    }

    /// As [`lock_timeout`](Self::lock_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// As [`try_lock`](Self::try_lock).
    pub fn lock_deadline(
        &self,
        deadline: Instant,
    ) -> Result<ReentrantMutexGuard<'_, T>, LockTimeoutError> {
        self.enter(|raw| raw.try_lock() || raw.lock_until(&Deadline::at(deadline)))
            .ok_or(LockTimeoutError)
    }

    #[inline(always)]
    fn is_of(&self, thread: u64) -> bool {
        // ORDERING: Relaxed, and below: who finds its own number has written it itself (O1), and for all others any
        // answer means no.
        self.owner.load(Ordering::Relaxed) == thread
    }

    /// Once more, or for the first time if `lock` locks.
    #[inline(always)]
    fn enter(&self, lock: impl FnOnce(&RawLock) -> bool) -> Option<ReentrantMutexGuard<'_, T>> {
        let own = current();
        if !self.is_of(own) {
            if !lock(&self.raw) {
                return None;
            }
            // ORDERING: Relaxed, as above.
            self.owner.store(own, Ordering::Relaxed);
        }
        self.change_depth(|depth| match depth.checked_add(1) {
            Some(deeper) => deeper,
            None => panic!("a mutex is locked 2^32 - 1 times"),
        });
        Some(ReentrantMutexGuard {
            mutex: self,
            stays_on_its_thread: PhantomData,
        })
    }

    /// The caller is the holder; what the depth is now.
    #[inline(always)]
    fn change_depth(&self, change: impl FnOnce(u32) -> u32) -> u32 {
        self.depth.with_mut(|depth| {
            // SAFETY: the caller is the holder (O2), and `change` comes to nothing here.
            unsafe {
                *depth = change(*depth);
                *depth
            }
        })
    }
}

impl<T: ?Sized> Drop for ReentrantMutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let mutex = self.mutex;
        if mutex.change_depth(|depth| depth - 1) == 0 {
            // ORDERING: Relaxed; see `is_of`.
            mutex.owner.store(NOBODY, Ordering::Relaxed);
            mutex.raw.unlock();
        }
    }
}

impl<T: ?Sized> Deref for ReentrantMutexGuard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        &self.mutex.value
    }
}

impl<T> From<T> for ReentrantMutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for ReentrantMutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// Shows what is inside, unless another thread holds it.
impl<T: ?Sized + fmt::Debug> fmt::Debug for ReentrantMutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ReentrantMutex");
        match self.try_lock() {
            Ok(guard) => shown.field("value", &&*guard),
            Err(TryLockError) => shown.field("value", &format_args!("<locked>")),
        };
        shown.finish()
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for ReentrantMutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for ReentrantMutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn a_mutex_that_is_locked_too_often_says_so_and_stays_as_it_is() {
        let mutex = ReentrantMutex::new(7);
        let guard = mutex.lock();
        mutex.change_depth(|_| u32::MAX);
        let locks: [&dyn Fn(); 2] = [&|| drop(mutex.lock()), &|| drop(mutex.try_lock())];
        for lock in locks {
            assert!(catch_unwind(AssertUnwindSafe(lock)).is_err());
        }
        assert_eq!(mutex.change_depth(|depth| depth), u32::MAX);
        mutex.change_depth(|_| 1);
        drop(guard);
        assert!(!mutex.is_mine());
        assert_eq!(*mutex.lock(), 7);
    }
}
