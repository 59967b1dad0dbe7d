//! What stopping one thread did to the others, relative to the others beside one that has not begun.
//!
//! Where one of them stands still, all count as [halted](Stop::pace), so that nobody is held up unnoticed.

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
    /// Million items a second of the others beside a victim that stood before its operation: as many
    /// watches as there are stops. Older records have none.
    pub before: Option<Spread>,
    /// Every watch: the instruction, and the others' throughput as a share of [`usual`](Self::usual).
    pub watches: Vec<(u64, f64)>,
    /// Every instruction once, in order, with the best of its watches: others that got on once
    /// while the victim stood there are not held up by it, whatever else slowed them at other
    /// times.
    pub stops: Vec<(u64, f64)>,
}

impl<'a> Sweep<'a> {
    /// The sweeps of queues that have both sides of the comparison, ours first, then as recorded.
    pub fn all(document: &'a Document) -> Vec<Self> {
        Self::sorted(&document.run.stalled, |name| document.side(name))
    }

    /// The sweeps of semaphores, likewise.
    pub fn all_semaphores(document: &'a Document) -> Vec<Self> {
        let records = &document.run.stalled_semaphores;
        Self::with_first_of_ours(records, |name| document.primitive_origin(name))
    }

    /// The sweeps of unbounded queues, likewise.
    pub fn all_unbounded(document: &'a Document) -> Vec<Self> {
        let records = &document.run.stalled_unbounded;
        Self::with_first_of_ours(records, |name| document.unbounded_origin(name))
    }

    /// Ours is the first of ours that takes part.
    fn with_first_of_ours(
        records: &'a [Stalled],
        origin: impl Fn(&str) -> Option<&'a str>,
    ) -> Vec<Self> {
        let mut names = records.iter().map(|one| one.contender.as_str());
        let ours = names.find(|name| origin(name) == Some("latchless"));
        Self::sorted(records, |name| match origin(name) {
            Some("latchless") if ours == Some(name) => Side::Ours,
            Some("latchless") => Side::OurOther,
            Some("floor") => Side::Floor,
            _ => Side::Peer,
        })
    }

    fn sorted(records: &'a [Stalled], side: impl Fn(&str) -> Side) -> Vec<Self> {
        let sweep = |stalled: &'a Stalled| Self::of(side(&stalled.contender), stalled);
        let mut sweeps: Vec<_> = records.iter().filter_map(sweep).collect();
        sweeps.sort_by_key(|sweep| match sweep.side {
            Side::Ours => 0,
            Side::OurOther => 1,
            Side::Peer | Side::Floor => 2,
        });
        sweeps
    }

    fn of(side: Side, stalled: &'a Stalled) -> Option<Self> {
        let pace = |stop: &Stop| stop.pace() * 1e3;
        let alone = Spread::of(stalled.alone.iter().map(pace)).filter(|all| all.median > 0.0)?;
        let before = Spread::of(stalled.before.iter().map(pace)).filter(|all| all.median > 0.0);
        let usual = before.as_ref().unwrap_or(&alone).median;
        let share = |stop: &Stop| (stop.instruction, pace(stop) / usual);
        let shares = stalled.stops.iter().map(share);
        let watches: Vec<_> = shares.filter(|(_, share)| share.is_finite()).collect();
        let mut stops = watches.clone();
        stops.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        stops.dedup_by_key(|stop| stop.0);
        (!stops.is_empty()).then_some(Self {
            stalled,
            side,
            alone,
            before,
            watches,
            stops,
        })
    }

    /// Whether it is of the form that claims are made about.
    pub fn is_ours(&self) -> bool {
        self.side == Side::Ours
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

    /// What the others usually do, in million items a second: the median beside a victim that has not
    /// begun, and in older records without any.
    pub fn usual(&self) -> f64 {
        self.before.as_ref().unwrap_or(&self.alone).median
    }

    /// How far the others got without any victim, from the worst watch to the best, as shares of
    /// what is [usual](Self::usual).
    pub fn alone_range(&self) -> (f64, f64) {
        self.range(&self.alone)
    }

    /// The same beside a victim that stood before its operation: what the machine alone does to so
    /// many watches.
    pub fn before_range(&self) -> Option<(f64, f64)> {
        Some(self.range(self.before.as_ref()?))
    }

    fn range(&self, spread: &Spread) -> (f64, f64) {
        (spread.least / self.usual(), spread.most / self.usual())
    }

    /// The worst stop as a multiple of the worst watch beside a victim that had not begun: of as many
    /// watches, one is bound to be slow whatever the victim does.
    pub fn against_before(&self) -> Option<f64> {
        let (least, _) = self.before_range()?;
        (least > 0.0).then(|| self.least().1 / least)
    }

    /// At how many stops the others halted.
    pub fn halts(&self) -> usize {
        self.stops.iter().filter(|point| point.1 < HALTED).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{OURS, document, primitive_cards, stalled};

    #[test]
    fn one_good_watch_at_an_instruction_clears_it() {
        let mut document = document(Vec::new());
        let mut record = stalled(OURS, &[1.0, 0.0, 1.0]);
        record.stops.push(Stop {
            instruction: 1,
            items: 900,
            nanos: 1_000_000,
            stuck: 0,
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
            stuck: 0,
        });
        document.run.stalled = vec![record];
        assert_eq!(Sweep::all(&document)[0].halts(), 1);
    }

    #[test]
    fn one_that_stands_still_is_a_halt_however_fast_the_other_is() {
        let mut document = document(Vec::new());
        let mut record = stalled("SegQueue", &[1.0, 1.0, 1.0]);
        record.stops[1].stuck = 1;
        document.run.stalled = vec![record];
        let sweep = &Sweep::all(&document)[0];
        let shares: Vec<f64> = sweep.stops.iter().map(|stop| stop.1).collect();
        assert_eq!((shares, sweep.halts()), (vec![1.0, 0.0, 1.0], 1));
    }

    #[test]
    fn shares_are_of_what_the_others_do_beside_a_victim_that_has_not_begun() {
        let mut document = document(Vec::new());
        let mut record = stalled(OURS, &[1.0, 0.5, 0.8]);
        for (watch, items) in record.before.iter_mut().zip([500, 400, 1000]) {
            watch.items = items;
        }
        document.run.stalled = vec![record];
        let sweep = &Sweep::all(&document)[0];
        assert_eq!((sweep.usual(), sweep.least()), (0.5, (1, 1.0)));
        assert_eq!(sweep.before_range(), Some((0.8, 2.0)));
        assert_eq!(sweep.alone_range(), (2.0, 2.0));
        assert_eq!(sweep.against_before(), Some(1.25));
    }

    #[test]
    fn an_older_record_is_compared_with_the_others_alone() {
        let mut document = document(Vec::new());
        let mut record = stalled(OURS, &[1.0, 0.5]);
        record.before.clear();
        document.run.stalled = vec![record];
        let sweep = &Sweep::all(&document)[0];
        assert_eq!((sweep.least(), sweep.against_before()), ((1, 0.5), None));
    }

    #[test]
    fn our_first_semaphore_stands_for_ours() {
        let mut document = document(Vec::new());
        document.primitive_cards = primitive_cards();
        let names = ["tokio", "ours", "ours barging"];
        document.run.stalled_semaphores = names.map(|name| stalled(name, &[1.0])).into();
        let sweeps = Sweep::all_semaphores(&document);
        let sides: Vec<_> = sweeps.iter().map(|sweep| sweep.side).collect();
        assert_eq!(sides, [Side::Ours, Side::OurOther, Side::Peer]);
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
