//! The unbounded queue: tickets, verdicts, segments that come and go, and who may be in them.
#![forbid(unsafe_code)]

use super::Model;
use super::script::Do::{self, IfTold, Once, PushMany, Tell};
use super::seat::{Seat, idle_list, list};
use crate::spec::fifo::Call::{Close, IsClosed, IsEmpty, Len, TryPop, TryPush};

const fn push(value: u64) -> Do {
    Once(TryPush(value))
}
const CLOSE: Do = Once(Close);
const POP: Do = Once(TryPop);
const LEN: Do = Once(Len);

/// More than any of these scripts pushes.
const UNBOUNDED: usize = 99;

const fn model(name: &'static str, seat: Seat, preemptions: usize, executions: usize) -> Model {
    Model::new(name, UNBOUNDED, seat, preemptions, executions)
}

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    model("values_arrive_by_tickets", list(2), 3, 100).threads(&[&[push(1)], &[POP, POP]]),
    model("a_judge_and_a_late_pusher_agree", list(2), 2, 100).threads(&[&[push(1)], &[POP]]),
    model("two_judges_and_a_late_pusher_agree", list(2), 1, 100).threads(&[&[push(1)], &[POP], &[POP]]),
    model("a_value_that_is_kept_has_arrived", list(2), 1, 100).threads(&[&[push(1), push(2)], &[POP], &[POP]]),
    model("what_is_behind_a_push_in_progress_is_found", list(2), 2, 50).threads(&[&[push(1)], &[push(2), POP]]),
    model("two_pushes_draw_two_tickets", list(2), 2, 20).threads(&[&[push(1)], &[push(2)]]),
    model("two_pops_pass_two_slots", list(2), 2, 20).before(&[TryPush(1), TryPush(2)]).threads(&[&[POP], &[POP]]),
    model("a_push_beyond_the_end_finds_what_was_appended", list(1), 2, 100).before(&[TryPush(1)]).threads(&[&[push(2)], &[push(3)]]).without_fences(),
    model("a_pop_beyond_the_end_finds_what_was_appended", list(1), 2, 100).before(&[TryPush(1)]).threads(&[&[push(2)], &[POP, POP]]).without_fences(),
    model("pushes_and_pops_pass_ends", list(1), 1, 100).threads(&[&[push(1), push(2), push(3)], &[POP, POP]]),
    model("two_poppers_pass_an_end", list(1), 1, 500).before(&[TryPush(1), TryPush(2), TryPush(3)]).threads(&[&[POP, POP], &[POP, POP]]).some(),
    model("sleepers_come_to_both_ends", idle_list(1), 1, 50).before(&[TryPush(1), TryPop, TryPush(2), TryPush(3)]).threads(&[&[push(4)], &[POP, POP]]),
    model("a_push_is_in_before_the_end_or_refused", list(2), 2, 100).threads(&[&[CLOSE], &[push(1), push(2)]]),
    model("a_close_meets_an_append", list(1), 2, 100).before(&[TryPush(1)]).threads(&[&[CLOSE], &[push(2)]]).without_fences(),
    model("the_end_comes_after_the_last_item", list(2), 2, 30).before(&[TryPush(1)]).threads(&[&[CLOSE], &[POP, POP]]),
    model("one_of_two_who_close_a_list_is_the_first", list(1), 1, 30).before(&[TryPush(1)]).threads(&[&[CLOSE, POP, POP], &[CLOSE, push(1)]]),
    model("what_was_done_before_the_end_is_seen_after_it", list(2), 1, 100).threads(&[&[CLOSE], &[push(2), Once(IsClosed)], &[Once(IsClosed), POP]]),
    model("nobody_draws_a_ticket_after_close_returned", list(2), 2, 10).threads(&[&[CLOSE, Tell], &[IfTold, push(1), Once(IsClosed)]]),
    model("the_end_and_empty_never_overlook_each_other", list(2), 2, 100).before(&[TryPush(1)]).threads(&[&[CLOSE, Once(IsEmpty)], &[POP, Once(IsClosed)]]),
    model("not_empty_is_told_of_what_counts", list(2), 2, 100).threads(&[&[push(1)], &[Once(IsEmpty), POP]]),
    model("len_counts_the_pop_before_a_push", list(2), 2, 100).before(&[TryPush(1)]).threads(&[&[POP, push(2)], &[LEN]]).without_fences(),
    model("len_counts_the_push_before_a_pop", list(2), 2, 100).before(&[TryPush(1)]).threads(&[&[push(2), POP], &[LEN]]).without_fences(),
    model("len_counts_the_pops_beyond_an_end", list(1), 1, 100).before(&[TryPush(1), TryPop]).threads(&[&[push(2), POP, push(3)], &[LEN]]),
    model("a_batch_by_tickets_is_in_order", list(2), 1, 100).threads(&[&[PushMany(&[1, 2, 3])], &[POP, POP]]),
    model("calls_by_reference_on_a_list", Seat::SharedList { slots: 1 }, 1, 100).threads(&[&[push(1)], &[POP]]),
];
