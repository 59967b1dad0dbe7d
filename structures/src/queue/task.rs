//! What a pop from a [`Joinable`] queue gives.

#![forbid(unsafe_code)]

use super::joinable::{Joinable, Pushing};
use crate::error::{PushError, PushTimeoutError, TryPushError};
use crate::sync::{Arc, Deadline};
use core::fmt;
use core::future::Future;
use core::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

/// A [`TaskOf`] a borrowed queue, as pops give it.
pub type Task<'a, T> = TaskOf<T, &'a Joinable<T>>;

/// A [`TaskOf`] a queue in an [`Arc`], from [`Task::into_owned`](TaskOf::into_owned).
pub type OwnedTask<T> = TaskOf<T, Arc<Joinable<T>>>;

/// An item that was popped from a [`Joinable`] queue, and counts as unfinished until this is dropped.
///
/// | to | call |
/// |---|---|
/// | use the item | dereference it |
/// | say that it is dealt with | [`done`](Self::done), or let it go out of scope |
/// | put it back, for somebody else | [`retry`](Self::retry), [`try_retry`](Self::try_retry) |
/// | take the item out and be done with the task | [`into_inner`](Self::into_inner) |
/// | take the item out and be done with the task later | [`into_parts`](Self::into_parts) |
/// | give the task to another thread or async task | [`into_owned`](Self::into_owned) |
///
/// A task that is leaked is never finished. One that is dropped by a panic is.
///
/// ```
/// let queue = latchless::queue::Joinable::new(1);
/// queue.push(vec![1, 2]).unwrap();
/// let mut task = queue.pop().unwrap();
/// task.push(3);
/// assert_eq!(task.len(), 3);
/// assert_eq!(queue.unfinished(), 1);
/// task.done();
/// assert_eq!(queue.unfinished(), 0);
/// ```
#[must_use = "a task that is dropped counts as done"]
pub struct TaskOf<T, Q: Deref<Target = Joinable<T>>> {
    // Dropped in this order: the task is finished when the item is gone.
    value: T,
    unfinished: Unfinished<T, Q>,
}

/// That one task is unfinished, without its item; from [`TaskOf::into_parts`]. Dropping it finishes the
/// task.
#[must_use = "the task is finished when this is dropped"]
pub struct Unfinished<T, Q: Deref<Target = Joinable<T>>> {
    queue: Q,
    /// Whether the task is to be finished here, and was not put back.
    is_here: bool,
}

impl<T, Q: Deref<Target = Joinable<T>>> TaskOf<T, Q> {
    pub(super) fn new(value: T, queue: Q) -> Self {
        let unfinished = Unfinished {
            queue,
            is_here: true,
        };
        Self { value, unfinished }
    }

    /// Drops the item, and then counts the task as done; as dropping the task does.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    #[doc(alias = "task_done")]
    pub fn done(self) {
        drop(self);
    }

    /// Counts the task as done *at once*, and returns the item: for an item that outlives its task. To
    /// work on the item first, see [`into_parts`](Self::into_parts).
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The item, and that the task is unfinished: for work that consumes the item.
    ///
    /// ```
    /// use latchless::queue::Joinable;
    ///
    /// let jobs: Joinable<Box<dyn FnOnce() -> u64 + Send>> = Joinable::new(1);
    /// jobs.push(Box::new(|| 42)).ok().unwrap();
    /// let (job, unfinished) = jobs.pop().unwrap().into_parts();
    /// assert_eq!(job(), 42);
    /// assert!(!jobs.try_join());
    /// unfinished.done();
    /// assert!(jobs.try_join());
    /// ```
    pub fn into_parts(self) -> (T, Unfinished<T, Q>) {
        (self.value, self.unfinished)
    }

    /// Puts the task back at the tail, unfinished as it is.
    ///
    /// A worker should retry in this form: if all workers [waited](Self::retry) to put tasks back into a
    /// full queue, nobody would be left to make room.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// ```
    /// let queue = latchless::queue::Joinable::new(1);
    /// queue.push("unlucky").unwrap();
    /// let task = queue.pop().unwrap();
    /// queue.push("next").unwrap();
    /// let task = task.try_retry().unwrap_err().into_inner(); // full: still ours
    /// assert_eq!(queue.unfinished(), 2);
    /// queue.pop().unwrap().done();
    /// task.try_retry().unwrap();
    /// assert_eq!(queue.unfinished(), 1);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Full`](TryPushError::Full) if every slot held a task at one moment of the call,
    /// [`Closed`](TryPushError::Closed) if the queue was closed; both give the task back, and drop it
    /// as done if they are dropped.
    pub fn try_retry(self) -> Result<(), TryPushError<Self>> {
        let (value, mut unfinished) = self.into_parts();
        // Whoever pops it next, perhaps before that call returns, has the task then.
        unfinished.is_here = false;
        let refused = match unfinished.queue.try_push_again(value) {
            Ok(()) => return Ok(()),
            Err(refused) => refused,
        };
        unfinished.is_here = true;
        Err(match refused {
            TryPushError::Full(value) => TryPushError::Full(Self { value, unfinished }),
            TryPushError::Closed(value) => TryPushError::Closed(Self { value, unfinished }),
        })
    }
}

/// Putting back, and waiting for room.
impl<T, Q: Deref<Target = Joinable<T>> + Clone> TaskOf<T, Q> {
    /// Puts the task back at the tail, unfinished as it is, and waits while the queue is full.
    ///
    /// Not for all workers of a queue at a time: see [`try_retry`](Self::try_retry).
    ///
    /// **Waits:** for room. **Progress:** as [`Joinable::push`]. **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// If the queue was closed; the task is inside.
    #[inline]
    pub fn retry(self) -> Result<(), PushError<Self>> {
        self.retrying().wait()
    }

    /// As [`retry`](Self::retry), and waits at most for `timeout`.
    ///
    /// **Waits:** for room. **Progress:** as [`Joinable::push`]. **Cancel:** a call that runs out of time
    /// gives the task back.
    ///
    /// # Errors
    ///
    /// If the time is over and the queue was full, or if it was closed; the task is inside.
    pub fn retry_timeout(self, timeout: Duration) -> Result<(), PushTimeoutError<Self>> {
        self.retrying().wait_until(&Deadline::after(timeout))
    }

    /// As [`retry_timeout`](Self::retry_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn retry_deadline(self, deadline: Instant) -> Result<(), PushTimeoutError<Self>> {
        self.retrying().wait_until(&Deadline::at(deadline))
    }

    /// As [`retry`](Self::retry), and waits as an async task.
    ///
    /// **Waits:** for room. **Progress:** as [`Joinable::push`]. **Cancel:** the future holds the task. If
    /// it is dropped before it completes, the task is dropped with it, and *counts as done*: who joins
    /// does not hang. Where the item must not be lost, use [`try_retry`](Self::try_retry), which gives it
    /// back. A wake that the future was given goes to the next.
    ///
    /// # Errors
    ///
    /// If the queue was closed; the task is inside.
    pub fn retry_async(self) -> impl Future<Output = Result<(), PushError<Self>>> + use<T, Q> {
        self.retrying().future()
    }

    fn retrying(self) -> Pushing<T, Q, Self> {
        let queue = self.unfinished.queue.clone();
        Pushing::new(queue, self, |_, task| task.try_retry())
    }
}

impl<T> Task<'_, T> {
    /// The same task, for `'static` threads and async tasks: it shares the queue.
    ///
    /// ```
    /// use latchless::queue::Joinable;
    /// use std::sync::Arc;
    ///
    /// let queue = Arc::new(Joinable::new(1));
    /// queue.push(7).unwrap();
    /// let task = queue.pop().unwrap().into_owned(&queue);
    /// let worker = std::thread::spawn(move || assert_eq!(*task, 7));
    /// queue.join();
    /// # worker.join().unwrap();
    /// ```
    ///
    /// # Panics
    ///
    /// If the task was popped from another queue.
    #[track_caller]
    pub fn into_owned(self, queue: &Arc<Joinable<T>>) -> OwnedTask<T> {
        assert!(
            core::ptr::eq(self.unfinished.queue, &raw const **queue),
            "a task is owned by the queue it was popped from"
        );
        let (value, mut unfinished) = self.into_parts();
        unfinished.is_here = false;
        OwnedTask::new(value, Arc::clone(queue))
    }
}

impl<T, Q: Deref<Target = Joinable<T>>> Deref for TaskOf<T, Q> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T, Q: Deref<Target = Joinable<T>>> DerefMut for TaskOf<T, Q> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: fmt::Debug, Q: Deref<Target = Joinable<T>>> fmt::Debug for TaskOf<T, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Task").field(&self.value).finish()
    }
}

impl<T, Q: Deref<Target = Joinable<T>>> Unfinished<T, Q> {
    /// Counts the task as done; as dropping this does.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    pub fn done(self) {
        drop(self);
    }
}

impl<T, Q: Deref<Target = Joinable<T>>> Drop for Unfinished<T, Q> {
    fn drop(&mut self) {
        if self.is_here {
            self.queue.finish_one();
        }
    }
}

impl<T, Q: Deref<Target = Joinable<T>>> fmt::Debug for Unfinished<T, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unfinished")
    }
}
