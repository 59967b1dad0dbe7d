//! Broken steps of the wait list, and of the forms of waiting on it.
#![forbid(unsafe_code)]

use super::{Broken, broken};

pub(super) const STEPS: &[Broken] = &[
    broken(
        "who leaves with a notification does not settle",
        "wait/forms.rs",
        "let settling = Settling { notified, wanted };",
        "let settling = Settling { notified: notified && again, wanted };",
        &[
            "a_dropped_future_passes_its_wake_on",
            "a_dropped_pop_passes_its_wake_on",
            "who_succeeds_meanwhile_passes_its_wake_on",
        ],
    ),
    broken(
        "a notifier passes by whom another one has chosen",
        "wait/node.rs",
        "Phase::Notified => self.is_woken(),",
        "Phase::Notified => true,",
        &["two_givers_wake_two_waiters"],
    ),
    broken(
        "a waiter sleeps without another look",
        "wait/forms.rs",
        "self.attempt().map_or(Look::Sleep, Look::Done)",
        "Look::Sleep",
        &["a_wake_meets_a_task"],
    ),
    broken(
        "an exchange of wakers does not look whether it was notified meanwhile",
        "wait/list.rs",
        "unsafe { self.node().renew(waker) };\n        self.is_notified()",
        "unsafe { self.node().renew(waker) };\n        false",
        &["an_exchanged_waker_is_the_one_that_is_woken"],
    ),
    broken(
        "a node is unlinked without moving the tail",
        "wait/links.rs",
        "if tail.target() == Some(dead.number) {",
        "if tail.target() == Some(dead.number) && follower == u32::MAX {",
        &["the_last_leaves_while_another_enlists"],
    ),
    broken(
        "a link is not read again after the node",
        "wait/links.rs",
        "let next = load(&node.next);\n        if load(word) != link {",
        "let next = load(&node.next);\n        if load(word) != link && next.is_marked() {",
        &["who_sees_a_node_again_sees_that_it_was_unlinked"],
    ),
    broken(
        "an owner exchanges whom to wake without saying so",
        "wait/node.rs",
        "let updating = waiting.with(Phase::Updating);",
        "let updating = waiting;",
        &["an_exchanged_waker_is_the_one_that_is_woken"],
    ),
    broken(
        "a notifier does not count itself inside",
        "wait/node.rs",
        "State(seen.with(Phase::Notified).0 + INSIDE)",
        "seen.with(Phase::Notified)",
        &["a_dropped_future_passes_its_wake_on"],
    ),
    broken(
        "an owner that leaves takes out whom a notifier is waking",
        "wait/node.rs",
        "if out.inside() == 0 && sleeper.is_none() {",
        "if sleeper.is_none() {",
        &["a_dropped_future_passes_its_wake_on"],
    ),
    broken(
        "a waiter is said to be woken before it is",
        "wait/node.rs",
        "State(seen.with(Phase::Notified).0 + INSIDE)",
        "State((seen.with(Phase::Notified).0 | WOKEN) + INSIDE)",
        &["two_givers_wake_two_waiters"],
    ),
    broken(
        "the tag of the stack of places does not grow",
        "raw/pool.rs",
        "((self.0 >> NUMBER_BITS).wrapping_add(1) << NUMBER_BITS) | top",
        "((self.0 >> NUMBER_BITS) << NUMBER_BITS) | top",
        &["a_place_that_comes_back_is_not_taken_for_what_it_was"],
    ),
    broken(
        "a node is unlinked though its link can still be changed",
        "wait/links.rs",
        "        if !next.is_marked() {\n            swing(own, next, next.marked())?;\n        }\n",
        "        let _ = own;\n",
        &["a_sweep_meets_who_takes_out_the_node_it_stands_on"],
    ),
    broken(
        "who is to wake everybody wakes one",
        "wait/list.rs",
        "let _ = (0..listed).find(|_| !self.notify_one());",
        "let _ = listed > 0 && self.notify_one();",
        &["everybody_is_woken"],
    ),
    broken(
        "a waiter counts itself after it is linked",
        "wait/list.rs",
        "self.listed.fetch_add(1, Ordering::Relaxed);\n        self.links.append(number, node);\n        own_changes_before_next_look();",
        "self.links.append(number, node);\n        own_changes_before_next_look();\n        self.listed.fetch_add(1, Ordering::Relaxed);",
        &["a_wake_meets_a_task"],
    ),
    broken(
        "a node is used again as soon as it is unlinked",
        "wait/node.rs",
        "if !State(seen.0 & !LINKED).has_holders() {",
        "if seen.is(LINKED) {",
        &["a_node_is_not_used_again_before_its_owner_is_through"],
    ),
];
