//! Where we lose: every workload, capacity and payload in which somebody's median is above ours.

use super::{Material, Weight};
use crate::{
    analysis::{Basis, Duel, losses},
    html::{Section, Table, escape, note, paragraph},
    number::{figure as digits, times},
    statistics::Outcome,
};

/// Counted in the algorithms, not timed: what an operation of each kind must do.
const WHAT_BOUNDS_US: &str = "What bounds us. A push or a pop of ours is one compare-and-swap, and it \
    is made on the slot itself: when the other side had that line last, the operation waits for it \
    to come over. A ring of stamped slots makes its compare-and-swap on a counter that is often its \
    own and writes the slot by a plain store, which the store buffer hides: that is where it wins \
    when one thread works alone or two stream far apart, and what lets a stopped thread hold up \
    everybody. Beside the compare-and-swap, ours makes three plain stores (value, spare cell, own \
    position) where theirs makes two, and all of them have to drain before the next locked \
    instruction. A lock that puts losers to sleep lets one thread run alone for long: with many \
    threads on few distant cores no line moves at all then, at the price of the losers' latency. \
    A call by reference pays for finding its place: a thread-local read and two more plain stores \
    before the compare-and-swap may begin; a handle does not.";

/// How many peers are named in a row of a heavy page.
const NAMED: usize = 3;

pub fn section(material: &Material<'_>) -> Section {
    let losses = losses(material.everything());
    let body = match losses.first() {
        Some(worst) => {
            paragraph(&summary(&losses, worst))
                + &table(&losses, material.weight)
                + &paragraph(WHAT_BOUNDS_US)
        }
        None if material.everything().any(|view| view.duel().is_some()) => {
            note("No peer's median is above ours in this run.")
        }
        None => note("Ours was not measured beside a peer in this run."),
    };
    Section {
        id: "losses",
        title: "Where we lose",
        body,
    }
}

fn summary(losses: &[Duel<'_, '_>], worst: &Duel<'_, '_>) -> String {
    let behind = |duel: &&Duel<'_, '_>| duel.outcome() == Outcome::Behind;
    let resolved = losses.iter().filter(behind).count();
    format!(
        "In {} results a peer's median is above ours; {resolved} of these differences are \
         resolved (in bold). The worst: {}, at {} of what {} does.",
        losses.len(),
        worst.title(),
        times(worst.ratio.value),
        worst.peer.name()
    )
}

fn table(losses: &[Duel<'_, '_>], weight: Weight) -> String {
    let heads = [
        "Workload",
        "Capacity",
        "Payload",
        "Ours, million/s",
        "Peers above it: ours at so many times theirs",
    ];
    let mut table = Table::new(heads.len(), &heads);
    for cell in cells(losses) {
        let view = cell[0].view;
        let peers: Vec<String> = cell.iter().map(|duel| peer(duel, weight)).collect();
        let peers = match weight {
            Weight::Charts => peers.concat(),
            Weight::Tables => shortened(&peers),
        };
        table.raw_row(
            "",
            &[
                escape(&cell[0].title()),
                match view.is_primitive() {
                    true => "–".to_owned(),
                    false => view.cell.capacity.to_string(),
                },
                match view.is_primitive() {
                    true => "–".to_owned(),
                    false => escape(&view.cell.payload),
                },
                digits(cell[0].ours.spread.median),
                format!("<div class=\"peers\">{peers}</div>"),
            ],
        );
    }
    table.html()
}

/// On a heavy page the worst of them; data.json has everybody.
fn shortened(peers: &[String]) -> String {
    let (named, more) = peers.split_at(peers.len().min(NAMED));
    match more.len() {
        0 => named.join(", "),
        more => format!("{}, and {more} more", named.join(", ")),
    }
}

/// The losses of each cell together, the cell with the worst of them first.
fn cells<'l, 'v, 'a>(losses: &'l [Duel<'v, 'a>]) -> Vec<Vec<&'l Duel<'v, 'a>>> {
    let mut cells: Vec<Vec<&Duel<'_, '_>>> = Vec::new();
    for duel in losses {
        match cells
            .iter_mut()
            .find(|cell| std::ptr::eq(cell[0].ours, duel.ours))
        {
            Some(cell) => cell.push(duel),
            None => cells.push(vec![duel]),
        }
    }
    cells
}

/// One peer that is above ours, in colour where that is resolved; on a light page with quartiles.
fn peer(duel: &Duel<'_, '_>, weight: Weight) -> String {
    let (low, high) = (digits(duel.ratio.low), digits(duel.ratio.high));
    let ratio = times(duel.ratio.value);
    let ratio = match duel.outcome() {
        Outcome::Behind => format!("<b>{ratio}</b>"),
        Outcome::Ahead | Outcome::Unresolved => ratio,
    };
    let mixed = if duel.view.basis == Basis::Unchanged {
        ", mixed rounds"
    } else {
        ""
    };
    let name = escape(duel.peer.name());
    if weight == Weight::Tables {
        return format!("{name} {ratio}");
    }
    format!("<span>{name} {ratio} <i class=\"dim\">{low} – {high}{mixed}</i></span> ")
}
