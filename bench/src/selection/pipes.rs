//! From the names in a plan to pipes.
#![forbid(unsafe_code)]

use super::{known, unknown_workload};
use crate::measure::Error;
use crate::pipes::pipe_contenders;
use crate::plan::{CellPlan, Selection};
use crate::workload::pipe::{Entry, Workload};

/// The selected contenders of a cell of pipes, in the order of reports: of those that are named, ours go with each.
pub fn pipe_entries(cell: &CellPlan, selection: &Selection) -> Result<Vec<Entry>, Error> {
    let mut entries = pipe_contenders(pipe_workload(cell)?.work);
    if let Selection::Named(names) = selection {
        for name in names {
            known(name)?;
        }
        let named = |entry: &Entry| names.iter().any(|name| name == entry.card.name);
        if !entries.iter().any(named) {
            entries.clear();
        }
        entries.retain(|entry| named(entry) || entry.card.origin == "latchless");
    }
    Ok(entries)
}

/// The workload of a cell of pipes.
pub fn pipe_workload(cell: &CellPlan) -> Result<Workload, Error> {
    Workload::named(&cell.workload).ok_or_else(|| unknown_workload(&cell.workload))
}
