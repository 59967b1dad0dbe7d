//! Throughput: small multiples, one a workload, every round a dot.

use latchless_bench::record::Distance;

use super::{Material, Weight, group_name, row_class};
use crate::{
    analysis::{Duel, Standing, View, count},
    chart,
    document::Side,
    html::{Section, Table, details, escape, figure, grid, note},
    number::{figure as digits, times},
    statistics::Outcome,
};

pub fn section(material: &Material<'_>) -> Section {
    let mut body = legend();
    for (at, group) in material.groups().into_iter().enumerate() {
        let cells: Vec<_> = material
            .group(group)
            .filter(|view| !view.standings.is_empty())
            .collect();
        if cells.is_empty() {
            continue;
        }
        if at == 0 {
            let name = group_name(group);
            let figures: Vec<String> = cells
                .iter()
                .map(|view| chart_of(view, material.weight))
                .collect();
            body.push_str(&format!(
                "<h3>{}</h3>\n{}",
                escape(&capital(&name)),
                grid("wide", &figures)
            ));
        } else {
            let inner = match material.weight {
                Weight::Charts => grid(
                    "wide",
                    &cells
                        .iter()
                        .map(|view| chart_of(view, material.weight))
                        .collect::<Vec<_>>(),
                ),
                Weight::Tables => table_of_all(&cells),
            };
            body.push_str(&details(&capital(&group_name(group)), &inner));
        }
    }
    if material.views.iter().all(|view| view.standings.is_empty()) {
        body = note("No round of any workload can be used.");
    } else if material.weight == Weight::Tables {
        body.push_str(&note(
            "Outside the first capacity and payload there are tables (median, quartiles) instead \
             of dots, which keeps this page light; every round is in data.json.",
        ));
    }
    Section {
        id: "throughput",
        title: "Throughput",
        body,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect()
}

fn legend() -> String {
    let mark = |inner: &str| {
        format!("<svg width=\"26\" height=\"14\" viewBox=\"0 0 26 14\">{inner}</svg>")
    };
    let dot = mark("<path d=\"M4 7h0m8 2h0m8-3h0\" class=\"d p\"/>");
    let far = mark("<path d=\"M4 7h0m8 2h0m8-3h0\" class=\"d f p\"/>");
    let middle = mark(
        "<rect x=\"3\" y=\"1\" width=\"20\" height=\"12\" class=\"q p\"/><path d=\"M12 0V14\" class=\"m p\"/>",
    );
    format!(
        "<p class=\"legend\"><span>{dot}one round</span><span>{far}one round while the cores were \
         far apart</span><span>{middle}median and quartiles of the rounds that count</span> \
         Million items a second; ours in colour.</p>\n"
    )
}

pub(super) fn chart_of(view: &View<'_>, weight: Weight) -> String {
    let finding = finding(view);
    let (chart, logarithmic) = chart::strip(view, &finding);
    let axis = if logarithmic {
        "logarithmic axis"
    } else {
        "axis from zero"
    };
    let pinned = if view.cell.pinned {
        "pinned"
    } else {
        "not pinned"
    };
    let threads = match view.cell.threads {
        1 => "1 thread".to_owned(),
        threads => format!("{threads} threads"),
    };
    let how = format!("{threads}, {pinned}; {}; {axis}", view.basis.phrase());
    figure(
        &finding,
        &how,
        &chart,
        &(table(view, weight) + &absent(view)),
    )
}

/// The chart's title: who leads whom, by how much.
fn finding(view: &View<'_>) -> String {
    let title = view.title();
    let Some(duel) = view.duel() else {
        return match view.standings.first() {
            Some(first) => {
                format!(
                    "{title}: {} moves {} million/s",
                    first.name(),
                    digits(first.spread.median)
                )
            }
            None => format!("{title}: nothing was measured"),
        };
    };
    let ratio = times(duel.ratio.value);
    let Duel { peer, .. } = duel;
    match duel.outcome() {
        Outcome::Unresolved => format!(
            "{title}: no difference to {} is resolved ({ratio})",
            peer.name()
        ),
        Outcome::Ahead => format!("{title}: {ratio} the best peer, {}", peer.name()),
        Outcome::Behind => format!("{title}: behind {}, at {ratio} its throughput", peer.name()),
    }
}

const HEADS: [&str; 7] = [
    "Contender",
    "Median",
    "Quartiles",
    "Rounds",
    "Near (rounds)",
    "Far (rounds)",
    "Changed",
];

/// All columns; on a heavy page median and quartiles.
fn table(view: &View<'_>, weight: Weight) -> String {
    let columns = match weight {
        Weight::Charts => HEADS.len(),
        Weight::Tables => 3,
    };
    let mut table = Table::new(1, &HEADS[..columns]);
    for standing in &view.standings {
        let at = |distance| {
            let spread = standing.at(distance);
            spread.map_or("–".to_owned(), |spread| {
                format!("{} ({})", digits(spread.median), spread.count)
            })
        };
        let spread = &standing.spread;
        let row = [
            standing.name(),
            &digits(spread.median),
            &format!("{} – {}", digits(spread.lower), digits(spread.upper)),
            &spread.count.to_string(),
            &at(Distance::Near),
            &at(Distance::Far),
            &count(standing.series, |distance| distance == Distance::Changed).to_string(),
        ];
        table.row(row_class(standing.side), &row[..columns]);
    }
    table.html()
}

fn absent(view: &View<'_>) -> String {
    let absent: Vec<String> = view
        .absent()
        .map(|(name, why)| format!("{name} ({why})"))
        .collect();
    if absent.is_empty() {
        String::new()
    } else {
        note(&format!("Not here: {}.", absent.join("; ")))
    }
}

/// One table for all workloads of a group: a row a contender, medians and quartiles.
pub(super) fn table_of_all(views: &[&View<'_>]) -> String {
    let titles: Vec<String> = views.iter().map(|view| view.title()).collect();
    let heads = std::iter::once("Million items a second").chain(titles.iter().map(String::as_str));
    let mut table = Table::new(1, &heads.collect::<Vec<_>>());
    let mut names: Vec<(&str, Side)> = Vec::new();
    for standing in views.iter().flat_map(|view| &view.standings) {
        let entry = (standing.name(), standing.side);
        if !names.contains(&entry) {
            names.push(entry);
        }
    }
    names.sort_by_key(|(_, side)| *side != Side::Ours);
    for (name, side) in names {
        let figures = |view: &&View<'_>| match view.find(name) {
            Some(Standing { spread, .. }) => format!(
                "{} <i>{} – {}</i>",
                digits(spread.median),
                digits(spread.lower),
                digits(spread.upper)
            ),
            None => "–".to_owned(),
        };
        let cells = std::iter::once(escape(name)).chain(views.iter().map(figures));
        table.raw_row(row_class(side), &cells.collect::<Vec<_>>());
    }
    table.html()
}
