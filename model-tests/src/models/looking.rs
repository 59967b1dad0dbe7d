//! Length, empty, full: each true at one moment of the call.
#![forbid(unsafe_code)]

use super::Model;
use super::script::Do::{self, Once};
use super::seat::RING;
use crate::spec::fifo::Call::{ForcePush, IsEmpty, IsFull, Len, TryPop, TryPush};

const fn push(value: u64) -> Do {
    Once(TryPush(value))
}
const LEN: Do = Once(Len);
const POP: Do = Once(TryPop);

pub(super) const MODELS: &[Model] = &[
    Model::new("len_counts_what_was_inside_at_one_moment", 2, RING, 2, 500)
        .before(&[TryPush(1)])
        .threads(&[&[push(2), POP], &[LEN, LEN]]),
    Model::new("two_lens_agree_on_an_order", 2, RING, 2, 500)
        .before(&[TryPush(1)])
        .threads(&[&[push(2), LEN], &[POP, LEN]]),
    Model::new("len_and_empty_never_overlook_each_other", 2, RING, 2, 100)
        .before(&[TryPush(1)])
        .threads(&[&[push(2), LEN], &[POP, POP]]),
    Model::new("len_never_exceeds_the_capacity", 2, RING, 2, 500)
        .before(&[TryPush(1)])
        .threads(&[&[push(2), POP, push(3)], &[LEN]]),
    Model::new("len_beside_displacements", 2, RING, 2, 500)
        .before(&[TryPush(1), TryPush(2)])
        .threads(&[&[Once(ForcePush(3)), POP], &[LEN, LEN]]),
    Model::new("two_looks_for_empty_agree_on_an_order", 2, RING, 2, 50)
        .before(&[TryPush(1)])
        .threads(&[&[push(2), Once(IsEmpty)], &[POP, Once(IsEmpty)]]),
    Model::new("two_looks_for_full_agree_on_an_order", 2, RING, 2, 50)
        .before(&[TryPush(1)])
        .threads(&[&[push(2), Once(IsFull)], &[POP, Once(IsFull)]]),
    Model::new("full_and_empty_looks_agree_on_an_order", 2, RING, 2, 100)
        .before(&[TryPush(1)])
        .threads(&[
            &[POP, Once(IsFull), Once(IsEmpty)],
            &[push(2), Once(IsEmpty), Once(IsFull)],
        ]),
    Model::new("not_full_is_never_said_of_a_full_queue", 2, RING, 2, 100)
        .before(&[TryPush(1), TryPush(2)])
        .threads(&[&[POP, Once(IsFull)], &[push(3), Once(IsFull), push(4)]]),
    // Two watchers see a push and a pop of two others in different orders, unless each looks at both with a fence in
    // between.
    Model::new("two_watchers_agree_on_an_order", 3, RING, 0, 200)
        .before(&[TryPush(1), TryPush(2)])
        .threads(&[&[push(3)], &[POP], &[LEN], &[Once(IsFull)]])
        .some(),
];
