//! What a semaphore, an event or a lock implements to be compared, and the card that says what it
//! promises.
#![forbid(unsafe_code)]

use std::future::Future;

/// The promises of a semaphore, an event or a lock, printed before any number.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Card {
    /// The name shown in charts, such as `tokio Semaphore`.
    pub name: &'static str,
    /// The crate it comes from, or `latchless`, `baseline` or `floor`.
    pub origin: &'static str,
    /// `semaphore`, `event` or `lock`.
    pub kind: &'static str,
    /// One line: the algorithm.
    pub algorithm: &'static str,
    /// Whether who waits first is served first, and nobody who comes later before him.
    pub fair: bool,
    /// In which order waiters are served, and who may overtake them.
    pub order: &'static str,
    /// What happens to the others when one thread is stopped in mid-operation.
    pub stopped_peer: &'static str,
    /// Whether there are blocking forms.
    pub blocking: bool,
    /// Whether there are async forms.
    pub asynchronous: bool,
    /// Whether there are forms with a timeout.
    pub timeout: bool,
    /// How the forms that wait do it, and where the waiters are listed.
    pub waiting: &'static str,
}

/// A number of permits.
pub trait Permits: Send + Sync + 'static {
    /// What it promises.
    const CARD: Card;
    /// So many of them, all free.
    fn new(permits: usize) -> Self;
    /// Takes one for good if one is free; says whether.
    fn take(&self) -> bool;
}

/// A semaphore whose threads wait.
pub trait Semaphore: Permits {
    /// Waits for a permit, does `inside` with it, and gives it back.
    fn with_permit(&self, inside: impl FnOnce());
}

/// A semaphore whose tasks wait.
pub trait AsyncSemaphore: Permits {
    /// Waits for a permit, does `inside` with it, and gives it back.
    fn with_permit_async(
        &self,
        inside: impl Future<Output = ()> + Send,
    ) -> impl Future<Output = ()> + Send;
}

/// An event that stays set until it is reset.
pub trait Flag: Send + Sync + 'static {
    /// What it promises.
    const CARD: Card;
    /// One that is not set.
    fn new() -> Self;
    /// Sets it and wakes everybody who waits.
    fn set(&self);
    /// Takes it back.
    fn reset(&self);
}

/// An event whose threads wait.
pub trait Event: Flag {
    /// Returns when the event is set, or has been since the call began.
    fn wait(&self);
}

/// An event whose tasks wait.
pub trait AsyncEvent: Flag {
    /// Returns when the event is set, or has been since the first poll.
    fn wait_async(&self) -> impl Future<Output = ()> + Send;
}

/// A lock around a number.
pub trait Lock: Send + Sync + 'static {
    /// What it promises.
    const CARD: Card;
    /// Around zero.
    fn new() -> Self;
    /// Adds one to the number under the lock; a reentrant lock is taken twice for it.
    fn add_one(&self);
    /// The number.
    fn total(&self) -> u64;
}
