//! The semantics matrix: what each contender promises, before any of its figures.

use super::{Material, row_class};
use crate::html::{Section, Table, note};

pub fn section(material: &Material<'_>) -> Section {
    let heads = [
        "Contender",
        "From",
        "What a stopped peer does",
        "Full and Empty",
        "Order",
        "Algorithm",
        "Waits, async, timeout",
    ];
    let mut table = Table::new(heads.len(), &heads);
    for card in &material.document.cards {
        table.row(
            row_class(material.document.side(&card.name)),
            &[
                &card.name,
                &card.origin,
                &card.stopped_peer,
                &card.exactness,
                &card.order,
                &card.algorithm,
                &forms(card.blocking, card.asynchronous, card.timeout),
            ],
        );
    }
    let body = if table.is_empty() {
        note("No contender's card was recorded.")
    } else {
        let about = "What is compared is not the same thing everywhere: what each queue promises \
                     stands here, before any figure.";
        format!("{}<div class=\"cards\">{}</div>", note(about), table.html())
    };
    Section {
        id: "semantics",
        title: "What each promises",
        body,
    }
}

fn forms(blocking: bool, asynchronous: bool, timeout: bool) -> String {
    let all = [
        (blocking, "waits"),
        (asynchronous, "async"),
        (timeout, "timeout"),
    ];
    let offered: Vec<&str> = all
        .iter()
        .filter(|form| form.0)
        .map(|form| form.1)
        .collect();
    if offered.is_empty() {
        "try forms only".to_owned()
    } else {
        offered.join(", ")
    }
}
