//! What a structure implements to be compared, and the card that says what it promises.

use std::fmt;

/// A value that travels through a queue and can be checked at the other end.
pub trait Payload: Copy + Send + Sync + fmt::Debug + PartialEq + 'static {
    /// The name shown in reports.
    const NAME: &'static str;
    /// The payload that carries `value`.
    fn carrying(value: u64) -> Self;
    /// The value that it carries, after checking that all of it arrived.
    fn value(&self) -> u64;
}

impl Payload for u64 {
    const NAME: &'static str = "u64";
    fn carrying(value: u64) -> Self {
        value
    }
    fn value(&self) -> u64 {
        *self
    }
}

impl Payload for [u64; 8] {
    const NAME: &'static str = "[u64; 8]";
    fn carrying(value: u64) -> Self {
        [value; 8]
    }
    fn value(&self) -> u64 {
        assert!(self[0] == self[7], "half a payload arrived: {self:?}");
        self[0]
    }
}

/// What one thread is going to do with its end of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Only `try_push`.
    Produce,
    /// Only `try_pop`.
    Consume,
    /// Both, in pairs.
    Both,
}

/// The end of a queue that one thread holds.
pub trait End<P>: Send {
    /// Puts `payload` in, or gives it back when the queue is full.
    fn try_push(&mut self, payload: P) -> Result<(), P>;
    /// Takes the oldest item out, or nothing when the queue is empty.
    fn try_pop(&mut self) -> Option<P>;
    /// Pushes from the front of `from` what fits; returns how many.
    fn try_push_many(&mut self, from: &mut std::collections::VecDeque<P>) -> usize {
        let mut pushed = 0;
        while let Some(payload) = from.pop_front() {
            if let Err(payload) = self.try_push(payload) {
                from.push_front(payload);
                break;
            }
            pushed += 1;
        }
        pushed
    }
    /// Appends up to `max` items to `to`; returns how many.
    fn try_pop_many(&mut self, to: &mut Vec<P>, max: usize) -> usize {
        let before = to.len();
        while to.len() - before < max {
            match self.try_pop() {
                Some(payload) => to.push(payload),
                None => break,
            }
        }
        to.len() - before
    }
}

/// A queue that takes part in the comparison with payload `P`.
pub trait Contender<P: Payload>: 'static {
    /// What it promises.
    const CARD: Card;
    /// What one thread holds.
    type End: End<P> + 'static;
    /// A new queue of `capacity` (exactly, or the next one that it can have) and one end for
    /// each role, in order; `None` when it cannot serve these roles or this capacity.
    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>>;
}

/// The promises of a contender, printed before any number.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Card {
    /// The name shown in charts, such as `ArrayQueue`.
    pub name: &'static str,
    /// The crate it comes from, or `latchless`, or `baseline`.
    pub origin: &'static str,
    /// One line: the algorithm, and for ours which form of it.
    pub algorithm: &'static str,
    /// In which order items come out.
    pub order: &'static str,
    /// Whether Full and Empty are exact, and since when they may be stale otherwise.
    pub exactness: &'static str,
    /// What happens to the others when one thread is stopped in mid-operation.
    pub stopped_peer: &'static str,
    /// Whether there are blocking forms.
    pub blocking: bool,
    /// Whether there are async forms.
    pub asynchronous: bool,
    /// Whether there are forms with a timeout.
    pub timeout: bool,
    /// How the forms that wait do it, and where the waiters are listed; empty without such forms.
    pub waiting: &'static str,
}
