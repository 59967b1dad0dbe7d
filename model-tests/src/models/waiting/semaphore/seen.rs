//! What was done before is seen by whoever comes after: without fences, which would hide it.
#![forbid(unsafe_code)]

use super::{acquiring, asleep, join};
use crate::models::Model;
use latchless::Semaphore;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;
use std::sync::Arc;

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("who_acquires_sees_what_the_last_holder_did", 2, 2, &["acquired", "none"], acquired).without_fences(),
    Model::own("who_is_given_a_permit_sees_what_the_last_holder_did", 2, 5, &["later", "ready"], handed_over).without_fences(),
    Model::own("who_is_given_a_permit_by_others_sees_what_the_last_holder_did", 1, 20, &["served"], handed_on).without_fences(),
    Model::own("what_was_done_before_a_close_is_seen_by_who_finds_a_semaphore_closed", 2, 2, &["closed", "open"], closed).without_fences(),
];

/// A number that is written before and read after; what publishes it must be the semaphore.
#[derive(Clone, Debug, Default)]
struct Data(Arc<AtomicU64>);

impl Data {
    fn write(&self) {
        // ORDERING: Relaxed; see above.
        self.0.store(1, Ordering::Relaxed);
    }
    fn check(&self) {
        // ORDERING: Relaxed; see above.
        assert_eq!(self.0.load(Ordering::Relaxed), 1, "nothing was done");
    }
}

fn acquired() -> &'static str {
    let (semaphore, data) = (Arc::new(Semaphore::new(0)), Data::default());
    let (gives, writes) = (semaphore.clone(), data.clone());
    let gift = thread::spawn(move || {
        writes.write();
        gives.add_permits(1).expect("there is no maximum");
    });
    let acquired = semaphore.try_acquire().map(|permit| permit.forget());
    if acquired.is_ok() {
        data.check();
    }
    join(gift);
    if acquired.is_ok() { "acquired" } else { "none" }
}

fn handed_over() -> &'static str {
    let (semaphore, data) = (Arc::new(Semaphore::new(0)), Data::default());
    let [mut task] = asleep(&semaphore, [1]);
    let (gives, writes) = (semaphore.clone(), data.clone());
    let gift = thread::spawn(move || {
        writes.write();
        gives.add_permits(1).expect("there is no maximum");
    });
    let ready = task.poll().is_ready();
    if ready {
        data.check();
    }
    join(gift);
    if ready { "ready" } else { "later" }
}

/// The permit goes through the hands of a third, who has nothing to do with it.
fn handed_on() -> &'static str {
    let (semaphore, data) = (Arc::new(Semaphore::new(0)), Data::default());
    let mut first = asleep(&semaphore, [1]);
    let (gives, writes) = (semaphore.clone(), data.clone());
    let gift = thread::spawn(move || {
        writes.write();
        gives.add_permits(1).expect("there is no maximum");
    });
    let comes = semaphore.clone();
    let third = thread::spawn(move || {
        let mut third = acquiring(&comes, 1);
        assert!(third.poll().is_pending(), "it has overtaken the first");
        third
    });
    if first[0].poll().is_ready() {
        data.check();
    }
    join(gift);
    drop(join(third));
    "served"
}

fn closed() -> &'static str {
    let (semaphore, data) = (Arc::new(Semaphore::new(0)), Data::default());
    let (closes, writes) = (semaphore.clone(), data.clone());
    let closing = thread::spawn(move || {
        writes.write();
        closes.close();
    });
    let is_closed = semaphore.is_closed();
    if is_closed {
        data.check();
    }
    join(closing);
    if is_closed { "closed" } else { "open" }
}
