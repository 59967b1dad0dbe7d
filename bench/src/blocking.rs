//! What a structure implements to be compared where threads wait.
//!
//! Senders and receivers are apart, as in a channel: when the last sender goes away, receivers get
//! what is left and then the end; when the last receiver does, senders are told. Queues that are
//! closed by a call do so through [`Closing`].
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::contender::{Card, Payload};

/// The end that one sending thread holds.
pub trait SendEnd<P>: Send + 'static {
    /// Puts `payload` in and waits while there is no room; false when nobody will take it.
    fn send(&mut self, payload: P) -> bool;
}

/// The end that one receiving thread holds.
pub trait RecvEnd<P>: Send + 'static {
    /// Takes the oldest item out and waits while there is none; nothing when none will come.
    fn recv(&mut self) -> Option<P>;
}

/// The ends of one queue, in the threads' order.
pub type Ends<S, R> = (Vec<S>, Vec<R>);

/// A queue whose threads wait, with payload `P`.
pub trait Blocking<P: Payload>: 'static {
    /// What it promises.
    const CARD: Card;
    /// What a sending thread holds.
    type Sender: SendEnd<P>;
    /// What a receiving thread holds.
    type Receiver: RecvEnd<P>;
    /// A new queue of `capacity`; `None` when it cannot serve so many or this capacity.
    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>>;
}

/// As many clones of both ends of a channel, and none beside them.
pub fn cloned<S: Clone, R: Clone>(
    (sender, receiver): (S, R),
    senders: usize,
    receivers: usize,
) -> Ends<S, R> {
    (vec![sender; senders], vec![receiver; receivers])
}

/// A way into a queue that is closed by a call.
pub trait Close: Send + 'static {
    /// Nothing more goes in; whoever waits is told.
    fn close(&self);
}

/// An end of a queue that is closed by a call: the last one of its side does it.
#[derive(Debug)]
pub struct Closing<E: Close> {
    /// The end itself.
    pub end: E,
    left: Arc<AtomicUsize>,
}

impl<E: Close> Closing<E> {
    /// All ends of one side.
    pub fn side(ends: Vec<E>) -> Vec<Closing<E>> {
        let left = Arc::new(AtomicUsize::new(ends.len()));
        let closing = |end| Closing {
            end,
            left: Arc::clone(&left),
        };
        ends.into_iter().map(closing).collect()
    }

    /// Both sides of one queue: `senders` ends, then `receivers` of them, from `end`.
    pub fn both(
        senders: usize,
        receivers: usize,
        mut end: impl FnMut() -> Option<E>,
    ) -> Option<Ends<Closing<E>, Closing<E>>> {
        let mut side = |count| (0..count).map(|_| end()).collect::<Option<Vec<E>>>();
        let (senders, receivers) = (side(senders)?, side(receivers)?);
        Some((Closing::side(senders), Closing::side(receivers)))
    }
}

impl<E: Close> Drop for Closing<E> {
    fn drop(&mut self) {
        // ORDERING: AcqRel: the last one of a side comes after all that the others did.
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.end.close();
        }
    }
}
