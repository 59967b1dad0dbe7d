//! Wakes that were lost elsewhere would be noticed here: each known mistake, made on purpose, fails its model, and the
//! same scenario done right is in the catalogue, and passes.
#![forbid(unsafe_code)]
#![cfg(latchless_loom)]

use std::panic::{self, AssertUnwindSafe, catch_unwind};

use model_tests::models::catalogue;
use model_tests::models::waiting::broken::BROKEN;

#[test]
fn each_known_way_to_lose_a_wake_is_noticed() {
    let models = catalogue();
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let said: Vec<String> = BROKEN
        .iter()
        .map(|broken| {
            let result = catch_unwind(AssertUnwindSafe(|| broken.model.check()));
            result.err().map_or("nothing".to_owned(), |panic| {
                let text = panic.downcast_ref::<String>().cloned();
                text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()))
                    .unwrap_or_default()
            })
        })
        .collect();
    let right: Vec<_> = BROKEN
        .iter()
        .map(|broken| models.iter().find(|model| model.name == broken.ours))
        .map(|ours| ours.expect("it is in the catalogue").check())
        .collect();
    panic::set_hook(hook);
    for ours in right {
        ours.report();
    }
    for (broken, said) in BROKEN.iter().zip(said) {
        println!("lost wake {}: {}: {said}", broken.issue, broken.claim);
        assert!(said.contains(broken.said), "{}: said {said}", broken.issue);
    }
}
