//! A semaphore: so many may be in at a time.

#![forbid(unsafe_code)]

mod attempt;
mod line;
mod owned;
mod permit;
mod waiting;
mod words;

pub use permit::{OwnedPermit, Permit, PermitOf};

use crate::error::AddPermitsError;
use crate::sync::{AtomicU64, Ordering};
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use line::Line;

/// A number of permits, which callers take, wait for, and give back: in order, without a lock.
///
/// Who asks for several gets all of them or none. Threads and async tasks wait in one line.
///
/// ```
/// use latchless::Semaphore;
///
/// let room = Semaphore::new(2);
/// let first = room.acquire()?;
/// let second = room.acquire()?;
/// assert!(room.try_acquire().is_err());
/// drop(first);
/// assert!(room.try_acquire().is_ok());
/// # drop(second);
/// # Ok::<(), latchless::error::AcquireError>(())
/// ```
///
/// # Fair, or barging
///
/// [`new`](Self::new) and [`with_max`](Self::with_max) make a *fair* one. Permits that are given back go to the
/// one that has waited longest, before it is awake; nobody who comes later, not even by a `try_` call, is served before
/// it. Who waits for several is served like everybody else, in its turn: it collects them while those behind it
/// wait, so nobody starves, and no two can wait for each other's parts.
///
/// The price is that a permit belongs to a waiter while that is still waking up. With [`barging`](Self::barging)
/// permits go to whoever comes first: many more change hands in a second, and a waiter, above all one that waits for many,
/// may wait for ever while others come and go.
///
/// # Three uses
///
/// | to | do |
/// |---|---|
/// | limit how many are at work | [`acquire`](Self::acquire), and drop the permit at the end |
/// | let another thread go on | begin with none; [`add_permits`](Self::add_permits) there, [`acquire`](Self::acquire) and [`forget`](PermitOf::forget) here |
/// | share a budget, of bytes for example | [`acquire_many`](Self::acquire_many), and [`split`](PermitOf::split) off what is not needed any more |
///
/// # What a stopped thread keeps
///
/// A thread that is stopped inside a call, wherever, holds up nobody. From others it keeps at most the permits
/// that it was giving, or those that it asks for and as many again, which it was about to hand to somebody who waits. A
/// future that was given its permits, and is neither polled nor dropped, keeps them.
#[doc(alias = "BoundedSemaphore")]
pub struct Semaphore {
    line: Line,
    /// Permits that exist: free, held, or on their way.
    total: AtomicU64,
    max: u64,
}

// No panic can be seen in it: permits change hands in single steps, and go back by a `Drop`.
impl UnwindSafe for Semaphore {}
impl RefUnwindSafe for Semaphore {}

impl Semaphore {
    /// The most permits that a semaphore can have.
    pub const MAX_PERMITS: usize = words::MOST;

    /// The most permits that one call can acquire: 2^26 - 2, about 67 million.
    pub const MAX_AT_ONCE: usize = words::MOST_AT_ONCE;

    /// A fair semaphore of so many permits.
    ///
    /// # Panics
    ///
    /// If these are more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    pub fn new(permits: usize) -> Self {
        Self::with_max(permits, Self::MAX_PERMITS)
    }

    /// A fair semaphore of so many permits, that can never have more than `max`: neither free nor held.
    ///
    /// ```
    /// let semaphore = latchless::Semaphore::with_max(1, 1);
    /// assert!(semaphore.add_permits(1).is_err());
    /// semaphore.try_acquire()?.forget();
    /// assert!(semaphore.add_permits(1).is_ok());
    /// assert!(semaphore.add_permits(1).is_err());
    /// # Ok::<(), latchless::error::TryAcquireError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If `permits` are more than `max`, or `max` is more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    pub fn with_max(permits: usize, max: usize) -> Self {
        Self::build(permits, max, false)
    }

    /// A [barging](Self#fair-or-barging) semaphore of so many permits: more throughput, and no order.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    pub fn barging(permits: usize) -> Self {
        Self::barging_with_max(permits, Self::MAX_PERMITS)
    }

    /// A [barging](Self#fair-or-barging) semaphore of so many permits, that can never have more than `max`.
    ///
    /// # Panics
    ///
    /// As [`with_max`](Self::with_max).
    pub fn barging_with_max(permits: usize, max: usize) -> Self {
        Self::build(permits, max, true)
    }

    fn build(permits: usize, max: usize, is_barging: bool) -> Self {
        assert!(
            max <= Self::MAX_PERMITS,
            "more permits than a semaphore can have"
        );
        assert!(permits <= max, "more permits than the maximum");
        Self {
            line: Line::new(permits as u64, is_barging),
            total: AtomicU64::new(permits as u64),
            max: max as u64,
        }
    }

    /// How many permits are free, at one moment of the call.
    ///
    /// While others wait, permits may be on their way to them: those are not free.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[must_use]
    pub fn available_permits(&self) -> usize {
        self.line.free() as usize
    }

    /// The most permits that there can be.
    #[must_use]
    pub fn max_permits(&self) -> usize {
        self.max as usize
    }

    /// Gives so many permits: back, or new ones. Those who wait are served in their order.
    ///
    /// Anybody may do this: it is how one thread takes a permit, and [forgets](PermitOf::forget) it, and
    /// another gives it back.
    ///
    /// **Waits:** never. **Progress:** lock-free; a thread that is stopped in here keeps what it has not given
    /// yet. **Cancel:** there is nothing to cancel.
    ///
    /// ```
    /// let done = latchless::Semaphore::new(0);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| done.add_permits(3).unwrap());
    ///     done.acquire_many(3).unwrap().forget();
    /// });
    /// assert_eq!(done.available_permits(), 0);
    /// ```
    ///
    /// # Errors
    ///
    /// If there were more than the maximum then, with those that are held; nothing has changed.
    #[doc(alias = "release")]
    #[doc(alias = "post")]
    pub fn add_permits(&self, permits: usize) -> Result<(), AddPermitsError> {
        if permits == 0 {
            return Ok(());
        }
        let permits = permits as u64;
        // ORDERING: Relaxed, all three: a count beside the permits, which carry what there is to be seen.
        let mut seen = self.total.load(Ordering::Relaxed);
        loop {
            let sum = seen.saturating_add(permits);
            if sum > self.max {
                return Err(AddPermitsError);
            }
            let changed =
                self.total
                    .compare_exchange(seen, sum, Ordering::Relaxed, Ordering::Relaxed);
            match changed {
                Ok(_) => break,
                Err(now) => seen = now,
            }
        }
        self.line.release(permits);
        Ok(())
    }

    /// Takes at most so many free permits out of circulation, and says how many: as many as were free, at one
    /// moment of the call. Room for new ones below the maximum comes at its end.
    ///
    /// **Waits:** never. **Progress:** lock-free. **Cancel:** there is nothing to cancel.
    ///
    /// ```
    /// let semaphore = latchless::Semaphore::new(3);
    /// assert_eq!(semaphore.forget_permits(2), 2);
    /// assert_eq!(semaphore.forget_permits(2), 1);
    /// assert_eq!(semaphore.available_permits(), 0);
    /// ```
    pub fn forget_permits(&self, permits: usize) -> usize {
        let taken = self.line.drain(permits as u64);
        self.count_off(taken);
        taken as usize
    }

    /// Closes the semaphore: all that is acquired from now on is refused, and so are those who wait. Says whether
    /// this call closed it.
    ///
    /// Permits that are held are given back as before; a waiter that has been given what it asked for keeps it.
    ///
    /// **Waits:** never. **Progress:** lock-free; if a thread is stopped before it has woken everybody, the next
    /// who finds the semaphore closed does. **Cancel:** there is nothing to cancel.
    ///
    /// ```
    /// let semaphore = latchless::Semaphore::new(1);
    /// assert!(semaphore.close());
    /// assert!(semaphore.acquire().is_err_and(|error| error.is_closed()));
    /// ```
    pub fn close(&self) -> bool {
        self.line.close()
    }

    /// Whether it was closed.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        !self.line.is_open()
    }

    fn line(&self) -> &Line {
        &self.line
    }

    /// Takes so many, if that is a matter of one step; false is no answer.
    #[inline(always)]
    fn take_at_once(&self, permits: usize) -> bool {
        permits <= Self::MAX_AT_ONCE && self.line.take_at_once(permits as u64)
    }

    /// As a number that a call can acquire, if it is one.
    fn checked(&self, permits: usize) -> Option<u64> {
        let most = self.max.min(Self::MAX_AT_ONCE as u64);
        Some(permits as u64).filter(|&permits| permits <= most)
    }

    /// So many permits exist no more.
    fn count_off(&self, permits: u64) {
        // ORDERING: Relaxed; as in `add_permits`.
        self.total.fetch_sub(permits, Ordering::Relaxed);
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("available_permits", &self.available_permits())
            .field("max_permits", &self.max)
            .field("is_barging", &self.line.is_barging())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
