//! Channels by their room: so much, or without bound.

use latchless::channel::{Receiver, Sender, bounded, unbounded};

/// A channel with room for so many; for any number, if nothing is said.
pub fn channel<T>(room: Option<usize>) -> (Sender<T>, Receiver<T>) {
    room.map_or_else(unbounded, bounded)
}
