//! Barging: who comes first takes, and no wake is lost.
#![forbid(unsafe_code)]

use super::{Acquiring, acquiring, asleep, giver, join, settled};
use crate::models::Model;
use latchless::Semaphore;
use loom::thread;
use std::sync::Arc;
use std::task::Poll;

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("a_permit_meets_a_task_that_barges", 1, 20, &["ready", "woken"], task_acquires),
    Model::own("two_permits_wake_two_who_barge", 1, 20, &["served"], two_served),
    Model::own("a_wake_of_a_dropped_one_that_barges_goes_to_the_next", 1, 20, &["served"], dropped),
    Model::own("a_close_wakes_those_who_barge", 1, 20, &["closed"], close),
    Model::own("one_that_needs_more_than_is_free_passes_its_wake_on", 1, 20, &["ready", "woken"], needs_more),
    Model::own("two_that_need_more_than_is_free_do_not_keep_each_other_awake", 1, 20, &["asleep"], ping_pong),
];

/// Polls all who were woken, until nobody is any more; who is still waiting then.
fn run(tasks: Vec<Acquiring>) -> Vec<Acquiring> {
    let mut waiting = tasks;
    for _ in 0..8 {
        let mut is_over = true;
        waiting.retain_mut(|task| {
            if !task.was_woken() {
                return true;
            }
            is_over = false;
            task.change_bell();
            match task.poll() {
                Poll::Ready(told) => {
                    assert_eq!(told, Ok(()));
                    false
                }
                Poll::Pending => true,
            }
        });
        if is_over {
            return waiting;
        }
    }
    panic!("they keep each other awake");
}

fn task_acquires() -> &'static str {
    let semaphore = Arc::new(Semaphore::barging(0));
    let gift = giver(&semaphore, 1);
    let mut task = acquiring(&semaphore, 1);
    let ready = task.poll().is_ready();
    join(gift);
    if !ready {
        assert!(run(vec![task]).is_empty(), "nobody woke it");
    }
    settled(&semaphore, 0);
    if ready { "ready" } else { "woken" }
}

fn two_served() -> &'static str {
    let semaphore = Arc::new(Semaphore::barging(0));
    let tasks = asleep(&semaphore, [1, 1]);
    let gift = giver(&semaphore, 1);
    semaphore.add_permits(1).expect("there is no maximum");
    join(gift);
    assert!(run(tasks.into()).is_empty(), "one sleeps");
    settled(&semaphore, 0);
    "served"
}

fn dropped() -> &'static str {
    let semaphore = Arc::new(Semaphore::barging(0));
    let [first, second] = asleep(&semaphore, [1, 1]);
    let gift = giver(&semaphore, 1);
    drop(first);
    join(gift);
    assert!(run(vec![second]).is_empty(), "it sleeps");
    settled(&semaphore, 0);
    "served"
}

fn close() -> &'static str {
    let semaphore = Arc::new(Semaphore::barging(0));
    let closes = semaphore.clone();
    let closes = thread::spawn(move || closes.close());
    let mut task = acquiring(&semaphore, 1);
    let mut told = task.poll();
    assert!(join(closes));
    if told.is_pending() {
        assert!(task.was_woken(), "it sleeps in a closed semaphore");
        told = task.poll();
    }
    assert!(matches!(told, Poll::Ready(Err(error)) if error.is_closed()));
    "closed"
}

/// The first needs two. One permit comes, and one who needs no more than that.
fn needs_more() -> &'static str {
    let semaphore = Arc::new(Semaphore::barging(0));
    let [first] = asleep(&semaphore, [2]);
    let gift = giver(&semaphore, 1);
    let mut second = acquiring(&semaphore, 1);
    let ready = second.poll().is_ready();
    join(gift);
    if ready {
        assert_eq!(run(vec![first]).len(), 1);
        settled(&semaphore, 0);
        return "ready";
    }
    let waiting = run(vec![first, second]);
    assert_eq!(
        waiting.len(),
        1,
        "one permit, and one who needs no more sleeps"
    );
    settled(&semaphore, 0);
    "woken"
}

fn ping_pong() -> &'static str {
    let semaphore = Arc::new(Semaphore::barging(0));
    let [first] = asleep(&semaphore, [2]);
    let gift = giver(&semaphore, 1);
    let mut second = acquiring(&semaphore, 2);
    assert!(second.poll().is_pending(), "one is too few");
    join(gift);
    assert_eq!(run(vec![first, second]).len(), 2);
    settled(&semaphore, 1);
    "asleep"
}
