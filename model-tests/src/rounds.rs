//! Runs the same few threads through many short histories, with a fresh structure each time.
//!
//! Short histories are decided exactly and quickly, but only if their calls overlap: threads that are spawned for one
//! history start tens of microseconds apart and never meet. Here the threads live on, meet at a [`Turn`]'s start line,
//! and run.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::history::{Clock, History, Log, Order};

/// One thread's part in one round.
pub struct Turn<'r, S> {
    /// The structure under test, fresh in this round.
    pub subject: &'r S,
    /// The ticks of this round's history.
    pub clock: &'r Clock,
    /// Which thread this is, from 0.
    pub thread: usize,
    /// Which round this is, from 0.
    pub round: u64,
    line: &'r StartLine,
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
    /// Waits until every thread of the round is here. Each calls it exactly once, ready to make its first call.
    pub fn start(&self) {
        self.line.meet(self.round + 1);
    }
}

/// A line at which all threads meet once a round.
#[derive(Debug)]
struct StartLine {
    threads: u64,
    arrivals: AtomicU64,
}

impl StartLine {
    /// Returns when every thread has arrived for the `meeting`-th time, counted from 1.
    fn meet(&self, meeting: u64) {
        let all = meeting * self.threads;
        self.arrivals.fetch_add(1, Ordering::AcqRel);
        let mut looks = 0_u32;
        while self.arrivals.load(Ordering::Acquire) < all {
            looks += 1;
            if looks.is_multiple_of(64) {
                thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
        }
    }
}

/// The structure of a round, with its clock.
struct Round<S> {
    subject: S,
    clock: Clock,
}

/// Runs `threads` threads through `rounds` rounds. In each, `fresh` makes the structure, every thread makes its calls in
/// `act`, and `judge` sees the history that came of it.
///
/// # Panics
/// If `fresh` or `judge` does. A panic in `act` ends the process's test, too, but by a deadline of the test runner at
/// worst: the other threads wait for the one that is gone. So `act` should make calls, and leave judging to `judge`.
pub fn run<S, C, A>(
    threads: usize,
    rounds: u64,
    order: Order,
    mut fresh: impl FnMut(u64) -> S,
    act: impl Fn(&Turn<'_, S>, &mut Log<'_, C, A>) + Sync,
    mut judge: impl FnMut(u64, &History<C, A>),
) where
    S: Send + Sync,
    C: Send,
    A: Send,
{
    let start = StartLine {
        threads: threads as u64,
        arrivals: AtomicU64::new(0),
    };
    // The threads and the caller meet twice a round: when the structure is there, and when the logs are.
    let (begin, end) = (meeting_with_caller(threads), meeting_with_caller(threads));
    let current: Mutex<Option<Arc<Round<S>>>> = Mutex::new(None);
    let logs: Vec<Mutex<Option<Vec<_>>>> = (0..threads).map(|_| Mutex::new(None)).collect();

    thread::scope(|scope| {
        for (thread, slot) in logs.iter().enumerate() {
            let (start, begin, end, current, act) = (&start, &begin, &end, &current, &act);
            scope.spawn(move || {
                for round in 0..rounds {
                    begin.meet(round + 1);
                    let Some(shared) = lock(current).clone() else {
                        return;
                    };
                    let mut log = Log::new(&shared.clock, 16);
                    let turn = Turn {
                        subject: &shared.subject,
                        clock: &shared.clock,
                        thread,
                        round,
                        line: start,
                    };
                    act(&turn, &mut log);
                    *lock(slot) = Some(log.into_operations());
                    drop(shared);
                    end.meet(round + 1);
                }
            });
        }
        // A panic in `fresh` or `judge` must not leave the threads waiting for the next round.
        let _release = ReleaseOnDrop {
            current: &current,
            begin: &begin,
        };
        for round in 0..rounds {
            *lock(&current) = Some(Arc::new(Round {
                subject: fresh(round),
                clock: Clock::new(order),
            }));
            begin.meet(round + 1);
            end.meet(round + 1);
            *lock(&current) = None;
            judge(
                round,
                &History::new(logs.iter().filter_map(|slot| lock(slot).take()).collect()),
            );
        }
    });
}

fn meeting_with_caller(threads: usize) -> StartLine {
    StartLine {
        threads: threads as u64 + 1,
        arrivals: AtomicU64::new(0),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets threads that wait for a round go on and find that there is none.
struct ReleaseOnDrop<'r, S> {
    current: &'r Mutex<Option<Arc<Round<S>>>>,
    begin: &'r StartLine,
}

impl<S> Drop for ReleaseOnDrop<'_, S> {
    fn drop(&mut self) {
        *lock(self.current) = None;
        self.begin.arrivals.fetch_add(1, Ordering::AcqRel);
    }
}
