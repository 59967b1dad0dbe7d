//! The workloads by name.
#![forbid(unsafe_code)]

use crate::contender::Payload;

/// How many values one call moves where slices are sent.
pub const SLICE: usize = 256;

/// How many bytes one call writes.
pub const BLOCK: usize = 4096;

/// What is sent, and how the two ends wait. Two threads, or two tasks on as many, in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Values, one a call, by calls that never wait.
    Items,
    /// Values, [`SLICE`] a call, by calls that never wait.
    Slices,
    /// Values, one a call, by calls that wait.
    Blocking,
    /// A value there, an answer back, by calls that wait.
    RoundTrip,
    /// Bytes, [`BLOCK`] a call, by calls that wait.
    Bytes,
    /// Bytes, [`BLOCK`] a call, by tasks.
    AsyncBytes,
}

impl Work {
    /// Threads that work.
    pub const THREADS: usize = 2;

    /// What is sent, in a word.
    pub fn payload(self) -> &'static str {
        match self {
            Work::Items | Work::Slices | Work::Blocking | Work::RoundTrip => <u64 as Payload>::NAME,
            Work::Bytes | Work::AsyncBytes => "4 KiB writes",
        }
    }

    /// What is counted.
    pub fn unit(self) -> &'static str {
        match self {
            Work::Bytes | Work::AsyncBytes => "bytes",
            Work::RoundTrip => "round trips",
            Work::Items | Work::Slices | Work::Blocking => "values",
        }
    }

    /// The capacity at which it is measured when nothing else is asked for: in bytes what the operating system's pipe
    /// has.
    pub fn usual_capacity(self) -> usize {
        match self {
            Work::Items | Work::Slices | Work::Blocking | Work::RoundTrip => 1024,
            Work::Bytes | Work::AsyncBytes => 65_536,
        }
    }
}

/// A workload with its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The name in plans and in records.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What is done.
    pub work: Work,
}

impl Workload {
    /// The workload called `name`.
    pub fn named(name: &str) -> Option<Workload> {
        ALL.iter().copied().find(|workload| workload.name == name)
    }
}

/// The name of the workload in which questions are answered.
pub const PIPE_ROUND_TRIP: &str = "pipe-round-trip";

const fn one(name: &'static str, title: &'static str, work: Work) -> Workload {
    Workload { name, title, work }
}

/// Every workload, in the order in which reports show them.
pub const ALL: &[Workload] = &[
    one("pipe-items", "Pipe, items", Work::Items),
    one("pipe-slices", "Pipe, slices of 256", Work::Slices),
    one("pipe-blocking", "Pipe, blocking", Work::Blocking),
    one(PIPE_ROUND_TRIP, "Pipe, round trip", Work::RoundTrip),
    one("pipe-bytes", "Pipe, bytes", Work::Bytes),
    one("pipe-bytes-async", "Pipe, bytes, async", Work::AsyncBytes),
];
