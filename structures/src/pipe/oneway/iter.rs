//! Iterators over what is received.

#![forbid(unsafe_code)]

use super::Receiver;
use core::iter::FusedIterator;

/// Receives until the sender is gone and nothing is inside; see [`Receiver::iter`].
#[derive(Debug)]
pub struct Iter<'a, T>(pub(super) &'a mut Receiver<T>);

/// Receives until nothing is inside; see [`Receiver::try_iter`].
#[derive(Debug)]
pub struct TryIter<'a, T>(pub(super) &'a mut Receiver<T>);

/// As [`Iter`], with the receiver inside.
#[derive(Debug)]
pub struct IntoIter<T>(Receiver<T>);

impl<T> Iterator for Iter<'_, T> {
    type Item = T;
    #[inline]
    fn next(&mut self) -> Option<T> {
        self.0.recv().ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;
    #[inline]
    fn next(&mut self) -> Option<T> {
        self.0.try_recv().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;
    #[inline]
    fn next(&mut self) -> Option<T> {
        self.0.recv().ok()
    }
}

impl<T> FusedIterator for Iter<'_, T> {}
impl<T> FusedIterator for IntoIter<T> {}

impl<'a, T> IntoIterator for &'a mut Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;
    fn into_iter(self) -> IntoIter<T> {
        IntoIter(self)
    }
}
