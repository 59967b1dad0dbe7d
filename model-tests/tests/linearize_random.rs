//! The checkers checked at random: a history made from a sequential run is accepted, and after one answer was changed
//! the search says what a naive checker says that tries every order.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

use std::collections::BTreeMap;

use model_tests::history::{History, Operation};
use model_tests::linearize::linearize;
use model_tests::queue_rules;
use model_tests::spec::fifo::{Answer, Call, Fifo};
use proptest::prelude::*;

use Answer::{Closed, Displaced, Empty, Full, Is, Len, Nothing, Popped, Pushed, Refused};
use Call::{Close, ForcePush, IsFull, TryPop, TryPush};

type Ops = Vec<Operation<Call, Answer>>;

/// Tries every order, one call at a time.
fn naive(state: &Fifo, history: &History<Call, Answer>) -> bool {
    let all: Vec<(usize, usize)> = history
        .threads()
        .iter()
        .enumerate()
        .flat_map(|(thread, ops)| (0..ops.len()).map(move |index| (thread, index)))
        .collect();
    let at = |(thread, index): (usize, usize)| &history.threads()[thread][index];
    let before = |a: (usize, usize), b: (usize, usize)| {
        (a.0 == b.0 && a.1 < b.1) || at(a).returned < at(b).invoked
    };
    permutations(&all).into_iter().any(|order| {
        let in_order =
            (0..order.len()).all(|i| (i..order.len()).all(|j| !before(order[j], order[i])));
        let mut state = state.clone();
        in_order
            && order.iter().all(|&place| {
                state
                    .apply(&at(place).call)
                    .may_be_told_as(&at(place).answer.unwrap())
            })
    })
}

fn permutations<T: Copy>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![vec![]];
    }
    let mut all = Vec::new();
    for i in 0..items.len() {
        let mut rest = items.to_vec();
        let first = rest.remove(i);
        for mut tail in permutations(&rest) {
            tail.insert(0, first);
            all.push(tail);
        }
    }
    all
}

/// What to call (the value of a push is its place in the list), in which thread, and how far the interval reaches
/// around the instant, in parts of 256 of what the thread's other calls leave.
#[derive(Clone, Debug)]
struct Planned {
    kind: u8,
    thread: usize,
    before: u8,
    after: u8,
}

fn planned(calls: usize) -> impl Strategy<Value = Vec<Planned>> {
    let one = (0..10_u8, 0..3_usize, any::<u8>(), any::<u8>()).prop_map(
        |(kind, thread, before, after)| Planned {
            kind,
            thread,
            before,
            after,
        },
    );
    prop::collection::vec(one, 0..=calls)
}

fn call_of(kind: u8, value: u64) -> Call {
    match kind {
        0..=2 => TryPush(value),
        3..=5 => TryPop,
        6 => ForcePush(value),
        7 => Call::Len,
        8 => IsFull,
        _ => Close,
    }
}

/// Lets the calls take effect one after the other, then widens their intervals around those instants at random.
fn widened(capacity: usize, plan: &[Planned]) -> History<Call, Answer> {
    const GAP: u64 = 1 << 16;
    let mut queue = Fifo::bounded(capacity);
    let mut threads: Vec<Vec<(u64, Planned, Call, Answer)>> = vec![vec![]; 3];
    for (i, planned) in (0_u64..).zip(plan) {
        let call = call_of(planned.kind, i);
        let answer = queue.apply(&call);
        threads[planned.thread].push((GAP * (i + 1), planned.clone(), call, answer));
    }
    let end = GAP * (plan.len() as u64 + 1);
    let threads: Vec<Ops> = threads
        .iter()
        .map(|ops| {
            let instant = |i: usize| ops.get(i).map_or(end, |op| op.0);
            let widen =
                |(i, (at, planned, call, answer)): (usize, &(u64, Planned, Call, Answer))| {
                    let left = (at - if i == 0 { 0 } else { instant(i - 1) }) / 2 - 1;
                    let right = (instant(i + 1) - at) / 2 - 1;
                    let invoked = at - 1 - left * u64::from(planned.before) / 256;
                    let returned = at + 1 + right * u64::from(planned.after) / 256;
                    Operation {
                        call: *call,
                        answer: Some(*answer),
                        invoked,
                        returned,
                    }
                };
            ops.iter().enumerate().map(widen).collect()
        })
        .collect();
    dense(threads)
}

/// Renumbers the ticks 0, 1, 2 … in their order.
fn dense(mut threads: Vec<Ops>) -> History<Call, Answer> {
    let mut ticks: Vec<(u64, usize, usize, bool)> = Vec::new();
    for (thread, ops) in threads.iter().enumerate() {
        for (index, op) in ops.iter().enumerate() {
            ticks.push((op.invoked, thread, index, false));
            ticks.push((op.returned, thread, index, true));
        }
    }
    ticks.sort_unstable();
    for (new, (_, thread, index, is_return)) in (0..).zip(ticks) {
        let op = &mut threads[thread][index];
        *(if is_return {
            &mut op.returned
        } else {
            &mut op.invoked
        }) = new;
    }
    History::new(threads)
}

/// Changes one answer to another one of its kind.
fn corrupted(history: &History<Call, Answer>, which: usize, other: u64) -> History<Call, Answer> {
    let mut threads = history.threads().to_vec();
    let count = history.operations().count();
    if let Some(op) = threads.iter_mut().flatten().nth(which % count.max(1)) {
        op.answer = Some(match op.call {
            TryPush(_) => [Pushed, Full, Closed, Refused][other as usize % 4],
            ForcePush(_) => [Pushed, Displaced(other), Closed][other as usize % 3],
            TryPop => {
                [Popped(other), Popped(other + 1), Empty, Closed, Nothing][other as usize % 5]
            }
            Call::Len => Len(other as usize % 4),
            _ => Is(other.is_multiple_of(2)),
        });
    }
    History::new(threads)
}

fn capacities() -> impl Strategy<Value = usize> {
    prop::sample::select(vec![1_usize, 2, 3])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn a_widened_sequential_history_is_accepted(capacity in capacities(), plan in planned(40)) {
        let history = widened(capacity, &plan);
        prop_assert!(linearize(&Fifo::bounded(capacity), &history).is_linearizable(), "{}", history);
        prop_assert_eq!(queue_rules::check(capacity, &history), Ok(()), "{}", history);
    }
}

/// One test by hand instead of the macro, so that it can count what it saw.
#[test]
fn the_search_agrees_with_every_permutation_and_the_rules_never_refuse_more() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(3_000)
    });
    let seen = std::cell::RefCell::new(BTreeMap::<&str, usize>::new());
    let strategy = (capacities(), planned(6), any::<usize>(), 0..6_u64);
    let result = runner.run(&strategy, |(capacity, plan, which, other)| {
        let history = corrupted(&widened(capacity, &plan), which, other);
        let start = Fifo::bounded(capacity);
        let truth = naive(&start, &history);
        prop_assert_eq!(
            linearize(&start, &history).is_linearizable(),
            truth,
            "{}",
            history
        );
        let rules = queue_rules::check(capacity, &history).is_ok();
        prop_assert!(
            rules || !truth,
            "the rules refuse a good history:\n{}",
            history
        );
        let outcome = match (truth, rules) {
            (true, _) => "accepted",
            (false, false) => "refused by both",
            (false, true) => "refused by the search alone",
        };
        *seen.borrow_mut().entry(outcome).or_default() += 1;
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let seen = seen.into_inner();
    println!("{seen:?}");
    assert!(seen.get("accepted") > Some(&300), "{seen:?}");
    assert!(seen.get("refused by both") > Some(&300), "{seen:?}");
}
