//! The stalled peer: one thread is stopped inside an operation; what can the others still do?

use super::{Material, Weight, row_class};
use crate::{
    chart,
    document::Side,
    html::{Section, Table, escape, figure, grid, note},
    number::{figure as digits, percent},
    stall::Sweep,
};

pub fn queues(material: &Material<'_>) -> Section {
    let about = "One thread is stopped after so many machine instructions of one operation (across), \
                 and two others are watched: their throughput as a share of what is usual (up). Where \
                 one of the two stands still, in a fresh queue each time and with plenty of time, the share is \
                 nothing, however fast the other is: in some queues whoever comes to the slot of the stopped \
                 thread waits there, and the rest go on behind it. Every \
                 watch is a dot. Where they seem halted they are watched once more, and the \
                 better counts: others that can get on are not halted. What is usual is the median \
                 beside a thread that stands still before its operation, of as many watches, made by \
                 turns with the others; the grey band is from the worst of them to the best. A \
                 lock-free queue has no stop near zero.";
    Section {
        id: "stalled",
        title: "The stalled peer",
        body: body(material, material.sweeps, about, Some(material.weight)),
    }
}

pub fn unbounded(material: &Material<'_>) -> Section {
    let about = "The same at queues without a bound, with 32 items inside. A segment's end, where one is \
                 appended, is passed while the others are watched.";
    // Only our own stops are spelled out here, and on a heavy page there is the table alone.
    let charts = (material.weight == Weight::Charts).then_some(Weight::Tables);
    Section {
        id: "stalled-unbounded",
        title: "The stalled peer at an unbounded queue",
        body: body(material, material.unbounded_sweeps, about, charts),
    }
}

pub fn semaphores(material: &Material<'_>) -> Section {
    let about = "The same while one thread acquires a permit and gives it back, where there are more permits \
                 than threads. A list of waiters behind a mutex halts all who take that mutex: some \
                 do at every release, others only where somebody waits, and so not here.";
    // Only our own stops are spelled out here, and on a heavy page there is the table alone.
    let charts = (material.weight == Weight::Charts).then_some(Weight::Tables);
    Section {
        id: "stalled-semaphores",
        title: "The stalled peer at a semaphore",
        body: body(material, material.semaphore_sweeps, about, charts),
    }
}

fn body(
    material: &Material<'_>,
    sweeps: &[Sweep<'_>],
    about: &str,
    charts: Option<Weight>,
) -> String {
    if sweeps.is_empty() {
        let why = material
            .document
            .run
            .stalled_absent
            .as_deref()
            .unwrap_or("none of them takes part");
        note(&format!(
            "The stalled peer was not measured in this run: {why}."
        ))
    } else {
        let chart = |sweep: &Sweep<'_>| Some(chart_of(sweep, charts?));
        let figures: Vec<String> = sweeps.iter().filter_map(chart).collect();
        note(about) + &table(sweeps) + &grid("middle", &figures)
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
    // What is found is said right above.
    let label = format!("{name}, {operation}");
    figure(&finding, "", &chart::stall(sweep, &label), &numbers)
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
        "Usual, million/s",
        "Stopped before it",
        "Without it",
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
                digits(sweep.usual()),
                before(sweep),
                alone(sweep),
            ],
        );
    }
    table.html()
}

/// How far the watches with the victim stopped before its operation are apart.
fn before(sweep: &Sweep<'_>) -> String {
    match sweep.before_range() {
        Some((from, to)) => format!("{} – {}", percent(from), percent(to)),
        None => "not watched".to_owned(),
    }
}

/// How far the watches without a victim are apart, where there are several.
fn alone(sweep: &Sweep<'_>) -> String {
    let (from, to) = sweep.alone_range();
    match sweep.alone.count {
        1 => "one watch".to_owned(),
        _ => format!("{} – {}", percent(from), percent(to)),
    }
}
