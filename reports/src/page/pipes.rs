//! Pipes: what goes through each, and how long an answer takes.

use latchless_bench::workload::pipe::Work;

use super::{Material, Weight, ratios, round_trip, throughput};
use crate::{
    analysis::{Duel, View},
    html::{Section, details, escape, grid, note, paragraph},
    number::times,
    statistics::Outcome,
};

const ABOUT: &str = "One end that sends, one that receives, and nobody else in between. Items and slices: calls that never wait, \
    and every call has published what it sent when it returns. Blocking: calls that wait, a value each. Round trip: a \
    value there and one back, by calls that wait, two pipes or one that goes both ways. Bytes: 4 KiB a write, into room for as \
    many as the operating system's pipe has; an item is a byte there. Rings that cannot wait do so by a flag, spins and park \
    around them (the parked rtrb). Tasks run on a runtime with two threads. Figures are millions a second.";

pub fn section(material: &Material<'_>) -> Section {
    let usual: Vec<&View<'_>> = of(material, true);
    let others: Vec<&View<'_>> = of(material, false);
    let mut body = String::new();
    if !usual.is_empty() {
        body.push_str(&format!("<h3>{}</h3>\n", escape(&finding(&usual))));
        body.push_str(&shown(&usual, material.weight));
    }
    if !others.is_empty() {
        let finding = format!("Other capacities: {}", balance(&duels(&others)));
        body.push_str(&match material.weight {
            Weight::Charts => details(&finding, &ratios::table(&duels(&others))),
            Weight::Tables => paragraph(&finding),
        });
    }
    let body = match body.is_empty() {
        true => note("Pipes were not measured in this run."),
        false => note(ABOUT) + &body,
    };
    Section {
        id: "pipes",
        title: "Pipes",
        body,
    }
}

/// The views at the usual capacities, or those at others.
fn of<'a>(material: &Material<'a>, usual: bool) -> Vec<&'a View<'a>> {
    let is_usual = |view: &View<'_>| {
        let work = view.pipe_work();
        work.is_some_and(|work| work.usual_capacity() == view.cell.capacity)
    };
    let wanted = |view: &&View<'_>| !view.standings.is_empty() && is_usual(view) == usual;
    material.pipes.iter().filter(wanted).collect()
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
    let is_trip = |view: &View<'_>| view.pipe_work() == Some(Work::RoundTrip);
    if weight == Weight::Tables {
        return table;
    }
    let chart = |view: &&View<'_>| match is_trip(view) {
        true => round_trip::chart_of(view, weight),
        false => Some(throughput::chart_of(view, weight)),
    };
    let figures: Vec<String> = views.iter().filter_map(chart).collect();
    table + &grid("wide", &figures)
}
