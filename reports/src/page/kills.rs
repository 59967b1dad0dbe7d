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
        let about = "Each row is the algorithm with one ordering weakened or one step broken; a \
                     dot is a model that failed on it, as it should. A mutant that survives is \
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
    let models = matrix.models.iter().map(String::as_str);
    let heads: Vec<&str> = std::iter::once("Mutant").chain(models).collect();
    let mut table = Table::new(heads.len(), &heads);
    for mutant in &matrix.mutants {
        let survives = mutant.killed_by.is_empty();
        table.raw_row(if survives { "bad" } else { "" }, &row(matrix, mutant));
    }
    let (finding, table) = (escape(&finding(matrix)), table.html());
    format!("<h3>{finding}</h3>\n<div class=\"kills\">{table}</div>")
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

/// The mutant, then a dot under each model that kills it.
fn row(matrix: &KillMatrix, mutant: &Mutant) -> Vec<String> {
    let [name, site, change] =
        [&mutant.name, &mutant.site, &mutant.change].map(|text| escape(text));
    let mutated = format!("<b>{name}</b> <span class=\"dim\">{site}: {change}</span>");
    let dot = |model: &String| match mutant.killed_by.contains(model) {
        true => "●".to_owned(),
        false => String::new(),
    };
    std::iter::once(mutated)
        .chain(matrix.models.iter().map(dot))
        .collect()
}
