//! Title, warnings and the verdict.

use super::Material;
use crate::{
    document::Scope,
    html::{Section, escape, paragraph},
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
    let threads = if machine.cores == 1 { "core" } else { "cores" };
    let line = format!(
        "{} · commit {} · {} · {} {threads} · {}",
        run.date, run.commit, machine.cpu, machine.cores, machine.rustc
    );
    let mut head = format!("<h1>latchless, compared</h1>{}", paragraph(&line));
    for warning in warnings(document.scope, document.interrupted) {
        head.push_str(&format!("<p class=\"warn\">{}</p>", escape(warning)));
    }
    head
}

fn warnings(scope: Scope, interrupted: bool) -> impl Iterator<Item = &'static str> {
    let smoke = (scope == Scope::Smoke).then_some(
        "A smoke run: a few very short rounds that show that everything works. Its figures say \
         nothing about who is fast.",
    );
    let ended = interrupted.then_some(
        "This run was ended before everything had been measured; what is missing is not shown.",
    );
    smoke.into_iter().chain(ended)
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
