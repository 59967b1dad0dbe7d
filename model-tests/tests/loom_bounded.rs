//! Every model of the catalogue, explored one after the other, as `cargo model` does with larger bounds.
//!
//! `LATCHLESS_MODELS=name,name` explores these alone. What `cargo test` runs is `loom_mutants.rs`, which explores them
//! all before it weakens anything; so it passes this by.
#![forbid(unsafe_code)]
#![cfg(latchless_loom)]

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use model_tests::models::{Model, catalogue};

/// The models that are asked for; all of them if nothing is said.
fn asked() -> Vec<Model> {
    let models = catalogue();
    let Ok(names) = std::env::var("LATCHLESS_MODELS") else {
        return models;
    };
    let named = |name: &str| models.iter().find(|model| model.name == name).copied();
    names
        .split(',')
        .map(|name| named(name).unwrap_or_else(|| panic!("no model is called {name}")))
        .collect()
}

#[test]
fn every_execution_of_every_model_ends_as_the_specification_allows() {
    let failed: Vec<_> = asked()
        .iter()
        .filter(|model| catch_unwind(|| model.explore()).is_err())
        .map(|model| model.name)
        .collect();
    assert!(failed.is_empty(), "failed: {failed:#?}");
}

#[test]
fn each_model_has_a_name_of_its_own() {
    let models = catalogue();
    let names: BTreeSet<_> = models.iter().map(|model| model.name).collect();
    assert_eq!(names.len(), models.len());
}
