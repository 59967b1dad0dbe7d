//! The sequential event: set and reset, and waits that have a beginning and an end.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;

use super::Spec;

/// A call on an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Set it.
    Set,
    /// Reset it.
    Reset,
    /// Is it set?
    IsSet,
    /// A wait that ends because the event is set, at one moment of the call.
    Wait,
    /// The beginning of a wait that is given up, by this thread.
    Begin(usize),
    /// Its end. In between the event was never set.
    GiveUp(usize),
}

/// What a [`Call`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It is done.
    Done,
    /// The answer to a question.
    Is(bool),
}

/// The state of an event: whether it is set, how often it was, and how often at the beginnings of waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Event {
    is_set: bool,
    sets: u64,
    begun: BTreeMap<usize, u64>,
}

impl Spec for Event {
    type Call = Call;
    type Answer = Answer;

    fn after(&self, call: &Call, answer: Option<&Answer>) -> Option<Self> {
        let mut next = self.clone();
        let exact = match *call {
            Call::Set => {
                next.sets += u64::from(!self.is_set);
                next.is_set = true;
                Answer::Done
            }
            Call::Reset => {
                next.is_set = false;
                Answer::Done
            }
            Call::IsSet => Answer::Is(self.is_set),
            Call::Wait => self.is_set.then_some(Answer::Done)?,
            Call::Begin(thread) => {
                next.begun.insert(thread, self.sets);
                (!self.is_set).then_some(Answer::Done)?
            }
            Call::GiveUp(thread) => {
                let begun = next.begun.remove(&thread)?;
                (begun == self.sets).then_some(Answer::Done)?
            }
        };
        answer.is_none_or(|told| *told == exact).then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The state after all of them, if they are right.
    fn after(calls: &[(Call, Answer)]) -> Option<Event> {
        (calls.iter()).try_fold(Event::default(), |event, (call, answer)| {
            event.after(call, Some(answer))
        })
    }

    const SET: (Call, Answer) = (Call::Set, Answer::Done);
    const RESET: (Call, Answer) = (Call::Reset, Answer::Done);
    const WAIT: (Call, Answer) = (Call::Wait, Answer::Done);
    const BEGIN: (Call, Answer) = (Call::Begin(1), Answer::Done);
    const GIVE_UP: (Call, Answer) = (Call::GiveUp(1), Answer::Done);

    #[test]
    fn a_wait_ends_only_while_the_event_is_set() {
        assert!(
            after(&[
                SET,
                WAIT,
                SET,
                WAIT,
                RESET,
                (Call::IsSet, Answer::Is(false))
            ])
            .is_some()
        );
        assert!(after(&[WAIT]).is_none());
        assert!(after(&[SET, RESET, WAIT]).is_none());
        assert!(after(&[SET, (Call::IsSet, Answer::Is(false))]).is_none());
    }

    #[test]
    fn a_wait_is_given_up_only_if_the_event_was_never_set_in_it() {
        assert!(after(&[SET, RESET, BEGIN, RESET, GIVE_UP, SET]).is_some());
        assert!(after(&[BEGIN, SET, GIVE_UP]).is_none());
        assert!(after(&[BEGIN, SET, RESET, GIVE_UP]).is_none());
        assert!(after(&[SET, BEGIN]).is_none());
    }
}
