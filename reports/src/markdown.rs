//! `summary.md`: the run on one screen.

use std::fmt::Write as _;

use crate::{
    analysis::{Duel, View, Views, losses, main_group, unbounded::Taken},
    document::{Document, ONE_CORE, Scope},
    number::{cores, figure, percent, times},
    page::said_of,
    stall::Sweep,
    statistics::Outcome,
    verdict::{Part, Sentence, verdict},
};

/// How many losses are named; the page has them all.
const LOSSES: usize = 5;

/// The summary of `document`.
pub fn summary(document: &Document) -> String {
    let (views, sweeps) = (Views::of(document), Sweep::all(document));
    let run = &document.run;
    let mut text = format!("# latchless, compared: {} at {}\n\n", run.date, run.commit);
    let machine = &run.machine;
    line(
        &mut text,
        &format!(
            "{}, {}, {}\n",
            machine.cpu,
            cores(machine.cores),
            machine.rustc
        ),
    );
    if document.scope == Scope::Smoke {
        line(
            &mut text,
            "**A smoke run: its figures say nothing about who is fast.**\n",
        );
    }
    if machine.cores == 1 {
        line(&mut text, &format!("**{ONE_CORE}**\n"));
    }
    if document.interrupted {
        line(
            &mut text,
            "**This run was ended before everything had been measured.**\n",
        );
    }
    for (at, sentence) in verdict(document, &views, &sweeps).iter().enumerate() {
        line(&mut text, &format!("{}. {}", at + 1, markdown(sentence)));
    }
    text.push('\n');
    text.push_str(&ratios(&views.queues));
    text.push_str(&while_waiting(&views.waiting));
    text.push_str(&and(
        without_bound(document, &views.unbounded),
        &through_pipes(&views.pipes),
    ));
    text.push_str(&with_primitives(document, &views.primitives));
    text.push_str(&and(
        stalled("With one thread stopped", &sweeps),
        &stalled(
            "With one thread stopped inside an unbounded queue",
            &Sweep::all_unbounded(document),
        ),
    ));
    text.push_str(&stalled(
        "With one thread stopped inside a semaphore",
        &Sweep::all_semaphores(document),
    ));
    text.push_str(&where_we_lose(views.everything()));
    line(
        &mut text,
        &format!(
            "Again: `{}`. Charts and every number: index.html, data.json.",
            run.command
        ),
    );
    text
}

/// Two paragraphs as one: the summary has room for so many.
fn and(first: String, second: &str) -> String {
    match first.is_empty() || second.is_empty() {
        true => first + second,
        false => format!("{} {second}", first.trim_end()),
    }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("writing to a string cannot fail");
}

fn markdown(sentence: &Sentence) -> String {
    let part = |part: &Part| match part {
        Part::Plain(text) => escape(text),
        Part::Strong(text) => format!("**{}**", escape(text)),
    };
    sentence.0.iter().map(part).collect()
}

/// What would end a cell or begin an element.
pub fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

fn ratios(views: &[View<'_>]) -> String {
    let group = main_group(views);
    let main = views.iter().filter(|view| Some(view.group()) == group);
    let duels: Vec<Duel<'_, '_>> = main.filter_map(View::duel).collect();
    let (Some((capacity, payload)), false) = (group, duels.is_empty()) else {
        return String::new();
    };
    let mut text = String::new();
    line(
        &mut text,
        &format!(
            "| capacity {capacity}, {payload} | ours, million/s | best peer | its | ratio | quartiles | |"
        ),
    );
    line(&mut text, "|---|--:|---|--:|--:|--:|---|");
    for duel in duels {
        let says = match duel.outcome() {
            Outcome::Ahead => "ahead",
            Outcome::Behind => "**behind**",
            Outcome::Unresolved => "not resolved",
        };
        line(
            &mut text,
            &format!(
                "| {} | {} | {} | {} | {} | {} – {} | {says} |",
                escape(&duel.view.title()),
                figure(duel.ours.spread.median),
                escape(duel.peer.name()),
                figure(duel.peer.spread.median),
                times(duel.ratio.value),
                figure(duel.ratio.low),
                figure(duel.ratio.high)
            ),
        );
    }
    text + "\n"
}

/// Ours over the best peer in every cell in which somebody waits, in one paragraph; behind in bold.
fn while_waiting(views: &[View<'_>]) -> String {
    in_one_paragraph("Waiting inside the calls, ours over the best peer", views)
}

/// Ours over the best peer in every cell of unbounded queues, and what it takes of memory.
fn without_bound(document: &Document, views: &[View<'_>]) -> String {
    let fast = in_one_paragraph(
        "Unbounded queues and channels, ours over the best peer",
        views,
    );
    let all = Taken::all(document);
    let Some(ours) = Taken::ours(&all) else {
        return fast;
    };
    and(
        fast,
        &format!(
            "Memory of unbounded queues: {}.\n\n",
            escape(&said_of(&ours))
        ),
    )
}

/// Ours over the best peer in every cell of pipes.
fn through_pipes(views: &[View<'_>]) -> String {
    in_one_paragraph("Pipes, ours over the best peer", views)
}

fn in_one_paragraph(what: &str, views: &[View<'_>]) -> String {
    let said = |duel: Duel<'_, '_>| {
        let ratio = times(duel.ratio.value);
        let ratio = match duel.outcome() {
            Outcome::Behind => format!("**{ratio}**"),
            Outcome::Ahead | Outcome::Unresolved => ratio,
        };
        let (title, capacity) = (duel.view.title(), duel.view.cell.capacity);
        format!(
            "{} at {capacity}: {ratio} {}",
            escape(&title),
            escape(duel.peer.name())
        )
    };
    let all: Vec<String> = views.iter().filter_map(View::duel).map(said).collect();
    match &all[..] {
        [] => String::new(),
        all => format!("{what}: {}.\n\n", all.join("; ")),
    }
}

/// Ours over the best peer with semaphores, events and locks, in one paragraph; behind in bold.
fn with_primitives(document: &Document, views: &[View<'_>]) -> String {
    let said = |duel: &Duel<'_, '_>| {
        let ratio = times(duel.ratio.value);
        let ratio = match duel.outcome() {
            Outcome::Behind => format!("**{ratio}**"),
            Outcome::Ahead | Outcome::Unresolved => ratio,
        };
        format!(
            "{}: {ratio} {}",
            escape(&duel.title()),
            escape(duel.peer.name())
        )
    };
    let duels = views.iter().flat_map(|view| view.duels(document));
    let all: Vec<String> = duels.map(|duel| said(&duel)).collect();
    match &all[..] {
        [] => String::new(),
        all => format!(
            "Semaphores, events and locks, ours over the best peer that promises as much: {}.\n\n",
            all.join("; ")
        ),
    }
}

/// What the others keep, and with whom they halt, ours first.
fn stalled(how: &str, sweeps: &[Sweep<'_>]) -> String {
    let (mut kept, mut halted) = (Vec::new(), Vec::new());
    for sweep in sweeps {
        let (name, operation) = (escape(&sweep.stalled.contender), &sweep.stalled.operation);
        match sweep.halts() {
            0 => kept.push(format!(
                "{name} {operation} {}{}",
                percent(sweep.least().1),
                beside(sweep)
            )),
            _ => halted.push(format!("{name} {operation}")),
        }
    }
    let said = |what: &str, all: &[String]| match all {
        [] => String::new(),
        _ => format!(" {what}: {}.", all.join(", ")),
    };
    if sweeps.is_empty() {
        return String::new();
    }
    let (kept, halted) = (
        said("the others keep", &kept),
        said("They halt with", &halted),
    );
    format!("{how} at the worst instruction:{kept}{halted}\n\n")
}

/// What the others keep at least when it is stopped before its operation, where that was watched.
fn beside(sweep: &Sweep<'_>) -> String {
    let said = |(least, _)| format!(" (stopped before it: {})", percent(least));
    sweep.before_range().map_or(String::new(), said)
}

fn where_we_lose<'v, 'a: 'v>(views: impl Iterator<Item = &'v View<'a>>) -> String {
    let losses = losses(views);
    if losses.is_empty() {
        return String::new();
    }
    let named = losses.iter().take(LOSSES).map(|duel| {
        let cell = duel.view.cell;
        let peer = escape(duel.peer.name());
        let (title, ratio) = (duel.title(), times(duel.ratio.value));
        if duel.view.is_primitive() {
            return format!("{title}: {ratio} {peer}");
        }
        format!(
            "{title} at {} × {}: {ratio} {peer}",
            cell.capacity,
            escape(&cell.payload)
        )
    });
    let named: Vec<String> = named.collect();
    format!(
        "Where we lose ({} results, worst first): {}.\n\n",
        losses.len(),
        named.join("; ")
    )
}
