//! The errors of messages in a framed pipe. The message is the caller's slice, so none carries a value.

#![forbid(unsafe_code)]

use core::error::Error;
use core::fmt;

/// An error of sending: the cases that are said, and those that are common to all.
macro_rules! send_error {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$case_doc:meta])* $case:ident, $is:ident, $text:literal;)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$case_doc])* $case,)?
            /// The receiver is gone, or the sender was closed.
            Closed,
            /// So much can never be inside at once: a message that must be sent at once, or a grant.
            TooLong,
        }

        impl $name {
            $(
                #[doc = concat!("Whether it is [`", stringify!($case), "`](Self::", stringify!($case), ").")]
                pub fn $is(&self) -> bool {
                    matches!(self, Self::$case)
                }
            )?

            /// Whether it is [`Closed`](Self::Closed).
            pub fn is_closed(&self) -> bool {
                matches!(self, Self::Closed)
            }

            /// Whether it is [`TooLong`](Self::TooLong).
            pub fn is_too_long(&self) -> bool {
                matches!(self, Self::TooLong)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$case => $text,)?
                    Self::Closed => "send into a closed pipe",
                    Self::TooLong => "a message longer than fits into the pipe at once",
                })
            }
        }

        impl Error for $name {}
    };
}

/// An error of receiving: as above.
macro_rules! receive_error {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$case_doc:meta])* $case:ident, $is:ident, $text:literal;)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$case_doc])* $case,)?
            /// There is no message, and there will be none: the sender is gone, or was closed.
            Closed,
            /// The message is longer than the buffer. It is still there.
            #[doc(alias = "BufferTooShort")]
            TooShort {
                /// How many bytes it has.
                needed: usize,
            },
            /// The sender went before the end of a message that was too long to be sent at once; what there
            /// was of it is gone.
            Truncated,
            /// What stands before a message is none that a sender writes. Nothing can be received any more.
            Corrupt,
        }

        impl $name {
            $(
                #[doc = concat!("Whether it is [`", stringify!($case), "`](Self::", stringify!($case), ").")]
                pub fn $is(&self) -> bool {
                    matches!(self, Self::$case)
                }
            )?

            /// Whether it is [`Closed`](Self::Closed).
            pub fn is_closed(&self) -> bool {
                matches!(self, Self::Closed)
            }

            /// Whether it is [`TooShort`](Self::TooShort).
            pub fn is_too_short(&self) -> bool {
                matches!(self, Self::TooShort { .. })
            }

            /// Whether it is [`Truncated`](Self::Truncated).
            pub fn is_truncated(&self) -> bool {
                matches!(self, Self::Truncated)
            }

            /// Whether it is [`Corrupt`](Self::Corrupt).
            pub fn is_corrupt(&self) -> bool {
                matches!(self, Self::Corrupt)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$case => f.write_str($text),)?
                    Self::Closed => f.write_str("receive from a closed and empty pipe"),
                    Self::TooShort { needed } => {
                        write!(f, "a message of {needed} bytes in a shorter buffer")
                    }
                    Self::Truncated => f.write_str("the sender went in the middle of a message"),
                    Self::Corrupt => f.write_str("what stands before a message is corrupt"),
                }
            }
        }

        impl Error for $name {}
    };
}

send_error! {
    /// A message that was not sent at once.
    TrySendBytesError {
        /// There was too little room for the message.
        Full, is_full, "send into a full pipe";
    }
}

send_error! {
    /// A message that was not sent.
    SendBytesError {}
}

send_error! {
    /// A message that was not sent in time.
    SendBytesTimeoutError {
        /// The time is over; there was too little room for the message, or for the rest of it.
        Timeout, is_timeout, "send into a full pipe timed out";
    }
}

receive_error! {
    /// A receive that took nothing at once.
    TryRecvBytesError {
        /// There was no message, or not all of it.
        Empty, is_empty, "receive from an empty pipe";
    }
}

receive_error! {
    /// A receive that took nothing.
    RecvBytesError {}
}

receive_error! {
    /// A receive that took nothing in time.
    RecvBytesTimeoutError {
        /// The time is over; there was no message, or not all of it.
        Timeout, is_timeout, "receive from an empty pipe timed out";
    }
}

/// How an error of a try looks where one has waited.
macro_rules! waited {
    ($to:ident, $from:ident { $mended:ident, $($case:ident $({ $field:ident })?),+ }) => {
        impl $to {
            /// `None` for the case that waiting mends.
            pub(crate) fn of(error: $from) -> Option<Self> {
                match error {
                    $from::$mended => None,
                    $($from::$case $({ $field })? => Some(Self::$case $({ $field })?),)+
                }
            }
        }
    };
    (send: $to:ident) => {
        waited! { $to, TrySendBytesError { Full, Closed, TooLong } }
    };
    (receive: $to:ident) => {
        waited! { $to, TryRecvBytesError { Empty, Closed, TooShort { needed }, Truncated, Corrupt } }
    };
}

waited! { send: SendBytesError }
waited! { send: SendBytesTimeoutError }
waited! { receive: RecvBytesError }
waited! { receive: RecvBytesTimeoutError }
