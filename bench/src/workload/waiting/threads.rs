//! Threads that may wait for ever, from a common start to their ends.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::super::drive::message;
use super::super::run::{Part, Run, Tally, first_value};
use super::super::{Length, Outcome, Wrong};
use crate::cores;
use crate::record::Waited;

/// After the end of a run, who has not come to an end by then never will.
const GIVEN_UP: Duration = Duration::from_secs(10);

/// When a run of a fixed number of items is given up.
const GIVEN_UP_ITEMS: Duration = Duration::from_secs(60);

/// What one thread has to say when it is over.
#[derive(Debug)]
pub(in crate::workload) struct Told {
    pub(in crate::workload) tally: Tally,
    /// How often it slept, and how often it lost its core.
    pub(in crate::workload) switches: [u64; 2],
    /// What each round trip took, in ticks, where there were any.
    pub(in crate::workload) trips: Vec<u64>,
}

/// One thread's part, begun.
#[derive(Debug)]
pub(in crate::workload) struct Act {
    pub(in crate::workload) tally: Tally,
    before: [u64; 2],
}

impl Act {
    /// Waits for the common start.
    pub(in crate::workload) fn start(part: &Part<'_>, index: usize) -> Act {
        let tally = part.start(index);
        let before = cores::thread_switches();
        Act { tally, before }
    }

    /// Stops the thread's clocks.
    pub(in crate::workload) fn end(mut self) -> Told {
        self.tally.end();
        let now = cores::thread_switches();
        Told {
            tally: self.tally,
            switches: [0, 1].map(|kind| now[kind].saturating_sub(self.before[kind])),
            trips: Vec::new(),
        }
    }
}

/// What one thread does, with its ends inside.
pub(in crate::workload) type Body = Box<dyn FnOnce(&Part<'_>, usize) -> Told + Send>;

/// The thread sends: when the last such thread is over, the run is.
pub(in crate::workload) const SENDS: bool = true;
/// It does not.
pub(in crate::workload) const RECEIVES: bool = false;

/// Runs `bodies` on a thread each, pinned to `cores` where there are as many, until all have ended.
///
/// The threads are not joined before they have ended by themselves: one that waits for ever stays
/// behind, and the run is refused.
pub(in crate::workload) fn perform(
    bodies: Vec<(bool, Body)>,
    cores: &[usize],
    length: Length,
) -> Result<Vec<Told>, Wrong> {
    let sending = bodies.iter().filter(|(sends, _)| *sends).count();
    let (limit, time) = match length {
        Length::Time(time) => (first_value(1), time),
        Length::Items(items) => (items.div_ceil(sending as u64), GIVEN_UP_ITEMS),
    };
    // Who only tries stops with the run, or, where all items are to come out, when nothing is left.
    let drain = matches!(length, Length::Items(_));
    let run = Arc::new(Run::new(bodies.len(), sending, cores, limit, drain));
    let spawn = |(index, (sends, body)): (usize, (bool, Body))| {
        let run = Arc::clone(&run);
        thread::spawn(move || {
            let part = Part::new(&run, sends);
            body(&part, index)
        })
    };
    let threads: Vec<_> = bodies.into_iter().enumerate().map(spawn).collect();
    if !run.end_after(time) && !run.end_after(GIVEN_UP) {
        return Err(Wrong::Hung);
    }
    let mut told = Vec::new();
    let mut panicked = None;
    for thread in threads {
        match thread.join() {
            Ok(one) => told.push(one),
            Err(payload) => panicked = Some(Wrong::Panicked(message(&*payload))),
        }
    }
    panicked.map_or(Ok(told), Err)
}

/// What all of them together have shown; `items` came out, and all that went in did.
pub(in crate::workload) fn outcome(told: &[Told], items: u64) -> Outcome {
    let tallies = || told.iter().map(|one| &one.tally);
    let started = tallies().map(|tally| tally.started).min();
    let ended = tallies().map(Tally::ended).max();
    let nanos = match (started, ended) {
        (Some(started), Some(ended)) => (ended - started).as_nanos() as u64,
        _ => 0,
    };
    let switches = |kind: usize| told.iter().map(|one| one.switches[kind]).sum();
    Outcome {
        items,
        nanos,
        per_thread: tallies()
            .map(|tally| tally.pushed.max(tally.popped.count))
            .collect(),
        latency_nanos: None,
        cpu_nanos: tallies().map(|tally| tally.cpu.as_nanos() as u64).sum(),
        pinned: tallies().all(|tally| tally.pinned),
        waited: Some(Waited {
            switches: [switches(0), switches(1)],
            round_trip_nanos: None,
        }),
    }
}
