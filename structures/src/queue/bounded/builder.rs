//! How many take part in a bounded queue, said before it is made.

#![forbid(unsafe_code)]

use core::marker::PhantomData;

use super::Bounded;
use crate::error::CapacityError;
use crate::raw::cell_ring::CellRing;
use crate::raw::participants::Census;
use crate::raw::storage::{Heap, Plan};
use crate::sync::{HANDLES, POOL, THREAD_NUMBERS};
use crate::wait::list::WaitList;

/// How a [`Bounded`] queue is to be made.
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct Builder<T> {
    capacity: usize,
    census: Census,
    items: PhantomData<fn() -> T>,
}

impl<T> Builder<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Builder {
            capacity,
            census: Census {
                threads: THREAD_NUMBERS as usize,
                pool: POOL,
                handles: HANDLES,
            },
            items: PhantomData,
        }
    }

    /// How many handles may exist at a time; 64 if nothing is said.
    pub fn handles(mut self, handles: usize) -> Self {
        self.census.handles = handles;
        self
    }

    /// How many threads have a place of their own for calls through `&Queue`: at most 64, and 64 if
    /// nothing is said.
    ///
    /// Threads are numbered over all queues, as they come: with `threads(2)` the places are those of
    /// the first two living threads that called any queue by reference. Threads of your choice are
    /// better given handles.
    ///
    /// Without the feature `std`, how many calls by reference may be in progress at a time.
    pub fn threads(mut self, threads: usize) -> Self {
        if cfg!(feature = "std") {
            self.census.threads = threads.min(THREAD_NUMBERS as usize);
        } else {
            self.census.pool = threads.clamp(1, POOL);
        }
        self
    }

    /// Makes the queue.
    ///
    /// # Errors
    ///
    /// A capacity of zero, one that cannot be indexed together with the participants, or one whose
    /// memory cannot be had.
    pub fn build(self) -> Result<Bounded<T>, CapacityError> {
        if self.capacity == 0 {
            return Err(CapacityError::Zero);
        }
        let plan =
            Plan::new(self.capacity, self.census, size_of::<T>()).ok_or(CapacityError::TooLarge)?;
        let storage = Heap::new(&plan).ok_or(CapacityError::OutOfMemory)?;
        Ok(Bounded {
            ring: CellRing::new(plan, storage),
            pushers: WaitList::new(),
            poppers: WaitList::new(),
        })
    }
}
