//! Sampled latencies: a clock that is cheap enough, and a reservoir of fixed size.

use std::sync::OnceLock;
use std::time::Instant;

/// Samples that one thread keeps.
const KEPT: usize = 1024;

/// A clock for single operations.
///
/// Where the processor counts at a constant rate it is that counter, between two fences which
/// keep the operation from moving across the readings; otherwise it is [`Instant`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    counter: bool,
    origin: Instant,
    nanos_per_tick: f64,
    /// What two readings with nothing between them differ by.
    own_ticks: u64,
}

impl Clock {
    /// The clock of this machine, calibrated once.
    pub(super) fn get() -> Clock {
        static CLOCK: OnceLock<Clock> = OnceLock::new();
        *CLOCK.get_or_init(Clock::calibrated)
    }

    fn calibrated() -> Clock {
        let mut clock = Clock {
            counter: constant_counter(),
            origin: Instant::now(),
            nanos_per_tick: 1.0,
            own_ticks: 0,
        };
        if clock.counter {
            let (ticks, start) = (clock.now(), Instant::now());
            std::thread::sleep(std::time::Duration::from_millis(10));
            let nanos = start.elapsed().as_nanos() as f64;
            clock.nanos_per_tick = nanos / (clock.now() - ticks) as f64;
        }
        clock.own_ticks = (0..1000)
            .map(|_| {
                let before = clock.now();
                clock.now().saturating_sub(before)
            })
            .min()
            .unwrap_or(0);
        clock
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(super) fn now(&self) -> u64 {
        use std::arch::x86_64::{_mm_lfence, _rdtsc};
        if self.counter {
            // SAFETY: both instructions are part of every x86-64 processor.
            unsafe {
                _mm_lfence();
                let ticks = _rdtsc();
                _mm_lfence();
                ticks
            }
        } else {
            self.origin.elapsed().as_nanos() as u64
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    #[inline(always)]
    pub(super) fn now(&self) -> u64 {
        self.origin.elapsed().as_nanos() as u64
    }

    /// Nanoseconds between two readings, without what the readings cost.
    pub(super) fn nanos(&self, ticks: u64) -> u64 {
        (ticks.saturating_sub(self.own_ticks) as f64 * self.nanos_per_tick) as u64
    }
}

/// Whether the processor's counter runs at one rate, in all states, on all cores.
fn constant_counter() -> bool {
    if !cfg!(target_arch = "x86_64") {
        return false;
    }
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let Some(flags) = text.lines().find(|line| line.starts_with("flags")) else {
        return false;
    };
    ["constant_tsc", "nonstop_tsc"]
        .iter()
        .all(|flag| flags.split_ascii_whitespace().any(|word| word == *flag))
}

/// The latencies that one thread has sampled: a uniform choice of them all.
#[derive(Clone, Debug)]
pub(super) struct Reservoir {
    pub(super) clock: Clock,
    ticks: Vec<u64>,
    seen: u64,
    worst: u64,
    random: u64,
}

impl Reservoir {
    /// An empty one; `seed` keeps threads from choosing alike.
    pub(super) fn new(seed: u64) -> Reservoir {
        Reservoir {
            clock: Clock::get(),
            ticks: Vec::with_capacity(KEPT),
            seen: 0,
            worst: 0,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        }
    }

    /// Takes one sample: the n-th stays with probability `KEPT / n`.
    pub(super) fn record(&mut self, ticks: u64) {
        self.seen += 1;
        self.worst = self.worst.max(ticks);
        if self.ticks.len() < KEPT {
            self.ticks.push(ticks);
            return;
        }
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let place = self.random % self.seen;
        if let Some(kept) = self.ticks.get_mut(place as usize) {
            *kept = ticks;
        }
    }
}

/// Median, 99th percentile and worst of the samples of all threads, in nanoseconds; `None` when
/// there are none. A thread that sampled more than it kept counts by what it sampled.
pub(super) fn percentiles<'a>(
    reservoirs: impl IntoIterator<Item = &'a Reservoir>,
) -> Option<[u64; 3]> {
    let clock = Clock::get();
    let mut weighted = Vec::new();
    let mut worst = 0;
    for reservoir in reservoirs {
        let weight = reservoir.seen as f64 / reservoir.ticks.len().max(1) as f64;
        weighted.extend(reservoir.ticks.iter().map(|&ticks| (ticks, weight)));
        worst = worst.max(reservoir.worst);
    }
    if weighted.is_empty() {
        return None;
    }
    weighted.sort_by_key(|&(ticks, _)| ticks);
    let total: f64 = weighted.iter().map(|&(_, weight)| weight).sum();
    let at = |share: f64| {
        let mut reached = 0.0;
        let found = weighted.iter().find(|&&(_, weight)| {
            reached += weight;
            reached >= share * total
        });
        found.map_or(worst, |&(ticks, _)| ticks)
    };
    Some([at(0.5), at(0.99), worst].map(|ticks| clock.nanos(ticks)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(ticks: impl IntoIterator<Item = u64>) -> Reservoir {
        let mut reservoir = Reservoir::new(7);
        ticks.into_iter().for_each(|t| reservoir.record(t));
        reservoir
    }

    #[test]
    fn percentiles_are_ordered_and_the_worst_is_kept_whatever_is_dropped() {
        let most = plain((1_000..200_000).rev());
        assert_eq!(most.ticks.len(), KEPT);
        let [median, p99, worst] = percentiles([&most]).expect("there are samples");
        assert!(median < p99 && p99 <= worst);
        assert_eq!(worst, most.clock.nanos(199_999));
        // A uniform choice of 1,024 finds the middle within a tenth with certainty enough.
        let middle = most.clock.nanos(100_000) as f64;
        assert!((median as f64 / middle - 1.0).abs() < 0.2, "{median}");
    }

    #[test]
    fn a_thread_that_sampled_more_weighs_more() {
        let few = plain([1_000_000; 100]);
        let many = plain((0..50_000).map(|_| 10_000));
        let [median, p99, _] = percentiles([&few, &many]).expect("there are samples");
        assert_eq!(median, many.clock.nanos(10_000));
        assert_eq!(p99, many.clock.nanos(10_000));
    }

    #[test]
    fn no_samples_have_no_percentiles() {
        assert_eq!(percentiles([&Reservoir::new(1)]), None);
    }

    #[test]
    fn the_clock_agrees_with_the_wall() {
        let clock = Clock::get();
        let (ticks, start) = (clock.now(), Instant::now());
        std::thread::sleep(std::time::Duration::from_millis(20));
        let (ticks, wall) = (clock.now() - ticks, start.elapsed().as_nanos() as f64);
        let ratio = clock.nanos(ticks) as f64 / wall;
        assert!((0.5..2.0).contains(&ratio), "{ratio}");
    }
}
