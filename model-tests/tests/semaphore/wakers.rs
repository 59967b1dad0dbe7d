//! Wakers that do what they should not, or more than they must.
#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::rogue::{Deed, Rogue};
use super::tasks::{poll, poll_once};
use super::{Acquiring, MAKE, asleep, woken};

/// Wakers that panic when they are cloned, woken or dropped: the others are served.
#[test]
fn a_waker_that_panics_takes_no_permit_from_anybody() {
    for make in MAKE {
        for deed in [Deed::Wake, Deed::Drop] {
            let semaphore = make(0);
            let rogue = Rogue::that_panics(deed);
            let waker = rogue.waker();
            let mut bad: Acquiring<'_> = Box::pin(semaphore.acquire_async());
            assert!(poll(&mut bad, &waker).is_pending());
            let good = asleep(&semaphore, &[1]);
            rogue.arm(true);
            semaphore.add_permits(1).expect("no maximum");
            drop(bad);
            rogue.arm(false);
            assert_eq!(woken(&good), [true], "{deed:?}");
            drop(good);
            assert_eq!(semaphore.available_permits(), 1);
        }
        let semaphore = make(0);
        let rogue = Rogue::that_panics(Deed::Clone);
        let waker = rogue.waker();
        rogue.arm(true);
        let mut bad: Acquiring<'_> = Box::pin(semaphore.acquire_async());
        let caught = catch_unwind(AssertUnwindSafe(|| poll(&mut bad, &waker)));
        assert!(caught.is_err());
        rogue.arm(false);
        semaphore.add_permits(1).expect("no maximum");
        assert_eq!(semaphore.available_permits(), 1, "it is not in the line");
    }
}

/// A waker that comes back into the semaphore that wakes it.
#[test]
fn a_waker_may_call_the_semaphore() {
    for make in MAKE {
        let semaphore = Arc::new(make(0));
        let inside = Arc::clone(&semaphore);
        let rogue = Rogue::new(Deed::Wake, move || {
            inside.add_permits(1).expect("no maximum");
            drop(inside.try_acquire());
            assert!(poll_once(&mut inside.acquire_many_async(9)).is_pending());
        });
        let waker = rogue.waker();
        rogue.arm(true);
        let mut bad = semaphore.acquire_async();
        assert!(poll(&mut bad, &waker).is_pending());
        let good = asleep(&semaphore, &[1]);
        semaphore.add_permits(1).expect("no maximum");
        assert!(rogue.times() > 0);
        rogue.arm(false);
        assert!(poll_once(&mut bad).is_ready());
        assert_eq!(woken(&good), [true]);
        drop((bad, good));
        assert_eq!(semaphore.available_permits(), 1 + rogue.times());
    }
}
