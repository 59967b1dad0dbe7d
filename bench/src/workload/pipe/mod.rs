//! Workloads of pipes: one end that writes, one that reads.
//!
//! - *Items*: a value a call, by calls that never wait; who finds the pipe full or empty spins as in the workloads of
//!   queues. *Slices*: the same with [`SLICE`] values a call. What counts is what was received while the clock ran.
//! - *Blocking*: a value a call, by calls that wait. *Round trip*: a question there, its answer back, each waiting for
//!   the other. The loops are those of queues with one sender and one receiver.
//! - *Bytes*: [`BLOCK`] bytes a call, by threads that wait, or by tasks on a runtime of two threads; bytes are counted.
//!   Each block carries its number at its beginning and at its end, and one in sixty-four is looked at as a
//!   whole: the others carry no trace of that.
//!
//! Every run is checked: count and sum of what came out, what was left inside included; and nobody waits for ever.
#![forbid(unsafe_code)]

mod blocks;
mod bytes;
mod catalogue;
mod tasks;
mod tried;

use super::waiting::{self, round_trip};
use super::{Length, Outcome, Wrong};
use crate::blocking::Blocking;
use crate::contender::Card;
use crate::pipe::{AsyncBytes, Bytes, Sliced, Tried, TwoWay};

pub use catalogue::{ALL, BLOCK, PIPE_ROUND_TRIP, SLICE, Work, Workload};

/// One run of one contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// What is done.
    pub work: Work,
    /// Capacity in values, or in bytes.
    pub capacity: usize,
    /// When it ends; for [`Length::Items`] after so many of what is [counted](Work::unit), rounded up to whole writes.
    pub length: Length,
}

impl Job {
    /// The same as a job of a queue with one sender and one receiver.
    fn waiting(&self, work: waiting::Work) -> waiting::Job {
        waiting::Job {
            work,
            capacity: self.capacity,
            length: self.length,
        }
    }
}

/// A contender, behind one pointer per run.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it promises.
    pub card: Card,
    /// Runs it once; `Ok(None)` when it does not serve such work or this capacity.
    pub run: fn(&Job) -> Result<Option<Outcome>, Wrong>,
}

const ONE_EACH: waiting::Work = waiting::Work::Threads {
    senders: 1,
    receivers: 1,
    one_core: false,
};

const BY_TURNS: waiting::Work = waiting::Work::RoundTrip {
    parked: false,
    one_core: false,
};

impl Entry {
    /// The entry of a pipe whose calls never wait.
    pub fn tried<C: Tried>() -> Entry {
        Entry {
            card: C::CARD,
            run: |job| match job.work {
                Work::Items => tried::items::<C>(job),
                _ => Ok(None),
            },
        }
    }

    /// The entry of a pipe of slices.
    pub fn sliced<C: Sliced>() -> Entry {
        Entry {
            card: C::CARD,
            run: |job| match job.work {
                Work::Slices => tried::slices::<C>(job),
                _ => Ok(None),
            },
        }
    }

    /// The entry of a pipe whose calls wait; for a round trip there are two of it.
    pub fn blocking<C: Blocking<u64>>() -> Entry {
        Entry {
            card: C::CARD,
            run: |job| match job.work {
                Work::Blocking => waiting::flow::run::<C, u64>(&job.waiting(ONE_EACH)),
                Work::RoundTrip => round_trip::run::<C, u64>(&job.waiting(BY_TURNS), false),
                _ => Ok(None),
            },
        }
    }

    /// The entry of a pipe that goes both ways.
    pub fn two_way<C: TwoWay>() -> Entry {
        Entry {
            card: C::CARD,
            run: |job| match (job.work, C::ends(job.capacity)) {
                (Work::RoundTrip, Some([asking, answering])) => {
                    round_trip::between::<u64, _, _, _, _>(
                        &job.waiting(BY_TURNS),
                        false,
                        asking,
                        answering,
                    )
                    .map(Some)
                }
                _ => Ok(None),
            },
        }
    }

    /// The entry of a pipe of bytes.
    pub fn bytes<C: Bytes>() -> Entry {
        Entry {
            card: C::CARD,
            run: |job| match job.work {
                Work::Bytes => bytes::run::<C>(job),
                _ => Ok(None),
            },
        }
    }

    /// The entry of a pipe of bytes whose tasks wait.
    pub fn async_bytes<C: AsyncBytes>() -> Entry {
        Entry {
            card: C::CARD,
            run: |job| match job.work {
                Work::AsyncBytes => tasks::run::<C>(job),
                _ => Ok(None),
            },
        }
    }
}
