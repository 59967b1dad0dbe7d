//! The unbounded queue, call by call: against a sequential queue, with items that panic, and through its iterators.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use latchless::error::{PopError, PopTimeoutError, TryPopError};
use latchless::queue::Unbounded;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Deed {
    Push(usize),
    Pop(usize),
    PushMany(usize),
    PopMany(usize),
    Renew,
    Shrink,
    Close,
}

fn deeds() -> impl Strategy<Value = Vec<(bool, Deed)>> {
    let deed = prop_oneof![
        8 => (1..60_usize).prop_map(Deed::Push),
        8 => (1..60_usize).prop_map(Deed::Pop),
        2 => (0..90_usize).prop_map(Deed::PushMany),
        2 => (0..90_usize).prop_map(Deed::PopMany),
        2 => Just(Deed::Renew),
        1 => Just(Deed::Shrink),
        1 => Just(Deed::Close),
    ];
    prop::collection::vec((any::<bool>(), deed), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn every_call_in_every_order_does_what_a_deque_does(deeds in deeds()) {
        let queue = Unbounded::new();
        let mut handle = queue.handle();
        let mut model = VecDeque::new();
        let (mut closed, mut next) = (false, 0_u64);
        for (by_handle, deed) in deeds {
            match deed {
                Deed::Push(times) => for _ in 0..times {
                    let pushed = if by_handle { handle.push(next) } else { queue.push(next) };
                    prop_assert_eq!(pushed.is_ok(), !closed);
                    if !closed {
                        model.push_back(next);
                    }
                    next += 1;
                },
                Deed::Pop(times) => for _ in 0..times {
                    let popped = if by_handle { handle.try_pop() } else { queue.try_pop() };
                    let refused = if closed { TryPopError::Closed } else { TryPopError::Empty };
                    prop_assert_eq!(popped, model.pop_front().ok_or(refused));
                },
                Deed::PushMany(items) => {
                    let mut items: VecDeque<u64> = (0..items as u64).map(|n| next + n).collect();
                    let all = items.clone();
                    let pushed = if by_handle { handle.push_many(&mut items) } else { queue.push_many(&mut items) };
                    prop_assert_eq!(pushed, if closed { 0 } else { all.len() });
                    model.extend(all.iter().take(pushed));
                    prop_assert!(items.iter().eq(all.iter().skip(pushed)));
                    next += all.len() as u64;
                }
                Deed::PopMany(max) => {
                    let mut items = Vec::new();
                    let popped = if by_handle { handle.try_pop_many(&mut items, max) } else { queue.try_pop_many(&mut items, max) };
                    prop_assert_eq!(popped, max.min(model.len()));
                    prop_assert!(items.into_iter().eq(model.drain(..popped)));
                }
                Deed::Renew => handle = queue.handle(),
                Deed::Shrink => queue.shrink(),
                Deed::Close => {
                    prop_assert_eq!(if by_handle { handle.close() } else { queue.close() }, !closed);
                    closed = true;
                }
            }
            prop_assert_eq!(queue.len(), model.len());
            prop_assert_eq!(handle.len(), model.len());
            prop_assert_eq!(queue.is_empty(), model.is_empty());
            prop_assert_eq!(handle.is_closed(), closed);
        }
        drop(handle);
        prop_assert_eq!(queue.into_iter().len(), model.len());
    }

    #[test]
    fn dropping_a_queue_goes_on_after_an_item_that_panics(popped in 0..70_usize, items in 1..90_usize, bomb in 0..90_usize, closed: bool) {
        let bomb = bomb % items;
        let dropped = Arc::new(Mutex::new(Vec::new()));
        let queue = Unbounded::new();
        for _ in 0..popped {
            assert!(queue.push(Bomb { id: usize::MAX, explodes: false, dropped: dropped.clone() }).is_ok());
            assert!(queue.try_pop().is_ok());
        }
        dropped.lock().unwrap().clear();
        for id in 0..items {
            assert!(queue.push(Bomb { id, explodes: id == bomb, dropped: dropped.clone() }).is_ok());
        }
        if closed {
            queue.close();
        }
        let payload = catch_unwind(AssertUnwindSafe(|| drop(queue))).expect_err("it panics");
        prop_assert_eq!(payload.downcast_ref::<usize>(), Some(&bomb));
        let dropped = dropped.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        prop_assert!(dropped.iter().copied().eq(0..items));
    }
}

/// Writes down its drop, and then panics if it is the one.
struct Bomb {
    id: usize,
    explodes: bool,
    dropped: Arc<Mutex<Vec<usize>>>,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.dropped.lock().unwrap().push(self.id);
        if self.explodes {
            resume_unwind(Box::new(self.id));
        }
    }
}

#[test]
fn a_refused_item_comes_back_and_is_dropped_once() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    struct Counted;
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::Relaxed);
        }
    }
    let queue = Unbounded::new();
    assert!(queue.push(Counted).is_ok());
    assert!(queue.close());
    assert!(!queue.close());
    for refused in 1..100 {
        drop(queue.push(Counted));
        assert_eq!(DROPS.load(Ordering::Relaxed), refused);
    }
    assert_eq!(queue.len(), 1, "what was refused does not count");
    assert_eq!(queue.close_now().len(), 1);
    assert!(queue.is_empty() && queue.is_closed());
    drop(queue);
    assert_eq!(DROPS.load(Ordering::Relaxed), 100);
}

#[test]
fn every_form_of_pop_says_in_time_how_it_ended() {
    let queue = Unbounded::new();
    let past = Instant::now();
    assert_eq!(
        queue.pop_timeout(Duration::ZERO),
        Err(PopTimeoutError::Timeout)
    );
    assert_eq!(queue.pop_deadline(past), Err(PopTimeoutError::Timeout));
    for n in 0..6 {
        queue.push(n).unwrap();
    }
    let mut handle = queue.handle();
    assert_eq!(queue.pop(), Ok(0));
    assert_eq!(handle.pop(), Ok(1));
    assert_eq!(queue.pop_timeout(Duration::MAX), Ok(2));
    assert_eq!(handle.pop_deadline(past), Ok(3));
    let mut some = Vec::new();
    assert_eq!(queue.pop_many(&mut some, 1), 1);
    assert_eq!(handle.pop_many(&mut some, 9), 1);
    assert_eq!(some, [4, 5]);
    queue.close();
    assert_eq!(queue.pop(), Err(PopError));
    assert_eq!(
        handle.pop_timeout(Duration::MAX),
        Err(PopTimeoutError::Closed)
    );
    assert_eq!(queue.pop_many(&mut some, 1), 0);
}

#[test]
fn values_of_any_size_go_through() {
    fn through<T: PartialEq + core::fmt::Debug + Clone>(value: T) {
        let queue = Unbounded::new();
        let mut handle = queue.handle();
        for _ in 0..300 {
            handle.push(value.clone()).unwrap();
            queue.push(value.clone()).unwrap();
            assert_eq!(handle.try_pop().as_ref(), Ok(&value));
        }
        drop(handle);
        assert_eq!(
            queue.into_iter().filter(|other| *other == value).count(),
            300
        );
    }
    through(());
    through(7_u8);
    through([3_u64; 9]);
    through([5_u8; 5000]);
    through(String::from("text"));
}

/// More threads than have seats, some of which end in between.
#[test]
fn a_hundred_threads_move_every_item_once() {
    let queue = Unbounded::new();
    let sum: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..100)
            .map(|thread| {
                let queue = &queue;
                scope.spawn(move || {
                    let mut handle = (thread % 2 == 0).then(|| queue.handle());
                    let mut sum = 0;
                    for n in 0..200 {
                        match &mut handle {
                            Some(handle) => handle.push(n).unwrap(),
                            None => queue.push(n).unwrap(),
                        }
                        sum += match &mut handle {
                            Some(handle) => handle.pop().unwrap(),
                            None => queue.pop().unwrap(),
                        };
                    }
                    sum
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert!(queue.is_empty());
    assert_eq!(sum, 100 * (0..200).sum::<u64>());
}
