//! The kill matrix: every weakened copy of an algorithm, and the models that notice it.

use super::Material;
use crate::{
    html::{Section, Table, escape, note},
    kill_matrix::{KillMatrix, Mutant},
};

pub fn section(material: &Material<'_>) -> Section {
    let matrices = &material.document.kill_matrix;
    let body = if matrices.is_empty() {
        note("No kill matrix was recorded beside this run.")
    } else {
        let about = "Each row is the algorithm with one ordering weakened or one step broken, and the \
                     numbers are those of the models that failed on it, as they should. A mutant that survives is \
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
    let models: String = matrix
        .models
        .iter()
        .map(|model| format!("<li>{}</li>", escape(model)))
        .collect();
    let mut table = Table::new(3, &["Mutant", "Killed by", ""]);
    for mutant in &matrix.mutants {
        let survives = mutant.killed_by.is_empty();
        table.raw_row(if survives { "bad" } else { "" }, &row(matrix, mutant));
    }
    let (finding, table) = (escape(&finding(matrix)), table.html());
    format!(
        "<h3>{finding}</h3>\n<ol class=\"models\">{models}</ol>\n<div class=\"kills\">{table}</div>"
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

/// The mutant, then the numbers of the models that kill it, and their number.
fn row(matrix: &KillMatrix, mutant: &Mutant) -> Vec<String> {
    let [name, site, change] =
        [&mutant.name, &mutant.site, &mutant.change].map(|text| escape(text));
    let mutated = format!("<b>{name}</b> <span class=\"dim\">{site}: {change}</span>");
    let kills = |(at, model): (usize, &String)| {
        let kills = mutant.killed_by.contains(model);
        kills.then(|| (at + 1).to_string())
    };
    let killers: Vec<String> = matrix.models.iter().enumerate().filter_map(kills).collect();
    let count = match killers.len() {
        0 => "survives".to_owned(),
        1 => "1 model".to_owned(),
        count => format!("{count} models"),
    };
    vec![mutated, count, killers.join(" ")]
}
