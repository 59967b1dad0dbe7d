//! Broken steps of events and locks.
#![forbid(unsafe_code)]

use super::{Broken, broken};

pub(super) const STEPS: &[Broken] = &[
    broken(
        "a setter says that it has woken all before it does",
        "event.rs",
        "        self.waiters.notify_all();\n",
        "        self.released.store(sets, Ordering::Relaxed);\n        self.waiters.notify_all();\n",
        &["when_a_set_returns_who_waited_is_awake_whoever_else_sets"],
    ),
    broken(
        "a wait looks whether the event is set now",
        "event.rs",
        "(self.begun.is_set() || self.event.word() != self.begun).then_some(())",
        "self.event.word().is_set().then_some(())",
        &["a_set_and_a_reset_release_who_waits"],
    ),
    broken(
        "a task that is dropped keeps the wake that it was given for a lock",
        "lock/mutex.rs",
        "    fn would_end(&mut self) -> bool {\n        self.0.raw.is_free()",
        "    fn would_end(&mut self) -> bool {\n        false",
        &["a_dropped_lock_passes_its_wake_on"],
    ),
    broken(
        "a lock that is handed over becomes free besides",
        "lock/raw_lock.rs",
        "        if self.starving.may_have_waiters() && self.hand_over() {\n            return;\n        }",
        "        if self.starving.may_have_waiters() {\n            self.hand_over();\n        }",
        &["a_lock_that_is_handed_over_is_not_free"],
    ),
    broken(
        "no fence between a set and its look for waiters",
        "event.rs",
        "if self.waiters.has_waiters_after_change() {\n            self.release(sets);",
        "if self.waiters.may_have_waiters() {\n            self.release(sets);",
        &["who_waits_for_an_event_sees_what_was_done_before_the_set"],
    ),
    broken(
        "no fence between a reset and its look for waiters",
        "event.rs",
        "            );\n        }\n        if self.waiters.has_waiters_after_change() {",
        "            );\n        }\n        if self.waiters.may_have_waiters() {",
        &["when_a_reset_returns_who_came_before_the_set_is_awake"],
    ),
    broken(
        "a reset wakes nobody whom a set has left asleep",
        "event.rs",
        "            self.release(seen.sets());\n",
        "",
        &["when_a_reset_returns_who_waited_for_the_set_is_awake"],
    ),
    broken(
        "whoever was woken by a set keeps the wake",
        "event.rs",
        "        now != self.begun && self.event.released.load(Ordering::Relaxed) != now.sets()",
        "        now != self.begun && now.sets() == u64::MAX",
        &["who_is_woken_by_a_set_wakes_the_next"],
    ),
    broken(
        "no fence between a release of a lock and its look for who waits",
        "lock/raw_lock.rs",
        "if self.starving.has_waiters_after_change() {\n            self.after_release();",
        "if self.starving.may_have_waiters() {\n            self.after_release();",
        &["a_thread_that_starves_is_given_the_lock_or_takes_it"],
    ),
    broken(
        "one that starves and was overlooked before a release is not woken after it",
        "lock/raw_lock.rs",
        "if !self.starving.notify_one() {",
        "if self.starving.nodes() < u64::MAX {",
        &["a_thread_that_starves_is_given_the_lock_or_takes_it"],
    ),
    broken(
        "a reentrant mutex is free before its last guard is gone",
        "lock/reentrant.rs",
        "if mutex.change_depth(|depth| depth - 1) == 0 {",
        "if mutex.change_depth(|depth| depth - 1) <= 1 {",
        &["a_reentrant_mutex_is_handed_on_when_all_guards_are_gone"],
    ),
];
