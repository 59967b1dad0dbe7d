//! A queue that knows which of its items are dealt with.
//!
//! The count, with its proof, is in [`count`]; the calls that wait are in `waiting`; what a pop gives
//! is in [`task`](super::task). The queue inside has a bound or has none; `inside` has both, and changes no call.

#![forbid(unsafe_code)]

mod attempt;
mod count;
mod inside;
mod many;
mod waiting;

pub(super) use attempt::Pushing;

use super::task::{Task, TaskOf};
use super::{Bounded, Unbounded};
use crate::error::{CapacityError, TryPopError, TryPushError};
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use count::Count;
use inside::Inside;

/// A FIFO queue of tasks, which can be joined: [`join`](Self::join) waits until every task that was
/// pushed is done.
///
/// A pop gives a [`Task`], which dereferences to the item. Its task is *unfinished* from the beginning
/// of its push until the `Task` is dropped (or [`done`](TaskOf::done), which says so in words). A task
/// that was not dealt with can be put [back](TaskOf::retry). Nothing can be forgotten, and nothing be
/// counted as done twice.
///
/// ```
/// use latchless::queue::Joinable;
///
/// let dishes = Joinable::<&str>::new(4);
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         while let Ok(dish) = dishes.pop() {
///             println!("eats {}", *dish);
///             dish.done();
///         }
///     });
///     for dish in ["soup", "fish", "cake"] {
///         dishes.push(dish).unwrap();
///     }
///     dishes.join(); // all three are eaten now
///     assert_eq!(dishes.unfinished(), 0);
///     dishes.close();
/// });
/// ```
///
/// # A worker that panics
///
/// drops its task while it unwinds, and so counts it as done: a join does not hang on it. Who wants
/// the task to be tried again catches the panic and [retries](TaskOf::retry).
///
/// # What is inside
///
/// A [`Bounded`], or, with [`unbounded`](Self::unbounded), an [`Unbounded`], with its law of memory and its
/// progress. One that was built with a [`builder`](Bounded::builder), or is in use already, becomes joinable by
/// `Joinable::from`; what it holds counts as pushed. A queue without bound is never full, so no push to it
/// waits, and no retry.
///
/// # What is not there
///
/// * **Handles**: a task is counted on one word that all share, beside which a place of one's own in the
///   queue would gain little. (The builder's places for threads are used.)
/// * **`force_push`**: a task that is displaced would be neither done nor in anybody's hands.
/// * **Iterators** that pop: what each step gives is a task, so a loop around [`pop`](Self::pop) says
///   better when it is done.
#[doc(alias = "JoinableQueue")]
pub struct Joinable<T> {
    queue: Inside<T>,
    count: Count,
}

// As for the queue inside; the count is changed in single steps.
impl<T> UnwindSafe for Joinable<T> {}
impl<T> RefUnwindSafe for Joinable<T> {}

impl<T> From<Bounded<T>> for Joinable<T> {
    fn from(queue: Bounded<T>) -> Self {
        let count = Count::new(queue.len());
        let queue = Inside::Bounded(queue);
        Self { queue, count }
    }
}

impl<T> From<Unbounded<T>> for Joinable<T> {
    fn from(queue: Unbounded<T>) -> Self {
        // Nobody else is there, so the snapshot is exact.
        let count = Count::new(queue.len());
        let queue = Inside::Unbounded(queue);
        Self { queue, count }
    }
}

impl<T> Joinable<T> {
    /// A queue for `capacity` tasks that are not popped yet.
    ///
    /// # Panics
    ///
    /// If `capacity` is zero or its memory cannot be had; [`try_new`](Self::try_new) says so
    /// instead.
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        Bounded::new(capacity).into()
    }

    /// A queue for `capacity` tasks, or why there cannot be one.
    ///
    /// # Errors
    ///
    /// As [`Builder::build`](super::Builder::build).
    pub fn try_new(capacity: usize) -> Result<Self, CapacityError> {
        Bounded::try_new(capacity).map(Self::from)
    }

    /// A queue without a bound: pushing and retrying never wait.
    ///
    /// ```
    /// let queue = latchless::queue::Joinable::unbounded();
    /// (0..1000).try_for_each(|n| queue.push(n))?;
    /// assert_eq!((queue.capacity(), queue.unfinished()), (None, 1000));
    /// while let Ok(task) = queue.try_pop() {
    ///     task.done();
    /// }
    /// assert!(queue.try_join());
    /// # Ok::<(), latchless::error::PushError<i32>>(())
    /// ```
    pub fn unbounded() -> Self {
        Unbounded::new().into()
    }

    /// Pushes `value` at the tail, as a task.
    ///
    /// It counts as unfinished from the beginning of the call, and if the push fails, until its end.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody, but who joins waits
    /// for a push that was stopped. **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// [`Full`](TryPushError::Full) if every slot held a task at one moment of the call (never, without a bound),
    /// [`Closed`](TryPushError::Closed) if the queue was closed; both give `value` back.
    ///
    /// # Panics
    ///
    /// If 2^31 tasks are unfinished.
    #[doc(alias = "put_nowait")]
    #[inline]
    pub fn try_push(&self, value: T) -> Result<(), TryPushError<T>> {
        self.count.add();
        let pushed = self.queue.try_push(value);
        if pushed.is_err() {
            self.count.finish(1);
        }
        pushed
    }

    /// Pops the task at the head.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryPopError::Empty) if there was no task at one moment of the call,
    /// [`Closed`](TryPopError::Closed) if there will not be one any more but by a retry: and that fails
    /// then.
    #[doc(alias = "get_nowait")]
    #[inline]
    pub fn try_pop(&self) -> Result<Task<'_, T>, TryPopError> {
        self.queue.try_pop().map(|value| self.task(value))
    }

    /// How many tasks were unfinished at one moment of the call: in the queue, in somebody's hands, or
    /// in a push that is in progress.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    pub fn unfinished(&self) -> usize {
        self.count.unfinished() as usize
    }

    /// Closes the queue: pushes and retries fail from now on, pops go on until the queue is empty. Says
    /// whether this call was the first to close it.
    ///
    /// Who joins goes on waiting, for what is in the queue is still delivered. If nobody is left to pop
    /// it, use [`close_now`](Self::close_now).
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody, a stopped closer
    /// neither. **Cancel:** there is nothing to cancel.
    ///
    /// ```
    /// let queue = latchless::queue::Joinable::new(2);
    /// queue.push("late").unwrap();
    /// queue.close();
    /// assert!(queue.push("too late").is_err());
    /// assert!(!queue.try_join());
    /// assert_eq!(queue.pop().unwrap().into_inner(), "late");
    /// assert!(queue.try_join());
    /// ```
    pub fn close(&self) -> bool {
        self.queue.close()
    }

    /// Closes the queue, and pops what is inside into memory that is allocated for it. All of that
    /// counts as done when the call returns; tasks that others have popped are theirs.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// ```
    /// let queue = latchless::queue::Joinable::new(2);
    /// queue.push("a").unwrap();
    /// assert_eq!(queue.close_now(), ["a"]);
    /// queue.join();
    /// ```
    pub fn close_now(&self) -> Vec<T> {
        let rest = self.queue.close_now();
        self.count.finish(rest.len() as u64);
        rest
    }

    /// Whether the queue was closed at one moment of the call.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    pub fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// How many tasks there were in the queue at one moment of the call: without those that are popped
    /// and unfinished. Without a bound, a *snapshot*, as [`Unbounded::len`].
    ///
    /// **Waits:** never. **Progress:** as [`Bounded::len`] or [`Unbounded::len`]. **Cancel:** there is nothing to cancel.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether there was no task in the queue at one moment of the call; some may be unfinished.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether every slot held a task at one moment of the call; never so without a bound.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    #[doc(alias = "full")]
    pub fn is_full(&self) -> bool {
        self.queue.is_full()
    }

    /// How many tasks fit, if there is a limit.
    #[doc(alias = "maxsize")]
    pub fn capacity(&self) -> Option<usize> {
        self.queue.capacity()
    }

    /// Gives back the memory that is kept for later, as [`Unbounded::shrink`]; nothing if there is a bound.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    #[doc(alias = "shrink_to_fit")]
    pub fn shrink(&self) {
        self.queue.shrink();
    }

    fn task(&self, value: T) -> Task<'_, T> {
        TaskOf::new(value, self)
    }

    /// Pushes what was popped, and is counted still.
    #[inline]
    pub(super) fn try_push_again(&self, value: T) -> Result<(), TryPushError<T>> {
        self.queue.try_push(value)
    }

    /// One task is done.
    #[inline]
    pub(super) fn finish_one(&self) {
        self.count.finish(1);
    }
}

impl<T> fmt::Debug for Joinable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joinable")
            .field("len", &self.len())
            .field("unfinished", &self.unfinished())
            .field("capacity", &self.capacity())
            .field("is_closed", &self.is_closed())
            .finish()
    }
}
