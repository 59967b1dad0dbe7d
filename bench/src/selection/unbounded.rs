//! From the names in a plan to unbounded queues and channels.
#![forbid(unsafe_code)]

use super::{known, unknown_workload};
use crate::cores;
use crate::measure::Error;
use crate::plan::{CellPlan, Selection};
use crate::unbounded::unbounded_contenders;
use crate::workload::Shape;
use crate::workload::unbounded::{Entry, Work, Workload};

/// Where there are more threads than cores, which takes long, these are left out of the core set: each of them does as
/// another one does in the same way.
pub(super) const NOT_CORE_CROWDED: [&str; 3] = ["flume", "async-channel", "std mpsc"];

/// In these a thread is stopped in the core set: ours by its fastest path, and one peer of each kind.
const CORE_STALLED: [&str; 4] = ["latchless (handle)", "SegQueue", "kanal", "Michael-Scott"];

/// Who takes part when a thread is stopped, and with what of memory.
const BOTH: Work = Work::Tried(Shape::Pairs { threads: 1 });

/// The selected contenders of a cell of unbounded queues, in the order of reports: of those that are named, ours go with
/// each.
pub fn unbounded_entries(cell: &CellPlan, selection: &Selection) -> Result<Vec<Entry>, Error> {
    let work = unbounded_workload(cell)?.work;
    let entries = chosen(unbounded_contenders(work), selection)?;
    let crowded = work.threads() > cores::available().len();
    let left_out = |entry: &Entry| crowded && NOT_CORE_CROWDED.contains(&entry.card.name);
    Ok(match selection {
        Selection::Core => entries.into_iter().filter(|one| !left_out(one)).collect(),
        Selection::All | Selection::Named(_) => entries,
    })
}

/// The selected contenders whose memory is measured: all of them, but where some are named.
pub fn memory_entries(selection: &Selection) -> Result<Vec<Entry>, Error> {
    chosen(unbounded_contenders(BOTH), selection)
}

/// The selected contenders in which a thread is stopped.
pub fn stalled_unbounded(selection: &Selection) -> Result<Vec<Entry>, Error> {
    let mut entries = chosen(unbounded_contenders(BOTH), selection)?;
    if *selection == Selection::Core {
        entries.retain(|entry| CORE_STALLED.contains(&entry.card.name));
    }
    Ok(entries)
}

fn chosen(mut entries: Vec<Entry>, selection: &Selection) -> Result<Vec<Entry>, Error> {
    if let Selection::Named(names) = selection {
        for name in names {
            known(name)?;
        }
        let named = |entry: &Entry| names.iter().any(|name| name == entry.card.name);
        let others = entries
            .iter()
            .any(|entry| named(entry) && entry.card.origin != "latchless");
        let all_ours = names.iter().all(|name| {
            let ours = |entry: &Entry| entry.card.name == name && entry.card.origin == "latchless";
            entries.iter().any(ours)
        });
        if !others && !all_ours {
            entries.clear();
        }
        entries.retain(|entry| named(entry) || entry.card.origin == "latchless");
    }
    Ok(entries)
}

/// The workload of a cell of unbounded queues.
pub fn unbounded_workload(cell: &CellPlan) -> Result<Workload, Error> {
    Workload::named(&cell.workload).ok_or_else(|| unknown_workload(&cell.workload))
}
