//! What stopping one thread did to the others, relative to the others alone.

use latchless_bench::record::{Stalled, Stop};

use crate::{
    document::{Document, Side},
    statistics::Spread,
};

/// Below this share of their throughput the others count as halted: what still moves is what
/// was in the queue already.
pub const HALTED: f64 = 0.1;

/// One contender's sweep over the instructions of one operation.
#[derive(Debug)]
pub struct Sweep<'a> {
    pub stalled: &'a Stalled,
    pub side: Side,
    /// Million items a second of the others without any victim.
    pub alone: Spread,
    /// Every watch: the instruction, and the others' throughput as a share of
    /// [`alone`](Self::alone)'s median.
    pub watches: Vec<(u64, f64)>,
    /// Every instruction once, in order, with the best of its watches: others that got on once
    /// while the victim stood there are not held up by it, whatever else slowed them at other
    /// times.
    pub stops: Vec<(u64, f64)>,
}

impl<'a> Sweep<'a> {
    /// The sweeps that have both sides of the comparison, ours first, then as recorded.
    pub fn all(document: &'a Document) -> Vec<Self> {
        let sweep = |stalled: &'a Stalled| Self::of(document, stalled);
        let mut sweeps: Vec<_> = document.run.stalled.iter().filter_map(sweep).collect();
        sweeps.sort_by_key(|sweep| match sweep.side {
            Side::Ours => 0,
            Side::OurOther => 1,
            Side::Peer | Side::Floor => 2,
        });
        sweeps
    }

    fn of(document: &Document, stalled: &'a Stalled) -> Option<Self> {
        let rate = |stop: &Stop| stop.items as f64 * 1e3 / stop.nanos as f64;
        let alone = Spread::of(stalled.alone.iter().map(rate)).filter(|all| all.median > 0.0)?;
        let share = |stop: &Stop| (stop.instruction, rate(stop) / alone.median);
        let shares = stalled.stops.iter().map(share);
        let watches: Vec<_> = shares.filter(|(_, share)| share.is_finite()).collect();
        let mut stops = watches.clone();
        stops.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        stops.dedup_by_key(|stop| stop.0);
        let side = document.side(&stalled.contender);
        (!stops.is_empty()).then_some(Self {
            stalled,
            side,
            alone,
            watches,
            stops,
        })
    }

    /// The instruction at which stopping hurts the others most, and what is left to them.
    pub fn least(&self) -> (u64, f64) {
        let least = self.stops.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        *least.expect("a sweep has at least one point")
    }

    /// The median share over all stops.
    pub fn median(&self) -> f64 {
        let spread = Spread::of(self.stops.iter().map(|point| point.1));
        spread.expect("a sweep has at least one point").median
    }

    /// How far the others got without any victim, from the worst watch to the best, as shares of
    /// the median: what the machine alone does to such a watch.
    pub fn alone_range(&self) -> (f64, f64) {
        let Spread {
            least,
            median,
            most,
            ..
        } = self.alone;
        (least / median, most / median)
    }

    /// At how many stops the others halted.
    pub fn halts(&self) -> usize {
        self.stops.iter().filter(|point| point.1 < HALTED).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{OURS, document, stalled};

    #[test]
    fn one_good_watch_at_an_instruction_clears_it() {
        let mut document = document(Vec::new());
        let mut record = stalled(OURS, &[1.0, 0.0, 1.0]);
        record.stops.push(Stop {
            instruction: 1,
            items: 900,
            nanos: 1_000_000,
        });
        document.run.stalled = vec![record];
        let sweep = &Sweep::all(&document)[0];
        assert_eq!((sweep.watches.len(), sweep.stops.len()), (4, 3));
        assert_eq!((sweep.least(), sweep.halts()), ((1, 0.9), 0));
    }

    #[test]
    fn others_that_never_get_on_are_halted() {
        let mut document = document(Vec::new());
        let mut record = stalled("kanal", &[1.0, 0.0, 1.0]);
        record.stops.push(Stop {
            instruction: 1,
            items: 99,
            nanos: 1_000_000,
        });
        document.run.stalled = vec![record];
        assert_eq!(Sweep::all(&document)[0].halts(), 1);
    }

    #[test]
    fn without_anything_to_compare_with_there_is_no_sweep() {
        let mut document = document(Vec::new());
        let mut record = stalled("kanal", &[1.0]);
        record.alone.clear();
        document.run.stalled = vec![record];
        assert!(Sweep::all(&document).is_empty());
    }
}
