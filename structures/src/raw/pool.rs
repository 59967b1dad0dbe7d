//! A pool of places that are never given back to the allocator before the pool is dropped.
//!
//! # What
//!
//! Places are taken, used and given back by any thread. Because a place stays what it is for as long
//! as the pool lives, whoever holds an *old* number of a place may still read its atomics: it reads
//! something newer than it expected, which its next compare-and-swap will notice by a tag. So there
//! is no need for epochs or hazard pointers, and no thread, wherever it is stopped, keeps others
//! from using places again.
//!
//! # Picture
//!
//! ```text
//!  chunk 0 (inside the pool)   [ 0 ][ 1 ][ 2 ][ 3 ]
//!  chunk 1 (made when needed)  [ 4 ][ 5 ] ... [ 11 ]              twice as many in each
//!  chunk 2                     [ 12 ] ...
//!
//!  fresh: how many numbers were ever given out
//!  free:  [ tag | number + 1 ] -> below -> below -> 0             a stack of places given back
//! ```
//!
//! A user may say how places are [aligned](Pool): where they are reached by several threads, each has cache lines of
//! its own then, and is on no more of them than it must be.
//!
//! # Invariants
//!
//! * **I1** A place is with one taker at a time, or on the stack, or not yet fresh.
//! * **I2** What the last holder did with a place happens before what the next one does: it gives
//!   back with Release, and whoever takes from the stack has loaded its head with Acquire. All
//!   changes of the head are read-modify-writes, so each continues the release sequences of those
//!   before it, down to the place that comes to the top later.
//! * **I3** The head's tag grows with every change, so a compare-and-swap succeeds only if the stack
//!   did not change since it was looked at (the tag has 40 bits: a thread would have to be stopped
//!   between its look and its swap while exactly a multiple of 2^40 changes go by).
//!
//! # Progress
//!
//! Lock-free, apart from the allocator: a lost CAS means that somebody else took or gave back a
//! place. Of two threads that need the same new chunk, one allocates in vain.
//!
//! # Source
//!
//! The stack is Treiber's, with a counted head.

use crate::sync::{AtomicPtr, AtomicU64, Ordering, WAITER_BLOCKS, WAITERS_INLINE};
use core::alloc::Layout;

/// Bits of a number.
pub(crate) const NUMBER_BITS: u32 = 24;
/// What a number fits in.
const NUMBER: u64 = (1 << NUMBER_BITS) - 1;
/// How many places there can be: all that fit, and can be named beside none.
const PLACES: u64 = {
    let in_chunks = (WAITERS_INLINE as u64) * ((1 << WAITER_BLOCKS) - 1);
    if in_chunks < NUMBER {
        in_chunks
    } else {
        NUMBER
    }
};

/// The pool; see the head of this file. Places are aligned as `A` is.
#[derive(Debug)]
#[repr(C)]
pub struct Pool<T, A = ()> {
    // First, so that they share a line with what the owner has before it.
    free: AtomicU64,
    fresh: AtomicU64,
    inline: [Place<T, A>; WAITERS_INLINE],
    chunks: [AtomicPtr<Place<T, A>>; WAITER_BLOCKS],
}

/// What is aligned to a cache line.
#[derive(Debug)]
#[repr(align(64))]
pub struct OneLine;

/// A place, and the number below it on the stack, plus one.
#[derive(Debug)]
struct Place<T, A> {
    item: T,
    below: AtomicU64,
    _aligned: [A; 0],
}

impl<T: Default, A> Default for Place<T, A> {
    fn default() -> Self {
        Self {
            item: T::default(),
            below: AtomicU64::new(0),
            _aligned: [],
        }
    }
}

/// The stack's head: how often it changed, and the number of the place on top, plus one.
#[derive(Clone, Copy, Debug)]
struct Head(u64);

impl Head {
    fn above(self, top: u64) -> Self {
        Self(((self.0 >> NUMBER_BITS).wrapping_add(1) << NUMBER_BITS) | top)
    }
    fn top(self) -> u64 {
        self.0 & NUMBER
    }
}

/// Chunks are found by the highest bit of a number.
const _: () = assert!(WAITERS_INLINE.is_power_of_two());

impl<T, A> Pool<T, A> {
    /// Bytes of a place.
    #[cfg(not(any(latchless_loom, latchless_steps)))]
    pub const PLACE_SIZE: usize = size_of::<Place<T, A>>();
}

impl<T: Default, A> Pool<T, A> {
    /// A pool of whose places `taken` are with the caller, by the first numbers.
    pub fn new(taken: u64) -> Self {
        debug_assert!(taken <= WAITERS_INLINE as u64);
        Self {
            free: AtomicU64::new(0),
            fresh: AtomicU64::new(taken),
            inline: core::array::from_fn(|_| Place::default()),
            chunks: core::array::from_fn(|_| AtomicPtr::new(core::ptr::null_mut())),
        }
    }

    /// The chunk of a number, and its index there.
    #[inline]
    fn locate(number: u32) -> (usize, usize) {
        // Chunk k begins at the number n for which n + WAITERS_INLINE is WAITERS_INLINE * 2^k.
        let shifted = number + WAITERS_INLINE as u32;
        let highest = shifted.ilog2();
        let chunk = highest - WAITERS_INLINE.ilog2();
        (chunk as usize, (shifted ^ (1 << highest)) as usize)
    }

    /// The place of a number that was given out.
    #[inline]
    pub fn get(&self, number: u32) -> &T {
        &self.place(number).item
    }

    #[inline]
    fn place(&self, number: u32) -> &Place<T, A> {
        let (chunk, index) = Self::locate(number);
        if chunk == 0 {
            return &self.inline[index];
        }
        // ORDERING: Acquire pairs with the Release in `make`: the places have been written (killed by
        // `two_enlist_where_there_is_no_room_left`).
        let first = self.chunks[chunk].load(Ordering::Acquire);
        debug_assert!(!first.is_null());
        // SAFETY: the number was given out, after its chunk had been made, and chunks stay until the
        // pool is dropped.
        unsafe { &*first.add(index) }
    }

    /// Takes a place: its number, and what is there; `None` when 2^24 are out.
    #[inline]
    pub fn take(&self) -> Option<(u32, &T)> {
        // ORDERING: Acquire pairs with the Release in `give_back` (I2); killed by
        // `a_place_has_one_holder_at_a_time`.
        let mut head = Head(self.free.load(Ordering::Acquire));
        while head.top() != 0 {
            let number = (head.top() - 1) as u32;
            let place = self.place(number);
            // ORDERING: Relaxed; the value counts only if the CAS shows that the stack is as it was,
            // and then it was written before the head that was loaded.
            let below = place.below.load(Ordering::Relaxed);
            // ORDERING: Acquire on failure, as above; killed by
            // `a_place_that_comes_back_is_not_taken_for_what_it_was`. Relaxed on success: the head was loaded.
            match self.free.compare_exchange(
                head.0,
                head.above(below).0,
                Ordering::Relaxed,
                Ordering::Acquire,
            ) {
                Ok(_) => return Some((number, &place.item)),
                Err(seen) => head = Head(seen),
            }
        }
        self.take_fresh()
    }

    #[cold]
    #[inline(never)]
    fn take_fresh(&self) -> Option<(u32, &T)> {
        // ORDERING: Relaxed; the number alone counts.
        let number = self.fresh.fetch_add(1, Ordering::Relaxed);
        if number >= PLACES {
            // ORDERING: Relaxed, as above: the counter must not run away.
            self.fresh.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let number = number as u32;
        let (chunk, _) = Self::locate(number);
        if chunk > 0 {
            self.make(chunk);
        }
        Some((number, self.get(number)))
    }

    /// Makes a chunk, if nobody else did.
    fn make(&self, chunk: usize) {
        // ORDERING: Relaxed; whether it is there, which it stays. Who uses its places loads it anew.
        if !self.chunks[chunk].load(Ordering::Relaxed).is_null() {
            return;
        }
        let mut places: Vec<Place<T, A>> = Vec::new();
        let length = WAITERS_INLINE << chunk;
        if places.try_reserve_exact(length).is_err() {
            let layout = Layout::array::<Place<T, A>>(length).unwrap_or(Layout::new::<T>());
            std::alloc::handle_alloc_error(layout);
        }
        places.extend((0..length).map(|_| Place::default()));
        let first = Box::into_raw(places.into_boxed_slice()).cast::<Place<T, A>>();
        // ORDERING: Release publishes the places to `place` (killed by
        // `two_enlist_where_there_is_no_room_left`). Relaxed on failure: somebody else was
        // first.
        let made = self.chunks[chunk].compare_exchange(
            core::ptr::null_mut(),
            first,
            Ordering::Release,
            Ordering::Relaxed,
        );
        if made.is_err() {
            // SAFETY: made just now by this call, and seen by nobody.
            unsafe { Self::unmake(chunk, first) };
        }
    }

    /// # Safety
    ///
    /// `first` is a chunk that `make` made, and nobody uses it any more.
    unsafe fn unmake(chunk: usize, first: *mut Place<T, A>) {
        let length = WAITERS_INLINE << chunk;
        let places = core::ptr::slice_from_raw_parts_mut(first, length);
        // SAFETY: the contract; it was a box of that length.
        drop(unsafe { Box::from_raw(places) });
    }

    /// Gives back a place, after its last use by the caller.
    #[inline]
    pub fn give_back(&self, number: u32) {
        let place = self.place(number);
        // ORDERING: Relaxed; only the tag and the number on top count, and the CAS compares them.
        let mut head = Head(self.free.load(Ordering::Relaxed));
        loop {
            // ORDERING: Relaxed; published by the CAS.
            place.below.store(head.top(), Ordering::Relaxed);
            // ORDERING: Release pairs with the Acquire in `take` (I2); killed by
            // `a_place_has_one_holder_at_a_time`. Relaxed on failure, as above.
            match self.free.compare_exchange(
                head.0,
                head.above(u64::from(number) + 1).0,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(seen) => head = Head(seen),
            }
        }
    }

    /// How many places were ever needed at a time, at least: a *snapshot*.
    #[cfg(any(latchless_loom, latchless_steps))]
    pub fn places(&self) -> u64 {
        // ORDERING: Relaxed; a count.
        self.fresh.load(Ordering::Relaxed)
    }
}

impl<T, A> Drop for Pool<T, A> {
    fn drop(&mut self) {
        for (chunk, first) in self.chunks.iter().enumerate() {
            // ORDERING: Relaxed; the pool is being dropped by the only one that has it.
            let first = first.load(Ordering::Relaxed);
            if !first.is_null() {
                let length = WAITERS_INLINE << chunk;
                let places = core::ptr::slice_from_raw_parts_mut(first, length);
                // SAFETY: `make` made it as a box of that length; the pool is its only owner.
                drop(unsafe { Box::from_raw(places) });
            }
        }
    }
}
