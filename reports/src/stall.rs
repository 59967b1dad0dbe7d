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
    /// Instruction, and the others' throughput as a share of [`alone`](Self::alone)'s median.
    pub points: Vec<(u64, f64)>,
}

impl<'a> Sweep<'a> {
    /// The sweeps that have both sides of the comparison, ours first, then as recorded.
    pub fn all(document: &'a Document) -> Vec<Self> {
        let sweep = |stalled: &'a Stalled| Self::of(document, stalled);
        let mut sweeps: Vec<_> = document.run.stalled.iter().filter_map(sweep).collect();
        sweeps.sort_by_key(|sweep| match sweep.side {
            Side::Ours => 0,
            Side::OurOther => 1,
            Side::Peer => 2,
        });
        sweeps
    }

    fn of(document: &Document, stalled: &'a Stalled) -> Option<Self> {
        let rate = |stop: &Stop| stop.items as f64 * 1e3 / stop.nanos as f64;
        let alone = Spread::of(stalled.alone.iter().map(rate)).filter(|all| all.median > 0.0)?;
        let share = |stop: &Stop| (stop.instruction, rate(stop) / alone.median);
        let shares = stalled.stops.iter().map(share);
        let points: Vec<_> = shares.filter(|(_, share)| share.is_finite()).collect();
        let side = document.side(&stalled.contender);
        (!points.is_empty()).then_some(Self {
            stalled,
            side,
            alone,
            points,
        })
    }

    /// The instruction at which stopping hurts the others most, and what is left to them.
    pub fn least(&self) -> (u64, f64) {
        let least = self.points.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        *least.expect("a sweep has at least one point")
    }

    /// The median share over all stops.
    pub fn median(&self) -> f64 {
        let spread = Spread::of(self.points.iter().map(|point| point.1));
        spread.expect("a sweep has at least one point").median
    }

    /// At how many stops the others halted.
    pub fn halts(&self) -> usize {
        self.points.iter().filter(|point| point.1 < HALTED).count()
    }
}
