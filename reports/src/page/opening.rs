//! Title, warnings and the verdict.

use super::Material;
use crate::{
    document::{Document, ONE_CORE, Scope},
    html::{Section, escape, paragraph},
    number::cores,
    verdict::{Part, Sentence, verdict as sentences},
};

pub fn title(material: &Material<'_>) -> String {
    let run = &material.document.run;
    format!("latchless, compared: {} at {}", run.date, run.commit)
}

/// What stands above everything else.
pub fn head(material: &Material<'_>) -> String {
    let document = material.document;
    let run = &document.run;
    let machine = &run.machine;
    let line = format!(
        "{} · commit {} · {} · {} · {}",
        run.date,
        run.commit,
        machine.cpu,
        cores(machine.cores),
        machine.rustc
    );
    let mut head = format!("<h1>latchless, compared</h1>{}", paragraph(&line));
    for warning in warnings(document) {
        head.push_str(&format!("<p class=\"warn\">{}</p>", escape(warning)));
    }
    head
}

fn warnings(document: &Document) -> impl Iterator<Item = &'static str> {
    let smoke = (document.scope == Scope::Smoke).then_some(
        "A smoke run: a few very short rounds that show that everything works. Its figures say \
         nothing about who is fast.",
    );
    let ended = document.interrupted.then_some(
        "This run was ended before everything had been measured; what is missing is not shown.",
    );
    let alone = (document.run.machine.cores == 1).then_some(ONE_CORE);
    smoke.into_iter().chain(ended).chain(alone)
}

pub fn verdict(material: &Material<'_>) -> Section {
    let sentences = sentences(material.document, material.all, material.sweeps);
    let items: String = sentences
        .iter()
        .map(|sentence| format!("<li>{}</li>\n", html(sentence)))
        .collect();
    let body = format!("<ol class=\"verdict\">\n{items}</ol>\n");
    Section {
        id: "verdict",
        title: "Verdict",
        body,
    }
}

fn html(sentence: &Sentence) -> String {
    let part = |part: &Part| match part {
        Part::Plain(text) => escape(text),
        Part::Strong(text) => format!("<b>{}</b>", escape(text)),
    };
    sentence.0.iter().map(part).collect()
}
