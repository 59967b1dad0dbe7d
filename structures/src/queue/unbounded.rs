//! The unbounded queue for any number of producers and consumers.

#![forbid(unsafe_code)]

mod attempt;
mod handle;
mod iter;
mod waiting;

pub use handle::{Handle, HandleTo, OwnedHandle};
pub use iter::{IntoIter, TryIter};

use crate::error::{PushError, TryPopError};
use crate::raw::segments::{Segments, Sizes};
use crate::sync::Arc;
use crate::wait::list::WaitList;
use attempt::OfThread;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::collections::VecDeque;

/// An unbounded FIFO queue for any number of producers and consumers, lock-free, with exact Empty.
///
/// * **Lock-free**: whichever threads are stopped, and wherever, the others' calls finish. A stopped thread keeps at most
///   the value it was moving.
/// * **Exact**: Empty and Closed were true at one moment of the call, and the queue is linearizable; only
///   [`len`](Self::len) is a *snapshot*.
/// * Share it by `&` or [`Arc`]. A thread that keeps using it is fastest through a [`handle`](Self::handle).
///
/// ```
/// use latchless::{error::TryPopError, queue::Unbounded};
///
/// let queue = Unbounded::new();
/// queue.push('a')?;
/// queue.push('b')?;
/// assert_eq!(queue.try_pop(), Ok('a'));
/// assert_eq!(queue.try_pop(), Ok('b'));
/// assert_eq!(queue.try_pop(), Err(TryPopError::Empty));
/// # Ok::<(), latchless::error::PushError<char>>(())
/// ```
///
/// # Memory
///
/// Items lie in segments: the first has room for about 64 bytes, each further one for twice as much as the one before,
/// up to about 16 KiB, and at least for one item and then two; beside an item lie 8 bytes. There are at most
///
/// ```text
/// segments with items  +  2 for each participant  +  4 that are kept for later
/// ```
///
/// of them, where participants are the living handles and the calls in progress: a handle keeps the segment that it
/// last pushed into and the one that it last popped from, until it pushes or pops again or is dropped; a thread that
/// calls by reference keeps nothing between its calls. (What a thread that is stopped *while it recycles* has in its hands comes
/// on top: the segments that were not in use at that moment.) As long as the queue is no longer than what is kept for
/// later, its segments are used again and again, and nothing is allocated. What a long queue took is given back when it has
/// become short, but for the 4 segments, which [`shrink`](Self::shrink) gives back too.
///
/// A participant takes at most 256 bytes (as on x86-64 and AArch64) until `shrink`, or until the queue is dropped. Whatever the size of `T`, no segment is
/// ever built on the stack.
///
/// # Signal handlers
///
/// must not call it: an operation may allocate.
pub struct Unbounded<T> {
    pub(super) list: Segments<T>,
    /// Those who wait for an item.
    pub(crate) poppers: WaitList,
}

// Nothing panics between a change and its completion, so an unwinding thread leaves the queue whole.
impl<T> UnwindSafe for Unbounded<T> {}
impl<T> RefUnwindSafe for Unbounded<T> {}

impl<T> Default for Unbounded<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Unbounded<T> {
    /// An empty queue.
    #[doc(alias = "Queue")]
    #[doc(alias = "SimpleQueue")]
    pub fn new() -> Self {
        Self::with_sizes(Sizes::of::<T>())
    }

    /// An empty queue with segments of other sizes, for tests.
    fn with_sizes(sizes: Sizes) -> Self {
        Self {
            list: Segments::new(sizes),
            poppers: WaitList::new(),
        }
    }

    /// An empty queue of which the first segment has so many slots, and the largest so many: tests of other builds choose
    /// them.
    #[cfg(any(latchless_loom, latchless_steps))]
    pub fn with_slots(first: usize, most: usize) -> Self {
        Self::with_sizes(Sizes { first, most })
    }

    /// How many participants there are, and were since the last `shrink`: models count them.
    #[cfg(any(latchless_loom, latchless_steps))]
    pub fn records(&self) -> usize {
        self.list.records()
    }

    /// Pushes `value` at the tail.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// # Errors
    ///
    /// If the queue was closed; `value` is inside.
    #[doc(alias = "put")]
    #[doc(alias = "put_nowait")]
    #[inline]
    pub fn push(&self, value: T) -> Result<(), PushError<T>> {
        attempt::push(self, &mut OfThread, value)
    }

    /// Pops the item at the head.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. Where the next item's push is on its way,
    /// the call looks again for about a microsecond before it goes on without it. **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryPopError::Empty) if there was no item at one moment of the call,
    /// [`Closed`](TryPopError::Closed) if there will not be one any more.
    #[doc(alias = "get_nowait")]
    #[inline]
    pub fn try_pop(&self) -> Result<T, TryPopError> {
        attempt::pop(self, &mut OfThread)
    }

    /// Pushes all of `items`, from the front, and returns how many: all, unless the queue was closed; what was not pushed
    /// stays in `items`.
    ///
    /// Items keep their order; those of other producers may come in between, for each item takes effect by itself.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// ```
    /// use std::collections::VecDeque;
    /// let queue = latchless::queue::Unbounded::new();
    /// let mut items = VecDeque::from([1, 2, 3, 4]);
    /// assert_eq!(queue.push_many(&mut items), 4);
    /// let mut popped = Vec::new();
    /// assert_eq!(queue.try_pop_many(&mut popped, 3), 3);
    /// assert_eq!(popped, [1, 2, 3]);
    /// ```
    pub fn push_many(&self, items: &mut VecDeque<T>) -> usize {
        attempt::push_many(self, &mut self.list.enter(), items)
    }

    /// Pops at most `max` items, appends them to `items`, and returns how many.
    ///
    /// They come in order; other consumers may take some in between.
    ///
    /// **Waits:** never. **Progress:** as [`try_pop`](Self::try_pop). **Cancel:** there is nothing to cancel.
    pub fn try_pop_many(&self, items: &mut Vec<T>, max: usize) -> usize {
        attempt::pop_many(self, &mut self.list.enter(), items, max)
    }

    /// Closes the queue: pushes fail from now on, pops go on until the queue is empty. Says whether
    /// this call was the first to close it.
    ///
    /// Every push that succeeded is delivered before any pop says Closed.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody, a stopped closer
    /// neither. **Cancel:** there is nothing to cancel.
    ///
    /// ```
    /// use latchless::{error::TryPopError, queue::Unbounded};
    /// let queue = Unbounded::new();
    /// queue.push(1).unwrap();
    /// assert!(queue.close());
    /// assert_eq!(queue.push(2).unwrap_err().into_inner(), 2);
    /// assert_eq!(queue.try_pop(), Ok(1));
    /// assert_eq!(queue.try_pop(), Err(TryPopError::Closed));
    /// ```
    pub fn close(&self) -> bool {
        let first = self.list.close(&mut self.list.enter());
        self.wake_all();
        first
    }

    /// Closes the queue and pops what is inside, into memory that is allocated for it. Items that
    /// other consumers pop meanwhile are theirs.
    ///
    /// **Waits:** never. **Progress:** as [`try_pop`](Self::try_pop). **Cancel:** there is nothing to cancel.
    pub fn close_now(&self) -> Vec<T> {
        self.close();
        let mut rest = Vec::new();
        self.try_pop_many(&mut rest, usize::MAX);
        rest
    }

    /// Whether the queue was closed at one moment of the call.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    pub fn is_closed(&self) -> bool {
        let is_closed = self.list.is_closed(&mut self.list.enter());
        if is_closed {
            self.wake_all();
        }
        is_closed
    }

    /// How many items there were at one moment of the call: a *snapshot*.
    ///
    /// It is never too low: each item counts whose push has returned. It may be too high by the pushes that are in progress,
    /// each of which may count already, and by one, where a push was stopped and its place given up, until the
    /// place has been passed. And lengths that several threads read need not agree on the order in which others'
    /// pushes and pops took effect.
    ///
    /// **Waits:** never. **Progress:** lock-free; it starts again when a pop takes effect
    /// meanwhile. **Cancel:** there is nothing to cancel.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.list.len(&mut self.list.enter())
    }

    /// Whether there was no item at one moment of the call.
    ///
    /// **Waits:** never. **Progress:** as [`try_pop`](Self::try_pop). **Cancel:** there is nothing to cancel.
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty(&mut self.list.enter())
    }

    /// Gives back the memory that is kept for later: up to 4 segments, and what handles that were dropped have left.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// ```
    /// let queue = latchless::queue::Unbounded::new();
    /// (0..100_000).try_for_each(|n| queue.push(n)).unwrap();
    /// assert_eq!(queue.try_iter().count(), 100_000);
    /// queue.shrink();
    /// ```
    #[doc(alias = "shrink_to_fit")]
    pub fn shrink(&self) {
        self.list.shrink();
    }

    /// Pops until the queue is empty, one item a step.
    ///
    /// ```
    /// let queue = latchless::queue::Unbounded::new();
    /// queue.push(1).unwrap();
    /// assert_eq!(queue.try_iter().sum::<i32>(), 1);
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self)
    }

    /// A place of one's own at this queue, for one thread at a time: the fastest path. There may be any number.
    ///
    /// ```
    /// let queue = latchless::queue::Unbounded::new();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         let mut handle = queue.handle();
    ///         (0..1024).try_for_each(|value| handle.push(value)).unwrap();
    ///     });
    /// });
    /// assert_eq!(queue.len(), 1024);
    /// ```
    pub fn handle(&self) -> Handle<'_, T> {
        Handle::new(self)
    }

    /// As [`handle`](Self::handle), for a queue in an [`Arc`].
    pub fn owned_handle(queue: &Arc<Self>) -> OwnedHandle<T> {
        OwnedHandle::new(Arc::clone(queue))
    }

    /// Wakes a waiter for each item that was pushed.
    fn wake_for(&self, pushed: usize) {
        if pushed > 0 && self.poppers.has_waiters_after_change() {
            let _ = (0..pushed).find(|_| !self.poppers.notify_one());
        }
    }

    /// Wakes everybody after a close; also by those who find the queue closed, for who closed it may
    /// have been stopped before it came to this.
    #[cold]
    fn wake_all(&self) {
        if self.poppers.has_waiters_after_change() {
            self.poppers.notify_all();
        }
    }
}

impl<T> fmt::Debug for Unbounded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unbounded")
            .field("len", &self.len())
            .field("is_closed", &self.is_closed())
            .finish()
    }
}
