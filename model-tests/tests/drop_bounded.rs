//! A panicking `Drop` of an item costs nobody else his own: the rest is dropped, each once, and the panic goes on.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use latchless::queue::Bounded;
use proptest::prelude::*;

/// Which items were dropped, in order.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<usize>>>);

impl Diary {
    fn write(&self, id: usize) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(id);
    }
    fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
    fn read(&self) -> Vec<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Writes down its drop, and then panics if it is the one.
struct Bomb {
    id: usize,
    explodes: bool,
    dropped: Diary,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.dropped.write(self.id);
        if self.explodes {
            // Without the panic hook, which would print each of the many.
            resume_unwind(Box::new(self.id));
        }
    }
}

/// A queue that went round `turned` times and holds `items`, of which `bomb` explodes.
fn armed(capacity: usize, turned: usize, items: usize, bomb: usize) -> (Bounded<Bomb>, Diary) {
    let dropped = Diary::default();
    let make = |id| Bomb {
        id,
        explodes: id == bomb,
        dropped: dropped.clone(),
    };
    let queue = Bounded::new(capacity);
    for _ in 0..turned {
        assert!(queue.try_push(make(usize::MAX)).is_ok());
        assert!(queue.try_pop().is_ok());
    }
    dropped.clear();
    for id in 0..items {
        assert!(queue.try_push(make(id)).is_ok());
    }
    (queue, dropped)
}

/// Runs `action`, which must panic with the bomb's id.
fn exploded(action: impl FnOnce()) -> Option<usize> {
    let payload = catch_unwind(AssertUnwindSafe(action)).err()?;
    payload.downcast_ref::<usize>().copied()
}

/// Capacity, turns, items and the one of them that explodes.
fn bombs() -> impl Strategy<Value = (usize, usize, usize, usize)> {
    prop::sample::select(vec![1_usize, 2, 3, 7, 64])
        .prop_flat_map(|capacity| (Just(capacity), 0..2 * capacity, 1..=capacity))
        .prop_flat_map(|(capacity, turned, items)| {
            (Just(capacity), Just(turned), Just(items), 0..items)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn dropping_a_queue_goes_on_after_a_panicking_item((capacity, turned, items, bomb) in bombs(), closed: bool) {
        let (queue, dropped) = armed(capacity, turned, items, bomb);
        if closed {
            queue.close();
        }
        prop_assert_eq!(exploded(|| drop(queue)), Some(bomb));
        prop_assert_eq!(dropped.read(), (0..items).collect::<Vec<_>>());
    }

    #[test]
    fn dropping_a_half_used_iterator_goes_on_after_a_panicking_item((capacity, turned, items, bomb) in bombs()) {
        let (queue, dropped) = armed(capacity, turned, items, bomb);
        let mut rest = queue.into_iter();
        let taken: Vec<Bomb> = rest.by_ref().take(bomb).collect();
        prop_assert_eq!(exploded(|| drop(rest)), Some(bomb));
        prop_assert_eq!(dropped.read(), (bomb..items).collect::<Vec<_>>());
        drop(taken);
        prop_assert_eq!(dropped.read().len(), items);
    }

    #[test]
    fn the_last_owned_handle_drops_the_queue_that_way_too((capacity, turned, items, bomb) in bombs()) {
        let (queue, dropped) = armed(capacity, turned, items, bomb);
        let Ok(handle) = Bounded::owned_handle(&Arc::new(queue)) else {
            return Err(TestCaseError::fail("no handle was left"));
        };
        prop_assert_eq!(exploded(|| drop(handle)), Some(bomb));
        prop_assert_eq!(dropped.read(), (0..items).collect::<Vec<_>>());
    }

    #[test]
    fn a_queue_serves_on_after_a_popped_item_panicked((capacity, turned, items, bomb) in bombs()) {
        let (queue, dropped) = armed(capacity, turned, items, bomb);
        let mut panics = 0;
        while !queue.is_empty() {
            panics += usize::from(exploded(|| drop(queue.try_pop())).is_some());
        }
        prop_assert_eq!(panics, 1);
        prop_assert_eq!(dropped.read(), (0..items).collect::<Vec<_>>());
        // All cells are still there: the queue fills up and empties as a new one does.
        let calm = || Bomb { id: 0, explodes: false, dropped: dropped.clone() };
        for _ in 0..capacity {
            prop_assert!(queue.try_push(calm()).is_ok());
        }
        prop_assert!(queue.try_push(calm()).is_err_and(|error| error.is_full()));
        prop_assert_eq!(queue.try_iter().count(), capacity);
    }
}
