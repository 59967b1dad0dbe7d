//! The producer's end, a value at a time.

use super::{EMPTY, Position, Slot, Tail, Word, lead};
use core::fmt;

impl<T> Tail<T> {
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

    /// How many places more are empty, behind `free` that are known to be.
    #[inline(always)]
    fn look(&self, free: usize) -> usize {
        if free == self.capacity {
            return 0;
        }
        let there = self.place.plus(free, self.capacity);
        (self.slot(there.index).look()).reach(EMPTY, there.position(), self.capacity)
    }

    /// How many values are inside at one moment of the call.
    pub fn len(&self) -> usize {
        let mut free = self.free;
        loop {
            match self.look(free) {
                0 => return self.capacity - free,
                more => free += more,
            }
        }
    }

    /// Whether nothing is inside at one moment of the call.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room at one moment of the call.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.free == 0 && self.look(0) == 0
    }

    /// How many of `wanted` places are empty; takes note of it.
    #[inline]
    pub(super) fn room_for(&mut self, wanted: usize) -> usize {
        while self.free < wanted {
            match self.look(self.free) {
                0 => break,
                more => self.free += more,
            }
        }
        self.free.min(wanted)
    }

    /// Pushes a value, or gives it back if there is no room.
    ///
    /// The usual way through is a comparison of the slot's word with the one that makes just this slot empty. It is short,
    /// for where cores are far from each other, speed is how many of them a core has under way at a time.
    #[inline(always)]
    pub fn push(&mut self, value: T) -> Result<(), T> {
        let slot = self.slot(self.place.index);
        let position = self.place.position();
        if self.free > 0 {
            self.free -= 1;
        } else if slot.look() != Word::empty(position.plus(1)) {
            // Out of line, and without a reference to this end: so that its fields can be kept in registers.
            match room_by(slot, position, self.capacity) {
                0 => return Err(value),
                more => self.free = more - 1,
            }
        }
        let slot = self.slot(self.place.index);
        slot.value.with_mut(|place| {
            // SAFETY: the place is empty (S3), and this is the only producer.
            unsafe { (*place).write(value) };
        });
        slot.tell(Word::single(position));
        self.place.index += 1;
        if self.place.index == self.place.stop {
            // By values, as above.
            (self.place, self.said) = lead::of_tail(&self.ring, self.place, self.said);
        }
        Ok(())
    }
}

/// How many places from this one on are empty, by the word of its slot.
#[cold]
#[inline(never)]
fn room_by<T>(slot: &Slot<T>, position: Position, capacity: usize) -> usize {
    slot.look().reach(EMPTY, position, capacity)
}

impl<T> fmt::Debug for Tail<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tail")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
