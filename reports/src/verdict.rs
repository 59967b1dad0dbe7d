//! The verdict: five sentences, each made from this run's figures and from nothing else.

use latchless_bench::record::Cell;

use crate::{
    analysis::{Basis, Duel, FEWEST_NEAR, View, Views, main_group},
    document::{Document, Side},
    number::{figure, percent, times},
    stall::Sweep,
    statistics::Outcome,
};

/// A sentence in which some words are figures that a reader looks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentence(pub Vec<Part>);

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Plain(String),
    Strong(String),
}

impl Sentence {
    fn plain(mut self, text: impl Into<String>) -> Self {
        self.0.push(Part::Plain(text.into()));
        self
    }

    fn strong(mut self, text: impl Into<String>) -> Self {
        self.0.push(Part::Strong(text.into()));
        self
    }
}

/// The five sentences: the balance, the extremes, the stopped peer, the threads among
/// themselves, and how far to trust all that.
pub fn verdict(document: &Document, all: &Views<'_>, sweeps: &[Sweep<'_>]) -> [Sentence; 5] {
    let views = &all.queues[..];
    // Most peers have no call that moves a slice: to win there says little.
    let single = views
        .iter()
        .filter(|view| !view.cell.workload.starts_with("slices"));
    let duels: Vec<Duel<'_, '_>> = single.filter_map(View::duel).collect();
    let waits: Vec<Duel<'_, '_>> = all.waiting.iter().filter_map(View::duel).collect();
    let unbounded: Vec<Duel<'_, '_>> = all.unbounded.iter().filter_map(View::duel).collect();
    let primitive = all.primitives.iter().flat_map(|view| view.duels(document));
    let primitive: Vec<Duel<'_, '_>> = primitive.collect();
    let piped: Vec<Duel<'_, '_>> = all.pipes.iter().filter_map(View::duel).collect();
    let kinds = [&duels[..], &waits, &unbounded, &piped, &primitive];
    let first = kinds.iter().find(|duels| !duels.is_empty());
    [
        balance(document, kinds),
        extremes(first.unwrap_or(&kinds[0])),
        stopped(sweeps),
        fairness(views),
        trust(document, &all.everything().collect::<Vec<_>>()),
    ]
}

/// What came out in each kind of comparison: of single items, of waiting, without a bound, of pipes, of semaphores and the like.
fn balance(document: &Document, kinds: [&[Duel<'_, '_>]; 5]) -> Sentence {
    const FIRST: [&str; 5] = [
        "Moving single items",
        "Waiting",
        "Through unbounded queues",
        "Through pipes",
        "With semaphores, events and locks",
    ];
    const THEN: [&str; 5] = [
        "",
        "where threads or tasks wait inside the calls",
        "through unbounded queues",
        "through pipes",
        "with semaphores, events and locks",
    ];
    let queues = kinds[..3].iter().any(|duels| !duels.is_empty());
    let name = document
        .our_name()
        .filter(|_| queues)
        .unwrap_or("latchless");
    let mut sentence = Sentence::default();
    let mut said = false;
    for ((duels, first), then) in kinds.iter().zip(FIRST).zip(THEN) {
        let count = duels.len();
        if count == 0 {
            continue;
        }
        sentence = match said {
            false => sentence.plain(format!(
                "{first}, against the fastest peer of each of {count} comparisons, {name} is "
            )),
            true => sentence.plain(format!("; {then} ({count} comparisons), ")),
        };
        sentence = counts(sentence, duels);
        said = true;
    }
    match said {
        true => sentence.plain("."),
        false => sentence.plain("Nothing of ours was measured beside a peer in this run."),
    }
}

/// `ahead in 2, behind in 1 and not to be told apart in 3`.
fn counts(sentence: Sentence, duels: &[Duel<'_, '_>]) -> Sentence {
    let having = |outcome| {
        duels
            .iter()
            .filter(|duel| duel.outcome() == outcome)
            .count()
    };
    sentence
        .strong(format!("ahead in {}", having(Outcome::Ahead)))
        .plain(", ")
        .strong(format!("behind in {}", having(Outcome::Behind)))
        .plain(format!(
            " and not to be told apart in {}",
            having(Outcome::Unresolved)
        ))
}

fn extremes(duels: &[Duel<'_, '_>]) -> Sentence {
    let by_ratio = |a: &&Duel<'_, '_>, b: &&Duel<'_, '_>| a.ratio.value.total_cmp(&b.ratio.value);
    let sentence = Sentence::default();
    let (Some(best), Some(worst)) = (duels.iter().max_by(by_ratio), duels.iter().min_by(by_ratio))
    else {
        return sentence.plain("So there is no ratio to report.");
    };
    let said = |duel: &Duel<'_, '_>| {
        let (low, high) = (figure(duel.ratio.low), figure(duel.ratio.high));
        let (place, peer) = (place(duel), duel.peer.name());
        format!(" {peer} in {place} (quartiles {low} to {high})")
    };
    let sentence = sentence.plain("Its ratio to that peer goes from ");
    if duels.len() == 1 {
        let sentence = Sentence::default().plain("That one ratio is ");
        return sentence
            .strong(times(best.ratio.value))
            .plain(said(best))
            .plain(".");
    }
    sentence
        .strong(times(best.ratio.value))
        .plain(said(best))
        .plain(" down to ")
        .strong(times(worst.ratio.value))
        .plain(said(worst))
        .plain(".")
}

/// A cell's name in a sentence.
fn place(duel: &Duel<'_, '_>) -> String {
    match duel.view.is_primitive() {
        true => duel.title(),
        false => place_of(duel.view),
    }
}

fn place_of(view: &View<'_>) -> String {
    let Cell {
        capacity, payload, ..
    } = view.cell;
    format!("{} at capacity {capacity} with {payload}", view.title())
}

fn stopped(sweeps: &[Sweep<'_>]) -> Sentence {
    let sentence = Sentence::default();
    let ours = || sweeps.iter().filter(|sweep| sweep.side == Side::Ours);
    let Some(least) = ours().map(|sweep| sweep.least().1).reduce(f64::min) else {
        return sentence
            .plain("The stalled peer was not measured for our handle form in this run.");
    };
    let mut halted: Vec<&str> = Vec::new();
    for sweep in sweeps
        .iter()
        .filter(|sweep| sweep.side == Side::Peer && sweep.halts() > 0)
    {
        if !halted.contains(&sweep.stalled.contender.as_str()) {
            halted.push(&sweep.stalled.contender);
        }
    }
    let sentence = sentence
        .plain("When one thread is stopped in mid-operation, at whatever instruction, the others keep at least ")
        .strong(percent(least))
        .plain(" of their throughput with ours");
    let before = ours().filter_map(|sweep| Some(sweep.before_range()?.0));
    let sentence = match before.reduce(f64::min) {
        Some(before) => sentence
            .plain(", and in as many watches with it stopped before its operation at least ")
            .strong(percent(before)),
        None => sentence,
    };
    if halted.is_empty() {
        return sentence.plain("; no peer was seen to halt them either.");
    }
    sentence
        .plain("; they halt with ")
        .strong(listed(&halted))
        .plain(".")
}

/// `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

fn fairness(views: &[View<'_>]) -> Sentence {
    let shares = views
        .iter()
        .filter_map(|view| Some((view, view.ours()?.shares()?.median())));
    let crowded = crowded(views);
    let Some((view, share)) = shares.min_by(|a, b| a.1.total_cmp(&b.1)) else {
        let rest = crowded.map(|crowded| format!("; {crowded}"));
        let sentence = Sentence::default().plain("Fairness was not measured for ours in this run");
        return sentence.plain(rest.unwrap_or_default()).plain(".");
    };
    let alone = view.control().map(|none| percent(none.median()));
    let alone = alone.map(|alone| format!("; {alone} without any queue"));
    Sentence::default()
        .plain("With its threads dealt to random cores over and over, the slowest of ours did at least ")
        .strong(percent(share))
        .plain(format!(
            " of what the fastest of its kind did (least in {}{})",
            place_of(view),
            alone.unwrap_or_default()
        ))
        .plain(crowded.map_or_else(String::new, |crowded| format!(", and {crowded}")))
        .plain(".")
}

/// What becomes of ours from the fewest to the most threads of one family of workloads.
fn crowded(views: &[View<'_>]) -> Option<String> {
    let group = main_group(views);
    let mixed = views
        .iter()
        .filter(|view| view.cell.workload.starts_with("mpmc-") && Some(view.group()) == group);
    let mixed: Vec<_> = mixed
        .filter_map(|view| Some((view.cell.threads, view.ours()?)))
        .collect();
    let few = mixed.iter().min_by_key(|one| one.0)?;
    let many = mixed.iter().max_by_key(|one| one.0)?;
    let kept = percent(many.1.spread.median / few.1.spread.median);
    let (from, to) = (few.0, many.0);
    (from < to).then(|| format!("{to} threads move {kept} of what {from} threads move"))
}

fn trust(document: &Document, views: &[&View<'_>]) -> Sentence {
    let sentence = Sentence::default();
    let noise = views
        .iter()
        .filter_map(|view| view.noise())
        .max_by(f64::total_cmp);
    let mixed = views
        .iter()
        .filter(|view| view.basis == Basis::Unchanged)
        .count();
    let steal = figure(document.run.steal_percent);
    let sentence = match noise {
        Some(noise) => sentence
            .plain("The same contender measured twice differed by up to ")
            .strong(format!("{:.0} %", ((noise - 1.0) * 100.0).ceil())),
        None => sentence.plain("No contender was measured twice, so chance has no measure here"),
    };
    let sentence = sentence.plain(format!(
        ", the hypervisor stole {steal} % of the time, and differences under 25 % are not resolved"
    ));
    match mixed {
        0 => sentence.plain("."),
        _ => sentence.plain(format!(
            "; {mixed} of {} comparisons had fewer than {FEWEST_NEAR} near rounds of somebody and mix near with far.",
            views.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{OURS, cell, complete, document, stalled, waiting};

    fn said(document: &Document) -> Vec<String> {
        let (views, sweeps) = (Views::of(document), Sweep::all(document));
        let text = |sentence: &Sentence| {
            let part = |part: &Part| match part {
                Part::Plain(text) | Part::Strong(text) => text.clone(),
            };
            sentence.0.iter().map(part).collect()
        };
        verdict(document, &views, &sweeps)
            .iter()
            .map(text)
            .collect()
    }

    #[test]
    fn five_sentences_say_what_the_figures_say() {
        let said = said(&complete());
        assert!(
            said[0].ends_with("is ahead in 2, behind in 1 and not to be told apart in 2."),
            "{}",
            said[0]
        );
        assert!(
            said[1].contains("1.47\u{a0}× kanal in MPMC 4+4"),
            "{}",
            said[1]
        );
        assert!(
            said[1].contains("down to 0.58\u{a0}× kanal in MPMC 16+16"),
            "{}",
            said[1]
        );
        assert!(said[2].contains("keep at least 97\u{a0}%"), "{}", said[2]);
        assert!(
            said[2].ends_with("they halt with ArrayQueue."),
            "{}",
            said[2]
        );
        assert!(
            said[3].contains("32 threads move 40\u{a0}% of what 8 threads move"),
            "{}",
            said[3]
        );
        assert!(said[4].contains("differed by up to 4 %"), "{}", said[4]);
    }

    #[test]
    fn the_least_share_is_said_beside_what_there_is_without_a_queue() {
        let said = said(&complete());
        let fair = "did at least 74\u{a0}% of what the fastest of its kind did (least in \
                    MPMC 4+4 at capacity 1024 with u64; 90\u{a0}% without any queue), and 32";
        assert!(said[3].contains(fair), "{}", said[3]);
    }

    #[test]
    fn a_run_of_waiting_alone_has_its_extremes() {
        let mut document = document(Vec::new());
        document.run.waiting = waiting();
        let said = said(&document);
        assert!(said[0].starts_with("Waiting, against the fastest peer of each of 9"));
        assert!(said[1].contains("2.00\u{a0}× crossbeam-channel in Round trip spinning"));
        assert!(said[1].contains("0.50\u{a0}× kanal in SPSC, blocking at capacity 64"));
    }

    #[test]
    fn ours_halting_the_others_is_said_and_not_hidden() {
        let mut document = complete();
        document.run.stalled = vec![stalled(OURS, &[1.0, 0.0])];
        let said = &said(&document)[2];
        assert!(said.contains("keep at least 0\u{a0}%"), "{said}");
        let before = "stopped before its operation at least 100\u{a0}%";
        assert!(said.contains(before), "{said}");
    }

    #[test]
    fn what_was_not_measured_is_called_so() {
        let said = said(&document(vec![cell("spsc", 2, &[("kanal", 50.0)])]));
        assert!(said[0].contains("Nothing of ours was measured"));
        assert!(said[2].contains("was not measured"));
        assert!(said[3].contains("Fairness was not measured"));
        assert!(said[4].contains("chance has no measure"));
    }
}
