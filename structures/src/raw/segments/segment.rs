//! One segment of an unbounded queue: its memory, and what its words mean.

use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, Ordering, UnsafeCell, ZeroStart, zeroed};
use core::mem::MaybeUninit;
use core::ptr;
use crossbeam_utils::CachePadded;

/// Nothing has been said of the slot.
pub(in crate::raw) const EMPTY: u32 = 0;
/// The value has been written.
pub(in crate::raw) const FULL: u32 = 1;
/// Its ticket was drawn after the close: there will be nothing.
pub(in crate::raw) const VOID: u32 = 2;

/// Nobody has judged.
pub(in crate::raw) const OPEN: u32 = 0;
/// What is in the slot counts.
pub(in crate::raw) const KEPT: u32 = 1;
/// It does not, whatever comes: the slot is passed over.
pub(in crate::raw) const REFUSED: u32 = 2;

/// Beside the tickets: no ticket counts that is drawn from now on.
pub(in crate::raw) const CLOSED: u64 = 1 << 63;
/// Beside twice the index of the head: the slot there is being judged.
pub(in crate::raw) const DOUBTED: u64 = 1;

/// A place for one value, used once before the segment is recycled.
#[derive(Debug)]
pub(in crate::raw) struct Slot<T> {
    /// EMPTY, FULL or VOID: its pusher's alone.
    pub(in crate::raw) state: AtomicU32,
    /// OPEN, KEPT or REFUSED: decided by one CAS.
    pub(in crate::raw) verdict: AtomicU32,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: zero is EMPTY and OPEN, and an empty slot's value is not initialised.
unsafe impl<T> ZeroStart for Slot<T> {
    fn zero() -> Self {
        Self {
            state: AtomicU32::new(EMPTY),
            verdict: AtomicU32::new(OPEN),
            value: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }
}

impl<T> Slot<T> {
    /// Writes the value.
    ///
    /// # Safety
    ///
    /// The caller has the slot's ticket and has not written yet.
    #[inline(always)]
    pub(in crate::raw) unsafe fn write(&self, value: T) {
        self.value.with_mut(|place| {
            // SAFETY: nobody else touches it before it is FULL.
            unsafe { (*place).write(value) };
        });
    }

    /// Reads the value out.
    ///
    /// # Safety
    ///
    /// It was written, the caller knows so, and it is read this once.
    #[inline(always)]
    pub(in crate::raw) unsafe fn take(&self) -> T {
        // SAFETY: the contract.
        self.value
            .with(|place| unsafe { (*place).assume_init_read() })
    }
}

impl<T> Slot<T> {
    /// Drops the value where it is.
    ///
    /// # Safety
    ///
    /// As [`take`](Self::take).
    pub(in crate::raw) unsafe fn drop_value(&self) {
        // SAFETY: the contract.
        self.value
            .with_mut(|place| unsafe { (*place).assume_init_drop() });
    }
}

/// A part of the queue; see the head of [`segments`](super).
#[derive(Debug)]
pub(in crate::raw) struct Segment<T> {
    /// The one that follows; [`sealed`] if there will be none.
    pub(in crate::raw) next: AtomicPtr<Segment<T>>,
    /// Whether any slot has ever been judged: then pushers ask.
    pub(in crate::raw) doubted: AtomicU32,
    /// Below it on the stack of retired segments.
    pub(in crate::raw) below: AtomicPtr<Segment<T>>,
    /// How many slots all segments before it have.
    pub(in crate::raw) before: AtomicU64,
    slots: Box<[Slot<T>]>,
    #[cfg(latchless_loom)]
    life: crate::sync::Life,
    /// How many tickets have been drawn, and CLOSED.
    pub(in crate::raw) tickets: CachePadded<AtomicU64>,
    /// Twice the index of the first slot that was not passed, and DOUBTED.
    pub(in crate::raw) head: CachePadded<AtomicU64>,
}

/// What stands where the next segment would, when there will never be one.
pub(in crate::raw) fn sealed<T>() -> *mut Segment<T> {
    ptr::without_provenance_mut(align_of::<Segment<T>>())
}

impl<T> Segment<T> {
    /// A segment on the heap: its slots are never on the stack, however large.
    pub(in crate::raw) fn allocate(slots: usize) -> *mut Self {
        let Some(slots) = zeroed(slots) else {
            let layout = core::alloc::Layout::array::<Slot<T>>(slots);
            std::alloc::handle_alloc_error(layout.unwrap_or(core::alloc::Layout::new::<T>()))
        };
        Box::into_raw(Box::new(Self {
            next: AtomicPtr::new(ptr::null_mut()),
            doubted: AtomicU32::new(0),
            below: AtomicPtr::new(ptr::null_mut()),
            before: AtomicU64::new(0),
            slots,
            #[cfg(latchless_loom)]
            life: crate::sync::Life::new(),
            tickets: CachePadded::new(AtomicU64::new(0)),
            head: CachePadded::new(AtomicU64::new(0)),
        }))
    }

    /// Frees it.
    ///
    /// # Safety
    ///
    /// [`allocate`](Self::allocate) made it, nobody comes to it any more, and no value in it counts.
    pub(in crate::raw) unsafe fn free(segment: *mut Self) {
        #[cfg(latchless_loom)]
        // SAFETY: the contract; it stays in memory.
        unsafe {
            (*segment).life.end();
        }
        #[cfg(not(latchless_loom))]
        // SAFETY: the contract.
        drop(unsafe { Box::from_raw(segment) });
    }

    pub(in crate::raw) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// Says to a model that the caller is in the segment.
    #[inline(always)]
    pub(in crate::raw) fn is_used(&self) {
        #[cfg(latchless_loom)]
        self.life.check();
    }

    /// The slot of a ticket, or of an index; none beyond the end, nor for a ticket that is CLOSED.
    #[inline(always)]
    pub(in crate::raw) fn slot(&self, index: u64) -> Option<&Slot<T>> {
        self.is_used();
        self.slots.get(usize::try_from(index).ok()?)
    }

    /// As it was when it was made, for somebody who is alone with it.
    pub(in crate::raw) fn reset(&self) {
        #[cfg(latchless_loom)]
        self.life.renew();
        // ORDERING: Relaxed, here and below: published with the segment, by the CAS that appends it.
        self.next.store(ptr::null_mut(), Ordering::Relaxed);
        // ORDERING: Relaxed, as above.
        self.doubted.store(0, Ordering::Relaxed);
        // ORDERING: Relaxed, as above.
        let used = self.tickets.load(Ordering::Relaxed) & !CLOSED;
        for slot in self.slots.iter().take(used as usize) {
            // ORDERING: Relaxed, as above.
            slot.state.store(EMPTY, Ordering::Relaxed);
            // ORDERING: Relaxed, as above.
            slot.verdict.store(OPEN, Ordering::Relaxed);
        }
        // ORDERING: Relaxed, as above.
        self.tickets.store(0, Ordering::Relaxed);
        // ORDERING: Relaxed, as above.
        self.head.store(0, Ordering::Relaxed);
    }
}
