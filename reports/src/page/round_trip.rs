//! Round trips: a question to another thread and its answer, awake and asleep.

use latchless_bench::workload::waiting::ROUND_TRIP;

use super::{Material, Weight, row_class};
use crate::{
    analysis::{Standing, View},
    chart,
    document::Side,
    html::{Section, Table, figure, grid, note},
    number::{duration, figure as digits},
};

pub fn section(material: &Material<'_>) -> Section {
    let trips = material
        .waiting
        .iter()
        .filter(|view| view.cell.workload.starts_with(ROUND_TRIP));
    let figures: Vec<String> = trips
        .filter_map(|view| chart_of(view, material.weight))
        .collect();
    let body = if figures.is_empty() {
        note("Round trips were not measured in this run.")
    } else {
        note(
            "Two threads and two queues of one item: a question there, its answer back. Spinning: \
             each answers at once, on a core of its own or, on one core, after a switch. Parked: each side first lets the other fall asleep, for 400 µs \
             that are not counted, so that a round trip is two wakes. The bare flag and the bare \
             futex are one word between two threads, which no queue can be below. Dot: p50. Bar, and \
             figure at the right: p99. End of the dotted line: the worst. Percentiles are medians \
             over the rounds that count.",
        ) + &grid("wide", &figures)
    };
    Section {
        id: "round-trip",
        title: "Round trip",
        body,
    }
}

pub(super) fn chart_of(view: &View<'_>, weight: Weight) -> Option<String> {
    let timed = |standing| Some((standing, Standing::round_trip(standing)?));
    let mut rows: Vec<(&Standing<'_>, [f64; 4])> = view
        .standings
        .iter()
        .filter(|one| !one.is_again())
        .filter_map(timed)
        .collect();
    rows.sort_by(|a, b| a.1[0].total_cmp(&b.1[0]));
    let of = |side| rows.iter().find(move |row| row.0.side == side);
    let title = view.title();
    let floor = of(Side::Floor).map_or(String::new(), |(floor, times)| {
        format!("; a {} takes {}", floor.name(), duration(times[0]))
    });
    let finding = match (of(Side::Ours), of(Side::Peer)) {
        (Some((_, ours)), Some((peer, theirs))) => format!(
            "{title}: p50 is {} with ours, {} with the best peer, {}{floor}",
            duration(ours[0]),
            duration(theirs[0]),
            peer.name()
        ),
        _ => {
            let (first, times) = rows.first()?;
            let p50 = duration(times[0]);
            format!(
                "{title}: the lowest p50 is {p50}, of {}{floor}",
                first.name()
            )
        }
    };
    let heads = [
        "Contender",
        "p50",
        "p99",
        "p99.9",
        "Worst",
        "Sleeps a round trip",
    ];
    let mut table = Table::new(1, &heads);
    for (standing, times) in &rows {
        let [p50, p99, p999, worst] = times.map(duration);
        let sleeps = standing.cost().map(|[_, slept, _]| digits(slept.median));
        let sleeps = sleeps.unwrap_or("–".to_owned());
        let cells = [standing.name(), &p50, &p99, &p999, &worst, &sleeps];
        table.row(row_class(standing.side), &cells);
    }
    let drawn: Vec<(&Standing<'_>, [f64; 3])> = rows
        .iter()
        .map(|(standing, [p50, p99, _, worst])| (*standing, [*p50, *p99, *worst]))
        .collect();
    let chart = match weight {
        Weight::Charts => chart::latency(&drawn, &finding),
        Weight::Tables => String::new(),
    };
    Some(figure(&finding, "", &chart, &table.html()))
}
