//! The stalled peer: one thread is stopped inside an operation; what can the others still do?

use super::{Material, Weight, row_class};
use crate::{
    chart,
    document::Side,
    html::{Section, Table, escape, figure, grid, note},
    number::{figure as digits, percent},
    stall::Sweep,
};

pub fn section(material: &Material<'_>) -> Section {
    let sweeps = material.sweeps;
    let body = if sweeps.is_empty() {
        let why = material
            .document
            .run
            .stalled_absent
            .as_deref()
            .unwrap_or("nobody can be stopped");
        note(&format!(
            "The stalled peer was not measured in this run: {why}."
        ))
    } else {
        let figures: Vec<String> = sweeps
            .iter()
            .map(|sweep| chart_of(sweep, material.weight))
            .collect();
        note(
            "One thread is stopped after so many machine instructions of one operation (across), \
             and the others are watched: their throughput as a share of what they do without it \
             (up). Every watch is a dot; of several at one instruction the best counts, since others \
             that can get on are not halted. Watches of the others alone (last column) say how \
             much of the spread is the machine's. A lock-free queue has no stop near zero.",
        ) + &table(sweeps)
            + &grid("middle", &figures)
    };
    Section {
        id: "stalled",
        title: "The stalled peer",
        body,
    }
}

fn chart_of(sweep: &Sweep<'_>, weight: Weight) -> String {
    let (name, operation) = (&sweep.stalled.contender, &sweep.stalled.operation);
    let finding = match sweep.halts() {
        0 => format!(
            "{name}, {operation}: the others keep at least {}",
            percent(sweep.least().1)
        ),
        halts => format!(
            "{name}, {operation}: the others halt at {halts} of {} stops",
            sweep.stops.len()
        ),
    };
    // On a heavy page only our own stops are spelled out; data.json has everybody's.
    let numbers = match (weight, sweep.side) {
        (Weight::Charts, _) | (_, Side::Ours) => points(sweep),
        (Weight::Tables, _) => String::new(),
    };
    figure(&finding, "", &chart::stall(sweep, &finding), &numbers)
}

/// Every stop; neighbours that read the same share one row, since a sweep has hundreds.
fn points(sweep: &Sweep<'_>) -> String {
    let mut table = Table::new(1, &["Stopped after", "Others keep"]);
    let read = |point: &(u64, f64)| percent(point.1);
    for alike in sweep.stops.chunk_by(|a, b| read(a) == read(b)) {
        let (from, to) = (&alike[0], &alike[alike.len() - 1]);
        let place = match alike {
            [_] => from.0.to_string(),
            _ => format!("{} – {}", from.0, to.0),
        };
        table.row("", &[&place, &read(from)]);
    }
    table.html()
}

fn table(sweeps: &[Sweep<'_>]) -> String {
    let heads = [
        "Contender",
        "Operation",
        "Least",
        "at instruction",
        "Median",
        "Halted at",
        "Alone, million/s",
        "Alone varies",
    ];
    let mut table = Table::new(2, &heads);
    for sweep in sweeps {
        let (instruction, share) = sweep.least();
        let halts = sweep.halts();
        let least = match halts {
            0 => percent(share),
            _ => format!("<b class=\"bad\">{}</b>", percent(share)),
        };
        table.raw_row(
            row_class(sweep.side),
            &[
                escape(&sweep.stalled.contender),
                escape(&sweep.stalled.operation),
                least,
                instruction.to_string(),
                percent(sweep.median()),
                format!("{halts} of {} stops", sweep.stops.len()),
                digits(sweep.alone.median),
                alone(sweep),
            ],
        );
    }
    table.html()
}

/// How far the watches without a victim are apart, where there are several.
fn alone(sweep: &Sweep<'_>) -> String {
    let (from, to) = sweep.alone_range();
    match sweep.alone.count {
        1 => "one watch".to_owned(),
        _ => format!("{} – {}", percent(from), percent(to)),
    }
}
