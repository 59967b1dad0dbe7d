//! What a timed loop is too fast to check: the items of one producer keep their order.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, ScopedJoinHandle};

use latchless_bench::contender::{Contender, End, Role};
use latchless_bench::contenders::{Visitor, visit_all};

#[test]
fn items_of_one_producer_keep_their_order() {
    struct Order;
    impl Visitor<u64> for Order {
        fn visit<C: Contender<u64>>(&mut self) {
            in_order_for_each_consumer::<C>(1, 1, 5_000);
            in_order_for_each_consumer::<C>(2, 2, 5_000);
        }
    }
    visit_all(&mut Order);
}

/// Each consumer gets the items of each producer in the order in which they were pushed.
fn in_order_for_each_consumer<C: Contender<u64>>(producers: usize, consumers: usize, each: u64) {
    let mut roles = vec![Role::Produce; producers];
    roles.resize(producers + consumers, Role::Consume);
    let Some(ends) = C::ends(64, &roles) else {
        return;
    };
    let left = &AtomicU64::new(producers as u64 * each);
    thread::scope(|scope| {
        // Kept until all have been joined, so that no end goes away while others work.
        let mut handles = Vec::new();
        for (index, (mut end, role)) in ends.into_iter().zip(roles).enumerate() {
            handles.push(scope.spawn(move || {
                match role {
                    Role::Produce => push_numbered(&mut end, index as u64, each),
                    _ => pop_in_order(&mut end, producers, left, C::CARD.name),
                }
                end
            }));
        }
        let ended: Vec<_> = handles.into_iter().map(ScopedJoinHandle::join).collect();
        assert!(ended.iter().all(Result::is_ok), "{}", C::CARD.name);
    });
}

fn push_numbered<E: End<u64>>(end: &mut E, producer: u64, count: u64) {
    for number in 0..count {
        while end.try_push(producer << 32 | number).is_err() {
            thread::yield_now();
        }
    }
}

fn pop_in_order<E: End<u64>>(end: &mut E, producers: usize, left: &AtomicU64, name: &str) {
    let mut last = vec![None; producers];
    while left.load(Ordering::Relaxed) > 0 {
        let Some(value) = end.try_pop() else {
            thread::yield_now();
            continue;
        };
        left.fetch_sub(1, Ordering::Relaxed);
        let (producer, number) = ((value >> 32) as usize, value & 0xffff_ffff);
        let before = last[producer].replace(number);
        assert!(
            before < Some(number),
            "{name}: {number} of {producer} came after {before:?}"
        );
    }
}
