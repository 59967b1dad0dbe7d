//! How many tasks are unfinished, and those who wait until there is none.
//!
//! # What
//!
//! A task is *counted* before its push takes effect, and *finished* when it is done, or when the push
//! was refused. A joiner returns if the count was zero at one moment of its call, even if there are
//! unfinished tasks again by the time it looks: so the word counts the zeros too.
//!
//! # Word layout
//!
//! ```text
//!  word   [ how often the count came down to zero (32) | unfinished tasks (32) ]
//!  woken  so many zeros have woken all whom they had to wake
//! ```
//!
//! Both are on one line, which who changes the word has anyway.
//!
//! # Invariants
//!
//! * **C1** A task is added before it can be popped, and taken off once, after it can be popped no
//!   more. (Its push publishes the addition to whoever pops it.) So the count is never below zero,
//!   and never lower than the tasks that are in the queue or in somebody's hands.
//! * **C2** Zeros grow in the very step that brings the count to zero, and in no other.
//! * **C3** The word is changed by read-modify-writes only.
//! * **C4** `woken` is a number of zeros that was the word's at some moment before somebody had woken all who were
//!   listed then. (It may go back, when one who was slow writes it last: then somebody looks once more than need be.)
//!
//! # Why it is correct
//!
//! *A joiner returns only if the count was zero during its call.* It reads the word at the beginning. It
//! returns when it reads a count of zero, or more zeros than at the beginning, and these were added in
//! between (C2).
//!
//! *Then what was pushed before is finished, and its effects are seen.* The addition of such a task
//! came before the joiner's first reading, so it is among the changes that make up that zero, and by
//! C1 its taking off is, too. Each taking off is a Release, and the joiner's Acquire load reads from the
//! chain of read-modify-writes that each of them heads (C3).
//!
//! # Why no wake is lost
//!
//! The joiner: enlist, **fence**, look at the word, sleep. Who brings the count to zero: change the word,
//! **fence**, look for joiners, notify them all. One of the two sees the other's step.
//!
//! *A notifier that is stopped half way does not cut the chain.* Whoever was notified settles: if its own
//! call may end, it notifies the next. That stops only at a joiner who may not return yet, because it
//! began after the zero; and behind it, nobody may. For let X sleep and be allowed to return: it
//! looked at the word before the zero was made. Let Y have begun after that: it has read the zero, and
//! enlisted afterwards. Had X been linked behind Y, it would have met Y's link, so known of the zero
//! when it looked. (A joiner who was woken too early goes to the end of the list, and looks again.)
//!
//! *A notifier that is stopped before it has notified all* has not written its zero to `woken` (C4). Each push
//! that is counted compares, and where `woken` differs it notifies all in its stead: so however many of those are
//! stopped too, the next one does. (A joiner that began after the zero may be woken too early then.)
//!
//! # Progress
//!
//! Counting is wait-free, finishing is lock-free: a lost CAS means that another task was counted or
//! finished. Zeros wrap after 2^32: a joiner who is stopped for so many misses one, and waits for the
//! next.
//!
//! # Source
//!
//! Own design.

#![forbid(unsafe_code)]

use crate::sync::{AtomicU64, Ordering};
use crate::wait::forms::Attempt;
use crate::wait::list::WaitList;
use crossbeam_utils::CachePadded;

/// The word; see the head of this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word(u64);

const UNFINISHED_BITS: u32 = 32;
/// One zero more.
const ZERO: u64 = 1 << UNFINISHED_BITS;
/// More than this is refused: far from an overflow, whatever is in progress.
const MOST: u64 = 1 << (UNFINISHED_BITS - 1);

impl Word {
    fn unfinished(self) -> u64 {
        self.0 & (ZERO - 1)
    }

    fn zeros(self) -> u64 {
        self.0 >> UNFINISHED_BITS
    }

    /// The word after so many were finished.
    fn less(self, finished: u64) -> Self {
        debug_assert!(self.unfinished() >= finished, "finished twice");
        let left = Self(self.0 - finished);
        if left.unfinished() > 0 {
            return left;
        }
        Self(left.0.wrapping_add(ZERO))
    }
}

#[derive(Debug)]
struct Line {
    word: AtomicU64,
    woken: AtomicU64,
}

/// The count of unfinished tasks; see the head of this file.
#[derive(Debug)]
pub(super) struct Count {
    line: CachePadded<Line>,
    joiners: WaitList,
}

impl Count {
    /// Of so many tasks.
    pub(super) fn new(unfinished: usize) -> Self {
        Self {
            line: CachePadded::new(Line {
                word: AtomicU64::new(unfinished as u64),
                woken: AtomicU64::new(0),
            }),
            joiners: WaitList::new(),
        }
    }

    fn word(&self) -> Word {
        // ORDERING: Acquire pairs with the Release in `finish`: who sees a task finished sees what was
        // done for it. Model: `a_look_that_finds_all_done_sees_what_was_done`, for both.
        Word(self.line.word.load(Ordering::Acquire))
    }

    /// How many are unfinished.
    pub(super) fn unfinished(&self) -> u64 {
        self.word().unfinished()
    }

    /// One task more, which is going to be pushed.
    ///
    /// # Panics
    ///
    /// If 2^31 are unfinished.
    #[inline]
    pub(super) fn add(&self) {
        // ORDERING: Relaxed; the push that follows publishes it (C1), and as a read-modify-write it
        // hands on what earlier ones released (C3).
        let before = Word(self.line.word.fetch_add(1, Ordering::Relaxed));
        // ORDERING: Relaxed; who reads that all were woken leaves it at that, and else looks for itself.
        if self.line.woken.load(Ordering::Relaxed) != before.zeros() {
            self.wake_joiners(before.zeros());
        }
        if before.unfinished() >= MOST {
            self.finish(1);
            panic!("more than 2 thousand million unfinished tasks");
        }
    }

    /// So many are unfinished no more.
    #[inline]
    pub(super) fn finish(&self, finished: u64) {
        if finished == 0 {
            return;
        }
        // ORDERING: Relaxed; the CAS checks it.
        let mut seen = Word(self.line.word.load(Ordering::Relaxed));
        loop {
            let left = seen.less(finished);
            // ORDERING: Release pairs with the Acquire in `word`, and is killed by the model named there; a
            // store without the comparison by `two_who_finish_at_a_time_end_a_join`. Relaxed on failure:
            // nothing that was read depends on it.
            let changed = self.line.word.compare_exchange(
                seen.0,
                left.0,
                Ordering::Release,
                Ordering::Relaxed,
            );
            match changed {
                Ok(_) if left.unfinished() == 0 => return self.wake_joiners(left.zeros()),
                Ok(_) => return,
                Err(now) => seen = Word(now),
            }
        }
    }

    /// Wakes everybody who waited for the zero that the caller's change made or has found, the `zeros`th.
    #[inline]
    fn wake_joiners(&self, zeros: u64) {
        if self.joiners.has_waiters_after_change() {
            self.joiners.notify_all();
        }
        // ORDERING: Relaxed; it publishes nothing. It does not come before the notifications, which end in
        // read-modify-writes that acquire, nor before the fence of the look for them.
        self.line.woken.store(zeros, Ordering::Relaxed);
    }

    /// Waiting for a zero; the wait begins with the first attempt.
    pub(super) fn joining(&self) -> Join<'_> {
        Join {
            count: self,
            begun: None,
        }
    }
}

/// A wait for a zero.
#[derive(Debug)]
pub(super) struct Join<'a> {
    count: &'a Count,
    /// The word as it was when the wait began.
    begun: Option<Word>,
}

impl<'a> Attempt for Join<'a> {
    type Done = ();
    type List = &'a WaitList;

    fn attempt(&mut self) -> Option<()> {
        self.would_end().then_some(())
    }

    fn list(&self) -> &'a WaitList {
        &self.count.joiners
    }

    fn would_end(&mut self) -> bool {
        let now = self.count.word();
        let begun = *self.begun.get_or_insert(now);
        now.unfinished() == 0 || now.zeros() != begun.zeros()
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_counted_where_the_count_comes_down_to_zero() {
        let two = Word(2);
        assert_eq!(two.less(1), Word(1));
        assert_eq!(two.less(2), Word(ZERO));
        let wrapped = Word(u64::MAX - (ZERO - 1) + 1).less(1);
        assert_eq!((wrapped.zeros(), wrapped.unfinished()), (0, 0));
    }

    #[test]
    fn a_wait_ends_at_a_zero_that_is_over_when_it_looks() {
        let count = Count::new(1);
        let mut early = count.joining();
        assert_eq!(early.attempt(), None);
        count.finish(1);
        count.add();
        let mut late = count.joining();
        assert_eq!(late.attempt(), None);
        assert_eq!(early.attempt(), Some(()));
        assert_eq!(late.attempt(), None);
    }

    #[test]
    #[should_panic(expected = "unfinished tasks")]
    fn too_many_unfinished_tasks_are_refused() {
        Count::new(MOST as usize).add();
    }
}
