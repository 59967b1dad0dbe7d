//! The memory law of `Bounded`: what its documentation states is all that it ever takes.
//!
//! The allocator counts what the current thread asks for while it is *watched*, and what the process holds. Tests take
//! turns, for they look at the whole process.
#![cfg(not(latchless_loom))]

#[path = "memory_bounded/counting.rs"]
mod counting;

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;

use latchless::queue::Bounded;

use counting::{asked, assert_flat, held, turn};

/// The law as the documentation of `Bounded` states it.
fn law(capacity: usize, threads: usize, handles: usize, item: usize) -> usize {
    let participants = threads + 8 + handles;
    let most = 8
        .min(capacity)
        .min(64_usize.checked_div(item).unwrap_or(1))
        .max(1);
    let spares = 1 << most.ilog2();
    capacity * 8 + (capacity + participants * spares) * item + participants * 128
}

fn assert_law<T>(capacity: usize) {
    let size = size_of::<T>();
    let (queue, _, bytes) = asked(|| Bounded::<T>::new(capacity));
    let limit = law(capacity, 64, 64, size);
    assert!(
        bytes <= limit,
        "{bytes} > {limit}: {capacity} items of {size} bytes"
    );
    assert!(
        bytes >= capacity * (8 + size),
        "{bytes} bytes cannot hold {capacity} items of {size}: was it counted?"
    );
    drop(queue);

    let builder = Bounded::<T>::builder(capacity).threads(2).handles(3);
    let (queue, _, bytes) = asked(|| builder.build());
    let limit = law(capacity, 2, 3, size);
    assert!(
        queue.is_ok() && bytes <= limit,
        "{bytes} > {limit}: {capacity} items of {size} bytes, few participants"
    );
}

#[test]
fn a_new_queue_takes_no_more_than_the_law_says() {
    let _turn = turn();
    for capacity in [1, 2, 3, 7, 8, 64, 1_000, 1_024] {
        assert_law::<()>(capacity);
        assert_law::<u8>(capacity);
        assert_law::<u64>(capacity);
        assert_law::<[u8; 24]>(capacity);
        assert_law::<[u64; 8]>(capacity);
        assert_law::<[u8; 4096]>(capacity);
    }
}

#[test]
fn a_dropped_queue_gives_everything_back() {
    let _turn = turn();
    let before = held();
    for capacity in 1..1_000 {
        let queue = Bounded::new(capacity);
        for value in 0..capacity / 2 {
            assert!(queue.try_push(Box::new(value)).is_ok());
        }
        drop(queue);
    }
    assert_flat(before, held());
}

#[test]
fn a_million_calls_allocate_nothing() {
    let _turn = turn();
    for capacity in [1, 7, 64] {
        let queue = Bounded::new(capacity);
        let mut handle = queue.handle().expect("few handles exist");
        let (mut few, mut some) = (VecDeque::with_capacity(8), Vec::with_capacity(8));
        let ((), times, _) = asked(|| {
            for value in 0..35_000_u64 {
                let _ = handle.try_push(value);
                let _ = queue.try_push(value);
                let _ = queue.force_push(value);
                let _ = handle.force_push(value);
                few.extend([value, value]);
                queue.try_push_many(&mut few);
                few.clear();
                assert!(queue.len() <= capacity && !queue.is_empty());
                let _ = handle.try_pop();
                let _ = queue.try_pop();
                let _ = (queue.is_full(), queue.is_closed());
                queue.try_iter().take(2).for_each(drop);
            }
            queue.close();
            let _ = (queue.try_push(0), handle.try_pop());
        });
        assert_eq!(times, 0, "capacity {capacity}");
        handle.try_pop_many(&mut some, 1);
    }
}

#[test]
fn threads_that_push_and_pop_together_allocate_nothing() {
    let _turn = turn();
    let queue = Bounded::new(16);
    thread::scope(|scope| {
        for thread in 0..4 {
            let queue = &queue;
            scope.spawn(move || {
                let mut handle = queue.handle().expect("few handles exist");
                let ((), times, _) = asked(|| {
                    for value in 0..100_000_u64 {
                        if (value + thread) % 2 == 0 {
                            let _ = handle.try_push(value);
                            let _ = queue.try_pop();
                        } else {
                            let _ = queue.try_push(value);
                            let _ = handle.try_pop();
                        }
                    }
                });
                assert_eq!(times, 0);
            });
        }
    });
}

#[test]
fn a_hundred_thousand_handles_leave_memory_flat() {
    let _turn = turn();
    let queue = Arc::new(Bounded::new(4));
    let ((), times, _) = asked(|| {
        for value in 0..50_000 {
            let mut handle = queue.handle().expect("its place is free");
            assert!(handle.try_push(value).is_ok());
            let mut owned = Bounded::owned_handle(&queue).expect("its place is free");
            assert_eq!(owned.try_pop(), Ok(value));
        }
    });
    assert_eq!(times, 0);
}

#[test]
fn a_thousand_threads_leave_memory_flat() {
    let _turn = turn();
    let queue = Bounded::new(4);
    let call_in_threads = |count: u64| {
        for first in (0..count).step_by(10) {
            thread::scope(|scope| {
                for value in first..first + 10 {
                    let queue = &queue;
                    scope.spawn(move || {
                        let _ = queue.try_push(value);
                        let _ = queue.handle().map(|mut handle| handle.try_pop());
                    });
                }
            });
        }
    };
    call_in_threads(100);
    let before = held();
    call_in_threads(1_000);
    assert_flat(before, held());
}

#[test]
fn threads_beyond_those_with_a_place_of_their_own_allocate_nothing_either() {
    let _turn = turn();
    let queue = Bounded::new(4);
    let all_there = std::sync::Barrier::new(80);
    thread::scope(|scope| {
        for value in 0..80_u64 {
            let (queue, all_there) = (&queue, &all_there);
            scope.spawn(move || {
                let ((), times, _) = asked(|| {
                    let _ = queue.try_push(value);
                });
                assert_eq!(times, 0);
                // All are alive at once, so some have no number.
                all_there.wait();
                let ((), times, _) = asked(|| {
                    let _ = queue.try_pop();
                });
                assert_eq!(times, 0);
            });
        }
    });
}
