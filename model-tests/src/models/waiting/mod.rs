//! The wait list and the forms of waiting: whoever meets whom, no wake is lost.
//!
//! `gate` is the smallest structure that one can wait for, and shows the `list` and the `forms` alone; `queue` has
//! the same on a real queue, `pool` the memory below, and `broken` what happens when a known mistake is made. A thread
//! that nobody wakes is a deadlock, which ends a model, and a task that nobody wakes a failed assertion.
#![forbid(unsafe_code)]

pub mod broken;
mod bytes;
mod channel;
mod event;
mod forms;
mod framed;
mod gate;
mod growing;
mod joinable;
mod list;
mod lock;
mod pipe;
mod pool;
mod queue;
mod rendezvous;
pub mod semaphore;
pub mod task;

use super::Model;

pub(super) fn models() -> Vec<Model> {
    let mut all = [
        pool::MODELS,
        forms::MODELS,
        list::MODELS,
        broken::MODELS,
        queue::MODELS,
        joinable::MODELS,
        channel::MODELS,
        growing::MODELS,
        rendezvous::MODELS,
        event::MODELS,
        lock::MODELS,
        bytes::MODELS,
        framed::MODELS,
        pipe::MODELS,
    ]
    .concat();
    all.extend(semaphore::models());
    all
}
