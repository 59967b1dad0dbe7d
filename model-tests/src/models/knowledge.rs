//! Participants that lag behind, and how knowledge reaches them: by stamps, by hints, over several threads.
//!
//! A hint is given where the index is a multiple of eight, so in these small rings once a lap.
#![forbid(unsafe_code)]

use super::Model;
use super::script::Do::{self, IfTold, Once, Tell};
use super::seat::{IDLE, RING, Seat};
use crate::spec::fifo::Call::{Close, ForcePush, Len, TryPop, TryPush};

const fn push(value: u64) -> Do {
    Once(TryPush(value))
}
const POP: Do = Once(TryPop);

pub(super) const MODELS: &[Model] = &[
    Model::new("a_laggard_finds_its_way", 2, IDLE, 1, 10)
        .before(&[TryPush(7), TryPop, TryPush(8), TryPop, TryPush(9)])
        .threads(&[&[push(1)], &[POP]]),
    Model::new("two_laggards_find_their_way", 2, IDLE, 1, 500)
        .threads(&[&[push(1), POP, push(2), POP], &[POP, push(3), POP, push(4)]])
        .some(),
    Model::new("a_laggard_after_displacements", 2, IDLE, 1, 100)
        .before(&[
            TryPush(6),
            TryPush(7),
            ForcePush(8),
            ForcePush(9),
            ForcePush(10),
        ])
        .threads(&[&[POP], &[push(1), POP]]),
    Model::new("a_hint_comes_with_its_knowledge", 2, IDLE, 1, 500)
        .threads(&[&[push(1), POP, push(2), POP], &[push(3), POP, push(4)]])
        .some(),
    Model::new(
        "a_newcomer_starts_where_the_others_are",
        2,
        Seat::Shared { threads: 3 },
        1,
        20,
    )
    .threads(&[&[push(1), POP, push(2), POP], &[push(3)]])
    .some(),
    // The second thread learns of the first by a hint, the third of the second by its slot: the third must know by
    // then what the first did, or it takes a slot of the lap before for a full one. That it was told, or not yet,
    // comes after all this and makes two outcomes of it.
    Model::new("a_hint_brings_its_knowledge", 3, IDLE, 0, 500)
        .before(&[TryPush(8), TryPop])
        .threads(&[
            &[push(1), POP, push(2)],
            &[push(4), Tell],
            &[push(5), IfTold, POP],
        ])
        .without_fences()
        .some(),
    Model::new("a_hint_of_the_head_brings_its_knowledge", 3, IDLE, 0, 500)
        .before(&[TryPush(1), TryPush(2), TryPush(3), TryPop, TryPush(4)])
        .threads(&[&[POP, push(5), POP], &[POP, Tell], &[POP, IfTold, push(6)]])
        .without_fences()
        .some(),
    Model::new(
        "stamps_may_wrap",
        2,
        Seat::Ring {
            idle: false,
            lap: u64::MAX,
        },
        2,
        100,
    )
    .before(&[TryPush(1)])
    .threads(&[&[push(2), push(3)], &[POP, POP]]),
    Model::new(
        "a_laggard_over_the_wrap",
        2,
        Seat::Ring {
            idle: true,
            lap: u64::MAX,
        },
        1,
        10,
    )
    .before(&[TryPush(7), TryPop, TryPush(8), TryPop, TryPush(9)])
    .threads(&[&[push(1)], &[POP]]),
    Model::new("a_push_by_an_idle_thread_beside_len", 2, RING, 1, 100)
        .before(&[TryPush(7), TryPop])
        .threads(&[&[push(1)], &[Once(Len), POP]]),
    Model::new("a_laggard_closes_where_the_tail_is", 2, IDLE, 1, 100)
        .before(&[TryPush(7), TryPop, TryPush(8), TryPop, TryPush(9)])
        .threads(&[&[Once(Close)], &[push(1), POP]]),
    Model::new("a_laggard_displaces_the_oldest", 2, IDLE, 1, 150)
        .before(&[TryPush(7), TryPush(8), TryPop, TryPush(9)])
        .threads(&[&[Once(ForcePush(1))], &[POP, push(2)]]),
    Model::new("a_laggard_counts_what_is_inside", 2, IDLE, 1, 250)
        .before(&[TryPush(7), TryPop, TryPush(8), TryPop, TryPush(9)])
        .threads(&[&[Once(Len), Once(Len)], &[push(1), POP]]),
];
