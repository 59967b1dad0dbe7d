//! The models have teeth: every ordering of the algorithm, weakened by one notch, makes some model fail.
//!
//! With `LATCHLESS_RECORD=1` the kill matrix is written to `reports/kill-matrix.json`.
#![forbid(unsafe_code)]
#![cfg(latchless_loom)]

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, panic};

use model_tests::models::catalogue;
use model_tests::mutants::{KillMatrix, discover, kill};

/// The mutants that no model can notice, and why.
const SURVIVORS: [(&str, &str); 0] = [];

#[test]
fn every_weakened_ordering_is_noticed() {
    let models = catalogue();
    let mutants = discover(&models);
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
        let matrix = KillMatrix::new("queue::Bounded", &models, &mutants, &kills);
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/kill-matrix.json");
        let text = serde_json::to_string_pretty(&matrix).expect("names and lists only");
        fs::write(file, text + "\n").expect("the reports folder can be written");
    }
    assert!(
        mutants.len() >= 18,
        "only {} mutants: was anything found?",
        mutants.len()
    );
    let survivors: BTreeSet<String> = mutants
        .iter()
        .zip(&kills)
        .filter(|(_, kill)| kill.is_none())
        .map(|(mutant, _)| mutant.to_string())
        .collect();
    let expected = SURVIVORS.map(|(name, _)| name.to_owned()).into();
    assert_eq!(
        survivors, expected,
        "left: what survived; right: what is known to"
    );
}
