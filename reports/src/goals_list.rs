//! `reports/GOALS.md`: every goal, how far one run is from it, and what bounds those that are missed.

use crate::{
    analysis::Views,
    document::Document,
    goals::{
        Goal, Reached,
        catalogue::{Area, Wanted},
        goals,
    },
    markdown::escape,
    number::{cores, figure},
    recorded::Recorded,
    stall::Sweep,
};

/// What is said of one goal by hand: its name and the text.
pub type Reason = (String, String);

/// What was asked for and is no figure.
const PROVED: &str = "\
## Asked for, and no figure

A stopped thread halts nobody (`stall_*.rs`), no wake is lost and every ordering is needed (`loom_*.rs`, the \
[kill matrix](kill-matrix.json)), memory stays flat (`memory_*.rs`): the table \"How to verify\" of the \
[README](../README.md) has them all. A notify without waiters makes no system call: it is a fence and a load \
(`structures/src/wait/`).
";

/// Every goal that `document` has figures for.
pub fn measured(document: &Document) -> Vec<Goal> {
    goals(
        document,
        &Views::of(document),
        &Sweep::all(document),
        &Sweep::all_unbounded(document),
    )
}

/// How many goals came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub reached: usize,
    pub aimed: usize,
    pub missed: usize,
    pub unjudged: usize,
}

impl Tally {
    pub fn of(goals: &[Goal]) -> Self {
        let count = |which: Reached| goals.iter().filter(|goal| goal.reached() == which).count();
        let aimed = count(Reached::Aim);
        Self {
            reached: aimed + count(Reached::Must),
            aimed,
            missed: count(Reached::Missed),
            unjudged: count(Reached::Unjudged),
        }
    }
}

/// Reads the texts: each under a heading that is the name of a goal.
pub fn reasons(text: &str) -> Result<Vec<Reason>, String> {
    let known: Vec<&str> = Area::ALL
        .iter()
        .flat_map(|area| area.goals())
        .map(|wanted| wanted.0)
        .collect();
    let mut found: Vec<Reason> = Vec::new();
    // What comes before the first heading is for whoever writes there.
    for part in text.split("\n## ").skip(1) {
        let (name, text) = part.split_once('\n').unwrap_or((part, ""));
        let text = text.trim();
        if !known.contains(&name) {
            return Err(format!("there is no goal \"{name}\""));
        }
        if text.is_empty() {
            return Err(format!("nothing is said of \"{name}\""));
        }
        if found.iter().any(|reason| reason.0 == name) {
            return Err(format!("\"{name}\" is there twice"));
        }
        found.push((name.to_owned(), text.to_owned()));
    }
    Ok(found)
}

/// The whole list.
pub fn list(recorded: &Recorded, reasons: &[Reason]) -> String {
    let goals = measured(&recorded.document);
    let mut text = opening(recorded, &goals);
    for area in Area::ALL {
        text.push_str(&table(area, &goals));
    }
    text.push_str(PROVED);
    text.push_str(&missed(&goals, reasons));
    text
}

fn opening(recorded: &Recorded, goals: &[Goal]) -> String {
    let (run, tally) = (&recorded.document.run, Tally::of(goals));
    let absent = Area::ALL
        .iter()
        .flat_map(|area| area.goals())
        .filter(|wanted| goals.iter().all(|goal| goal.name != wanted.0))
        .count();
    let folder = format!("runs/{}", recorded.name);
    format!(
        "# Goals\n\n\
         What each structure was asked to reach before it was written, and what the newest recorded run shows: \
         {}, {}, {}, at `{}` ([summary]({folder}/summary.md), [page]({folder}/index.html)). This file is \
         written by `cargo compare --readme`, and a test compares it.\n\n\
         {} are reached, {} of them as far as aimed; {} are missed; {} cannot be judged; {absent} were not measured in \
         that run.\n\n\
         A figure is how many times faster ours is, by medians of one run, and its quartiles; times and bytes are turned \
         over, so that more is always better. \"Worst of\" is over all cells of the kind.\n\n",
        run.machine.cpu,
        cores(run.machine.cores),
        run.date,
        run.commit,
        tally.reached,
        tally.aimed,
        tally.missed,
        tally.unjudged
    )
}

fn table(area: Area, goals: &[Goal]) -> String {
    let mut text = format!(
        "## {}\n\n| goal | against | must | aim | measured | quartiles | |\n|---|---|--:|--:|--:|--:|---|\n",
        area.title()
    );
    for wanted in area.goals() {
        let goal = goals.iter().find(|goal| goal.name == wanted.0);
        text.push_str(&goal.map_or_else(|| absent(wanted), row));
    }
    text + "\n"
}

fn absent(&(name, against, must, aim): &Wanted) -> String {
    format!(
        "| {} | {} | {} | {} | | | not measured |\n",
        escape(name),
        escape(against),
        figure(must),
        figure(aim)
    )
}

fn row(goal: &Goal) -> String {
    let range = goal
        .range
        .map(|(low, high)| format!("{} – {}", figure(low), figure(high)));
    let came_out = match goal.reached() {
        Reached::Aim => "as aimed".to_owned(),
        Reached::Must => "reached".to_owned(),
        Reached::Missed => "**missed**".to_owned(),
        Reached::Unjudged => {
            let why = goal.unjudged.as_deref().unwrap_or_default();
            format!("not judged: {}", escape(why))
        }
    };
    format!(
        "| {} | {} | {} | {} | {} | {} | {came_out} |\n",
        escape(&goal.work),
        escape(&goal.against),
        figure(goal.must),
        figure(goal.aim),
        figure(goal.measured),
        range.unwrap_or_default()
    )
}

/// What is said of those that are missed, in the order of the tables.
fn missed(goals: &[Goal], reasons: &[Reason]) -> String {
    let missed = |name: &str| {
        let mut goals = goals.iter();
        goals.find(|goal| goal.name == name && goal.reached() == Reached::Missed)
    };
    let all = Area::ALL.iter().flat_map(|area| area.goals());
    let mut text = String::new();
    for goal in all.filter_map(|wanted| missed(wanted.0)) {
        if text.is_empty() {
            text.push_str("\n## Missed: what bounds it, what was tried, what comes next\n");
        }
        let reason = reasons.iter().find(|reason| reason.0 == goal.name);
        let reason = reason.map_or("Nothing is known yet.", |reason| &reason.1);
        text.push_str(&format!(
            "\n### {}: {} of {}\n\n{reason}\n",
            escape(&goal.name),
            figure(goal.measured),
            figure(goal.must)
        ));
    }
    text
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
    fn every_goal_that_a_run_has_figures_for_is_listed_with_the_same_figures() {
        let goals = measured(&synthetic::whole());
        assert!(goals.len() > 30, "{}", goals.len());
        for goal in goals {
            let all = Area::ALL.iter().flat_map(|area| area.goals());
            let wanted = all.filter(|wanted| wanted.0 == goal.name);
            let figures: Vec<_> = wanted.map(|wanted| (wanted.2, wanted.3)).collect();
            assert_eq!(figures, [(goal.must, goal.aim)], "{}", goal.name);
        }
    }

    #[test]
    fn what_is_missed_says_why_and_what_is_reached_does_not() {
        let text =
            "For writers.\n\n## Pipe, bytes, async\n\nToo slow.\n\n## Pipe, bytes\n\nFast.\n";
        let list = list(&recorded(), &reasons(text).expect("both are goals"));
        assert!(list.contains("### Pipe, bytes, async: 1.50 of 2.00\n\nToo slow.\n"));
        assert!(!list.contains("Fast."));
        assert!(list.contains("### Pipe, slices of 256: 1.10 of 1.20\n\nNothing is known yet.\n"));
        assert!(list.contains(
            "| MPMC 2+2, blocking, capacity 64 | best peer | 1.30 | 1.30 | | | not measured |"
        ));
    }

    #[test]
    fn a_text_for_no_goal_is_refused_by_its_name() {
        for (text, named) in [
            ("\n## Warp\n\nwhy\n", "Warp"),
            ("\n## Pipe, items\n\n", "Pipe, items"),
            ("\n## Pipe, items\na\n\n## Pipe, items\nb\n", "twice"),
        ] {
            assert!(reasons(text).unwrap_err().contains(named), "{text}");
        }
    }
}
