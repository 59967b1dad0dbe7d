//! Vyukov's bounded queue as the textbook has it: claim a slot, write into it, publish it.
//!
//! A thread stopped between claim and publication stops everybody who needs that slot, so no sweep
//! may pass it. Written for the sweeps: values are atomic too, which spares it `unsafe`.
#![forbid(unsafe_code)]

use crate::spec::fifo::Answer;
use crate::sweep::{Deed, Door, Subject, Work};

#[cfg(latchless_steps)]
use latchless::sync::{AtomicU64, Ordering};
#[cfg(not(latchless_steps))]
use std::sync::atomic::{AtomicU64, Ordering};

/// The ring. Its capacity is at least 2: with one slot, "filled" and "free again" would be one
/// number.
#[derive(Debug)]
pub struct Vyukov {
    slots: Box<[Slot]>,
    tail: AtomicU64,
    head: AtomicU64,
}

#[derive(Debug)]
struct Slot {
    /// `pos`: free for the push at `pos`. `pos + 1`: holds that push's value.
    sequence: AtomicU64,
    value: AtomicU64,
}

impl Vyukov {
    fn slot(&self, position: u64) -> &Slot {
        &self.slots[(position % self.slots.len() as u64) as usize]
    }

    /// Claims the next position of `end`, or gives up when its slot is a lap behind and nobody is
    /// in it (the other end has not moved on).
    fn claim(&self, end: &AtomicU64, other: &AtomicU64, ready: u64, apart: u64) -> Option<u64> {
        let mut position = end.load(Ordering::Acquire);
        loop {
            let sequence = self.slot(position).sequence.load(Ordering::Acquire);
            let ahead = sequence.wrapping_sub(position + ready) as i64;
            if ahead == 0 {
                match end.compare_exchange(
                    position,
                    position + 1,
                    Ordering::AcqRel,
                    Ordering::Acquire,
                ) {
                    Ok(_) => return Some(position),
                    Err(seen) => position = seen,
                }
            } else {
                if ahead < 0 && other.load(Ordering::Acquire).wrapping_add(apart) == position {
                    return None;
                }
                position = end.load(Ordering::Acquire);
            }
        }
    }
}

impl Subject for Vyukov {
    type Door<'s> = &'s Vyukov;

    fn with_capacity(capacity: usize) -> Self {
        assert!(capacity >= 2, "a Vyukov ring has at least two slots");
        let slot = |sequence| Slot {
            sequence: AtomicU64::new(sequence),
            value: AtomicU64::new(0),
        };
        Vyukov {
            slots: (0..capacity as u64).map(slot).collect(),
            tail: AtomicU64::new(0),
            head: AtomicU64::new(0),
        }
    }

    fn door(&self) -> Self::Door<'_> {
        self
    }
}

impl Door for &Vyukov {
    fn perform(&mut self, work: &mut Work) {
        let capacity = self.slots.len() as u64;
        work.answer = Some(match work.deed {
            Deed::TryPush => match self.claim(&self.tail, &self.head, 0, capacity) {
                Some(position) => {
                    let slot = self.slot(position);
                    slot.value.store(work.value(), Ordering::Relaxed);
                    slot.sequence.store(position + 1, Ordering::Release);
                    Answer::Pushed
                }
                None => Answer::Full,
            },
            Deed::TryPop => match self.claim(&self.head, &self.tail, 1, 0) {
                Some(position) => {
                    let slot = self.slot(position);
                    let value = slot.value.load(Ordering::Relaxed);
                    slot.sequence.store(position + capacity, Ordering::Release);
                    Answer::Popped(value)
                }
                None => Answer::Empty,
            },
            other => unreachable!("a Vyukov ring has no {other:?}"),
        });
    }
}
