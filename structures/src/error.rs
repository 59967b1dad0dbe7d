//! Every error of the library. Those that belong to a value give it back.

#![forbid(unsafe_code)]

use core::error::Error;
use core::fmt;

/// A push that did not take place at once; the value is inside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TryPushError<T> {
    /// Every slot held an item at one moment of the call.
    Full(T),
    /// The queue was closed.
    Closed(T),
}

impl<T> TryPushError<T> {
    /// The value that was not pushed.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(value) | Self::Closed(value) => value,
        }
    }

    /// Whether the queue was full.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether the queue was closed.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl<T> fmt::Debug for TryPushError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for TryPushError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "push into a full queue",
            Self::Closed(_) => "push into a closed queue",
        })
    }
}

impl<T> Error for TryPushError<T> {}

/// A push into a closed queue; the value is inside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PushError<T>(pub T);

impl<T> PushError<T> {
    /// The value that was not pushed.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for PushError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushError(..)")
    }
}

impl<T> fmt::Display for PushError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("push into a closed queue")
    }
}

impl<T> Error for PushError<T> {}

/// A pop that took nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryPopError {
    /// There was no item at one moment of the call.
    Empty,
    /// There was no item, and there will be none: the queue was closed.
    Closed,
}

impl TryPopError {
    /// Whether the queue was empty, but open.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Whether the queue was closed.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }
}

impl fmt::Display for TryPopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "pop from an empty queue",
            Self::Closed => "pop from a closed and empty queue",
        })
    }
}

impl Error for TryPopError {}

/// A queue that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapacityError {
    /// A queue needs room for at least one item.
    Zero,
    /// More slots and spare cells than the algorithm can tell apart for long enough: fewer than 2^32
    /// in all, and few enough that a participant may sleep through 2^50 operations. The second
    /// binds only small queues with very many participants: from about 900 at a capacity of 1.
    TooLarge,
    /// The memory cannot be had.
    OutOfMemory,
}

impl fmt::Display for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zero => "a capacity of zero",
            Self::TooLarge => "a capacity or number of participants too large to index",
            Self::OutOfMemory => "a capacity whose memory cannot be had",
        })
    }
}

impl Error for CapacityError {}

/// No handle is left: as many exist as the queue was built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandleError;

impl fmt::Display for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("more handles than the queue was built for")
    }
}

impl Error for HandleError {}
