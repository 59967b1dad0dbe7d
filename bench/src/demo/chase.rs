//! Runs a program on real threads, over and over, until it goes wrong.

use std::hint;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a failure is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// A run whose result is not the one expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What every run should give.
    pub expected: i64,
    /// What this one gave.
    pub got: i64,
}

/// The outcome of running a program until it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chase {
    /// How many runs there were; the last one is the one that failed, if any did.
    pub runs: u64,
    /// The failure, or `None` when the patience or the runs were used up first.
    pub wrong: Option<Wrong>,
}

/// Lets `threads` threads `act` at the same time, up to `most_runs` times.
///
/// Before each run the calling thread does `prepare`, after it `judge`; it acts too, as number 0.
/// `judge` answers what the run should have given and what it gave.
pub(super) fn chase(
    threads: usize,
    most_runs: u64,
    prepare: impl Fn(),
    act: impl Fn(usize) + Sync,
    judge: impl Fn() -> Wrong,
) -> Chase {
    let stage = Stage::default();
    thread::scope(|scope| {
        for number in 1..threads {
            let (stage, act) = (&stage, &act);
            scope.spawn(move || stage.follow(|| act(number)));
        }
        let _curtain = Curtain(&stage);
        let began = Instant::now();
        let mut runs = 0;
        while runs < most_runs && began.elapsed() < PATIENCE {
            runs += 1;
            prepare();
            stage.lead(runs, threads - 1, || {
                start_late_by(runs % 256);
                act(0);
            });
            let Wrong { expected, got } = judge();
            if got != expected {
                let wrong = Some(Wrong { expected, got });
                return Chase { runs, wrong };
            }
        }
        Chase { runs, wrong: None }
    })
}

/// The leader begins a run a cache line's journey before the others do. Losing a little time, a
/// different one in each run, brings the threads' steps past each other in every way.
fn start_late_by(steps: u64) {
    for step in 0..steps {
        hint::black_box(step);
    }
}

/// The run that is on, and who has ended it.
#[derive(Default)]
struct Stage {
    run: AtomicU64,
    ended: AtomicUsize,
}

/// The number of the run after which nobody acts any more.
const CLOSED: u64 = u64::MAX;

/// Sends the followers home, also when the leader panics.
struct Curtain<'a>(&'a Stage);

impl Drop for Curtain<'_> {
    fn drop(&mut self) {
        self.0.run.store(CLOSED, Ordering::Release);
    }
}

impl Stage {
    fn lead(&self, run: u64, followers: usize, act: impl Fn()) {
        self.ended.store(0, Ordering::Relaxed);
        // ORDERING: Release pairs with the Acquire load in `follow`: what was prepared is seen.
        self.run.store(run, Ordering::Release);
        act();
        // ORDERING: Acquire pairs with the Release in `follow`: what was done is judged.
        wait_until(|| self.ended.load(Ordering::Acquire) == followers);
    }

    fn follow(&self, act: impl Fn()) {
        let mut last = 0;
        loop {
            wait_until(|| self.run.load(Ordering::Acquire) != last);
            last = self.run.load(Ordering::Acquire);
            if last == CLOSED {
                return;
            }
            act();
            self.ended.fetch_add(1, Ordering::Release);
        }
    }
}

/// Spins a little, then lets other threads run in between.
pub(super) fn wait_until(holds: impl Fn() -> bool) {
    for _ in 0..200 {
        if holds() {
            return;
        }
        hint::spin_loop();
    }
    while !holds() {
        thread::yield_now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicI64;

    #[test]
    fn every_thread_acts_once_in_every_run() {
        let acted = AtomicI64::new(0);
        let reset = || acted.store(0, Ordering::Relaxed);
        let act = |_| {
            acted.fetch_add(1, Ordering::Relaxed);
        };
        let judge = || Wrong {
            expected: 4,
            got: acted.load(Ordering::Relaxed),
        };
        let chase = chase(4, 50, reset, act, judge);
        assert_eq!(chase.wrong, None);
        assert!((1..=50).contains(&chase.runs));
    }

    #[test]
    fn the_first_wrong_run_ends_the_chase() {
        let count = AtomicI64::new(0);
        let act = |number| {
            if number == 1 {
                count.fetch_add(1, Ordering::Relaxed);
            }
        };
        let judge = || Wrong {
            expected: count.load(Ordering::Relaxed).min(6),
            got: count.load(Ordering::Relaxed),
        };
        let wrong = Wrong {
            expected: 6,
            got: 7,
        };
        let expected = Chase {
            runs: 7,
            wrong: Some(wrong),
        };
        assert_eq!(chase(2, 100, || {}, act, judge), expected);
    }
}
