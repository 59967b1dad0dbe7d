//! Runs the same few threads through many short histories, with a fresh structure each time.
//!
//! Short histories are decided exactly and quickly, but only if their calls overlap: threads that are spawned for one
//! history start tens of microseconds apart and never meet. Here the threads live on, go through the structures of a
//! batch one after the other, and wait for each other at the [start](Turn::start) of each history, though not for long:
//! on a busy machine the one that is missed may not run for milliseconds. They meet for certain once a batch.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::history::{Clock, History, Log, Operation, Order};

/// One thread's part in one round.
pub struct Turn<'r, S> {
    /// The structure under test, fresh in this round.
    pub subject: &'r S,
    /// Which thread this is, from 0.
    pub thread: usize,
    /// Which round this is, from 0.
    pub round: u64,
    threads: u64,
    started: &'r AtomicU64,
}

impl<S> fmt::Debug for Turn<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("thread", &self.thread)
            .field("round", &self.round)
            .finish_non_exhaustive()
    }
}

impl<S> Turn<'_, S> {
    /// Waits a little for the other threads of the round, before the first call.
    pub fn start(&self) {
        const LOOKS: usize = 2_000;
        self.started.fetch_add(1, Ordering::AcqRel);
        let _ = (0..LOOKS).find(|_| {
            std::hint::spin_loop();
            self.started.load(Ordering::Acquire) >= self.threads
        });
    }
}

/// The structure of a round, and what its history is recorded with.
struct Round<S> {
    number: u64,
    subject: S,
    clock: Clock,
    started: AtomicU64,
}

/// What one thread recorded in the rounds of a batch.
type Recorded<C, A> = Mutex<Vec<Vec<Operation<C, A>>>>;

/// How many rounds the threads go through between two meetings.
const BATCH: u64 = 64;

/// Runs `threads` threads through `rounds` rounds. In each, `fresh` makes the structure, every thread makes its calls in
/// `act`, and `judge` sees the structure at rest and the history that came of it.
///
/// # Panics
/// If `fresh`, `act` or `judge` does.
pub fn run<S, C, A>(
    threads: usize,
    rounds: u64,
    order: Order,
    mut fresh: impl FnMut(u64) -> S,
    act: impl Fn(&Turn<'_, S>, &mut Log<'_, C, A>) + Sync,
    mut judge: impl FnMut(&S, &History<C, A>),
) where
    S: Send + Sync,
    C: Send,
    A: Send,
{
    let meeting = Meeting::new(threads + 1);
    let current: Mutex<Arc<Vec<Round<S>>>> = Mutex::default();
    let logs: Vec<Recorded<C, A>> = (0..threads).map(|_| Mutex::default()).collect();
    let batches = rounds.div_ceil(BATCH);

    thread::scope(|scope| {
        for (thread, slot) in logs.iter().enumerate() {
            let (meeting, current, act) = (&meeting, &current, &act);
            scope.spawn(move || {
                let _break = BreakOnPanic(meeting);
                for batch in 0..batches {
                    meeting.meet(2 * batch);
                    let batch_of_rounds = Arc::clone(&lock(current));
                    let recorded = batch_of_rounds.iter().map(|round| {
                        let mut log = Log::new(&round.clock, 16);
                        act(&round.turn(thread, threads), &mut log);
                        log.into_operations()
                    });
                    *lock(slot) = recorded.collect();
                    meeting.meet(2 * batch + 1);
                }
            });
        }
        let _break = BreakOnPanic(&meeting);
        for batch in 0..batches {
            let numbers = batch * BATCH..rounds.min((batch + 1) * BATCH);
            let batch_of_rounds = Arc::new(
                numbers
                    .map(|number| Round::new(number, fresh(number), order))
                    .collect(),
            );
            *lock(&current) = Arc::clone(&batch_of_rounds);
            meeting.meet(2 * batch);
            meeting.meet(2 * batch + 1);
            let mut recorded: Vec<_> = logs
                .iter()
                .map(|slot| std::mem::take(&mut *lock(slot)).into_iter())
                .collect();
            for round in batch_of_rounds.iter() {
                let operations = recorded.iter_mut().filter_map(Iterator::next).collect();
                judge(&round.subject, &History::new(operations));
            }
        }
    });
}

impl<S> Round<S> {
    fn new(number: u64, subject: S, order: Order) -> Self {
        Round {
            number,
            subject,
            clock: Clock::new(order),
            started: AtomicU64::new(0),
        }
    }

    fn turn(&self, thread: usize, threads: usize) -> Turn<'_, S> {
        Turn {
            subject: &self.subject,
            thread,
            round: self.number,
            threads: threads as u64,
            started: &self.started,
        }
    }
}

/// Where all threads and the caller meet, again and again.
#[derive(Debug)]
struct Meeting {
    members: u64,
    arrivals: AtomicU64,
    /// Somebody panicked and will not come.
    broken: AtomicBool,
}

impl Meeting {
    fn new(members: usize) -> Self {
        Meeting {
            members: members as u64,
            arrivals: AtomicU64::new(0),
            broken: AtomicBool::new(false),
        }
    }

    /// Returns when all have come to the meeting of this number, from 0.
    fn meet(&self, number: u64) {
        let all = (number + 1) * self.members;
        self.arrivals.fetch_add(1, Ordering::AcqRel);
        while self.arrivals.load(Ordering::Acquire) < all {
            assert!(
                !self.broken.load(Ordering::Relaxed),
                "another thread of this round panicked"
            );
            thread::yield_now();
        }
    }
}

/// Held by all who meet: a panic must not leave the others waiting.
struct BreakOnPanic<'r>(&'r Meeting);

impl Drop for BreakOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.broken.store(true, Ordering::Relaxed);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_takes_part_in_every_round() {
        let mut judged = 0;
        run(
            3,
            150,
            Order::RealTime,
            |round| round,
            |turn, log| {
                turn.start();
                log.record(turn.thread, || *turn.subject);
            },
            |&round, history| {
                let calls: Vec<_> = history
                    .operations()
                    .map(|op| (op.call, op.answer))
                    .collect();
                assert_eq!(
                    calls,
                    [(0, Some(round)), (1, Some(round)), (2, Some(round))]
                );
                judged += 1;
            },
        );
        assert_eq!(judged, 150);
    }

    #[test]
    #[should_panic(expected = "another thread of this round panicked")]
    fn a_panic_in_one_thread_ends_the_run() {
        run(
            2,
            2,
            Order::Program,
            |_| (),
            |turn, _: &mut Log<'_, (), ()>| {
                assert!(turn.thread == 0, "thread 1 gives up");
                turn.start();
            },
            |_, _| (),
        );
    }
}
