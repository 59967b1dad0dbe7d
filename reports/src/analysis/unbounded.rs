//! Unbounded queues and channels: who is ours in a cell, and what it takes of memory.

use latchless_bench::{
    record::Memory,
    workload::unbounded::{Work, Workload},
};

use super::View;
use crate::document::{Document, Side};

impl<'a> View<'a> {
    /// All cells of a run with unbounded queues and channels.
    pub fn all_unbounded(document: &'a Document) -> Vec<Self> {
        let cells = document.run.unbounded.iter();
        let view = |cell| Self::with_first_of_ours(cell, |name| document.unbounded_origin(name));
        cells.map(view).collect()
    }

    /// What is done in this cell, if it is one of unbounded queues.
    pub fn unbounded_work(&self) -> Option<Work> {
        Workload::named(&self.cell.workload).map(|workload| workload.work)
    }
}

/// What one contender takes of memory.
#[derive(Clone, Copy, Debug)]
pub struct Taken<'a> {
    pub memory: &'a Memory,
    pub side: Side,
}

impl<'a> Taken<'a> {
    /// Everybody's, ours first, then as recorded.
    pub fn all(document: &'a Document) -> Vec<Self> {
        let mut ours = false;
        let taken = |memory: &'a Memory| {
            let side = match document.unbounded_origin(&memory.contender) {
                Some("latchless") if std::mem::replace(&mut ours, true) => Side::OurOther,
                Some("latchless") => Side::Ours,
                _ => Side::Peer,
            };
            Self { memory, side }
        };
        let mut all: Vec<_> = document.run.memory.iter().map(taken).collect();
        all.sort_by_key(|one| match one.side {
            Side::Ours => 0,
            Side::OurOther => 1,
            Side::Peer | Side::Floor => 2,
        });
        all
    }

    /// Ours among them.
    pub fn ours(all: &[Self]) -> Option<Self> {
        all.iter().copied().find(|one| one.side == Side::Ours)
    }

    /// The longest backlog.
    pub fn depth(&self) -> u64 {
        self.memory.up.last().map_or(0, |look| look[0])
    }

    /// Bytes for each item of the longest backlog.
    pub fn each(&self) -> f64 {
        let look = self.memory.up.last();
        look.map_or(f64::NAN, |look| look[1] as f64 / look[0] as f64)
    }

    /// Bytes when the backlog has gone.
    pub fn left(&self) -> u64 {
        self.memory.down.last().map_or(0, |look| look[1])
    }
}
