//! Runs, at the consumer's end: many values of one word, and of several.

use super::{Ahead, Head, Place};
use crate::sync::{LONG, copy_out};
use core::fmt;

impl<T> Head<T> {
    /// Pops as many values as are there and fit into `values`; says how many.
    pub fn pop_slice(&mut self, values: &mut [T]) -> usize
    where
        T: Copy,
    {
        if size_of_val(values) >= LONG {
            self.ring.consumer.say(&mut self.said);
        }
        let since = self.front.place;
        let mut popped = 0;
        while popped < values.len() {
            let wanted = values.len() - popped;
            let count = match self.ahead() {
                Ahead::Nothing => break,
                Ahead::Single => {
                    // SAFETY: said just now.
                    values[popped] = unsafe { self.take(Ahead::Single) };
                    1
                }
                Ahead::Run(count) => {
                    let count = count.min(wanted);
                    let mut to = values[popped..].as_mut_ptr();
                    for (index, count) in self.parts(count) {
                        let from = self.ring.cells.to_read(index, count);
                        // SAFETY: the values are written (S3), `values` is so long, and not among them.
                        unsafe {
                            copy_out(from, to, count);
                            to = to.add(count);
                        }
                    }
                    count
                }
            };
            self.pass(count);
            popped += count;
        }
        if popped > 0 {
            self.free(since);
        }
        popped
    }

    /// Of the first `count` places those before the ring's end and those behind it, as index and count.
    #[inline(always)]
    fn parts(&self, count: usize) -> [(usize, usize); 2] {
        let first = self.front.place.index;
        let before = count.min(self.capacity - first);
        [(first, before), (0, count - before)]
    }

    /// The values at the front that were pushed together, at most `most` of them, in place; none if nothing is inside.
    pub fn stretch(&mut self, most: usize) -> Stretch<'_, T> {
        let (is_single, left) = match self.ahead() {
            Ahead::Nothing => (false, 0),
            Ahead::Single => (true, 1.min(most)),
            Ahead::Run(count) => (false, count.min(most)),
        };
        Stretch {
            since: self.front.place,
            head: self,
            is_single,
            left,
        }
    }
}

/// Values in place, to be taken from the front. Those that were taken make room when this is dropped, the others stay.
pub struct Stretch<'a, T> {
    head: &'a mut Head<T>,
    since: Place,
    is_single: bool,
    /// So many are left.
    left: usize,
}

impl<T> Stretch<'_, T> {
    /// How many values are left.
    #[inline]
    pub fn left(&self) -> usize {
        self.left
    }

    fn pointers(&self) -> [(*const T, usize); 2] {
        let index = self.head.front.place.index;
        if self.is_single {
            let value = self.head.slot(index).value.with(|place| place.cast::<T>());
            return [(value, self.left), (value, 0)];
        }
        let cells = &self.head.ring.cells;
        (self.head.parts(self.left)).map(|(index, count)| (cells.to_read(index, count), count))
    }

    /// The values that are left: those before the ring's end and those behind it.
    #[inline]
    pub fn as_slices(&self) -> (&[T], &[T]) {
        let [one, other] = self.pointers().map(|(first, count)| {
            // SAFETY: the values are written (S3), and not taken as long as this is borrowed.
            unsafe { core::slice::from_raw_parts(first, count) }
        });
        (one, other)
    }

    /// Takes the first value.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if self.left == 0 {
            return None;
        }
        let ahead = if self.is_single {
            Ahead::Single
        } else {
            Ahead::Run(self.left)
        };
        // SAFETY: said when this was made, and not taken since.
        let value = unsafe { self.head.take(ahead) };
        self.head.pass(1);
        self.left -= 1;
        Some(value)
    }

    /// Drops the first `count` values.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    pub fn skip(&mut self, count: usize) {
        assert!(count <= self.left, "beyond what is there");
        if core::mem::needs_drop::<T>() {
            (0..count).for_each(|_| drop(self.pop()));
        } else {
            self.head.pass(count);
            self.left -= count;
        }
    }

    /// Moves all that is left to the end of `values`, which has room for it.
    pub fn move_to(&mut self, values: &mut Vec<T>) {
        values.reserve(self.left);
        if self.left * size_of::<T>() >= LONG {
            self.head.ring.consumer.say(&mut self.head.said);
        }
        for (from, count) in self.pointers() {
            // SAFETY: the values are written (S3) and passed below, so each is moved once; there is room.
            unsafe {
                let to = values.as_mut_ptr().add(values.len());
                copy_out(from, to, count);
                values.set_len(values.len() + count);
            }
        }
        self.head.pass(self.left);
        self.left = 0;
    }
}

impl<T> Stretch<'_, T> {
    /// Makes the places empty of what was taken so far.
    #[inline]
    pub fn release(&mut self) {
        if self.head.front.place.position() != self.since.position() {
            self.head.free(self.since);
            self.since = self.head.front.place;
        }
    }
}

impl<T> Drop for Stretch<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.release();
    }
}

impl<T> fmt::Debug for Stretch<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stretch")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
