//! What the others do while one thread is stopped.

use super::{parsed, rows, section, text};
use crate::{markdown::summary, page::page, synthetic::complete};

#[test]
fn a_semaphore_that_halts_the_others_is_shown_beside_ours() {
    let page = page(&complete());
    let page = parsed(&page);
    let section = section(&page, "stalled-semaphores");
    let rows = rows(section);
    let row = |name: &str| {
        let found = rows.iter().find(|row| row[0] == name);
        found.unwrap_or_else(|| panic!("no row of {name}: {rows:?}"))
    };
    assert_eq!(row("ours")[5], "0 of 2 stops");
    assert_eq!(row("tokio")[5], "1 of 3 stops");
    assert!(text(section).contains("tokio, push: the others halt at 1 of 3 stops"));
    let summary = summary(&complete());
    assert!(
        summary
            .contains("inside a semaphore at the worst instruction: the others keep: ours push 96")
    );
    assert!(summary.contains("They halt with: tokio push."), "{summary}");
}
