//! Iterators over a queue.

#![forbid(unsafe_code)]

use super::bounded::Bounded;

/// Pops until the queue is empty; see [`Bounded::try_iter`].
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is asked"]
pub struct TryIter<'a, T> {
    queue: &'a Bounded<T>,
}

impl<'a, T> TryIter<'a, T> {
    pub(super) fn new(queue: &'a Bounded<T>) -> Self {
        Self { queue }
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.queue.try_pop().ok()
    }
}

/// The items of a queue that is gone; see [`Bounded::into_iter`](IntoIterator::into_iter).
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is asked"]
pub struct IntoIter<T> {
    queue: Bounded<T>,
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.queue.try_pop().ok()
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.queue.len();
        (len, Some(len))
    }
}

impl<T> ExactSizeIterator for IntoIter<T> {}
impl<T> core::iter::FusedIterator for IntoIter<T> {}

impl<T> IntoIterator for Bounded<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;
    fn into_iter(self) -> IntoIter<T> {
        IntoIter { queue: self }
    }
}
