//! Places for values on their way from one thread to another, known by number.
//!
//! A number is as good as the value: whoever has it, alone, may take the value out. How it comes from one
//! to the other, by a compare-and-swap that publishes it, is the user's part.

use super::pool::Pool;
use crate::sync::UnsafeCell;

/// Places for values. Those that nobody has taken out are dropped with it.
#[derive(Debug)]
pub struct Boxes<T> {
    pool: Pool<Place<T>>,
}

#[derive(Debug)]
struct Place<T>(UnsafeCell<Option<T>>);

impl<T> Default for Place<T> {
    fn default() -> Self {
        Self(UnsafeCell::new(None))
    }
}

// SAFETY: a value is moved in by one thread and out by another, never shared.
unsafe impl<T: Send> Sync for Boxes<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Boxes<T> {}

impl<T> Default for Boxes<T> {
    /// None in use.
    fn default() -> Self {
        Self { pool: Pool::new(0) }
    }
}

impl<T> Boxes<T> {
    /// Puts a value away, under a number below 2^24.
    ///
    /// # Panics
    ///
    /// If 2^24 are in use.
    pub fn put(&self, value: T) -> u32 {
        let Some((number, place)) = self.pool.take() else {
            panic!("more than 16 million messages on their way at once");
        };
        place.0.with_mut(|place| {
            // SAFETY: the place was just taken from the pool: it is the caller's alone. (And it is empty.)
            unsafe { *place = Some(value) };
        });
        number
    }

    /// Takes the value out.
    ///
    /// # Safety
    ///
    /// The number came from [`put`](Self::put), in a way that orders this call after that one, and this
    /// is the only call with it since.
    pub unsafe fn take(&self, number: u32) -> T {
        let value = self.pool.get(number).0.with_mut(|place| {
            // SAFETY: written by `put`, and nobody else has the number.
            unsafe { (*place).take() }
        });
        self.pool.give_back(number);
        match value {
            Some(value) => value,
            None => unreachable!("a number is good for one value"),
        }
    }
}
