//! How a caller comes to a participant of a ring; see [`participants`](super::participants) for who
//! may use which, and why.

use super::cell_ring::CellRing;
use super::participants::{Participant, Participants};
use super::storage::Storage;
use super::thread_number;
use super::word::Position;
use crate::sync::Ordering;

impl<T, S: Storage<T>> CellRing<T, S> {
    /// Calls `act` with a participant for one call of the current thread; `act` must not panic.
    #[inline(always)]
    pub fn call<R>(&self, act: impl FnOnce(&mut Participant) -> R) -> R {
        if let Some(number) = thread_number::current()
            && number < self.plan.census.threads
        {
            // SAFETY: there are at least as many records as threads in the census.
            let record = unsafe { self.storage.records().get_unchecked(number) };
            // SAFETY: `number` is the current thread's.
            match unsafe { record.enter(act) } {
                Ok(answer) => answer,
                Err(act) => self.call_elsewhere(act),
            }
        } else {
            self.call_elsewhere(act)
        }
    }

    /// As [`call`](Self::call), where the current thread has no record, or none that is free.
    #[cold]
    #[inline(never)]
    fn call_elsewhere<R>(&self, act: impl FnOnce(&mut Participant) -> R) -> R {
        let participants = self.participants();
        if participants.settle(|record| self.newcomer(record)) {
            self.call(act)
        } else {
            participants.call_through_pool(|record| self.newcomer(record), act)
        }
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
        // ORDERING: Acquire, as in `find_tail` and `find_head` (I2). The same below.
        let tail = Position::from_bits(self.tail.load(Ordering::Acquire));
        // ORDERING: Acquire, as above.
        let head = Position::from_bits(self.head.load(Ordering::Acquire));
        let first_spare = self.layout.capacity() + record * self.plan.spares;
        Participant::new(tail, head, first_spare as u32, self.plan.spares as u32)
    }
}
