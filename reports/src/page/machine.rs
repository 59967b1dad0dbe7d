//! The machine, the method, and the command that makes all this again.

use latchless_bench::record::{Distance, Round};

use super::Material;
use crate::{
    analysis::{FEWEST_NEAR, GOAL_ROUNDS, View},
    chart,
    html::{Section, Table, details, escape, figure, note, paragraph},
    number::{figure as digits, percent, times},
};

pub fn section(material: &Material<'_>) -> Section {
    let run = &material.document.run;
    let body = format!(
        "<pre>{}</pre>\n{}<h3>Machine</h3>\n{}{}<h3>Method</h3>\n{}{}",
        escape(&run.command),
        note(
            "This command makes the run again; data.json beside this page holds every round, raw."
        ),
        facts(material),
        crossing(material),
        method(material.views),
        noise(material),
    );
    Section {
        id: "machine",
        title: "Machine, method, rerun",
        body,
    }
}

fn facts(material: &Material<'_>) -> String {
    let run = &material.document.run;
    let machine = &run.machine;
    let mut table = Table::new(2, &[]);
    for (what, value) in [
        ("Processor", machine.cpu.clone()),
        ("Cores that the program may use", machine.cores.to_string()),
        ("Kernel", machine.kernel.clone()),
        ("Compiler", machine.rustc.clone()),
        ("Build", machine.build.clone()),
        (
            "One uncontended read-modify-write",
            format!("{} ns", digits(machine.rmw_nanos)),
        ),
        (
            "Stolen by the hypervisor",
            format!("{} % of all cores' time", digits(run.steal_percent)),
        ),
        ("Measured", format!("{}, commit {}", run.date, run.commit)),
    ] {
        table.row("", &[what, &value]);
    }
    let mut crates = Table::new(2, &["Crate", "Version"]);
    for (name, version) in &machine.crates {
        crates.row("", &[name, version]);
    }
    let crates = if crates.is_empty() {
        String::new()
    } else {
        details("Versions of the crates", &crates.html())
    };
    table.html() + &crates
}

/// How the distance between the cores went, round by round.
fn crossing(material: &Material<'_>) -> String {
    let rounds = || {
        material
            .everything()
            .flat_map(|view| &view.cell.series)
            .flat_map(|one| &one.rounds)
    };
    let of = |wanted| {
        rounds()
            .filter(|round: &&Round| round.distance == wanted)
            .count()
    };
    let spaced = rounds()
        .filter(|round| round.distance != Distance::None)
        .count();
    if spaced == 0 {
        return note("The distance between cores played no part in this run.");
    }
    let near = of(Distance::Near);
    let finding = format!(
        "The cores were near each other in {} of {spaced} rounds ({near})",
        percent(near as f64 / spaced as f64)
    );
    let how = "One-way transfer of a cache line between the cores at every round, in the order in \
               which they were run. Near rounds in colour.";
    let mut table = Table::new(1, &["Distance", "Rounds"]);
    for (name, wanted) in [
        ("near", Distance::Near),
        ("far", Distance::Far),
        ("closer than near", Distance::Close),
        (
            "changed within the round (counts nowhere)",
            Distance::Changed,
        ),
        ("plays no part", Distance::None),
    ] {
        table.row("", &[name, &of(wanted).to_string()]);
    }
    chart::line_crossing(rounds(), &finding)
        .map(|chart| figure(&finding, how, &chart, &table.html()))
        .unwrap_or_default()
}

fn method(views: &[View<'_>]) -> String {
    let pinned = views.iter().filter(|view| view.cell.pinned).count();
    [
        "The machine has two speeds: a hypervisor moves the cores, and a cache line takes several \
         times longer between cores that are far apart. So every round stands between two short \
         ping-pongs of a line, is tagged near or far, and is dropped when the two disagree. Near \
         and far are reported apart, and nothing is averaged.",
        &format!(
            "Figures are medians of near rounds. Where any contender of a workload has fewer than \
             {FEWEST_NEAR} of them, the whole workload falls back to all unchanged rounds and its \
             chart says so. Goals are judged with at least {GOAL_ROUNDS} near rounds, or not."
        ),
        "Contenders are interleaved there and back (A B C, C B A) within one workload. One of \
         them runs twice under two names: the distance between the two is what chance does. A \
         difference under 25 %, or under that distance where it is larger, is not resolved; nor \
         is one whose quartiles overlap.",
        "Every round counts what went in and what came out and compares checksums; the run ends \
         if they differ.",
        &format!(
            "Threads are pinned where they fit the cores, which is so in {pinned} of {} workloads \
             here, and left to the scheduler otherwise.",
            views.len()
        ),
    ]
    .map(paragraph)
    .concat()
}

fn noise(material: &Material<'_>) -> String {
    let noises = || {
        material
            .everything()
            .filter_map(|view| Some((view, view.noise()?)))
    };
    let Some((view, most)) = noises().max_by(|a, b| a.1.total_cmp(&b.1)) else {
        return note("No contender was measured twice, so the noise floor is unknown.");
    };
    let finding = format!(
        "The same contender twice: the two medians are up to {} apart ({})",
        times(most),
        view.title()
    );
    let mut table = Table::new(
        2,
        &["Workload", "Payload", "Capacity", "Twice", "A/A factor"],
    );
    for (view, noise) in noises() {
        let again = view
            .standings
            .iter()
            .find(|one| one.is_again())
            .map_or("", |one| one.name());
        let capacity = match view.is_primitive() {
            true => "–".to_owned(),
            false => view.cell.capacity.to_string(),
        };
        table.row(
            "",
            &[
                &view.title(),
                &view.cell.payload,
                &capacity,
                again,
                &times(noise),
            ],
        );
    }
    details(&finding, &table.html())
}
