//! What the command line asks for.

use std::path::PathBuf;

use latchless_bench::{
    plan::{CellPlan, FAIR_WORKLOADS, PipePlan, Plan, Selection, UnboundedPlan},
    workload::{Workload, pipe, primitive, unbounded, waiting},
};

use crate::document::Scope;

/// How the program is called.
pub const USAGE: &str = "\
Compares latchless with its peers and writes the comparison as a page.

usage: cargo compare [--quick | --full | --smoke] [--only NAME,..] [--workload NAME,..]
                     [--rounds N] [--seed N] [--out DIR]
       cargo compare --from DATA.JSON [--out DIR]
       cargo compare --readme
       cargo compare --list | --help

  (nothing)          one capacity, one payload, the closest contenders: about 6 minutes
  --quick            fewer workloads and rounds: about 1 minute
  --full             every workload and every contender: about 40 minutes
  --smoke            a few seconds, to see that it works; measures nothing worth reading
  --only NAME,..     these contenders, and ours
  --workload NAME,.. these workloads
  --rounds N         N rounds of each contender on each workload (for fairness, no more than usual)
  --seed N           another order of the contenders, and other cores where threads are moved
  --out DIR          write there, over what is there, instead of reports/runs/DATE-COMMIT
  --from DATA.JSON   measure nothing: write the pages of a recorded run again, beside it
  --readme           measure nothing: write the figures of README.md and reports/GOALS.md from
                     the newest whole run under reports/runs
  --list             the names of the contenders and of the workloads
  --help             this
";

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    Help,
    List,
    /// Write what follows from the newest recorded run.
    Readme,
    /// Make the pages of a recorded run again.
    Render {
        from: PathBuf,
        out: Option<PathBuf>,
    },
    /// Measure, then make the pages.
    Measure {
        scope: Scope,
        plan: Box<Plan>,
        out: Option<PathBuf>,
    },
}

/// The command that measures the same again. Where the pages went is left out: it says nothing
/// about the measurement, and elsewhere there may be no such place.
pub fn command(arguments: &[String]) -> String {
    let mut command = "cargo compare".to_owned();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--out" {
            arguments.next();
        } else if !argument.starts_with("--out=") {
            command.push(' ');
            command.push_str(&quoted(argument));
        }
    }
    command
}

/// `argument` as a shell reads it back.
fn quoted(argument: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_=+,./:".contains(letter);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// The names that may be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub contenders: &'a [&'a str],
    pub workloads: &'a [&'a str],
    /// The contender that is never left out.
    pub ours: Option<&'a str>,
}

/// What was given, before it is made sense of.
#[derive(Default)]
struct Given {
    scope: Option<Scope>,
    only: Option<Vec<String>>,
    workloads: Option<Vec<String>>,
    rounds: Option<usize>,
    seed: Option<u64>,
    out: Option<PathBuf>,
    from: Option<PathBuf>,
    request: Option<Request>,
}

/// Reads the arguments after the program's name, or says what is wrong with them.
pub fn parse(arguments: impl Iterator<Item = String>, known: Known<'_>) -> Result<Request, String> {
    let mut given = Given::default();
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let (option, inline) = match argument.split_once('=') {
            Some((option, value)) => (option, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        let mut value = || {
            let value = inline
                .clone()
                .or_else(|| arguments.next())
                .filter(|value| !value.is_empty());
            value.ok_or_else(|| format!("{option} needs a value"))
        };
        match option {
            "--out" => given.out = Some(value()?.into()),
            "--from" => given.from = Some(value()?.into()),
            "--only" => given.only = Some(names("contender", &value()?, known.contenders)?),
            "--workload" => given.workloads = Some(names("workload", &value()?, known.workloads)?),
            "--rounds" => given.rounds = Some(rounds(&value()?)?),
            "--seed" => given.seed = Some(seed(&value()?)?),
            _ if inline.is_some() => return Err(format!("unknown option: {argument}")),
            "--quick" => given.set_scope(Scope::Quick)?,
            "--full" => given.set_scope(Scope::Full)?,
            "--smoke" => given.set_scope(Scope::Smoke)?,
            "--help" | "-h" => given.request = Some(Request::Help),
            "--list" => given.request = given.request.or(Some(Request::List)),
            "--readme" => given.request = given.request.or(Some(Request::Readme)),
            _ => return Err(format!("unknown option: {argument}")),
        }
    }
    given.request(known)
}

fn names(kind: &str, list: &str, known: &[&str]) -> Result<Vec<String>, String> {
    let named = list.split(',').map(str::trim).map(|name| {
        let found = known.iter().find(|known| known.eq_ignore_ascii_case(name));
        found
            .map(|known| (*known).to_owned())
            .ok_or_else(|| format!("unknown {kind}: {name}\nknown: {}", known.join(", ")))
    });
    named.collect()
}

fn rounds(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(rounds) if rounds > 0 => Ok(rounds),
        _ => Err(format!("--rounds needs a number of at least 1, not {text}")),
    }
}

fn seed(text: &str) -> Result<u64, String> {
    let number = text.parse();
    number.map_err(|_| format!("--seed needs a number from 0 to 2^64 - 1, not {text}"))
}

impl Given {
    fn set_scope(&mut self, scope: Scope) -> Result<(), String> {
        match self.scope.replace(scope) {
            Some(other) if other != scope => {
                Err("--quick, --full and --smoke exclude each other".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn request(self, known: Known<'_>) -> Result<Request, String> {
        if let Some(request) = self.request {
            return Ok(request);
        }
        let Some(from) = self.from else {
            let scope = self.scope.unwrap_or_default();
            let mut plan = plan(scope, self.only, self.workloads, self.rounds, known.ours);
            plan.seed = self.seed.unwrap_or(plan.seed);
            return Ok(Request::Measure {
                scope,
                plan: Box::new(plan),
                out: self.out,
            });
        };
        let measures = self.scope.is_some()
            || self.only.is_some()
            || self.workloads.is_some()
            || self.rounds.is_some()
            || self.seed.is_some();
        if measures {
            return Err("--from measures nothing: only --out goes with it".to_owned());
        }
        Ok(Request::Render {
            from,
            out: self.out,
        })
    }
}

fn plan(
    scope: Scope,
    only: Option<Vec<String>>,
    workloads: Option<Vec<String>>,
    rounds: Option<usize>,
    ours: Option<&str>,
) -> Plan {
    let mut plan = match scope {
        Scope::Smoke => Plan::smoke(),
        Scope::Quick => Plan::quick(),
        Scope::Core => Plan::core(),
        Scope::Full => Plan::full(),
    };
    if let Some(mut only) = only {
        // A page without ours would have no ratio on it.
        if let Some(ours) = ours.filter(|ours| !only.iter().any(|name| name == ours)) {
            only.insert(0, ours.to_owned());
        }
        plan.contenders = Selection::Named(only);
        if let Some(fair) = &mut plan.fair {
            fair.contenders = Selection::All;
        }
    }
    if let Some(workloads) = workloads {
        plan.waiting.cells = waiting_cells(&plan.waiting.cells, &workloads);
        plan.cells = cells(&plan.cells, &workloads);
        let primitive = |name: &&String| primitive::Workload::named(name).is_some();
        let mut named: Vec<String> = Vec::new();
        for name in workloads.iter().filter(primitive) {
            if !named.contains(name) {
                named.push(name.clone());
            }
        }
        plan.primitives.workloads = named;
        plan.pipes.cells = pipe_cells(&plan.pipes.cells, &workloads);
        plan.unbounded.cells = unbounded_cells(&plan.unbounded.cells, &workloads);
        plan.unbounded.memory &= !plan.unbounded.cells.is_empty();
        if let Some(fair) = &mut plan.fair {
            fair.workloads = FAIR_WORKLOADS.map(str::to_owned).into();
            fair.place = None;
        }
    }
    if let Some(rounds) = rounds {
        plan.rounds = rounds;
        plan.crowded_rounds = rounds;
        plan.waiting.rounds = rounds;
        plan.primitives.rounds = rounds;
        plan.pipes.rounds = rounds;
        plan.unbounded.rounds = rounds;
        if let Some(fair) = &mut plan.fair {
            fair.rounds = fair.rounds.min(rounds);
        }
    }
    plan
}

/// Those of `workloads` in which somebody waits: as planned, or else at the usual capacity.
fn waiting_cells(planned: &[CellPlan], workloads: &[String]) -> Vec<CellPlan> {
    let waits = |name: &String| waiting::Workload::named(name).is_some();
    let mut cells = Vec::new();
    for workload in workloads.iter().filter(|name| waits(name)) {
        let before = cells.len();
        let same = |cell: &&CellPlan| cell.workload == *workload;
        cells.extend(planned.iter().filter(same).cloned());
        if cells.len() == before {
            let capacity = waiting::usual_capacity(workload);
            cells.push(CellPlan::new(workload, capacity, "u64"));
        }
    }
    cells
}

/// Those of `workloads` that are of pipes: as planned, or else at the usual capacity.
fn pipe_cells(planned: &[CellPlan], workloads: &[String]) -> Vec<CellPlan> {
    let usual = |name: &str| pipe::Workload::named(name).map(|one| PipePlan::usual(&one));
    planned_or_usual(planned, workloads, usual)
}

/// Those of `workloads` that are of unbounded queues: as planned, or else with the usual credit.
fn unbounded_cells(planned: &[CellPlan], workloads: &[String]) -> Vec<CellPlan> {
    let usual = |name: &str| unbounded::Workload::named(name).map(|one| UnboundedPlan::usual(&one));
    planned_or_usual(planned, workloads, usual)
}

/// Those of `workloads` that have a usual cell: as planned, or else that; each once.
fn planned_or_usual(
    planned: &[CellPlan],
    workloads: &[String],
    usual: impl Fn(&str) -> Option<CellPlan>,
) -> Vec<CellPlan> {
    let mut cells: Vec<CellPlan> = Vec::new();
    for cell in workloads.iter().filter_map(|name| usual(name)) {
        let same = |planned: &&CellPlan| planned.workload == cell.workload;
        let mut those: Vec<CellPlan> = planned.iter().filter(same).cloned().collect();
        if those.is_empty() {
            those.push(cell);
        }
        those.retain(|cell| !cells.contains(cell));
        cells.extend(those);
    }
    cells
}

/// The others of `workloads` at every capacity and payload of `planned`.
fn cells(planned: &[CellPlan], workloads: &[String]) -> Vec<CellPlan> {
    let mut cells: Vec<CellPlan> = Vec::new();
    let tries = |name: &&String| Workload::named(name).is_some();
    for place in planned {
        for workload in workloads.iter().filter(tries) {
            let cell = CellPlan::new(workload, place.capacity, &place.payload);
            if !cells.contains(&cell) {
                cells.push(cell);
            }
        }
    }
    cells
}

#[cfg(test)]
mod tests;
