//! Who may be in which segment, and how segments come and go. Part of [`segments`](super), whose invariants and proof
//! hold here.
//!
//! A segment that both ends of the list have left is *retired*: put on a stack, from which whoever retires one takes
//! all, recycles those that nobody publishes, and puts back the others. A thread that is stopped there keeps those that
//! it took.

use super::Segments;
use super::segment::{FULL, Segment};
use crate::raw::registry::{Place, Seat};
use crate::raw::thread_number;
use crate::sync::{AtomicPtr, Ordering, own_changes_before_next_look};
use core::ops::{Deref, DerefMut};
use core::ptr;

impl<T> Place<T> {
    /// The segment that it pushes into.
    #[inline(always)]
    pub(super) fn pushed<'a>(&self) -> &'a Segment<T> {
        // SAFETY: published since before it was last found at the tail (U5); used within a call only.
        unsafe { &*self.push }
    }

    /// The segment that it pops from.
    #[inline(always)]
    pub(super) fn popped<'a>(&self) -> &'a Segment<T> {
        // SAFETY: as above, at the head.
        unsafe { &*self.pop }
    }
}

/// A place for one call.
#[derive(Debug)]
pub struct Entry<'a, T> {
    list: &'a Segments<T>,
    held: Held<'a, T>,
}

#[derive(Debug)]
enum Held<'a, T> {
    Seat(Seat<'a, T>),
    Visit(Place<T>),
}

impl<T> Deref for Entry<'_, T> {
    type Target = Place<T>;
    #[inline]
    fn deref(&self) -> &Place<T> {
        match &self.held {
            Held::Seat(seat) => seat,
            Held::Visit(place) => place,
        }
    }
}

impl<T> DerefMut for Entry<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Place<T> {
        match &mut self.held {
            Held::Seat(seat) => seat,
            Held::Visit(place) => place,
        }
    }
}

impl<T> Drop for Entry<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Held::Visit(place) = &self.held {
            self.list.registry.leave(place);
        }
    }
}

impl<T> Segments<T> {
    /// A place for one call of the current thread.
    #[inline]
    pub fn enter(&self) -> Entry<'_, T> {
        let seat = thread_number::current().and_then(|number| self.registry.seat(number));
        let held = match seat {
            Some(mut seat) => {
                if seat.push.is_null() {
                    self.settle(&mut seat);
                }
                Held::Seat(seat)
            }
            None => Held::Visit(self.check_out()),
        };
        Entry { list: self, held }
    }

    /// Brings a new place to both ends.
    #[cold]
    pub(super) fn settle(&self, own: &mut Place<T>) {
        self.come_to_head(own);
        self.come_to_tail(own);
    }

    /// Brings the own place to the tail of the list.
    pub(super) fn come_to_tail(&self, own: &mut Place<T>) {
        own.push = Self::come_to(&self.tail, own.published_push());
    }

    /// Brings the own place to the head of the list.
    pub(super) fn come_to_head(&self, own: &mut Place<T>) {
        let segment = Self::come_to(&self.head, own.published_pop());
        if segment != own.pop {
            own.pop = segment;
            // ORDERING: Relaxed; a guess.
            own.guess = own.popped().head.load(Ordering::Relaxed) / 2;
        }
    }

    /// Publishes the segment at an end, and makes sure that it still is the one there (U5).
    fn come_to(end: &AtomicPtr<Segment<T>>, published: &AtomicPtr<Segment<T>>) -> *mut Segment<T> {
        // ORDERING: Relaxed; only a guess.
        let mut segment = end.load(Ordering::Relaxed);
        loop {
            // ORDERING: Release pairs with the Acquire in `Record::publishes`: what was done in the segment that is left was
            // done before; killed by `who_leaves_a_segment_has_done_with_it`. A read-modify-write, for the fence.
            published.swap(segment, Ordering::Release);
            // Against whoever retires it, who makes this very fence after it has moved the end; killed by `who_comes_to_a_segment_is_seen_by_who_retires_it`.
            own_changes_before_next_look();
            // ORDERING: Acquire pairs with the Release in `move_tail` and `move_head`: the segment has been written; killed by
            // `who_comes_to_an_end_finds_a_whole_segment`.
            let again = end.load(Ordering::Acquire);
            if again == segment {
                return segment;
            }
            segment = again;
        }
    }

    /// Moves the tail on from `old`, if it is still there, to `next`.
    pub(super) fn move_tail(&self, old: *mut Segment<T>, next: *mut Segment<T>) {
        // ORDERING: Release publishes the segment to `come_to`; killed by `who_comes_to_an_end_finds_a_whole_segment`. Relaxed
        // on failure: somebody else did it.
        let _ = self
            .tail
            .compare_exchange(old, next, Ordering::Release, Ordering::Relaxed);
    }

    /// Moves the head on from `old`, if it is still there, to `next`; says whether it was.
    pub(super) fn move_head(&self, old: *mut Segment<T>, next: *mut Segment<T>) -> bool {
        // ORDERING: Release and Relaxed, as in `move_tail`.
        self.head
            .compare_exchange(old, next, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }

    /// A segment to follow `last`, with `value` inside.
    pub(super) fn make_behind(&self, last: &Segment<T>, value: T) -> *mut Segment<T> {
        let slots = (2 * last.capacity()).min(self.most);
        let made = self.reuse().unwrap_or_else(|| Segment::allocate(slots));
        // SAFETY: nobody else has it.
        let new = unsafe { &*made };
        // ORDERING: Relaxed, here and below: published by the CAS that appends it.
        let before = last.before.load(Ordering::Relaxed) + last.capacity() as u64;
        new.before.store(before, Ordering::Relaxed);
        // ORDERING: Relaxed, as above.
        new.tickets.store(1, Ordering::Relaxed);
        if let Some(slot) = new.slot(0) {
            // SAFETY: nobody else has it, so its first ticket is this call's.
            unsafe { slot.write(value) };
            // ORDERING: Relaxed, as above.
            slot.state.store(FULL, Ordering::Relaxed);
        }
        made
    }

    /// Takes the value out of a segment that was not appended after all, and puts it away.
    ///
    /// # Safety
    ///
    /// [`make_behind`](Self::make_behind) made it, and it was shared with nobody.
    pub(super) unsafe fn unmake(&self, made: *mut Segment<T>) -> T {
        // SAFETY: the contract.
        let new = unsafe { &*made };
        // SAFETY: it has one slot at least, which holds the value.
        let value = unsafe { new.slot(0).unwrap_unchecked().take() };
        // SAFETY: the contract, and no value is left.
        unsafe { self.put_away(made) };
        value
    }

    /// One of those that are kept.
    fn reuse(&self) -> Option<*mut Segment<T>> {
        self.recycled.iter().find_map(|kept| {
            // ORDERING: Relaxed; only whether there is any.
            if kept.load(Ordering::Relaxed).is_null() {
                return None;
            }
            // ORDERING: Acquire pairs with the Release in `put_away`: it has been reset; killed by
            // `who_leaves_a_segment_has_done_with_it`.
            let segment = kept.swap(ptr::null_mut(), Ordering::Acquire);
            (!segment.is_null()).then_some(segment)
        })
    }

    /// Keeps a segment for the next append, or frees it.
    ///
    /// # Safety
    ///
    /// Nobody else can come to it, and no value in it counts.
    unsafe fn put_away(&self, segment: *mut Segment<T>) {
        // SAFETY: the contract.
        let at = unsafe { &*segment };
        if at.capacity() == self.most {
            at.reset();
            for kept in &self.recycled {
                // ORDERING: Relaxed; a guess for the CAS.
                if kept.load(Ordering::Relaxed).is_null()
                    // ORDERING: Release publishes the reset to `reuse`; killed by the same model. Relaxed on failure:
                    // somebody else was faster.
                    && kept
                        .compare_exchange(
                            ptr::null_mut(),
                            segment,
                            Ordering::Release,
                            Ordering::Relaxed,
                        )
                        .is_ok()
                {
                    return;
                }
            }
        }
        // SAFETY: the contract.
        unsafe { Segment::free(segment) };
    }

    /// Retires a segment that both ends have left, and recycles what nobody is in.
    #[cold]
    pub(super) fn retire(&self, segment: *mut Segment<T>) {
        // SAFETY: whoever moved the head over it retires it, once, and it stays until it is recycled, below.
        unsafe { self.stack(segment) };
        self.collect();
    }

    /// # Safety
    ///
    /// The segment is retired, and on no stack.
    unsafe fn stack(&self, segment: *mut Segment<T>) {
        // SAFETY: the contract: who collects it finds it on the stack first.
        let at = unsafe { &*segment };
        // ORDERING: Relaxed; only the address counts, and the CAS compares it.
        let mut top = self.retired.load(Ordering::Relaxed);
        loop {
            // ORDERING: Relaxed; published by the CAS.
            at.below.store(top, Ordering::Relaxed);
            // ORDERING: Release publishes what lies below it, and that both ends have left it, to `collect`; killed by
            // `what_one_retires_another_may_recycle`. Relaxed on failure: only the address counts.
            match self
                .retired
                .compare_exchange(top, segment, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(seen) => top = seen,
            }
        }
    }

    /// Recycles the retired segments that nobody is in.
    fn collect(&self) {
        // ORDERING: Acquire pairs with the Release in `stack`; killed by the same model.
        let mut segment = self.retired.swap(ptr::null_mut(), Ordering::Acquire);
        // Whoever retired it has made the fence against `come_to` since, for it came to the head itself; and what it did is
        // acquired with the segment.
        while !segment.is_null() {
            // SAFETY: taken off the stack by this call alone.
            // ORDERING: Relaxed; acquired with the top.
            let below = unsafe { (*segment).below.load(Ordering::Relaxed) };
            if self.registry.is_inhabited(segment) {
                // SAFETY: retired, and taken off the stack.
                unsafe { self.stack(segment) };
            } else {
                // SAFETY: both ends have left it, and nobody publishes it (U5); its slots have been passed.
                unsafe { self.put_away(segment) };
            }
            segment = below;
        }
    }

    /// Gives back what is kept for later: recycled segments, and the records of handles that were dropped.
    pub fn shrink(&self) {
        self.collect();
        while let Some(segment) = self.reuse() {
            // SAFETY: it was kept, and nobody else has it.
            unsafe { Segment::free(segment) };
        }
        self.registry.prune();
    }

    /// Frees all segments but those of a list whose values are gone, and then that one's last.
    pub(super) fn free_all(&mut self) {
        while let Some(segment) = self.reuse() {
            // SAFETY: the list is being dropped by its only owner.
            unsafe { Segment::free(segment) };
        }
        // ORDERING: Relaxed, here and below; alone.
        let mut retired = self.retired.load(Ordering::Relaxed);
        while !retired.is_null() {
            // SAFETY: as above.
            let below = unsafe { (*retired).below.load(Ordering::Relaxed) };
            // SAFETY: as above.
            unsafe { Segment::free(retired) };
            retired = below;
        }
        // SAFETY: as above; the head has come to the last one.
        unsafe { Segment::free(self.head.load(Ordering::Relaxed)) };
    }
}
