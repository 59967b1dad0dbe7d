//! The mistakes that are easy to make in a fair line would be noticed: each, made on purpose, fails its model, and the
//! same scenario done right is in the catalogue, and passes.
#![forbid(unsafe_code)]
#![cfg(latchless_loom)]

use std::panic::{self, AssertUnwindSafe, catch_unwind};

use model_tests::models::waiting::semaphore::broken::BROKEN;

#[test]
fn each_mistake_in_a_fair_line_is_noticed() {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let said: Vec<String> = BROKEN
        .iter()
        .map(|(model, _)| {
            let result = catch_unwind(AssertUnwindSafe(|| model.check()));
            result.err().map_or("nothing".to_owned(), |panic| {
                let text = panic.downcast_ref::<String>().cloned();
                text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()))
                    .unwrap_or_default()
            })
        })
        .collect();
    panic::set_hook(hook);
    for ((model, expected), said) in BROKEN.iter().zip(said) {
        println!("mistake {}: {said}", model.name);
        assert!(said.contains(expected), "{}: said {said}", model.name);
    }
}
