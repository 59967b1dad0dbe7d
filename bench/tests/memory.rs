//! What the comparison says of memory is what was asked for.

use std::sync::{Mutex, PoisonError};

use latchless_bench::allocator::Counting;
use latchless_bench::baseline::{MichaelScott, UnboundedStdMutex};
use latchless_bench::contender::{Card, Contender, End, Role};
use latchless_bench::record::Memory;
use latchless_bench::unbounded::{
    SegQueue, UnboundedConcurrentQueue, UnboundedHandle, UnboundedShared,
};
use latchless_bench::workload::{Wrong, memory};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One at a time, and nothing else in this file: epochs belong to the whole program.
fn measured<C: Contender<u64>>() -> Result<Option<Memory>, Wrong> {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    memory::of::<C>()
}

fn taken<C: Contender<u64>>() -> Memory {
    let memory = measured::<C>().expect("nothing is lost");
    memory.expect("this program counts what it allocates")
}

/// What epochs take comes on top; and what the whole program holds is counted, of which the test runner gives back some, a test's
/// name and output, when another test is over.
#[track_caller]
fn assert_about(expected: u64, bytes: u64) {
    assert!(
        bytes.abs_diff(expected) < 16 * 1024,
        "{bytes}, not about {expected}"
    );
}

#[test]
fn memory_is_what_the_queue_holds_and_not_what_the_program_does() {
    // A node of a linked list is a value and a pointer, and one more node is the dummy.
    let list = taken::<MichaelScott>();
    let [depth, bytes] = list.up[list.up.len() - 1];
    assert_eq!(depth, memory::DEPTH);
    let nodes = 16 * memory::DEPTH;
    assert_about(nodes, bytes);
    assert!(list.allocations >= 500_000, "{list:?}");

    // A buffer that doubles and never shrinks.
    let deque = taken::<UnboundedStdMutex>();
    let [_, bytes] = deque.up[deque.up.len() - 1];
    let buffer = 8 * memory::DEPTH.next_power_of_two();
    assert_about(buffer, bytes);
    let [_, left] = deque.down[deque.down.len() - 1];
    assert_about(buffer, left);
    assert_eq!(deque.allocations, 0);

    // Blocks of 31, each of them allocated for its items alone.
    for blocks in [taken::<SegQueue>(), taken::<UnboundedConcurrentQueue>()] {
        assert!(blocks.allocations >= 500_000 / 32, "{blocks:?}");
        assert!(
            blocks.down[blocks.down.len() - 1][1] < 16 * 1024,
            "{blocks:?}"
        );
    }
}

#[test]
fn ours_keeps_its_memory_law_in_these_figures_too() {
    for ours in [taken::<UnboundedHandle>(), taken::<UnboundedShared>()] {
        assert_eq!(ours.allocations, 0, "{ours:?}");
        // The queue, its first segment, and the record of its one participant.
        assert!(ours.used_bytes <= 2048 + 256, "{ours:?}");
        let [depth, bytes] = ours.up[ours.up.len() - 1];
        assert!(bytes <= 20 * depth, "{ours:?}");
        // Four segments for later, two that the participant keeps, and what is always there.
        let left = ours.down[ours.down.len() - 1][1];
        assert!(left <= 8 * 17 * 1024, "{ours:?}");
    }
}

/// A queue without anything in it.
struct Forgetful;

impl End<u64> for Forgetful {
    fn try_push(&mut self, _: u64) -> Result<(), u64> {
        Ok(())
    }
    fn try_pop(&mut self) -> Option<u64> {
        None
    }
}

impl Contender<u64> for Forgetful {
    const CARD: Card = <SegQueue as Contender<u64>>::CARD;
    type End = Forgetful;

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<Forgetful>> {
        Some(roles.iter().map(|_| Forgetful).collect())
    }
}

#[test]
fn a_queue_that_loses_items_has_no_figures() {
    let refused = measured::<Forgetful>();
    assert!(matches!(refused, Err(Wrong::Count { .. })), "{refused:?}");
}
