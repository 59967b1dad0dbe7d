//! The sequential first-in first-out queue, bounded or not, that can be closed.
#![forbid(unsafe_code)]

use std::collections::VecDeque;

use super::Spec;

/// A call on a queue of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Add a value at the tail.
    TryPush(u64),
    /// Add a value at the tail, at the cost of the oldest one where the queue is full.
    ForcePush(u64),
    /// Take the value at the head.
    TryPop,
    /// How many values are inside.
    Len,
    /// Is nothing inside?
    IsEmpty,
    /// Is there no room?
    IsFull,
    /// Is the queue closed?
    IsClosed,
    /// Close it; the answer says whether this call was the one that did.
    Close,
}

/// What a [`Call`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The value is inside.
    Pushed,
    /// The value is inside, and this one, the oldest, had to go.
    Displaced(u64),
    /// No room.
    Full,
    /// The queue is closed; for a pop: and drained.
    Closed,
    /// The oldest value.
    Popped(u64),
    /// Nothing inside, but something may still come.
    Empty,
    /// A number of values.
    Len(usize),
    /// The answer to a question, or to `Close`.
    Is(bool),
    /// A push that does not say why it was refused: `Full` or `Closed`. This is how a batch ends that left something over.
    Refused,
    /// A pop that does not say why it found nothing: `Empty` or `Closed`. This is how a batch ends that came back short.
    Nothing,
    /// A close that does not say whether it was the one that closed, as the first half of `close_now`.
    Done,
}

impl Answer {
    /// Is `told` a true report of this answer? The vague answers cover several exact ones.
    pub fn may_be_told_as(&self, told: &Answer) -> bool {
        match told {
            Answer::Refused => matches!(self, Answer::Full | Answer::Closed),
            Answer::Nothing => matches!(self, Answer::Empty | Answer::Closed),
            Answer::Done => matches!(self, Answer::Is(_)),
            exact => self == exact,
        }
    }
}

/// The state of a queue: its values, oldest first, and whether it is closed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fifo {
    capacity: usize,
    items: VecDeque<u64>,
    closed: bool,
}

impl Fifo {
    /// An empty queue with room for `capacity` values.
    pub fn bounded(capacity: usize) -> Self {
        Fifo {
            capacity,
            items: VecDeque::new(),
            closed: false,
        }
    }

    /// An empty queue that is never full.
    pub fn unbounded() -> Self {
        Fifo::bounded(usize::MAX)
    }

    /// How many values fit.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The values inside, oldest first.
    pub fn items(&self) -> &VecDeque<u64> {
        &self.items
    }

    /// Has it been closed?
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Lets `call` take effect and says what it answers.
    pub fn apply(&mut self, call: &Call) -> Answer {
        match *call {
            Call::TryPush(value) => self.push(value, false),
            Call::ForcePush(value) => self.push(value, true),
            Call::TryPop => match self.items.pop_front() {
                Some(value) => Answer::Popped(value),
                None if self.closed => Answer::Closed,
                None => Answer::Empty,
            },
            Call::Len => Answer::Len(self.items.len()),
            Call::IsEmpty => Answer::Is(self.items.is_empty()),
            Call::IsFull => Answer::Is(self.items.len() == self.capacity),
            Call::IsClosed => Answer::Is(self.closed),
            Call::Close => Answer::Is(!std::mem::replace(&mut self.closed, true)),
        }
    }

    fn push(&mut self, value: u64, force: bool) -> Answer {
        if self.closed {
            return Answer::Closed;
        }
        if self.items.len() < self.capacity {
            self.items.push_back(value);
            return Answer::Pushed;
        }
        if !force {
            return Answer::Full;
        }
        self.items.push_back(value);
        match self.items.pop_front() {
            Some(oldest) => Answer::Displaced(oldest),
            None => Answer::Pushed,
        }
    }
}

impl Spec for Fifo {
    type Call = Call;
    type Answer = Answer;

    fn after(&self, call: &Call, answer: Option<&Answer>) -> Option<Self> {
        let mut next = self.clone();
        let exact = next.apply(call);
        answer
            .is_none_or(|told| exact.may_be_told_as(told))
            .then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_queue_refuses_pushes_and_is_drained_before_it_says_closed() {
        let mut queue = Fifo::bounded(2);
        assert_eq!(queue.apply(&Call::TryPush(1)), Answer::Pushed);
        assert_eq!(queue.apply(&Call::Close), Answer::Is(true));
        assert_eq!(queue.apply(&Call::Close), Answer::Is(false));
        assert_eq!(queue.apply(&Call::TryPush(2)), Answer::Closed);
        assert_eq!(queue.apply(&Call::ForcePush(2)), Answer::Closed);
        assert_eq!(queue.apply(&Call::TryPop), Answer::Popped(1));
        assert_eq!(queue.apply(&Call::TryPop), Answer::Closed);
    }

    #[test]
    fn a_full_queue_refuses_a_push_and_a_forced_one_displaces_the_oldest() {
        let mut queue = Fifo::bounded(1);
        assert_eq!(queue.apply(&Call::ForcePush(1)), Answer::Pushed);
        assert_eq!(queue.apply(&Call::TryPush(2)), Answer::Full);
        assert_eq!(queue.apply(&Call::ForcePush(3)), Answer::Displaced(1));
        assert_eq!(queue.apply(&Call::IsFull), Answer::Is(true));
        assert_eq!(queue.apply(&Call::TryPop), Answer::Popped(3));
        assert_eq!(queue.apply(&Call::TryPop), Answer::Empty);
    }

    #[test]
    fn a_vague_answer_covers_its_exact_ones_and_no_other() {
        let full = {
            let mut queue = Fifo::bounded(1);
            queue.apply(&Call::TryPush(1));
            queue
        };
        assert!(
            full.after(&Call::TryPush(2), Some(&Answer::Refused))
                .is_some()
        );
        assert!(full.after(&Call::TryPop, Some(&Answer::Nothing)).is_none());
        assert!(
            full.after(&Call::TryPush(2), Some(&Answer::Closed))
                .is_none()
        );
        assert_eq!(
            full.after(&Call::TryPop, None),
            Some(Fifo::bounded(1)),
            "a pop that never returned may have taken the value"
        );
    }
}
