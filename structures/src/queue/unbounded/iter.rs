//! Iterators over an unbounded queue.

#![forbid(unsafe_code)]

use super::Unbounded;

/// Pops until the queue is empty; see [`Unbounded::try_iter`].
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is asked"]
pub struct TryIter<'a, T> {
    queue: &'a Unbounded<T>,
}

impl<'a, T> TryIter<'a, T> {
    pub(super) fn new(queue: &'a Unbounded<T>) -> Self {
        Self { queue }
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.queue.try_pop().ok()
    }
}

/// The items of a queue that is gone; see [`Unbounded::into_iter`](IntoIterator::into_iter).
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is asked"]
pub struct IntoIter<T> {
    queue: Unbounded<T>,
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.queue.try_pop().ok()
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        // Nobody else is there, so the snapshot is exact.
        let len = self.queue.len();
        (len, Some(len))
    }
}

impl<T> ExactSizeIterator for IntoIter<T> {}
impl<T> core::iter::FusedIterator for IntoIter<T> {}

impl<T> IntoIterator for Unbounded<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;
    fn into_iter(self) -> IntoIter<T> {
        IntoIter { queue: self }
    }
}

impl<T> FromIterator<T> for Unbounded<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let queue = Self::new();
        for item in items {
            // It is open: nobody else knows it.
            let _ = queue.push(item);
        }
        queue
    }
}
