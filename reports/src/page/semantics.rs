//! The semantics matrix: what each contender promises, before any of its figures.

use super::{Material, row_class};
use crate::document::Card;
use crate::html::{Section, Table, escape, note};

pub fn section(material: &Material<'_>) -> Section {
    let heads = [
        "Contender",
        "What a stopped peer does",
        "Full and Empty",
        "Order",
        "Algorithm",
        "Forms",
        "How it waits",
    ];
    let mut table = Table::new(heads.len(), &heads);
    for card in &material.document.cards {
        let class = row_class(material.document.side(&card.name));
        table.raw_row(class, &row(card));
    }
    let body = if table.is_empty() {
        note("No contender's card was recorded.")
    } else {
        let about = "What is compared is not the same thing everywhere: what each queue promises \
                     stands here, before any figure.";
        format!("{}<div class=\"cards\">{}</div>", note(about), table.html())
    };
    let others = |title: &str, cards: &[Card]| {
        let mut table = Table::new(heads.len(), &heads);
        for card in cards {
            let class = if card.origin == "latchless" { "o" } else { "" };
            table.raw_row(class, &row(card));
        }
        match table.is_empty() {
            true => String::new(),
            false => format!(
                "<h3>{title}</h3>\n<div class=\"cards\">{}</div>",
                table.html()
            ),
        }
    };
    let unbounded = others(
        "Unbounded queues and channels",
        &material.document.unbounded_cards,
    );
    let pipes = others("Pipes", &material.document.pipe_cards);
    let body = body + &unbounded + &pipes + &primitives(material);
    Section {
        id: "semantics",
        title: "What each promises",
        body,
    }
}

/// A queue or a pipe.
fn row(card: &Card) -> [String; 7] {
    [
        format!("<b>{}</b>{}", escape(&card.name), escape(&card.origin)),
        coded(&card.stopped_peer),
        coded(&card.exactness),
        coded(&card.order),
        coded(&card.algorithm),
        forms(true, card.blocking, card.asynchronous, card.timeout),
        coded(&card.waiting),
    ]
}

/// Semaphores, events and locks have other promises.
fn primitives(material: &Material<'_>) -> String {
    let heads = [
        "Contender",
        "What a stopped peer does",
        "In order",
        "Who is served first",
        "Algorithm",
        "Forms",
        "How it waits",
    ];
    let mut table = Table::new(heads.len(), &heads);
    for card in &material.document.primitive_cards {
        let ours = if card.origin == "latchless" { "o" } else { "" };
        table.raw_row(
            ours,
            &[
                format!(
                    "<b>{}</b>{}, {}",
                    escape(&card.name),
                    escape(&card.origin),
                    card.kind
                ),
                coded(&card.stopped_peer),
                if card.fair { "yes" } else { "no" }.to_owned(),
                coded(&card.order),
                coded(&card.algorithm),
                forms(false, card.blocking, card.asynchronous, card.timeout),
                coded(&card.waiting),
            ],
        );
    }
    match table.is_empty() {
        true => String::new(),
        false => format!(
            "<h3>Semaphores, events and locks</h3>\n<div class=\"cards prims\">{}</div>",
            table.html()
        ),
    }
}

fn forms(tries: bool, blocking: bool, asynchronous: bool, timeout: bool) -> String {
    let all = [
        (tries, "try"),
        (blocking, "waits"),
        (asynchronous, "async"),
        (timeout, "timeout"),
    ];
    let offered: Vec<&str> = all
        .iter()
        .filter(|form| form.0)
        .map(|form| form.1)
        .collect();
    offered.join(", ")
}

/// `text` with what stands between backticks as code.
fn coded(text: &str) -> String {
    let escaped = escape(text);
    let parts = escaped.split('`').enumerate();
    let part = |(at, part): (usize, &str)| match at % 2 {
        0 => part.to_owned(),
        _ => format!("<code>{part}</code>"),
    };
    parts.map(part).collect()
}
