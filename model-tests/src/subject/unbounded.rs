//! `latchless::queue::Unbounded`, with segments of so many slots that sweeps meet their ends.
#![forbid(unsafe_code)]

use crate::spec::fifo::Answer;
use crate::sweep::{BATCH, Deed, Door, Subject, Work};
use latchless::error::{PushError, TryPopError};
use latchless::queue::Unbounded;
use latchless::queue::unbounded::Handle;

/// The queue, each thread using a handle of its own.
#[derive(Debug)]
pub struct ByHandle<const SLOTS: usize>(Unbounded<u64>);

/// The queue, each thread using the same shared reference.
#[derive(Debug)]
pub struct ByReference<const SLOTS: usize>(Unbounded<u64>);

fn queue(slots: usize) -> Unbounded<u64> {
    #[cfg(any(latchless_loom, latchless_steps))]
    return Unbounded::with_slots(slots, slots);
    #[cfg(not(any(latchless_loom, latchless_steps)))]
    {
        let _ = slots;
        Unbounded::new()
    }
}

impl<const SLOTS: usize> Subject for ByHandle<SLOTS> {
    type Door<'s> = Handle<'s, u64>;

    fn with_capacity(_: usize) -> Self {
        Self(queue(SLOTS))
    }

    fn door(&self) -> Handle<'_, u64> {
        self.0.handle()
    }
}

impl<const SLOTS: usize> Subject for ByReference<SLOTS> {
    type Door<'s> = &'s Unbounded<u64>;

    fn with_capacity(_: usize) -> Self {
        Self(queue(SLOTS))
    }

    fn door(&self) -> &Unbounded<u64> {
        &self.0
    }
}

impl Door for Handle<'_, u64> {
    fn perform(&mut self, work: &mut Work) {
        match work.deed {
            Deed::TryPush | Deed::Push => work.answer = Some(pushed(self.push(work.value()))),
            Deed::TryPop => work.answer = Some(popped(self.try_pop())),
            Deed::PushMany => drop(self.push_many(&mut work.give)),
            Deed::PopMany => drop(self.try_pop_many(&mut work.got, BATCH)),
            Deed::Close => work.answer = Some(Answer::Is(self.close())),
            Deed::CloseNow => work.got = self.close_now(),
            Deed::Len => work.answer = Some(Answer::Len(self.len())),
            Deed::IsEmpty => work.answer = Some(Answer::Is(self.is_empty())),
            Deed::IsClosed => work.answer = Some(Answer::Is(self.is_closed())),
            _ => (&mut &**self).perform(work),
        }
    }
}

impl Door for &Unbounded<u64> {
    fn perform(&mut self, work: &mut Work) {
        match work.deed {
            Deed::TryPush | Deed::Push => work.answer = Some(pushed(self.push(work.value()))),
            Deed::TryPop => work.answer = Some(popped(self.try_pop())),
            Deed::PushMany => drop(self.push_many(&mut work.give)),
            Deed::PopMany => drop(self.try_pop_many(&mut work.got, BATCH)),
            Deed::Close => work.answer = Some(Answer::Is(self.close())),
            Deed::CloseNow => work.got = self.close_now(),
            Deed::Len => work.answer = Some(Answer::Len(self.len())),
            Deed::IsEmpty => work.answer = Some(Answer::Is(self.is_empty())),
            Deed::IsClosed => work.answer = Some(Answer::Is(self.is_closed())),
            Deed::Handle => {
                drop(self.handle());
                self.shrink();
            }
            Deed::Pop | Deed::ForcePush | Deed::IsFull => {
                unreachable!("an unbounded queue has no such call")
            }
        }
    }
}

fn pushed(result: Result<(), PushError<u64>>) -> Answer {
    match result {
        Ok(()) => Answer::Pushed,
        Err(_) => Answer::Closed,
    }
}

fn popped(result: Result<u64, TryPopError>) -> Answer {
    match result {
        Ok(value) => Answer::Popped(value),
        Err(TryPopError::Empty) => Answer::Empty,
        Err(TryPopError::Closed) => Answer::Closed,
    }
}
