//! Values in place: written where the receiver reads them, and read where the sender wrote them.

use super::{Receiver, Sender};
use crate::error::{TryRecvError, TrySendError};
use crate::pipe::ends::Ends;
use crate::raw::spsc::{Grant, Stretch};
use core::fmt;
use core::mem::MaybeUninit;

impl<T> Sender<T> {
    /// Room for at most `max` values in place, to be filled from the front and sent as a whole.
    ///
    /// To wait for room, call [`wait_writable`](Self::wait_writable) before.
    ///
    /// **Waits:** never. **Progress:** wait-free; it does not depend on the receiver at all. **Cancel:** a chunk that is
    /// dropped sends nothing, and drops what was written into it.
    ///
    /// ```
    /// let (mut sender, mut receiver) = latchless::pipe::oneway(4);
    /// let mut chunk = sender.try_write_chunk(3)?;
    /// chunk.extend_from_slice(&[1, 2]);
    /// chunk.push(3).unwrap();
    /// assert_eq!(chunk.push(4), Err(4));
    /// chunk.commit();
    /// let mut chunk = receiver.try_read_chunk(9).unwrap();
    /// assert_eq!(chunk.as_slices().0, [1, 2, 3]);
    /// assert_eq!(chunk.next(), Some(1));
    /// drop(chunk);
    /// assert_eq!(receiver.recv(), Ok(2));
    /// # Ok::<(), latchless::error::TrySendError<()>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Full`](TrySendError::Full) if there was no room at one moment of the call (and `max` is not 0),
    /// [`Closed`](TrySendError::Closed) if the receiver is gone.
    pub fn try_write_chunk(&mut self, max: usize) -> Result<WriteChunk<'_, T>, TrySendError<()>> {
        if self.ends.receiver_is_gone() {
            return Err(TrySendError::Closed(()));
        }
        let grant = self.tail.grant(max);
        if grant.capacity() == 0 && max > 0 {
            return Err(TrySendError::Full(()));
        }
        Ok(WriteChunk {
            grant,
            ends: &self.ends,
        })
    }
}

impl<T> Receiver<T> {
    /// The values at the front that were sent together, at most `max` of them, in place.
    ///
    /// What one call with a slice or one chunk has sent lies together; a value that was sent by itself is a chunk by
    /// itself. To wait for a value, call [`wait_readable`](Self::wait_readable) before.
    ///
    /// **Waits:** never. **Progress:** wait-free; it does not depend on the sender at all. **Cancel:** what was not taken from a
    /// chunk stays inside.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvError::Empty) if nothing was inside at one moment of the call,
    /// [`Closed`](TryRecvError::Closed) if nothing is inside and the sender is gone.
    pub fn try_read_chunk(&mut self, max: usize) -> Result<ReadChunk<'_, T>, TryRecvError> {
        self.try_wait_readable()?;
        Ok(ReadChunk {
            stretch: self.head.stretch(max),
            ends: &self.ends,
            took: false,
        })
    }
}

/// Room in place; see [`Sender::try_write_chunk`].
#[must_use = "a chunk that is not committed sends nothing"]
pub struct WriteChunk<'a, T> {
    grant: Grant<'a, T>,
    ends: &'a Ends,
}

impl<T> WriteChunk<'_, T> {
    /// How many values were written.
    pub fn len(&self) -> usize {
        self.grant.written()
    }

    /// Whether none was written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values fit.
    pub fn capacity(&self) -> usize {
        self.grant.capacity()
    }

    /// Writes the next value.
    ///
    /// # Errors
    ///
    /// If the chunk is full; the value comes back.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), T> {
        self.grant.push(value)
    }

    /// Writes as many of `values` as fit, from the front, and says how many.
    #[inline]
    pub fn extend_from_slice(&mut self, values: &[T]) -> usize
    where
        T: Copy,
    {
        let before = self.len();
        self.grant.extend_from_slice(values);
        self.len() - before
    }

    /// The places that were not written yet, in order: those up to the end of the memory, and those from its beginning.
    ///
    /// What is written here counts when [`advance`](Self::advance) says so.
    pub fn rest_mut(&mut self) -> (&mut [MaybeUninit<T>], &mut [MaybeUninit<T>]) {
        self.grant.rest()
    }

    /// Counts the next `count` places as written.
    ///
    /// # Safety
    ///
    /// They were written, by way of [`rest_mut`](Self::rest_mut).
    ///
    /// # Panics
    ///
    /// If the rest is shorter.
    pub unsafe fn advance(&mut self, count: usize) {
        // SAFETY: the contract.
        unsafe { self.grant.advance(count) };
    }

    /// Sends what was written, as a whole.
    ///
    /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
    #[inline]
    pub fn commit(self) {
        let wrote = !self.is_empty();
        self.grant.commit();
        if wrote {
            self.ends.for_items.wake_after_change();
        }
    }
}

/// Values in place, and an iterator that takes them from the front; see [`Receiver::try_read_chunk`].
///
/// When it is dropped, what was taken makes room for the sender, and the rest stays inside. (One that is forgotten makes no
/// room for what was taken from it, and none for what comes later.)
#[must_use = "a chunk from which nothing is taken leaves all inside"]
pub struct ReadChunk<'a, T> {
    stretch: Stretch<'a, T>,
    ends: &'a Ends,
    took: bool,
}

impl<T> ReadChunk<'_, T> {
    /// How many values are left in it.
    pub fn len(&self) -> usize {
        self.stretch.left()
    }

    /// Whether all were taken.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values that are left, in order: those up to the end of the memory, and those from its beginning.
    pub fn as_slices(&self) -> (&[T], &[T]) {
        self.stretch.as_slices()
    }

    /// Drops the first `count` values.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    pub fn skip_first(&mut self, count: usize) {
        self.took |= count > 0;
        self.stretch.skip(count);
    }

    /// Appends all that are left to `values`.
    pub fn move_to(mut self, values: &mut Vec<T>) {
        values.reserve(self.len());
        self.took |= !self.is_empty();
        self.stretch.move_to(values);
    }
}

impl<T> Iterator for ReadChunk<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let value = self.stretch.pop()?;
        self.took = true;
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<T> ExactSizeIterator for ReadChunk<'_, T> {}

impl<T> Drop for ReadChunk<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.stretch.release();
        if self.took {
            self.ends.for_room.wake_after_change();
        }
    }
}

impl<T> fmt::Debug for WriteChunk<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteChunk")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish()
    }
}

impl<T> fmt::Debug for ReadChunk<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadChunk")
            .field("len", &self.len())
            .finish()
    }
}
