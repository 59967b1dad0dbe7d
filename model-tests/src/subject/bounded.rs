//! `latchless::queue::Bounded`, through its handles and through a shared reference.
#![forbid(unsafe_code)]

use crate::spec::fifo::Answer;
use crate::sweep::{BATCH, Deed, Door, Subject, Work};
use latchless::error::{PushError, TryPopError, TryPushError};
use latchless::queue::{Bounded, Handle};

/// The queue, each thread using a handle of its own.
#[derive(Debug)]
pub struct ByHandle(Bounded<u64>);

/// The queue, each thread using the same shared reference.
#[derive(Debug)]
pub struct ByReference(Bounded<u64>);

/// As [`ByReference`], but each thread has called before, so that its place is ready.
#[derive(Debug)]
pub struct Warm(ByReference);

/// The queue made without a place for any thread: every call borrows one of the shared places.
#[derive(Debug)]
pub struct ByPool(Bounded<u64>);

impl Subject for ByHandle {
    type Door<'s> = (&'s Bounded<u64>, Handle<'s, u64>);

    fn with_capacity(capacity: usize) -> Self {
        ByHandle(Bounded::new(capacity))
    }

    fn door(&self) -> Self::Door<'_> {
        (&self.0, self.0.handle().expect("a sweep has few threads"))
    }
}

impl Subject for ByReference {
    type Door<'s> = &'s Bounded<u64>;

    fn with_capacity(capacity: usize) -> Self {
        ByReference(Bounded::new(capacity))
    }

    fn door(&self) -> Self::Door<'_> {
        &self.0
    }
}

impl Subject for Warm {
    type Door<'s> = &'s Bounded<u64>;

    fn with_capacity(capacity: usize) -> Self {
        Warm(ByReference::with_capacity(capacity))
    }

    fn door(&self) -> Self::Door<'_> {
        let door = self.0.door();
        assert!(door.len() <= door.capacity());
        door
    }
}

impl Subject for ByPool {
    type Door<'s> = &'s Bounded<u64>;

    fn with_capacity(capacity: usize) -> Self {
        let builder = Bounded::<u64>::builder(capacity).threads(0).handles(2);
        ByPool(builder.build().expect("a small queue"))
    }

    fn door(&self) -> Self::Door<'_> {
        &self.0
    }
}

impl Door for (&Bounded<u64>, Handle<'_, u64>) {
    fn perform(&mut self, work: &mut Work) {
        let (queue, handle) = self;
        match work.deed {
            Deed::TryPush => work.answer = Some(pushed(handle.try_push(work.value()))),
            Deed::TryPop => work.answer = Some(popped(handle.try_pop())),
            Deed::Push => {
                work.answer = Some(until_not(Answer::Full, || {
                    pushed(handle.try_push(work.value()))
                }))
            }
            Deed::Pop => work.answer = Some(until_not(Answer::Empty, || popped(handle.try_pop()))),
            Deed::ForcePush => work.answer = Some(forced(handle.force_push(work.value()))),
            Deed::PushMany => drop(handle.try_push_many(&mut work.give)),
            Deed::PopMany => drop(handle.try_pop_many(&mut work.got, BATCH)),
            _ => queue.perform(work),
        }
    }
}

impl Door for &Bounded<u64> {
    fn perform(&mut self, work: &mut Work) {
        match work.deed {
            Deed::TryPush => work.answer = Some(pushed(self.try_push(work.value()))),
            Deed::TryPop => work.answer = Some(popped(self.try_pop())),
            Deed::Push => {
                work.answer = Some(until_not(Answer::Full, || {
                    pushed(self.try_push(work.value()))
                }))
            }
            Deed::Pop => work.answer = Some(until_not(Answer::Empty, || popped(self.try_pop()))),
            Deed::ForcePush => work.answer = Some(forced(self.force_push(work.value()))),
            Deed::PushMany => drop(self.try_push_many(&mut work.give)),
            Deed::PopMany => drop(self.try_pop_many(&mut work.got, BATCH)),
            Deed::Close => work.answer = Some(Answer::Is(self.close())),
            Deed::CloseNow => work.got = self.close_now(),
            Deed::Len => work.answer = Some(Answer::Len(self.len())),
            Deed::IsEmpty => work.answer = Some(Answer::Is(self.is_empty())),
            Deed::IsFull => work.answer = Some(Answer::Is(self.is_full())),
            Deed::IsClosed => work.answer = Some(Answer::Is(self.is_closed())),
            Deed::Handle => drop(self.handle()),
        }
    }
}

/// Tries again while the answer is `refused`.
fn until_not(refused: Answer, mut attempt: impl FnMut() -> Answer) -> Answer {
    loop {
        let answer = attempt();
        if answer != refused {
            return answer;
        }
    }
}

fn pushed(result: Result<(), TryPushError<u64>>) -> Answer {
    match result {
        Ok(()) => Answer::Pushed,
        Err(TryPushError::Full(_)) => Answer::Full,
        Err(TryPushError::Closed(_)) => Answer::Closed,
    }
}

fn popped(result: Result<u64, TryPopError>) -> Answer {
    match result {
        Ok(value) => Answer::Popped(value),
        Err(TryPopError::Empty) => Answer::Empty,
        Err(TryPopError::Closed) => Answer::Closed,
    }
}

fn forced(result: Result<Option<u64>, PushError<u64>>) -> Answer {
    match result {
        Ok(None) => Answer::Pushed,
        Ok(Some(oldest)) => Answer::Displaced(oldest),
        Err(_) => Answer::Closed,
    }
}
