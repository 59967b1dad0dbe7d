//! What is done to a structure in a sweep, prepared before and decoded after.
#![forbid(unsafe_code)]

use crate::spec::fifo::{Answer, Call};
use std::collections::VecDeque;
use std::ops::RangeFrom;

/// One operation on a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Push one value.
    TryPush,
    /// Pop one.
    TryPop,
    /// Push one value, trying again while there is no room.
    Push,
    /// Pop one, trying again while nothing is inside.
    Pop,
    /// Push one, displacing the oldest where there is no room.
    ForcePush,
    /// Push [`BATCH`] values.
    PushMany,
    /// Pop up to [`BATCH`].
    PopMany,
    /// Close.
    Close,
    /// Close, and take out what is inside.
    CloseNow,
    /// Ask for the length.
    Len,
    /// Ask whether it is empty.
    IsEmpty,
    /// Ask whether it is full.
    IsFull,
    /// Ask whether it is closed.
    IsClosed,
    /// Take a handle and drop it again.
    Handle,
}

/// How many values a batch moves.
pub const BATCH: usize = 3;

/// An operation with its arguments and room for its answers, so that performing it costs nothing
/// but the operation.
#[derive(Debug)]
pub struct Work {
    /// What to do.
    pub deed: Deed,
    /// The values to push, in order; a batch leaves those that it did not push.
    pub give: VecDeque<u64>,
    /// The values popped by a batch or by `CloseNow`.
    pub got: Vec<u64>,
    /// The answer of a single operation.
    pub answer: Option<Answer>,
    given: Vec<u64>,
}

impl Work {
    /// Prepares `deed` with the next of `values`.
    pub fn new(deed: Deed, values: &mut RangeFrom<u64>) -> Self {
        let give = match deed {
            Deed::TryPush | Deed::Push | Deed::ForcePush => 1,
            Deed::PushMany => BATCH,
            _ => 0,
        };
        let given: Vec<u64> = values.take(give).collect();
        Work {
            deed,
            give: given.iter().copied().collect(),
            got: Vec::with_capacity(BATCH),
            answer: None,
            given,
        }
    }

    /// The value that a single push carries.
    ///
    /// # Panics
    ///
    /// If the deed is not a push.
    pub fn value(&self) -> u64 {
        self.given[0]
    }

    /// What was called and answered; a batch counts as several calls.
    ///
    /// # Panics
    ///
    /// If a single operation left no answer.
    pub fn into_answers(self) -> Vec<(Call, Answer)> {
        let single = |call| vec![(call, self.answer.expect("the operation was performed"))];
        let popped = self
            .got
            .iter()
            .map(|&value| (Call::TryPop, Answer::Popped(value)));
        match self.deed {
            Deed::TryPush | Deed::Push => single(Call::TryPush(self.given[0])),
            Deed::ForcePush => single(Call::ForcePush(self.given[0])),
            Deed::TryPop | Deed::Pop => single(Call::TryPop),
            Deed::Close => single(Call::Close),
            Deed::Len => single(Call::Len),
            Deed::IsEmpty => single(Call::IsEmpty),
            Deed::IsFull => single(Call::IsFull),
            Deed::IsClosed => single(Call::IsClosed),
            Deed::Handle => Vec::new(),
            Deed::PushMany => {
                let pushed = self.given.len() - self.give.len();
                let refused = self.given.get(pushed);
                let all = self.given[..pushed]
                    .iter()
                    .map(|&v| (Call::TryPush(v), Answer::Pushed));
                all.chain(refused.map(|&v| (Call::TryPush(v), Answer::Refused)))
                    .collect()
            }
            Deed::PopMany => {
                let short = self.got.len() < BATCH;
                popped
                    .chain(short.then_some((Call::TryPop, Answer::Nothing)))
                    .collect()
            }
            Deed::CloseNow => [(Call::Close, Answer::Done)]
                .into_iter()
                .chain(popped)
                .chain([(Call::TryPop, Answer::Closed)])
                .collect(),
        }
    }
}

/// What one thread holds of a structure.
pub trait Door {
    /// Does the work.
    ///
    /// # Panics
    ///
    /// If the structure has no such operation.
    fn perform(&mut self, work: &mut Work);
}

/// A structure that can be swept.
pub trait Subject: Sync {
    /// What one thread holds of it.
    type Door<'s>: Door
    where
        Self: 's;
    /// An empty one.
    fn with_capacity(capacity: usize) -> Self;
    /// A way in for the current thread.
    fn door(&self) -> Self::Door<'_>;
}
