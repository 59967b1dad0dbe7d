//! Messages of a framed pipe, received where they lie.

#![forbid(unsafe_code)]

use super::FramedReceiver;
use super::receiver::Found;
use crate::error::{RecvBytesError, RecvBytesTimeoutError, TryRecvBytesError};
use crate::sync::Deadline;
use core::fmt;
use core::ops::Deref;
use std::time::{Duration, Instant};

/// Receiving in place.
impl FramedReceiver {
    fn lend(&mut self, found: Found) -> Received<'_> {
        Received {
            receiver: self,
            found,
            is_kept: false,
        }
    }

    /// Lends a message where it lies, and waits while there is none. It is received when what was lent is dropped.
    ///
    /// It lies in one piece: in the pipe, or, if it came in parts, where those were put together.
    ///
    /// **Waits:** as [`recv_into`](Self::recv_into). **Progress:** as there. **Cancel:** there is nothing to cancel; to
    /// have only looked at it, [`keep`](Received::keep) it.
    ///
    /// ```
    /// let (mut sender, mut receiver) = latchless::pipe::framed(16);
    /// sender.send(b"look")?;
    /// let message = receiver.recv_grant().unwrap();
    /// assert_eq!(message.len(), 4);
    /// message.keep();
    /// assert_eq!(*receiver.recv_grant().unwrap(), *b"look");
    /// assert!(receiver.try_recv_grant().unwrap_err().is_empty());
    /// # Ok::<(), latchless::error::SendBytesError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_grant(&mut self) -> Result<Received<'_>, RecvBytesError> {
        let found = self.find_and_wait()?;
        Ok(self.lend(found))
    }

    /// Lends a message where it lies, if there is one.
    ///
    /// **Waits:** never. **Progress:** as [`try_recv_into`](Self::try_recv_into). **Cancel:** as there.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Self::try_recv).
    pub fn try_recv_grant(&mut self) -> Result<Received<'_>, TryRecvBytesError> {
        let found = self.find()?;
        Ok(self.lend(found))
    }

    /// As [`recv_grant`](Self::recv_grant), and waits at most for `timeout`.
    ///
    /// # Errors
    ///
    /// As [`recv_timeout`](Self::recv_timeout).
    #[doc(alias = "poll")]
    pub fn recv_grant_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<Received<'_>, RecvBytesTimeoutError> {
        let found = self.find_until(&Deadline::after(timeout))?;
        Ok(self.lend(found))
    }

    /// As [`recv_grant`](Self::recv_grant), and waits until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`recv_timeout`](Self::recv_timeout).
    pub fn recv_grant_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<Received<'_>, RecvBytesTimeoutError> {
        let found = self.find_until(&Deadline::at(deadline))?;
        Ok(self.lend(found))
    }

    /// As [`recv_grant`](Self::recv_grant), as a task.
    ///
    /// **Waits:** as [`recv_into`](Self::recv_into). **Progress:** as there. **Cancel:** as
    /// [`recv_into_async`](Self::recv_into_async).
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub async fn recv_grant_async(&mut self) -> Result<Received<'_>, RecvBytesError> {
        let found = self.find_async().await?;
        Ok(self.lend(found))
    }
}

/// A message, lent where it lies; see [`FramedReceiver::recv_grant`]. It is received when this is dropped.
pub struct Received<'r> {
    receiver: &'r mut FramedReceiver,
    found: Found,
    is_kept: bool,
}

impl Received<'_> {
    /// Leaves the message where it is: the next receive finds it again.
    pub fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Deref for Received<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.receiver.message(self.found)
    }
}

impl Drop for Received<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            self.receiver.take(self.found);
        }
    }
}

impl fmt::Debug for Received<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("len", &self.len())
            .finish()
    }
}
