//! Scaling: the same work on more and more threads, a small panel a peer.

use super::{Material, group_name};
use crate::{
    analysis::{View, main_group, workload_title},
    chart::{self, Family},
    html::{Section, Table, details, escape, figure, grid, note},
    number::{figure as digits, percent, times},
};

pub fn section(material: &Material<'_>) -> Section {
    let cores = material.document.run.machine.cores;
    let families = families(material);
    let mut body = String::new();
    for family in &families {
        body.push_str(&family_html(family, cores));
    }
    if body.is_empty() {
        body = note("No workload was measured on more than one number of threads.");
    } else if let Some(group) = main_group(material.views) {
        let about = format!(
            "Threads across, million items a second up; {}. Ours in colour, the named peer dark, \
             all others faint; bars are quartiles; the figure beside the name is ours over that \
             peer at the most threads. On the shaded band there are more threads than the \
             {cores} cores.",
            group_name(group)
        );
        body = note(&about) + &body;
    }
    Section {
        id: "scaling",
        title: "Scaling",
        body,
    }
}

/// What is before the first dash names the family; one thread in pairs has a name of its own.
fn family_of(workload: &str) -> &str {
    if workload == "uncontended" {
        "pairs"
    } else {
        workload.split('-').next().unwrap_or(workload)
    }
}

fn families<'a>(material: &Material<'a>) -> Vec<Family<'a>> {
    let Some(group) = main_group(material.views) else {
        return Vec::new();
    };
    let mut families: Vec<Family<'a>> = Vec::new();
    for view in material
        .group(group)
        .filter(|view| !view.standings.is_empty())
    {
        let family = family_of(&view.cell.workload);
        let (title, id) = (workload_title(family), format!("scaling-{family}"));
        let step = (view.cell.threads, view);
        match families.iter_mut().find(|family| family.title == title) {
            Some(family) => family.steps.push(step),
            None => families.push(Family {
                title,
                id,
                steps: vec![step],
            }),
        }
    }
    for family in &mut families {
        family.steps.sort_by_key(|step| step.0);
        family.steps.dedup_by_key(|step| step.0);
    }
    families.retain(|family| family.steps.len() > 1);
    families
}

fn family_html(family: &Family<'_>, cores: usize) -> String {
    let peers = family.peers();
    let panels: Vec<String> = peers
        .iter()
        .map(|(peer, _)| {
            let finding = panel_finding(family, peer);
            figure(
                &finding,
                "",
                &chart::scaling(family, peer, cores, &finding),
                "",
            )
        })
        .collect();
    let numbers = details("Numbers", &table(family));
    format!(
        "<h3>{}</h3>\n{}{numbers}",
        escape(&finding(family)),
        grid("small", &panels)
    )
}

/// What ours keeps from the fewest to the most threads, and what the peers keep.
fn finding(family: &Family<'_>) -> String {
    let (Some((few, _)), Some((many, last))) = (family.steps.first(), family.steps.last()) else {
        return family.title.clone();
    };
    let kept = |curve: &[(usize, crate::statistics::Spread)]| {
        let ends = (curve.first()?, curve.last()?);
        (ends.0.0 == *few && ends.1.0 == *many).then(|| ends.1.1.median / ends.0.1.median)
    };
    let mut kept_by_peers: Vec<(&str, f64)> = family
        .peers()
        .iter()
        .filter_map(|(name, curve)| Some((*name, kept(curve)?)))
        .collect();
    kept_by_peers.sort_by(|a, b| a.1.total_cmp(&b.1));
    let ours = family.ours().and_then(|(_, curve)| kept(&curve));
    let title = &family.title;
    let ours = match ours {
        Some(ours) => format!("ours keeps {} of its throughput", percent(ours)),
        None => "ours was not measured at both ends".to_owned(),
    };
    match (
        kept_by_peers.first(),
        kept_by_peers.last(),
        last.peers().count(),
    ) {
        (Some(worst), Some(best), 2..) => format!(
            "{title}, from {few} to {many} threads: {ours}; peers keep {} ({}) to {} ({})",
            percent(worst.1),
            worst.0,
            percent(best.1),
            best.0
        ),
        _ => format!("{title}, from {few} to {many} threads: {ours}"),
    }
}

/// Ours over the peer at the most threads that both have.
fn panel_finding(family: &Family<'_>, peer: &str) -> String {
    let most = family.steps.last().map(|step| step.0);
    let at = family.steps.iter().rev().find_map(|(threads, view)| {
        let ratio = times(view.duel_with(view.find(peer)?)?.ratio.value);
        Some(match Some(*threads) == most {
            true => format!("{peer}: {ratio}"),
            false => format!("{peer}: {ratio} at {threads}"),
        })
    });
    at.unwrap_or_else(|| peer.to_owned())
}

fn table(family: &Family<'_>) -> String {
    let threads: Vec<String> = family
        .steps
        .iter()
        .map(|step| format!("{} threads", step.0))
        .collect();
    let heads: Vec<&str> = std::iter::once("Contender, median million/s")
        .chain(threads.iter().map(String::as_str))
        .collect();
    let mut table = Table::new(1, &heads);
    let ours = family.ours();
    for (name, class) in ours
        .iter()
        .map(|(name, _)| (*name, "o"))
        .chain(family.peers().iter().map(|(name, _)| (*name, "")))
    {
        let median = |view: &View<'_>| {
            view.find(name)
                .map_or("–".to_owned(), |standing| digits(standing.spread.median))
        };
        let cells: Vec<String> = std::iter::once(name.to_owned())
            .chain(family.steps.iter().map(|step| median(step.1)))
            .collect();
        table.row(class, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
    table.html()
}
