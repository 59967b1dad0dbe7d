//! Goals and ratios: how far ours is from what it was built to reach, and from the best peer.

use super::{Material, group_name};
use crate::{
    analysis::{Basis, Duel, View},
    chart,
    goals::{Goal, Reached, goals},
    html::{Section, Table, details, escape, figure, note, paragraph},
    number::{figure as digits, times},
    statistics::Outcome,
};

pub fn section(material: &Material<'_>) -> Section {
    let mut body = String::new();
    for (at, group) in material.groups().into_iter().enumerate() {
        let duels: Vec<Duel<'_, '_>> = material.group(group).filter_map(View::duel).collect();
        if duels.is_empty() {
            continue;
        }
        if at == 0 {
            body.push_str(&overview(&duels, &group_name(group)));
        } else {
            body.push_str(&details(
                &format!("The same at {}", group_name(group)),
                &table(&duels),
            ));
        }
    }
    if body.is_empty() {
        body.push_str(&note("No workload has both ours and a peer."));
    }
    body.push_str(&goals_table(material));
    Section {
        id: "ratios",
        title: "Goals and ratios",
        body,
    }
}

fn overview(duels: &[Duel<'_, '_>], group: &str) -> String {
    let count = |outcome| {
        duels
            .iter()
            .filter(|duel| duel.outcome() == outcome)
            .count()
    };
    let finding = format!(
        "At {group}, ours is ahead of the best peer in {} workloads, behind in {}, not to be told apart in {}",
        count(Outcome::Ahead),
        count(Outcome::Behind),
        count(Outcome::Unresolved),
    );
    let how = "Ours over the best peer of each workload: ratio of medians (dot) and what the \
               quartiles allow (line). Inside the band, and in grey, a difference is not resolved.";
    figure(&finding, how, &chart::ratio(duels, &finding), &table(duels))
}

pub(super) fn table(duels: &[Duel<'_, '_>]) -> String {
    let mut table = Table::new(
        2,
        &[
            "Workload",
            "Best peer",
            "Ours, million/s",
            "Peer, million/s",
            "Ratio",
            "Quartiles",
            "A/A",
            "Says",
        ],
    );
    for duel in duels {
        let says = match (duel.outcome(), duel.view.basis) {
            (Outcome::Unresolved, _) => "not resolved",
            (Outcome::Ahead, Basis::Unchanged) => "ahead (mixed rounds)",
            (Outcome::Behind, Basis::Unchanged) => "behind (mixed rounds)",
            (Outcome::Ahead, _) => "ahead",
            (Outcome::Behind, _) => "behind",
        };
        table.row(
            "",
            &[
                &duel.view.title(),
                duel.peer.name(),
                &digits(duel.ours.spread.median),
                &digits(duel.peer.spread.median),
                &times(duel.ratio.value),
                &format!("{} – {}", digits(duel.ratio.low), digits(duel.ratio.high)),
                &duel.view.noise().map_or("–".to_owned(), times),
                says,
            ],
        );
    }
    table.html()
}

fn goals_table(material: &Material<'_>) -> String {
    let goals = goals(
        material.document,
        material.all,
        material.sweeps,
        material.unbounded_sweeps,
    );
    let mut body = "<h3>Goals</h3>\n".to_owned();
    if goals.is_empty() {
        return body + &note("This run measured nothing that a goal is set for.");
    }
    let count = |reached: &[Reached]| {
        goals
            .iter()
            .filter(|goal| reached.contains(&goal.reached()))
            .count()
    };
    body.push_str(&paragraph(&format!(
        "Of {} goals that this run has figures for, {} are reached ({} of them as far as aimed), {} are missed and {} cannot be judged.",
        goals.len(),
        count(&[Reached::Aim, Reached::Must]),
        count(&[Reached::Aim]),
        count(&[Reached::Missed]),
        count(&[Reached::Unjudged]),
    )));
    let heads = [
        "Work",
        "Against",
        "Must",
        "Aim",
        "Measured",
        "Quartiles",
        "Came out",
    ];
    let mut table = Table::new(2, &heads);
    for goal in &goals {
        table.raw_row("", &goal_row(goal));
    }
    body + &table.html()
}

fn goal_row(goal: &Goal) -> [String; 7] {
    let range = goal
        .range
        .map(|(low, high)| format!("{} – {}", digits(low), digits(high)));
    [
        escape(&goal.work),
        escape(&goal.against),
        digits(goal.must),
        digits(goal.aim),
        format!("<b>{}</b>", digits(goal.measured)),
        range.unwrap_or("–".to_owned()),
        came_out(goal),
    ]
}

fn came_out(goal: &Goal) -> String {
    match goal.reached() {
        Reached::Aim => "<b class=\"good\">as aimed</b>".to_owned(),
        Reached::Must => "<span class=\"good\">reached</span>".to_owned(),
        Reached::Missed => "<b class=\"bad\">missed</b>".to_owned(),
        Reached::Unjudged => {
            let reason = goal.unjudged.as_deref().unwrap_or_default();
            format!("<span class=\"dim\">not judged: {}</span>", escape(reason))
        }
    }
}
