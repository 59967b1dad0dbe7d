//! The checkers checked: good histories are accepted, and each way to be a bad one is refused for what it is.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

use model_tests::history::{History, NEVER, Operation};
use model_tests::linearize::{Verdict, assert_linearizable, linearize, linearize_within};
use model_tests::queue_rules::{self, Violation};
use model_tests::spec::Spec;
use model_tests::spec::fifo::{Answer, Call, Fifo};

use Answer::{Closed, Displaced, Done, Empty, Full, Is, Len, Nothing, Popped, Pushed, Refused};
use Call::{Close, ForcePush, IsEmpty, IsFull, TryPop, TryPush};

type Ops = Vec<Operation<Call, Answer>>;

fn op(invoked: u64, returned: u64, call: Call, answer: Answer) -> Operation<Call, Answer> {
    Operation {
        call,
        answer: Some(answer),
        invoked,
        returned,
    }
}

/// Calls one after the other in one thread.
fn sequence(calls: &[(Call, Answer)]) -> Ops {
    (0..)
        .zip(calls)
        .map(|(i, &(call, answer))| op(2 * i, 2 * i + 1, call, answer))
        .collect()
}

fn one_thread(calls: &[(Call, Answer)]) -> History<Call, Answer> {
    History::new(vec![sequence(calls)])
}

/// Threads without any order between them.
fn unordered(threads: &[&[(Call, Answer)]]) -> History<Call, Answer> {
    let thread = |calls: &&[(Call, Answer)]| {
        calls
            .iter()
            .map(|&(call, answer)| op(0, NEVER, call, answer))
            .collect()
    };
    History::new(threads.iter().map(thread).collect())
}

fn holding(capacity: usize, items: &[u64]) -> Fifo {
    let mut queue = Fifo::bounded(capacity);
    for &item in items {
        assert_eq!(queue.apply(&TryPush(item)), Pushed);
    }
    queue
}

fn accepted(start: &Fifo, history: &History<Call, Answer>) -> bool {
    let verdict = linearize(start, history);
    if let Verdict::Linearizable(order) = &verdict {
        let mut state = start.clone();
        for place in order {
            let op = &history.threads()[place.thread][place.index];
            state = state
                .after(&op.call, op.answer.as_ref())
                .expect("the order found is one that the spec accepts");
        }
    }
    verdict.is_linearizable()
}

/// Refused by the search, and by the rules for this reason.
fn assert_refused(capacity: usize, history: &History<Call, Answer>, reason: &Violation) {
    assert!(
        linearize(&Fifo::bounded(capacity), history).is_refused(),
        "accepted:\n{history}"
    );
    assert_eq!(
        queue_rules::check(capacity, history).as_ref(),
        Err(reason),
        "{history}"
    );
}

fn assert_accepted(capacity: usize, history: &History<Call, Answer>) {
    assert!(
        accepted(&Fifo::bounded(capacity), history),
        "refused:\n{history}"
    );
    assert_eq!(queue_rules::check(capacity, history), Ok(()), "{history}");
}

// Good histories.

#[test]
fn an_empty_history_is_accepted() {
    assert_accepted(1, &History::new(vec![vec![], vec![]]));
}

#[test]
fn calls_that_overlap_may_take_effect_in_either_order() {
    let push = op(0, 10, TryPush(1), Pushed);
    for answer in [Popped(1), Empty] {
        assert_accepted(
            1,
            &History::new(vec![vec![push.clone()], vec![op(1, 9, TryPop, answer)]]),
        );
    }
}

#[test]
fn overlapping_pushes_may_come_out_in_either_order() {
    for (first, second) in [(1, 2), (2, 1)] {
        let history = History::new(vec![
            vec![op(0, 5, TryPush(1), Pushed)],
            vec![op(1, 6, TryPush(2), Pushed)],
            vec![
                op(7, 8, TryPop, Popped(first)),
                op(9, 10, TryPop, Popped(second)),
            ],
        ]);
        assert_accepted(2, &history);
    }
}

#[test]
fn a_push_that_overlaps_the_close_may_win_or_lose() {
    for (push, pop) in [(Pushed, Popped(1)), (Closed, Closed)] {
        let history = History::new(vec![
            vec![op(0, 5, TryPush(1), push)],
            vec![op(1, 6, Close, Is(true)), op(7, 8, TryPop, pop)],
        ]);
        assert_accepted(1, &history);
    }
}

#[test]
fn a_push_that_never_returned_may_have_taken_effect_or_not() {
    let stopped = Operation {
        call: TryPush(1),
        answer: None,
        invoked: 0,
        returned: NEVER,
    };
    for answer in [Popped(1), Empty] {
        let history = History::new(vec![vec![stopped.clone()], vec![op(1, 2, TryPop, answer)]]);
        assert!(accepted(&Fifo::bounded(1), &history), "{history}");
    }
    let history = History::new(vec![vec![stopped], vec![op(1, 2, TryPop, Popped(2))]]);
    assert!(!accepted(&Fifo::bounded(1), &history), "{history}");
}

#[test]
fn a_close_that_drains_is_a_close_and_then_pops() {
    let drained = [
        (Close, Done),
        (TryPop, Popped(1)),
        (TryPop, Popped(2)),
        (TryPop, Closed),
    ];
    let drain: Ops = drained
        .map(|(call, answer)| op(0, 9, call, answer))
        .to_vec();
    let history = History::new(vec![drain.clone(), vec![op(1, 8, TryPush(3), Closed)]]);
    assert!(accepted(&holding(2, &[1, 2]), &history), "{history}");

    // Its parts keep their order although they share an interval.
    let mut swapped = drain;
    swapped.swap(1, 2);
    assert!(!accepted(
        &holding(2, &[1, 2]),
        &History::new(vec![swapped])
    ));
}

#[test]
fn the_order_found_is_printed_with_the_history_when_it_is_refused() {
    let history = one_thread(&[(TryPush(1), Pushed), (TryPop, Popped(7))]);
    let message = std::panic::catch_unwind(|| assert_linearizable(&Fifo::bounded(1), &history))
        .expect_err("a value from nowhere")
        .downcast::<String>()
        .expect("a message");
    assert!(
        message.contains("thread 0: TryPop -> Popped(7)"),
        "{message}"
    );
    assert!(message.contains("took thread.call 0.0"), "{message}");
}

#[test]
fn a_search_without_the_means_to_finish_says_so() {
    let history = one_thread(&[(TryPush(1), Pushed), (TryPop, Popped(1))]);
    assert!(matches!(
        linearize_within(&Fifo::bounded(1), &history, 1),
        Verdict::Undecided
    ));
}

// Bad histories: each breaks one promise of a queue.

#[test]
fn full_with_room_is_refused() {
    assert_refused(
        2,
        &one_thread(&[(TryPush(1), Pushed), (TryPush(2), Full)]),
        &Violation::WrongLength(TryPush(2), Full),
    );
}

#[test]
fn empty_with_a_value_inside_is_refused() {
    assert_refused(
        2,
        &one_thread(&[(TryPush(1), Pushed), (TryPop, Empty)]),
        &Violation::WrongLength(TryPop, Empty),
    );
}

#[test]
fn empty_is_refused_when_no_single_value_but_always_some_value_was_inside() {
    let history = History::new(vec![
        vec![
            op(0, 1, TryPush(1), Pushed),
            op(3, 4, TryPush(2), Pushed),
            op(5, 6, TryPop, Popped(1)),
        ],
        vec![op(2, 7, TryPop, Empty)],
    ]);
    assert_refused(2, &history, &Violation::WrongLength(TryPop, Empty));
}

#[test]
fn more_values_than_fit_are_refused() {
    assert_refused(
        1,
        &one_thread(&[(TryPush(1), Pushed), (TryPush(2), Pushed)]),
        &Violation::WrongLength(TryPush(2), Pushed),
    );
}

#[test]
fn displacing_with_room_is_refused() {
    assert_refused(
        2,
        &one_thread(&[(ForcePush(1), Pushed), (ForcePush(2), Displaced(1))]),
        &Violation::WrongLength(ForcePush(2), Displaced(1)),
    );
}

#[test]
fn displacing_another_value_than_the_oldest_is_refused() {
    let calls = [
        (TryPush(1), Pushed),
        (TryPush(2), Pushed),
        (ForcePush(3), Displaced(2)),
        (TryPop, Popped(1)),
    ];
    assert_refused(2, &one_thread(&calls), &Violation::Overtaken(1, 2));
}

#[test]
fn closed_before_any_close_is_refused() {
    for (call, answer) in [
        (TryPush(1), Closed),
        (ForcePush(1), Closed),
        (TryPop, Closed),
        (Call::IsClosed, Is(true)),
    ] {
        let history = one_thread(&[(call, answer), (Close, Is(true))]);
        assert_refused(1, &history, &Violation::ClosedTooEarly(call, answer));
    }
}

#[test]
fn a_push_that_succeeds_after_close_returned_is_refused() {
    for (call, answer) in [
        (TryPush(1), Pushed),
        (ForcePush(1), Pushed),
        (TryPop, Empty),
        (Call::IsClosed, Is(false)),
    ] {
        let history = one_thread(&[(Close, Is(true)), (call, answer)]);
        assert_refused(1, &history, &Violation::OpenTooLate(call, answer));
    }
}

#[test]
fn closed_with_a_value_still_inside_is_refused() {
    let calls = [
        (TryPush(1), Pushed),
        (Close, Is(true)),
        (TryPop, Closed),
        (TryPop, Popped(1)),
    ];
    assert_refused(
        2,
        &one_thread(&calls),
        &Violation::WrongLength(TryPop, Closed),
    );
}

#[test]
fn two_closes_that_both_closed_are_refused_and_so_is_none() {
    assert_refused(
        1,
        &one_thread(&[(Close, Is(true)), (Close, Is(true))]),
        &Violation::ClosedNotOnce,
    );
    assert_refused(
        1,
        &one_thread(&[(Close, Is(false))]),
        &Violation::ClosedNotOnce,
    );
    assert_refused(
        1,
        &one_thread(&[(Close, Is(false)), (Close, Is(true))]),
        &Violation::ClosedTooEarly(Close, Is(false)),
    );
}

#[test]
fn a_wrong_length_is_refused() {
    for answer in [0, 2] {
        let history = one_thread(&[(TryPush(1), Pushed), (Call::Len, Len(answer))]);
        assert_refused(2, &history, &Violation::WrongLength(Call::Len, Len(answer)));
    }
    for (call, answer) in [(IsEmpty, Is(true)), (IsFull, Is(true))] {
        let history = one_thread(&[(TryPush(1), Pushed), (call, answer)]);
        assert_refused(2, &history, &Violation::WrongLength(call, answer));
    }
    for (call, answer) in [(IsEmpty, Is(false)), (IsFull, Is(true))] {
        let history = one_thread(&[(call, answer)]);
        assert_refused(2, &history, &Violation::WrongLength(call, answer));
    }
}

#[test]
fn a_length_made_of_two_moments_is_refused() {
    // A stale head and a fresh tail: both values were never inside together.
    let history = History::new(vec![
        vec![
            op(0, 1, TryPush(1), Pushed),
            op(3, 4, TryPop, Popped(1)),
            op(5, 6, TryPush(2), Pushed),
        ],
        vec![op(2, 7, Call::Len, Len(2))],
    ]);
    assert_refused(2, &history, &Violation::WrongLength(Call::Len, Len(2)));
}

#[test]
fn a_value_popped_twice_is_refused() {
    let calls = [
        (TryPush(1), Pushed),
        (TryPop, Popped(1)),
        (TryPop, Popped(1)),
    ];
    assert_refused(2, &one_thread(&calls), &Violation::Twice(1));
}

#[test]
fn a_value_from_nowhere_is_refused() {
    assert_refused(
        2,
        &one_thread(&[(TryPush(1), Pushed), (TryPop, Popped(2))]),
        &Violation::FromNowhere(2),
    );
    assert_refused(
        1,
        &one_thread(&[
            (TryPush(1), Pushed),
            (TryPush(2), Full),
            (TryPop, Popped(2)),
        ]),
        &Violation::FromNowhere(2),
    );
}

#[test]
fn a_value_popped_before_its_push_was_invoked_is_refused() {
    assert_refused(
        2,
        &one_thread(&[(TryPop, Popped(1)), (TryPush(1), Pushed)]),
        &Violation::BeforeItsPush(1),
    );
}

#[test]
fn reordered_values_are_refused() {
    let calls = [
        (TryPush(1), Pushed),
        (TryPush(2), Pushed),
        (TryPop, Popped(2)),
        (TryPop, Popped(1)),
    ];
    assert_refused(2, &one_thread(&calls), &Violation::Overtaken(1, 2));
}

#[test]
fn a_value_that_never_comes_out_while_a_later_one_does_is_refused() {
    let history = History::new(vec![
        vec![op(0, 1, TryPush(1), Pushed), op(2, 3, TryPush(2), Pushed)],
        vec![op(4, 5, TryPop, Popped(2))],
    ]);
    assert_refused(2, &history, &Violation::Overtaken(1, 2));
}

#[test]
fn a_batch_that_stops_short_without_a_reason_is_refused() {
    assert_refused(
        2,
        &one_thread(&[(TryPush(1), Refused)]),
        &Violation::WrongLength(TryPush(1), Refused),
    );
    let calls = [(TryPush(1), Pushed), (TryPop, Nothing)];
    assert_refused(
        2,
        &one_thread(&calls),
        &Violation::WrongLength(TryPop, Nothing),
    );
}

#[test]
fn store_buffering_over_two_slots_is_refused_even_without_real_time() {
    // Full and Empty are decided without a common order of the two slots: each thread misses the other's change.
    let a = [(TryPush(2), Pushed), (TryPush(3), Full)];
    let b = [(TryPop, Popped(1)), (TryPop, Empty)];
    assert!(!accepted(&holding(2, &[1]), &unordered(&[&a, &b])));
    // Either answer alone is right.
    assert!(accepted(
        &holding(2, &[1]),
        &unordered(&[&a, &[(TryPop, Popped(1))]])
    ));
    assert!(accepted(
        &holding(2, &[1]),
        &unordered(&[&[(TryPush(2), Pushed), (TryPush(3), Pushed)], &b[..1]])
    ));
    assert!(accepted(&holding(2, &[1]), &unordered(&[&[], &b])));
}
