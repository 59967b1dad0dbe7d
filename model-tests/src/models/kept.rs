//! What models of the unbounded queue are made of: handles, threads, and a queue that was filled before.
#![forbid(unsafe_code)]

use std::ops::{Deref, DerefMut};

use latchless::queue::{Unbounded, unbounded};
use latchless::sync::Arc;
use loom::thread::{self, JoinHandle};

/// Something that is dropped where the execution goes on, and not where it has failed.
#[derive(Clone)]
pub(in crate::models) struct Kept<A>(Option<A>);

impl<A> Kept<A> {
    pub(in crate::models) fn new(kept: A) -> Self {
        Self(Some(kept))
    }
}

impl<A> Deref for Kept<A> {
    type Target = A;
    fn deref(&self) -> &A {
        self.0.as_ref().expect("until it is dropped")
    }
}

impl<A> DerefMut for Kept<A> {
    fn deref_mut(&mut self) -> &mut A {
        self.0.as_mut().expect("until it is dropped")
    }
}

impl<A> Drop for Kept<A> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::mem::forget(self.0.take());
        }
    }
}

/// A handle.
pub(super) type Own = Kept<unbounded::OwnedHandle<u64>>;

/// The queue itself.
pub(super) type List = Kept<Arc<Unbounded<u64>>>;

impl List {
    /// With segments of so many slots.
    pub(super) fn with_slots(slots: usize) -> Self {
        Self::new(Arc::new(Unbounded::with_slots(slots, slots)))
    }

    pub(super) fn handle(&self) -> Own {
        Own::new(Unbounded::owned_handle(self))
    }
}

/// A list, `N` handles that were made at its start, and then the numbers from 1 on were pushed, by one who is gone.
pub(super) fn filled<const N: usize>(slots: usize, values: u64) -> (List, [Own; N]) {
    let list = List::with_slots(slots);
    let handles = [(); N].map(|()| list.handle());
    let mut pusher = list.handle();
    (1..=values).for_each(|value| pusher.push(value).expect("it is open"));
    drop(pusher);
    (list, handles)
}

pub(super) fn spawn<A: 'static, T: 'static>(
    mut own: A,
    act: fn(&mut A) -> T,
) -> JoinHandle<(A, T)> {
    thread::spawn(move || {
        let result = act(&mut own);
        (own, result)
    })
}

pub(super) fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("loom stops at a panic")
}
