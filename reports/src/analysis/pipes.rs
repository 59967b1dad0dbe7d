//! Pipes: who is ours in a cell.

use latchless_bench::workload::pipe::{Work, Workload};

use super::View;
use crate::document::Document;

impl<'a> View<'a> {
    /// All cells of a run with pipes.
    pub fn all_pipes(document: &'a Document) -> Vec<Self> {
        let cells = document.run.pipes.iter();
        let view = |cell| Self::with_first_of_ours(cell, |name| document.pipe_origin(name));
        cells.map(view).collect()
    }

    /// What is done in this cell, if it is one of pipes.
    pub fn pipe_work(&self) -> Option<Work> {
        Workload::named(&self.cell.workload).map(|workload| workload.work)
    }
}
