//! The sequential semaphore, with a maximum, that can be closed.
//!
//! Where somebody waits, permits may be in the hands of a call that is under way, which hands them to those who wait. So
//! calls that wait, or give while others wait, are written down in parts: they *begin*, take effect, and *end*; while one is
//! under way beside one's own, one may find fewer permits than there are. Where nobody ever waits, no call begins, and
//! every answer must be exact.
#![forbid(unsafe_code)]

use super::Spec;

/// A call on a semaphore, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// A call that may have permits in its hands is under way.
    Begin,
    /// It is not any more.
    End,
    /// Take so many.
    Acquire(u64),
    /// Give so many that exist already.
    Release(u64),
    /// Make so many.
    Make(u64),
    /// Take at most so many.
    Drain(u64),
    /// Unmake so many that were taken.
    Unmake(u64),
    /// How many are free?
    Available,
    /// Close it; the answer says whether this call was the one that did.
    Close,
    /// Is it closed?
    IsClosed,
}

/// What a [`Call`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It took effect.
    Done,
    /// Too few are free.
    NoPermits,
    /// It is closed.
    Closed,
    /// There would be more than the maximum.
    TooMany,
    /// A number of permits.
    Permits(u64),
    /// The answer to a question, or to `Close`.
    Is(bool),
}

/// The state of a semaphore.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Semaphore {
    free: u64,
    total: u64,
    max: u64,
    closed: bool,
    under_way: u64,
}

impl Semaphore {
    /// So many permits, of so many that there can be.
    pub fn new(permits: u64, max: u64) -> Self {
        Semaphore {
            free: permits,
            total: permits,
            max,
            closed: false,
            under_way: 0,
        }
    }

    /// Lets `call` take effect and says what it answers.
    pub fn apply(&mut self, call: &Call) -> Answer {
        match *call {
            Call::Begin => self.under_way += 1,
            Call::End => self.under_way -= 1,
            Call::Acquire(_) if self.closed => return Answer::Closed,
            Call::Acquire(permits) if permits > self.free => return Answer::NoPermits,
            Call::Acquire(permits) => self.free -= permits,
            Call::Release(permits) => self.free += permits,
            Call::Make(permits) if self.total + permits > self.max => return Answer::TooMany,
            Call::Make(permits) => self.total += permits,
            Call::Drain(most) => {
                let taken = self.free.min(most);
                self.free -= taken;
                return Answer::Permits(taken);
            }
            Call::Unmake(permits) => self.total -= permits,
            Call::Available => return Answer::Permits(self.free),
            Call::Close => return Answer::Is(!std::mem::replace(&mut self.closed, true)),
            Call::IsClosed => return Answer::Is(self.closed),
        }
        Answer::Done
    }
}

impl Spec for Semaphore {
    type Call = Call;
    type Answer = Answer;

    fn after(&self, call: &Call, answer: Option<&Answer>) -> Option<Self> {
        let mut next = self.clone();
        let exact = next.apply(call);
        match answer {
            Some(Answer::NoPermits)
                if !self.closed && self.under_way > 1 && matches!(call, Call::Acquire(_)) =>
            {
                Some(self.clone())
            }
            Some(told) => (exact == *told).then_some(next),
            None => Some(next),
        }
    }
}

/// What is done in a fair line in which each asks for one permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InLine {
    /// One comes, and waits. If it is served within that call, it looks there too.
    Come(u64),
    /// Was it served? Then it has left the line.
    Look(u64),
    /// It goes.
    Go(u64),
    /// A permit is given.
    Give,
}

/// The order of a fair line: whoever was seen to be served, all who had come before it are served too. When they were, and
/// that no permit is lost, is left to others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Line {
    /// Who waits, in the order of their coming; those before `served` have been served, and did not look yet.
    waiting: Vec<u64>,
    served: usize,
    /// Permits that nobody is known to have.
    left: usize,
}

impl Line {
    /// All up to this place have been served; `None` if there were not so many permits.
    fn serve(mut self, up_to: usize) -> Option<Self> {
        let more = up_to.saturating_sub(self.served);
        self.left = self.left.checked_sub(more)?;
        self.served += more;
        Some(self)
    }

    fn place(&self, who: u64) -> Option<usize> {
        self.waiting.iter().position(|&one| one == who)
    }

    fn take_out(&mut self, place: usize) {
        self.waiting.remove(place);
        self.served -= usize::from(place < self.served);
    }
}

impl Spec for Line {
    type Call = InLine;
    type Answer = bool;

    fn after(&self, call: &InLine, answer: Option<&bool>) -> Option<Self> {
        let mut next = self.clone();
        match (*call, answer.copied()) {
            (InLine::Give, _) => next.left += 1,
            (InLine::Come(who), _) => next.waiting.push(who),
            (InLine::Look(who), Some(true)) => {
                let place = self.place(who)?;
                next = next.serve(place + 1)?;
                next.take_out(place);
            }
            (InLine::Look(who), _) if self.place(who)? < self.served => return None,
            (InLine::Look(_), _) => {}
            (InLine::Go(who), _) => {
                let place = self.place(who)?;
                // What it was given goes to the next.
                next.left += usize::from(place < self.served);
                next.take_out(place);
            }
        }
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The state after these, if they could be answered so.
    fn after(calls: &[(InLine, bool)]) -> Option<Line> {
        calls
            .iter()
            .try_fold(Line::default(), |line, (call, answer)| {
                line.after(call, Some(answer))
            })
    }

    #[test]
    fn a_line_is_served_in_the_order_of_coming() {
        use InLine::{Come, Give, Go, Look};
        let both = [(Come(1), true), (Come(2), true), (Give, true)];
        let then = |rest: &[(InLine, bool)]| after(&[&both[..], rest].concat()).is_some();
        assert!(then(&[(Look(2), false), (Look(1), true)]));
        assert!(!then(&[(Look(2), true)]), "the first was not served");
        assert!(!then(&[(Look(1), true), (Look(2), true)]), "one permit");
        assert!(then(&[(Give, true), (Look(2), true), (Look(1), true)]));
        assert!(!then(&[(Give, true), (Look(2), true), (Look(1), false)]));
        let third = [(Come(3), true), (Look(3), true)];
        assert!(!then(&third), "it has overtaken");
        let alone = [(Go(1), true), (Look(2), true), (Give, true)];
        assert!(then(&[&alone[..], &third].concat()));
        assert!(then(&[(Look(1), false), (Go(1), true), (Look(2), true)]));
    }

    #[test]
    fn permits_are_taken_all_together_or_not_at_all() {
        let mut semaphore = Semaphore::new(3, 3);
        assert_eq!(semaphore.apply(&Call::Acquire(2)), Answer::Done);
        assert_eq!(semaphore.apply(&Call::Acquire(2)), Answer::NoPermits);
        assert_eq!(semaphore.apply(&Call::Available), Answer::Permits(1));
        assert_eq!(semaphore.apply(&Call::Release(2)), Answer::Done);
        assert_eq!(semaphore.apply(&Call::Drain(9)), Answer::Permits(3));
        assert_eq!(semaphore.apply(&Call::Make(1)), Answer::TooMany);
        assert_eq!(semaphore.apply(&Call::Unmake(3)), Answer::Done);
        assert_eq!(semaphore.apply(&Call::Make(3)), Answer::Done);
    }

    #[test]
    fn a_closed_semaphore_refuses_whatever_is_free() {
        let mut semaphore = Semaphore::new(1, 1);
        assert_eq!(semaphore.apply(&Call::Close), Answer::Is(true));
        assert_eq!(semaphore.apply(&Call::Close), Answer::Is(false));
        assert_eq!(semaphore.apply(&Call::Acquire(1)), Answer::Closed);
    }

    #[test]
    fn a_vague_answer_is_refused_where_nobody_waits() {
        let idle = Semaphore::new(1, 1);
        let none = Some(&Answer::NoPermits);
        assert!(idle.after(&Call::Acquire(1), none).is_none());
        let begun = |before: &Semaphore| before.after(&Call::Begin, Some(&Answer::Done));
        let alone = begun(&idle).expect("it may begin");
        assert!(alone.after(&Call::Acquire(1), none).is_none());
        let two = begun(&alone).expect("it may begin");
        assert!(two.after(&Call::Acquire(1), none).is_some());
    }
}
