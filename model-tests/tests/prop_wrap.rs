//! The ring near the wrap of its stamps, against the sequential specification; needs `--cfg latchless_steps`, in which
//! the raw ring can begin at any lap and with stamps of a few bits.
//!
//! Stamps are compared as signed differences, so a participant may idle for less than 2^(60-B) laps, where B bits hold
//! the cell. These tests show that this bound is right, and that it is sharp. The shared hints never
//! idle while anything moves: a displacement renews both.
#![forbid(unsafe_code)]
#![cfg(latchless_steps)]

use latchless::raw::cell_ring::CellRing;
use latchless::raw::moves::{NotPopped, NotPushed};
use latchless::raw::participants::{Census, Participant};
use latchless::raw::storage::{Heap, Plan};
use latchless::raw::word::Layout;
use model_tests::spec::fifo::{Answer, Call, Fifo};
use proptest::prelude::*;
use std::collections::VecDeque;

type Ring = CellRing<u64, Heap<u64>>;

const PARTICIPANTS: usize = 3;

fn ring(capacity: usize, cell_bits: u32, lap: u64) -> Ring {
    let plan = Plan {
        layout: Layout::with_cell_bits(capacity, cell_bits),
        census: Census {
            threads: 0,
            pool: 1,
            handles: PARTICIPANTS,
        },
        spares: 1,
    };
    let storage = Heap::new(&plan).expect("a small ring");
    Ring::starting_at(plan, storage, lap)
}

/// From how many laps on a participant may not idle.
fn bound(cell_bits: u32) -> u64 {
    1 << (60 - cell_bits)
}

#[derive(Clone, Copy, Debug)]
struct Step {
    participant: usize,
    call: Call,
    /// How often it is made.
    times: usize,
}

fn step() -> impl Strategy<Value = Step> {
    let call = prop_oneof![
        6 => Just(Call::TryPush(0)),
        5 => Just(Call::TryPop),
        2 => Just(Call::ForcePush(0)),
        1 => Just(Call::Len),
        1 => Just(Call::IsFull),
        1 => Just(Call::IsEmpty),
    ];
    (0..PARTICIPANTS, call, 1..6_usize).prop_map(|(participant, call, times)| Step {
        participant,
        call,
        times,
    })
}

fn call(ring: &Ring, own: &mut Participant, call: Call) -> Answer {
    match call {
        Call::TryPush(value) => match ring.try_push(own, value) {
            Ok(()) => Answer::Pushed,
            Err((NotPushed::Full, _)) => Answer::Full,
            Err((NotPushed::Closed, _)) => Answer::Closed,
        },
        Call::ForcePush(value) => match ring.force_push(own, value) {
            Ok(None) => Answer::Pushed,
            Ok(Some(oldest)) => Answer::Displaced(oldest),
            Err(_) => Answer::Closed,
        },
        Call::TryPop => match ring.try_pop(own) {
            Ok(value) => Answer::Popped(value),
            Err(NotPopped::Empty) => Answer::Empty,
            Err(NotPopped::Closed) => Answer::Closed,
        },
        Call::Len => Answer::Len(ring.len(own)),
        Call::IsEmpty => Answer::Is(ring.is_empty(own)),
        Call::IsFull => Answer::Is(ring.is_full(own)),
        Call::IsClosed => Answer::Is(ring.is_closed(own)),
        Call::Close => Answer::Is(ring.close(own)),
    }
}

/// A participant, and how many pushes and pops there had been when it last looked at both ends.
struct Member {
    own: Participant,
    looked: (u64, u64),
}

fn members(ring: &Ring) -> Vec<Member> {
    (0..PARTICIPANTS)
        .map(|_| {
            let (_, own) = ring.check_out().expect("there is a place for each");
            Member {
                own,
                looked: (0, 0),
            }
        })
        .collect()
}

/// Follows the steps near the wrap; nobody idles for as long as the bound.
fn run_case(capacity: usize, cell_bits: u32, lap: u64, steps: &[Step], close: bool) {
    let ring = ring(capacity, cell_bits, lap);
    let mut members = members(&ring);
    let mut spec = Fifo::bounded(capacity);
    let (mut pushes, mut pops) = (0, 0);
    let most = (bound(cell_bits) - 1).saturating_mul(capacity as u64);
    let all = steps
        .iter()
        .flat_map(|step| std::iter::repeat_n(*step, step.times));
    for (value, step) in (0..).zip(all) {
        let asked = match step.call {
            Call::TryPush(_) => Call::TryPush(value),
            Call::ForcePush(_) => Call::ForcePush(value),
            other => other,
        };
        let answer = call(&ring, &mut members[step.participant].own, asked);
        assert_eq!(
            answer,
            spec.apply(&asked),
            "{asked:?} by {}",
            step.participant
        );
        pushes += u64::from(matches!(answer, Answer::Pushed | Answer::Displaced(_)));
        pops += u64::from(matches!(answer, Answer::Popped(_) | Answer::Displaced(_)));
        for member in &mut members {
            // `len` looks at both ends; any later would be too late for one more step.
            if pushes - member.looked.0 >= most || pops - member.looked.1 >= most {
                assert_eq!(ring.len(&mut member.own), spec.items().len());
                member.looked = (pushes, pops);
            }
        }
    }
    if close {
        for member in &mut members {
            assert_eq!(
                call(&ring, &mut member.own, Call::Close),
                spec.apply(&Call::Close)
            );
        }
    }
    for turn in 0..capacity + PARTICIPANTS {
        for member in &mut members {
            assert_eq!(
                call(&ring, &mut member.own, Call::Len),
                spec.apply(&Call::Len)
            );
        }
        let own = &mut members[turn % PARTICIPANTS].own;
        for asked in [Call::TryPush(7), Call::IsFull, Call::TryPop] {
            assert_eq!(call(&ring, own, asked), spec.apply(&asked));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn answers_are_right_across_the_wrap_of_wide_stamps(
        capacity in prop::sample::select(vec![1_usize, 2, 3, 7]),
        before in 0..4_u64,
        at in prop::sample::select(vec![1_u64, 2, 4]),
        steps in prop::collection::vec(step(), 0..60),
        close: bool,
    ) {
        // The wrap itself, and where the sign of a difference from zero changes.
        let laps = bound(4) * 2;
        run_case(capacity, 4, (laps / at).wrapping_sub(before), &steps, close);
    }

    #[test]
    fn answers_are_right_with_stamps_that_wrap_every_few_laps(
        capacity in prop::sample::select(vec![1_usize, 2, 3, 7]),
        cell_bits in 54..=58_u32,
        lap: u64,
        steps in prop::collection::vec(step(), 0..120),
        close: bool,
    ) {
        run_case(capacity, cell_bits, lap, &steps, close);
    }
}

/// What an idle participant answers to a push when the others have gone round `laps` times.
fn push_after_idling(capacity: usize, cell_bits: u32, start: u64, laps: u64) -> Answer {
    let ring = ring(capacity, cell_bits, start);
    let mut members = members(&ring);
    for value in 0..laps * capacity as u64 {
        assert_eq!(
            call(&ring, &mut members[0].own, Call::TryPush(value)),
            Answer::Pushed
        );
        assert_eq!(
            call(&ring, &mut members[0].own, Call::TryPop),
            Answer::Popped(value)
        );
    }
    call(&ring, &mut members[1].own, Call::TryPush(0))
}

#[test]
fn a_participant_may_idle_for_any_number_of_laps_below_the_bound_and_no_longer() {
    for cell_bits in [54, 56, 58] {
        for capacity in [1, 2, 3, 7] {
            for start in [0, 1, u64::MAX, bound(cell_bits) - 1] {
                for laps in 0..bound(cell_bits) {
                    assert_eq!(
                        push_after_idling(capacity, cell_bits, start, laps),
                        Answer::Pushed,
                        "{laps} laps"
                    );
                }
                let too_long = push_after_idling(capacity, cell_bits, start, bound(cell_bits));
                assert_eq!(
                    too_long,
                    Answer::Full,
                    "the bound is not sharp: {cell_bits} bits, {capacity} slots"
                );
            }
        }
    }
}

/// One only puts in, and one only takes out, many at a time, for many times as many laps as one may idle.
#[test]
fn who_works_in_batches_at_one_end_does_not_grow_old_at_the_other() {
    for cell_bits in [56, 58] {
        for capacity in [1, 2, 3, 7] {
            let ring = ring(capacity, cell_bits, 0);
            let mut members = members(&ring);
            let [puts, takes, _] = &mut members[..] else {
                unreachable!("there are three");
            };
            for lap in 0..bound(cell_bits) * 3 {
                let title = format!("{cell_bits} bits, {capacity} slots, lap {lap}");
                let mut items: VecDeque<u64> = (0..capacity as u64).collect();
                assert_eq!(
                    ring.try_push_many(&mut puts.own, &mut items).count,
                    capacity,
                    "{title}"
                );
                // What each knows of the other end, without learning from this look.
                for own in [&puts.own, &takes.own] {
                    assert!(!ring.is_empty(&mut own.clone()), "{title}");
                    assert!(ring.is_full(&mut own.clone()), "{title}");
                }
                let mut items = Vec::with_capacity(capacity);
                let taken = ring
                    .try_pop_many(&mut takes.own, &mut items, capacity)
                    .count;
                assert_eq!(taken, capacity, "{title}");
                for own in [&puts.own, &takes.own] {
                    assert!(ring.is_empty(&mut own.clone()), "{title}");
                    assert!(!ring.is_full(&mut own.clone()), "{title}");
                }
            }
        }
    }
}
