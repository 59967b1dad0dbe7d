//! Where we lose: every workload, capacity and payload in which somebody's median is above ours.

use super::Material;
use crate::{
    analysis::{Basis, losses},
    html::{Section, Table, escape, note, paragraph},
    number::{figure as digits, times},
    statistics::Outcome,
};

pub fn section(material: &Material<'_>) -> Section {
    let losses = losses(material.views);
    let Some(worst) = losses.first() else {
        let measured = material.views.iter().any(|view| view.duel().is_some());
        let text = if measured {
            "No peer's median is above ours in this run."
        } else {
            "Ours was not measured beside a peer in this run."
        };
        return Section {
            id: "losses",
            title: "Where we lose",
            body: note(text),
        };
    };
    let resolved = losses
        .iter()
        .filter(|duel| duel.outcome() == Outcome::Behind)
        .count();
    let mut table = Table::new(
        3,
        &[
            "Workload",
            "Payload",
            "Peer",
            "Capacity",
            "Ratio",
            "Quartiles",
            "Ours, million/s",
            "Peer, million/s",
            "",
        ],
    );
    for duel in &losses {
        let cell = duel.view.cell;
        let ratio = match duel.outcome() {
            Outcome::Behind => format!("<b class=\"bad\">{}</b>", times(duel.ratio.value)),
            Outcome::Ahead | Outcome::Unresolved => times(duel.ratio.value),
        };
        let remark = match (duel.outcome(), duel.view.basis) {
            (Outcome::Unresolved, _) => "not resolved",
            (_, Basis::Unchanged) => "mixed rounds",
            _ => "",
        };
        table.raw_row(
            "",
            &[
                escape(&duel.view.title()),
                escape(&cell.payload),
                escape(duel.peer.name()),
                cell.capacity.to_string(),
                ratio,
                format!("{} – {}", digits(duel.ratio.low), digits(duel.ratio.high)),
                digits(duel.ours.spread.median),
                digits(duel.peer.spread.median),
                remark.to_owned(),
            ],
        );
    }
    let summary = format!(
        "In {} results a peer's median is above ours; {resolved} of these differences are \
         resolved. The worst: {} at {} {}'s.",
        losses.len(),
        worst.view.title(),
        times(worst.ratio.value),
        worst.peer.name()
    );
    Section {
        id: "losses",
        title: "Where we lose",
        body: paragraph(&summary) + &table.html(),
    }
}
