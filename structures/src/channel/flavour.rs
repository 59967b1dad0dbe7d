//! The kinds of channels, behind one name.

#![forbid(unsafe_code)]

use super::buffered::Buffered;
use super::ends::Ends;
use super::growing::Growing;
use super::queued::Queued;
use super::rendezvous::Rendezvous;
use crate::error::CapacityError;
use crate::queue::Unbounded;
use crate::sync::Arc;
use core::fmt;
use core::future::Future;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll};
use crossbeam_utils::CachePadded;

/// What the ends of a channel share.
#[derive(Debug)]
pub(super) struct Shared<C> {
    pub(super) core: C,
    pub(super) ends: CachePadded<Ends>,
}

/// A channel of one kind or another. The cores have the same calls; see [`each`].
pub(super) enum Flavour<T> {
    Buffered(Arc<Shared<Buffered<T>>>),
    Growing(Arc<Shared<Growing<T>>>),
    Rendezvous(Arc<Shared<Rendezvous<T>>>),
}

// Nothing panics between a change and its completion, so an unwinding thread leaves a channel whole.
impl<T> UnwindSafe for Flavour<T> {}
impl<T> RefUnwindSafe for Flavour<T> {}

/// The same expression for each kind: `each!(flavour, shared => expression)`.
macro_rules! each {
    ($flavour:expr, $shared:ident => $act:expr) => {
        match $flavour {
            $crate::channel::flavour::Flavour::Buffered($shared) => $act,
            $crate::channel::flavour::Flavour::Growing($shared) => $act,
            $crate::channel::flavour::Flavour::Rendezvous($shared) => $act,
        }
    };
}
pub(super) use each;

impl<C> Shared<C> {
    fn new(core: C) -> Arc<Self> {
        Arc::new(Self {
            core,
            ends: CachePadded::new(Ends::new()),
        })
    }
}

impl<T> Flavour<T> {
    /// A channel without bound, with one end of each kind.
    pub(super) fn growing() -> Self {
        Self::Growing(Shared::new(Queued(Unbounded::new())))
    }

    /// The same, in segments of other sizes.
    #[cfg(any(latchless_loom, latchless_steps))]
    pub(super) fn growing_with_slots(first: usize, most: usize) -> Self {
        Self::Growing(Shared::new(Queued(Unbounded::with_slots(first, most))))
    }

    /// A channel with one end of each kind.
    pub(super) fn new(capacity: usize) -> Result<Self, CapacityError> {
        Ok(match capacity {
            0 => Self::Rendezvous(Shared::new(Rendezvous::new())),
            _ => Self::Buffered(Shared::new(Buffered::new(capacity)?)),
        })
    }

    pub(super) fn ends(&self) -> &Ends {
        each!(self, shared => &shared.ends)
    }

    pub(super) fn close(&self) -> bool {
        each!(self, shared => shared.core.close())
    }

    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::Buffered(shared) => shared.core.queue().is_closed(),
            Self::Growing(shared) => shared.core.queue().is_closed(),
            Self::Rendezvous(shared) => shared.core.is_closed(),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Buffered(shared) => shared.core.queue().len(),
            Self::Growing(shared) => shared.core.queue().len(),
            Self::Rendezvous(_) => 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Buffered(shared) => shared.core.queue().is_empty(),
            Self::Growing(shared) => shared.core.queue().is_empty(),
            Self::Rendezvous(_) => true,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        match self {
            Self::Buffered(shared) => shared.core.queue().is_full(),
            Self::Growing(_) => false,
            Self::Rendezvous(_) => true,
        }
    }

    pub(super) fn capacity(&self) -> Option<usize> {
        match self {
            Self::Buffered(shared) => Some(shared.core.queue().capacity()),
            Self::Growing(_) => None,
            Self::Rendezvous(_) => Some(0),
        }
    }

    pub(super) fn shrink(&self) {
        if let Self::Growing(shared) = self {
            shared.core.queue().shrink();
        }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Buffered(one), Self::Buffered(other)) => Arc::ptr_eq(one, other),
            (Self::Growing(one), Self::Growing(other)) => Arc::ptr_eq(one, other),
            (Self::Rendezvous(one), Self::Rendezvous(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// A sender is gone.
    pub(super) fn one_sender_less(&self) {
        if self.ends().senders.remove() {
            self.close();
        }
    }

    /// A receiver is gone; with the last one goes what is inside, and the room that it took.
    pub(super) fn one_receiver_less(&self) {
        if self.ends().receivers.remove() {
            self.close();
            each!(self, shared => shared.core.discard());
            self.shrink();
        }
    }

    /// What a `Debug` of an end shows.
    pub(super) fn show(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ends = self.ends();
        f.debug_struct(name)
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("is_closed", &self.is_closed())
            .field("senders", &ends.senders.get())
            .field("receivers", &ends.receivers.get())
            .finish()
    }
}

impl<T> Clone for Flavour<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Buffered(shared) => Self::Buffered(Arc::clone(shared)),
            Self::Growing(shared) => Self::Growing(Arc::clone(shared)),
            Self::Rendezvous(shared) => Self::Rendezvous(Arc::clone(shared)),
        }
    }
}

/// A future of one kind of channel or another.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub(super) enum Any<B, G, R> {
    Buffered(B),
    Growing(G),
    Rendezvous(R),
}

impl<B, G, R> Future for Any<B, G, R>
where
    B: Future + Unpin,
    G: Future<Output = B::Output> + Unpin,
    R: Future<Output = B::Output> + Unpin,
{
    type Output = B::Output;
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<B::Output> {
        match &mut *self {
            Self::Buffered(future) => Pin::new(future).poll(cx),
            Self::Growing(future) => Pin::new(future).poll(cx),
            Self::Rendezvous(future) => Pin::new(future).poll(cx),
        }
    }
}

/// The calls that both kinds of ends have.
macro_rules! both_ends {
    ($End:ident, $Weak:ident) => {
        impl<T> $End<T> {
            /// Closes the channel: sends fail from now on, receivers take what is inside and then see
            /// Closed. Says whether this call was the first to close it.
            ///
            /// Every send that succeeded is received before any receive says Closed.
            ///
            /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody, a stopped
            /// closer neither. **Cancel:** there is nothing to cancel.
            ///
            /// ```
            /// let (sender, receiver) = latchless::channel::bounded(2);
            /// sender.send(1)?;
            /// assert!(receiver.close());
            /// assert!(sender.send(2).is_err());
            /// assert_eq!(receiver.recv(), Ok(1));
            /// assert!(receiver.recv().is_err());
            /// # Ok::<(), latchless::error::SendError<i32>>(())
            /// ```
            pub fn close(&self) -> bool {
                self.flavour.close()
            }

            /// Whether the channel was closed at one moment of the call: by `close`, or because one side
            /// has no end any more.
            ///
            /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:**
            /// there is nothing to cancel.
            #[doc(alias = "is_disconnected")]
            pub fn is_closed(&self) -> bool {
                self.flavour.is_closed()
            }

            /// How many messages there were inside at one moment of the call; in a channel without bound a
            /// *snapshot*, in which sends that are in progress count already.
            ///
            /// **Waits:** never. **Progress:** lock-free; it starts again when a send (in a channel without
            /// bound, a receive) takes effect meanwhile. **Cancel:** there is nothing to cancel.
            #[doc(alias = "qsize")]
            pub fn len(&self) -> usize {
                self.flavour.len()
            }

            /// Whether there was no message inside at one moment of the call. A channel without room is
            /// always empty.
            ///
            /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:**
            /// there is nothing to cancel.
            #[doc(alias = "empty")]
            pub fn is_empty(&self) -> bool {
                self.flavour.is_empty()
            }

            /// Whether there was no room inside at one moment of the call. A channel without room is
            /// always full, one without bound never.
            ///
            /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:**
            /// there is nothing to cancel.
            #[doc(alias = "full")]
            pub fn is_full(&self) -> bool {
                self.flavour.is_full()
            }

            /// How many messages fit; `None` if there is no bound.
            ///
            /// ```
            /// use latchless::channel;
            /// assert_eq!(channel::bounded::<u8>(3).0.capacity(), Some(3));
            /// assert_eq!(channel::unbounded::<u8>().0.capacity(), None);
            /// ```
            #[doc(alias = "maxsize")]
            pub fn capacity(&self) -> Option<usize> {
                self.flavour.capacity()
            }

            /// Gives back the memory that a channel without bound keeps for later; any other keeps what
            /// it has.
            ///
            /// **Waits:** never. **Progress:** lock-free; a stopped peer holds up nobody. **Cancel:**
            /// there is nothing to cancel.
            ///
            /// ```
            /// let (sender, receiver) = latchless::channel::unbounded();
            /// sender.send_many(&mut (0..100_000).collect());
            /// assert_eq!(receiver.try_iter().count(), 100_000);
            /// receiver.shrink();
            /// ```
            #[doc(alias = "shrink_to_fit")]
            pub fn shrink(&self) {
                self.flavour.shrink();
            }

            /// Whether this and the other are ends of the same channel.
            ///
            /// ```
            /// let (sender, receiver) = latchless::channel::bounded::<u8>(1);
            /// assert!(sender.same_channel(&sender.clone()));
            /// assert!(receiver.same_channel(&receiver.clone()));
            /// assert!(!sender.same_channel(&latchless::channel::bounded(1).0));
            /// ```
            pub fn same_channel(&self, other: &Self) -> bool {
                self.flavour.is_same(&other.flavour)
            }

            /// How many senders the channel has; a *snapshot*.
            ///
            /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
            pub fn sender_count(&self) -> usize {
                self.flavour.ends().senders.get() as usize
            }

            /// How many receivers the channel has; a *snapshot*.
            ///
            /// **Waits:** never. **Progress:** wait-free. **Cancel:** there is nothing to cancel.
            pub fn receiver_count(&self) -> usize {
                self.flavour.ends().receivers.get() as usize
            }

            /// An end that does not count: the channel closes without regard to it.
            ///
            /// ```
            /// let (sender, receiver) = latchless::channel::bounded::<u8>(1);
            /// let weak = (sender.downgrade(), receiver.downgrade());
            /// assert!(weak.0.upgrade().is_some_and(|again| again.same_channel(&sender)));
            /// drop((sender, receiver));
            /// assert!(weak.0.upgrade().is_none() && weak.1.upgrade().is_none());
            /// ```
            pub fn downgrade(&self) -> $Weak<T> {
                $Weak::new(self.flavour.clone())
            }
        }

        impl<T> core::fmt::Debug for $End<T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.flavour.show(stringify!($End), f)
            }
        }
    };
}
pub(super) use both_ends;
