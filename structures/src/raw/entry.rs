//! How a caller comes to a participant of a ring; see [`participants`](super::participants) for who
//! may use which, and why.

use super::cell_ring::{CellRing, NotPopped, NotPushed};
use super::participants::{Entry, Participant, Participants};
use super::storage::Storage;
use super::thread_number;

impl<T, S: Storage<T>> CellRing<T, S> {
    /// As [`try_push`](Self::try_push), for the current thread.
    #[inline(always)]
    pub fn try_push_here(&self, value: T) -> Result<(), (NotPushed, T)> {
        match self.enter_at_once() {
            Some(own) => self.try_push(own, value),
            None => self.try_push_elsewhere(value),
        }
    }

    /// As [`try_pop`](Self::try_pop), for the current thread.
    ///
    /// Whatever is not usual ends in one and the same call: with two of them, the compiler returns
    /// every item through memory.
    #[inline(always)]
    pub fn try_pop_here(&self) -> Result<T, NotPopped> {
        let mut own = self.enter_at_once();
        let mut lost = false;
        if let Some(entry) = &mut own {
            match self.pop_at_once(entry) {
                Ok(cell) => {
                    self.hint_head_at_times(entry);
                    // SAFETY: the CAS took this cell out of a full slot.
                    let item = unsafe { self.take_value(cell) };
                    drop(own);
                    return Ok(item);
                }
                Err(race) => lost = race,
            }
        }
        self.finish_pop_here(own, lost)
    }

    #[cold]
    #[inline(never)]
    fn try_push_elsewhere(&self, value: T) -> Result<(), (NotPushed, T)> {
        self.try_push(self.enter_elsewhere(), value)
    }

    /// Pops after all, or says why not, through another participant if the own one is not at hand.
    #[cold]
    #[inline(never)]
    fn finish_pop_here(&self, own: Option<Entry<'_>>, lost: bool) -> Result<T, NotPopped> {
        match own {
            Some(own) => self.finish_pop(own, lost),
            None => self.try_pop(self.enter_elsewhere()),
        }
    }

    /// A participant for one call of the current thread.
    pub fn enter(&self) -> Entry<'_> {
        match self.enter_at_once() {
            Some(entry) => entry,
            None => self.enter_elsewhere(),
        }
    }

    /// The current thread's own participant, if it has used it before and is not using it now.
    #[inline(always)]
    fn enter_at_once(&self) -> Option<Entry<'_>> {
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
