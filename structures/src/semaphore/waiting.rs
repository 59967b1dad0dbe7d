//! Acquiring, by reference.

#![forbid(unsafe_code)]

use super::attempt::Acquiring;
use super::{Permit, PermitOf, Semaphore};
use crate::error::{AcquireError, AcquireTimeoutError, TryAcquireError};
use crate::sync::Deadline;
use core::future::Future;
use std::time::{Duration, Instant};

/// One permit.
impl Semaphore {
    /// Acquires a permit, and waits for one, in line.
    ///
    /// **Waits:** for a permit, and for those who have come before. **Progress:** a permit that is given back goes to
    /// the first that waits, whoever is stopped; if a thread is stopped before it wakes that one, the next call that finds
    /// somebody waiting does. **Cancel:** there is nothing to cancel.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// let (room, inside) = (latchless::Semaphore::new(2), AtomicUsize::new(0));
    /// std::thread::scope(|scope| {
    ///     for _ in 0..5 {
    ///         scope.spawn(|| {
    ///             let _permit = room.acquire().unwrap();
    ///             assert!(inside.fetch_add(1, Ordering::Relaxed) < 2);
    ///             inside.fetch_sub(1, Ordering::Relaxed);
    ///         });
    ///     }
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the semaphore was closed, or its maximum is zero.
    #[doc(alias = "lock")]
    #[doc(alias = "wait")]
    #[inline]
    pub fn acquire(&self) -> Result<Permit<'_>, AcquireError> {
        if self.take_at_once(1) {
            return Ok(PermitOf::new(self, 1));
        }
        Acquiring::wait(self, 1)
    }

    /// Acquires a permit, if one is free that nobody is waiting for.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there is nothing to
    /// cancel.
    ///
    /// # Errors
    ///
    /// [`NoPermits`](TryAcquireError::NoPermits) if none was free at one moment of the call,
    /// [`Closed`](TryAcquireError::Closed) if the semaphore was closed,
    /// [`TooMany`](TryAcquireError::TooMany) if its maximum is zero.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, TryAcquireError> {
        if self.take_at_once(1) {
            return Ok(PermitOf::new(self, 1));
        }
        Acquiring::try_once(self, 1)
    }

    /// Acquires a permit, and waits for one, in line, at most for `timeout`.
    ///
    /// A timeout of zero is a [`try_acquire`](Self::try_acquire); one beyond what the clock can count never passes.
    ///
    /// **Waits:** for a permit, and for those who have come before. **Progress:** as [`acquire`](Self::acquire).
    /// **Cancel:** a call that runs out of time has no permit, and what it was about to get goes to the next.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let room = latchless::Semaphore::new(1);
    /// let permit = room.acquire_timeout(Duration::MAX).unwrap();
    /// let nobody = room.acquire_timeout(Duration::from_millis(1));
    /// assert!(nobody.is_err_and(|error| error.is_timeout()));
    /// # drop(permit);
    /// ```
    ///
    /// # Errors
    ///
    /// If the time is over and there was no permit, if the semaphore was closed, or if its maximum is zero.
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Permit<'_>, AcquireTimeoutError> {
        self.acquire_many_timeout(1, timeout)
    }

    /// As [`acquire_timeout`](Self::acquire_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire_deadline(&self, deadline: Instant) -> Result<Permit<'_>, AcquireTimeoutError> {
        self.acquire_many_deadline(1, deadline)
    }

    /// Acquires a permit, and waits for one, in line, as a task.
    ///
    /// Its place in the line is that of its first poll.
    ///
    /// **Waits:** for a permit, and for those who have come before. **Progress:** as [`acquire`](Self::acquire).
    /// **Cancel:** a future that is dropped before it completes has no permit; one that it was given goes to the
    /// next. Any runtime's timeout will do. (One that is forgotten while it waits takes what it waits for, and a little
    /// memory until the semaphore is dropped.)
    ///
    /// ```
    /// # fn block_on<F: Future>(future: F) -> F::Output {
    /// #     let mut future = std::pin::pin!(future);
    /// #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     loop {
    /// #         if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut cx) {
    /// #             return output;
    /// #         }
    /// #     }
    /// # }
    /// let semaphore = latchless::Semaphore::new(1);
    /// block_on(async {
    ///     let permit = semaphore.acquire_async().await?;
    ///     assert_eq!(semaphore.available_permits(), 0);
    ///     drop(permit);
    ///     Ok::<(), latchless::error::AcquireError>(())
    /// }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    #[inline]
    pub fn acquire_async(
        &self,
    ) -> impl Future<Output = Result<Permit<'_>, AcquireError>> + use<'_> {
        self.acquire_many_async(1)
    }
}

/// Several permits.
impl Semaphore {
    /// Acquires so many permits, all together, and waits for them, in line.
    ///
    /// Zero permits can always be had at once, unless the semaphore was closed.
    ///
    /// **Waits:** for the permits, and for those who have come before. **Progress:** as [`acquire`](Self::acquire); the
    /// first that waits collects what is given back until it has all. **Cancel:** there is nothing to cancel.
    ///
    /// ```
    /// let budget = latchless::Semaphore::new(1_000);
    /// let message = budget.acquire_many(600)?;
    /// assert!(budget.try_acquire_many(600).is_err());
    /// drop(message);
    /// assert!(budget.try_acquire_many(600).is_ok());
    /// # Ok::<(), latchless::error::AcquireError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the semaphore was closed, or if so many can never be had: more than its maximum, or than
    /// [`MAX_AT_ONCE`](Self::MAX_AT_ONCE).
    #[inline]
    pub fn acquire_many(&self, permits: usize) -> Result<Permit<'_>, AcquireError> {
        if self.take_at_once(permits) {
            return Ok(PermitOf::new(self, permits as u64));
        }
        Acquiring::wait(self, permits)
    }

    /// Acquires so many permits, if they are free and nobody is waiting for them.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there is nothing to
    /// cancel.
    ///
    /// # Errors
    ///
    /// [`NoPermits`](TryAcquireError::NoPermits) if fewer were free at one moment of the call,
    /// [`Closed`](TryAcquireError::Closed) if the semaphore was closed,
    /// [`TooMany`](TryAcquireError::TooMany) if so many can never be had.
    #[inline]
    pub fn try_acquire_many(&self, permits: usize) -> Result<Permit<'_>, TryAcquireError> {
        if self.take_at_once(permits) {
            return Ok(PermitOf::new(self, permits as u64));
        }
        Acquiring::try_once(self, permits)
    }

    /// Acquires so many permits, all together, and waits for them, in line, at most for `timeout`.
    ///
    /// **Waits:** for the permits, and for those who have come before. **Progress:** as
    /// [`acquire_many`](Self::acquire_many). **Cancel:** a call that runs out of time has none; what it had collected
    /// goes to the next.
    ///
    /// # Errors
    ///
    /// If the time is over and there were too few, if the semaphore was closed, or if so many can never be had.
    pub fn acquire_many_timeout(
        &self,
        permits: usize,
        timeout: Duration,
    ) -> Result<Permit<'_>, AcquireTimeoutError> {
        if self.take_at_once(permits) {
            return Ok(PermitOf::new(self, permits as u64));
        }
        Acquiring::new(self, permits).wait_until(&Deadline::after(timeout))
    }

    /// As [`acquire_many_timeout`](Self::acquire_many_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire_many_deadline(
        &self,
        permits: usize,
        deadline: Instant,
    ) -> Result<Permit<'_>, AcquireTimeoutError> {
        if self.take_at_once(permits) {
            return Ok(PermitOf::new(self, permits as u64));
        }
        Acquiring::new(self, permits).wait_until(&Deadline::at(deadline))
    }

    /// Acquires so many permits, all together, and waits for them, in line, as a task.
    ///
    /// **Waits:** for the permits, and for those who have come before. **Progress:** as
    /// [`acquire_many`](Self::acquire_many). **Cancel:** a future that is dropped before it completes has none;
    /// what it had collected goes to the next. Any runtime's timeout will do. (One that is forgotten while it waits keeps its
    /// place: it goes on to collect permits until it has all that it asked for, which are lost with it, those behind it
    /// wait until then, and a little memory stays until the semaphore is dropped.)
    ///
    /// # Errors
    ///
    /// As [`acquire_many`](Self::acquire_many).
    #[inline]
    pub fn acquire_many_async(
        &self,
        permits: usize,
    ) -> impl Future<Output = Result<Permit<'_>, AcquireError>> + use<'_> {
        Acquiring::new(self, permits).future()
    }
}
