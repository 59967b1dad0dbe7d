//! Stall sweeps: stop a thread at *every* place of an operation, and see whether the others get on.
//!
//! **The claim** A structure is lock-free if some thread always gets on, whatever the scheduler does
//! to the others. The hardest thing it can do is to stop a thread for ever, so: for m = 1, 2, 3 …
//! a fresh structure is brought into its start state, a *victim* is stopped at the m-th place of its
//! operation, and another thread performs a list of operations. Each must finish within a fixed
//! number of its own instructions (or shared-memory steps). One that does not is a *stall*.
//!
//! **Nothing else may suffer either** At the end the victims are released and finish, the structure
//! is drained, and the whole history, with every answer that was given while a victim stood
//! half-way, is checked against the sequential specification.
//!
//! **How fine** is decided by the [`Grain`]: machine instructions of the code as compiled
//! ([`Instructions`]), or, in the steps build, accesses to shared memory (`stall::Steps`). The
//! first misses nothing; the second is so cheap that pairs of stopped threads can be swept too.
#![forbid(unsafe_code)]

mod work;

pub use work::{BATCH, Deed, Door, Subject, Work};

use crate::history::{Clock, History, Log, Order};
use crate::linearize::assert_linearizable;
use crate::single_step::{self, Reached};
use crate::spec::fifo::{Answer, Call, Fifo};
use std::fmt;
use std::ops::RangeFrom;
use std::thread;

/// How finely a thread can be stopped.
pub trait Grain {
    /// What is counted, for reports.
    const UNIT: &'static str;
    /// An appointment with one victim.
    type Stop: Sync;
    /// An appointment at the `place`-th place, counted from 1.
    fn stop_at(place: u64) -> Self::Stop;
    /// Runs the victim's operation on this thread.
    fn run(stop: &Self::Stop, operation: impl FnOnce());
    /// Waits until the victim stands there or has ended.
    fn wait(stop: &Self::Stop) -> Reached;
    /// Lets the victim go on.
    fn release(stop: &Self::Stop);
    /// Runs an operation that may take `budget` units; returns how many it took and whether it
    /// stalled, in which case the victims were released for it.
    fn checked(budget: u64, victims: &[&Self::Stop], operation: impl FnOnce()) -> (u64, bool);
}

/// Machine instructions, where [`single_step::supported`].
#[derive(Clone, Copy, Debug)]
pub struct Instructions;

const SUPPORTED: &str = "sweep over instructions only where they are supported";

impl Grain for Instructions {
    const UNIT: &'static str = "instructions";
    type Stop = single_step::Stop;

    fn stop_at(place: u64) -> Self::Stop {
        single_step::Stop::after(place).expect(SUPPORTED)
    }

    fn run(stop: &Self::Stop, operation: impl FnOnce()) {
        stop.run(operation);
    }

    fn wait(stop: &Self::Stop) -> Reached {
        stop.wait()
    }

    fn release(stop: &Self::Stop) {
        stop.release();
    }

    fn checked(budget: u64, victims: &[&Self::Stop], operation: impl FnOnce()) -> (u64, bool) {
        let checked = single_step::checked(budget, victims, operation).expect(SUPPORTED);
        (checked.instructions, checked.stalled.is_some())
    }
}

/// One sweep: from which state, who is stopped in what, and what the others do meanwhile.
#[derive(Clone, Debug)]
pub struct Sweep<'a> {
    /// The structure's capacity.
    pub capacity: usize,
    /// How many values are inside at the start.
    pub filled: usize,
    /// What each victim was doing. With several, all combinations of their places are swept.
    pub victims: &'a [Deed],
    /// What the checked thread does then, in order.
    pub others: &'a [Deed],
    /// The most units that each of these may take.
    pub budget: u64,
    /// Stop at every `stride`-th place; 1 leaves none out.
    pub stride: u64,
    /// Whether every answer is held against the sequential queue.
    pub linearizable: bool,
}

/// What a sweep saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Places, or combinations of places, at which the victims were stopped.
    pub stops: u64,
    /// At how many of them another thread could not get on.
    pub stalls: u64,
    /// Units that the longest operation took of those that did not stall.
    pub worst: u64,
}

impl Swept {
    /// Both together.
    pub fn and(self, other: Swept) -> Swept {
        Swept {
            stops: self.stops + other.stops,
            stalls: self.stalls + other.stalls,
            worst: self.worst.max(other.worst),
        }
    }
}

impl fmt::Display for Swept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = 100.0 * self.stalls as f64 / self.stops.max(1) as f64;
        write!(
            f,
            "swept {} stops, {} stalled others ({share:.0} %), worst op {}",
            self.stops, self.stalls, self.worst
        )
    }
}

/// What became of one combination of places.
enum Outcome {
    /// This victim, counted from 0, ended before its place was reached.
    Ended(usize),
    /// All victims stood at their places.
    Stopped { stalled: bool, worst: u64 },
}

impl Sweep<'_> {
    /// How many places the first victim's operation has from this start state, when nobody is
    /// stopped and nobody else works.
    pub fn places<G: Grain, S: Subject>(&self) -> u64 {
        let subject = S::with_capacity(self.capacity);
        let mut values = 1..;
        let mut door = subject.door();
        for _ in 0..self.filled {
            door.perform(&mut Work::new(Deed::TryPush, &mut values));
        }
        let mut work = Work::new(self.victims[0], &mut values);
        thread::scope(|scope| {
            let undisturbed = scope.spawn(|| {
                let mut door = subject.door();
                G::checked(MOST_PLACES, &[], || door.perform(&mut work)).0
            });
            undisturbed
                .join()
                .expect("an undisturbed operation finishes")
        })
    }

    /// Sweeps one kind of structure.
    ///
    /// # Panics
    ///
    /// If an answer contradicts the sequential specification, or a victim's operation does not end.
    pub fn run<G: Grain, S: Subject>(&self) -> Swept {
        let mut swept = Swept::default();
        let mut places = vec![1; self.victims.len()];
        loop {
            match self.stop_at::<G, S>(&places) {
                Outcome::Stopped { stalled, worst } => {
                    swept = swept.and(Swept {
                        stops: 1,
                        stalls: u64::from(stalled),
                        worst,
                    });
                    *places.last_mut().expect("a sweep has a victim") += self.stride;
                }
                Outcome::Ended(0) => return swept,
                Outcome::Ended(victim) => {
                    // All places of this victim are done: the one before it moves on.
                    places[victim - 1] += self.stride;
                    places[victim..].fill(1);
                }
            }
            assert!(
                places.iter().all(|&place| place <= MOST_PLACES),
                "{self:?}: a victim's operation does not end"
            );
        }
    }

    /// One run: start state, victims to their places, the others, release, drain, judgement.
    fn stop_at<G: Grain, S: Subject>(&self, places: &[u64]) -> Outcome {
        let subject = S::with_capacity(self.capacity);
        let clock = Clock::new(Order::RealTime);
        let mut log = Log::new(&clock, 64);
        let mut values = 1..;
        let mut door = subject.door();
        for _ in 0..self.filled {
            perform(
                &mut door,
                &mut log,
                Work::new(Deed::TryPush, &mut values),
                |work| work(),
            );
        }
        let stops: Vec<G::Stop> = places.iter().map(|&place| G::stop_at(place)).collect();
        let stops: Vec<&G::Stop> = stops.iter().collect();
        let (outcome, mut threads) = thread::scope(|scope| {
            let _released = ReleaseAll::<G>(&stops);
            let mut running = Vec::new();
            let mut outcome = Outcome::Stopped {
                stalled: false,
                worst: 0,
            };
            for (index, (&deed, &stop)) in self.victims.iter().zip(&stops).enumerate() {
                let work = Work::new(deed, &mut values);
                let (subject, clock) = (&subject, &clock);
                running.push(scope.spawn(move || {
                    let mut log = Log::new(clock, 16);
                    let mut door = subject.door();
                    perform(&mut door, &mut log, work, |work| G::run(stop, work));
                    log.into_operations()
                }));
                if G::wait(stop) == Reached::End {
                    outcome = Outcome::Ended(index);
                    break;
                }
            }
            if matches!(outcome, Outcome::Stopped { .. }) {
                outcome = self.work_on::<G, _>(&mut door, &mut log, &mut values, &stops);
            }
            stops.iter().for_each(|&stop| G::release(stop));
            let logs: Vec<_> = running
                .into_iter()
                .map(|victim| victim.join().expect("a released victim finishes"))
                .collect();
            (outcome, logs)
        });
        if self.linearizable {
            for _ in 0..=self.capacity {
                perform(
                    &mut door,
                    &mut log,
                    Work::new(Deed::TryPop, &mut values),
                    |work| work(),
                );
            }
            threads.push(log.into_operations());
            assert_linearizable(&Fifo::bounded(self.capacity), &History::new(threads));
        }
        outcome
    }

    /// The checked thread's operations, while the victims stand.
    fn work_on<G: Grain, D: Door>(
        &self,
        door: &mut D,
        log: &mut Log<'_, Call, Answer>,
        values: &mut RangeFrom<u64>,
        stops: &[&G::Stop],
    ) -> Outcome {
        let (mut stalled, mut worst) = (false, 0);
        for &deed in self.others {
            perform(door, log, Work::new(deed, values), |work| {
                let (took, stuck) = G::checked(self.budget, stops, work);
                if stuck {
                    stalled = true;
                } else {
                    worst = took.max(worst);
                }
            });
            if stalled {
                break;
            }
        }
        Outcome::Stopped { stalled, worst }
    }
}

/// No operation swept here has more places.
const MOST_PLACES: u64 = 100_000;

/// Performs one operation in the way that `how` says, and writes down its answers.
fn perform<D: Door>(
    door: &mut D,
    log: &mut Log<'_, Call, Answer>,
    mut work: Work,
    how: impl FnOnce(&mut dyn FnMut()),
) {
    log.record_several(|| {
        how(&mut || door.perform(&mut work));
        work.into_answers()
    });
}

/// Releases every victim, also when an assertion fails while they stand.
struct ReleaseAll<'s, G: Grain>(&'s [&'s G::Stop]);

impl<G: Grain> Drop for ReleaseAll<'_, G> {
    fn drop(&mut self) {
        self.0.iter().for_each(|&stop| G::release(stop));
    }
}
