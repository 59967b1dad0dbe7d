//! The cost of waiting: CPU time, sleeps and lost cores of a message.

use latchless_bench::workload::waiting::{ASYNC, BLOCKING, IDLE};

use super::{Material, Weight, row_class};
use crate::{
    analysis::{Standing, View},
    document::Side,
    html::{Section, Table, details, escape, note},
    number::{figure as digits, times},
};

pub fn section(material: &Material<'_>) -> Section {
    let kind = |prefixes: &[&'static str]| {
        let prefixes = prefixes.to_vec();
        material.waiting.iter().filter(move |view| {
            let name = &view.cell.workload;
            prefixes.iter().any(|prefix| name.starts_with(prefix)) && !view.standings.is_empty()
        })
    };
    let mut body = String::new();
    for view in kind(&[IDLE]) {
        body.push_str(&format!(
            "<h3>{}</h3>\n{}",
            escape(&finding(view)),
            table(view)
        ));
    }
    let flows: &[&str] = match material.weight {
        Weight::Charts => &[BLOCKING, ASYNC],
        Weight::Tables => &[],
    };
    for view in kind(flows) {
        let name = format!("{}, capacity {}", view.title(), view.cell.capacity);
        body.push_str(&details(&name, &table(view)));
    }
    body = if body.is_empty() {
        note("The cost of waiting was not measured in this run.")
    } else {
        let about = "CPU time of all threads for one message, in microseconds, which is seconds for a \
                     million; how often threads went to sleep for it, and how often they lost their \
                     core. Idle consumers get one message every 500 µs; what its producer spends on \
                     its timer is in every figure, the bare futex's too.";
        note(about) + &body
    };
    Section {
        id: "cost",
        title: "The cost of waiting",
        body,
    }
}

fn finding(view: &View<'_>) -> String {
    let title = format!("Idle consumers, {} threads", view.cell.threads);
    let cpu = |standing: &Standing<'_>| Some(standing.cost()?[0].median);
    let (Some(duel), Some(ours)) = (view.duel(), view.ours().and_then(cpu)) else {
        return title;
    };
    let theirs = cpu(duel.peer).map_or("–".to_owned(), digits);
    format!(
        "{title}: {} µs a message with ours, {theirs} with the thriftiest peer, {} ({} as many messages for the same time)",
        digits(ours),
        duel.peer.name(),
        times(duel.ratio.value)
    )
}

fn table(view: &View<'_>) -> String {
    let heads = [
        "Contender",
        "CPU µs a message",
        "Quartiles",
        "Sleeps a message",
        "Cores lost a message",
    ];
    let mut table = Table::new(1, &heads);
    for standing in view.standings.iter().filter(|one| !one.is_again()) {
        let Some([cpu, slept, lost]) = standing.cost() else {
            continue;
        };
        let floor = match standing.side {
            Side::Floor => " (floor)",
            _ => "",
        };
        table.row(
            row_class(standing.side),
            &[
                &format!("{}{floor}", standing.name()),
                &digits(cpu.median),
                &format!("{} – {}", digits(cpu.lower), digits(cpu.upper)),
                &digits(slept.median),
                &digits(lost.median),
            ],
        );
    }
    table.html()
}
