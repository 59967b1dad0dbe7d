//! The memory law of `Unbounded`: what its documentation states is all that it ever takes.
//!
//! The allocator counts what the current thread asks for while it is *watched*, and what the process holds. Tests take
//! turns, for they look at the whole process.
#![cfg(not(any(latchless_loom, latchless_steps)))]

#[path = "memory_bounded/counting.rs"]
mod counting;

use std::thread;

use latchless::queue::Unbounded;

use counting::{asked, held, turn};

/// The largest segment of numbers: 16 KiB, its head and the bookkeeping.
const SEGMENT: isize = 16 * 1024 + 512;
/// Segments that are kept for later.
const KEPT: isize = 4;

/// What the epochs hold at any time.
const EPOCHS: isize = 16 * 1024;

/// Has the epochs free what they were handed, and this thread known to them.
fn epochs() {
    for _ in 0..300 {
        let queue = Unbounded::<u8>::new();
        drop(queue.handle());
        queue.shrink();
    }
}

#[test]
fn an_empty_queue_takes_two_kibibytes_at_most() {
    let _turn = turn();
    let (queue, _, bytes) = asked(Unbounded::<u64>::new);
    let all = bytes + size_of_val(&queue);
    assert!((600..=2048).contains(&all), "{all} bytes");
}

#[test]
fn a_million_items_take_twenty_bytes_each_at_most() {
    let _turn = turn();
    let before = held();
    let queue = Unbounded::new();
    let mut handle = queue.handle();
    (0..1_000_000_u64).try_for_each(|n| handle.push(n)).unwrap();
    let each = (held() - before) as f64 / 1e6;
    assert!((16.0..=20.0).contains(&each), "{each} bytes an item");
}

/// So many items are inside all the time, while others come and go.
fn steady(depth: u64, rounds: u64) {
    let queue = Unbounded::new();
    let (mut pusher, mut popper) = (queue.handle(), queue.handle());
    for n in 0..depth {
        pusher.push(n).unwrap();
    }
    let mut both = |rounds| {
        for n in 0..rounds {
            pusher.push(n).unwrap();
            popper.try_pop().unwrap();
        }
    };
    both(20_000);
    let ((), times, _) = asked(|| both(rounds));
    assert_eq!(times, 0, "at a depth of {depth}");
    let by_reference = |rounds| {
        for n in 0..rounds {
            queue.push(n).unwrap();
            queue.try_pop().unwrap();
        }
    };
    by_reference(20_000);
    let ((), times, _) = asked(|| by_reference(rounds));
    assert_eq!(times, 0, "by reference, at a depth of {depth}");
}

#[test]
fn a_steady_flow_allocates_nothing() {
    let _turn = turn();
    for depth in [0, 1, 100, 5_000] {
        steady(depth, 500_000);
    }
}

/// The law at its full length; the others say as much of fewer.
#[test]
#[ignore = "takes a minute, in an optimised build some seconds"]
fn a_hundred_million_items_pass_and_nothing_is_allocated() {
    let _turn = turn();
    steady(1_000, 100_000_000);
}

#[test]
fn a_steady_flow_between_threads_holds_no_more_and_no_more() {
    let _turn = turn();
    let queue = Unbounded::new();
    let before = held();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut own = queue.handle();
                for n in 0..200_000_u64 {
                    own.push(n).unwrap();
                    // Each finds one: it has pushed one itself.
                    own.try_pop().unwrap();
                }
            });
        }
    });
    queue.shrink();
    // The list's last segment, and what the two were in when they left.
    let more = held() - before;
    assert!(more < 4 * SEGMENT, "{more} bytes");
}

#[test]
fn a_backlog_gives_back_what_it_took() {
    let _turn = turn();
    epochs();
    let before = held();
    let queue = Unbounded::new();
    for _ in 0..3 {
        let mut handle = queue.handle();
        (0..300_000_u64).try_for_each(|n| handle.push(n)).unwrap();
        assert!(held() - before > 300_000 * 16);
        (0..300_000).for_each(|n| assert_eq!(handle.try_pop(), Ok(n)));
        drop(handle);
        let more = held() - before;
        assert!(more < (KEPT + 2) * SEGMENT, "{more} bytes are left");
    }
    queue.shrink();
    let more = held() - before;
    assert!(more < 2 * SEGMENT, "{more} bytes are left after shrinking");
    drop(queue);
    epochs();
    assert!(
        (held() - before).abs() < EPOCHS,
        "{} bytes",
        held() - before
    );
}

#[test]
fn queues_that_came_and_went_left_nothing() {
    let _turn = turn();
    epochs();
    let before = held();
    for round in 0..4_000 {
        let queue = Unbounded::new();
        assert!((0..round % 50).all(|item| queue.push(Box::new(item)).is_ok()));
    }
    epochs();
    // A word of each would be twice as much.
    assert!(
        (held() - before).abs() < EPOCHS,
        "{} bytes",
        held() - before
    );
}

#[test]
fn a_parked_handle_keeps_two_segments_at_most() {
    let _turn = turn();
    const PARKED: usize = 20;
    let queue = Unbounded::new();
    let mut worker = queue.handle();
    let flow = |worker: &mut latchless::queue::unbounded::Handle<'_, u64>| {
        for n in 0..5_000 {
            worker.push(n).unwrap();
            worker.try_pop().unwrap();
        }
    };
    flow(&mut worker);
    let before = held();
    // Each stops where the flow was, and none goes on.
    let parked: Vec<_> = (0..PARKED)
        .map(|_| {
            let handle = queue.handle();
            flow(&mut worker);
            handle
        })
        .collect();
    let kept = held() - before;
    let law = (2 * PARKED as isize + KEPT + 2) * SEGMENT;
    assert!(kept <= law, "{kept} bytes, {law} are the law");
    assert!(
        kept > PARKED as isize * SEGMENT / 2,
        "nothing was kept: is it counted?"
    );
    drop(parked);
    flow(&mut worker);
    queue.shrink();
    let left = held() - before;
    assert!(left < 2 * SEGMENT, "{left} bytes are left");
}

/// A thread that called by reference, and does not any more.
#[test]
fn a_thread_that_does_not_call_keeps_no_segment() {
    let _turn = turn();
    let queue = Unbounded::new();
    let flow = || {
        for n in 0..5_000_u64 {
            queue.push(n).unwrap();
            queue.try_pop().unwrap();
        }
    };
    flow();
    queue.shrink();
    let before = held();
    let (called, told) = std::sync::mpsc::channel();
    let (ends, end) = std::sync::mpsc::channel::<()>();
    thread::scope(|scope| {
        let queue = &queue;
        scope.spawn(move || {
            queue.push(1).unwrap();
            queue.try_pop().unwrap();
            called.send(()).unwrap();
            // It lives on, until the other end is dropped.
            let _ = end.recv();
        });
        told.recv().unwrap();
        flow();
        queue.shrink();
        let kept = held() - before;
        assert!(kept < SEGMENT, "{kept} bytes are kept");
        drop(ends);
    });
}

/// A megabyte a slot, on a stack of a few pages.
#[test]
fn no_segment_is_ever_on_the_stack() {
    let _turn = turn();
    let small = thread::Builder::new().stack_size(128 * 1024);
    let thread = small.spawn(|| {
        // (What is pushed or popped passes over the caller's stack, of course.)
        let queue = Unbounded::<[u8; 1 << 20]>::new();
        assert!(queue.handle().is_empty());
        assert!(queue.close());
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn a_dropped_queue_gives_everything_back_whatever_is_inside() {
    let _turn = turn();
    epochs();
    let before = held();
    for items in 0..200 {
        let queue = Unbounded::new();
        for value in 0..items {
            assert!(queue.push(Box::new(value)).is_ok());
        }
        for _ in 0..items / 2 {
            assert!(queue.try_pop().is_ok());
        }
        let _leaked_place = std::mem::ManuallyDrop::new(queue.handle());
        drop(queue);
    }
    epochs();
    assert!(
        (held() - before).abs() < EPOCHS,
        "{} bytes",
        held() - before
    );
}
