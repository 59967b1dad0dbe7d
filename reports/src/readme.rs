//! The figures of the README: headlines of one run, written between two marks and never by hand.

use crate::{
    analysis::{Duel, View, Views},
    document::Document,
    goals_list::{Tally, measured},
    markdown::escape,
    number::{cores, figure, percent, times},
    recorded::Recorded,
    stall::Sweep,
    statistics::Outcome,
};

const BEGIN: &str =
    "<!-- figures: written by `cargo compare --readme` from a recorded run; a test compares -->\n";
const END: &str = "<!-- end of figures -->\n";

/// The cells that are headlines: a workload, and its capacity where it has several.
const QUEUES: [(&str, usize); 5] = [
    ("uncontended", 1024),
    ("spsc", 1024),
    ("mpsc-4+1", 1024),
    ("mpmc-4+4", 1024),
    ("mpmc-16+16", 1024),
];
const WAITING: [(&str, usize); 6] = [
    ("blocking-spsc", 1024),
    ("blocking-mpmc-4+4", 1024),
    ("blocking-mpmc-16+16", 1024),
    ("async-mpmc-4+4", 1024),
    ("round-trip-spinning", 1),
    ("round-trip-parked", 1),
];
const UNBOUNDED: [&str; 4] = [
    "unbounded-uncontended",
    "unbounded-spsc",
    "unbounded-mpmc-4+4",
    "unbounded-blocking-4+4",
];
const PIPES: [&str; 5] = [
    "pipe-items",
    "pipe-slices",
    "pipe-round-trip",
    "pipe-bytes",
    "pipe-bytes-async",
];
const PRIMITIVES: [&str; 7] = [
    "semaphore-alone",
    "semaphore-2-on-2",
    "semaphore-16-on-4",
    "semaphore-tasks-16-on-4",
    "event-is-set",
    "event-set-reset",
    "event-waiters-100",
];
const LOCKS: [&str; 2] = ["lock-2", "lock-16"];

/// `readme` with the figures of `recorded` in place of those that it has.
pub fn with_figures(readme: &str, recorded: &Recorded) -> Result<String, String> {
    let marks = || "README.md has no marks between which the figures go".to_owned();
    let (before, rest) = readme.split_once(BEGIN).ok_or_else(marks)?;
    let (_, after) = rest.split_once(END).ok_or_else(marks)?;
    Ok(format!("{before}{BEGIN}{}{END}{after}", figures(recorded)))
}

fn figures(recorded: &Recorded) -> String {
    let document = &recorded.document;
    let views = Views::of(document);
    let mut text = origin(recorded);
    text.push_str(
        "| | ours over the fastest peer | quartiles | that peer | over the fastest crate, where that is another |\n\
         |---|--:|--:|---|---|\n",
    );
    for (title, duels) in headlines(document, &views) {
        if !duels.is_empty() {
            text.push_str(&format!("| **{title}** | | | | |\n"));
        }
        for duel in &duels {
            text.push_str(&row(document, duel));
        }
    }
    text.push('\n');
    text.push_str(&losses(document, &views));
    text.push_str(&unstopped(document));
    text.push_str(&goals(document));
    text
}

/// Which run this is, and where the rest of it is.
fn origin(recorded: &Recorded) -> String {
    let run = &recorded.document.run;
    let folder = format!("reports/runs/{}", recorded.name);
    format!(
        "The newest recorded run: {}, {}, {}, at `{}`. Its [summary]({folder}/summary.md), its \
         [page]({folder}/index.html) with charts, and [every round]({folder}/data.json).\n\n\
         Medians of interleaved rounds; under 1 the peer is faster, in **bold** where that is more than \
         noise. The fastest peer is whoever was fastest in that row, mutexes and baselines of this project's \
         among them, which promise less and which no crate offers.\n\n",
        run.machine.cpu,
        cores(run.machine.cores),
        run.date,
        run.commit
    )
}

type Headlines<'v, 'a> = Vec<(&'static str, Vec<Duel<'v, 'a>>)>;

fn headlines<'v, 'a>(document: &Document, views: &'v Views<'a>) -> Headlines<'v, 'a> {
    let at = |views: &'v [View<'a>], cells: &[(&str, usize)]| -> Vec<Duel<'v, 'a>> {
        let find = |&(name, capacity): &(&str, usize)| {
            let is_it = |view: &&View<'_>| {
                view.cell.workload == name
                    && view.cell.capacity == capacity
                    && view.cell.payload == "u64"
            };
            views.iter().find(is_it)?.duel()
        };
        cells.iter().filter_map(find).collect()
    };
    // The usual capacity of a workload comes first in a run.
    let first = |views: &'v [View<'a>], names: &[&str]| -> Vec<Duel<'v, 'a>> {
        let find = |name: &&str| views.iter().find(|view| view.cell.workload == **name);
        let found = names.iter().filter_map(find);
        found
            .flat_map(|view| match view.is_primitive() {
                true => view.duels(document),
                false => view.duel().into_iter().collect(),
            })
            .collect()
    };
    vec![
        (
            "Bounded queue, calls that do not wait",
            at(&views.queues, &QUEUES),
        ),
        ("Threads and tasks that wait", at(&views.waiting, &WAITING)),
        ("Unbounded queue", first(&views.unbounded, &UNBOUNDED)),
        ("Pipes", first(&views.pipes, &PIPES)),
        ("Semaphore and Event", first(&views.primitives, &PRIMITIVES)),
        ("Mutex", first(&views.primitives, &LOCKS)),
    ]
}

fn row(document: &Document, duel: &Duel<'_, '_>) -> String {
    let published = published(document, duel).map_or_else(String::new, |other| {
        format!("{} {}", ratio(&other), escape(other.peer.name()))
    });
    format!(
        "| {} | {} | {} – {} | {} | {published} |\n",
        escape(&duel.title()),
        ratio(duel),
        figure(duel.ratio.low),
        figure(duel.ratio.high),
        escape(duel.peer.name())
    )
}

/// Where the fastest peer is a baseline of this project's, ours against the fastest that is not.
fn published<'v, 'a>(document: &Document, duel: &Duel<'v, 'a>) -> Option<Duel<'v, 'a>> {
    let view = duel.view;
    let origin = |name| match view.is_primitive() {
        true => document.primitive_origin(name),
        false => document
            .origin(name)
            .or_else(|| document.pipe_origin(name))
            .or_else(|| document.unbounded_origin(name)),
    };
    let baseline = |name| origin(name) == Some("baseline");
    if !baseline(duel.peer.name()) {
        return None;
    }
    let mut peers = view.peers().filter(|peer| !baseline(peer.name()));
    view.duel_of(duel.ours, peers.next()?)
}

/// In bold where ours is behind beyond noise.
fn ratio(duel: &Duel<'_, '_>) -> String {
    let ratio = times(duel.ratio.value);
    match duel.outcome() {
        Outcome::Behind => format!("**{ratio}**"),
        Outcome::Ahead | Outcome::Unresolved => ratio,
    }
}

/// How all comparisons came out, and every one in which ours is behind.
fn losses(document: &Document, views: &Views<'_>) -> String {
    let duels = views
        .everything()
        .flat_map(|view| match view.is_primitive() {
            true => view.duels(document),
            false => view.duel().into_iter().collect(),
        });
    let duels: Vec<_> = duels.collect();
    let of = |outcome: Outcome| duels.iter().filter(move |duel| duel.outcome() == outcome);
    let behind = of(Outcome::Behind).map(|duel| {
        format!(
            "{} {} {}",
            escape(&duel.title()),
            times(duel.ratio.value),
            escape(duel.peer.name())
        )
    });
    let behind: Vec<String> = behind.collect();
    let named = match &behind[..] {
        [] => String::new(),
        all => format!(": {}", all.join("; ")),
    };
    format!(
        "In all {} comparisons of that run ours is ahead of the fastest peer in {}, not to be told \
         apart from it in {}, and behind it in {}{named}.\n\n",
        duels.len(),
        of(Outcome::Ahead).count(),
        of(Outcome::Unresolved).count(),
        behind.len()
    )
}

/// What the others keep while a thread of ours is stopped.
fn unstopped(document: &Document) -> String {
    let all = [
        ("the bounded queue", Sweep::all(document)),
        ("the unbounded one", Sweep::all_unbounded(document)),
        ("the semaphore", Sweep::all_semaphores(document)),
    ];
    let worst = |sweeps: &[Sweep<'_>]| {
        let ours = sweeps.iter().filter(|sweep| sweep.is_ours());
        let least = ours.map(|sweep| sweep.least().1);
        least.min_by(f64::total_cmp)
    };
    let said = all.iter().filter_map(|(name, sweeps)| {
        let least = worst(sweeps)?;
        Some(format!("at least {} inside {name}", percent(least)))
    });
    let said: Vec<String> = said.collect();
    match said.is_empty() {
        true => String::new(),
        false => format!(
            "With one thread stopped at its worst instruction, the others kept {}.\n\n",
            said.join(", ")
        ),
    }
}

fn goals(document: &Document) -> String {
    let tally = Tally::of(&measured(document));
    format!(
        "Of the goals that were set before it was written, {} are reached and {} are missed: \
         [reports/GOALS.md](reports/GOALS.md) has each of them, and what bounds those.\n",
        tally.reached, tally.missed
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic;

    fn recorded() -> Recorded {
        Recorded {
            name: "2030-01-02-abc".to_owned(),
            document: synthetic::whole(),
        }
    }

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let readme = format!("before\n{BEGIN}stale\n{END}after\n");
        let text = with_figures(&readme, &recorded()).expect("it has marks");
        assert!(text.starts_with("before\n") && text.ends_with("after\n"));
        assert!(!text.contains("stale"));
        let again = with_figures(&text, &recorded()).expect("the marks are still there");
        assert_eq!(again, text);
        assert!(with_figures("no marks", &recorded()).is_err());
    }

    #[test]
    fn losses_are_in_the_table_and_named_again() {
        let text = figures(&recorded());
        assert!(text.contains("](reports/runs/2030-01-02-abc/index.html)"));
        let behind = "| MPMC 16+16 | **0.58\u{a0}×** |";
        assert!(text.contains(behind), "{text}");
        assert!(
            text.contains("; MPMC 16+16 0.58\u{a0}× kanal") || text.contains(": MPMC 16+16 0.58")
        );
    }
}
