//! The semaphore: who acquires, gives, gives up and closes, and meets another in the middle of it.
//!
//! `line` has the fair line, for one permit and for several at a time, `pairs` those who give up, close, try and come at
//! once, `barging` the other mode, `seen` what is handed on with a permit, and `broken` the way in which parts are taken out of turn.
#![forbid(unsafe_code)]

mod barging;
pub mod broken;
mod line;
mod pairs;
mod seen;

use super::task::Task;
use crate::models::Model;
use latchless::Semaphore;
use latchless::error::{AcquireError, AcquireTimeoutError};
use latchless::semaphore::OwnedPermit;
use latchless::sync::{Timer, deadlines};
use loom::thread::{self, JoinHandle};
use std::future::Future;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

pub(super) fn models() -> Vec<Model> {
    [
        line::MODELS,
        pairs::MODELS,
        barging::MODELS,
        seen::MODELS,
        broken::MODELS,
    ]
    .concat()
}

/// An acquisition; what it gets is forgotten at once, for permits that a panic drops could no more reach loom.
type Acquiring = Task<std::pin::Pin<Box<dyn Future<Output = Result<(), AcquireError>>>>>;

fn acquiring(semaphore: &Arc<Semaphore>, permits: usize) -> Acquiring {
    let permits = semaphore.acquire_many_owned_async(permits);
    Task::new(Box::pin(async { permits.await.map(OwnedPermit::forget) }))
}

/// One that waits for each of these numbers of permits, in this order.
fn asleep<const N: usize>(semaphore: &Arc<Semaphore>, permits: [usize; N]) -> [Acquiring; N] {
    permits.map(|permits| {
        let mut task = acquiring(semaphore, permits);
        assert!(task.poll().is_pending(), "there is nothing to be had yet");
        task
    })
}

/// Gives so many on a thread of its own.
fn giver(semaphore: &Arc<Semaphore>, permits: usize) -> JoinHandle<()> {
    let semaphore = semaphore.clone();
    thread::spawn(move || semaphore.add_permits(permits).expect("there is no maximum"))
}

/// A thread that acquires so many in the time of `timer`.
fn hurried(
    semaphore: &Arc<Semaphore>,
    permits: usize,
    timer: Timer,
) -> JoinHandle<Result<(), AcquireTimeoutError>> {
    let semaphore = semaphore.clone();
    thread::spawn(move || {
        deadlines(Some(timer));
        let acquired = semaphore.acquire_many_timeout(permits, Duration::from_secs(1));
        deadlines(None);
        acquired.map(|permit| permit.forget())
    })
}

fn in_time(told: Result<(), AcquireTimeoutError>) -> &'static str {
    match told {
        Ok(()) => "in time",
        Err(error) => {
            assert!(error.is_timeout());
            "too late"
        }
    }
}

fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("loom stops at a panic")
}

/// It was woken, and has what it waited for.
fn is_served(task: &mut Acquiring) -> bool {
    if !task.was_woken() {
        return false;
    }
    assert_eq!(task.poll(), Poll::Ready(Ok(())), "woken, and not served");
    true
}

/// Nothing is under way any more: so many are free, and nobody who waits could be served.
fn settled(semaphore: &Semaphore, free: usize) {
    assert_eq!(semaphore.available_permits(), free, "permits were lost");
}
