//! Pipes: from one end to the other, and nobody else in between.
//!
//! A pipe has one end that writes and one that reads; neither can be cloned, and each call takes its end by
//! `&mut`. So nobody races with anybody for a place, and where there is something to be had every call is wait-free: a
//! bounded number of the caller's own steps, whatever the other end does, or does not do any more. If the other end is
//! asleep, to wake it comes on top of that, which is lock-free, as the wait list is.
//!
//! | you want | take |
//! |---|---|
//! | values from one thread or task to another | [`oneway`] |
//! | an answer to each, or both ways at once | [`duplex`] |
//! | many at a time | [`Sender::send_slice`], [`Receiver::recv_slice`]; in place, [`Sender::try_write_chunk`], [`Receiver::try_read_chunk`] |
//! | to know whether something is there, or to wait until something is | [`Receiver::wait_readable`] |
//! | bytes, in whatever pieces, as through a file or a socket | [`bytes`](fn@bytes) |
//! | slices of bytes, each of which arrives as a whole | [`framed`](fn@framed) |
//!
//! # Waiting
//!
//! On each side at most one waits, a thread or a task, on a wait list of its side: the same as everywhere here.
//! What is special is the price of not waiting. Whoever has made a change must look whether the other waits,
//! and the look must not come before the change is there for all to see: a fence, which costs more than everything else
//! that a pipe does. Here the *waiter* pays for it, as it is about to sleep anyway, by a system call where there is one.
//! (Not so in pipes of bytes: there a fence is little beside the copying, and each side makes its own.)
//!
//! # Panics
//!
//! On Linux that system call is `membarrier`. A process that makes its first pipe where the call is refused does without:
//! then each side makes its own fence. But one that has relied on it already, and then puts up a sandbox that refuses it,
//! has no way to wait at a pipe of values any more: a call that needs it before it sleeps panics, for it might never be
//! woken.
//!
//! # The end
//!
//! An end that is dropped closes its pipe. The writing end learns of it at its next write, and gets back what it
//! wanted to write; the reading end reads all that is still inside, and then is told that the pipe is closed: it looks
//! whether the other is gone *before* it looks into the pipe for the last time.

mod bytes;
mod duplex;
mod ends;
mod framed;
mod oneway;
mod waiter;

pub use bytes::{Grant, Reader, Writer, bytes, try_bytes};
pub use duplex::{End, ReuniteError, duplex, try_duplex};
#[cfg(latchless_steps)]
#[doc(hidden)]
pub use framed::receiver_of;
pub use framed::{FramedGrant, FramedReceiver, FramedSender, Received, framed, try_framed};
pub use oneway::{
    IntoIter, Iter, ReadChunk, Receiver, Sender, TryIter, WriteChunk, oneway, try_oneway,
};
