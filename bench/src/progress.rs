//! How far a run has come, told to whoever shows it.
#![forbid(unsafe_code)]

use std::ops::ControlFlow;
use std::time::Duration;

/// How far a run has come. Returning [`ControlFlow::Break`] from the callback that gets this ends
/// the run early; what has been measured by then is returned as usual.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The planned time of the rounds that are over.
    pub done: Duration,
    /// The planned time of all rounds.
    pub total: Duration,
    /// What is being measured: `mpmc-4+4, 1024, u64` or `stalled push`.
    pub what: &'a str,
    /// Who is next.
    pub contender: &'a str,
}

/// What is told about progress, and may end the run.
pub type Callback<'a> = dyn FnMut(&Progress<'_>) -> ControlFlow<()> + 'a;

/// Counts rounds and planned time.
pub(crate) struct Meter<'a, 'b> {
    callback: &'a mut Callback<'b>,
    /// From which the order of the contenders follows.
    pub(crate) seed: u64,
    /// Recorded rounds so far.
    pub(crate) sequence: u64,
    done: Duration,
    total: Duration,
    /// The callback wants no more.
    pub(crate) ended: bool,
}

impl<'a, 'b> Meter<'a, 'b> {
    pub(crate) fn new(total: Duration, callback: &'a mut Callback<'b>) -> Self {
        Meter {
            callback,
            seed: 0,
            sequence: 0,
            done: Duration::ZERO,
            total,
            ended: false,
        }
    }

    /// The same with the contenders in the order of `seed`.
    pub(crate) fn seeded(self, seed: u64) -> Self {
        Meter { seed, ..self }
    }

    /// Reports what comes next and will take `time`; Break when it is not wanted.
    pub(crate) fn next(&mut self, what: &str, contender: &str, time: Duration) -> ControlFlow<()> {
        let progress = Progress {
            done: self.done,
            total: self.total,
            what,
            contender,
        };
        let flow = (self.callback)(&progress);
        self.done += time;
        self.ended |= flow.is_break();
        flow
    }

    /// Counts `time` that was planned and is not needed.
    pub(crate) fn skip(&mut self, time: Duration) {
        self.done += time;
    }
}
