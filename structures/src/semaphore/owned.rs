//! Acquiring from a semaphore in an `Arc`.
//!
//! (It is std's `Arc` in all builds, for only that can be a receiver; its count is not what is modelled.)

#![forbid(unsafe_code)]

use super::attempt::Acquiring;
use super::{OwnedPermit, PermitOf, Semaphore};
use crate::error::{AcquireError, AcquireTimeoutError, TryAcquireError};
use crate::sync::Deadline;
use core::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Permits that own a part in the semaphore, to be moved to where nothing can be borrowed.
///
/// ```
/// use std::sync::Arc;
///
/// let room = Arc::new(latchless::Semaphore::new(2));
/// let workers: Vec<_> = (0..4)
///     .map(|n| {
///         let permit = room.acquire_owned().unwrap();
///         std::thread::spawn(move || {
///             let _inside = permit;
///             n
///         })
///     })
///     .collect();
/// let sum: i32 = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
/// assert_eq!((sum, room.available_permits()), (6, 2));
/// ```
impl Semaphore {
    /// As [`acquire`](Self::acquire).
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn acquire_owned(self: &Arc<Self>) -> Result<OwnedPermit, AcquireError> {
        self.acquire_many_owned(1)
    }

    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn try_acquire_owned(self: &Arc<Self>) -> Result<OwnedPermit, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    /// As [`acquire_timeout`](Self::acquire_timeout).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire_owned_timeout(
        self: &Arc<Self>,
        timeout: Duration,
    ) -> Result<OwnedPermit, AcquireTimeoutError> {
        self.acquire_many_owned_timeout(1, timeout)
    }

    /// As [`acquire_deadline`](Self::acquire_deadline).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire_owned_deadline(
        self: &Arc<Self>,
        deadline: Instant,
    ) -> Result<OwnedPermit, AcquireTimeoutError> {
        self.acquire_many_owned_deadline(1, deadline)
    }

    /// As [`acquire_async`](Self::acquire_async); the future borrows nothing.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire_owned_async(
        self: &Arc<Self>,
    ) -> impl Future<Output = Result<OwnedPermit, AcquireError>> + use<> {
        self.acquire_many_owned_async(1)
    }

    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn acquire_many_owned(
        self: &Arc<Self>,
        permits: usize,
    ) -> Result<OwnedPermit, AcquireError> {
        if self.take_at_once(permits) {
            return Ok(PermitOf::new(self.clone(), permits as u64));
        }
        Acquiring::wait(self.clone(), permits)
    }

    /// As [`try_acquire_many`](Self::try_acquire_many).
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn try_acquire_many_owned(
        self: &Arc<Self>,
        permits: usize,
    ) -> Result<OwnedPermit, TryAcquireError> {
        if self.take_at_once(permits) {
            return Ok(PermitOf::new(self.clone(), permits as u64));
        }
        Acquiring::try_once(self.clone(), permits)
    }

    /// As [`acquire_many_timeout`](Self::acquire_many_timeout).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire_many_owned_timeout(
        self: &Arc<Self>,
        permits: usize,
        timeout: Duration,
    ) -> Result<OwnedPermit, AcquireTimeoutError> {
        if self.take_at_once(permits) {
            return Ok(PermitOf::new(self.clone(), permits as u64));
        }
        Acquiring::new(self.clone(), permits).wait_until(&Deadline::after(timeout))
    }

    /// As [`acquire_many_deadline`](Self::acquire_many_deadline).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire_many_owned_deadline(
        self: &Arc<Self>,
        permits: usize,
        deadline: Instant,
    ) -> Result<OwnedPermit, AcquireTimeoutError> {
        if self.take_at_once(permits) {
            return Ok(PermitOf::new(self.clone(), permits as u64));
        }
        Acquiring::new(self.clone(), permits).wait_until(&Deadline::at(deadline))
    }

    /// As [`acquire_many_async`](Self::acquire_many_async); the future borrows nothing.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acquire_many_owned_async(
        self: &Arc<Self>,
        permits: usize,
    ) -> impl Future<Output = Result<OwnedPermit, AcquireError>> + use<> {
        Acquiring::new(self.clone(), permits).future()
    }
}
