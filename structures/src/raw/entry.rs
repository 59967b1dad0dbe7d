//! How a caller comes to a participant of a ring; see [`participants`](super::participants) for who
//! may use which, and why.

use super::cell_ring::CellRing;
use super::participants::{Entry, Participant, Participants};
use super::storage::Storage;
use super::thread_number;

impl<T, S: Storage<T>> CellRing<T, S> {
    /// A participant for one call of the current thread.
    #[inline(always)]
    pub fn enter(&self) -> Entry<'_> {
        if let Some(number) = thread_number::current()
            && number < self.plan.census.threads
        {
            // SAFETY: there are at least as many records as threads in the census.
            let record = unsafe { self.storage.records().get_unchecked(number) };
            // SAFETY: `number` is the current thread's.
            if let Some(entry) = unsafe { record.take_own() } {
                return entry;
            }
        }
        self.enter_elsewhere()
    }

    #[cold]
    #[inline(never)]
    fn enter_elsewhere(&self) -> Entry<'_> {
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
