//! Every model of the catalogue passes, and has teeth: every ordering of the algorithms, weakened by one notch, makes
//! some model fail.
//!
//! With `LATCHLESS_RECORD=1` the kill matrix is written to `reports/kill-matrix.json`. `LATCHLESS_MUTANTS=text,text`
//! tries those alone whose name contains one of the texts, such as a file, and `LATCHLESS_MODELS=name,name` asks these
//! models alone.
#![forbid(unsafe_code)]
#![cfg(latchless_loom)]

use std::collections::BTreeSet;
use std::{fs, panic};

use model_tests::models::catalogue;
use model_tests::mutants::{KillMatrix, discover, explore, kill, matrix_file};

/// The mutants that no model can notice, and why.
const SURVIVORS: [(&str, &str); 0] = [];

#[test]
fn every_model_passes_and_every_weakened_ordering_is_noticed() {
    let mut models = catalogue();
    if let Ok(names) = std::env::var("LATCHLESS_MODELS") {
        models.retain(|model| names.split(',').any(|name| name == model.name));
    }
    let asked = std::env::var("LATCHLESS_MUTANTS").unwrap_or_default();
    let is_asked = |name: &str| asked.split(',').any(|text| name.contains(text));
    let explored = explore(&models);
    let executions = explored.iter().map(|one| one.executions).collect();
    let mut mutants = discover(&models, explored);
    mutants.retain(|mutant| is_asked(&mutant.to_string()));
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let kills = kill(&mutants, &models);
    panic::set_hook(hook);
    for (mutant, kill) in mutants.iter().zip(&kills) {
        match kill {
            Some(kill) => println!("mutant {mutant}: killed by {}", models[kill.model].name),
            None => println!(
                "mutant {mutant}: SURVIVES {} models",
                mutant.reached_by.len()
            ),
        }
    }
    if std::env::var_os("LATCHLESS_RECORD").is_some() {
        let matrix = KillMatrix::new("latchless", &models, executions, &mutants, &kills);
        assert!(asked.is_empty(), "a record is of all mutants and models");
        let text = serde_json::to_string_pretty(&matrix).expect("names and lists only");
        fs::write(matrix_file(), text + "\n").expect("the reports folder can be written");
    }
    assert!(
        !asked.is_empty() || mutants.len() >= 18,
        "only {} mutants: was anything found?",
        mutants.len()
    );
    let survivors: BTreeSet<String> = mutants
        .iter()
        .zip(&kills)
        .filter(|(_, kill)| kill.is_none())
        .map(|(mutant, _)| mutant.to_string())
        .collect();
    let expected = SURVIVORS
        .map(|(name, _)| name.to_owned())
        .into_iter()
        .filter(|name| is_asked(name))
        .collect();
    assert_eq!(
        survivors, expected,
        "left: what survived; right: what is known to"
    );
}
