//! The page, section by section, in the order in which a doubting reader asks: what came out,
//! what is promised, how fast, how fair, what waiting costs, what unbounded
//! queues do and take, what goes through pipes, what
//! semaphores, events and locks cost, what when a peer stops, what proves it,
//! where we lose, and on which machine that was.

mod cost;
mod fairness;
mod kills;
mod latency;
mod losses;
mod machine;
mod opening;
mod pipes;
mod primitives;
mod ratios;
mod round_trip;
mod scaling;
mod semantics;
mod stalled;
#[cfg(test)]
mod tests;
mod throughput;
mod unbounded;
mod waiting;

pub use unbounded::said_of;

use crate::{
    analysis::{View, Views},
    document::Document,
    html,
    stall::Sweep,
};

/// The page may not be heavier than this, so that it can be mailed and opened anywhere.
pub const MOST_BYTES: usize = 500_000;

/// What the sections are made from.
#[derive(Debug)]
pub struct Material<'a> {
    pub document: &'a Document,
    pub views: &'a [View<'a>],
    /// Those in which threads or tasks wait inside the calls.
    pub waiting: &'a [View<'a>],
    /// Semaphores, events and locks.
    pub primitives: &'a [View<'a>],
    pub pipes: &'a [View<'a>],
    /// Queues and channels without a bound.
    pub unbounded: &'a [View<'a>],
    /// All of these.
    pub all: &'a Views<'a>,
    pub sweeps: &'a [Sweep<'a>],
    /// Those of unbounded queues.
    pub unbounded_sweeps: &'a [Sweep<'a>],
    /// Those of semaphores.
    pub semaphore_sweeps: &'a [Sweep<'a>],
    pub weight: Weight,
}

/// How much is drawn outside the main capacity and payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Everything is.
    Charts,
    /// There are tables instead.
    Tables,
}

/// The page of `document`: with all charts, or, should that be too heavy, with tables for what
/// lies outside the main capacity and payload.
pub fn page(document: &Document) -> String {
    let whole = page_of(document, Weight::Charts);
    if whole.len() <= MOST_BYTES {
        whole
    } else {
        page_of(document, Weight::Tables)
    }
}

fn page_of(document: &Document, weight: Weight) -> String {
    let (all, sweeps) = (Views::of(document), Sweep::all(document));
    let unbounded_sweeps = Sweep::all_unbounded(document);
    let semaphore_sweeps = Sweep::all_semaphores(document);
    let material = Material {
        document,
        views: &all.queues,
        waiting: &all.waiting,
        primitives: &all.primitives,
        pipes: &all.pipes,
        unbounded: &all.unbounded,
        all: &all,
        sweeps: &sweeps,
        unbounded_sweeps: &unbounded_sweeps,
        semaphore_sweeps: &semaphore_sweeps,
        weight,
    };
    let sections = [
        opening::verdict(&material),
        semantics::section(&material),
        ratios::section(&material),
        throughput::section(&material),
        scaling::section(&material),
        latency::section(&material),
        fairness::section(&material),
        waiting::section(&material),
        round_trip::section(&material),
        cost::section(&material),
        unbounded::section(&material),
        pipes::section(&material),
        primitives::semaphores(&material),
        primitives::events(&material),
        primitives::locks(&material),
        stalled::queues(&material),
        stalled::unbounded(&material),
        stalled::semaphores(&material),
        kills::section(&material),
        losses::section(&material),
        machine::section(&material),
    ];
    html::page(
        &opening::title(&material),
        &opening::head(&material),
        &sections,
    )
}

impl<'a> Material<'a> {
    /// All views.
    fn everything(&self) -> impl Iterator<Item = &'a View<'a>> + use<'a> {
        self.all.everything()
    }

    /// The views of one capacity and payload.
    fn group(&self, group: (usize, &str)) -> impl Iterator<Item = &'a View<'a>> {
        let views = self.views.iter();
        views.filter(move |view| view.group() == group)
    }

    /// Every capacity and payload, the main one first, then as recorded.
    fn groups(&self) -> Vec<(usize, &'a str)> {
        let mut groups: Vec<_> = crate::analysis::main_group(self.views)
            .into_iter()
            .collect();
        for view in self.views {
            if !groups.contains(&view.group()) {
                groups.push(view.group());
            }
        }
        groups
    }
}

/// `capacity 1024, u64`.
fn group_name((capacity, payload): (usize, &str)) -> String {
    format!("capacity {capacity}, {payload}")
}

/// The class of a table row.
fn row_class(side: crate::document::Side) -> &'static str {
    if side == crate::document::Side::Ours {
        "o"
    } else {
        ""
    }
}
