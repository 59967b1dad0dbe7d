//! Small programs on a queue, as data: what each thread does, and which outcomes are right.
//!
//! **What is right** A [`Script`] is run twice. On the sequential specification, one call of one thread at a time, in
//! every order there is: that gives the set of all outcomes that a linearizable queue may show. And on the real queue,
//! in every execution that loom finds: each must end in that set, and together they must reach all of it.
//!
//! **How exact that is** The calls of different threads overlap, so only the order inside each thread binds, and the
//! order that the threads make themselves with [`Do::Tell`] and [`Do::IfTold`]. Afterwards the main thread drains the
//! queue, and what it finds is part of the outcome: nothing may be lost, doubled or out of order.
#![forbid(unsafe_code)]

use std::collections::{BTreeSet, HashSet};

use crate::spec::fifo::{Answer, Call, Fifo};

/// One thing that a thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    /// A call.
    Once(Call),
    /// A call, and again after each Full or Empty, which do not count as answers.
    Retry(Call),
    /// `try_push_many` of these values.
    PushMany(&'static [u64]),
    /// `try_pop_many` of at most so many.
    PopMany(usize),
    /// `close_now`.
    CloseNow,
    /// Tells the others that all before it is done (a Release store).
    Tell,
    /// Ends the thread unless it was told (an Acquire load).
    IfTold,
}

/// The answers of each thread, then those of the drain.
pub type Outcome = Vec<Vec<Told>>;

/// An answer in a form that has an order and is short to read.
pub type Told = String;

/// A program.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    /// How many values fit.
    pub capacity: usize,
    /// What the main thread does before the others begin.
    pub before: &'static [Call],
    /// What the others do at the same time.
    pub threads: &'static [&'static [Do]],
}

/// An answer as it is written in an outcome.
pub fn told(answer: &Answer) -> Told {
    match answer {
        Answer::Pushed => "ok".into(),
        Answer::Displaced(value) => format!("-{value}"),
        Answer::Popped(value) => value.to_string(),
        Answer::Len(len) => format!("len {len}"),
        Answer::Is(is) => (if *is { "yes" } else { "no" }).into(),
        other => format!("{other:?}"),
    }
}

/// Whether a retried call goes on after this answer.
pub fn is_retried(answer: &Answer) -> bool {
    matches!(answer, Answer::Full | Answer::Empty)
}

impl Script {
    /// Every outcome that the sequential specification allows.
    pub fn allowed(&self) -> BTreeSet<Outcome> {
        let mut queue = Fifo::bounded(self.capacity);
        for call in self.before {
            queue.apply(call);
        }
        let start = Moment {
            queue,
            told: false,
            threads: self.threads.iter().map(|_| Progress::default()).collect(),
        };
        let mut outcomes = BTreeSet::new();
        let mut entered = HashSet::from([start.clone()]);
        let mut open = vec![start];
        while let Some(moment) = open.pop() {
            let mut ended = true;
            for thread in 0..self.threads.len() {
                match moment.after_step_of(thread, self.threads[thread]) {
                    Step::Done => {}
                    Step::Blocked => ended = false,
                    Step::To(next) => {
                        ended = false;
                        if entered.insert(next.clone()) {
                            open.push(next);
                        }
                    }
                }
            }
            if ended {
                outcomes.insert(moment.outcome());
            }
        }
        outcomes
    }
}

/// How far one thread of a script is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Progress {
    /// Which `Do` comes next.
    at: usize,
    /// How many calls of it were made.
    part: usize,
    answers: Vec<Told>,
}

/// A script in the middle.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Moment {
    queue: Fifo,
    told: bool,
    threads: Vec<Progress>,
}

/// What a thread can do at a moment.
enum Step {
    Done,
    Blocked,
    To(Moment),
}

impl Moment {
    fn after_step_of(&self, thread: usize, script: &[Do]) -> Step {
        let at = &self.threads[thread];
        let Some(doing) = script.get(at.at) else {
            return Step::Done;
        };
        let mut next = self.clone();
        let progress = &mut next.threads[thread];
        progress.at += 1;
        let part = std::mem::take(&mut progress.part);
        match *doing {
            Do::Once(call) => progress.answers.push(told(&next.queue.apply(&call))),
            Do::Retry(call) => {
                let answer = next.queue.apply(&call);
                if is_retried(&answer) {
                    return Step::Blocked;
                }
                progress.answers.push(told(&answer));
            }
            Do::PushMany(values) => {
                let answer = next.queue.apply(&Call::TryPush(values[part]));
                if answer == Answer::Pushed {
                    progress.answers.push(told(&answer));
                    progress.again(part + 1, part + 1 < values.len());
                } else {
                    progress.answers.push(told(&Answer::Refused));
                }
            }
            Do::PopMany(max) => {
                let answer = next.queue.apply(&Call::TryPop);
                progress.popped(&answer, part + 1, part + 1 < max);
            }
            Do::CloseNow if part == 0 => {
                next.queue.apply(&Call::Close);
                progress.again(1, true);
            }
            Do::CloseNow => {
                let answer = next.queue.apply(&Call::TryPop);
                progress.popped(&answer, 1, true);
            }
            Do::Tell => next.told = true,
            Do::IfTold if self.told => {}
            Do::IfTold => progress.at = usize::MAX,
        }
        Step::To(next)
    }

    fn outcome(mut self) -> Outcome {
        let mut drained = Vec::new();
        loop {
            let answer = self.queue.apply(&Call::TryPop);
            drained.push(told(&answer));
            if !matches!(answer, Answer::Popped(_)) {
                break;
            }
        }
        self.threads
            .into_iter()
            .map(|progress| progress.answers)
            .chain([drained])
            .collect()
    }
}

impl Progress {
    fn again(&mut self, part: usize, more: bool) {
        if more {
            self.at -= 1;
            self.part = part;
        }
    }

    fn popped(&mut self, answer: &Answer, part: usize, more: bool) {
        if matches!(answer, Answer::Popped(_)) {
            self.answers.push(told(answer));
            self.again(part, more);
        } else {
            self.answers.push(told(&Answer::Nothing));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store_buffering_is_not_among_the_allowed_outcomes() {
        use Call::{TryPop, TryPush};
        let script = Script {
            capacity: 2,
            before: &[TryPush(1)],
            threads: &[
                &[Do::Once(TryPush(2)), Do::Once(TryPush(3))],
                &[Do::Once(TryPop), Do::Once(TryPop)],
            ],
        };
        let allowed = script.allowed();
        let full_and_empty = allowed.iter().any(|outcome| {
            outcome[0][1] == told(&Answer::Full) && outcome[1][1] == told(&Answer::Empty)
        });
        assert!(!full_and_empty);
        assert!(
            allowed
                .iter()
                .any(|outcome| outcome[0][1] == told(&Answer::Full))
        );
        assert!(
            allowed
                .iter()
                .any(|outcome| outcome[1][1] == told(&Answer::Empty))
        );
    }

    #[test]
    fn what_was_told_has_been_done() {
        let script = Script {
            capacity: 1,
            before: &[],
            threads: &[
                &[Do::Once(Call::TryPush(1)), Do::Tell],
                &[Do::IfTold, Do::Once(Call::TryPop)],
            ],
        };
        let popped = vec![
            vec!["ok".to_owned()],
            vec!["1".into()],
            vec!["Empty".into()],
        ];
        let not_told = vec![
            vec!["ok".to_owned()],
            vec![],
            vec!["1".into(), "Empty".into()],
        ];
        assert_eq!(script.allowed(), BTreeSet::from([popped, not_told]));
    }
}
