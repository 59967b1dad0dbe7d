//! The wait list and the forms of waiting: whoever meets whom, no wake is lost.
//!
//! `gate` is the smallest structure that one can wait for, and shows the list and the forms alone; `queue` has the
//! same on a real queue. A waiter that nobody wakes is a deadlock, which ends a model.
#![forbid(unsafe_code)]

mod forms;
mod gate;
mod queue;
mod task;

use super::Model;

pub(super) fn models() -> Vec<Model> {
    [forms::MODELS, queue::MODELS].concat()
}
