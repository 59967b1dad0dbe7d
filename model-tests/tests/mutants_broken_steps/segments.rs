//! Broken steps of the unbounded queue's segments, and of the registry that says who is in one.
#![forbid(unsafe_code)]

use super::{Broken, broken};

pub(super) const STEPS: &[Broken] = &[
    broken(
        "a pusher does not ask what became of a slot that was doubted",
        "raw/segments/push.rs",
        "if doubted == 0 {",
        "if doubted <= 1 {",
        &["a_judge_and_a_late_pusher_agree"],
    ),
    broken(
        "a ticket that was drawn after the close counts",
        "raw/segments/push.rs",
        "let Some(slot) = segment.slot(ticket) else {",
        "let Some(slot) = segment.slot(ticket & !CLOSED) else {",
        &["nobody_draws_a_ticket_after_close_returned"],
    ),
    broken(
        "who appends a segment leaves the ticket of its own value to the next",
        "raw/segments/keep.rs",
        "new.tickets.store(1, Ordering::Relaxed);",
        "new.tickets.store(0, Ordering::Relaxed);",
        &["pushes_and_pops_pass_ends"],
    ),
    broken(
        "a slot is passed over without a verdict",
        "raw/segments/pop.rs",
        "Self::doubt(segment, head);",
        "Self::pass(segment, head);",
        &["a_judge_and_a_late_pusher_agree"],
    ),
    broken(
        "a judge refuses what is full",
        "raw/segments/pop.rs",
        "let mine = if is_full { KEPT } else { REFUSED };",
        "let mine = if is_full { REFUSED } else { REFUSED };",
        &["a_judge_and_a_late_pusher_agree"],
    ),
    broken(
        "Empty is said where a ticket was drawn and the slot is not full yet",
        "raw/segments/pop.rs",
        "if tickets & !CLOSED > head / 2 {",
        "if tickets & !CLOSED > u64::MAX - head {",
        &["what_is_behind_a_push_in_progress_is_found"],
    ),
    broken(
        "len does not look whether the head has gone on to another segment",
        "raw/segments.rs",
        "                && self.head.load(Ordering::Relaxed) == own.pop\n",
        "",
        &["len_counts_the_pops_beyond_an_end"],
    ),
    broken(
        "Empty is said at the end of a segment that is closed, and not sealed yet",
        "raw/segments/pop.rs",
        "if segment.tickets.load(Ordering::Acquire) & CLOSED == 0 {",
        "if segment.tickets.load(Ordering::Acquire) & CLOSED <= CLOSED {",
        &["after_closed_nobody_says_empty"],
    ),
    broken(
        "a segment is retired by all who pass its end",
        "raw/segments/pop.rs",
        "if moved {",
        "if moved || !old.is_null() {",
        &["two_poppers_pass_an_end"],
    ),
    broken(
        "who comes to an end does not look whether it still is one",
        "raw/segments/keep.rs",
        "if again == segment {",
        "if again == segment || !segment.is_null() {",
        &["who_comes_to_a_segment_is_seen_by_who_retires_it"],
    ),
    broken(
        "a segment is recycled though somebody is in it",
        "raw/segments/keep.rs",
        "if self.registry.is_inhabited(segment) {",
        "if self.registry.is_inhabited(segment) && segment.is_null() {",
        &["who_leaves_a_segment_has_done_with_it"],
    ),
    broken(
        "a seat is broken free while its thread is in a call",
        "raw/registry.rs",
        "if self.kind != Kind::Seat || !self.take() {",
        "if self.kind != Kind::Seat {",
        &["a_seat_is_broken_free_or_kept"],
    ),
];
