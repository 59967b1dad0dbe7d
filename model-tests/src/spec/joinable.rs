//! The sequential queue of tasks that can be joined.
//!
//! A push counts before it takes effect, and if it is refused until after it: so it is written down in parts, which
//! share its interval. A push that waits counts only while it tries, and how often it does is not seen: while it is
//! going on, one task more may be counted or not.
#![forbid(unsafe_code)]

use super::Spec;
use super::fifo::{self, Fifo};

/// A call, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// A push that does not wait counts its task.
    Counts,
    /// A push that may wait begins.
    Begins,
    /// The value goes to the tail; the second says whether the push was one that may wait.
    Push(u64, bool),
    /// A push that was refused counts its task no more, or has ended; as above.
    Uncounts(bool),
    /// A task is popped.
    Pop,
    /// A task that was popped is done.
    Done,
    /// A task that was popped goes back to the tail.
    Retry(u64),
    /// Close it.
    Close,
    /// How many are unfinished?
    Unfinished,
    /// Is none?
    Join,
}

/// What a [`Call`] returned.
pub type Answer = fifo::Answer;

/// The state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Joinable {
    queue: Fifo,
    /// Tasks that were popped.
    in_hand: usize,
    /// Tasks that are counted and will be pushed.
    counted: usize,
    /// Pushes that may count one.
    pushing: usize,
}

impl Joinable {
    /// An empty queue with room for `capacity` tasks.
    pub fn bounded(capacity: usize) -> Self {
        Joinable::of(Fifo::bounded(capacity))
    }

    /// An empty queue without a bound.
    pub fn unbounded() -> Self {
        Joinable::of(Fifo::unbounded())
    }

    fn of(queue: Fifo) -> Self {
        Joinable {
            queue,
            in_hand: 0,
            counted: 0,
            pushing: 0,
        }
    }

    fn unfinished(&self) -> usize {
        self.queue.items().len() + self.in_hand + self.counted
    }

    fn queue(&mut self, call: fifo::Call, told: Option<&Answer>) -> Option<Answer> {
        let exact = self.queue.apply(&call);
        let true_report = told.is_none_or(|told| exact.may_be_told_as(told));
        true_report.then_some(exact)
    }

    fn no_longer(&mut self, may_wait: bool) {
        if may_wait {
            self.pushing -= 1;
        } else {
            self.counted -= 1;
        }
    }

    fn apply(&mut self, call: Call, told: Option<&Answer>) -> Option<()> {
        match call {
            Call::Counts => self.counted += 1,
            Call::Begins => self.pushing += 1,
            Call::Push(value, may_wait) => {
                if self.queue(fifo::Call::TryPush(value), told)? == Answer::Pushed {
                    self.no_longer(may_wait);
                }
            }
            Call::Uncounts(may_wait) => self.no_longer(may_wait),
            Call::Pop => {
                if let Answer::Popped(_) = self.queue(fifo::Call::TryPop, told)? {
                    self.in_hand += 1;
                }
            }
            Call::Done => self.in_hand = self.in_hand.checked_sub(1)?,
            Call::Retry(value) => {
                if self.queue(fifo::Call::TryPush(value), told)? == Answer::Pushed {
                    self.in_hand = self.in_hand.checked_sub(1)?;
                }
            }
            Call::Close => _ = self.queue(fifo::Call::Close, told)?,
            Call::Unfinished => {
                let Some(&Answer::Len(told)) = told else {
                    return told.is_none().then_some(());
                };
                let least = self.unfinished();
                return (least..=least + self.pushing).contains(&told).then_some(());
            }
            Call::Join => {
                let none = self.unfinished() == 0;
                return match told {
                    Some(Answer::Is(true)) => none.then_some(()),
                    Some(Answer::Is(false)) => (!none || self.pushing > 0).then_some(()),
                    Some(_) => None,
                    None => Some(()),
                };
            }
        }
        Some(())
    }
}

impl Spec for Joinable {
    type Call = Call;
    type Answer = Answer;

    fn after(&self, call: &Call, answer: Option<&Answer>) -> Option<Self> {
        let mut next = self.clone();
        next.apply(*call, answer)?;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(calls: &[(Call, Answer)]) -> bool {
        let mut state = Some(Joinable::bounded(2));
        for (call, answer) in calls {
            state = state.and_then(|state| state.after(call, Some(answer)));
        }
        state.is_some()
    }

    const NOT_YET: (Call, Answer) = (Call::Join, Answer::Is(false));
    const JOINED: (Call, Answer) = (Call::Join, Answer::Is(true));

    #[test]
    fn a_task_is_unfinished_from_its_count_until_it_is_done() {
        let steps = [
            (Call::Counts, Answer::Done),
            (Call::Push(1, false), Answer::Pushed),
            (Call::Pop, Answer::Popped(1)),
            (Call::Retry(1), Answer::Pushed),
            (Call::Pop, Answer::Popped(1)),
        ];
        for length in 1..=steps.len() {
            assert!(
                accepts(&[&steps[..length], &[NOT_YET]].concat()),
                "{length}"
            );
            assert!(
                !accepts(&[&steps[..length], &[JOINED]].concat()),
                "{length}"
            );
        }
        let done = [&steps[..], &[(Call::Done, Answer::Done)]].concat();
        assert!(accepts(&[&done[..], &[JOINED]].concat()));
        assert!(!accepts(&[&done[..], &[NOT_YET]].concat()));
    }

    #[test]
    fn a_push_that_waits_may_count_or_not() {
        let begun = (Call::Begins, Answer::Done);
        assert!(accepts(&[begun, NOT_YET]) && accepts(&[begun, JOINED]));
        let refused = (Call::Push(1, true), Answer::Closed);
        let closed = (Call::Close, Answer::Is(true));
        let ended = (Call::Uncounts(true), Answer::Done);
        assert!(accepts(&[
            begun, closed, refused, NOT_YET, JOINED, ended, JOINED
        ]));
        assert!(!accepts(&[begun, closed, refused, ended, NOT_YET]));
    }
}
