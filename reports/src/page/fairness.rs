//! Fairness: what the slowest thread did, as a share of what the fastest of its kind did.

use super::{Material, row_class};
use crate::{
    analysis::View,
    html::{Section, Table, details, escape, note},
    number::percent,
};

/// Below this share somebody is being starved.
const STARVED: f64 = 0.5;

pub fn section(material: &Material<'_>) -> Section {
    let fair = |view: &&View<'_>| view.standings.iter().any(|one| one.fairness().is_some());
    let mut body = String::new();
    for group in material.groups() {
        let cells: Vec<&View<'_>> = material.group(group).filter(fair).collect();
        if !cells.is_empty() {
            let (finding, table) = (finding(&cells, group), table(&cells));
            // Only the main capacity and payload stands open.
            match body.is_empty() {
                true => body = format!("<h3>{}</h3>\n{table}", escape(&finding)),
                false => body.push_str(&details(&finding, &table)),
            }
        }
    }
    body = if body.is_empty() {
        note("No two threads of one kind competed in this run.")
    } else {
        let about = "The slowest thread's operations as a share of the fastest's, summed over all \
                     rounds; producers among producers, consumers among consumers, and the worse \
                     of the two. Speed that starves somebody does not count: below 50 % it does.";
        note(about) + &body
    };
    Section {
        id: "fairness",
        title: "Fairness",
        body,
    }
}

fn finding(cells: &[&View<'_>], group: (usize, &str)) -> String {
    let group = super::group_name(group);
    let ours = cells
        .iter()
        .filter_map(|view| Some((view.title(), view.ours()?.fairness()?)));
    let starving = cells
        .iter()
        .flat_map(|view| view.peers().filter_map(|peer| peer.fairness()))
        .filter(|share| *share < STARVED)
        .count();
    let all: usize = cells
        .iter()
        .map(|view| {
            view.peers()
                .filter(|peer| peer.fairness().is_some())
                .count()
        })
        .sum();
    let ours = match ours.min_by(|a, b| a.1.total_cmp(&b.1)) {
        Some((place, share)) => format!(
            "ours gives its slowest thread at least {} ({place})",
            percent(share)
        ),
        None => "ours was not measured".to_owned(),
    };
    format!("At {group}, {ours}; peers starve a thread in {starving} of {all} results")
}

fn table(cells: &[&View<'_>]) -> String {
    let titles: Vec<String> = cells.iter().map(|view| view.title()).collect();
    let heads: Vec<&str> = std::iter::once("Contender")
        .chain(titles.iter().map(String::as_str))
        .collect();
    let mut table = Table::new(1, &heads);
    for (name, side) in contenders(cells) {
        let share = |view: &&View<'_>| match view.find(name).and_then(|one| one.fairness()) {
            Some(share) if share < STARVED => format!("<b class=\"bad\">{}</b>", percent(share)),
            Some(share) => percent(share),
            None => "–".to_owned(),
        };
        let cells: Vec<String> = std::iter::once(escape(name))
            .chain(cells.iter().map(share))
            .collect();
        table.raw_row(row_class(side), &cells);
    }
    table.html()
}

/// Everybody who has a share somewhere, ours first.
fn contenders<'a>(cells: &[&View<'a>]) -> Vec<(&'a str, crate::document::Side)> {
    let mut all: Vec<(&str, crate::document::Side)> = Vec::new();
    for standing in cells.iter().flat_map(|view| &view.standings) {
        let entry = (standing.name(), standing.side);
        if !standing.is_again() && standing.fairness().is_some() && !all.contains(&entry) {
            all.push(entry);
        }
    }
    all.sort_by_key(|(_, side)| *side != crate::document::Side::Ours);
    all
}
