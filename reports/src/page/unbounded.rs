//! Unbounded queues and channels: how fast, and what they take of memory.

use super::{Material, Weight, ratios, row_class, throughput};
use crate::{
    analysis::{Duel, View, unbounded::Taken},
    chart,
    html::{Section, Table, details, escape, figure, grid, note, paragraph},
    number::{bytes, figure as digits, thousands, times},
    statistics::Outcome,
};

const ABOUT: &str = "Queues that take whatever comes. A producer that is faster than the consumers would fill the memory, and \
    the allocator would be measured; so all contenders alike are given a credit: where some threads only push and others \
    only pop, at most 16,384 items may be inside, and a producer without credit waits, outside the queue, until consumers \
    have taken some. Credit is taken and given back by the hundreds, which costs next to nothing. As many items have been \
    inside before the clock starts. Uncontended: one thread pushes one and pops one; pairs: two threads do. Blocking: calls that \
    wait for items.";

const MEMORY: &str = "One thread pushes a million items of 8 bytes and pops them again; counted are the bytes that were asked \
    of the allocator and not given back (what the allocator itself needs beside them is not). Solid as the backlog grows, \
    dashed as it shrinks, all others faint. Across: millions of items inside; up: MiB. The steady flow: a push and a pop by turns with \
    1,000 items inside, a million operations.";

pub fn section(material: &Material<'_>) -> Section {
    let usual: Vec<&View<'_>> = of(material, true);
    let others: Vec<&View<'_>> = of(material, false);
    let mut body = String::new();
    if !usual.is_empty() {
        body.push_str(&format!("<h3>{}</h3>\n", escape(&finding(&usual))));
        body.push_str(&shown(&usual, material.weight));
    }
    if !others.is_empty() {
        let finding = format!("Other credits: {}", balance(&duels(&others)));
        body.push_str(&match material.weight {
            Weight::Charts => details(&finding, &ratios::table(&duels(&others))),
            Weight::Tables => paragraph(&finding),
        });
    }
    body.push_str(&memory(material));
    let body = match body.is_empty() {
        true => note("Unbounded queues were not measured in this run."),
        false => note(ABOUT) + &body,
    };
    Section {
        id: "unbounded",
        title: "Unbounded queues and channels",
        body,
    }
}

/// The views with the usual credit, or those with others.
fn of<'a>(material: &Material<'a>, usual: bool) -> Vec<&'a View<'a>> {
    let is_usual = |view: &View<'_>| {
        let work = view.unbounded_work();
        work.is_some_and(|work| work.usual_credit() == view.cell.capacity)
    };
    let wanted = |view: &&View<'_>| !view.standings.is_empty() && is_usual(view) == usual;
    material.unbounded.iter().filter(wanted).collect()
}

fn duels<'v, 'a>(views: &[&'v View<'a>]) -> Vec<Duel<'v, 'a>> {
    views.iter().filter_map(|view| view.duel()).collect()
}

/// Ours over the best of the others in each workload; what is behind is said first.
fn finding(views: &[&View<'_>]) -> String {
    let mut duels = duels(views);
    if duels.is_empty() {
        return "Ours was not measured beside a peer".to_owned();
    }
    duels.sort_by_key(|duel| duel.outcome() != Outcome::Behind);
    let said = |duel: &Duel<'_, '_>| {
        let title = duel.view.title();
        let work = title.split_once(", ").map_or(&*title, |(_, work)| work);
        let word = match duel.outcome() {
            Outcome::Behind => "behind ",
            Outcome::Ahead => "",
            Outcome::Unresolved => "not to be told from ",
        };
        let ratio = times(duel.ratio.value);
        format!("{work} {word}{} ({ratio})", duel.peer.name())
    };
    let all: Vec<String> = duels.iter().map(said).collect();
    format!("Ours over the best peer: {}", all.join("; "))
}

fn balance(duels: &[Duel<'_, '_>]) -> String {
    let count = |outcome| {
        let having = duels.iter().filter(|duel| duel.outcome() == outcome);
        having.count()
    };
    format!(
        "ours is ahead of the best peer in {}, behind in {}, not to be told apart in {}",
        count(Outcome::Ahead),
        count(Outcome::Behind),
        count(Outcome::Unresolved)
    )
}

/// The table of ratios, and a chart of each workload where there is room for it.
fn shown(views: &[&View<'_>], weight: Weight) -> String {
    let table = ratios::table(&duels(views));
    if weight == Weight::Tables {
        return table;
    }
    let chart = |view: &&View<'_>| throughput::chart_of(view, weight);
    table + &grid("wide", &views.iter().map(chart).collect::<Vec<_>>())
}

/// Memory against backlog.
fn memory(material: &Material<'_>) -> String {
    let all = Taken::all(material.document);
    if all.is_empty() {
        return String::new();
    }
    let heading = match Taken::ours(&all) {
        Some(ours) => format!("Memory: {}", said_of(&ours)),
        None => "Memory".to_owned(),
    };
    let panel = |one: &Taken<'_>| {
        let name = &one.memory.contender;
        let finding = format!(
            "{name}: {} bytes an item, {} left",
            digits(one.each()),
            bytes(one.left())
        );
        figure(&finding, "", &chart::memory(&all, one, &finding), "")
    };
    let panels: Vec<String> = match material.weight {
        Weight::Charts => all.iter().map(panel).collect(),
        Weight::Tables => Vec::new(),
    };
    let charts = match panels.is_empty() {
        true => String::new(),
        false => grid("small", &panels),
    };
    format!("<h3>{}</h3>\n{}", escape(&heading), note(MEMORY)) + &table(&all) + &charts
}

/// What ours takes, in one sentence.
pub fn said_of(ours: &Taken<'_>) -> String {
    let depth = match ours.depth() {
        1_000_000 => "a million".to_owned(),
        depth => thousands(depth),
    };
    format!(
        "ours takes {} bytes for each of {depth} items, {} when empty, has {} left when they are gone, and asks for memory {} \
         in a million operations of a steady flow",
        digits(ours.each()),
        bytes(ours.memory.used_bytes),
        bytes(ours.left()),
        match ours.memory.allocations {
            0 => "not once".to_owned(),
            1 => "once".to_owned(),
            times => format!("{} times", thousands(times)),
        }
    )
}

fn table(all: &[Taken<'_>]) -> String {
    let heads = [
        "Contender",
        "New",
        "Empty after one item",
        "A million items",
        "Bytes an item",
        "When they are gone",
        "Allocations in a million operations",
    ];
    let mut table = Table::new(1, &heads);
    for one in all {
        let most = one.memory.up.last().map_or(0, |look| look[1]);
        table.row(
            row_class(one.side),
            &[
                &one.memory.contender,
                &bytes(one.memory.new_bytes),
                &bytes(one.memory.used_bytes),
                &bytes(most),
                &digits(one.each()),
                &bytes(one.left()),
                &thousands(one.memory.allocations),
            ],
        );
    }
    table.html()
}
