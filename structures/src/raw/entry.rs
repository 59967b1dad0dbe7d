//! How a caller comes to a participant of a ring; see [`participants`](super::participants) for who
//! may use which, and why.

use super::cell_ring::CellRing;
use super::participants::{Entry, Participant, Participants};
use super::storage::Storage;
use super::thread_number;

impl<T, S: Storage<T>> CellRing<T, S> {
    /// A participant for one call of the current thread.
    #[inline]
    pub fn enter(&self) -> Entry<'_> {
        match self.enter_at_once() {
            Some(entry) => entry,
            None => self.enter_elsewhere(),
        }
    }

    /// The current thread's own participant, if it has used it before and is not using it now.
    #[inline(always)]
    pub fn enter_at_once(&self) -> Option<Entry<'_>> {
        let place = thread_number::place();
        if place >= self.own_places_end {
            return None;
        }
        // SAFETY: the place of a number below the threads in the census (what stands for no number is
        // above all places), and there are at least as many records.
        let record = unsafe { &*self.storage.records().as_ptr().byte_add(place) };
        // SAFETY: the current thread has this record's number.
        unsafe { record.take_own() }
    }

    /// A participant for one call of the current thread, which [may not have](Self::enter_at_once) its
    /// own now.
    #[cold]
    #[inline(never)]
    pub fn enter_elsewhere(&self) -> Entry<'_> {
        self.participants().enter(|record| self.newcomer(record))
    }

    /// Takes a participant out for good, with the number to give it back by; `None` when all are
    /// taken.
    pub fn check_out(&self) -> Option<(usize, Participant)> {
        self.participants().check_out(|index| self.newcomer(index))
    }

    /// Gives back what [`check_out`](Self::check_out) gave, after its last use.
    pub fn check_in(&self, index: usize, participant: &Participant) {
        self.participants().check_in(index, participant);
    }

    fn participants(&self) -> Participants<'_> {
        Participants {
            records: self.storage.records(),
            census: self.plan.census,
        }
    }

    /// The participant of a record that is used for the first time.
    #[cold]
    fn newcomer(&self, record: usize) -> Participant {
        let (tail, head) = (Self::hinted(&self.tail), Self::hinted(&self.head));
        let first_spare = self.layout.capacity() + record * self.plan.spares;
        Participant::new(tail, head, first_spare as u32, self.plan.spares as u32)
    }
}
