//! The mistake that is easy to make with several permits at a time would be noticed.
#![forbid(unsafe_code)]
#![cfg(latchless_loom)]

use std::panic::{self, AssertUnwindSafe, catch_unwind};

use model_tests::models::waiting::semaphore::broken::{SAID, TAKES_PARTS_OUT_OF_TURN};

#[test]
fn parts_that_are_taken_out_of_turn_are_found_to_deadlock() {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = catch_unwind(AssertUnwindSafe(|| TAKES_PARTS_OUT_OF_TURN.check()));
    panic::set_hook(hook);
    let said = result.err().map_or("nothing".to_owned(), |panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()))
            .unwrap_or_default()
    });
    assert!(said.contains(SAID), "it said {said}");
}
