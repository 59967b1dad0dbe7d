//! The ticket list: an unbounded FIFO queue for any number of producers and consumers.
//!
//! # What
//!
//! The queue is a list of segments, arrays of slots. A producer draws a *ticket*, writes its value into that slot, and
//! says that it is FULL. A consumer takes the slots in their order: where it finds the next one FULL, it moves the head
//! over it by one CAS, and has the value. Every slot is used once; a segment that everybody has left is recycled.
//!
//! A producer may be stopped between its ticket and its FULL. Then consumers *doubt* the slot, and *judge* it: KEPT if it is
//! FULL by now, REFUSED if not. A REFUSED slot is passed over, and its producer, if it ever goes on, takes its value
//! back and draws another ticket. So nobody waits for anybody.
//!
//! Here are the list and its ends; [`segment`] has the memory of a segment, `push` and `pop` the two ways, `keep` who may
//! be where and how segments come and go, and [`registry`](super::registry) the participants.
//!
//! # Picture
//!
//! ```text
//!              head                                        tail
//!               |                                           |
//!  (retired)  [segment] --next--> [segment] --next--> [segment] --next--> nothing, or SEALED
//!                                                 tickets: 5   (| CLOSED)
//!                                                 head: 2·2    (| DOUBTED)
//!   slots:   [FULL][FULL][FULL][EMPTY, REFUSED][FULL][    ][    ][    ]
//!             passed     ^head  stopped pusher        ^next ticket
//! ```
//!
//! # Words
//!
//! * `tickets`: how many were drawn, and CLOSED above them: a ticket drawn after the close is out of range by itself.
//! * `head`: twice the index of the first slot that was not passed, and DOUBTED beside it: that slot is being judged.
//! * a slot's `state`, EMPTY, FULL or VOID, which only its pusher writes, by plain stores;
//! * a slot's `verdict`, OPEN, KEPT or REFUSED, which is decided by one CAS.
//!
//! # Invariants
//!
//! * **U1** Each ticket is drawn once, so a slot has one pusher; `head` passes each slot once, so a value has one popper.
//! * **U2** `head` never passes a slot whose ticket was not drawn, so it is never ahead of `tickets`.
//! * **U3** A slot is passed when it is FULL and not DOUBTED, or VOID, or DOUBTED and its verdict is known. So its fate is
//!   settled before: it counts if it is passed FULL or KEPT, and does not if it is passed VOID or REFUSED.
//! * **U4** A segment is followed by another, or SEALED, only when none of its tickets is left, or it is CLOSED. The
//!   tail of the list is never behind its head.
//! * **U5** A segment that a participant publishes, having found it at an end of the list *after* it published it, is
//!   not recycled before it publishes another.
//!
//! # Why it is correct
//!
//! *Linearization points.* A push that counts takes effect when it draws its ticket (or, with the first slot of a new segment,
//! when that is appended). A pop takes effect when it moves the head. **Empty**: the look at `tickets` that finds no
//! more of them drawn than the head has passed (U2: the head is exactly there); at the end of a segment, the look that
//! finds nothing appended. A slot between head and tickets that is not FULL yet is an item of which nobody knows yet
//! whether it counts: it is judged first. **Closed**: as Empty, and CLOSED, or SEALED, is there for good. (Tickets that were
//! drawn after CLOSED are passed too. So whoever comes to the end of a segment that is CLOSED and not sealed yet seals the
//! list: others may have been told Closed.) **Len**: the look at
//! `tickets`, between two looks at the head, which has not moved meanwhile: neither over a slot, nor over an end.
//!
//! *Why pusher and judge agree.* The pusher writes FULL and then looks at `doubted`; the judge writes `doubted` and
//! then looks for FULL; between the two lies an asymmetric fence, for which the pusher, who passes here always, pays nothing.
//! If the judge finds the slot EMPTY, the pusher will find `doubted`, and ask for the verdict. If a pusher asks, the CAS on
//! `verdict` decides. Once a segment was doubted, all its later pushers ask: that is one CAS more, until it ends.
//!
//! *Why poppers and judge agree.* A judge first sets DOUBTED beside the head. A popper that takes a FULL slot without
//! looking at its verdict moves the head from a word without DOUBTED, so it does not take that slot.
//!
//! *Why values arrive.* FULL is stored with Release and loaded with Acquire; KEPT likewise.
//!
//! *Why nobody reads a recycled segment* (U5). Publish, by a read-modify-write; fence; look at the end of the list again.
//! On the other side: move both ends on, by a read-modify-write; fence; look at what is published. One sees the other.
//! Whoever leaves a segment publishes another with Release, and the look is Acquire: all it did there came before.
//!
//! # Progress
//!
//! Lock-free. A lost CAS on the head means that a slot was passed or doubted, on `next` that a segment was appended or
//! the list sealed. Passing a REFUSED slot completes no operation, but uses a ticket up: after as many as a segment has
//! slots, a segment is appended, and with it, by the same CAS, the value of whoever appends it. A participant that
//! is stopped anywhere keeps its value in flight and at most the two segments that it publishes.
//!
//! # Memory
//!
//! `segments ≤ those with live items + 2 for each participant + those being recycled + RECYCLED`, where participants are
//! handles and calls in progress. Segments grow from small ones, by doubling, to those of [`Sizes::most`].
//!
//! # Cost
//!
//! A push is a fetch-and-add, a pop a CAS: one read-modify-write each, and two stores and a load of a line that hardly
//! ever changes. An allocation or a segment's recycling is shared by all its slots. Two bounded pauses are there for speed
//! alone: after a lost race, and where a consumer works close behind the producers (see `distance`).
//!
//! # Source
//!
//! Own design. Tickets by fetch-and-add over arrays that are used once: Morrison and Afek, "Fast concurrent queues for
//! x86 processors"; Ramalhete and Correia's FAAArrayQueue; Yang and Mellor-Crummey, "A wait-free queue as fast as fetch-and-add".
//! They claim on both sides by fetch-and-add and pay a second read-modify-write for each slot; the verdicts, which spare it, are new.

mod keep;
mod pop;
mod push;
pub(super) mod segment;

use super::registry::Registry;
use crate::sync::{AsymmetricFence, AtomicPtr, AtomicU32, Ordering, own_changes_before_next_look};
#[allow(unused_imports, reason = "named by who calls `enter`")]
pub use keep::Entry;
use segment::{CLOSED, FULL, REFUSED, Segment, Slot, sealed};

pub use super::moves::NotPopped;
pub use super::registry::Place;

/// Segments that are kept for the next append.
pub(super) const RECYCLED: usize = 4;

/// How many slots segments have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The first.
    pub first: usize,
    /// The largest, of which alone some are kept.
    pub most: usize,
}

impl Sizes {
    /// For values of type `T`: a cache line to begin with, and then what fits into a first-level cache.
    pub fn of<T>() -> Self {
        let fitting = |bytes: usize| 1 << (bytes / size_of::<Slot<T>>()).max(1).ilog2();
        Self {
            first: fitting(64),
            most: fitting(16 * 1024).max(2),
        }
    }
}

/// The list; see the head of this file.
#[derive(Debug)]
pub struct Segments<T> {
    head: AtomicPtr<Segment<T>>,
    tail: AtomicPtr<Segment<T>>,
    fence: AsymmetricFence,
    /// Whether somebody closes the queue, or has.
    closing: AtomicU32,
    most: usize,
    recycled: [AtomicPtr<Segment<T>>; RECYCLED],
    retired: AtomicPtr<Segment<T>>,
    registry: Registry<T>,
}

// SAFETY: values are moved in by one thread and out by another, never shared (U1); everything else is atomic, or a
// participant's own.
unsafe impl<T: Send> Sync for Segments<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Segments<T> {}

impl<T> Segments<T> {
    /// An empty queue.
    pub fn new(sizes: Sizes) -> Self {
        let first = Segment::allocate(sizes.first);
        Self {
            head: AtomicPtr::new(first),
            tail: AtomicPtr::new(first),
            fence: AsymmetricFence::new(),
            closing: AtomicU32::new(0),
            most: sizes.most,
            recycled: core::array::from_fn(|_| AtomicPtr::new(core::ptr::null_mut())),
            retired: AtomicPtr::new(core::ptr::null_mut()),
            registry: Registry::new(),
        }
    }

    /// Closes the queue: no ticket that is drawn later counts. Says whether this call was the first to.
    pub fn close(&self, own: &mut Place<T>) -> bool {
        // ORDERING: Release pairs with the Acquire in `append` and `is_closed`: who seals the list for the closer says Closed
        // too, and what was done before the close must be seen then; killed by
        // `a_push_at_the_end_that_is_told_closed_sees_what_was_done_before`.
        let first = self.closing.swap(1, Ordering::Release) == 0;
        self.seal(own);
        first
    }

    /// Sees to it that the list has ended for good.
    #[cold]
    fn seal(&self, own: &mut Place<T>) {
        loop {
            self.come_to_tail(own);
            let segment = own.pushed();
            // ORDERING: Release publishes what was done before the close to whoever finds CLOSED; killed by
            // `what_was_done_before_the_end_is_seen_after_it`. LP of close, unless the segment has no ticket left.
            segment.tickets.fetch_or(CLOSED, Ordering::Release);
            let next = self.end(segment);
            if next == sealed() {
                return;
            }
            self.move_tail(own.push, next);
        }
    }

    /// Seals the list behind `segment`, if nothing follows it; says what does.
    fn end(&self, segment: &Segment<T>) -> *mut Segment<T> {
        // ORDERING: Release publishes what was done before the close (killed by
        // `a_pop_at_the_end_that_is_told_closed_sees_what_was_done_before`); Acquire on failure: the segment that follows has been
        // written (`a_close_meets_an_append`). LP of close, at a segment without a ticket left.
        match segment.next.compare_exchange(
            core::ptr::null_mut(),
            sealed(),
            Ordering::Release,
            Ordering::Acquire,
        ) {
            Ok(_) => sealed(),
            Err(next) => next,
        }
    }

    /// Whether the queue is closed; a close that has begun is brought to its end first.
    pub fn is_closed(&self, own: &mut Place<T>) -> bool {
        // Else B: pop, then "not closed", and A: close, then "not empty", each overlooking the other's change.
        own_changes_before_next_look();
        // ORDERING: Acquire pairs with the Release in `close`; killed by `who_sees_a_list_closed_sees_what_was_done_before`.
        if self.closing.load(Ordering::Acquire) == 0 {
            return false;
        }
        self.seal(own);
        true
    }

    /// Whether there was no item at one moment of the call.
    pub fn is_empty(&self, own: &mut Place<T>) -> bool {
        while let Ok(head) = self.front(own) {
            // Against `judge`, which sets DOUBTED and then looks at the slot: it would find EMPTY what was FULL here; killed by
            // `not_empty_is_told_of_what_nobody_refuses`.
            self.fence.light();
            // ORDERING: Relaxed; ordered behind the look at the slot by the fence. LP of "not empty".
            if own.popped().head.load(Ordering::Relaxed) == head {
                return false;
            }
        }
        true
    }

    /// How many tickets that may count were drawn and not passed, at one moment of the call: the items, the pushes in
    /// progress that have drawn one, and one that was REFUSED, until it is passed.
    pub fn len(&self, own: &mut Place<T>) -> usize {
        loop {
            self.come_to_head(own);
            let first = own.popped();
            // ORDERING: Relaxed; written before the segment was published.
            let base = first.before.load(Ordering::Relaxed);
            // ORDERING: Acquire pairs with the Release in `pass`: the pushes before that pop are not overlooked below; killed by
            // `len_counts_the_push_before_a_pop`.
            let head = first.head.load(Ordering::Acquire);
            let drawn = self.drawn(own);
            // ORDERING: Relaxed, both: the pops before a push that was counted are seen, for its ticket was acquired. Where all
            // slots have been passed, the head stands still, and the list goes on to the next segment.
            if first.head.load(Ordering::Relaxed) == head
                && self.head.load(Ordering::Relaxed) == own.pop
            {
                return drawn.saturating_sub(base + head / 2) as usize;
            }
        }
    }

    /// How many tickets that may count were ever drawn.
    fn drawn(&self, own: &mut Place<T>) -> u64 {
        self.come_to_tail(own);
        let last = own.pushed();
        // ORDERING: Relaxed; written before the segment was published.
        last.before.load(Ordering::Relaxed) + self.counted(last)
    }

    /// How many of a segment's tickets may count, for somebody at the tail.
    fn counted(&self, segment: &Segment<T>) -> u64 {
        // ORDERING: Acquire pairs with the Release in `draw`: the pops before that push are seen by the second look in `len`;
        // killed by `len_counts_the_pop_before_a_push`. LP of `len`.
        let tickets = segment.tickets.load(Ordering::Acquire);
        let drawn = (tickets & !CLOSED).min(segment.capacity() as u64);
        if tickets & CLOSED == 0 {
            return drawn;
        }
        // Tickets that were drawn after the close do not count, and nobody knows how many those are; but what counts has
        // become FULL, but for pushes in progress.
        let full = |index: &u64| {
            let slot = segment.slot(*index);
            // ORDERING: Relaxed; that a push has returned is known from elsewhere, if it is.
            slot.is_some_and(|slot| slot.state.load(Ordering::Relaxed) == FULL)
        };
        (0..drawn).rev().find(full).map_or(0, |index| index + 1)
    }

    /// A place that is kept for long; [`check_in`](Self::check_in) gives it back.
    pub fn check_out(&self) -> Place<T> {
        let mut place = self.registry.join();
        self.settle(&mut place);
        place
    }

    /// How many have a record.
    #[cfg(any(latchless_loom, latchless_steps))]
    pub fn records(&self) -> usize {
        self.registry.records()
    }

    /// Gives back what [`check_out`](Self::check_out) gave, after its last use.
    pub fn check_in(&self, place: &Place<T>) {
        self.registry.leave(place);
    }
}

/// Drops the values of a list from its head on; goes on where a panicking destructor stopped it.
struct Rest<'a, T>(&'a mut Segments<T>);

impl<T> Rest<'_, T> {
    /// Drops the next value, where it lies; says whether there was one.
    fn drop_next(&mut self) -> bool {
        loop {
            // ORDERING: Relaxed, here and below: nobody else is there any more.
            let segment = self.0.head.load(Ordering::Relaxed);
            // SAFETY: the list is its owner's alone, and its head is a segment.
            let at = unsafe { &*segment };
            let head = at.head.load(Ordering::Relaxed);
            let tickets = at.tickets.load(Ordering::Relaxed) & !CLOSED;
            if let Some(slot) = at.slot(head / 2).filter(|_| head / 2 < tickets) {
                at.head.store((head / 2 + 1) * 2, Ordering::Relaxed);
                let counts = slot.state.load(Ordering::Relaxed) == FULL
                    && slot.verdict.load(Ordering::Relaxed) != REFUSED;
                if counts {
                    // SAFETY: FULL, not refused, and passed by this call alone (U3).
                    unsafe { slot.drop_value() };
                    return true;
                }
                continue;
            }
            let next = at.next.load(Ordering::Relaxed);
            if next.is_null() || next == sealed() {
                return false;
            }
            self.0.head.store(next, Ordering::Relaxed);
            // SAFETY: no value in it is left, and nobody comes to it.
            unsafe { Segment::free(segment) };
        }
    }
}

impl<T> Drop for Rest<'_, T> {
    fn drop(&mut self) {
        while self.drop_next() {}
        self.0.free_all();
    }
}

impl<T> Drop for Segments<T> {
    fn drop(&mut self) {
        let mut rest = Rest(self);
        while rest.drop_next() {}
    }
}
