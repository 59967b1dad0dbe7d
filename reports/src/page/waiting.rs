//! Throughput where threads and tasks wait inside the calls, and what a call costs that need not.

use latchless_bench::workload::waiting::{ASYNC, BLOCKING, FAST_PATH};

use super::{Material, Weight, ratios, throughput};
use crate::{
    analysis::{Duel, View},
    html::{Section, details, escape, grid, note},
    number::times,
    statistics::{Outcome, Ratio},
};

/// The capacity whose charts stand open.
const USUAL: usize = 1024;

pub fn section(material: &Material<'_>) -> Section {
    let mut body = String::new();
    for (prefix, what) in [(BLOCKING, "Threads that wait"), (ASYNC, "Tasks that wait")] {
        for capacity in capacities(material, prefix) {
            let cells = of(material, prefix, capacity);
            let open = capacity == USUAL;
            body.push_str(&group(
                &cells,
                &format!("{what}, capacity {capacity}"),
                material,
                open,
            ));
        }
    }
    let alone: Vec<&View<'_>> = material
        .waiting
        .iter()
        .filter(|view| view.cell.workload == FAST_PATH && !view.standings.is_empty())
        .collect();
    for view in &alone {
        let heading = format!("<h3>{}</h3>\n", escape(&fast_path(view)));
        body.push_str(&heading);
        body.push_str(&grid(
            "wide",
            &[throughput::chart_of(view, material.weight)],
        ));
    }
    if body.is_empty() {
        body = note("Calls that wait were not measured in this run.");
    } else {
        let about = "Here nobody tries: senders and receivers call what waits, and waiting is the \
                     queue's own. Senders stop at the end of a round, the last one closes the queue, \
                     receivers take what is left; all items over all of that time count. Tasks run on \
                     a runtime with two threads.";
        body = note(about) + &body;
    }
    Section {
        id: "waiting",
        title: "Throughput while waiting",
        body,
    }
}

fn of<'a>(material: &Material<'a>, prefix: &str, capacity: usize) -> Vec<&'a View<'a>> {
    let wanted = |view: &&View<'_>| {
        view.cell.workload.starts_with(prefix)
            && view.cell.capacity == capacity
            && !view.standings.is_empty()
    };
    material.waiting.iter().filter(wanted).collect()
}

/// The capacities of a kind, the usual one first, then as recorded.
fn capacities(material: &Material<'_>, prefix: &str) -> Vec<usize> {
    let cells = material.waiting.iter().map(|view| view.cell);
    let mut all: Vec<usize> = Vec::new();
    for cell in cells.filter(|cell| cell.workload.starts_with(prefix)) {
        if !all.contains(&cell.capacity) {
            all.push(cell.capacity);
        }
    }
    all.sort_by_key(|capacity| *capacity != USUAL);
    all
}

fn group(cells: &[&View<'_>], name: &str, material: &Material<'_>, open: bool) -> String {
    if cells.is_empty() {
        return String::new();
    }
    let duels: Vec<Duel<'_, '_>> = cells.iter().filter_map(|view| view.duel()).collect();
    let table = ratios::table(&duels);
    let finding = format!("{name}: {}", balance(&duels));
    let charts = |class| {
        let figures: Vec<String> = cells
            .iter()
            .map(|view| throughput::chart_of(view, material.weight))
            .collect();
        grid(class, &figures)
    };
    let all = match material.weight {
        Weight::Charts => charts("wide"),
        Weight::Tables => throughput::table_of_all(cells),
    };
    match open {
        true => format!("<h3>{}</h3>\n{table}{all}", escape(&finding)),
        false => details(&finding, &(table + &all)),
    }
}

fn balance(duels: &[Duel<'_, '_>]) -> String {
    let count = |outcome| {
        duels
            .iter()
            .filter(|duel| duel.outcome() == outcome)
            .count()
    };
    if duels.is_empty() {
        return "ours was not measured beside a peer".to_owned();
    }
    format!(
        "ours is ahead of the best peer in {}, behind in {}, not to be told apart in {}",
        count(Outcome::Ahead),
        count(Outcome::Behind),
        count(Outcome::Unresolved)
    )
}

/// What the calls that may wait cost where nobody has to, next to those that never do.
fn fast_path(view: &View<'_>) -> String {
    let ratio = view
        .ours()
        .zip(view.own_try())
        .and_then(|(waits, tries)| Ratio::of(&waits.spread, &tries.spread));
    match ratio {
        Some(ratio) => format!(
            "One thread, nobody waits: calls that may wait reach {} of what the try forms do",
            times(ratio.value)
        ),
        None => "One thread, nobody waits".to_owned(),
    }
}
