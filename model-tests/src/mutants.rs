//! The catalogue of weakened orderings, and which model notices each.
//!
//! **What a mutant is** The real code with one call site weakened by one notch: an Acquire or a Release that becomes
//! Relaxed, a compare-and-swap that becomes a plain store, a fence that is gone. Nobody lists the sites: the models are
//! run once, and every site that one of them reaches is in the catalogue, with all that can be weakened about it.
//!
//! **What killed means** A model that passes on the code as it is fails on the mutant: by an outcome that must not be, a
//! race, a deadlock, or an outcome that is not reached any more, and not because it explores less. A mutant that all
//! models pass is a missing model or a superfluous ordering.
#![forbid(unsafe_code)]

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use latchless::sync::mutation::{self, Change, Operation, Site};
use serde::{Deserialize, Serialize};

use crate::models::Model;
use crate::outcomes::TOO_SMALL;
use crate::side_by_side::side_by_side;

/// The real code with one site weakened.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Which site.
    pub site: Site,
    /// What becomes of it.
    pub change: Change,
    /// The site in words: file, function, operation.
    pub place: String,
    /// The change in words.
    pub weakening: String,
    /// The models that reach the site, by their places in the catalogue: those that noticed the mutant when the matrix
    /// was recorded first, then the quickest.
    pub reached_by: Vec<usize>,
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.weakening)
    }
}

/// All that can be weakened about an operation, by one notch.
pub fn weakenings(operation: &Operation) -> Vec<(Change, String)> {
    let mut all = Vec::new();
    let order = operation.orders.first().map_or("", String::as_str);
    match (operation.name, order) {
        ("fence", _) => all.push((Change::DropFence, "dropped".to_owned())),
        (_, "Acquire" | "Release") => all.push((Change::Relax, format!("{order} -> Relaxed"))),
        (_, "AcqRel" | "SeqCst") => {
            all.push((Change::LoseAcquire, format!("{order} -> Release")));
            all.push((Change::LoseRelease, format!("{order} -> Acquire")));
        }
        _ => {}
    }
    if operation.name == "compare_exchange" {
        all.push((Change::BlindStore, "store without comparing".to_owned()));
        if operation.orders.get(1).is_some_and(|o| o != "Relaxed") {
            let failure = &operation.orders[1];
            all.push((
                Change::RelaxFailure,
                format!("{failure} on failure -> Relaxed"),
            ));
        }
    }
    all
}

/// The file that holds the last recorded matrix.
pub fn matrix_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/kill-matrix.json")
}

/// What was found when the matrix was recorded. Nobody relies on it, but it saves nearly all the time.
#[derive(Default)]
struct Recorded {
    /// Which models noticed which mutant: these are asked first.
    killers: BTreeMap<String, Vec<String>>,
    /// How many executions each model has: the longest are run first, so that no processor waits for one at the end.
    executions: BTreeMap<String, usize>,
}

/// The record; an empty one if there is none.
fn recorded() -> Recorded {
    let Ok(text) = fs::read_to_string(matrix_file()) else {
        return Recorded::default();
    };
    let matrix: KillMatrix = serde_json::from_str(&text).expect("the record can be read");
    Recorded {
        killers: (matrix.mutants.into_iter())
            .map(|row| (row.name, row.killed_by))
            .collect(),
        executions: (matrix.models.into_iter()).zip(matrix.executions).collect(),
    }
}

/// A model as it is, explored.
#[derive(Clone, Debug)]
pub struct Explored {
    /// How many executions it has.
    pub executions: usize,
    /// The library's sites that it reaches.
    reaches: BTreeMap<Site, Operation>,
}

/// Explores `models`, each as [`Model::explore`] does, and says in one line what was explored.
///
/// # Panics
///
/// If one of them fails; all are explored before.
pub fn explore(models: &[Model]) -> Vec<Explored> {
    let recorded = recorded().executions;
    let mut order: Vec<usize> = (0..models.len()).collect();
    // What has no record may be long.
    let length = |&index: &usize| recorded.get(models[index].name).copied();
    order.sort_by_key(|index| Reverse(length(index).unwrap_or(usize::MAX)));
    let explored = side_by_side(order.len(), |place| {
        let index = order[place];
        mutation::begin_noting();
        let seen = catch_unwind(|| models[index].check());
        let mut reaches = mutation::end_noting();
        // The models' own atomics are not in question.
        reaches.retain(|site, _| site.file.contains("structures"));
        let executions = seen.ok()?.report().executions;
        let explored = Explored {
            executions,
            reaches,
        };
        Some((index, explored))
    });
    let explored: BTreeMap<usize, Explored> = explored.into_iter().flatten().collect();
    let failed = (0..models.len()).filter(|index| !explored.contains_key(index));
    let failed: Vec<_> = failed.map(|index| models[index].name).collect();
    assert!(failed.is_empty(), "failed: {failed:#?}");
    explored.into_values().collect()
}

/// The catalogue for `models`, of which `explored` is what was found as they are.
pub fn discover(models: &[Model], explored: Vec<Explored>) -> Vec<Mutant> {
    let mut sites: BTreeMap<Site, (Operation, Vec<(usize, usize)>)> = BTreeMap::new();
    for (index, one) in explored.into_iter().enumerate() {
        for (site, operation) in one.reaches {
            let reached = sites.entry(site).or_insert((operation, Vec::new()));
            reached.1.push((one.executions, index));
        }
    }
    let recorded = recorded().killers;
    let places = places(sites.iter().map(|(site, (operation, _))| (site, operation)));
    let mut mutants = Vec::new();
    for ((site, (operation, mut reached)), place) in sites.into_iter().zip(places) {
        reached.sort_unstable();
        for (change, weakening) in weakenings(&operation) {
            let mut mutant = Mutant {
                site: site.clone(),
                change,
                place: place.clone(),
                weakening,
                reached_by: reached.iter().map(|&(_, index)| index).collect(),
            };
            if let Some(killers) = recorded.get(&mutant.to_string()) {
                let is_killer = |&index: &usize| killers.iter().any(|k| k == models[index].name);
                mutant.reached_by.sort_by_key(|index| !is_killer(index));
            }
            mutants.push(mutant);
        }
    }
    mutants
}

/// The first model that fails on each of `mutants`, and what it said.
pub fn kill(mutants: &[Mutant], models: &[Model]) -> Vec<Option<Kill>> {
    side_by_side(mutants.len(), |index| {
        let mutant = &mutants[index];
        mutant.reached_by.iter().find_map(|&model| {
            mutation::arm(Some((mutant.site.clone(), mutant.change.clone())));
            let result = catch_unwind(AssertUnwindSafe(|| models[model].check()));
            mutation::arm(None);
            let said = result.err()?;
            let said = (said.downcast_ref::<String>().cloned())
                .or_else(|| said.downcast_ref::<&str>().map(|&text| text.to_owned()))
                .unwrap_or_default();
            (!said.contains(TOO_SMALL)).then_some(Kill { model, said })
        })
    })
}

/// How a mutant was noticed.
#[derive(Clone, Debug)]
pub struct Kill {
    /// The model, by its place in the catalogue.
    pub model: usize,
    /// The message of its panic.
    pub said: String,
}

/// Each site as `file: function: operation`, numbered where a function does the same several times.
fn places<'s>(sites: impl Iterator<Item = (&'s Site, &'s Operation)>) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (site, operation) in sites {
        let file = Path::new(&site.file);
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let function = function_at(site).unwrap_or_else(|| format!("line {}", site.line));
        let place = format!("{name}: {function}: {}", operation.name);
        let count = counts.entry(place.clone()).or_insert(0);
        *count += 1;
        places.push(match *count {
            1 => place,
            several => format!("{place} #{several}"),
        });
    }
    places
}

/// The name of the function around a site, from the source.
fn function_at(site: &Site) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let text = fs::read_to_string(root.join(&site.file)).ok()?;
    let before: Vec<_> = text.lines().take(site.line as usize).collect();
    before.iter().rev().find_map(|line| {
        let (head, rest) = line.split_once("fn ")?;
        let declares = head.split_whitespace().all(|word| {
            word.starts_with("pub")
                || ["const", "unsafe", "in"].contains(&word)
                || word.ends_with(')')
        });
        let end = rest.find(['(', '<'])?;
        declares.then(|| rest[..end].to_owned())
    })
}

/// The record of a run, as `reports/kill-matrix.json` holds it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct KillMatrix {
    /// What was weakened.
    pub structure: String,
    /// The models, in their order.
    pub models: Vec<String>,
    /// How many executions each of them has.
    #[serde(default)]
    pub executions: Vec<usize>,
    /// One row a mutant.
    pub mutants: Vec<Row>,
}

/// One mutant in the record.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Row {
    /// Its name: site and change.
    pub name: String,
    /// The site.
    pub site: String,
    /// The change.
    pub change: String,
    /// The models that noticed it.
    pub killed_by: Vec<String>,
}

impl KillMatrix {
    /// The record of what [`kill`] found.
    pub fn new(
        structure: &str,
        models: &[Model],
        executions: Vec<usize>,
        mutants: &[Mutant],
        kills: &[Option<Kill>],
    ) -> Self {
        let rows = mutants.iter().zip(kills).map(|(mutant, kill)| Row {
            name: mutant.to_string(),
            site: mutant.place.clone(),
            change: mutant.weakening.clone(),
            killed_by: kill
                .iter()
                .map(|kill| models[kill.model].name.to_owned())
                .collect(),
        });
        KillMatrix {
            structure: structure.to_owned(),
            models: models.iter().map(|model| model.name.to_owned()).collect(),
            executions,
            mutants: rows.collect(),
        }
    }
}
