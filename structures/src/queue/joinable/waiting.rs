//! The calls of a [`Joinable`] queue that wait.

#![forbid(unsafe_code)]

use super::Joinable;
use super::attempt::{Popping, Pushing};
use crate::error::{PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError};
use crate::queue::Task;
use crate::sync::Deadline;
use crate::wait::forms::{self, Attempt, Waiting};
use core::future::Future;
use std::time::{Duration, Instant};

/// Pushing.
impl<T> Joinable<T> {
    /// Pushes `value` at the tail, as a task, and waits while the queue is full.
    ///
    /// While it waits, the value does not count as unfinished.
    ///
    /// **Waits:** for room. **Progress:** of those who wait, one is woken for each task that is popped;
    /// if a thread is stopped before it wakes one, the next successful pop does. **Cancel:** there
    /// is nothing to cancel.
    ///
    /// # Errors
    ///
    /// If the queue was closed; `value` is inside.
    ///
    /// # Panics
    ///
    /// As [`try_push`](Self::try_push), all forms.
    #[doc(alias = "put")]
    #[inline]
    pub fn push(&self, value: T) -> Result<(), PushError<T>> {
        self.pushing(value).wait()
    }

    /// Pushes `value` at the tail, as a task, and waits at most for `timeout` while the queue is full.
    ///
    /// A timeout of zero is a [`try_push`](Self::try_push); one beyond what the clock can count never
    /// passes.
    ///
    /// **Waits:** for room. **Progress:** as [`push`](Self::push). **Cancel:** a call that runs out of
    /// time gives `value` back.
    ///
    /// # Errors
    ///
    /// If the time is over and the queue was full, or if it was closed; `value` is inside.
    pub fn push_timeout(&self, value: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        self.pushing(value).wait_until(&Deadline::after(timeout))
    }

    /// As [`push_timeout`](Self::push_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn push_deadline(&self, value: T, deadline: Instant) -> Result<(), PushTimeoutError<T>> {
        self.pushing(value).wait_until(&Deadline::at(deadline))
    }

    /// Pushes `value` at the tail, as a task, and waits, as an async task, while the queue is full.
    ///
    /// **Waits:** for room. **Progress:** as [`push`](Self::push). **Cancel:** a future that is dropped
    /// before it completes has not pushed; `value` is dropped with it, and a wake that it was given
    /// goes to the next. Any runtime's timeout will do. (One that is forgotten while it waits takes a
    /// wake, and a little memory until the queue is dropped; it does not count as unfinished.)
    ///
    /// # Errors
    ///
    /// If the queue was closed; `value` is inside.
    pub fn push_async(
        &self,
        value: T,
    ) -> impl Future<Output = Result<(), PushError<T>>> + use<'_, T> {
        self.pushing(value).future()
    }

    fn pushing(&self, value: T) -> Pushing<T, &Self, T> {
        Pushing::new(self, value, |queue, value| queue.try_push(value))
    }
}

/// Popping.
impl<T> Joinable<T> {
    /// Pops the task at the head, and waits while the queue is empty.
    ///
    /// **Waits:** for a task. **Progress:** of those who wait, one is woken for each task that is
    /// pushed or retried; if a thread is stopped before it wakes one, the next successful push does.
    /// **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// If the queue was closed and is empty.
    #[doc(alias = "get")]
    #[inline]
    pub fn pop(&self) -> Result<Task<'_, T>, PopError> {
        match self.try_pop() {
            Ok(task) => Ok(task),
            Err(TryPopError::Closed) => Err(PopError),
            Err(TryPopError::Empty) => forms::wait(self.popping()),
        }
    }

    /// Pops the task at the head, and waits at most for `timeout` while the queue is empty.
    ///
    /// A timeout of zero is a [`try_pop`](Self::try_pop); one beyond what the clock can count never
    /// passes.
    ///
    /// **Waits:** for a task. **Progress:** as [`pop`](Self::pop). **Cancel:** a call that runs out of
    /// time has taken nothing.
    ///
    /// # Errors
    ///
    /// If the time is over and the queue was empty, or if it was closed and is empty.
    pub fn pop_timeout(&self, timeout: Duration) -> Result<Task<'_, T>, PopTimeoutError> {
        self.pop_until(&Deadline::after(timeout))
    }

    /// As [`pop_timeout`](Self::pop_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn pop_deadline(&self, deadline: Instant) -> Result<Task<'_, T>, PopTimeoutError> {
        self.pop_until(&Deadline::at(deadline))
    }

    /// Pops the task at the head, and waits, as an async task, while the queue is empty.
    ///
    /// **Waits:** for a task. **Progress:** as [`pop`](Self::pop). **Cancel:** a future that is dropped
    /// before it completes has taken nothing, and a wake that it was given goes to the next. Any
    /// runtime's timeout will do. (One that is forgotten while it waits takes a wake, and a little memory
    /// until the queue is dropped.)
    ///
    /// # Errors
    ///
    /// If the queue was closed and is empty.
    pub fn pop_async(&self) -> impl Future<Output = Result<Task<'_, T>, PopError>> + use<'_, T> {
        Waiting::new(self.popping())
    }

    fn popping(&self) -> Popping<'_, T> {
        Popping { queue: self }
    }

    fn pop_until(&self, deadline: &Deadline) -> Result<Task<'_, T>, PopTimeoutError> {
        match forms::wait_until(self.popping(), deadline) {
            Ok(Ok(task)) => Ok(task),
            Ok(Err(PopError)) => Err(PopTimeoutError::Closed),
            Err(_) => Err(PopTimeoutError::Timeout),
        }
    }
}

/// Joining.
impl<T> Joinable<T> {
    /// Whether no task was unfinished at one moment of the call.
    ///
    /// If so, everything that was done for the tasks that were pushed before is seen by the caller; as
    /// with all forms of joining.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[must_use]
    pub fn try_join(&self) -> bool {
        self.unfinished() == 0
    }

    /// Waits until no task is unfinished.
    ///
    /// It returns if that was so at one moment of the call, even if others have pushed again before the
    /// caller wakes. So what was pushed before the call is done; it is not said that the queue is
    /// without work now.
    ///
    /// **Waits:** for workers to finish all tasks, and for pushes that are in progress. **Progress:** all
    /// who wait are woken when the last task is finished; if the thread that finished it is stopped
    /// before it wakes them, the next push does, or the one after, if that is stopped too. **Cancel:** there is nothing to cancel.
    ///
    /// ```
    /// let queue = latchless::queue::Joinable::new(8);
    /// std::thread::scope(|scope| {
    ///     for number in 1..=3 {
    ///         queue.push(number).unwrap();
    ///     }
    ///     scope.spawn(|| (0..3).for_each(|_| queue.pop().unwrap().done()));
    ///     queue.join();
    ///     assert!(queue.is_empty());
    /// });
    /// ```
    pub fn join(&self) {
        let mut joining = self.count.joining();
        if joining.attempt().is_none() {
            forms::wait(joining);
        }
    }

    /// Waits at most for `timeout` until no task is unfinished, and says whether that was so at one
    /// moment of the call.
    ///
    /// A timeout of zero is a [`try_join`](Self::try_join); one beyond what the clock can count never
    /// passes.
    ///
    /// **Waits:** as [`join`](Self::join). **Progress:** as there. **Cancel:** a call that runs out of time
    /// changes nothing.
    #[must_use]
    pub fn join_timeout(&self, timeout: Duration) -> bool {
        self.join_until(&Deadline::after(timeout))
    }

    /// As [`join_timeout`](Self::join_timeout), until `deadline`.
    #[must_use]
    pub fn join_deadline(&self, deadline: Instant) -> bool {
        self.join_until(&Deadline::at(deadline))
    }

    /// Waits, as an async task, until no task is unfinished; what [`join`](Self::join) says of its call is
    /// true from the first poll on.
    ///
    /// **Waits:** as [`join`](Self::join). **Progress:** as there. **Cancel:** a future that is dropped
    /// changes nothing. Any runtime's timeout will do. (One that is forgotten while it waits takes a little
    /// memory until the queue is dropped, and keeps no other who joins.)
    pub fn join_async(&self) -> impl Future<Output = ()> + use<'_, T> {
        Waiting::new(self.count.joining())
    }

    fn join_until(&self, deadline: &Deadline) -> bool {
        forms::wait_until(self.count.joining(), deadline).is_ok()
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::super::count::Count;
    use super::super::inside::Inside;
    use super::*;
    use crate::queue::Bounded;
    use core::sync::atomic::{AtomicUsize, Ordering};
    use core::task::{Context, Poll};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Wake, Waker};

    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The only attempt that can panic: it was woken for room, and there are too many unfinished tasks by then.
    #[test]
    fn a_push_that_is_refused_by_a_panic_leaves_the_room_to_the_next() {
        let most = 1 << 31;
        let queue = Joinable {
            queue: Inside::Bounded(Bounded::new(1)),
            count: Count::new(most - 2),
        };
        queue.try_push(1).expect("there is room");
        let bells = [Arc::<Bell>::default(), Arc::default()];
        let wakers = bells.clone().map(Waker::from);
        let [mut one, mut other] = wakers.each_ref().map(Context::from_waker);
        let (mut first, mut second) = (pin!(queue.push_async(2)), pin!(queue.push_async(3)));
        assert!(first.as_mut().poll(&mut one).is_pending());
        assert!(second.as_mut().poll(&mut other).is_pending());
        queue.count.add();
        let task = queue.try_pop().expect("there is a task");
        let rung = || bells.each_ref().map(|bell| bell.0.load(Ordering::Relaxed));
        assert_eq!(rung(), [1, 0]);
        assert!(catch_unwind(AssertUnwindSafe(|| first.as_mut().poll(&mut one))).is_err());
        assert_eq!(rung(), [1, 1], "the wake was lost");
        task.done();
        assert_eq!(second.as_mut().poll(&mut other), Poll::Ready(Ok(())));
    }
}
