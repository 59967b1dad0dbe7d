//! Who owns what over the life of threads, handles and queues; and the model timer.
#![forbid(unsafe_code)]
#![cfg(latchless_loom)]

use std::collections::BTreeSet;

use latchless::queue::Bounded;
use latchless::sync::{Arc, Timer};
use loom::thread;
use model_tests::outcomes::explore;

#[test]
fn a_dropped_handle_leaves_its_spares() {
    let seen = explore("a_dropped_handle_leaves_its_spares", 2, || {
        let queue = Bounded::builder(1).threads(0).handles(1).build();
        let queue = Arc::new(queue.expect("a small queue"));
        let both = [1_u64, 2].map(|value| {
            let queue = queue.clone();
            thread::spawn(move || {
                // One handle for two: it is had by one after the other, or by one alone.
                let Ok(mut handle) = Bounded::owned_handle(&queue) else {
                    return "no handle".to_owned();
                };
                let pushed = handle.try_push(value).is_ok();
                let popped = handle.try_pop().ok();
                format!("{pushed} {popped:?}")
            })
        });
        both.map(|thread| thread.join().expect("loom stops at a panic"))
    });
    let wanted: BTreeSet<_> = [
        ["true Some(1)", "true Some(2)"],
        ["true Some(1)", "no handle"],
        ["no handle", "true Some(2)"],
    ]
    .map(|outcome| outcome.map(str::to_owned))
    .into();
    seen.report().at_least(20).only(&wanted).including(&wanted);
}

#[test]
fn a_queue_drops_what_nobody_popped() {
    let seen = explore("a_queue_drops_what_nobody_popped", 2, || {
        let counted = std::sync::Arc::new(());
        let queue = Bounded::builder(2).threads(3).handles(0).build();
        let queue = Arc::new(queue.expect("a small queue"));
        let pushes = queue.clone();
        let pushed = counted.clone();
        let producer = thread::spawn(move || pushes.try_push(pushed).is_ok());
        let pops = queue.clone();
        let consumer = thread::spawn(move || pops.try_pop().is_ok());
        assert!(producer.join().expect("loom stops at a panic"));
        let popped = consumer.join().expect("loom stops at a panic");
        drop(queue);
        assert_eq!(
            std::sync::Arc::strong_count(&counted),
            1,
            "dropped exactly once"
        );
        popped
    });
    seen.report()
        .at_least(20)
        .including(&BTreeSet::from([false, true]));
}

#[test]
fn a_thread_that_starts_when_another_has_ended_takes_over_its_number() {
    let seen = explore("a_recycled_number_beside_a_third_thread", 1, || {
        let queue = Bounded::builder(2).threads(2).handles(0).build();
        let queue = Arc::new(queue.expect("a small queue"));
        let threads = [1_u64, 2, 3].map(|value| {
            let queue = queue.clone();
            thread::spawn(move || queue.try_push(value).is_ok())
        });
        let pushed = threads.map(|thread| thread.join().expect("loom stops at a panic"));
        assert_eq!(
            pushed.iter().filter(|pushed| **pushed).count(),
            2,
            "two fit"
        );
        pushed
    });
    seen.report().at_least(100);
    assert_eq!(
        seen.outcomes.len(),
        3,
        "each of the three can be the one that finds no room"
    );
}

#[test]
fn a_model_timer_may_run_out_at_any_step_or_never() {
    let seen = explore("a_model_timer_may_run_out_at_any_step_or_never", 2, || {
        let (timer, clock) = Timer::start();
        let looks = thread::spawn(move || [timer.has_run_out(), timer.has_run_out()]);
        let seen = looks.join().expect("loom stops at a panic");
        clock.join().expect("loom stops at a panic");
        seen
    });
    let wanted = BTreeSet::from([[false, false], [false, true], [true, true]]);
    seen.report().only(&wanted).including(&wanted);
}
