//! What the cards say about a stopped peer, which every page prints, is true of every queue of the comparison:
//! the victim is stopped at each machine instruction of one push or pop, and another thread pushes
//! and pops by turns. There is room and there are items whatever the victim's operation has done, so
//! each of these must succeed, with as many attempts as it likes, within a fixed number of
//! instructions. Where one does not, the victim holds up the others.
//!
//! Operations up to [`SWEPT_WHOLE`] instructions are swept without a gap, longer ones in samples.
//! An unoptimised build has ten times the instructions, and a sample would miss the few at which a
//! peer is vulnerable, so these tests are for optimised builds:
//!
//! ```text
//! cargo test --release -p latchless-reports --test stall_peers
//! ```

#![cfg(not(any(latchless_loom, latchless_steps)))]

use latchless_bench::baseline::{ParkingLotMutex, StdMutex, Vyukov};
use latchless_bench::contender::{Contender, End, Role};
use latchless_bench::contenders::{
    ArrayQueue, ConcurrentQueue, CrossbeamChannel, LatchlessHandle, LatchlessShared, SegQueue,
};
use model_tests::single_step::supported;
use model_tests::spec::fifo::Answer;
use model_tests::sweep::{Deed, Door, Instructions, Subject, Sweep, Swept, Work};
use std::sync::Mutex;

/// A contender, its ends waiting for the threads that will hold them.
struct Peer<C: Contender<u64>>(Mutex<Vec<C::End>>);

impl<C: Contender<u64>> Subject for Peer<C> {
    type Door<'s> = Held<C::End>;

    fn with_capacity(capacity: usize) -> Self {
        let ends = C::ends(capacity, &[Role::Both; 2]);
        Peer(Mutex::new(
            ends.expect("it serves two threads of each role"),
        ))
    }

    fn door(&self) -> Self::Door<'_> {
        let end = self.0.lock().expect("nobody panics").pop();
        Held(end.expect("one end a thread"))
    }
}

/// An end in the hands of its thread.
struct Held<E>(E);

impl<E: End<u64>> Door for Held<E> {
    fn perform(&mut self, work: &mut Work) {
        let end = &mut self.0;
        match work.deed {
            Deed::TryPush => drop(end.try_push(work.value())),
            Deed::TryPop => drop(end.try_pop()),
            Deed::Push => while end.try_push(work.value()).is_err() {},
            Deed::Pop => while end.try_pop().is_none() {},
            other => unreachable!("no contender has {other:?}"),
        }
        // Answers are not judged here.
        work.answer = Some(Answer::Done);
    }
}

/// `SegQueue`, which has no capacity.
struct Segments(SegQueue<u64>);

impl Subject for Segments {
    type Door<'s> = &'s Segments;

    fn with_capacity(_: usize) -> Self {
        Segments(SegQueue::new())
    }

    fn door(&self) -> Self::Door<'_> {
        self
    }
}

impl Door for &Segments {
    fn perform(&mut self, work: &mut Work) {
        match work.deed {
            Deed::TryPush | Deed::Push => self.0.push(work.value()),
            Deed::TryPop => drop(self.0.pop()),
            Deed::Pop => while self.0.pop().is_none() {},
            other => unreachable!("SegQueue has no {other:?}"),
        }
        work.answer = Some(Answer::Done);
    }
}

/// Enough turns to come to any slot that the victim may have claimed.
const TURNS: &[Deed] = &[
    Deed::Push,
    Deed::Pop,
    Deed::Push,
    Deed::Pop,
    Deed::Push,
    Deed::Pop,
    Deed::Push,
    Deed::Pop,
];

/// Half full, so that neither end is near after one more push or pop.
const CAPACITY: usize = 4;

/// Operations up to this length are swept without a gap.
const SWEPT_WHOLE: u64 = 400;

/// Stops of one sweep of a longer one.
const SAMPLE: u64 = 100;

fn sweep<S: Subject>(name: &str) -> Swept {
    let mut all = Swept::default();
    for victim in [Deed::TryPush, Deed::TryPop] {
        let mut sweep = Sweep {
            capacity: CAPACITY,
            filled: CAPACITY / 2,
            victims: &[victim],
            others: TURNS,
            budget: if cfg!(debug_assertions) {
                15_000
            } else {
                1_500
            },
            stride: 1,
            linearizable: false,
        };
        let places = sweep.places::<Instructions, S>();
        if places > SWEPT_WHOLE {
            sweep.stride = places / SAMPLE;
        }
        let swept = sweep.run::<Instructions, S>();
        println!("{name}, stopped in {victim:?}: {swept} instructions");
        all = all.and(swept);
    }
    assert!(all.stops >= 20, "the sweep was cut short: {all}");
    all
}

fn blocks<S: Subject>(name: &str) {
    if supported() {
        let swept = sweep::<S>(name);
        assert!(
            swept.stalls > 0,
            "{name} let everybody on: its card is wrong"
        );
    }
}

fn never_blocks<S: Subject>(name: &str) {
    if supported() {
        assert_eq!(sweep::<S>(name).stalls, 0, "{name}");
    }
}

#[test]
#[cfg_attr(debug_assertions, ignore = "only for optimised builds")]
fn a_stopped_thread_blocks_nobody_in_latchless() {
    never_blocks::<Peer<LatchlessHandle>>("latchless, handles");
    never_blocks::<Peer<LatchlessShared>>("latchless, shared");
}

#[test]
#[cfg_attr(debug_assertions, ignore = "only for optimised builds")]
fn a_stopped_thread_blocks_the_others_behind_a_mutex() {
    blocks::<Peer<StdMutex>>("std::sync::Mutex");
    blocks::<Peer<ParkingLotMutex>>("parking_lot::Mutex");
}

#[test]
#[cfg_attr(debug_assertions, ignore = "only for optimised builds")]
fn a_stopped_thread_blocks_the_others_in_rings_that_claim_and_publish() {
    blocks::<Peer<Vyukov>>("Vyukov ring");
    blocks::<Peer<ArrayQueue>>("crossbeam ArrayQueue");
    blocks::<Peer<ConcurrentQueue>>("concurrent-queue");
    blocks::<Peer<CrossbeamChannel>>("crossbeam-channel");
}

#[test]
#[cfg_attr(debug_assertions, ignore = "only for optimised builds")]
fn a_stopped_thread_blocks_the_others_in_a_segmented_queue_that_claims_and_publishes() {
    blocks::<Segments>("crossbeam SegQueue");
}
