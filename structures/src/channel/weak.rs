//! Ends that do not count.

#![forbid(unsafe_code)]

use super::flavour::Flavour;
use super::{Receiver, Sender};
use core::fmt;

macro_rules! weak {
    ($(#[$doc:meta])* $Weak:ident, $End:ident, $side:ident) => {
        $(#[$doc])*
        pub struct $Weak<T> {
            flavour: Flavour<T>,
        }

        impl<T> $Weak<T> {
            pub(super) fn new(flavour: Flavour<T>) -> Self {
                Self { flavour }
            }

            /// An end that counts; `None` if the last one of its kind is gone. (A channel that was
            /// closed by `close` still gives ends.)
            ///
            /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:**
            /// there is nothing to cancel.
            pub fn upgrade(&self) -> Option<$End<T>> {
                let counted = self.flavour.ends().$side.add_unless_none();
                counted.then(|| $End::counted(self.flavour.clone()))
            }
        }

        impl<T> Clone for $Weak<T> {
            fn clone(&self) -> Self {
                Self::new(self.flavour.clone())
            }
        }

        impl<T> fmt::Debug for $Weak<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.flavour.show(stringify!($Weak), f)
            }
        }
    };
}

weak! {
    /// A [`Sender`] that does not count, from [`Sender::downgrade`]: the channel closes when no other is
    /// left. It keeps the channel's memory, and no message.
    WeakSender, Sender, senders
}

weak! {
    /// A [`Receiver`] that does not count, from [`Receiver::downgrade`]: the channel closes when no other
    /// is left. It keeps the channel's memory, and no message.
    WeakReceiver, Receiver, receivers
}
