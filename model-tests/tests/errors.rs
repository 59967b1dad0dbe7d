//! The errors: they give back what they hold, say what happened, and ask nothing of the item's type.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

use std::error::Error;

use latchless::error::{CapacityError, HandleError, PushError, TryPopError, TryPushError};
use latchless::queue::Bounded;
use proptest::prelude::*;

/// An item that can do nothing.
#[derive(PartialEq, Eq, Clone, Copy)]
struct Mute(u64);

fn texts(error: &dyn Error) -> (String, String) {
    assert!(error.source().is_none());
    (error.to_string(), format!("{error:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_refused_push_gives_its_item_back(id: u64) {
        let full = TryPushError::Full(Mute(id));
        let closed = TryPushError::Closed(Mute(id));
        prop_assert!(full.is_full() && !full.is_closed());
        prop_assert!(closed.is_closed() && !closed.is_full());
        prop_assert!(full.into_inner() == Mute(id) && closed.into_inner() == Mute(id));
        prop_assert!(PushError(Mute(id)).into_inner() == Mute(id));
        prop_assert!(full != closed && full == TryPushError::Full(Mute(id)));
    }

    #[test]
    fn an_error_can_be_shown_whatever_it_holds(id: u64) {
        let all = [
            texts(&TryPushError::Full(Mute(id))),
            texts(&TryPushError::Closed(Mute(id))),
            texts(&PushError(Mute(id))),
        ];
        prop_assert!(all[0].0.contains("full") && all[1].0.contains("closed") && all[2].0.contains("closed"));
        prop_assert!(all.iter().all(|(_, debug)| !debug.contains(&id.to_string()) || id < 10), "{:?}", all);
    }

    #[test]
    fn a_capacity_that_cannot_be_had_is_an_error(bits in 40..64_u32, rest: u32) {
        let capacity = (1_usize << bits) + rest as usize;
        prop_assert!(matches!(
            Bounded::<u64>::try_new(capacity),
            Err(CapacityError::TooLarge | CapacityError::OutOfMemory)
        ));
    }
}

#[test]
fn a_refused_pop_says_why() {
    assert!(TryPopError::Empty.is_empty() && !TryPopError::Empty.is_closed());
    assert!(TryPopError::Closed.is_closed() && !TryPopError::Closed.is_empty());
    assert_ne!(texts(&TryPopError::Empty), texts(&TryPopError::Closed));
}

#[test]
fn a_capacity_of_zero_is_an_error() {
    assert!(matches!(
        Bounded::<u64>::try_new(0),
        Err(CapacityError::Zero)
    ));
    assert!(matches!(
        Bounded::<[u8; 4096]>::try_new(usize::MAX),
        Err(CapacityError::TooLarge)
    ));
    texts(&CapacityError::Zero);
}

#[test]
fn memory_that_cannot_be_had_is_an_error_not_an_abort() {
    // The indices fit, the bytes do not fit into any address space.
    assert!(matches!(
        Bounded::<[u8; 1 << 32]>::try_new(1 << 31),
        Err(CapacityError::OutOfMemory)
    ));
}

#[test]
#[should_panic(expected = "no queue for 0 items")]
fn new_panics_with_the_capacity_it_was_asked_for() {
    let _ = Bounded::<u64>::new(0);
}

#[test]
fn more_handles_than_the_queue_was_built_for_are_an_error() {
    let queue = Bounded::<u64>::builder(1)
        .handles(2)
        .build()
        .expect("a small queue");
    let first = queue.handle().expect("the first of two");
    let _second = queue.handle().expect("the second of two");
    let error = queue.handle().expect_err("there is no third");
    assert_eq!(error, HandleError);
    texts(&error);
    drop(first);
    assert!(
        queue.handle().is_ok(),
        "the place of a dropped handle serves the next"
    );
}
