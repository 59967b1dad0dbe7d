//! The pipe of values: one sender, one receiver.

mod attempt;
mod chunk;
mod iter;
mod receiver;
mod sender;
mod slices;

pub use chunk::{ReadChunk, WriteChunk};
pub use iter::{IntoIter, Iter, TryIter};
pub use receiver::Receiver;
pub use sender::Sender;

use super::ends::Ends;
use crate::error::CapacityError;
use crate::raw::spsc;
use crate::sync::Arc;

/// A pipe with room for `capacity` values, exactly, as its two ends.
///
/// The ends are not cloned, and each of their calls takes `&mut self`: for several senders or receivers take a
/// [channel](crate::channel). In return every call that has not to wait is wait-free, and costs a few nanoseconds;
/// to wake one that waits is lock-free.
///
/// ```
/// let (mut sender, mut receiver) = latchless::pipe::oneway(16);
/// std::thread::scope(|scope| {
///     scope.spawn(move || (0..100).try_for_each(|n| sender.send(n)));
///     assert_eq!(receiver.iter().sum::<i32>(), 4950);
/// });
/// ```
///
/// What may not be sent to another thread may not go through a pipe whose ends are on two:
///
/// ```compile_fail,E0277
/// let (mut sender, mut receiver) = latchless::pipe::oneway(16);
/// std::thread::scope(|scope| {
///     scope.spawn(move || sender.send(std::rc::Rc::new(1)).is_ok());
///     receiver.recv();
/// });
/// ```
///
/// ```compile_fail,E0277
/// let (mut sender, mut receiver) = latchless::pipe::oneway(16);
/// std::thread::scope(|scope| {
///     scope.spawn(move || receiver.recv().is_ok());
///     sender.send(std::rc::Rc::new(1))
/// });
/// ```
///
/// # Memory
///
/// For each value 8 bytes and two places, of which one is not touched before the first slice or chunk is sent; and two
/// to three kilobytes.
///
/// # Panics
///
/// For a capacity of 0, or one whose memory cannot be had; [`try_oneway`] says so instead.
#[doc(alias = "Pipe")]
#[doc(alias = "spsc")]
#[must_use]
#[track_caller]
pub fn oneway<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    match try_oneway(capacity) {
        Ok(ends) => ends,
        Err(error) => panic!("a pipe for {capacity} values: {error}"),
    }
}

/// As [`oneway`], for capacities of which one does not know whether they can be had.
///
/// ```
/// use latchless::pipe;
/// assert!(pipe::try_oneway::<u8>(0).is_err_and(|error| error.is_zero()));
/// assert!(pipe::try_oneway::<u8>(usize::MAX).is_err_and(|error| error.is_out_of_memory()));
/// ```
///
/// # Errors
///
/// For a capacity of 0, or one whose memory cannot be had.
pub fn try_oneway<T>(capacity: usize) -> Result<(Sender<T>, Receiver<T>), CapacityError> {
    with_ends(capacity, Ends::new())
}

/// A pipe with these ends.
pub(super) fn with_ends<T>(
    capacity: usize,
    ends: Ends,
) -> Result<(Sender<T>, Receiver<T>), CapacityError> {
    let (tail, head) = spsc::ring(capacity)?;
    let ends = Arc::new(ends);
    let sender = Sender {
        tail,
        ends: Arc::clone(&ends),
    };
    Ok((sender, Receiver { head, ends }))
}
