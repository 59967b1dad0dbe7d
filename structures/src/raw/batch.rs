//! Many items in one call. Part of [`cell_ring`](super::cell_ring), whose invariants it uses: each item
//! takes effect by itself, by the same steps as a single one, and only what the others are told is
//! told once.

use super::cell_ring::CellRing;
use super::moves::{Missed, NotPopped, NotPushed};
use super::participants::Participant;
use super::storage::Storage;
use crate::sync::pause;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// How often a batch that has moved something pauses, once, where it meets the end: it wants more
/// than one item, so it can let the other side get far ahead (some 3 microseconds).
const PAUSES_WITHIN_A_BATCH: u32 = 128;

/// What came of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// So many items.
    pub count: usize,
    /// It ended where the queue was found closed, for what it wanted.
    pub found_closed: bool,
}

impl<T, S: Storage<T>> CellRing<T, S> {
    /// Pushes from the front of `items` until none is left or none fits; each item takes effect by
    /// itself, so that others' items may come in between.
    pub fn try_push_many(&self, own: &mut Participant, items: &mut VecDeque<T>) -> Moved {
        let (mut pushed, mut rested) = (Moved::default(), false);
        while let Some(item) = items.pop_front() {
            if let Err(missed) = self.push_untold(own, item) {
                rest_once(&mut rested, missed, pushed.count);
                if let Err((why, item)) = self.finish_push(&mut *own, missed) {
                    items.push_front(item);
                    pushed.found_closed = why == NotPushed::Closed;
                    break;
                }
            }
            pushed.count += 1;
        }
        if pushed.count > 0 {
            // The other half comes along, as in `hint_tail_at_times`.
            own.head = own.head.max(self.layout.lap_before(own.tail));
            self.hint_tail(own);
        }
        pushed
    }

    /// Pops into the room that `items` has left, at most `max`, until nothing is left.
    pub fn try_pop_many(&self, own: &mut Participant, items: &mut Vec<T>, max: usize) -> Moved {
        let max = max.min(items.capacity() - items.len());
        let (mut popped, mut rested) = (Moved::default(), false);
        while popped.count < max {
            match self.pop_untold(own) {
                // SAFETY: the CAS took this cell out of a full slot.
                Ok(cell) => items.push(unsafe { self.take_value(cell) }),
                Err(missed) => {
                    rest_once(&mut rested, missed, popped.count);
                    match self.finish_pop(&mut *own, missed) {
                        Ok(item) => items.push(item),
                        Err(why) => {
                            popped.found_closed = why == NotPopped::Closed;
                            break;
                        }
                    }
                }
            }
            popped.count += 1;
        }
        if popped.count > 0 {
            // As in `hint_head_at_times`.
            own.tail = own.tail.max(own.head);
            self.hint_head(own);
        }
        popped
    }
}

/// Pauses where a batch that has `moved` something meets the end for the first time.
fn rest_once(rested: &mut bool, missed: Missed, moved: usize) {
    if missed == Missed::NotReady && moved > 0 && !*rested {
        *rested = true;
        pause(PAUSES_WITHIN_A_BATCH);
    }
}
