//! The calls of a [`Joinable`] queue that move several tasks: one after the other, each counted for itself.

#![forbid(unsafe_code)]

use super::Joinable;
use crate::error::PushError;
use crate::queue::Task;
use std::collections::VecDeque;

/// Several tasks.
impl<T> Joinable<T> {
    /// Pushes from the front of `items` until none is left or none fits, and returns how many.
    ///
    /// They keep their order; those of others may come in between. What was not pushed stays in `items`,
    /// also when the queue was closed.
    ///
    /// **Waits:** never. **Progress:** as [`try_push`](Self::try_push). **Cancel:** there is nothing to
    /// cancel.
    ///
    /// ```
    /// let queue = latchless::queue::Joinable::new(2);
    /// let mut items = [1, 2, 3].into();
    /// assert_eq!(queue.try_push_many(&mut items), 2);
    /// assert_eq!((items.len(), queue.unfinished()), (1, 2));
    /// let mut tasks = Vec::new();
    /// assert_eq!(queue.try_pop_many(&mut tasks, 8), 2);
    /// assert_eq!(queue.push_many(&mut items), 1);
    /// assert_eq!(queue.pop_many(&mut tasks, 8), 1);
    /// assert_eq!(tasks.iter().map(|task| **task).sum::<i32>(), 6);
    /// assert!(!queue.try_join());
    /// tasks.clear();
    /// assert!(queue.try_join());
    /// ```
    pub fn try_push_many(&self, items: &mut VecDeque<T>) -> usize {
        let mut pushed = 0;
        while let Some(item) = items.pop_front() {
            if let Err(refused) = self.try_push(item) {
                items.push_front(refused.into_inner());
                break;
            }
            pushed += 1;
        }
        pushed
    }

    /// Pops at most `max` tasks, appends them to `tasks`, and returns how many.
    ///
    /// They come in order; others may pop some in between.
    ///
    /// **Waits:** never. **Progress:** as [`try_pop`](Self::try_pop). **Cancel:** there is nothing to
    /// cancel.
    pub fn try_pop_many<'a>(&'a self, tasks: &mut Vec<Task<'a, T>>, max: usize) -> usize {
        let mut popped = 0;
        while popped < max {
            // Memory first: a task in hand must not be done with over it.
            tasks.reserve(1);
            let Ok(task) = self.try_pop() else { break };
            tasks.push(task);
            popped += 1;
        }
        popped
    }

    /// Pushes all of `items` from the front, waits while the queue is full, and returns how many were
    /// pushed: all, unless the queue was closed. What was not pushed stays in `items`, and does not count
    /// as unfinished.
    ///
    /// **Waits:** for room. **Progress:** as [`push`](Self::push). **Cancel:** there is nothing to cancel.
    pub fn push_many(&self, items: &mut VecDeque<T>) -> usize {
        let mut pushed = 0;
        while let Some(item) = items.pop_front() {
            if let Err(PushError(item)) = self.push(item) {
                items.push_front(item);
                break;
            }
            pushed += 1;
        }
        pushed
    }

    /// Waits while the queue is empty, then pops at most `max` tasks, appends them to `tasks`, and returns
    /// how many: at least one, unless `max` is zero or the queue was closed and is empty.
    ///
    /// **Waits:** for a task. **Progress:** as [`pop`](Self::pop). **Cancel:** there is nothing to cancel.
    pub fn pop_many<'a>(&'a self, tasks: &mut Vec<Task<'a, T>>, max: usize) -> usize {
        if max == 0 {
            return 0;
        }
        tasks.reserve(1);
        let Ok(first) = self.pop() else {
            return 0;
        };
        tasks.push(first);
        1 + self.try_pop_many(tasks, max - 1)
    }
}
