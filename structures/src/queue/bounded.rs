//! The bounded queue for any number of producers and consumers.

#![forbid(unsafe_code)]

mod builder;

pub use builder::Builder;

use super::attempt::{self, OfThread};
use super::handle::{Handle, OwnedHandle};
use super::iter::TryIter;
use crate::error::{CapacityError, HandleError, PushError, TryPopError, TryPushError};
use crate::raw::batch::Moved;
use crate::raw::cell_ring::CellRing;
use crate::raw::storage::Heap;
use crate::sync::Arc;
use crate::wait::list::WaitList;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};

/// A bounded FIFO queue for any number of producers and consumers, lock-free and exact.
///
/// * **Lock-free**: whichever threads are stopped, and wherever, the others' calls finish (beyond 64
///   threads, see the last section). A stopped thread keeps at most the value it was moving.
/// * **Exact**: the capacity is the one asked for (any from 1 on), and Full, Empty and `len` were
///   true at one moment of the call. The queue is linearizable.
/// * Share it by `&` or [`Arc`]. A thread that keeps using it is fastest through a
///   [`handle`](Self::handle).
///
/// ```
/// use latchless::queue::Bounded;
///
/// let queue = Bounded::new(2);
/// queue.try_push('a')?;
/// queue.try_push('b')?;
/// assert!(queue.try_push('c').unwrap_err().is_full());
/// assert_eq!(queue.try_pop(), Ok('a'));
/// # Ok::<(), latchless::error::TryPushError<char>>(())
/// ```
///
/// # Memory
///
/// Room for items and participants is allocated when the queue is made; no `try_` call allocates any, but for the `Vec` of
/// `try_pop_many` where it has no room.
/// A call that has to wait may: four can wait for room and four for an item in what the queue has, and
/// for more there is as much again as there ever were at a time, rounded up to the next doubling, at
/// most 64 bytes each. With
/// `participants` = threads + 8 + handles (128 and 8, unless a [`builder`](Self::builder) says
/// otherwise) and `spares` the largest power of two that is at most 8, at most the capacity and
/// not more than fit into 64 bytes (but at least 1), it is
///
/// ```text
/// capacity · 8  +  (capacity + participants · spares) · size_of::<T>()  +  participants · 128
/// ```
///
/// bytes beside the queue itself (where a participant is given 128 bytes, as on x86-64 and AArch64).
/// Room for items is not touched before it is used.
///
/// # Calls through `&Queue`, and how many may be stopped
///
/// Each of the first 64 living threads that call *any* queue of this crate by reference has a place
/// of its own in every queue. Further threads share 8 places in each, one for each call in progress:
/// if 8 of *these* threads are stopped inside calls on one queue, the next of them waits. A handle
/// has a place of its own always, and all its own methods use it.
///
/// A thread's first call by reference registers a destructor for its number, for which the system
/// may allocate. A signal handler may make `try_` calls on a thread that has called before; if it
/// interrupts a call on the same queue, it is served by one of the shared places. But if anybody waits,
/// it wakes them, which for a task is whatever its runtime does, and may free the memory of a thread's
/// handle: where a signal handler calls, let others not wait.
///
/// # Without `std`
///
/// Without the feature `std` this queue needs `alloc` and 64-bit atomics alone, and has the calls that never wait.
/// Threads cannot be told apart there: calls by reference share 64 places, of which the
/// [`builder`](Builder::threads) may ask for fewer, and each takes one for as long as it lasts. A call waits, in a
/// loop, while all are in use; if as many callers are stopped inside, for ever. Handles are as they are elsewhere.
pub struct Bounded<T> {
    pub(super) ring: CellRing<T, Heap<T>>,
    /// Those who wait for room.
    pub(crate) pushers: WaitList,
    /// Those who wait for an item.
    pub(crate) poppers: WaitList,
}

// Nothing panics between a change and its completion, so an unwinding thread leaves the queue whole.
impl<T> UnwindSafe for Bounded<T> {}
impl<T> RefUnwindSafe for Bounded<T> {}

impl<T> Bounded<T> {
    /// A queue for `capacity` items.
    ///
    /// # Panics
    ///
    /// If `capacity` is zero or its memory cannot be had; [`try_new`](Self::try_new) says so
    /// instead.
    #[doc(alias = "Queue")]
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        match Self::try_new(capacity) {
            Ok(queue) => queue,
            Err(error) => panic!("no queue for {capacity} items: {error}"),
        }
    }

    /// A queue for `capacity` items, or why there cannot be one.
    ///
    /// ```
    /// use latchless::{error::CapacityError, queue::Bounded};
    /// assert_eq!(Bounded::<u8>::try_new(0).unwrap_err(), CapacityError::Zero);
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Builder::build`].
    pub fn try_new(capacity: usize) -> Result<Self, CapacityError> {
        Self::builder(capacity).build()
    }

    /// A queue for `capacity` items whose participants are still to be counted.
    ///
    /// ```
    /// use latchless::queue::Bounded;
    /// let queue: Bounded<[u8; 4096]> = Bounded::builder(16)
    ///     .threads(2)
    ///     .handles(4)
    ///     .build()?;
    /// # Ok::<(), latchless::error::CapacityError>(())
    /// ```
    pub fn builder(capacity: usize) -> Builder<T> {
        Builder::new(capacity)
    }

    /// Pushes `value` at the tail.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// # Errors
    ///
    /// [`Full`](TryPushError::Full) if every slot held an item at one moment of the call,
    /// [`Closed`](TryPushError::Closed) if the queue was closed; both give `value` back.
    #[doc(alias = "put_nowait")]
    #[inline]
    pub fn try_push(&self, value: T) -> Result<(), TryPushError<T>> {
        attempt::push(self, &mut OfThread, value)
    }

    /// Pops the item at the head.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
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

    /// Pushes `value` at the tail; if the queue is full, displaces exactly the oldest item and
    /// returns it.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// ```
    /// let last_two = latchless::queue::Bounded::new(2);
    /// for value in 1..=4 {
    ///     last_two.force_push(value)?;
    /// }
    /// assert_eq!(last_two.into_iter().collect::<Vec<_>>(), [3, 4]);
    /// # Ok::<(), latchless::error::PushError<i32>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the queue was closed; `value` is inside.
    pub fn force_push(&self, value: T) -> Result<Option<T>, PushError<T>> {
        let pushed = self.ring.force_push(&mut self.ring.enter(), value);
        self.after_force_push(&pushed);
        pushed.map_err(PushError)
    }

    /// Pushes from the front of `items` until none is left or none fits, and returns how many.
    ///
    /// Items keep their order; those of other producers may come in between, for each item takes
    /// effect by itself. What was not pushed stays in `items`, also when the queue was closed.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// ```
    /// use std::collections::VecDeque;
    /// let queue = latchless::queue::Bounded::new(3);
    /// let mut items = VecDeque::from([1, 2, 3, 4]);
    /// assert_eq!(queue.try_push_many(&mut items), 3);
    /// assert_eq!(items, [4]);
    /// let mut popped = Vec::new();
    /// assert_eq!(queue.try_pop_many(&mut popped, 2), 2);
    /// assert_eq!(popped, [1, 2]);
    /// ```
    pub fn try_push_many(&self, items: &mut VecDeque<T>) -> usize {
        let pushed = self.ring.try_push_many(&mut self.ring.enter(), items);
        self.after_batch(&self.poppers, pushed)
    }

    /// Pops at most `max` items, appends them to `items`, and returns how many.
    ///
    /// They come in order; other consumers may take some in between. A batch that has moved something
    /// and meets the end pauses once, for some microseconds, and then takes what has come meanwhile;
    /// [`try_push_many`](Self::try_push_many) does the same.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    pub fn try_pop_many(&self, items: &mut Vec<T>, max: usize) -> usize {
        let popped = in_runs(items, max, self.capacity(), |items, run| {
            self.ring.try_pop_many(&mut self.ring.enter(), items, run)
        });
        self.after_batch(&self.pushers, popped)
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
    /// use latchless::{error::TryPopError, queue::Bounded};
    /// let queue = Bounded::new(2);
    /// queue.try_push(1).unwrap();
    /// assert!(queue.close());
    /// assert!(queue.try_push(2).unwrap_err().is_closed());
    /// assert_eq!(queue.try_pop(), Ok(1));
    /// assert_eq!(queue.try_pop(), Err(TryPopError::Closed));
    /// ```
    pub fn close(&self) -> bool {
        let first = self.ring.close(&mut self.ring.enter());
        self.wake_all();
        first
    }

    /// Closes the queue and pops what is inside, into memory that is allocated for it. Items that
    /// other consumers pop meanwhile are theirs.
    ///
    /// **Waits:** never. **Progress:** lock-free, as far as the allocator is; a stopped peer holds up nobody.
    /// **Cancel:** there is nothing to cancel.
    pub fn close_now(&self) -> Vec<T> {
        self.close();
        // Nothing comes in any more, so this is room for all, and no more than that is popped.
        let most = self.len();
        let mut rest = Vec::with_capacity(most);
        self.try_pop_many(&mut rest, most);
        rest
    }

    /// Whether the queue was closed at one moment of the call.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    pub fn is_closed(&self) -> bool {
        let is_closed = self.ring.is_closed(&mut self.ring.enter());
        if is_closed {
            self.wake_all();
        }
        is_closed
    }

    /// How many items there were at one moment of the call.
    ///
    /// **Waits:** never. **Progress:** lock-free; it starts again when a push takes effect
    /// meanwhile. **Cancel:** there is nothing to cancel.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.ring.len(&mut self.ring.enter())
    }

    /// How many items fit.
    #[doc(alias = "maxsize")]
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// Whether there was no item at one moment of the call.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty(&mut self.ring.enter())
    }

    /// Whether every slot held an item at one moment of the call.
    ///
    /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:** there
    /// is nothing to cancel.
    #[doc(alias = "full")]
    pub fn is_full(&self) -> bool {
        self.ring.is_full(&mut self.ring.enter())
    }

    /// Pops until the queue is empty, one item a step.
    ///
    /// ```
    /// let queue = latchless::queue::Bounded::new(2);
    /// queue.try_push(1).unwrap();
    /// assert_eq!(queue.try_iter().sum::<i32>(), 1);
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self)
    }

    /// A place of one's own at this queue, for one thread at a time: the fastest path.
    ///
    /// ```
    /// let queue = latchless::queue::Bounded::new(1024);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         let mut handle = queue.handle().unwrap();
    ///         for value in 0..1024 {
    ///             handle.try_push(value).unwrap();
    ///         }
    ///     });
    /// });
    /// assert_eq!(queue.len(), 1024);
    /// ```
    ///
    /// # Errors
    ///
    /// If as many handles exist as the queue was built for. A *snapshot*: while others make and drop
    /// handles, it may fail although one place or another was free all the time.
    pub fn handle(&self) -> Result<Handle<'_, T>, HandleError> {
        Handle::new(self)
    }

    /// As [`handle`](Self::handle), for a queue in an [`Arc`].
    ///
    /// # Errors
    ///
    /// As [`handle`](Self::handle).
    pub fn owned_handle(queue: &Arc<Self>) -> Result<OwnedHandle<T>, HandleError> {
        OwnedHandle::new(Arc::clone(queue))
    }
}

/// What is to be done after a call, whoever made it.
impl<T> Bounded<T> {
    pub(super) fn after_force_push(&self, pushed: &Result<Option<T>, T>) {
        match pushed {
            // Also where another item was displaced: who came before may not have woken anybody yet.
            Ok(_) => self.poppers.notify_after_change(),
            Err(_) => self.wake_all(),
        }
    }

    /// Wakes a waiter for each item that was moved, and everybody where the queue was found closed. Says how many
    /// were moved.
    pub(super) fn after_batch(&self, waiters: &WaitList, moved: Moved) -> usize {
        if moved.found_closed {
            self.wake_all();
        } else if moved.count > 0 && waiters.has_waiters_after_change() {
            let _ = (0..moved.count).find(|_| !waiters.notify_one());
        }
        moved.count
    }

    /// Wakes everybody after a close; also by those who find the queue closed, for who closed it may
    /// have been stopped before it came to this.
    #[cold]
    pub(super) fn wake_all(&self) {
        for list in [&self.pushers, &self.poppers] {
            if list.has_waiters_after_change() {
                list.notify_all();
            }
        }
    }
}

impl<T> fmt::Debug for Bounded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bounded")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("is_closed", &self.is_closed())
            .finish()
    }
}

/// Pops in runs, so that memory is asked for between the runs and never inside one.
pub(super) fn in_runs<T>(
    items: &mut Vec<T>,
    max: usize,
    capacity: usize,
    mut pop: impl FnMut(&mut Vec<T>, usize) -> Moved,
) -> Moved {
    const RUN: usize = 64;
    let mut popped = Moved::default();
    while popped.count < max {
        let run = RUN.min(max - popped.count).min(capacity);
        items.reserve(run);
        let now = pop(items, run);
        popped.count += now.count;
        if now.count < run {
            popped.found_closed = now.found_closed;
            break;
        }
    }
    popped
}
