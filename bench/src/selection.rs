//! From the names in a plan to what can be run.
#![forbid(unsafe_code)]

use crate::contender::{Card, Contender, Payload};
use crate::contenders::{Visitor, all_names, visit_all, waiting_contenders};
use crate::measure::Error;
use crate::pipes::pipe_cards;
use crate::plan::{CellPlan, PAYLOADS, Plan, Selection, StalledPlan};
use crate::primitives::{primitive_cards, primitive_contenders};
use crate::record::Stalled;
use crate::unbounded::unbounded_cards;
use crate::workload::deal::{self, Dealt};
use crate::workload::stalled::{Operation, stalled};
use crate::workload::unbounded as unbounded_work;
use crate::workload::{ALL, Job, Outcome, Workload, Wrong, drive, pipe, primitive, waiting};

mod pipes;
mod unbounded;

pub use pipes::{pipe_entries, pipe_workload};
pub use unbounded::{memory_entries, stalled_unbounded, unbounded_entries, unbounded_workload};

/// The peers in the core set: the closest ones, the other claim to lock-freedom, and the baselines.
const CORE: [&str; 9] = [
    "ArrayQueue",
    "ConcurrentQueue",
    "ThingBuf",
    "heapless mpmc",
    "lfqueue SCQ",
    "kanal",
    "Vyukov ring",
    "std Mutex",
    "parking_lot Mutex",
];

/// Where somebody waits, these are left out of the core set: another does the same in the same way.
const NOT_CORE_WAITING: [&str; 2] = ["latchless (shared)", "std mpsc"];

/// A contender with its payload settled: what is compiled for it, behind one pointer per run.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it promises.
    pub card: Card,
    /// Runs it once; see [`drive::run`].
    pub run: fn(&Job) -> Result<Option<Outcome>, Wrong>,
    /// Runs it once with its threads moved from core to core; see [`deal::run`].
    pub dealt: fn(&deal::Job) -> Result<Option<Dealt>, Wrong>,
    /// Stops a thread inside it; see [`stalled`].
    pub stalled: fn(Operation, &StalledPlan) -> Result<Option<Stalled>, Wrong>,
}

impl Entry {
    /// The entry of `C` with payload `P`.
    pub fn of<C: Contender<P>, P: Payload>() -> Entry {
        Entry {
            card: C::CARD,
            run: drive::run::<C, P>,
            dealt: deal::run::<C, P>,
            stalled: stalled::<C, P>,
        }
    }
}

struct Collector(Vec<Entry>);

impl<P: Payload> Visitor<P> for Collector {
    fn visit<C: Contender<P>>(&mut self) {
        self.0.push(Entry::of::<C, P>());
    }
}

/// The selected contenders with the payload of that name, in the order of reports.
pub fn entries(payload: &str, selection: &Selection) -> Result<Vec<Entry>, Error> {
    let mut all = Collector(Vec::new());
    if payload == <u64 as Payload>::NAME {
        visit_all::<u64>(&mut all);
    } else if payload == <[u64; 8] as Payload>::NAME {
        visit_all::<[u64; 8]>(&mut all);
    } else {
        return Err(unknown_payload(payload));
    }
    let Collector(mut entries) = all;
    match selection {
        Selection::All => {}
        Selection::Core => entries
            .retain(|entry| entry.card.origin == "latchless" || CORE.contains(&entry.card.name)),
        Selection::Named(names) => {
            for name in names {
                known(name)?;
            }
            entries.retain(|entry| names.iter().any(|name| name == entry.card.name));
        }
    }
    Ok(entries)
}

/// The selected contenders of a cell in which somebody waits, in the order of reports.
pub fn waiting_entries(
    cell: &CellPlan,
    selection: &Selection,
) -> Result<Vec<waiting::Entry>, Error> {
    let work = waiting_workload(cell)?.work;
    let mut entries = if cell.payload == <u64 as Payload>::NAME {
        waiting_contenders::<u64>(work)
    } else if cell.payload == <[u64; 8] as Payload>::NAME {
        waiting_contenders::<[u64; 8]>(work)
    } else {
        return Err(unknown_payload(&cell.payload));
    };
    match selection {
        Selection::All => {}
        Selection::Core => entries.retain(|entry| !NOT_CORE_WAITING.contains(&entry.card.name)),
        Selection::Named(names) => {
            // What is held against ours, and the floor, go with it.
            let chosen = |card: &Card| {
                names.iter().any(|name| name == card.name)
                    || card.origin == "floor"
                    || card.name == "latchless (try)"
            };
            for name in names {
                known(name)?;
            }
            entries.retain(|entry| chosen(&entry.card));
        }
    }
    Ok(entries)
}

/// The selected contenders of a workload of semaphores, events or locks, in the order of reports: of
/// those that are named, ours and the floors go with each.
pub fn primitive_entries(
    workload: &str,
    selection: &Selection,
) -> Result<Vec<primitive::Entry>, Error> {
    let work = primitive_workload(workload)?.work;
    let mut entries = primitive_contenders(work);
    if let Selection::Named(names) = selection {
        for name in names {
            known(name)?;
        }
        let named = |entry: &primitive::Entry| names.iter().any(|name| name == entry.card.name);
        if !entries.iter().any(named) {
            entries.clear();
        }
        entries.retain(|entry| named(entry) || ["latchless", "floor"].contains(&entry.card.origin));
    }
    Ok(entries)
}

/// The semaphores in which a thread is stopped: those that are measured at all.
pub fn stalled_semaphores(plan: &Plan) -> Result<Vec<primitive::Entry>, Error> {
    let between_threads = |name: &&String| {
        let work = primitive_workload(name).map(|workload| workload.work);
        matches!(work, Ok(primitive::Work::Permits { threads: 2.., .. }))
    };
    match plan.primitives.workloads.iter().find(between_threads) {
        Some(name) => primitive_entries(name, &plan.contenders),
        None => Ok(Vec::new()),
    }
}

/// Refuses a plan that names what does not exist, before anything is measured.
pub fn check(plan: &Plan) -> Result<(), Error> {
    for cell in &plan.cells {
        workload(cell)?;
        entries(&cell.payload, &plan.contenders)?;
    }
    for cell in &plan.waiting.cells {
        waiting_entries(cell, &plan.contenders)?;
    }
    for name in &plan.primitives.workloads {
        primitive_entries(name, &plan.contenders)?;
    }
    for cell in &plan.pipes.cells {
        pipe_entries(cell, &plan.contenders)?;
    }
    for cell in &plan.unbounded.cells {
        unbounded_entries(cell, &plan.contenders)?;
    }
    if let Some(fair) = &plan.fair {
        for name in &fair.workloads {
            Workload::named(name).ok_or_else(|| unknown_workload(name))?;
        }
        entries(PAYLOADS[0], &fair.contenders)?;
    }
    if let Some(again) = &plan.again {
        known(again)?;
    }
    entries(PAYLOADS[0], &plan.contenders)?;
    Ok(())
}

/// The workload of a cell.
pub fn workload(cell: &CellPlan) -> Result<Workload, Error> {
    Workload::named(&cell.workload).ok_or_else(|| unknown_workload(&cell.workload))
}

/// The workload of a cell in which somebody waits.
pub fn waiting_workload(cell: &CellPlan) -> Result<waiting::Workload, Error> {
    waiting::Workload::named(&cell.workload).ok_or_else(|| unknown_workload(&cell.workload))
}

/// The workload of semaphores, events or locks of that name.
pub fn primitive_workload(name: &str) -> Result<primitive::Workload, Error> {
    primitive::Workload::named(name).ok_or_else(|| unknown_workload(name))
}

/// The name of every workload: those of queues, those in which somebody waits, those of semaphores,
/// events and locks, those of pipes, those of unbounded queues.
pub fn workload_names() -> Vec<&'static str> {
    let names = ALL.iter().map(|workload| workload.name);
    let waiting = waiting::ALL.iter().map(|workload| workload.name);
    let primitives = primitive::ALL.iter().map(|workload| workload.name);
    let pipes = pipe::ALL.iter().map(|workload| workload.name);
    let unbounded = unbounded_work::ALL.iter().map(|workload| workload.name);
    names
        .chain(waiting)
        .chain(primitives)
        .chain(pipes)
        .chain(unbounded)
        .collect()
}

/// The name of every contender, of whatever kind.
pub fn contender_names() -> Vec<&'static str> {
    let mut names = all_names();
    let primitives = primitive_cards().into_iter().map(|card| card.name);
    let pipes = pipe_cards().into_iter().map(|card| card.name);
    let unbounded = unbounded_cards().into_iter().map(|card| card.name);
    for name in primitives.chain(pipes).chain(unbounded) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn unknown_workload(name: &str) -> Error {
    Error::UnknownWorkload {
        name: name.to_owned(),
        known: workload_names(),
    }
}

fn unknown_payload(name: &str) -> Error {
    Error::UnknownPayload {
        name: name.to_owned(),
        known: PAYLOADS.to_vec(),
    }
}

fn known(name: &str) -> Result<(), Error> {
    let known = contender_names();
    if known.contains(&name) {
        return Ok(());
    }
    Err(Error::UnknownContender {
        name: name.to_owned(),
        known,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_the_presets_exists() {
        for plan in [Plan::smoke(), Plan::quick(), Plan::core(), Plan::full()] {
            check(&plan).expect("a preset names only what there is");
        }
        for name in CORE.iter().chain(&NOT_CORE_WAITING) {
            known(name).expect("the core set names only what there is");
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_names_there_are() {
        let mut plan = Plan::smoke();
        plan.contenders = Selection::Named(vec!["ArrayQueue".into(), "Arrayqueue".into()]);
        let error = check(&plan)
            .expect_err("the second name is spelt wrongly")
            .to_string();
        assert!(
            error.contains("\"Arrayqueue\"") && error.contains("ArrayQueue,"),
            "{error}"
        );

        let mut plan = Plan::smoke();
        plan.cells.push(CellPlan::new("mpmc-3+3", 64, "u64"));
        let error = check(&plan)
            .expect_err("there is no such workload")
            .to_string();
        assert!(
            error.contains("\"mpmc-3+3\"") && error.contains("mpmc-4+4"),
            "{error}"
        );

        let mut plan = Plan::smoke();
        plan.cells.push(CellPlan::new("spsc", 64, "u32"));
        let error = check(&plan)
            .expect_err("there is no such payload")
            .to_string();
        assert!(
            error.contains("\"u32\"") && error.contains("[u64; 8]"),
            "{error}"
        );
    }
}
