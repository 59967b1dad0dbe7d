//! Broken steps of what queues and channels add to what never waits: who is woken by what.
#![forbid(unsafe_code)]

use super::{Broken, broken};

pub(super) const STEPS: &[Broken] = &[
    broken(
        "who finds the queue closed wakes nobody",
        "queue/attempt.rs",
        "Err((NotPushed::Closed, _)) => queue.wake_all(),",
        "Err((NotPushed::Closed, _)) => {}",
        &["who_finds_a_queue_closed_wakes_the_others"],
    ),
    broken(
        "a forced push wakes only where it displaced something",
        "queue/bounded.rs",
        "Ok(_) => self.poppers.notify_after_change(),",
        "Ok(None) => {}\n            Ok(Some(_)) => self.poppers.notify_after_change(),",
        &["a_displacing_push_wakes_a_waiting_pop"],
    ),
    broken(
        "a forced push wakes only where it displaced nothing",
        "queue/bounded.rs",
        "Ok(_) => self.poppers.notify_after_change(),",
        "Ok(Some(_)) => {}\n            Ok(None) => self.poppers.notify_after_change(),",
        &["a_push_that_displaces_wakes_a_waiting_pop_too"],
    ),
    broken(
        "a batch that finds the queue closed wakes nobody",
        "queue/bounded.rs",
        "if moved.found_closed {\n            self.wake_all();\n        } else if",
        "if",
        &["a_batch_that_finds_a_queue_closed_wakes_the_others"],
    ),
    broken(
        "a batch wakes one",
        "queue/bounded.rs",
        "let _ = (0..moved.count).find(|_| !waiters.notify_one());",
        "waiters.notify_one();",
        &[
            "a_batch_wakes_as_many_pops_as_it_brings_items",
            "a_batch_wakes_as_many_pushes_as_it_makes_room",
        ],
    ),
    broken(
        "the last receiver drops what is inside before it closes the channel",
        "channel/flavour.rs",
        "            self.close();\n            each!(self, shared => shared.core.discard());",
        "            each!(self, shared => shared.core.discard());\n            self.close();",
        &[
            "a_message_sent_while_the_last_receiver_goes_is_given_back_or_dropped",
            "a_message_sent_without_bound_while_the_last_receiver_goes_is_given_back_or_dropped",
        ],
    ),
    broken(
        "a receiver that gives up does not see that there is a message for another",
        "channel/queued.rs",
        "        !self.0.0.is_empty() || self.0.0.is_closed()",
        "        self.0.0.is_empty() && self.0.0.is_closed()",
        &["a_dropped_receiver_without_bound_passes_its_wake_on"],
    ),
];
