//! What the threads of one run share, and what each of them counts.
#![forbid(unsafe_code)]

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

use crossbeam_utils::CachePadded;

use super::check::Totals;
use super::deal::{Dealer, Times};
use super::latency::Reservoir;
use super::patience::Patience;
use crate::cores;

/// Operations between two looks at the stop flag.
pub(super) const CHUNK: u64 = 64;

/// One operation in this many chunks has its latency taken: one in 1,024.
const CHUNKS_PER_SAMPLE: u32 = 16;

/// When threads that do not come to the start are given up: a call before it never came back.
const NEVER_READY: Duration = Duration::from_secs(30);

/// The first value of thread `index`; no thread counts far enough to reach the next one's.
pub(super) fn first_value(index: usize) -> u64 {
    (index as u64) << 48
}

/// What the threads of one run share.
#[derive(Debug)]
pub(super) struct Run {
    /// Set when the run is over.
    stop: CachePadded<AtomicBool>,
    /// Threads that stand at the start.
    ready: CachePadded<AtomicUsize>,
    /// Threads that may still push.
    pushing: CachePadded<AtomicUsize>,
    /// Threads that have not finished.
    working: CachePadded<AtomicUsize>,
    /// Who waits for the end.
    waiter: Thread,
    threads: usize,
    /// The cores to keep to, one a thread; empty: wherever the system likes.
    pins: Vec<usize>,
    /// The threads' names, once they stand at the start, where somebody moves them while they
    /// work; empty: nobody does.
    dealt: Vec<OnceLock<Option<cores::Tid>>>,
    /// There are more threads than cores.
    crowded: bool,
    /// How many items each pushing thread pushes at most.
    pub(super) limit: u64,
    /// Whether poppers go on after the end until the queue is empty.
    pub(super) drain: bool,
}

impl Run {
    /// A run of `threads` threads, `pushing` of which push at most `limit` items each.
    pub(super) fn new(
        threads: usize,
        pushing: usize,
        cores: &[usize],
        limit: u64,
        drain: bool,
    ) -> Run {
        let crowded = threads > cores.len();
        Run {
            stop: CachePadded::default(),
            ready: CachePadded::default(),
            pushing: CachePadded::new(AtomicUsize::new(pushing)),
            working: CachePadded::new(AtomicUsize::new(threads)),
            waiter: std::thread::current(),
            threads,
            pins: if crowded { &[] } else { &cores[..threads] }.to_vec(),
            dealt: Vec::new(),
            crowded,
            limit,
            drain,
        }
    }

    /// The same run with threads that keep to no core, and that
    /// [`end_after_deals`](Self::end_after_deals) may move.
    pub(super) fn dealt(self) -> Run {
        Run {
            pins: Vec::new(),
            dealt: vec![OnceLock::new(); self.threads],
            ..self
        }
    }

    /// Whether the run is still on.
    #[inline]
    pub(super) fn goes_on(&self) -> bool {
        // ORDERING: Acquire as in `Patience::wait`.
        !self.stop.load(Ordering::Acquire)
    }

    /// For the attempts of one operation.
    #[inline]
    pub(super) fn patience(&self) -> Patience<'_> {
        Patience::new(&self.stop, self.crowded)
    }

    /// Waits until every thread stands at the start.
    fn line_up(&self) {
        // ORDERING: AcqRel and Acquire: all threads' preparations lie before anyone's start.
        self.ready.fetch_add(1, Ordering::AcqRel);
        let mut spins = 0;
        while self.ready.load(Ordering::Acquire) < self.threads {
            if self.crowded || spins > 1_000 {
                std::thread::yield_now();
            } else {
                spins += 1;
                std::hint::spin_loop();
            }
        }
    }

    /// From the waiting thread: returns when every thread stands at the start, or ends the run and
    /// says so when one of them does not come.
    fn has_started(&self) -> bool {
        let begun = Instant::now();
        while self.ready.load(Ordering::Acquire) < self.threads {
            std::thread::park_timeout(Duration::from_micros(50));
            if begun.elapsed() > NEVER_READY {
                self.stop.store(true, Ordering::Release);
                return false;
            }
        }
        true
    }

    /// From the waiting thread: lets the threads work for `time` or until all have finished;
    /// says whether they had.
    pub(super) fn end_after(&self, time: Duration) -> bool {
        if !self.has_started() {
            return false;
        }
        let start = Instant::now();
        let finished = loop {
            if self.working.load(Ordering::Acquire) == 0 {
                break true;
            }
            match time.checked_sub(start.elapsed()) {
                Some(left) if !left.is_zero() => std::thread::park_timeout(left),
                _ => break false,
            }
        };
        self.stop.store(true, Ordering::Release);
        finished
    }

    /// From the waiting thread: lets the threads work, dealing them to other cores over and over;
    /// returns how often, or 0 as soon as the system refuses.
    ///
    /// Threads stay until this is over, so that their names are good for that long.
    pub(super) fn end_after_deals(&self, times: Times, cores: &[usize]) -> u64 {
        if !self.has_started() {
            return 0;
        }
        let names = self.dealt.iter().filter_map(|name| *name.get()?).collect();
        let mut dealer = Dealer::new(names, cores, times.seed);
        let start = Instant::now();
        let mut deals = 0;
        while let Some(left) = times.whole.checked_sub(start.elapsed()) {
            if !dealer.deal() {
                deals = 0;
                break;
            }
            deals += 1;
            std::thread::sleep(times.between.min(left));
        }
        drop(dealer);
        // ORDERING: Release as at the end of `end_after`.
        self.stop.store(true, Ordering::Release);
        deals
    }
}

/// One thread's part in a run. Dropping it reports the thread as finished, also after a panic,
/// so that nobody waits for it.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) run: &'a Run,
    pushes: bool,
}

impl<'a> Part<'a> {
    /// Takes part; `pushes` for a thread that is one of the run's pushing ones.
    pub(super) fn new(run: &'a Run, pushes: bool) -> Part<'a> {
        Part { run, pushes }
    }

    /// Prepares thread `index` and waits for the start.
    pub(super) fn start(&self, index: usize) -> Tally {
        let pinned = self
            .run
            .pins
            .get(index)
            .is_some_and(|&core| cores::pin(core));
        if let Some(name) = self.run.dealt.get(index) {
            name.get_or_init(cores::this_thread);
        }
        let latencies = (self.run.threads > 1).then(|| Reservoir::new(index as u64 + 1));
        self.run.line_up();
        Tally {
            first: first_value(index),
            pushed: 0,
            popped: Totals::default(),
            latencies,
            until_sample: CHUNKS_PER_SAMPLE / 2 + index as u32 % CHUNKS_PER_SAMPLE,
            pinned,
            cpu: cores::thread_time(),
            started: Instant::now(),
            ended: None,
        }
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        // Who is moved by name must not end before that is over; it would only after a panic.
        while !self.run.dealt.is_empty() && self.run.goes_on() {
            std::thread::sleep(Duration::from_millis(1));
        }
        // ORDERING: Release: the last thread that pushes says so after all its pushes, and
        // poppers that see the end (Acquire) then find a queue in which Empty is final. AcqRel
        // passes on what the other threads did before they counted themselves out.
        if self.pushes && self.run.pushing.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.run.stop.store(true, Ordering::Release);
        }
        if self.run.working.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.run.waiter.unpark();
        }
    }
}

/// What one thread did.
#[derive(Debug)]
pub(super) struct Tally {
    /// The first value that it pushed; the others followed in order.
    pub(super) first: u64,
    /// How many values it pushed.
    pub(super) pushed: u64,
    /// What it popped.
    pub(super) popped: Totals,
    /// Latencies that it sampled.
    pub(super) latencies: Option<Reservoir>,
    until_sample: u32,
    /// Whether it kept to one core.
    pub(super) pinned: bool,
    /// CPU time: at its start while it works, then used.
    pub(super) cpu: Duration,
    pub(super) started: Instant,
    ended: Option<Instant>,
}

impl Tally {
    /// Once a chunk: the place to record a latency, when it is time to take one.
    #[inline]
    pub(super) fn sample(&mut self) -> Option<&mut Reservoir> {
        self.until_sample -= 1;
        if self.until_sample > 0 {
            return None;
        }
        self.until_sample = CHUNKS_PER_SAMPLE;
        self.latencies.as_mut()
    }

    /// Stops this thread's clocks.
    pub(super) fn end(&mut self) {
        self.ended = Some(Instant::now());
        self.cpu = cores::thread_time().saturating_sub(self.cpu);
    }

    /// When it ended.
    pub(super) fn ended(&self) -> Instant {
        self.ended.unwrap_or(self.started)
    }

    /// What it pushed.
    pub(super) fn pushed_totals(&self) -> Totals {
        Totals::consecutive(self.first, self.pushed)
    }
}
