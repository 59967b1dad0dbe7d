//! What a structure implements to be compared where tasks wait: as in [`blocking`](crate::blocking),
//! with futures.
#![forbid(unsafe_code)]

use std::future::Future;

use crate::blocking::Ends;
use crate::contender::{Card, Payload};

/// The end that one sending task holds.
pub trait AsyncSendEnd<P>: Send + 'static {
    /// Puts `payload` in when there is room; false when nobody will take it.
    fn send(&mut self, payload: P) -> impl Future<Output = bool> + Send;
}

/// The end that one receiving task holds.
pub trait AsyncRecvEnd<P>: Send + 'static {
    /// Takes the oldest item out when there is one; nothing when none will come.
    fn recv(&mut self) -> impl Future<Output = Option<P>> + Send;
}

/// A queue whose tasks wait, with payload `P`.
pub trait Asynchronous<P: Payload>: 'static {
    /// What it promises.
    const CARD: Card;
    /// What a sending task holds.
    type Sender: AsyncSendEnd<P>;
    /// What a receiving task holds.
    type Receiver: AsyncRecvEnd<P>;
    /// A new queue of `capacity`; `None` when it cannot serve so many or this capacity.
    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>>;
}
