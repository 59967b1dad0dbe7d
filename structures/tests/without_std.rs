//! What there is without the feature `std`. Run by `.ci/package`, for a workspace has all features.
#![cfg(not(feature = "std"))]
#![forbid(unsafe_code)]

use std::hint::spin_loop;
use std::thread::scope;

use latchless::error::{TryPopError, TryPushError};
use latchless::queue::Bounded;

/// Two producers of so many numbers each, and two consumers.
fn exchange(queue: &Bounded<u64>, each: u64) -> Vec<u64> {
    let producer = |first: u64| {
        for mut number in first * each..(first + 1) * each {
            while let Err(TryPushError::Full(back)) = queue.try_push(number) {
                number = back;
                spin_loop();
                std::thread::yield_now();
            }
        }
    };
    let consumer = || {
        let mut taken = Vec::new();
        loop {
            match queue.try_pop() {
                Ok(number) => taken.push(number),
                Err(TryPopError::Empty) => std::thread::yield_now(),
                Err(TryPopError::Closed) => return taken,
            }
        }
    };
    scope(|threads| {
        let consumers: Vec<_> = (0..2).map(|_| threads.spawn(consumer)).collect();
        let producers: Vec<_> = (0..2)
            .map(|first| threads.spawn(move || producer(first)))
            .collect();
        for producer in producers {
            producer.join().expect("a producer does not panic");
        }
        queue.close();
        let taken = consumers
            .into_iter()
            .map(|consumer| consumer.join().expect("a consumer does not panic"));
        taken.flatten().collect()
    })
}

#[test]
fn threads_that_cannot_be_told_apart_exchange_every_item_once() {
    let each = 2000;
    let mut taken = exchange(&Bounded::new(8), each);
    taken.sort_unstable();
    assert!(taken.into_iter().eq(0..2 * each));
}

#[test]
fn a_single_place_for_calls_by_reference_is_enough() {
    let each = 500;
    let queue = Bounded::builder(8)
        .threads(1)
        .handles(0)
        .build()
        .expect("a small queue");
    let mut taken = exchange(&queue, each);
    taken.sort_unstable();
    assert!(taken.into_iter().eq(0..2 * each));
}

#[test]
fn handles_batches_and_close_are_there() {
    let queue = Bounded::new(4);
    let mut handle = queue.handle().expect("a free handle");
    let mut items = (0..6).collect();
    assert_eq!(handle.try_push_many(&mut items), 4);
    assert_eq!(handle.force_push(9), Ok(Some(0)));
    assert_eq!(queue.close_now(), [1, 2, 3, 9]);
    assert_eq!(handle.try_pop(), Err(TryPopError::Closed));
}
