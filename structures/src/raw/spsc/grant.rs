//! Runs, at the producer's end: many values that become one word.

use super::{Tail, Word};
use crate::sync::{LONG, Way, copy_in};
use core::fmt;
use core::mem::MaybeUninit;

impl<T> Tail<T> {
    /// Pushes as many of `values` as there is room for, as one run; says how many.
    pub fn push_slice(&mut self, values: &[T]) -> usize
    where
        T: Copy,
    {
        if size_of_val(values) >= LONG && self.ring.consumer.is_elsewhere() {
            return self.push_far(values);
        }
        let mut grant = self.grant(values.len());
        grant.copy(values, Way::Through);
        let count = grant.written();
        grant.commit();
        count
    }

    /// As [`push_slice`](Self::push_slice), many, for a consumer on another core.
    fn push_far(&mut self, values: &[T]) -> usize
    where
        T: Copy,
    {
        let (way, timed) = self.ways.next();
        let mut grant = self.grant(values.len());
        grant.copy(values, way);
        let count = grant.written();
        grant.commit();
        let bytes = count * size_of::<T>();
        if let Some(since) = timed
            && bytes >= LONG
        {
            self.ways.took(way, since, bytes);
        }
        count
    }

    /// Room for at most `most` values, in place.
    pub fn grant(&mut self, most: usize) -> Grant<'_, T> {
        let room = self.room_for(most);
        Grant {
            tail: self,
            room,
            written: 0,
        }
    }
}

/// Empty places in a row, to be filled from the front: they become a run when they are committed.
///
/// Dropped before that, it takes back what was written.
pub struct Grant<'a, T> {
    tail: &'a mut Tail<T>,
    room: usize,
    written: usize,
}

impl<T> Grant<'_, T> {
    /// How many values were written.
    #[inline]
    pub fn written(&self) -> usize {
        self.written
    }

    /// How many fit.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.room
    }

    /// Of the places from `from` on, `count` of them, those before the ring's end and those behind it, as index and
    /// count.
    #[inline(always)]
    fn parts(&self, from: usize, count: usize) -> [(usize, usize); 2] {
        let first = self.tail.place.plus(from, self.tail.capacity).index;
        let before = count.min(self.tail.capacity - first);
        [(first, before), (0, count - before)]
    }

    /// Writes the next value, or gives it back if there is no room for it.
    #[inline(always)]
    pub fn push(&mut self, value: T) -> Result<(), T> {
        if self.written == self.room {
            return Err(value);
        }
        let [(index, _), _] = self.parts(self.written, 1);
        // SAFETY: the place is empty (S3), and this is the only producer.
        unsafe { self.tail.ring.cells.to_write(index, 1).write(value) };
        self.written += 1;
        Ok(())
    }

    /// Writes as many of `values` as fit.
    #[inline]
    pub fn extend_from_slice(&mut self, values: &[T])
    where
        T: Copy,
    {
        let way = match size_of_val(values) {
            LONG.. if self.tail.ring.consumer.is_elsewhere() => self.tail.ways.best(),
            _ => Way::Through,
        };
        self.copy(values, way);
    }

    #[inline(always)]
    fn copy(&mut self, values: &[T], way: Way)
    where
        T: Copy,
    {
        let count = values.len().min(self.room - self.written);
        let mut from = values.as_ptr();
        for (index, count) in self.parts(self.written, count) {
            let to = self.tail.ring.cells.to_write(index, count);
            // SAFETY: both are so long, the places are empty (S3), and `values` are not among them, for nobody can
            // have a reference to those.
            unsafe {
                copy_in(from, to, count, way);
                from = from.add(count);
            }
        }
        self.written += count;
    }

    /// The places that were not written yet: those before the ring's end and those behind it.
    pub fn rest(&mut self) -> (&mut [MaybeUninit<T>], &mut [MaybeUninit<T>]) {
        let [one, other] =
            self.parts(self.written, self.room - self.written)
                .map(|(index, count)| {
                    let first = self.tail.ring.cells.to_write(index, count);
                    // SAFETY: the places are empty (S3), this is the only producer, it is kept from everything else
                    // as long as the slices live, and the two do not overlap.
                    unsafe { core::slice::from_raw_parts_mut(first.cast(), count) }
                });
        (one, other)
    }

    /// Counts the next `count` places as written.
    ///
    /// # Safety
    ///
    /// They are, by way of [`rest`](Self::rest).
    ///
    /// # Panics
    ///
    /// If there are fewer.
    pub unsafe fn advance(&mut self, count: usize) {
        assert!(count <= self.room - self.written, "beyond the room");
        self.written += count;
    }

    /// What was written is there now, as a whole.
    #[inline]
    pub fn commit(mut self) {
        let count = core::mem::take(&mut self.written);
        let tail = &mut *self.tail;
        if count > 0 {
            let next = tail.place.plus(count, tail.capacity);
            tail.slot(tail.place.index).tell(Word::run(next.position()));
            tail.place = next;
            tail.free -= count;
        }
    }
}

impl<T> Drop for Grant<'_, T> {
    fn drop(&mut self) {
        // From the back, so that the rest is still counted where a destructor panics: the drop goes on from there.
        struct Rest<'a, 'b, T>(&'a mut Grant<'b, T>);
        impl<T> Rest<'_, '_, T> {
            fn drop_all(&mut self) {
                while let Some(last) = self.0.written.checked_sub(1) {
                    self.0.written = last;
                    let [(index, _), _] = self.0.parts(last, 1);
                    // SAFETY: written, and not counted any more.
                    unsafe { self.0.tail.ring.cells.to_write(index, 1).drop_in_place() };
                }
            }
        }
        impl<T> Drop for Rest<'_, '_, T> {
            fn drop(&mut self) {
                self.drop_all();
            }
        }
        if self.written > 0 {
            let mut rest = Rest(self);
            rest.drop_all();
        }
    }
}

impl<T> fmt::Debug for Grant<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}
