//! Does what the command line asks for.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use latchless_bench::{
    contender, contenders, machine, measure, pipes,
    plan::Plan,
    primitive, primitives,
    record::{Cell, Memory},
    selection, unbounded,
};

use crate::{
    document::{Card, Document, PrimitiveCard, Scope, our_name},
    folder, kill_matrix,
    options::{self, Known, Request, USAGE},
    progress::{Display, Interrupt},
    recorded::{self, Recorded},
};

/// Why the program did not do what it was asked for.
#[derive(Debug)]
pub enum Failure {
    /// The command line cannot be understood.
    Misuse(String),
    /// It was understood, and something was in the way.
    Failed(String),
}

/// Understands and does it.
pub fn requested(arguments: impl Iterator<Item = String>) -> Result<(), Failure> {
    let arguments: Vec<String> = arguments.collect();
    let cards: Vec<Card> = contenders::all_cards().iter().map(Card::from).collect();
    let contenders = selection::contender_names();
    let workloads = selection::workload_names();
    let known = Known {
        contenders: &contenders,
        workloads: &workloads,
        ours: our_name(&cards),
    };
    let request = options::parse(arguments.iter().cloned(), known).map_err(Failure::Misuse)?;
    match request {
        Request::Help => print!("{USAGE}"),
        Request::List => list(&cards, known),
        Request::Readme => readme(&folder::root()).map_err(Failure::Failed)?,
        Request::Render { from, out } => render(&from, out).map_err(Failure::Failed)?,
        Request::Measure { scope, plan, out } => {
            let command = options::command(&arguments);
            measure(scope, &plan, &command, cards, out).map_err(Failure::Failed)?;
        }
    }
    Ok(())
}

/// Everybody and everything that can be named.
fn list(cards: &[Card], known: Known<'_>) {
    let line = |(name, origin, algorithm): (&str, &str, &str)| {
        format!("  {name:24} {origin}: {algorithm}\n")
    };
    let plain = |card: &contender::Card| line((card.name, card.origin, card.algorithm));
    let of_queue = |card: &Card| line((&card.name, &card.origin, &card.algorithm));
    let primitive = |card: &primitive::Card| line((card.name, card.origin, card.algorithm));
    let primitives = primitives::primitive_cards();
    let sections: [(&str, String); 5] = [
        ("contenders", cards.iter().map(of_queue).collect()),
        (
            "semaphores, events and locks",
            primitives.iter().map(primitive).collect(),
        ),
        ("pipes", pipes::pipe_cards().iter().map(plain).collect()),
        (
            "unbounded queues and channels",
            unbounded::unbounded_cards().iter().map(plain).collect(),
        ),
        (
            "workloads",
            known
                .workloads
                .iter()
                .map(|name| format!("  {name}\n"))
                .collect(),
        ),
    ];
    let text: String = (sections.iter())
        .map(|(title, lines)| format!("{title}:\n{lines}"))
        .collect();
    // Who has read enough of it closes the pipe.
    let _ = io::stdout().write_all(text.as_bytes());
}

fn render(from: &Path, out: Option<PathBuf>) -> Result<(), String> {
    let unreadable = |error| format!("{} is not a recorded run: {error}", from.display());
    let mut document = Document::read(from).map_err(unreadable)?;
    if document.kill_matrix.is_empty() {
        document.kill_matrix = recorded_kill_matrix()?;
    }
    let beside = from.parent().map_or_else(PathBuf::new, Path::to_owned);
    let folder = out.unwrap_or(beside);
    // The folder of a file named without one is this one.
    let folder = if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder
    };
    folder::prepare(&folder).map_err(unwritable(&folder))?;
    folder::write_pages(&folder, &document).map_err(unwritable(&folder))?;
    println!("{}", folder.join("index.html").display());
    Ok(())
}

/// Writes what follows from the newest recorded run.
fn readme(root: &Path) -> Result<(), String> {
    let folder = recorded::runs(root);
    let newest = Recorded::newest(root);
    let newest = newest.map_err(|error| format!("{}: {error}", folder.display()))?;
    let newest = newest.ok_or_else(|| format!("no whole run in {}", folder.display()))?;
    for path in recorded::write(root, &newest)? {
        println!("{}, from {}", path.display(), newest.name);
    }
    Ok(())
}

fn unwritable(folder: &Path) -> impl Fn(std::io::Error) -> String {
    let folder = folder.display().to_string();
    move |error| format!("cannot write into {folder}: {error}")
}

fn recorded_kill_matrix() -> Result<Vec<kill_matrix::KillMatrix>, String> {
    let path = folder::root().join("reports").join("kill-matrix.json");
    kill_matrix::read(&path).map_err(|error| format!("{} is broken: {error}", path.display()))
}

fn measure(
    scope: Scope,
    plan: &Plan,
    command: &str,
    cards: Vec<Card>,
    out: Option<PathBuf>,
) -> Result<(), String> {
    let kill_matrix = recorded_kill_matrix()?;
    let usual = || folder::unused(&folder::root(), &machine::today(), &machine::commit());
    let folder = out.unwrap_or_else(usual);
    folder::prepare(&folder).map_err(unwritable(&folder))?;
    let measured = plain_build().and_then(|()| {
        announce(plan, &folder)?;
        let interrupt = Interrupt::listen();
        let mut display = Display::new();
        let run = measure::run(plan, command, &mut |progress| {
            display.show(progress, &interrupt)
        });
        display.finish();
        Ok((
            run.map_err(|error| error.to_string())?,
            interrupt.has_come(),
        ))
    });
    let (run, interrupted) = measured.inspect_err(|_| folder::abandon(&folder))?;
    let present = |card: &Card| {
        let cells = run.cells.iter().chain(&run.waiting);
        let mut series = cells.flat_map(|cell| &cell.series);
        series.any(|series| series.contender == card.name)
            || run
                .stalled
                .iter()
                .any(|stalled| stalled.contender == card.name)
    };
    let cards = cards.into_iter().filter(present).collect();
    let primitive_cards = primitive_cards(&run.primitives);
    let pipe_cards = cards_of(&pipes::pipe_cards(), &run.pipes, &[]);
    let unbounded_cards = cards_of(&unbounded::unbounded_cards(), &run.unbounded, &run.memory);
    let document = Document {
        interrupted,
        primitive_cards,
        pipe_cards,
        unbounded_cards,
        ..Document::new(scope, cards, kill_matrix, run)
    };
    folder::write_data(&folder, &document).map_err(unwritable(&folder))?;
    folder::write_pages(&folder, &document).map_err(unwritable(&folder))?;
    println!("{}", folder.join("index.html").display());
    Ok(())
}

/// The cards of those that take part.
fn primitive_cards(cells: &[Cell]) -> Vec<PrimitiveCard> {
    let all = primitives::primitive_cards();
    let present = |card: &&primitive::Card| {
        let mut series = cells.iter().flat_map(|cell| &cell.series);
        series.any(|series| series.contender == card.name)
    };
    all.iter()
        .filter(present)
        .map(PrimitiveCard::from)
        .collect()
}

/// The same of pipes and of unbounded queues.
fn cards_of(all: &[contender::Card], cells: &[Cell], memory: &[Memory]) -> Vec<Card> {
    let present = |card: &&contender::Card| {
        let mut series = cells.iter().flat_map(|cell| &cell.series);
        series.any(|series| series.contender == card.name)
            || memory.iter().any(|one| one.contender == card.name)
    };
    all.iter().filter(present).map(Card::from).collect()
}

/// Refuses a build whose figures would say nothing about what users build.
fn plain_build() -> Result<(), String> {
    let what = if cfg!(debug_assertions) {
        "debug assertions"
    } else if cfg!(latchless_loom) {
        "--cfg latchless_loom, for the model checker"
    } else if cfg!(latchless_steps) {
        "--cfg latchless_steps, for counting steps"
    } else if cfg!(latchless_tsan) {
        "--cfg latchless_tsan, for the thread sanitizer"
    } else {
        return Ok(());
    };
    Err(format!(
        "this build has {what}: only the plain release build is measured (cargo compare)"
    ))
}

fn announce(plan: &Plan, folder: &Path) -> Result<(), String> {
    let said = |error: measure::Error| error.to_string();
    let mut counts = Vec::new();
    for cell in &plan.cells {
        counts.push(selection::entries(&cell.payload, &plan.contenders).map(|all| all.len()));
    }
    for cell in &plan.waiting.cells {
        counts.push(selection::waiting_entries(cell, &plan.contenders).map(|all| all.len()));
    }
    for name in &plan.primitives.workloads {
        counts.push(selection::primitive_entries(name, &plan.contenders).map(|all| all.len()));
    }
    for cell in &plan.pipes.cells {
        counts.push(selection::pipe_entries(cell, &plan.contenders).map(|all| all.len()));
    }
    for cell in &plan.unbounded.cells {
        counts.push(selection::unbounded_entries(cell, &plan.contenders).map(|all| all.len()));
    }
    let counts: Result<Vec<usize>, _> = counts.into_iter().collect();
    let mut counts = counts.map_err(said)?;
    counts.retain(|&entries| entries > 0);
    let seconds = measure::total_time(plan).map_err(said)?.as_secs();
    let (contenders, cells) = (counts.iter().max().unwrap_or(&0), counts.len());
    eprintln!(
        "up to {contenders} contenders on {cells} workloads, and one of their threads stopped: about {} min {:02} s; \
         pages go to {}",
        seconds / 60,
        seconds % 60,
        folder.display()
    );
    Ok(())
}
