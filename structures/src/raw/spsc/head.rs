//! The consumer's end, a value at a time.

use super::{Head, Place, Position, RUN, Slot, Word, lead};
use crate::sync::has_failed;
use core::fmt;

/// Values that lie together at the front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ahead {
    Nothing,
    Single,
    /// So many.
    Run(usize),
}

impl<T> Head<T> {
    /// How many values fit.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    #[inline(always)]
    pub(super) fn slot(&self, index: usize) -> &Slot<T> {
        debug_assert!(index < self.capacity);
        // SAFETY: an index of a place is below the capacity, and the ring is kept by this end.
        unsafe { self.slots.add(index).as_ref() }
    }

    /// What lies at a place where a word of the producer's must be.
    #[inline(always)]
    fn look(&self, there: Place) -> Ahead {
        let word = self.slot(there.index).look();
        if word == Word::single(there.position()) {
            return Ahead::Single;
        }
        match word.reach(RUN, there.position(), self.capacity) {
            0 => Ahead::Nothing,
            count => Ahead::Run(count),
        }
    }

    /// What lies at the front; takes note of a run.
    #[inline(always)]
    pub(super) fn ahead(&mut self) -> Ahead {
        if self.front.run == 0 {
            match self.look(self.front.place) {
                Ahead::Run(count) => self.front.run = count,
                other => return other,
            }
        }
        Ahead::Run(self.front.run)
    }

    /// How many values are inside at one moment of the call.
    pub fn len(&self) -> usize {
        let mut len = self.front.run;
        while len < self.capacity {
            match self.look(self.front.place.plus(len, self.capacity)) {
                Ahead::Nothing => break,
                Ahead::Single => len += 1,
                Ahead::Run(count) => len += count,
            }
        }
        len
    }

    /// Whether nothing is inside at one moment of the call.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.front.run == 0 && self.look(self.front.place) == Ahead::Nothing
    }

    /// Moves the first value out, which is there; its place is not empty yet.
    ///
    /// # Safety
    ///
    /// `ahead`, which is not nothing, was said last, and it is called once.
    #[inline(always)]
    pub(super) unsafe fn take(&self, ahead: Ahead) -> T {
        let index = self.front.place.index;
        if ahead == Ahead::Single {
            return self.slot(index).value.with(|place| {
                // SAFETY: written (S3), and read once.
                unsafe { (*place).assume_init_read() }
            });
        }
        // SAFETY: as above.
        unsafe { self.ring.cells.to_read(index, 1).read() }
    }

    /// Goes past so many values, which were taken, without making their places empty.
    #[inline(always)]
    pub(super) fn pass(&mut self, count: usize) {
        self.front.run = self.front.run.saturating_sub(count);
        self.front.place = self.front.place.plus(count, self.capacity);
    }

    /// Makes the places empty from `since` up to the front.
    #[inline(always)]
    pub(super) fn free(&self, since: Place) {
        let limit = self.front.place.position().plus(self.capacity);
        self.slot(since.index).tell(Word::empty(limit));
    }

    /// Pops the first value. The usual way through is short, as that of [`Tail::push`].
    #[inline(always)]
    pub fn pop(&mut self) -> Option<T> {
        let slot = self.slot(self.front.place.index);
        let position = self.front.place.position();
        if self.front.run > 0 || slot.look() != Word::single(position) {
            // Out of line, and without a reference to this end: so that its fields can be kept in registers.
            let run = match self.front.run {
                0 => run_by(slot, position, self.capacity),
                run => run,
            };
            if run == 0 {
                return None;
            }
            self.front.run = run;
            return Some(self.pop_from_run());
        }
        // SAFETY: it is there: said just now.
        let value = unsafe { self.take(Ahead::Single) };
        slot.tell(Word::empty(position.plus(1).plus(self.capacity)));
        self.front.place.index += 1;
        if self.front.place.index == self.front.place.stop {
            // By values, as above.
            (self.front.place, self.said) = lead::of_head(&self.ring, self.front.place, self.said);
        }
        Some(value)
    }

    /// Pops the first value, which is that of a run.
    #[inline(always)]
    fn pop_from_run(&mut self) -> T {
        let since = self.front.place;
        // SAFETY: it is there, for the run is not over.
        let value = unsafe { self.take(Ahead::Run(self.front.run)) };
        self.pass(1);
        self.free(since);
        value
    }
}

/// How many values of a run there are from this place on, by the word of its slot.
#[cold]
#[inline(never)]
fn run_by<T>(slot: &Slot<T>, position: Position, capacity: usize) -> usize {
    slot.look().reach(RUN, position, capacity)
}

impl<T> Drop for Head<T> {
    /// Keeps for the ring's drop where it stood.
    fn drop(&mut self) {
        if has_failed() {
            return;
        }
        self.ring.end.with_mut(|end| {
            // SAFETY: the only consumer, at its end; the ring's drop reads it, which comes later.
            unsafe { *end = self.front };
        });
    }
}

impl<T> fmt::Debug for Head<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
