//! Acquiring, as an attempt that can wait.

#![forbid(unsafe_code)]

use super::line::{Line, Refused};
use super::words::{self, Left};
use super::{PermitOf, Semaphore};
use crate::error::{AcquireError, AcquireTimeoutError, TryAcquireError};
use crate::sync::Deadline;
use crate::wait::forms::{self, Attempt, Look, Waiting};
use crate::wait::list::WaitList;
use crate::wait::node::{Content, SHUT};
use core::ops::Deref;

/// An acquisition that may have to wait. Calls borrow the semaphore, or own a part in it.
#[derive(Debug)]
pub(super) struct Acquiring<S: Deref<Target = Semaphore>> {
    semaphore: S,
    /// How many; or why it can never be.
    wanted: Result<u64, AcquireError>,
    /// What was given of it, in a line that it has left.
    part: u64,
    /// Barging: the newest round when it was last found that there are too few.
    round: u64,
    /// Barging: whether a notification is of no use to others.
    keeps_baton: bool,
}

/// The way to the waiters.
#[derive(Debug)]
pub(super) struct Waiters<S: Deref<Target = Semaphore>>(S);

impl<S: Deref<Target = Semaphore>> Deref for Waiters<S> {
    type Target = WaitList;
    fn deref(&self) -> &WaitList {
        self.0.line().waiters()
    }
}

impl<S: Deref<Target = Semaphore>> Acquiring<S> {
    #[inline]
    pub(super) fn new(semaphore: S, permits: usize) -> Self {
        let wanted = semaphore.checked(permits).ok_or(AcquireError::TooMany);
        Self {
            semaphore,
            wanted,
            part: 0,
            round: 0,
            keeps_baton: false,
        }
    }

    fn line(&self) -> &Line {
        self.semaphore.line()
    }

    /// How many are wanted; none where that can never be.
    fn permits(&self) -> u64 {
        self.wanted.unwrap_or(0)
    }

    /// Gives back what was given of it.
    #[inline]
    fn give_part_back(&mut self) {
        let part = core::mem::take(&mut self.part);
        if part > 0 {
            self.line().release(part);
        }
    }
}

impl<S: Deref<Target = Semaphore> + Clone> Acquiring<S> {
    fn done(&self, permits: u64) -> Result<PermitOf<S>, AcquireError> {
        Ok(PermitOf::new(self.semaphore.clone(), permits))
    }

    #[inline]
    fn take(&self) -> Option<Result<PermitOf<S>, AcquireError>> {
        if let Ok(permits) = self.wanted
            && self.line().take_at_once(permits)
        {
            return Some(self.done(permits));
        }
        self.take_after_a_try()
    }

    /// As [`take`](Self::take), where it was tried at once, and nothing came of it.
    #[inline]
    fn take_after_a_try(&self) -> Option<Result<PermitOf<S>, AcquireError>> {
        let permits = match self.wanted {
            Ok(permits) => permits,
            Err(never) => return Some(Err(never)),
        };
        if self.line().has_too_few(permits) {
            return None;
        }
        match self.line().take(permits) {
            Ok(()) => Some(self.done(permits)),
            Err(Refused::Closed) => Some(Err(AcquireError::Closed)),
            Err(Refused::TooFew) => None,
        }
    }

    #[inline]
    fn attempt_by(
        &mut self,
        take: impl FnOnce(&Self) -> Option<Result<PermitOf<S>, AcquireError>>,
    ) -> Option<Result<PermitOf<S>, AcquireError>> {
        self.give_part_back();
        if !self.line().is_barging() {
            return take(self);
        }
        let round = self.line().round();
        let done = take(self);
        self.keeps_baton = done.is_none() && round == self.round;
        self.round = round;
        done
    }
}

/// The forms. Who calls them has tried at once, but for a future.
impl<S: Deref<Target = Semaphore> + Clone> Acquiring<S> {
    #[cold]
    #[inline(never)]
    pub(super) fn try_once(semaphore: S, permits: usize) -> Result<PermitOf<S>, TryAcquireError> {
        match Self::new(semaphore, permits).attempt_by(Self::take_after_a_try) {
            Some(Ok(permit)) => Ok(permit),
            Some(Err(AcquireError::Closed)) => Err(TryAcquireError::Closed),
            Some(Err(AcquireError::TooMany)) => Err(TryAcquireError::TooMany),
            None => Err(TryAcquireError::NoPermits),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn wait(semaphore: S, permits: usize) -> Result<PermitOf<S>, AcquireError> {
        let mut acquiring = Self::new(semaphore, permits);
        match acquiring.attempt_by(Self::take_after_a_try) {
            Some(done) => done,
            None => forms::wait(acquiring),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn wait_until(
        mut self,
        deadline: &Deadline,
    ) -> Result<PermitOf<S>, AcquireTimeoutError> {
        let ended = match self.attempt_by(Self::take_after_a_try) {
            Some(done) => Ok(done),
            None => forms::wait_until(self, deadline),
        };
        match ended {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(AcquireError::Closed)) => Err(AcquireTimeoutError::Closed),
            Ok(Err(AcquireError::TooMany)) => Err(AcquireTimeoutError::TooMany),
            Err(_) => Err(AcquireTimeoutError::Timeout),
        }
    }

    #[inline]
    pub(super) fn future(self) -> Waiting<Self> {
        Waiting::new(self)
    }
}

impl<S: Deref<Target = Semaphore>> Drop for Acquiring<S> {
    fn drop(&mut self) {
        self.give_part_back();
    }
}

impl<S: Deref<Target = Semaphore> + Clone> Attempt for Acquiring<S> {
    type Done = Result<PermitOf<S>, AcquireError>;
    type List = Waiters<S>;

    #[inline]
    fn attempt(&mut self) -> Option<Self::Done> {
        self.attempt_by(Self::take)
    }

    fn list(&self) -> Waiters<S> {
        Waiters(self.semaphore.clone())
    }

    fn would_end(&mut self) -> bool {
        let line = self.line();
        !line.is_open() || (self.line().is_barging() && line.free() > 0 && !self.keeps_baton)
    }

    fn is_served_in_line(&self) -> bool {
        !self.line().is_barging()
    }

    const HAS_PARCEL: bool = true;

    fn parcel(&self) -> Content {
        if self.line().is_barging() {
            SHUT
        } else {
            words::needs(self.permits())
        }
    }

    fn is_final(content: Content) -> bool {
        words::is_final(content)
    }

    fn last_look(&mut self) -> Look<Self::Done> {
        if self.line().is_barging() {
            return self.take().map_or(Look::Sleep, Look::Done);
        }
        match self.line().serve_from_place(self.permits()) {
            Ok(()) => Look::Sleep,
            Err(_) => Look::Leave,
        }
    }

    fn left(&mut self, content: Content) -> Option<Self::Done> {
        self.keeps_baton = false;
        if content == SHUT {
            return None;
        }
        match Left::with(self.permits(), content) {
            Left::Granted => Some(self.done(self.permits())),
            Left::Part(part) => {
                self.part = part;
                None
            }
        }
    }
}
