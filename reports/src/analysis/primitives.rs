//! Semaphores, events and locks: who is ours in a cell, who is fair, who meets whom.

use latchless_bench::{measure::AGAIN, record::Cell};

use super::{Duel, Standing, View};
use crate::{
    document::{Document, Side},
    statistics::Ratio,
};

impl<'a> View<'a> {
    /// All cells of a run with semaphores, events and locks.
    pub fn all_primitives(document: &'a Document) -> Vec<Self> {
        let cells = document.run.primitives.iter();
        let view = |cell| Self::with_first_of_ours(cell, |name| document.primitive_origin(name));
        cells.map(view).collect()
    }

    /// Ours in a cell is the first of ours that takes part, which is what one gets by default.
    pub(super) fn with_first_of_ours(
        cell: &'a Cell,
        origin: impl Fn(&str) -> Option<&'a str>,
    ) -> Self {
        let mut names = cell.series.iter().map(|series| series.contender.as_str());
        let ours = names.find(|name| origin(name) == Some("latchless"));
        Self::with_sides(cell, |name| {
            let name = name.trim_end_matches(AGAIN);
            match origin(name) {
                Some("latchless") if ours == Some(name) => Side::Ours,
                Some("latchless") => Side::OurOther,
                Some("floor") => Side::Floor,
                _ => Side::Peer,
            }
        })
    }

    /// Whether this is a cell of semaphores, events or locks: these carry nothing.
    pub fn is_primitive(&self) -> bool {
        self.cell.payload.is_empty()
    }

    /// All of ours that stand for themselves: among semaphores the fair and the barging one.
    pub fn own(&self) -> impl Iterator<Item = &Standing<'a>> {
        let primitive = self.is_primitive();
        self.standings.iter().filter(move |one| match one.side {
            Side::Ours => !one.is_again(),
            Side::OurOther => primitive && !one.is_again(),
            Side::Peer | Side::Floor => false,
        })
    }

    /// `ours` against `peer`.
    pub fn duel_of<'v>(
        &'v self,
        ours: &'v Standing<'a>,
        peer: &'v Standing<'a>,
    ) -> Option<Duel<'v, 'a>> {
        let ratio = Ratio::of(&ours.spread, &peer.spread)?;
        Some(Duel {
            view: self,
            ours,
            peer,
            ratio,
        })
    }

    /// Each of ours against the best peer of its kind: where ours come in order and out of order, the
    /// one in order is held against those that keep the order too, the other against all.
    pub fn duels(&self, document: &Document) -> Vec<Duel<'_, 'a>> {
        let is_fair = |one: &Standing<'_>| document.is_fair(one.name());
        let both = self.own().any(is_fair) && !self.own().all(is_fair);
        let best = |own: &&Standing<'a>| {
            let all = !(both && is_fair(own));
            self.peers().find(|peer| all || is_fair(peer))
        };
        let duels = self.own().filter_map(|own| self.duel_of(own, best(&own)?));
        let mut duels: Vec<_> = duels.collect();
        duels.sort_by_key(|duel| duel.ours.side != Side::Ours);
        duels
    }
}

/// Nanoseconds of one operation.
pub fn nanos(rate: f64) -> f64 {
    1e3 / rate
}
