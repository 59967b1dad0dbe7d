//! Platforms without single-stepping: every constructor refuses, so the rest is never reached.

#![forbid(unsafe_code)]

use super::{Reached, Stalled, Unsupported, Watch};

pub(super) fn install() -> Result<(), Unsupported> {
    Err(Unsupported)
}

pub(super) fn step<R>(_watch: &Watch<'_>, f: impl FnOnce() -> R) -> R {
    f()
}

#[derive(Debug)]
pub(super) struct Event;

impl Event {
    pub(super) fn new() -> Self {
        Event
    }

    pub(super) fn start(&self) {}

    pub(super) fn wait(&self) -> Reached {
        Reached::End
    }

    pub(super) fn release(&self) {}

    pub(super) fn end(&self) {}
}

#[derive(Debug)]
pub(super) struct StallCell;

impl StallCell {
    pub(super) fn new() -> Self {
        StallCell
    }

    pub(super) fn get(&self) -> Option<Stalled> {
        None
    }
}
