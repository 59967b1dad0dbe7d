//! Broken steps of the semaphore, in line and barging.
#![forbid(unsafe_code)]

use super::{Broken, broken};

pub(super) const STEPS: &[Broken] = &[
    broken(
        "a waiter leaves its parcel open",
        "semaphore/words.rs",
        "content == GRANTED || content == SHUT",
        "content != Content::MAX",
        &["a_permit_for_a_dropped_future_goes_to_the_next"],
    ),
    broken(
        "who gave does not serve those whom it did not see before",
        "semaphore/line.rs",
        "let _ = self.serve(permits);",
        "let _ = permits;",
        &["a_permit_meets_a_task_that_acquires"],
    ),
    broken(
        "who has taken its place does not look what is free",
        "semaphore/attempt.rs",
        "match self.line().serve_from_place(self.permits()) {",
        "match Ok::<(), Refused>(()) {",
        &["a_permit_meets_a_task_that_acquires"],
    ),
    broken(
        "what nobody needs is put back unseen",
        "semaphore/line.rs",
        "                    self.put(left);\n                }\n",
        "                    self.put(left);\n                    break;\n                }\n",
        &["what_is_in_the_hands_of_one_that_serves_reaches_who_comes"],
    ),
    broken(
        "a part is not given back",
        "semaphore/attempt.rs",
        "self.line().release(part);",
        "let _ = part;",
        &["a_part_that_is_given_back_meets_one_that_enlists"],
    ),
    broken(
        "who closes a semaphore wakes nobody",
        "semaphore/line.rs",
        "        self.wake_all();\n        before.is_open()",
        "        before.is_open()",
        &["a_close_meets_one_that_enlists"],
    ),
    broken(
        "who finds a semaphore closed wakes nobody",
        "semaphore/line.rs",
        "loop {\n            let seen = self.look();\n            if !seen.is_open() {\n                self.wake_all();",
        "loop {\n            let seen = self.look();\n            if !seen.is_open() {",
        &["who_finds_a_semaphore_closed_wakes_the_others"],
    ),
    broken(
        "a release that wakes one that barges is not counted",
        "semaphore/line.rs",
        "        self.front.rounds.fetch_add(1, Ordering::Relaxed);\n",
        "",
        &["one_that_needs_more_than_is_free_passes_its_wake_on"],
    ),
    broken(
        "one that barges and finds too few keeps every wake",
        "semaphore/attempt.rs",
        "self.keeps_baton = done.is_none() && round == self.round;",
        "self.keeps_baton = true;",
        &["one_that_needs_more_than_is_free_passes_its_wake_on"],
    ),
    broken(
        "one that barges and finds too few never keeps a wake",
        "semaphore/attempt.rs",
        "self.keeps_baton = done.is_none() && round == self.round;",
        "self.keeps_baton = false;",
        &["two_that_need_more_than_is_free_do_not_keep_each_other_awake"],
    ),
    broken(
        "no fence between a release and its look for waiters",
        "semaphore/line.rs",
        "        self.put(permits);\n        if self.waiters.has_waiters_after_change() {",
        "        self.put(permits);\n        if self.waiters.may_have_waiters() {",
        &["a_permit_meets_a_task_that_acquires"],
    ),
    broken(
        "no fence between what is put back and the look for who has come",
        "semaphore/line.rs",
        "if self.waiters.has_waiters_after_change() && !self.is_idle() {",
        "if self.waiters.may_have_waiters() && !self.is_idle() {",
        &["a_permit_that_found_nobody_is_seen_by_who_has_come"],
    ),
    broken(
        "no fence between a release and its look for those who barge",
        "semaphore/line.rs",
        "} else if self.waiters.has_waiters_after_change() && self.free() > 0 {",
        "} else if self.waiters.may_have_waiters() && self.free() > 0 {",
        &["a_permit_that_found_nobody_is_seen_by_who_barges"],
    ),
    broken(
        "no fence between two rounds of serving",
        "semaphore/line.rs",
        "while self.waiters.has_waiters_after_change() {",
        "while self.waiters.may_have_waiters() {",
        &["what_is_in_the_hands_of_one_that_serves_reaches_who_comes"],
    ),
    broken(
        "no fence between a close and its look for waiters",
        "semaphore/line.rs",
        "    fn wake_all(&self) {\n        if self.waiters.has_waiters_after_change() {",
        "    fn wake_all(&self) {\n        if self.waiters.may_have_waiters() {",
        &["a_close_meets_one_that_enlists"],
    ),
];
