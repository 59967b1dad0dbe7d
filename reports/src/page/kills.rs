//! The kill matrix: every weakened copy of an algorithm, and the models that notice it.

use super::Material;
use crate::{
    html::{Section, Table, details, escape, note},
    kill_matrix::{KillMatrix, Mutant},
};

/// So many models are named beside each mutant.
const NAMED: usize = 4;

pub fn section(material: &Material<'_>) -> Section {
    let matrices = &material.document.kill_matrix;
    let body = if matrices.is_empty() {
        note("No kill matrix was recorded beside this run.")
    } else {
        let about = "Each row is the algorithm with one ordering weakened or one step broken, and the \
                     models that failed on it, as they should. A mutant that survives is \
                     one that no model can tell from the algorithm.";
        note(about) + &matrices.iter().map(matrix).collect::<String>()
    };
    Section {
        id: "mutants",
        title: "What the proof would notice",
        body,
    }
}

fn matrix(matrix: &KillMatrix) -> String {
    let mut table = Table::new(2, &["Mutant", "Killed by"]);
    for mutant in &matrix.mutants {
        let survives = mutant.killed_by.is_empty();
        table.raw_row(if survives { "bad" } else { "" }, &row(mutant));
    }
    let table = format!("<div class=\"kills\">{}</div>", table.html());
    let what = format!("All {} of them, and who notices", matrix.mutants.len());
    format!(
        "<h3>{}</h3>\n{}",
        escape(&finding(matrix)),
        details(&what, &table)
    )
}

fn finding(matrix: &KillMatrix) -> String {
    let (structure, mutants) = (&matrix.structure, matrix.mutants.len());
    let survivors: Vec<&str> = matrix
        .survivors()
        .map(|mutant| mutant.name.as_str())
        .collect();
    match survivors.len() {
        0 => format!("{structure}: all {mutants} mutants are killed"),
        count => {
            let names = survivors.join(", ");
            format!("{structure}: {count} of {mutants} mutants survive: {names}")
        }
    }
}

/// The mutant, and models that kill it.
fn row(mutant: &Mutant) -> Vec<String> {
    let [name, site, change] =
        [&mutant.name, &mutant.site, &mutant.change].map(|text| escape(text));
    let what = format!("{site}: {change}");
    let mutated = match name == what {
        true => format!("<b>{site}</b>: {change}"),
        false => format!("<b>{name}</b> <span class=\"dim\">{what}</span>"),
    };
    let killers = &mutant.killed_by;
    let named: Vec<String> = killers
        .iter()
        .take(NAMED)
        .map(|name| escape(name))
        .collect();
    let killed = match killers.len().saturating_sub(NAMED) {
        _ if killers.is_empty() => "survives".to_owned(),
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    };
    vec![mutated, killed]
}
