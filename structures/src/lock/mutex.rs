//! A mutex that holds what it protects.
//!
//! The lock, with its proof, is in [`raw_lock`](super::raw_lock).

use super::raw_lock::RawLock;
use crate::error::{LockTimeoutError, TryLockError};
use crate::sync::{Arc, Deadline, UnsafeCell};
use crate::wait::forms::{Attempt, Waiting};
use crate::wait::list::WaitList;
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::panic::UnwindSafe;
use std::time::{Duration, Instant};

/// Something that one at a time may use: threads and tasks alike.
///
/// ```
/// use latchless::lock::Mutex;
///
/// let balance = Mutex::new(0);
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| (0..100).for_each(|_| *balance.lock() += 1));
///     }
/// });
/// assert_eq!(balance.into_inner(), 400);
/// ```
///
/// A guard may be kept across an await, sent to another thread and dropped there, where `T: Send`. What may not be sent
/// may not be in a mutex that others have,
///
/// ```compile_fail,E0277
/// let mutex = latchless::lock::Mutex::new(std::rc::Rc::new(1));
/// std::thread::scope(|scope| {
///     scope.spawn(|| drop(mutex.lock()));
/// });
/// ```
///
/// and what may not be shared is not, though its guard is lent:
///
/// ```compile_fail,E0277
/// let mutex = latchless::lock::Mutex::new(std::cell::Cell::new(1));
/// let guard = mutex.lock();
/// std::thread::scope(|scope| {
///     scope.spawn(|| guard.set(2));
/// });
/// ```
///
/// What is inside may be unsized, where the mutex is behind a pointer:
///
/// ```
/// use latchless::lock::Mutex;
/// use std::io::Write;
/// use std::sync::Arc;
///
/// let log: Arc<Mutex<dyn Write + Send>> = Arc::new(Mutex::new(Vec::new()));
/// log.lock().write_all(b"a line")?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # A panic in the critical section
///
/// releases the lock, for the guard is dropped; what is inside stays as it is at that moment. There is no
/// poisoning: who must not go on with what is half done finishes or undoes it in a `Drop` of its own.
///
/// # Fairness
///
/// A thread that was woken four times and found the lock taken each time is handed it by a release, in the order in
/// which threads came to that; see the [chapter](super#fairness).
///
/// # Memory
///
/// Under two kilobytes beside the value, most of it for the first who wait; more is asked for when more wait at a time
/// than ever before, 64 bytes each. Where there are very many locks, and nobody waits, the standard library's are
/// smaller.
#[doc(alias = "Lock")]
pub struct Mutex<T: ?Sized> {
    raw: RawLock,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached by the holder of the lock alone (M1 in `raw_lock`), one thread after the other.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

// The lock itself is whole after a panic. What is inside may not be, and others would see it: no `RefUnwindSafe`.
impl<T: ?Sized + UnwindSafe> UnwindSafe for Mutex<T> {}

/// A [`GuardOf`] a borrowed mutex, from [`Mutex::lock`].
pub type MutexGuard<'a, T> = GuardOf<T, &'a Mutex<T>>;

/// A [`GuardOf`] a mutex in an [`Arc`], from [`Mutex::lock_owned`].
pub type OwnedMutexGuard<T> = GuardOf<T, Arc<Mutex<T>>>;

/// The right to use what is in a [`Mutex`]; dropping it releases the lock. One that is forgotten keeps it locked
/// for ever.
#[must_use = "a guard that is dropped at once protects nothing"]
pub struct GuardOf<T: ?Sized, M: Deref<Target = Mutex<T>>> {
    mutex: M,
    /// What can be done with a guard is what can be done with a value.
    value: PhantomData<T>,
}

impl<T> Mutex<T> {
    /// A mutex that holds `value`.
    pub fn new(value: T) -> Self {
        Self {
            raw: RawLock::new(),
            value: UnsafeCell::new(value),
        }
    }

    /// What is inside.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// What is inside: who has the mutex alone need not lock it.
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: no guard exists, and none can be had before the reference ends. (One that was forgotten will never
        // be used.)
        self.value.with_mut(|value| unsafe { &mut *value })
    }

    /// Whether the mutex was locked at one moment of the call.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[doc(alias = "locked")]
    #[must_use]
    pub fn is_locked(&self) -> bool {
        !self.raw.is_free()
    }

    /// Locks the mutex if it is free.
    ///
    /// **Waits:** never. **Progress:** lock-free; only who holds the mutex, or was handed it, makes others fail.
    /// **Cancel:** there is nothing to cancel.
    ///
    /// ```
    /// let mutex = latchless::lock::Mutex::new("a");
    /// let guard = mutex.try_lock()?;
    /// assert!(mutex.try_lock().is_err());
    /// drop(guard);
    /// *mutex.try_lock()? = "b";
    /// # Ok::<(), latchless::error::TryLockError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If somebody held it at one moment of the call.
    #[inline]
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        GuardOf::try_lock(self)
    }

    /// Locks the mutex, and waits while another holds it. Who holds it already waits for itself, for ever.
    ///
    /// **Waits:** for the holder to release it. **Progress:** one of those who wait is woken for each release; if a thread
    /// is stopped before it wakes one, the next release does. Of those who starve the first is handed the lock.
    /// **Cancel:** there is nothing to cancel.
    #[doc(alias = "acquire")]
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        GuardOf::lock(self)
    }

    /// Locks the mutex, and waits at most for `timeout` while another holds it.
    ///
    /// A timeout of zero is a [`try_lock`](Self::try_lock); one beyond what the clock can count never passes.
    ///
    /// **Waits:** as [`lock`](Self::lock). **Progress:** as there. **Cancel:** a call that runs out of time changes
    /// nothing, and keeps no wake from others.
    ///
    /// # Errors
    ///
    /// If the time is over, and another held it at one moment of the call.
    #[inline]
    pub fn lock_timeout(&self, timeout: Duration) -> Result<MutexGuard<'_, T>, LockTimeoutError> {
        GuardOf::lock_until(self, || Deadline::after(timeout))
    }

    /// As [`lock_timeout`](Self::lock_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn lock_deadline(&self, deadline: Instant) -> Result<MutexGuard<'_, T>, LockTimeoutError> {
        GuardOf::lock_until(self, || Deadline::at(deadline))
    }

    /// Locks the mutex, and waits, as a task, while another holds it.
    ///
    /// **Waits:** as [`lock`](Self::lock). **Progress:** as there, but a task is not handed the lock; how often it is
    /// overtaken is not bounded. **Cancel:** a future that is dropped before it completes holds nothing, and a wake that it
    /// was given goes to the next. Any runtime's timeout will do. (One that is forgotten while it waits takes a wake, and
    /// a little memory until the mutex is dropped.)
    ///
    /// ```
    /// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
    /// # let mut task = Context::from_waker(Waker::noop());
    /// let mutex = latchless::lock::Mutex::new(1);
    /// let guard = mutex.lock();
    /// let mut locking = pin!(mutex.lock_async());
    /// assert!(locking.as_mut().poll(&mut task).is_pending());
    /// drop(guard);
    /// let Poll::Ready(guard) = locking.as_mut().poll(&mut task) else { panic!() };
    /// assert_eq!(*guard, 1);
    /// ```
    pub fn lock_async(&self) -> impl Future<Output = MutexGuard<'_, T>> + use<'_, T> {
        Waiting::new(Locking(self))
    }

    /// As [`lock`](Self::lock), by a thread that starves already: for models and sweeps.
    #[cfg(any(latchless_loom, latchless_steps))]
    #[doc(hidden)]
    pub fn lock_as_one_that_starves(&self) -> MutexGuard<'_, T> {
        self.raw.lock_as_one_that_starves(&Deadline::NEVER);
        GuardOf::new(self)
    }

    /// As there, in time.
    #[cfg(any(latchless_loom, latchless_steps))]
    #[doc(hidden)]
    pub fn lock_in_time_as_one_that_starves(&self, timeout: Duration) -> Option<MutexGuard<'_, T>> {
        self.raw
            .lock_as_one_that_starves(&Deadline::after(timeout))
            .then(|| GuardOf::new(self))
    }

    /// As [`try_lock`](Self::try_lock), with a guard that keeps the mutex alive.
    ///
    /// ```
    /// use latchless::lock::Mutex;
    /// use std::sync::Arc;
    ///
    /// let mutex = Arc::new(Mutex::new(1));
    /// let mut guard = Mutex::try_lock_owned(&mutex)?;
    /// std::thread::spawn(move || *guard += 1).join().unwrap();
    /// assert_eq!(*mutex.lock(), 2);
    /// # Ok::<(), latchless::error::TryLockError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn try_lock_owned(mutex: &Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        GuardOf::try_lock(mutex.clone())
    }

    /// As [`lock`](Self::lock), with a guard that keeps the mutex alive.
    #[inline]
    pub fn lock_owned(mutex: &Arc<Self>) -> OwnedMutexGuard<T> {
        GuardOf::lock(mutex.clone())
    }

    /// As [`lock_timeout`](Self::lock_timeout), with a guard that keeps the mutex alive.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn lock_owned_timeout(
        mutex: &Arc<Self>,
        timeout: Duration,
    ) -> Result<OwnedMutexGuard<T>, LockTimeoutError> {
        GuardOf::lock_until(mutex.clone(), || Deadline::after(timeout))
    }

    /// As [`lock_deadline`](Self::lock_deadline), with a guard that keeps the mutex alive.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn lock_owned_deadline(
        mutex: &Arc<Self>,
        deadline: Instant,
    ) -> Result<OwnedMutexGuard<T>, LockTimeoutError> {
        GuardOf::lock_until(mutex.clone(), || Deadline::at(deadline))
    }

    /// As [`lock_async`](Self::lock_async), with a guard that keeps the mutex alive; so does the future.
    pub fn lock_owned_async(
        mutex: &Arc<Self>,
    ) -> impl Future<Output = OwnedMutexGuard<T>> + use<T> {
        Waiting::new(Locking(mutex.clone()))
    }
}

impl<T: ?Sized, M: Deref<Target = Mutex<T>>> GuardOf<T, M> {
    /// The caller has locked it.
    fn new(mutex: M) -> Self {
        Self {
            mutex,
            value: PhantomData,
        }
    }

    #[inline(always)]
    fn try_lock(mutex: M) -> Result<Self, TryLockError> {
        if mutex.raw.try_lock() {
            Ok(Self::new(mutex))
        } else {
            Err(TryLockError)
        }
    }

    #[inline(always)]
    fn lock(mutex: M) -> Self {
        mutex.raw.lock();
        Self::new(mutex)
    }

    #[inline(always)]
    fn lock_until(mutex: M, deadline: impl FnOnce() -> Deadline) -> Result<Self, LockTimeoutError> {
        if mutex.raw.try_lock() || mutex.raw.lock_until(&deadline()) {
            Ok(Self::new(mutex))
        } else {
            Err(LockTimeoutError)
        }
    }
}

impl<T: ?Sized, M: Deref<Target = Mutex<T>>> Drop for GuardOf<T, M> {
    #[inline]
    fn drop(&mut self) {
        self.mutex.raw.unlock();
    }
}

impl<T: ?Sized, M: Deref<Target = Mutex<T>>> Deref for GuardOf<T, M> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard's owner is the holder (M1 in `raw_lock`) as long as the guard is borrowed.
        self.mutex.value.with(|value| unsafe { &*value })
    }
}

impl<T: ?Sized, M: Deref<Target = Mutex<T>>> DerefMut for GuardOf<T, M> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard is borrowed alone.
        self.mutex.value.with_mut(|value| unsafe { &mut *value })
    }
}

/// A task that locks: it waits for the lock to become free, and is not handed it.
#[derive(Debug)]
struct Locking<M>(M);

/// The way to those who wait.
#[derive(Debug)]
struct Waiters<T: ?Sized, M: Deref<Target = Mutex<T>>>(M);

impl<T: ?Sized, M: Deref<Target = Mutex<T>>> Deref for Waiters<T, M> {
    type Target = WaitList;
    fn deref(&self) -> &WaitList {
        self.0.raw.waiters()
    }
}

impl<T: ?Sized, M: Deref<Target = Mutex<T>> + Clone> Attempt for Locking<M> {
    type Done = GuardOf<T, M>;
    type List = Waiters<T, M>;

    fn attempt(&mut self) -> Option<GuardOf<T, M>> {
        self.0.raw.try_again().then(|| GuardOf::new(self.0.clone()))
    }

    fn list(&self) -> Waiters<T, M> {
        Waiters(self.0.clone())
    }

    fn would_end(&mut self) -> bool {
        self.0.raw.is_free()
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// Shows what is inside, unless it is locked.
impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Mutex");
        match self.try_lock() {
            Ok(guard) => shown.field("value", &&*guard),
            Err(TryLockError) => shown.field("value", &format_args!("<locked>")),
        };
        shown.finish()
    }
}

impl<T: ?Sized + fmt::Debug, M: Deref<Target = Mutex<T>>> fmt::Debug for GuardOf<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display, M: Deref<Target = Mutex<T>>> fmt::Display for GuardOf<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
