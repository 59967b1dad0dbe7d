//! Rules that every history of a queue obeys, checked in O(n log n + n · threads): for histories too long to search.
//!
//! **Sound, not complete** A history that breaks a rule is not linearizable; one that breaks none may still not be.
//! [`crate::linearize`] decides exactly, for short histories. Here values must be distinct, the queue starts empty, and
//! every call has returned.
//!
//! **Notation** A push has its instant somewhere in its interval, a pop too; a value lies inside from the one instant
//! to the other. Between two ticks, at *moment* `t` (from tick `t` to tick `t + 1`), a value is *certainly* inside if
//! its push had returned and its pop was not yet invoked, and *possibly* inside if its push was invoked and its pop had
//! not returned. So the length at moment `t` lies between `certain(t)` and `possible(t)`.
//!
//! **The rules**
//! 1. No value is popped that nobody pushed, none before its push was invoked, none twice.
//! 2. If the push of x returned before that of y was invoked, then y's pop does not return before x's was invoked.
//! 3. Whatever a call says about the length (Empty: 0; Full: capacity; Pushed: less; `len`: that) was possible at some
//!    moment of its interval.
//! 4. The queue is closed at one moment: calls that say so end after it may have come, calls that say otherwise begin
//!    before it must have come, and one close at most says that it was the one.
//!
//! Rules 1 and 2 with the Empty part of 3 are those of Henzinger, Sezgin & Vafeiadis, "Aspect-oriented linearizability
//! proofs" (2013).
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fmt;

use crate::history::{History, NEVER, Operation};
use crate::spec::fifo::{Answer, Call};

/// The rule that a history breaks, with the values or the call that break it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// The value was popped although nobody pushed it.
    FromNowhere(u64),
    /// The value's pop returned before its push was invoked.
    BeforeItsPush(u64),
    /// The value was popped more than once.
    Twice(u64),
    /// The second value overtook the first, whose push had returned before the second's was invoked; or the first never
    /// came out at all.
    Overtaken(u64, u64),
    /// At no moment of its interval could the call have met the length that its answer implies.
    WrongLength(Call, Answer),
    /// The call says that the queue is closed and had returned before any close was invoked, or none ever was.
    ClosedTooEarly(Call, Answer),
    /// The call says that the queue is open and was invoked after a close had returned.
    OpenTooLate(Call, Answer),
    /// More than one close says that it was the one, or none does although all were asked.
    ClosedNotOnce,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::FromNowhere(v) => write!(f, "{v} was popped but never pushed"),
            Violation::BeforeItsPush(v) => write!(f, "{v} was popped before its push was invoked"),
            Violation::Twice(v) => write!(f, "{v} was popped twice"),
            Violation::Overtaken(x, y) => write!(
                f,
                "{x} was pushed before {y}, and {y} was popped before {x}"
            ),
            Violation::WrongLength(call, answer) => {
                write!(f, "{call:?} -> {answer:?}: never so in its interval")
            }
            Violation::ClosedTooEarly(call, answer) => {
                write!(f, "{call:?} -> {answer:?}: nobody had closed")
            }
            Violation::OpenTooLate(call, answer) => {
                write!(f, "{call:?} -> {answer:?}: already closed")
            }
            Violation::ClosedNotOnce => write!(f, "not exactly one close says that it closed"),
        }
    }
}

type FifoOperation = Operation<Call, Answer>;

/// Checks all rules on a history of a queue of `capacity`, which started empty.
///
/// # Errors
/// The first violation found.
///
/// # Panics
/// If the history is not one that the rules speak of: without real-time ticks, with a call that never returned, or with
/// a value pushed twice.
pub fn check(capacity: usize, history: &History<Call, Answer>) -> Result<(), Violation> {
    assert!(
        history
            .operations()
            .all(|op| op.answer.is_some() && op.returned != NEVER),
        "the rules need real-time ticks, and calls that have returned"
    );
    let closing = Closing::of(history)?;
    let lives = lives(history, &closing)?;
    check_order(&lives)?;
    let lengths = Lengths::of(history, &lives);
    history
        .operations()
        .try_for_each(|op| check_length(op, capacity, &lengths, &closing))
}

/// Where a value's push and pop took effect: after the first tick, before the second.
#[derive(Clone, Copy, Debug)]
struct Life {
    value: u64,
    pushed: (u64, u64),
    popped: (u64, u64),
}

/// Rule 1, and the intervals for the others.
fn lives(history: &History<Call, Answer>, closing: &Closing) -> Result<Vec<Life>, Violation> {
    let mut lives: HashMap<u64, Life> = HashMap::new();
    for op in history.operations() {
        let (Call::TryPush(value) | Call::ForcePush(value)) = op.call else {
            continue;
        };
        if !matches!(op.answer, Some(Answer::Pushed | Answer::Displaced(_))) {
            continue;
        }
        // A push that succeeded took effect before the queue was closed.
        let pushed = (op.invoked, op.returned.min(closing.latest));
        let life = Life {
            value,
            pushed,
            popped: (NEVER, NEVER),
        };
        assert!(
            lives.insert(value, life).is_none(),
            "{value} is pushed twice: the rules need distinct values"
        );
    }
    for op in history.operations() {
        let Some(Answer::Popped(value) | Answer::Displaced(value)) = op.answer else {
            continue;
        };
        let life = lives.get_mut(&value).ok_or(Violation::FromNowhere(value))?;
        if life.popped != (NEVER, NEVER) {
            return Err(Violation::Twice(value));
        }
        if op.returned < life.pushed.0 {
            return Err(Violation::BeforeItsPush(value));
        }
        life.popped = (op.invoked, op.returned);
    }
    Ok(lives.into_values().collect())
}

/// Rule 2: for each y, of all x whose push had returned before that of y was invoked, the one whose pop was invoked last.
fn check_order(lives: &[Life]) -> Result<(), Violation> {
    let mut by_return: Vec<&Life> = lives.iter().collect();
    by_return.sort_unstable_by_key(|life| life.pushed.1);
    let mut by_invocation: Vec<&Life> = lives.iter().collect();
    by_invocation.sort_unstable_by_key(|life| life.pushed.0);

    let mut earlier = by_return.into_iter().peekable();
    let mut last_popped: Option<&Life> = None;
    for y in by_invocation {
        while let Some(x) = earlier.next_if(|x| x.pushed.1 <= y.pushed.0) {
            if last_popped.is_none_or(|last| last.popped.0 < x.popped.0) {
                last_popped = Some(x);
            }
        }
        if let Some(x) = last_popped
            && y.popped.1 < x.popped.0
        {
            return Err(Violation::Overtaken(x.value, y.value));
        }
    }
    Ok(())
}

/// The bounds of the length at each moment.
#[derive(Debug)]
struct Lengths {
    certain: Vec<i64>,
    possible: Vec<i64>,
}

impl Lengths {
    fn of(history: &History<Call, Answer>, lives: &[Life]) -> Self {
        let moments = history
            .operations()
            .map(|op| op.returned as usize + 1)
            .max()
            .unwrap_or(0);
        let mut certain = vec![0; moments];
        let mut possible = vec![0; moments];
        for life in lives {
            add(&mut certain, life.pushed.1, life.popped.0);
            add(&mut possible, life.pushed.0, life.popped.1);
        }
        for bounds in [&mut certain, &mut possible] {
            let mut sum = 0;
            for change in bounds {
                sum += *change;
                *change = sum;
            }
        }
        Lengths { certain, possible }
    }

    /// Is there a moment in `from..to` at which as many as `least` were possibly inside, and no more than `most` certainly?
    fn may_be(&self, from: u64, to: u64, least: usize, most: usize) -> bool {
        (from as usize..to as usize)
            .any(|t| self.certain[t] <= most as i64 && self.possible[t] >= least as i64)
    }
}

/// Counts one more in the moments `from..to`, in a list of changes.
fn add(changes: &mut [i64], from: u64, to: u64) {
    if from < to {
        changes[from as usize] += 1;
        if let Some(end) = usize::try_from(to).ok().and_then(|to| changes.get_mut(to)) {
            *end -= 1;
        }
    }
}

/// When the queue was closed: after the first tick, before the second. Both are [`NEVER`] if it was not.
#[derive(Clone, Copy, Debug)]
struct Closing {
    earliest: u64,
    latest: u64,
}

impl Closing {
    fn of(history: &History<Call, Answer>) -> Result<Self, Violation> {
        let closes: Vec<&FifoOperation> = history
            .operations()
            .filter(|op| op.call == Call::Close)
            .collect();
        let mut winners = closes
            .iter()
            .filter(|op| op.answer == Some(Answer::Is(true)));
        let winner = winners.next();
        let all_asked = closes
            .iter()
            .all(|op| matches!(op.answer, Some(Answer::Is(_))));
        if winners.next().is_some() || (winner.is_none() && all_asked && !closes.is_empty()) {
            return Err(Violation::ClosedNotOnce);
        }
        let first_return = closes.iter().map(|op| op.returned).min().unwrap_or(NEVER);
        // Where nobody says that it closed, it was one of those that do not say.
        let silent = closes.iter().filter(|op| op.answer == Some(Answer::Done));
        let earliest = match winner {
            Some(op) => op.invoked,
            None => silent.map(|op| op.invoked).min().unwrap_or(NEVER),
        };
        if let Some(op) = winner
            && first_return < op.invoked
        {
            return Err(Violation::ClosedTooEarly(Call::Close, Answer::Is(false)));
        }
        Ok(Closing {
            earliest,
            latest: first_return,
        })
    }
}

/// Rules 3 and 4 for one call.
fn check_length(
    op: &FifoOperation,
    capacity: usize,
    lengths: &Lengths,
    closing: &Closing,
) -> Result<(), Violation> {
    let Some(answer) = op.answer else {
        return Ok(());
    };
    let open = (op.invoked, op.returned.min(closing.latest));
    let closed = (op.invoked.max(closing.earliest), op.returned);
    let any = (op.invoked, op.returned);
    let room = capacity.checked_sub(1);
    // Which part of the interval the answer speaks of, and the lengths that it allows there.
    let ((from, to), lengths_allowed) = match (op.call, answer) {
        (Call::TryPush(_) | Call::ForcePush(_), Answer::Pushed) => {
            (open, room.map(|room| (0, room)))
        }
        (Call::TryPush(_), Answer::Full) => (open, Some((capacity, capacity))),
        // The new value is possibly inside too, beside as many as fit.
        (Call::ForcePush(_), Answer::Displaced(_)) => (open, Some((capacity + 1, capacity))),
        (Call::TryPush(_) | Call::ForcePush(_), Answer::Closed) => (closed, Some((0, capacity))),
        (Call::TryPop, Answer::Empty) => (open, Some((0, 0))),
        (Call::TryPop, Answer::Closed) => (closed, Some((0, 0))),
        (Call::TryPop, Answer::Nothing) => (any, Some((0, 0))),
        (Call::Len, Answer::Len(len)) => (any, Some((len, len))),
        (Call::IsEmpty, Answer::Is(true)) => (any, Some((0, 0))),
        (Call::IsEmpty, Answer::Is(false)) => (any, Some((1, capacity))),
        (Call::IsFull, Answer::Is(true)) => (any, Some((capacity, capacity))),
        (Call::IsFull, Answer::Is(false)) => (any, room.map(|room| (0, room))),
        (Call::IsClosed, Answer::Is(true)) => (closed, Some((0, capacity))),
        (Call::IsClosed, Answer::Is(false)) => (open, Some((0, capacity))),
        (Call::Close, Answer::Is(false)) => (closed, Some((0, capacity))),
        (Call::TryPush(_), Answer::Refused) => {
            let full = open.0 < open.1 && lengths.may_be(open.0, open.1, capacity, capacity);
            return if full || closed.0 < closed.1 {
                Ok(())
            } else {
                Err(Violation::WrongLength(op.call, answer))
            };
        }
        (Call::TryPop, Answer::Popped(_)) | (Call::Close, Answer::Is(true) | Answer::Done) => {
            return Ok(());
        }
        _ => return Err(Violation::WrongLength(op.call, answer)),
    };
    if from >= to {
        return Err(if (from, to) == closed {
            Violation::ClosedTooEarly(op.call, answer)
        } else {
            Violation::OpenTooLate(op.call, answer)
        });
    }
    match lengths_allowed {
        Some((least, most)) if lengths.may_be(from, to, least, most) => Ok(()),
        _ => Err(Violation::WrongLength(op.call, answer)),
    }
}
