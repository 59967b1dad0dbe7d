//! Semaphores, events and locks: what an operation of each takes.

use latchless_bench::workload::primitive::{EVENTS, LOCKS, SEMAPHORES, Work, Workload};

use super::{Material, Weight, row_class};
use crate::{
    analysis::{Duel, Standing, View, primitives::nanos},
    chart,
    document::Side,
    html::{Section, Table, details, escape, figure, grid, note, paragraph},
    number::{duration, figure as digits, thousands, times},
    statistics::Outcome,
};

pub fn semaphores(material: &Material<'_>) -> Section {
    let about = "Acquire a permit, give it back. Fair: who asked first is served first, and nobody who comes \
                 later before him, so with every permit that somebody waits for the runtime or the \
                 system must wake that one. Barging: whoever finds a permit has it. The two are \
                 different promises: ours in order is held against those that keep the order too, the \
                 barging one against all. Threads hold their permit for nothing, tasks across one \
                 yield. In the hand-offs one permit goes round among tasks on one thread, \
                 each of which gives way once while it has it, and once after.";
    let mut body = charts(material, SEMAPHORES);
    if !body.is_empty() {
        body = note(about) + &body + &price(material) + &flat(material);
    }
    section("semaphores", "Semaphores", body)
}

pub fn events(material: &Material<'_>) -> Section {
    let about = "An event stays set until it is reset, and a set releases all who wait. A sleeping thread: two \
                 threads wake each other through two events, each asleep for 400 µs before, which are \
                 not counted; the figure is the median time there and back, two wakes. Waiting \
                 tasks: from the set until the last of them has gone on, divided by their number, \
                 all on one thread.";
    let mut body = charts(material, EVENTS);
    if !body.is_empty() {
        body = note(about) + &body;
    }
    section("events", "Events", body)
}

pub fn locks(material: &Material<'_>) -> Section {
    let about = "Each operation locks, adds one to the number inside, and unlocks. What is made for tasks is \
                 blocked on by threads here.";
    let mut body = charts(material, LOCKS);
    if !body.is_empty() {
        body = note(about) + &body;
    }
    section("locks", "Locks", body)
}

fn section(id: &'static str, title: &'static str, body: String) -> Section {
    let body = match body.is_empty() {
        true => note(&format!("{title} were not measured in this run.")),
        false => body,
    };
    Section { id, title, body }
}

/// The views whose workloads' names begin with `prefix`.
fn of<'a>(material: &Material<'a>, prefix: &'static str) -> Vec<&'a View<'a>> {
    let wanted =
        |view: &&View<'_>| view.cell.workload.starts_with(prefix) && !view.standings.is_empty();
    material.primitives.iter().filter(wanted).collect()
}

fn charts(material: &Material<'_>, prefix: &'static str) -> String {
    let views = of(material, prefix);
    if views.is_empty() {
        return String::new();
    }
    let figures: Vec<String> = views.iter().map(|view| chart_of(material, view)).collect();
    let said = match material.weight {
        Weight::Charts => grid("wide", &figures),
        Weight::Tables => views
            .iter()
            .map(|view| paragraph(&finding(material, view)))
            .collect(),
    };
    let numbers = |views: &[&View<'_>]| numbers(views, material.weight);
    let numbers = views.chunks(5).map(numbers).collect::<String>();
    let what = match material.weight {
        Weight::Charts => "Numbers: median and quartiles, nanoseconds",
        Weight::Tables => "Numbers: median, nanoseconds",
    };
    said + &details(what, &numbers)
}

fn chart_of(material: &Material<'_>, view: &View<'_>) -> String {
    let finding = finding(material, view);
    let rows: Vec<&Standing<'_>> = shown(view).collect();
    let operation = Workload::named(&view.cell.workload).map_or("", |one| one.operation);
    let threads = match view.cell.threads {
        1 => "1 thread".to_owned(),
        threads => format!("{threads} threads"),
    };
    let how = format!("{operation}, {threads}; {}", view.basis.phrase());
    let absent: Vec<String> = view
        .absent()
        .map(|(name, why)| format!("{name} ({why})"))
        .collect();
    let absent = match absent.is_empty() {
        true => String::new(),
        false => note(&format!("Not here: {}.", absent.join("; "))),
    };
    figure(&finding, &how, &chart::per_operation(&rows, &finding), "")
        .replace("</figure>", &format!("{absent}</figure>"))
}

fn shown<'v, 'a>(view: &'v View<'a>) -> impl Iterator<Item = &'v Standing<'a>> {
    view.standings.iter().filter(|one| !one.is_again())
}

/// What one operation takes.
fn takes(standing: &Standing<'_>) -> String {
    duration(nanos(standing.spread.median))
}

/// The chart's title: what ours takes, and the best of those that it is held against.
fn finding(material: &Material<'_>, view: &View<'_>) -> String {
    let title = view.title();
    let duels = view.duels(material.document);
    if duels.is_empty() {
        return match view.standings.first() {
            Some(first) => format!("{title}: {} with {}", takes(first), first.name()),
            None => format!("{title}: nothing was measured"),
        };
    }
    let several = duels.len() > 1;
    let said = duels.iter().map(|duel| duelled(material, duel, several));
    let said: Vec<String> = said.collect();
    format!("{title}: {}", said.join("; "))
}

fn duelled(material: &Material<'_>, duel: &Duel<'_, '_>, several: bool) -> String {
    let who = match (several, material.document.is_fair(duel.ours.name())) {
        (false, _) => "ours",
        (true, true) => "in order",
        (true, false) => "barging",
    };
    let word = match duel.outcome() {
        Outcome::Ahead => "ahead of",
        Outcome::Behind => "behind",
        Outcome::Unresolved => "not to be told from",
    };
    let (ours, theirs) = (takes(duel.ours), takes(duel.peer));
    format!("{who} {ours}, {word} {} ({theirs})", duel.peer.name())
}

/// A row a contender, a column a workload; on a heavy page medians alone.
fn numbers(views: &[&View<'_>], weight: Weight) -> String {
    // All of one kind, which the heading has named.
    let short = |view: &&View<'_>| match view.title().split_once(", ") {
        Some((_, work)) => work.to_owned(),
        None => view.title(),
    };
    let titles: Vec<String> = views.iter().map(short).collect();
    let heads = std::iter::once("Nanoseconds").chain(titles.iter().map(String::as_str));
    let mut table = Table::new(1, &heads.collect::<Vec<_>>());
    let mut names: Vec<(&str, Side)> = Vec::new();
    for standing in views.iter().flat_map(|view| shown(view)) {
        let entry = (standing.name(), standing.side);
        if names.iter().all(|(name, _)| *name != entry.0) {
            names.push(entry);
        }
    }
    names.sort_by_key(|(_, side)| match side {
        Side::Ours => 0,
        Side::OurOther => 1,
        Side::Peer => 2,
        Side::Floor => 3,
    });
    for (name, side) in names {
        let figures = |view: &&View<'_>| match view.find(name) {
            Some(Standing { spread, .. }) if weight == Weight::Tables => {
                digits(nanos(spread.median))
            }
            Some(Standing { spread, .. }) => format!(
                "{} <i>{} – {}</i>",
                digits(nanos(spread.median)),
                digits(nanos(spread.upper)),
                digits(nanos(spread.lower))
            ),
            None => "–".to_owned(),
        };
        let cells = std::iter::once(escape(name)).chain(views.iter().map(figures));
        table.raw_row(row_class(side), &cells.collect::<Vec<_>>());
    }
    table.html()
}

/// What keeping the order costs where threads and tasks compete.
fn price(material: &Material<'_>) -> String {
    let mut said = Vec::new();
    for view in of(material, SEMAPHORES) {
        let work = Workload::named(&view.cell.workload).map(|one| one.work);
        if !matches!(
            work,
            Some(Work::Permits { threads: 2.., .. } | Work::TaskPermits { .. })
        ) {
            continue;
        }
        let one = |fair: bool| {
            let mut own = view.own();
            own.find(|own| material.document.is_fair(own.name()) == fair)
        };
        if let (Some(fair), Some(barging)) = (one(true), one(false)) {
            let price = times(barging.spread.median / fair.spread.median);
            said.push(format!("{price} in {}", view.title()));
        }
    }
    match said.is_empty() {
        true => String::new(),
        false => paragraph(&format!(
            "The price of order, ours in order over ours barging: {}.",
            said.join("; ")
        )),
    }
}

/// What a hand-off costs with more and more who wait.
fn flat(material: &Material<'_>) -> String {
    let waiting = |view: &View<'_>| match Workload::named(&view.cell.workload)?.work {
        Work::HandOffs { waiting } => Some(waiting),
        _ => None,
    };
    let views = of(material, SEMAPHORES).into_iter();
    let steps: Vec<(usize, &View<'_>)> = views
        .filter_map(|view| Some((waiting(view)?, view)))
        .collect();
    let (Some((few, first)), Some((many, last))) = (steps.first(), steps.last()) else {
        return String::new();
    };
    let growth = |name: &str| {
        let (first, last) = (first.find(name)?, last.find(name)?);
        Some(times(first.spread.median / last.spread.median))
    };
    let said: Vec<String> = shown(last)
        .filter_map(|one| Some(format!("{} with {}", growth(one.name())?, one.name())))
        .collect();
    match few == many || said.is_empty() {
        true => String::new(),
        false => paragraph(&format!(
            "A hand-off with {} tasks waiting over one with {few}: {}. As many tasks without a \
             semaphore show what memory alone does.",
            thousands(*many as u64),
            said.join("; ")
        )),
    }
}
