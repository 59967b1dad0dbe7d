//! What a pipe implements to be compared: one end that writes, one that reads, nobody else.
//!
//! Each trait is one way of using a pipe. Where threads wait for values, a pipe is
//! [`Blocking`](crate::blocking::Blocking) with one sender and one receiver, as a queue is. What a pipe promises
//! stands on the same [`Card`] as what a queue does.
#![forbid(unsafe_code)]

use std::fmt;
use std::future::Future;
use std::io::{Read, Write};
use std::marker::PhantomData;

use crate::blocking::{RecvEnd, SendEnd};
use crate::contender::{Card, Contender, End, Role};

/// Both ends of a pipe, the one that writes first.
pub type Ends<S, R> = (S, R);

/// A pipe of single values whose calls never wait.
pub trait Tried: 'static {
    /// What it promises.
    const CARD: Card;
    /// The end that is only pushed into.
    type Sender: End<u64> + 'static;
    /// The end that is only popped from.
    type Receiver: End<u64> + 'static;
    /// A new pipe; `None` when it cannot have this capacity.
    fn ends(capacity: usize) -> Option<Ends<Self::Sender, Self::Receiver>>;
}

/// A sending end by itself.
pub trait TrySend: Send + 'static {
    /// Sends `value` if there is room, or gives it back.
    fn try_send(&mut self, value: u64) -> Result<(), u64>;
}

/// A receiving end by itself.
pub trait TryRecv: Send + 'static {
    /// Receives the oldest value, or nothing when there is none.
    fn try_recv(&mut self) -> Option<u64>;
}

/// A sending end in the place of a queue's end: nothing ever comes out of it.
#[derive(Debug)]
pub struct Sends<S>(pub S);

impl<S: TrySend> End<u64> for Sends<S> {
    #[inline]
    fn try_push(&mut self, payload: u64) -> Result<(), u64> {
        self.0.try_send(payload)
    }

    fn try_pop(&mut self) -> Option<u64> {
        None
    }
}

/// A receiving end in the place of a queue's end: nothing ever goes into it.
#[derive(Debug)]
pub struct Receives<R>(pub R);

impl<R: TryRecv> End<u64> for Receives<R> {
    fn try_push(&mut self, payload: u64) -> Result<(), u64> {
        Err(payload)
    }

    #[inline]
    fn try_pop(&mut self) -> Option<u64> {
        self.0.try_recv()
    }
}

/// A queue that is used as a pipe.
pub struct AsPipe<C>(PhantomData<C>);

impl<C> fmt::Debug for AsPipe<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AsPipe")
    }
}

impl<C: Contender<u64>> Tried for AsPipe<C> {
    const CARD: Card = C::CARD;
    type Sender = C::End;
    type Receiver = C::End;

    fn ends(capacity: usize) -> Option<Ends<C::End, C::End>> {
        let mut ends = C::ends(capacity, &[Role::Produce, Role::Consume])?.into_iter();
        Some((ends.next()?, ends.next()?))
    }
}

/// A pipe of values that are sent and received in slices, without waiting.
pub trait Sliced: 'static {
    /// What it promises.
    const CARD: Card;
    /// The end that sends.
    type Sender: SendSlice;
    /// The end that receives.
    type Receiver: RecvSlice;
    /// A new pipe; `None` when it cannot have this capacity.
    fn ends(capacity: usize) -> Option<Ends<Self::Sender, Self::Receiver>>;
}

/// The end that sends slices.
pub trait SendSlice: Send + 'static {
    /// Sends from the front of `values` what there is room for; returns how many.
    fn try_send_slice(&mut self, values: &[u64]) -> usize;
}

/// The end that receives slices.
pub trait RecvSlice: Send + 'static {
    /// Receives what is there, as far as it fits into `values`; returns how many.
    fn try_recv_slice(&mut self, values: &mut [u64]) -> usize;
}

/// Two ways between two threads, each of which has one end for both.
pub trait TwoWay: 'static {
    /// What it promises.
    const CARD: Card;
    /// What one thread sends by, of either side.
    type Sender: SendEnd<u64>;
    /// What one thread receives by.
    type Receiver: RecvEnd<u64>;
    /// For each of the two threads what it sends and what it receives by; `None` when it cannot have this capacity.
    fn ends(capacity: usize) -> Option<[(Self::Sender, Self::Receiver); 2]>;
}

/// A pipe of bytes, or of messages made of them, whose threads wait.
pub trait Bytes: 'static {
    /// What it promises.
    const CARD: Card;
    /// The end that writes.
    type Writer: WriteEnd;
    /// The end that reads.
    type Reader: ReadEnd;
    /// A new pipe with room for about `capacity` bytes; `None` when there cannot be one.
    fn ends(capacity: usize) -> Option<Ends<Self::Writer, Self::Reader>>;
}

/// The end that writes bytes.
pub trait WriteEnd: Send + 'static {
    /// Writes all of `block` and waits while there is no room; false when nobody will read it.
    fn write_block(&mut self, block: &[u8]) -> bool;
}

/// The end that reads bytes.
pub trait ReadEnd: Send + 'static {
    /// Reads what is there, as far as it fits, and waits while there is nothing; 0 when nothing will come.
    fn read_some(&mut self, into: &mut [u8]) -> usize;
}

/// An end that is read or written as the standard library does it.
#[derive(Debug)]
pub struct Io<E>(pub E);

impl<E: Write + Send + 'static> WriteEnd for Io<E> {
    #[inline]
    fn write_block(&mut self, block: &[u8]) -> bool {
        self.0.write_all(block).is_ok()
    }
}

impl<E: Read + Send + 'static> ReadEnd for Io<E> {
    #[inline]
    fn read_some(&mut self, into: &mut [u8]) -> usize {
        self.0.read(into).unwrap_or(0)
    }
}

/// A pipe of bytes whose tasks wait.
pub trait AsyncBytes: 'static {
    /// What it promises.
    const CARD: Card;
    /// The end that writes.
    type Writer: AsyncWriteEnd;
    /// The end that reads.
    type Reader: AsyncReadEnd;
    /// A new pipe with room for `capacity` bytes; `None` when there cannot be one.
    fn ends(capacity: usize) -> Option<Ends<Self::Writer, Self::Reader>>;
}

/// The end that a task writes bytes into.
pub trait AsyncWriteEnd: Send + 'static {
    /// As [`WriteEnd::write_block`].
    fn write_block(&mut self, block: &[u8]) -> impl Future<Output = bool> + Send;
}

/// The end that a task reads bytes from.
pub trait AsyncReadEnd: Send + 'static {
    /// As [`ReadEnd::read_some`].
    fn read_some(&mut self, into: &mut [u8]) -> impl Future<Output = usize> + Send;
}
