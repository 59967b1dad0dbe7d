//! Latency of one successful operation, where it was sampled.

use super::{Material, Weight, group_name, row_class};
use crate::{
    analysis::{Standing, View, main_group},
    chart,
    document::Side,
    html::{Section, Table, figure, grid, note},
    number::duration,
};

pub fn section(material: &Material<'_>) -> Section {
    let group = main_group(material.views);
    let cells = group.into_iter().flat_map(|group| material.group(group));
    let figures: Vec<String> = cells
        .filter_map(|view| chart_of(view, material.weight))
        .collect();
    let body = match group {
        Some(group) if !figures.is_empty() => {
            let about = format!(
                "Time of one successful call, without any waiting for room or for an item; {}. \
                 Dot: half are faster (p50). Bar, and figure at the right: 99 % are faster (p99). End of the \
                 dotted line: the worst sampled. p50 and p99 are medians over the rounds that \
                 count. An operation that met a descheduled thread waited for its time slice.",
                group_name(group)
            );
            note(&about) + &grid("wide", &figures)
        }
        _ => note("Latency was not sampled in this run."),
    };
    Section {
        id: "latency",
        title: "Latency",
        body,
    }
}

fn chart_of(view: &View<'_>, weight: Weight) -> Option<String> {
    let sampled = |standing| Some((standing, Standing::latency(standing)?));
    let mut rows: Vec<(&Standing<'_>, [f64; 3])> = view
        .standings
        .iter()
        .filter(|one| !one.is_again())
        .filter_map(sampled)
        .collect();
    rows.sort_by(|a, b| a.1[1].total_cmp(&b.1[1]));
    let first_peer = rows.iter().find(|row| row.0.side == Side::Peer);
    let ours = rows.iter().find(|row| row.0.side == Side::Ours);
    let title = view.title();
    let finding = match (ours, first_peer) {
        (Some((_, ours)), Some((peer, theirs))) => format!(
            "{title}: p99 is {} with ours, {} with the best peer, {}",
            duration(ours[1]),
            duration(theirs[1]),
            peer.name()
        ),
        _ => {
            let (first, [_, p99, _]) = rows.first()?;
            format!(
                "{title}: the lowest p99 is {}, of {}",
                duration(*p99),
                first.name()
            )
        }
    };
    let mut table = Table::new(1, &["Contender", "p50", "p99", "Worst"]);
    for (standing, [p50, p99, worst]) in &rows {
        let cells = [*p50, *p99, *worst].map(duration);
        table.row(
            row_class(standing.side),
            &[standing.name(), &cells[0], &cells[1], &cells[2]],
        );
    }
    Some(figure(
        &finding,
        "",
        &chart::latency(&rows, &finding),
        &match weight {
            Weight::Charts => table.html(),
            Weight::Tables => String::new(),
        },
    ))
}
