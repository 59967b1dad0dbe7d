//! Fairness: what the slowest thread did, as a share of what the fastest of its kind did.

use super::{Material, Weight, group_name, row_class};
use crate::{
    analysis::{Standing, View},
    document::Side,
    fairness::{STARVED, Shares, unmoved},
    html::{Section, Table, details, escape, note, paragraph},
    number::{duration, percent},
};

pub fn section(material: &Material<'_>) -> Section {
    let mut body = String::new();
    for group in material.groups() {
        let cells: Vec<&View<'_>> = material.group(group).filter(|view| is_fair(view)).collect();
        if !cells.is_empty() {
            // Only the main capacity and payload stands open, and has all figures on any page.
            let brief = !body.is_empty() && material.weight == Weight::Tables;
            let (finding, table) = (finding(&cells, group), table(&cells, brief));
            match body.is_empty() {
                true => body = format!("<h3>{}</h3>\n{table}", escape(&finding)),
                false => body.push_str(&details(&finding, &table)),
            }
        }
    }
    let body = match body.is_empty() {
        true => not_measured(material),
        false => about(material) + &body,
    };
    Section {
        id: "fairness",
        title: "Fairness",
        body,
    }
}

/// Whether anybody has rounds for fairness there.
fn is_fair(view: &View<'_>) -> bool {
    view.standings.iter().any(|one| one.shares().is_some())
}

fn not_measured(material: &Material<'_>) -> String {
    let why = material.document.run.fair_absent.as_deref();
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    note(&format!("Fairness was not measured in this run{why}."))
}

fn about(material: &Material<'_>) -> String {
    let what = "The slowest thread's operations as a share of the fastest's, producers among \
                producers, consumers among consumers, and the worse of the two: in the median \
                round, and of all rounds together. p99 is that of one operation in these rounds. \
                Speed that starves somebody does not count: below 50 % it does, unless threads \
                without any queue (first row) come no further.";
    note(what) + &why_dealt(material).map_or_else(String::new, |why| paragraph(&why))
}

/// Why the threads are moved, with what the rounds show in which they are not.
fn why_dealt(material: &Material<'_>) -> Option<String> {
    let mut fair = material.views.iter().filter(|view| is_fair(view));
    let view = fair.find(|view| view.ours().and_then(left_alone).is_some())?;
    let ours = percent(left_alone(view.ours()?)?);
    let peers = view.peers().filter_map(left_alone).max_by(f64::total_cmp);
    let peers = peers.map(|most| format!(" and, at best, {} with a peer", percent(most)));
    let every = every_millis(view).map(|millis| format!(", about every {millis:.0} ms"));
    Some(format!(
        "Why threads are dealt anew: with more threads than cores, a producer that the system has \
         left on its consumer's core runs only while the consumer does not, finds the queue full, \
         and may stay there for many rounds. The rounds for throughput, in which nobody moves \
         anybody, would show only that: in {}, a share of {ours} with ours{}. So these rounds are \
         apart from those, and in them every thread is moved to a random core over and over{}.",
        view.title(),
        peers.unwrap_or_default(),
        every.unwrap_or_default()
    ))
}

fn left_alone(standing: &Standing<'_>) -> Option<f64> {
    unmoved(&standing.series.rounds)
}

/// How long threads stayed where they were put.
fn every_millis(view: &View<'_>) -> Option<f64> {
    let rounds = view.standings.iter().flat_map(|one| &one.series.fair);
    let (nanos, deals) = rounds.fold((0, 0), |(nanos, deals), round| {
        (nanos + round.nanos, deals + round.deals)
    });
    (deals > 0).then(|| nanos as f64 / deals as f64 / 1e6)
}

/// Whether this share means that the queue starves somebody.
fn starves(view: &View<'_>, shares: &Shares) -> bool {
    let system = view.control().is_some_and(|none| none.median() < STARVED);
    shares.median() < STARVED && !system
}

fn finding(cells: &[&View<'_>], group: (usize, &str)) -> String {
    let ours = cells
        .iter()
        .filter_map(|view| Some((view, view.ours()?.shares()?.median())));
    let peers = cells.iter().flat_map(|view| {
        view.peers()
            .filter_map(|peer| Some((*view, peer.shares()?)))
    });
    let starved: Vec<bool> = peers.map(|(view, shares)| starves(view, &shares)).collect();
    let starving = starved.iter().filter(|starved| **starved).count();
    let all = starved.len();
    let ours = match ours.min_by(|a, b| a.1.total_cmp(&b.1)) {
        Some((view, share)) => {
            let alone = view.control().map(|none| percent(none.median()));
            let alone =
                alone.map_or_else(String::new, |alone| format!("; without a queue {alone}"));
            format!(
                "ours gives its slowest thread at least {} ({}{alone})",
                percent(share),
                view.title()
            )
        }
        None => "ours was not measured".to_owned(),
    };
    let group = group_name(group);
    format!("At {group}, {ours}; peers starve a thread in {starving} of {all} results")
}

/// All figures, or in brief only the median rounds' shares.
fn table(cells: &[&View<'_>], brief: bool) -> String {
    let kept = if brief { 1 } else { 3 };
    let heads = cells.iter().flat_map(|view| {
        let title = view.title();
        [
            format!("{title}: median round"),
            "all rounds".to_owned(),
            "p99".to_owned(),
        ]
        .into_iter()
        .take(kept)
    });
    let heads: Vec<String> = std::iter::once("Contender".to_owned())
        .chain(heads)
        .collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut table = Table::new(1, &heads);
    let row = |name: &str, shares: &dyn Fn(&View<'_>) -> Option<Shares>| {
        let figures = |view: &&View<'_>| figures(view, shares(view)).into_iter().take(kept);
        let cells = cells.iter().flat_map(figures);
        let cells: Vec<String> = std::iter::once(escape(name)).chain(cells).collect();
        cells
    };
    table.raw_row("", &row("no queue (control)", &|view| view.control()));
    for (name, side) in contenders(cells) {
        let shares = |view: &View<'_>| view.find(name)?.shares();
        table.raw_row(row_class(side), &row(name, &shares));
    }
    table.html()
}

/// The median round's share, that of all rounds, and the p99 of an operation.
fn figures(view: &View<'_>, shares: Option<Shares>) -> [String; 3] {
    let Some(shares) = shares else {
        return ["–", "–", "–"].map(str::to_owned);
    };
    let median = match percent(shares.median()) {
        bad if starves(view, &shares) => format!("<b class=\"bad\">{bad}</b>"),
        fine => fine,
    };
    let p99 = shares.p99.map_or("–".to_owned(), duration);
    [median, percent(shares.summed), p99]
}

/// Everybody who has a share somewhere, ours first.
fn contenders<'a>(cells: &[&View<'a>]) -> Vec<(&'a str, Side)> {
    let mut all: Vec<(&str, Side)> = Vec::new();
    for standing in cells.iter().flat_map(|view| &view.standings) {
        let entry = (standing.name(), standing.side);
        if standing.shares().is_some() && !all.contains(&entry) {
            all.push(entry);
        }
    }
    all.sort_by_key(|(_, side)| *side != Side::Ours);
    all
}
