//! What the cards say about a stopped peer, which every page prints, is true of the queues of the comparison, with a
//! bound or without. (Not asked are the channels of `std`, whose one receiver cannot be two threads of this test, `lfqueue`,
//! and the linked list, whose nodes come from an allocator with locks of its own.) The victim is stopped at each machine
//! instruction of one push or pop, and another thread pushes and pops by turns. There is room and there are items whatever the
//! victim's operation has done, so each of these must succeed, with as many attempts as it likes, within a fixed number of
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

use latchless_bench::baseline::{ParkingLotMutex, StdMutex, UnboundedStdMutex, Vyukov};
use latchless_bench::contender::{Contender, End, Role};
use latchless_bench::contenders::{
    ArrayQueue, AsyncChannel, ConcurrentQueue, CrossbeamChannel, Flume, Heapless, Kanal,
    LatchlessHandle, LatchlessShared, ThingBuf,
};
use latchless_bench::unbounded::{
    SegQueue, UnboundedAsyncChannel, UnboundedConcurrentQueue, UnboundedCrossbeamChannel,
    UnboundedFlume, UnboundedHandle, UnboundedKanal, UnboundedShared,
};
use model_tests::single_step::supported;
use model_tests::spec::fifo::Answer;
use model_tests::sweep::{Deed, Door, Instructions, Subject, Sweep, Swept, Work};
use std::sync::Mutex;

/// A contender, its ends waiting for the threads that will hold them.
struct Peer<C: Contender<u64>, const CAPACITY: usize = 4>(Mutex<Vec<C::End>>);

impl<C: Contender<u64>, const CAPACITY: usize> Subject for Peer<C, CAPACITY> {
    type Door<'s> = Held<C::End>;

    fn with_capacity(_: usize) -> Self {
        let ends = C::ends(CAPACITY, &[Role::Both; 2]);
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

/// So many are inside, half of most capacities, so that neither end is near after one more push or pop; and so few
/// that the turns come to the slot that a stopped push has claimed, however many slots there are.
const FILLED: usize = 2;

/// Operations up to this length are swept without a gap.
const SWEPT_WHOLE: u64 = 400;

/// Stops of one sweep of a longer one.
const SAMPLE: u64 = 100;

/// Stops of one sweep that takes long, and is made without a gap elsewhere: `stall_instructions` of `model-tests`. Whoever
/// meets a stopped one there makes a system call, again and again.
const SHOWN: u64 = 25;

/// Instructions that one operation may take.
const BUDGET: u64 = if cfg!(debug_assertions) {
    15_000
} else {
    1_500
};

/// The same where an operation may have to decide what becomes of a stopped one.
const LONG_BUDGET: u64 = 8 * BUDGET;

fn sweep<S: Subject>(name: &str, budget: u64, swept_whole: u64) -> Swept {
    let mut all = Swept::default();
    for victim in [Deed::TryPush, Deed::TryPop] {
        let mut sweep = Sweep {
            // More than are inside; the subjects say how many they have room for.
            capacity: 2 * FILLED,
            filled: FILLED,
            victims: &[victim],
            others: TURNS,
            budget,
            stride: 1,
            linearizable: false,
        };
        let places = sweep.places::<Instructions, S>();
        if places > swept_whole {
            sweep.stride = places.div_ceil(SAMPLE.min(swept_whole));
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
        let swept = sweep::<S>(name, BUDGET, SWEPT_WHOLE);
        assert!(
            swept.stalls > 0,
            "{name} let everybody on: its card is wrong"
        );
    }
}

fn never_blocks<S: Subject>(name: &str, budget: u64, swept_whole: u64) {
    if supported() {
        assert_eq!(sweep::<S>(name, budget, swept_whole).stalls, 0, "{name}");
    }
}

#[test]
#[cfg_attr(debug_assertions, ignore = "only for optimised builds")]
fn a_stopped_thread_blocks_nobody_in_latchless() {
    never_blocks::<Peer<LatchlessHandle>>("latchless, handles", BUDGET, SWEPT_WHOLE);
    never_blocks::<Peer<LatchlessShared>>("latchless, shared", BUDGET, SWEPT_WHOLE);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "only for optimised builds")]
fn a_stopped_thread_blocks_the_others_behind_a_lock() {
    blocks::<Peer<StdMutex>>("std::sync::Mutex");
    blocks::<Peer<ParkingLotMutex>>("parking_lot::Mutex");
    blocks::<Peer<Flume>>("flume");
    blocks::<Peer<Kanal>>("kanal");
}

#[test]
#[cfg_attr(debug_assertions, ignore = "only for optimised builds")]
fn a_stopped_thread_blocks_the_others_in_rings_that_claim_and_publish() {
    blocks::<Peer<Vyukov>>("Vyukov ring");
    blocks::<Peer<ArrayQueue>>("crossbeam ArrayQueue");
    blocks::<Peer<ConcurrentQueue>>("concurrent-queue");
    blocks::<Peer<CrossbeamChannel>>("crossbeam-channel");
    blocks::<Peer<AsyncChannel>>("async-channel");
    blocks::<Peer<ThingBuf>>("thingbuf");
    // There is none of a smaller capacity.
    blocks::<Peer<Heapless, 64>>("heapless mpmc");
}

#[test]
#[cfg_attr(debug_assertions, ignore = "only for optimised builds")]
fn a_stopped_thread_blocks_nobody_in_latchless_without_a_bound() {
    never_blocks::<Peer<UnboundedHandle>>("latchless, unbounded, handles", LONG_BUDGET, SHOWN);
    never_blocks::<Peer<UnboundedShared>>("latchless, unbounded, shared", LONG_BUDGET, SHOWN);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "only for optimised builds")]
fn a_stopped_thread_blocks_the_others_in_a_segmented_queue_that_claims_and_publishes() {
    blocks::<Peer<SegQueue>>("crossbeam SegQueue");
    blocks::<Peer<UnboundedConcurrentQueue>>("concurrent-queue, unbounded");
    blocks::<Peer<UnboundedCrossbeamChannel>>("crossbeam-channel, unbounded");
    blocks::<Peer<UnboundedAsyncChannel>>("async-channel, unbounded");
}

#[test]
#[cfg_attr(debug_assertions, ignore = "only for optimised builds")]
fn a_stopped_thread_blocks_the_others_behind_a_lock_without_a_bound() {
    blocks::<Peer<UnboundedStdMutex>>("std::sync::Mutex, unbounded");
    blocks::<Peer<UnboundedFlume>>("flume, unbounded");
    blocks::<Peer<UnboundedKanal>>("kanal, unbounded");
}
