//! What is done at one end, as attempts that can wait.
//!
//! An attempt is an action, which tries once: `None` means that it may go better later.

#![forbid(unsafe_code)]

use crate::pipe::ends::Ends;
use crate::raw::spsc::{Head, Tail};
use crate::wait::forms::{Attempt, Look};
use crate::wait::list::WaitList;

/// An action of the sender.
#[derive(Debug)]
pub(super) struct Sending<'a, T, A> {
    pub(super) tail: &'a mut Tail<T>,
    pub(super) ends: &'a Ends,
    pub(super) act: A,
}

/// An action of the receiver.
#[derive(Debug)]
pub(super) struct Receiving<'a, T, A> {
    pub(super) head: &'a mut Head<T>,
    pub(super) ends: &'a Ends,
    pub(super) act: A,
}

impl<'a, T, D, A> Attempt for Sending<'a, T, A>
where
    A: FnMut(&mut Tail<T>, &Ends) -> Option<D>,
{
    type Done = D;
    type List = &'a WaitList;

    fn attempt(&mut self) -> Option<D> {
        (self.act)(self.tail, self.ends)
    }

    fn list(&self) -> &'a WaitList {
        self.ends.for_room.list()
    }

    fn would_end(&mut self) -> bool {
        !self.tail.is_full() || self.ends.receiver_is_gone()
    }

    fn last_look(&mut self) -> Look<D> {
        self.ends.for_room.before_last_look();
        self.attempt().map_or(Look::Sleep, Look::Done)
    }
}

impl<'a, T, D, A> Attempt for Receiving<'a, T, A>
where
    A: FnMut(&mut Head<T>, &Ends) -> Option<D>,
{
    type Done = D;
    type List = &'a WaitList;

    fn attempt(&mut self) -> Option<D> {
        (self.act)(self.head, self.ends)
    }

    fn list(&self) -> &'a WaitList {
        self.ends.for_items.list()
    }

    fn would_end(&mut self) -> bool {
        !self.head.is_empty() || self.ends.sender_is_gone()
    }

    fn last_look(&mut self) -> Look<D> {
        self.ends.for_items.before_last_look();
        self.attempt().map_or(Look::Sleep, Look::Done)
    }
}
