//! Many values at a time, at both ends.

#![forbid(unsafe_code)]

use super::receiver::{ended, in_time, receive};
use super::{Receiver, Sender};
use crate::error::{RecvError, RecvTimeoutError, SendError, SendTimeoutError};
use crate::error::{TryRecvError, TrySendError};
use crate::pipe::ends::Ends;
use crate::raw::spsc::{Head, Tail};
use crate::sync::Deadline;
use crate::wait::forms::{self, Waiting};
use core::future::Future;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// One try: what was sent is not in `values` any more.
#[inline]
fn send<T: Copy>(
    tail: &mut Tail<T>,
    ends: &Ends,
    values: &mut &[T],
) -> Result<(), TrySendError<()>> {
    if values.is_empty() {
        return Ok(());
    }
    if ends.receiver_is_gone() {
        return Err(TrySendError::Closed(()));
    }
    let sent = tail.push_slice(values);
    *values = &values[sent..];
    if sent > 0 {
        ends.for_items.wake_after_change();
    }
    if values.is_empty() {
        Ok(())
    } else {
        Err(TrySendError::Full(()))
    }
}

fn send_them<T: Copy>(
    tail: &mut Tail<T>,
    ends: &Ends,
    values: &mut &[T],
) -> Option<Result<(), SendError<()>>> {
    match send(tail, ends, values) {
        Ok(()) => Some(Ok(())),
        Err(TrySendError::Closed(())) => Some(Err(SendError(()))),
        Err(TrySendError::Full(())) => None,
    }
}

/// Slices.
impl<T: Copy> Sender<T> {
    /// Sends as many of `values` as there is room for, from the front; what was not sent stays in `values`.
    ///
    /// What one call finds room for is there as a whole, and lies together at the other end.
    ///
    /// **Waits:** never. **Progress:** wait-free; it does not depend on the receiver at all. **Cancel:** there is nothing to
    /// cancel.
    ///
    /// ```
    /// let (mut sender, mut receiver) = latchless::pipe::oneway(4);
    /// let mut values = &[1, 2, 3, 4, 5, 6][..];
    /// assert!(sender.try_send_slice(&mut values).unwrap_err().is_full());
    /// assert_eq!(values, [5, 6]);
    /// let mut received = [0; 3];
    /// assert_eq!(receiver.recv_slice(&mut received), Ok(3));
    /// assert_eq!(received, [1, 2, 3]);
    /// assert!(sender.try_send_slice(&mut values).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// [`Full`](TrySendError::Full) if there was no room for all of them,
    /// [`Closed`](TrySendError::Closed) if the receiver is gone.
    #[inline]
    pub fn try_send_slice(&mut self, values: &mut &[T]) -> Result<(), TrySendError<()>> {
        send(&mut self.tail, &self.ends, values)
    }

    /// Sends all of `values`, and waits while there is no room; what was sent is not in `values` any more.
    ///
    /// **Waits:** for room. **Progress:** as [`send`](Self::send). **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// If the receiver is gone; what was not sent stays in `values`.
    #[inline]
    pub fn send_slice(&mut self, values: &mut &[T]) -> Result<(), SendError<()>> {
        match send_them(&mut self.tail, &self.ends, values) {
            Some(done) => done,
            None => forms::wait(self.acting(|tail, ends| send_them(tail, ends, values))),
        }
    }

    /// As [`send_slice`](Self::send_slice), at most for `timeout`.
    ///
    /// **Waits:** for room. **Progress:** as [`send`](Self::send). **Cancel:** a call that runs out of time leaves in `values`
    /// what was not sent.
    ///
    /// # Errors
    ///
    /// If the time is over and there was no room for all, or the receiver is gone.
    pub fn send_slice_timeout(
        &mut self,
        values: &mut &[T],
        timeout: Duration,
    ) -> Result<(), SendTimeoutError<()>> {
        self.send_slice_until(values, &Deadline::after(timeout))
    }

    /// As [`send_slice_timeout`](Self::send_slice_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_slice_deadline(
        &mut self,
        values: &mut &[T],
        deadline: Instant,
    ) -> Result<(), SendTimeoutError<()>> {
        self.send_slice_until(values, &Deadline::at(deadline))
    }

    fn send_slice_until(
        &mut self,
        values: &mut &[T],
        deadline: &Deadline,
    ) -> Result<(), SendTimeoutError<()>> {
        let sending = self.acting(|tail, ends| send_them(tail, ends, values));
        match forms::wait_until(sending, deadline) {
            Ok(done) => done.map_err(|SendError(())| SendTimeoutError::Closed(())),
            Err(_) => Err(SendTimeoutError::Timeout(())),
        }
    }

    /// As [`send_slice`](Self::send_slice), as a task.
    ///
    /// **Waits:** for room. **Progress:** as [`send`](Self::send). **Cancel:** a future that is dropped leaves in `values`
    /// what was not sent.
    ///
    /// # Errors
    ///
    /// If the receiver is gone; what was not sent stays in `values`.
    pub fn send_slice_async<'a>(
        &'a mut self,
        values: &'a mut &[T],
    ) -> impl Future<Output = Result<(), SendError<()>>> {
        Waiting::new(self.acting(move |tail, ends| send_them(tail, ends, values)))
    }
}

/// Slices.
impl<T: Copy> Receiver<T> {
    /// Receives as many values as are inside and fit into `values`, and says how many.
    ///
    /// **Waits:** never. **Progress:** wait-free; it does not depend on the sender at all. **Cancel:** there is nothing to
    /// cancel.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvError::Empty) if nothing was inside at one moment of the call,
    /// [`Closed`](TryRecvError::Closed) if nothing is inside and the sender is gone; neither for an empty slice.
    #[inline]
    pub fn try_recv_slice(&mut self, values: &mut [T]) -> Result<usize, TryRecvError> {
        recv(&mut self.head, &self.ends, values)
    }

    /// Waits until there is a value, and receives as many as fit into `values`; says how many.
    ///
    /// **Waits:** for the first value. **Progress:** as [`recv`](Self::recv). **Cancel:** there is nothing to cancel.
    ///
    /// # Errors
    ///
    /// If nothing is inside and the sender is gone.
    #[inline]
    pub fn recv_slice(&mut self, values: &mut [T]) -> Result<usize, RecvError> {
        match ended(recv(&mut self.head, &self.ends, values)) {
            Some(done) => done,
            None => forms::wait(self.acting(|head, ends| ended(recv(head, ends, values)))),
        }
    }

    /// As [`recv_slice`](Self::recv_slice), at most for `timeout`.
    ///
    /// **Waits:** for the first value. **Progress:** as [`recv`](Self::recv). **Cancel:** a call that runs out of time has
    /// taken nothing.
    ///
    /// # Errors
    ///
    /// If the time is over and nothing was inside, or nothing is inside and the sender is gone.
    pub fn recv_slice_timeout(
        &mut self,
        values: &mut [T],
        timeout: Duration,
    ) -> Result<usize, RecvTimeoutError> {
        self.recv_slice_until(values, &Deadline::after(timeout))
    }

    /// As [`recv_slice_timeout`](Self::recv_slice_timeout), until `deadline`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn recv_slice_deadline(
        &mut self,
        values: &mut [T],
        deadline: Instant,
    ) -> Result<usize, RecvTimeoutError> {
        self.recv_slice_until(values, &Deadline::at(deadline))
    }

    fn recv_slice_until(
        &mut self,
        values: &mut [T],
        deadline: &Deadline,
    ) -> Result<usize, RecvTimeoutError> {
        in_time(forms::wait_until(
            self.acting(|head, ends| ended(recv(head, ends, values))),
            deadline,
        ))
    }

    /// As [`recv_slice`](Self::recv_slice), as a task.
    ///
    /// **Waits:** for the first value. **Progress:** as [`recv`](Self::recv). **Cancel:** a future that is dropped before it
    /// completes has taken nothing.
    ///
    /// # Errors
    ///
    /// If nothing is inside and the sender is gone.
    pub fn recv_slice_async<'a>(
        &'a mut self,
        values: &'a mut [T],
    ) -> impl Future<Output = Result<usize, RecvError>> {
        Waiting::new(self.acting(move |head, ends| ended(recv(head, ends, values))))
    }
}

#[inline]
fn recv<T: Copy>(head: &mut Head<T>, ends: &Ends, values: &mut [T]) -> Result<usize, TryRecvError> {
    if values.is_empty() {
        return Ok(0);
    }
    receive(head, ends, |head| match head.pop_slice(values) {
        0 => None,
        count => Some(count),
    })
}

/// Many values of any kind.
impl<T> Sender<T> {
    /// Sends as many of `values` as there is room for, from the front, and says how many. What was not sent stays in
    /// `values`.
    ///
    /// **Waits:** never. **Progress:** wait-free; it does not depend on the receiver at all. **Cancel:** there is nothing to
    /// cancel.
    pub fn try_send_many(&mut self, values: &mut VecDeque<T>) -> usize {
        let Ok(mut chunk) = self.try_write_chunk(values.len()) else {
            return 0;
        };
        while chunk.len() < chunk.capacity()
            && let Some(value) = values.pop_front()
        {
            // There is room: that was asked.
            let _ = chunk.push(value);
        }
        let sent = chunk.len();
        chunk.commit();
        sent
    }

    /// Sends all of `values` from the front, waits while there is no room, and says how many were sent: all, unless the
    /// receiver is gone. What was not sent stays in `values`.
    ///
    /// **Waits:** for room. **Progress:** as [`send`](Self::send). **Cancel:** there is nothing to cancel.
    pub fn send_many(&mut self, values: &mut VecDeque<T>) -> usize {
        let mut sent = self.try_send_many(values);
        while !values.is_empty() && self.wait_writable().is_ok() {
            sent += self.try_send_many(values);
        }
        sent
    }
}

/// Many values of any kind.
impl<T> Receiver<T> {
    /// Receives at most `max` values, appends them to `values`, and says how many.
    ///
    /// **Waits:** never. **Progress:** wait-free, but for the memory of `values`. **Cancel:** there is nothing to cancel.
    ///
    /// ```
    /// let (mut sender, mut receiver) = latchless::pipe::oneway(4);
    /// sender.send_many(&mut (1..=4).collect());
    /// let mut values = Vec::new();
    /// assert_eq!(receiver.try_recv_many(&mut values, 1), 1);
    /// assert_eq!(receiver.recv_many(&mut values, 8), 3);
    /// assert_eq!(values, [1, 2, 3, 4]);
    /// ```
    pub fn try_recv_many(&mut self, values: &mut Vec<T>, max: usize) -> usize {
        let mut received = 0;
        while received < max
            && let Ok(chunk) = self.try_read_chunk(max - received)
        {
            received += chunk.len();
            chunk.move_to(values);
        }
        received
    }

    /// Waits while nothing is inside, then receives at most `max` values, appends them to `values`, and says how many: at
    /// least one, unless `max` is zero or the sender is gone.
    ///
    /// **Waits:** for a value. **Progress:** as [`recv`](Self::recv). **Cancel:** there is nothing to cancel.
    pub fn recv_many(&mut self, values: &mut Vec<T>, max: usize) -> usize {
        if max == 0 || self.wait_readable().is_err() {
            return 0;
        }
        self.try_recv_many(values, max)
    }
}
