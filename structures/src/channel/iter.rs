//! Iterators over what a receiver receives.

#![forbid(unsafe_code)]

use super::Receiver;

/// Receives until the channel is closed and empty; see [`Receiver::iter`].
#[derive(Clone, Debug)]
#[must_use = "an iterator does nothing until it is asked"]
pub struct Iter<'a, T> {
    receiver: &'a Receiver<T>,
}

/// Receives until there is no message; see [`Receiver::try_iter`].
#[derive(Clone, Debug)]
#[must_use = "an iterator does nothing until it is asked"]
pub struct TryIter<'a, T> {
    receiver: &'a Receiver<T>,
}

/// Receives what was inside; see [`Receiver::drain`].
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is asked"]
pub struct Drain<'a, T> {
    receiver: &'a Receiver<T>,
    left: usize,
}

/// Receives until the channel is closed and empty, by a receiver of its own.
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is asked"]
pub struct IntoIter<T> {
    receiver: Receiver<T>,
}

impl<'a, T> Iter<'a, T> {
    pub(super) fn new(receiver: &'a Receiver<T>) -> Self {
        Self { receiver }
    }
}

impl<'a, T> TryIter<'a, T> {
    pub(super) fn new(receiver: &'a Receiver<T>) -> Self {
        Self { receiver }
    }
}

impl<'a, T> Drain<'a, T> {
    pub(super) fn new(receiver: &'a Receiver<T>, left: usize) -> Self {
        Self { receiver, left }
    }
}

impl<T> IntoIter<T> {
    pub(super) fn new(receiver: Receiver<T>) -> Self {
        Self { receiver }
    }
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

impl<T> Iterator for Drain<'_, T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        let message = self.receiver.try_recv().ok();
        if message.is_none() {
            self.left = 0;
        }
        message
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl<T> core::iter::FusedIterator for Drain<'_, T> {}

impl<T> Iterator for IntoIter<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}
