//! The kill matrix: every weakened copy of an algorithm, and the models that notice it.

use super::Material;
use crate::{
    html::{Section, Table, escape, note},
    kill_matrix::KillMatrix,
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
    let mutants = matrix.mutants.len();
    let survivors: Vec<&str> = matrix
        .survivors()
        .map(|mutant| mutant.name.as_str())
        .collect();
    let structure = &matrix.structure;
    let finding = match survivors.len() {
        0 => format!("{structure}: all {mutants} mutants are killed"),
        _ => format!(
            "{structure}: {} of {mutants} mutants survive: {}",
            survivors.len(),
            survivors.join(", ")
        ),
    };
    let heads: Vec<&str> = std::iter::once("Mutant")
        .chain(matrix.models.iter().map(String::as_str))
        .collect();
    let mut table = Table::new(heads.len(), &heads);
    for mutant in &matrix.mutants {
        let killed = |model: &String| {
            if mutant.killed_by.contains(model) {
                "●"
            } else {
                ""
            }
            .to_owned()
        };
        let name = format!(
            "<b>{}</b> <span class=\"dim\">{}: {}</span>",
            escape(&mutant.name),
            escape(&mutant.site),
            escape(&mutant.change)
        );
        let cells: Vec<String> = std::iter::once(name)
            .chain(matrix.models.iter().map(killed))
            .collect();
        table.raw_row(
            if mutant.killed_by.is_empty() {
                "bad"
            } else {
                ""
            },
            &cells,
        );
    }
    format!(
        "<h3>{}</h3>\n<div class=\"kills\">{}</div>",
        escape(&finding),
        table.html()
    )
}
