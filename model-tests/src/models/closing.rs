//! Closing, by one and by two, beside everything else.
#![forbid(unsafe_code)]

use super::Model;
use super::script::Do::{self, CloseNow, IfTold, Once, PushMany, Retry, Tell};
use super::seat::{RING, Seat};
use crate::spec::fifo::Call::{Close, ForcePush, IsClosed, IsEmpty, Len, TryPop, TryPush};

const fn push(value: u64) -> Do {
    Once(TryPush(value))
}
const CLOSE: Do = Once(Close);
const POP: Do = Once(TryPop);

pub(super) const MODELS: &[Model] = &[
    Model::new("a_push_is_in_before_close_or_refused", 2, RING, 2, 500)
        .threads(&[&[CLOSE], &[push(1), push(2)]]),
    Model::new("closed_comes_after_the_last_item", 2, RING, 2, 100)
        .before(&[TryPush(1)])
        .threads(&[&[CLOSE], &[POP, POP]]),
    Model::new("a_full_slot_can_be_sealed", 1, RING, 2, 100)
        .before(&[TryPush(1)])
        .threads(&[&[CLOSE], &[POP, POP]]),
    Model::new(
        "a_full_queue_is_sealed_beside_a_push_and_a_pop",
        1,
        RING,
        1,
        1_000,
    )
    .before(&[TryPush(1)])
    .threads(&[&[CLOSE], &[push(2)], &[POP]]),
    Model::new(
        "a_displacement_is_in_before_close_or_refused",
        1,
        RING,
        2,
        500,
    )
    .before(&[TryPush(1)])
    .threads(&[&[CLOSE], &[Once(ForcePush(2)), POP, POP]]),
    Model::new("one_of_two_closers_is_the_first", 1, RING, 2, 500)
        .before(&[TryPush(1)])
        .threads(&[&[CLOSE, POP, POP], &[CLOSE, push(1)]]),
    Model::new(
        "what_was_done_before_close_is_seen_after_closed",
        1,
        RING,
        1,
        1_000,
    )
    .threads(&[&[CLOSE], &[push(2), Once(IsClosed)], &[Once(IsClosed), POP]]),
    Model::new("nobody_pushes_after_close_returned", 2, RING, 2, 10)
        .threads(&[&[CLOSE, Tell], &[IfTold, push(1), Once(IsClosed)]]),
    Model::new(
        "closed_and_empty_never_overlook_each_other",
        2,
        RING,
        2,
        100,
    )
    .before(&[TryPush(1)])
    .threads(&[&[CLOSE, Once(IsEmpty)], &[POP, Once(IsClosed)]]),
    Model::new("closed_and_len_never_overlook_each_other", 2, RING, 2, 100)
        .before(&[TryPush(1)])
        .threads(&[&[CLOSE, Once(Len)], &[POP, Once(IsClosed)]]),
    Model::new("close_now_hands_back_what_was_inside", 2, RING, 2, 500)
        .threads(&[&[PushMany(&[1, 2])], &[CloseNow]]),
    Model::new(
        "close_through_shared_participants",
        1,
        Seat::Shared { threads: 2 },
        1,
        100,
    )
    .threads(&[&[CLOSE], &[push(1)]]),
    Model::new("a_batch_is_cut_short_by_a_close", 2, RING, 2, 1_000)
        .threads(&[&[PushMany(&[1, 2])], &[CLOSE]]),
    Model::new("two_closers_beside_a_producer", 2, RING, 1, 1_000).threads(&[
        &[CLOSE],
        &[CLOSE],
        &[push(1)],
    ]),
    Model::new("two_closers_beside_a_consumer", 1, RING, 1, 500)
        .before(&[TryPush(1)])
        .threads(&[&[CLOSE], &[CLOSE], &[POP, POP]]),
    Model::new(
        "three_slots_are_sealed_beside_a_push_and_a_pop",
        3,
        RING,
        1,
        1_000,
    )
    .before(&[TryPush(1), TryPush(2)])
    .threads(&[&[CLOSE], &[push(3)], &[POP]]),
    Model::new(
        "who_tries_again_for_room_is_told_of_a_close",
        1,
        RING,
        2,
        250,
    )
    .before(&[TryPush(1)])
    .threads(&[&[CLOSE], &[Retry(TryPush(2))]]),
    Model::new(
        "who_tries_again_for_items_is_told_of_a_close",
        1,
        RING,
        2,
        500,
    )
    .threads(&[&[push(1), CLOSE], &[Retry(TryPop), Retry(TryPop)]]),
];
