//! Having a slot's line here before it is come to.
//!
//! A line that the other side has written takes its time to come over, and the longer, the farther the cores are apart. A core
//! that waits for one line after the other can ask for a few more meanwhile, as far as it sees ahead; and each of them twice,
//! to be read, and to be written. So each side asks for the lines that it will come to in a while, to be written at once.
//! That would take them from the other side if it were still at work there, so each says now and then how far it has come,
//! and asks only for what lies before that. Where both are at work on one thread, nobody asks.
//!
//! What is said is advice: it may be old, and nothing but the time that is taken depends on it.
//!
//! Where it is not due it costs next to nothing: a step is compared with the next [stop](stop_behind), where it was compared with the
//! ring's end.

#![forbid(unsafe_code)]

use super::{KIND_BITS, Place, Position, Ring, Slot};
use crate::raw::ways::Said;
use crate::sync::{AtomicU64, LINE, Ordering, prefetch_to_write};
use crossbeam_utils::CachePadded;

/// Says how far it has come each time after so many places, and asks for as many.
const STRIDE: usize = 128;
/// So far ahead.
const LEAD: usize = 128;
/// A shorter ring is left alone: there are always two at work in it.
const SHORTEST: usize = 4 * LEAD;
/// For no more lines than are under way at a time.
const MOST_LINES: usize = 32;

/// How far each side has come, as far as it has said.
#[derive(Debug, Default)]
pub(super) struct Signposts {
    tail: CachePadded<AtomicU64>,
    head: CachePadded<AtomicU64>,
}

/// Where the next step from `index` on is that is more than to the next place.
#[inline(always)]
pub(super) fn stop_behind(index: usize, capacity: usize) -> usize {
    (index | (STRIDE - 1)).wrapping_add(1).min(capacity)
}

/// The producer has come to a stop: the place from which it goes on, and what it has said.
#[cold]
#[inline(never)]
pub(super) fn of_tail<T>(ring: &Ring<T>, at: Place, mut said: Said) -> (Place, Said) {
    let place = at.plus(0, ring.slots.len());
    ring.producer.say(&mut said);
    if ring.slots.len() >= SHORTEST && ring.consumer.is_elsewhere() {
        let posts = &ring.signposts;
        // ORDERING: Relaxed; it is advice.
        posts.tail.store(place.position().0, Ordering::Relaxed);
        // ORDERING: Relaxed; as above.
        let limit = Position(posts.head.load(Ordering::Relaxed)).plus(ring.slots.len());
        ask(&ring.slots, place, limit);
    }
    (place, said)
}

/// The consumer has come to a stop, as above.
#[cold]
#[inline(never)]
pub(super) fn of_head<T>(ring: &Ring<T>, at: Place, mut said: Said) -> (Place, Said) {
    let place = at.plus(0, ring.slots.len());
    ring.consumer.say(&mut said);
    if ring.slots.len() >= SHORTEST && ring.producer.is_elsewhere() {
        let posts = &ring.signposts;
        // ORDERING: Relaxed; it is advice.
        posts.head.store(place.position().0, Ordering::Relaxed);
        // ORDERING: Relaxed; as above.
        let limit = Position(posts.tail.load(Ordering::Relaxed));
        ask(&ring.slots, place, limit);
    }
    (place, said)
}

/// Asks for the lines of the places to come, if they lie before `limit`.
#[inline(always)]
fn ask<T>(slots: &[Slot<T>], place: Place, limit: Position) {
    let capacity = slots.len();
    let free = limit.0.wrapping_sub(place.position().0) >> KIND_BITS;
    if free < (LEAD + STRIDE) as u64 || free > capacity as u64 {
        return;
    }
    let first = place.plus(LEAD, capacity).index;
    let count = STRIDE.min(capacity - first);
    let from = slots.as_ptr().wrapping_add(first).cast::<u8>();
    let lines = (count * size_of::<Slot<T>>())
        .div_ceil(LINE)
        .min(MOST_LINES);
    for line in 0..lines {
        prefetch_to_write(from.wrapping_add(line * LINE));
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::super::ring;
    use super::*;

    #[test]
    fn a_step_stops_after_each_stride_and_at_the_end() {
        let stops = |capacity| {
            let next = |index: &usize| Some(stop_behind(*index, capacity));
            let all = std::iter::successors(next(&0), next);
            all.take_while(|stop| *stop < capacity).collect::<Vec<_>>()
        };
        assert_eq!(stops(3 * STRIDE), [STRIDE, 2 * STRIDE]);
        assert_eq!(stops(3 * STRIDE + 1), [1, 2, 3].map(|many| many * STRIDE));
        assert_eq!(stops(1), []);
        assert_eq!(stop_behind(0, 1), 1);
        assert_eq!(stop_behind(3 * STRIDE, 3 * STRIDE + 1), 3 * STRIDE + 1);
    }

    /// Far ahead of each other and close behind, over many laps, also where a stride does not divide the ring.
    #[test]
    fn values_keep_their_order_past_all_signposts() {
        for capacity in [SHORTEST, SHORTEST + 7, 1024] {
            let (mut tail, mut head) = ring(capacity).expect("there is memory");
            let (mut pushed, mut popped) = (0, 0);
            for turn in 0..40 {
                let many = if turn % 2 == 0 { capacity } else { 45 };
                pushed += (pushed..)
                    .take(many)
                    .take_while(|value| tail.push(*value).is_ok())
                    .count();
                let few = if turn % 3 == 0 { capacity } else { 70 };
                // By another thread, or nobody would ask for anything.
                std::thread::scope(|scope| {
                    scope.spawn(|| {
                        for value in (0..few).map_while(|_| head.pop()) {
                            assert_eq!(value, popped);
                            popped += 1;
                        }
                    });
                });
            }
            assert_eq!(pushed - popped, head.len());
            if cfg!(latchless_steps) {
                continue;
            }
            let said = [&tail.ring.signposts.tail, &tail.ring.signposts.head];
            for (said, moved) in said.into_iter().zip([pushed, popped]) {
                let said = said.load(Ordering::Relaxed) >> KIND_BITS;
                assert!(said <= moved as u64, "it has not come so far");
                assert!(said + 2 * STRIDE as u64 >= moved as u64, "it was not said");
            }
        }
    }
}
