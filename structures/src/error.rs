//! Every error of the library. Those that belong to a value give it back.

#![forbid(unsafe_code)]

#[cfg(feature = "std")]
mod messages;

#[cfg(feature = "std")]
pub use messages::{
    RecvBytesError, RecvBytesTimeoutError, SendBytesError, SendBytesTimeoutError,
    TryRecvBytesError, TrySendBytesError,
};

use core::error::Error;
use core::fmt;

/// An error of some cases, with a predicate and one line of text for each; with `(T)`, each case
/// carries the value that was not moved, which need not be `Debug` and is never printed.
///
/// A macro, for what differs from error to error are the names of the cases.
macro_rules! error {
    (
        $(#[$doc:meta])*
        $name:ident(T) {
            $($(#[$case_doc:meta])* $case:ident, $is:ident, $text:literal;)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub enum $name<T> {
            $($(#[$case_doc])* $case(T),)+
        }

        impl<T> $name<T> {
            /// The value that was not moved.
            pub fn into_inner(self) -> T {
                match self {
                    $(Self::$case(value) => value,)+
                }
            }
            $(
                #[doc = concat!("Whether it is [`", stringify!($case), "`](Self::", stringify!($case), ").")]
                pub fn $is(&self) -> bool {
                    matches!(self, Self::$case(_))
                }
            )+
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$case(_) => concat!(stringify!($case), "(..)"),)+
                })
            }
        }

        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$case(_) => $text,)+
                })
            }
        }

        impl<T> Error for $name<T> {}
    };
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$case_doc:meta])* $case:ident, $is:ident, $text:literal;)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$case_doc])* $case,)+
        }

        impl $name {
            $(
                #[doc = concat!("Whether it is [`", stringify!($case), "`](Self::", stringify!($case), ").")]
                pub fn $is(&self) -> bool {
                    matches!(self, Self::$case)
                }
            )+
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$case => $text,)+
                })
            }
        }

        impl Error for $name {}
    };
}

/// An error with one cause, which carries the value that was not moved.
macro_rules! closed_error {
    ($(#[$doc:meta])* $name:ident, $text:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub struct $name<T>(pub T);

        impl<T> $name<T> {
            /// The value that was not moved.
            pub fn into_inner(self) -> T {
                self.0
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }

        impl<T> Error for $name<T> {}
    };
}

/// An error with one cause.
macro_rules! plain_error {
    ($(#[$doc:meta])* $name:ident, $text:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name;

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }

        impl Error for $name {}
    };
}

error! {
    /// A push that did not take place at once; the value is inside.
    TryPushError(T) {
        /// Every slot held an item at one moment of the call.
        Full, is_full, "push into a full queue";
        /// The queue was closed.
        Closed, is_closed, "push into a closed queue";
    }
}

closed_error! {
    /// A push into a closed queue; the value is inside.
    PushError, "push into a closed queue"
}

error! {
    /// A push that did not take place in time; the value is inside.
    PushTimeoutError(T) {
        /// The time is over; the queue was full at one moment of the call, or at several.
        Timeout, is_timeout, "push into a full queue timed out";
        /// The queue was closed.
        Closed, is_closed, "push into a closed queue";
    }
}

error! {
    /// A pop that took nothing.
    TryPopError {
        /// There was no item at one moment of the call.
        Empty, is_empty, "pop from an empty queue";
        /// There was no item, and there will be none: the queue was closed.
        Closed, is_closed, "pop from a closed and empty queue";
    }
}

plain_error! {
    /// A pop from a closed queue that is empty.
    PopError, "pop from a closed and empty queue"
}

error! {
    /// A pop that took nothing in time.
    PopTimeoutError {
        /// The time is over; the queue was empty at one moment of the call, or at several.
        Timeout, is_timeout, "pop from an empty queue timed out";
        /// There was no item, and there will be none: the queue was closed.
        Closed, is_closed, "pop from a closed and empty queue";
    }
}

error! {
    /// A send that did not take place at once; the message is inside.
    TrySendError(T) {
        /// There was no room, or no receiver was waiting at a channel without room.
        Full, is_full, "send into a full channel";
        /// The channel was closed, or has no receiver any more.
        Closed, is_closed, "send into a closed channel";
    }
}

closed_error! {
    /// A send into a channel that was closed, or has no receiver any more; the message is inside.
    SendError, "send into a closed channel"
}

error! {
    /// A send that did not take place in time; the message is inside.
    SendTimeoutError(T) {
        /// The time is over; there was no room at one moment of the call, or at several.
        Timeout, is_timeout, "send into a full channel timed out";
        /// The channel was closed, or has no receiver any more.
        Closed, is_closed, "send into a closed channel";
    }
}

error! {
    /// A receive that took nothing.
    TryRecvError {
        /// There was no message.
        Empty, is_empty, "receive from an empty channel";
        /// There was no message, and there will be none: the channel was closed, or has no sender.
        Closed, is_closed, "receive from a closed and empty channel";
    }
}

plain_error! {
    /// A receive from a channel that is empty, and was closed or has no sender any more.
    RecvError, "receive from a closed and empty channel"
}

error! {
    /// A receive that took nothing in time.
    RecvTimeoutError {
        /// The time is over; there was no message at one moment of the call, or at several.
        Timeout, is_timeout, "receive from an empty channel timed out";
        /// There was no message, and there will be none: the channel was closed, or has no sender.
        Closed, is_closed, "receive from a closed and empty channel";
    }
}

error! {
    /// A queue, channel or pipe that cannot be made.
    CapacityError {
        /// It needs room for at least one item, or byte.
        Zero, is_zero, "a capacity of zero";
        /// More slots and spare cells than the algorithm can tell apart for long enough: fewer than
        /// 2^32 in all, and few enough that a participant may sleep through 2^50 operations. The
        /// second binds only small queues with very many participants: from about 900 at a capacity
        /// of 1.
        TooLarge, is_too_large, "a capacity or number of participants too large to index";
        /// The memory cannot be had.
        OutOfMemory, is_out_of_memory, "a capacity whose memory cannot be had";
    }
}

plain_error! {
    /// No handle is left: as many exist as the queue was built for.
    HandleError, "more handles than the queue was built for"
}

plain_error! {
    /// There would be more permits than the semaphore's maximum; nothing was added.
    AddPermitsError, "more permits than the semaphore's maximum"
}

error! {
    /// An acquisition that was refused.
    AcquireError {
        /// The semaphore was closed.
        Closed, is_closed, "acquire from a closed semaphore";
        /// So many permits can never be had: more than the semaphore's maximum, or than one call can acquire.
        TooMany, is_too_many, "acquire of more permits than can ever be had";
    }
}

error! {
    /// An acquisition that did not take place at once.
    TryAcquireError {
        /// Fewer permits were free at one moment of the call.
        NoPermits, is_no_permits, "acquire of more permits than are free";
        /// The semaphore was closed.
        Closed, is_closed, "acquire from a closed semaphore";
        /// So many permits can never be had: more than the semaphore's maximum, or than one call can acquire.
        TooMany, is_too_many, "acquire of more permits than can ever be had";
    }
}

error! {
    /// An acquisition that did not take place in time.
    AcquireTimeoutError {
        /// The time is over; fewer permits were free at one moment of the call, or at several.
        Timeout, is_timeout, "acquire of permits timed out";
        /// The semaphore was closed.
        Closed, is_closed, "acquire from a closed semaphore";
        /// So many permits can never be had: more than the semaphore's maximum, or than one call can acquire.
        TooMany, is_too_many, "acquire of more permits than can ever be had";
    }
}

plain_error! {
    /// A lock that was not taken at once: another held it at one moment of the call.
    TryLockError, "lock of a mutex that is locked"
}

plain_error! {
    /// A lock that was not taken in time: the time is over; another held it at one moment of the call, or at
    /// several.
    LockTimeoutError, "lock of a mutex that is locked timed out"
}
