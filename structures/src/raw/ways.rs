//! Which way of a long copy takes the least time at the moment, to a reader on another core.
//!
//! # What
//!
//! Between cores that are near each other lines may go from cache to cache five times as fast as through memory, between
//! cores that are far from each other it is the other way round, and in between it is best to use both. How far they are
//! nobody is told, and where the machine is a virtual one it changes while the program runs. So the writer
//! measures: of its long copies to a reader on another core one in [`EACH`] is timed, until it is published, and one in
//! [`OTHER`] of those is made in a way that seemed to take more.
//!
//! # What it must put up with
//!
//! A copy that was interrupted seems to take long. So what is known of a way falls at once, and doubles at most: a wrong
//! choice costs some copies, and then ends.

#![forbid(unsafe_code)]

use crate::sync::{AtomicU64, Ordering, Way, this_thread, ticks};

/// One long copy in so many is timed.
const EACH: u32 = 32;
/// One in so many that are timed is made another way.
const OTHER: u32 = 32;

/// So many copies come first, to places that are new to the memory: they say nothing of what comes later.
const NEW: u32 = 32;
/// Behind those each way is timed so often.
const AT_FIRST: u32 = 3;

const ALL: [Way; 3] = [Way::Through, Way::Past, Way::Half];

/// What the writer knows of the ways.
#[derive(Clone, Debug)]
pub struct Ways {
    best: Way,
    copies: u32,
    /// In ticks for 64 KiB, for [`ALL`]; 0 where it was not measured.
    costs: [u64; 3],
}

/// A copy that is timed: since when.
#[derive(Clone, Copy, Debug)]
pub struct Timed(u64);

impl Ways {
    /// Nothing.
    pub fn new() -> Self {
        Self {
            best: Way::Through,
            copies: 0,
            costs: [0; 3],
        }
    }

    /// The way that takes the least, as far as is known.
    #[inline]
    pub fn best(&self) -> Way {
        self.best
    }

    /// The way of the next copy, and whether it is timed.
    #[inline]
    pub fn next(&mut self) -> (Way, Option<Timed>) {
        self.copies = self.copies.wrapping_add(1);
        let is_first = self.copies.wrapping_sub(NEW) < AT_FIRST * ALL.len() as u32;
        if !is_first && !self.copies.is_multiple_of(EACH) {
            return (self.best, None);
        }
        self.next_timed()
    }

    #[cold]
    fn next_timed(&self) -> (Way, Option<Timed>) {
        let (round, turn) = (self.copies / EACH, self.copies as usize);
        let way = if self.costs.contains(&0) || self.copies < NEW + EACH {
            ALL[turn % ALL.len()]
        } else if round.is_multiple_of(OTHER) {
            // Each of the other two in turn.
            ALL[(self.best as usize + 1 + (round / OTHER) as usize % 2) % ALL.len()]
        } else {
            self.best
        };
        (way, ticks().map(Timed))
    }

    /// So many bytes were copied that way, and published just now.
    #[cold]
    pub fn took(&mut self, way: Way, since: Timed, bytes: usize) {
        if let Some(now) = ticks() {
            let took = now.saturating_sub(since.0).saturating_mul(1 << 16);
            self.cost(way, took / (bytes as u64).max(1));
        }
    }

    fn cost(&mut self, way: Way, cost: u64) {
        let known = &mut self.costs[way as usize];
        *known = match *known {
            0 => cost.max(1),
            known => cost.clamp(1, 2 * known),
        };
        let costs = &self.costs;
        let known = ALL.into_iter().filter(|way| costs[*way as usize] != 0);
        self.best = known.min_by_key(|way| costs[*way as usize]).unwrap_or(way);
    }
}

/// The thread on which one side was last at work: advice, which may be wrong.
///
/// What counts is the core, but to ask for that takes as long as ten values. Two threads on one core are taken to be on
/// two; two tasks on one thread are not.
#[derive(Debug)]
pub struct Whereabouts(AtomicU64);

/// What that side has said of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said(u64);

impl Whereabouts {
    /// Nobody knows.
    pub fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Says where this side is, when that has changed.
    #[inline]
    pub fn say(&self, said: &mut Said) {
        let here = this_thread();
        if here != said.0 {
            said.0 = here;
            // ORDERING: Relaxed; it is advice.
            self.0.store(here, Ordering::Relaxed);
        }
    }

    /// Whether that is another thread than this.
    #[inline]
    pub fn is_elsewhere(&self) -> bool {
        // ORDERING: Relaxed; it is advice.
        let said = self.0.load(Ordering::Relaxed);
        said != 0 && said != this_thread()
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;

    /// A machine on which the ways take so long.
    fn copies(ways: &mut Ways, costs: [u64; 3], count: usize) -> [usize; 3] {
        let mut chosen = [0; 3];
        for _ in 0..count {
            let (way, timed) = ways.next();
            chosen[way as usize] += 1;
            if timed.is_some() {
                ways.cost(way, costs[way as usize]);
            }
        }
        chosen
    }

    #[test]
    #[cfg_attr(not(target_arch = "x86_64"), ignore = "there is one way")]
    #[cfg_attr(miri, ignore = "there is one way")]
    fn the_way_that_takes_the_least_is_found_and_found_again() {
        let mut ways = Ways::new();
        for (best, costs) in [
            (Way::Through, [10, 50, 30]),
            (Way::Past, [200, 40, 75]),
            (Way::Half, [60, 35, 30]),
            (Way::Through, [10, 50, 30]),
            (Way::Half, [60, 35, 30]),
        ] {
            copies(&mut ways, costs, 100 * (EACH * OTHER) as usize);
            assert_eq!(ways.best(), best, "{costs:?}");
            let chosen = copies(&mut ways, costs, (EACH * OTHER) as usize);
            assert!(
                chosen[best as usize] >= (EACH * OTHER) as usize - 2,
                "{chosen:?}"
            );
        }
    }

    #[test]
    fn a_copy_that_was_interrupted_does_not_change_much() {
        let mut ways = Ways::new();
        ALL.into_iter()
            .zip([100, 200, 300])
            .for_each(|(way, cost)| ways.cost(way, cost));
        ways.cost(Way::Through, 1_000_000);
        ways.cost(Way::Through, 100);
        assert_eq!(ways.costs, [100, 200, 300]);
        assert_eq!(ways.best(), Way::Through);
        (0..2).for_each(|_| ways.cost(Way::Through, 1_000_000));
        assert_eq!(ways.best(), Way::Past, "it takes long indeed");
    }
}
