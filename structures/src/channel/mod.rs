//! Channels: a queue with two kinds of ends, each of which notices when the other kind is gone.
//!
//! | you want | take |
//! |---|---|
//! | to send from any number of threads and tasks to any number of others | [`bounded`] |
//! | the same, and senders that never wait | [`unbounded`] |
//! | each message to wait until it is received | [`bounded`] with a capacity of 0 |
//! | an end that keeps nobody waiting for it | [`Sender::downgrade`], [`Receiver::downgrade`] |
//! | a `Stream` or a `Sink` | `Receiver::into_stream`, `Sender::into_sink`: feature `futures` |
//!
//! ```
//! use latchless::channel;
//!
//! let (sender, receiver) = channel::bounded(16);
//! std::thread::scope(|scope| {
//!     for worker in 0..4 {
//!         let sender = sender.clone();
//!         scope.spawn(move || (0..10).try_for_each(|n| sender.send(worker * 10 + n)));
//!     }
//!     drop(sender);
//!     // Ends when the last sender is gone and everything was received.
//!     assert_eq!(receiver.iter().sum::<i32>(), (0..40).sum());
//! });
//! ```
//!
//! # How a channel ends
//!
//! * **The last [`Sender`] is dropped**: receivers take what is inside, then they see Closed.
//! * **The last [`Receiver`] is dropped**: sends fail with Closed and give their messages back. What was
//!   inside is dropped by that very drop, before it returns, each message once.
//! * **Either end calls `close`**: sends fail, receivers take what is inside, then they see Closed.
//!
//! In each case a send that succeeded before the end takes effect is inside, one that comes after it fails:
//! no message is neither. Everybody who waits is woken. A channel does not open again.
//!
//! An end that lies inside a message of its own channel counts as one: it keeps the channel open.
//!
//! # Without bound
//!
//! In an [`unbounded`] channel there is always room: every form of `send` ends at once, and fails only when the
//! channel has ended. What is sent and not received takes memory.
//!
//! # Without room
//!
//! `bounded(0)` is a *rendezvous*: `send` ends when a receiver has taken the message, and `try_send` succeeds
//! only where a receiver waits. Such a channel is both empty and full, always.

// Where more will stand: another kind of channel (say, for one message) is another
// `Flavour`, with a core that has the calls of `Buffered`; waiting on several channels at once (`select`)
// is another way to run the attempts of the cores, beside `forms`.
mod buffered;
mod ends;
mod flavour;
mod growing;
mod iter;
mod queued;
mod receiver;
mod rendezvous;
mod sender;
#[cfg(feature = "futures")]
mod stream;
mod weak;

pub use iter::{Drain, IntoIter, Iter, TryIter};
pub use receiver::Receiver;
pub use sender::Sender;
#[cfg(feature = "futures")]
pub use stream::{RecvStream, SendSink};
pub use weak::{WeakReceiver, WeakSender};

use crate::error::CapacityError;
use flavour::Flavour;

/// A channel with room for `capacity` messages; with a capacity of 0, a rendezvous.
///
/// Its memory is that of a [`Bounded`](crate::queue::Bounded) queue without handles; no call on it
/// allocates for a message. (A rendezvous allocates with the number of those who wait.)
///
/// ```
/// let (sender, receiver) = latchless::channel::bounded(2);
/// sender.send("one")?;
/// sender.send("two")?;
/// assert!(sender.try_send("three").unwrap_err().is_full());
/// drop(sender);
/// assert_eq!(receiver.into_iter().collect::<Vec<_>>(), ["one", "two"]);
/// # Ok::<(), latchless::error::SendError<&str>>(())
/// ```
///
/// # Panics
///
/// If the memory for so many messages cannot be had, or they cannot be indexed;
/// [`try_bounded`] says so instead.
#[doc(alias = "Queue")]
#[doc(alias = "channel")]
#[doc(alias = "sync_channel")]
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    match try_bounded(capacity) {
        Ok(ends) => ends,
        Err(error) => panic!("no channel for {capacity} messages: {error}"),
    }
}

/// As [`bounded`], or why there cannot be such a channel.
///
/// ```
/// use latchless::{channel, error::CapacityError};
/// assert_eq!(channel::try_bounded::<u8>(1 << 40).unwrap_err(), CapacityError::TooLarge);
/// ```
///
/// # Errors
///
/// A capacity that cannot be indexed, or whose memory cannot be had.
pub fn try_bounded<T>(capacity: usize) -> Result<(Sender<T>, Receiver<T>), CapacityError> {
    let flavour = Flavour::new(capacity)?;
    Ok((Sender::counted(flavour.clone()), Receiver::counted(flavour)))
}

/// A channel without bound: a send never waits, and never fails but for the end of the channel.
///
/// Its memory is that of an [`Unbounded`](crate::queue::Unbounded) queue without handles: it grows with the messages
/// that are inside, and is given back as they are received, but for a few segments that are kept for later, which
/// [`Sender::shrink`] and [`Receiver::shrink`] give back too. A flow that is received as fast as it is sent allocates
/// nothing. When the last receiver goes, all of it is given back with the messages. Whoever may send faster than is
/// received, and for long, had better take [`bounded`].
///
/// ```
/// let (sender, receiver) = latchless::channel::unbounded();
/// for n in 0..1_000 {
///     sender.send(n)?;
/// }
/// drop(sender);
/// assert_eq!(receiver.into_iter().sum::<i32>(), 499_500);
/// # Ok::<(), latchless::error::SendError<i32>>(())
/// ```
#[doc(alias = "Queue")]
#[doc(alias = "SimpleQueue")]
#[doc(alias = "channel")]
#[doc(alias = "unbounded_channel")]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let flavour = Flavour::growing();
    (Sender::counted(flavour.clone()), Receiver::counted(flavour))
}

/// As [`unbounded`], in segments of so many slots, of which the first has `first` and the largest `most`: tests of
/// other builds choose them.
#[cfg(any(latchless_loom, latchless_steps))]
#[doc(hidden)]
pub fn unbounded_with_slots<T>(first: usize, most: usize) -> (Sender<T>, Receiver<T>) {
    let flavour = Flavour::growing_with_slots(first, most);
    (Sender::counted(flavour.clone()), Receiver::counted(flavour))
}
