//! Pushes, pops, displacements and batches.
#![forbid(unsafe_code)]

use super::Model;
use super::script::Do::{self, Once, PopMany, PushMany, Retry};
use super::seat::{RING, Seat};
use crate::spec::fifo::Call::{ForcePush, TryPop, TryPush};

const fn push(value: u64) -> Do {
    Once(TryPush(value))
}
const fn force(value: u64) -> Do {
    Once(ForcePush(value))
}
const POP: Do = Once(TryPop);

pub(super) const MODELS: &[Model] = &[
    Model::new("values_arrive_whole", 1, RING, 3, 40).threads(&[&[push(1)], &[POP]]),
    Model::new(
        "values_arrive_whole_through_handles",
        1,
        Seat::Handles,
        3,
        40,
    )
    .threads(&[&[push(1)], &[POP]]),
    Model::new(
        "a_recycled_thread_number_hands_over_its_participant",
        1,
        Seat::Shared { threads: 2 },
        1,
        100,
    )
    .threads(&[&[push(1)], &[POP]]),
    Model::new(
        "a_pooled_participant_is_handed_over",
        1,
        Seat::Shared { threads: 0 },
        1,
        20,
    )
    .threads(&[&[push(1)], &[POP]]),
    Model::new("one_slot_serves_two_laps", 1, RING, 2, 100)
        .threads(&[&[push(1), push(2)], &[POP, POP]]),
    Model::new("full_and_empty_never_overlook_each_other", 2, RING, 2, 100)
        .before(&[TryPush(1)])
        .threads(&[&[push(2), push(3)], &[POP, POP]]),
    Model::new("a_cell_handed_back_has_been_read", 2, RING, 2, 500)
        .before(&[TryPush(1), TryPush(2)])
        .threads(&[&[push(3), push(4), push(5)], &[POP, POP]]),
    Model::new("a_displaced_cell_has_been_read", 2, RING, 2, 500)
        .before(&[TryPush(1), TryPush(2)])
        .threads(&[&[force(3), force(4), force(5)], &[POP, POP]]),
    Model::new("two_pushes_take_two_slots", 2, RING, 2, 20).threads(&[&[push(1)], &[push(2)]]),
    Model::new("two_pops_take_two_items", 2, RING, 2, 20)
        .before(&[TryPush(1), TryPush(2)])
        .threads(&[&[POP], &[POP]]),
    Model::new("two_displacements_lose_nothing", 1, RING, 2, 500)
        .before(&[TryPush(1)])
        .threads(&[&[force(2)], &[force(3)]]),
    Model::new(
        "a_displacement_and_a_pop_take_different_items",
        1,
        RING,
        2,
        100,
    )
    .before(&[TryPush(1)])
    .threads(&[&[force(2)], &[POP]]),
    Model::new("a_displacement_a_push_and_a_pop", 1, RING, 1, 1_000)
        .before(&[TryPush(1)])
        .threads(&[&[force(2)], &[POP], &[push(3)]]),
    Model::new("two_producers_and_a_consumer", 2, RING, 2, 500).threads(&[
        &[push(1)],
        &[push(2)],
        &[POP],
    ]),
    Model::new("a_producer_and_two_consumers", 2, RING, 2, 500).threads(&[
        &[push(1), push(2)],
        &[POP],
        &[POP],
    ]),
    Model::new("two_producers_and_two_consumers", 2, RING, 1, 500).threads(&[
        &[push(1)],
        &[push(2)],
        &[POP],
        &[POP],
    ]),
    Model::new("three_producers_and_a_consumer", 2, RING, 1, 500).threads(&[
        &[push(1)],
        &[push(2)],
        &[push(3)],
        &[POP],
    ]),
    Model::new("waiting_for_room_and_for_items", 1, RING, 2, 100).threads(&[
        &[Retry(TryPush(1)), Retry(TryPush(2))],
        &[Retry(TryPop), Retry(TryPop)],
    ]),
    Model::new("two_producers_wait_for_room", 1, RING, 1, 100).threads(&[
        &[Retry(TryPush(1))],
        &[Retry(TryPush(2))],
        &[Retry(TryPop), Retry(TryPop)],
    ]),
    Model::new("a_batch_is_in_order", 2, RING, 2, 500)
        .threads(&[&[PushMany(&[1, 2, 3])], &[PopMany(2)]]),
    Model::new("two_batches_interleave_in_order", 2, Seat::Handles, 1, 500)
        .threads(&[&[PushMany(&[1, 2])], &[PushMany(&[3])], &[PopMany(2)]])
        .some(),
    Model::new("two_popped_batches_share_what_is_inside", 2, RING, 2, 800)
        .before(&[TryPush(1), TryPush(2)])
        .threads(&[&[PopMany(2)], &[PopMany(2)]]),
    Model::new("a_popped_batch_beside_a_pop_is_in_order", 2, RING, 2, 500)
        .before(&[TryPush(1), TryPush(2)])
        .threads(&[&[PopMany(2)], &[POP, push(3)]]),
    Model::new(
        "a_batch_beside_displacements_loses_nothing",
        2,
        RING,
        2,
        2_500,
    )
    .threads(&[&[PushMany(&[1, 2])], &[force(3), force(4)]]),
    Model::new("a_batch_serves_who_tries_again", 2, RING, 2, 400)
        .threads(&[&[PushMany(&[1, 2])], &[Retry(TryPop), Retry(TryPop)]]),
    Model::new(
        "a_popped_batch_makes_room_for_those_who_try_again",
        2,
        RING,
        2,
        400,
    )
    .before(&[TryPush(1), TryPush(2)])
    .threads(&[&[PopMany(2)], &[Retry(TryPush(3)), Retry(TryPush(4))]]),
    Model::new("a_displacement_serves_who_tries_again", 1, RING, 2, 1_000)
        .threads(&[&[force(1), force(2)], &[Retry(TryPop)]]),
    Model::new("three_slots_serve_two_laps", 3, RING, 1, 250)
        .before(&[TryPush(1), TryPush(2)])
        .threads(&[&[push(3), push(4), push(5)], &[POP, POP, POP]]),
    Model::new(
        "three_slots_two_producers_and_a_consumer",
        3,
        RING,
        1,
        4_000,
    )
    .before(&[TryPush(1), TryPush(2)])
    .threads(&[&[push(3)], &[push(4)], &[POP, POP]]),
    Model::new("three_slots_are_displaced_in_order", 3, RING, 1, 250)
        .before(&[TryPush(1), TryPush(2), TryPush(3)])
        .threads(&[&[force(4), force(5)], &[POP, POP]]),
];
