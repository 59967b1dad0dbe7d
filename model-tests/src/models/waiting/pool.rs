//! The pool of places below the list: one holder at a time, and what one wrote the next one finds.
#![forbid(unsafe_code)]

use crate::models::Model;
use latchless::raw::pool::Pool;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread::{self, JoinHandle};
use std::sync::Arc;

pub(super) const MODELS: &[Model] = &[
    Model::own(
        "a_place_has_one_holder_at_a_time",
        3,
        50,
        &["used again", "two places"],
        one_holder,
    ),
    Model::own(
        "a_place_that_comes_back_is_not_taken_for_what_it_was",
        3,
        50,
        &["taken"],
        comes_back,
    ),
    Model::own("two_takers_make_one_chunk", 3, 50, &["made"], one_chunk),
    Model::own(
        "places_given_back_at_once_are_all_had_again",
        3,
        20,
        &["had again"],
        given_back_at_once,
    ),
];

/// What one holder at a time may use. Its plain value is seen as the last holder left it, or the model
/// fails: the counter beside it, which is never stale, says what that was.
#[derive(Debug)]
struct Slot {
    value: AtomicU64,
    truth: AtomicU64,
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            value: AtomicU64::new(0),
            truth: AtomicU64::new(0),
        }
    }
}

impl Slot {
    fn touch(&self) {
        // ORDERING: Relaxed, all three: what orders them must be the pool.
        let truth = self.truth.fetch_add(1, Ordering::Relaxed);
        let value = self.value.load(Ordering::Relaxed);
        assert_eq!(value, truth, "two hold one place, or one sees it as it was");
        self.value.store(value + 1, Ordering::Relaxed);
    }
}

fn take(pool: &Pool<Slot>) -> u32 {
    let (number, slot) = pool.take().expect("far fewer than there can be");
    slot.touch();
    number
}

fn give_back(pool: &Pool<Slot>, number: u32) {
    pool.get(number).touch();
    pool.give_back(number);
}

fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("loom stops at a panic")
}

/// Takes a place and gives it back.
fn guest(pool: &Arc<Pool<Slot>>) -> JoinHandle<u32> {
    let pool = pool.clone();
    thread::spawn(move || {
        let number = take(&pool);
        give_back(&pool, number);
        number
    })
}

fn one_holder() -> &'static str {
    let pool = Arc::new(Pool::new(0));
    let other = guest(&pool);
    let own = take(&pool);
    give_back(&pool, own);
    if join(other) == own {
        "used again"
    } else {
        "two places"
    }
}

/// Between a taker's look at the stack and its swap, the top goes, and comes back with another below.
fn comes_back() -> &'static str {
    let pool = Arc::new(Pool::new(0));
    let both = [take(&pool), take(&pool)];
    both.into_iter().for_each(|number| give_back(&pool, number));
    let moves = pool.clone();
    let mover = thread::spawn(move || {
        let [top, below] = [take(&moves), take(&moves)];
        give_back(&moves, top);
        below
    });
    let own = take(&pool);
    let kept = join(mover);
    assert_ne!(own, kept, "one place with two holders");
    let next = take(&pool);
    assert!(next != own && next != kept, "one place with two holders");
    "taken"
}

fn one_chunk() -> &'static str {
    let pool = Arc::new(Pool::new(0));
    for _ in 0..4 {
        take(&pool);
    }
    let takes = pool.clone();
    let other = thread::spawn(move || take(&takes));
    let own = take(&pool);
    let other = join(other);
    assert!(
        own != other && own.min(other) == 4,
        "the next two are fresh"
    );
    pool.get(other).touch();
    "made"
}

fn given_back_at_once() -> &'static str {
    let pool = Arc::new(Pool::new(0));
    let [one, other] = [take(&pool), take(&pool)];
    let gives = pool.clone();
    let giver = thread::spawn(move || give_back(&gives, one));
    give_back(&pool, other);
    join(giver);
    let mut again = [take(&pool), take(&pool)];
    again.sort_unstable();
    assert_eq!(again, [one, other], "a place was lost");
    "had again"
}
