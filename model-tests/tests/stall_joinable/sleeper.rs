//! Futures of a joinable queue that somebody polls by hand.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake, Waker};

use latchless::sync::AtomicU64;
use model_tests::spec::joinable::Answer;

use super::record::{self, Book, Queue, Task};

/// What one waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// A task: the queue is empty.
    Item,
    /// Room: it is full.
    Room,
    /// That nothing is unfinished: one task is in somebody's hands.
    Zero,
}

pub(crate) use Side::{Item, Room, Zero};

/// Counts how often it is rung. To ring it is a step: a notifier can be stopped before it.
#[derive(Debug, Default)]
struct Bell(AtomicU64);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// How a future ends.
enum End {
    Pushed(Answer),
    Popped(Result<Task, Answer>),
    Joined,
}

/// A future that somebody polls by hand. Polls are written down as what they say of their own moment: a join that ends
/// late says nothing of that, and neither does a pop that is polled again and has not been woken.
pub(crate) struct Sleeper {
    side: Side,
    value: u64,
    begun: bool,
    future: Option<Pin<Box<dyn Future<Output = End> + Send>>>,
    bell: Arc<Bell>,
}

impl Sleeper {
    pub(crate) fn new(queue: &Queue, side: Side, value: u64) -> Self {
        let queue = Arc::clone(queue);
        Sleeper {
            side,
            value,
            begun: false,
            bell: Arc::default(),
            future: Some(match side {
                Item => Box::pin(async move {
                    let popped = queue.pop_async().await;
                    End::Popped(
                        popped.map_or(Err(Answer::Closed), |task| Ok(task.into_owned(&queue))),
                    )
                }),
                Room => Box::pin(async move {
                    End::Pushed(record::pushed(queue.push_async(value).await, value))
                }),
                Zero => Box::pin(async move {
                    queue.join_async().await;
                    End::Joined
                }),
            }),
        }
    }

    /// Polls it, if it is not over; a task that it pops is done at once.
    pub(crate) fn poll(&mut self, book: &mut Book<'_>) -> Poll<()> {
        let Some(future) = &mut self.future else {
            return Poll::Ready(());
        };
        let first = !std::mem::replace(&mut self.begun, true);
        let waker = Waker::from(self.bell.clone());
        let mut poll = || future.as_mut().poll(&mut Context::from_waker(&waker));
        let polled = match self.side {
            Item => {
                let popped = record::pop_polled(book, !first, || match poll() {
                    Poll::Ready(End::Popped(popped)) => Some(popped),
                    _ => None,
                });
                if let Some(Ok(task)) = popped {
                    record::done(book, task);
                    Poll::Ready(())
                } else if popped.is_some() {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            }
            Room => {
                let pushed = record::push(book, self.value, || match poll() {
                    Poll::Ready(End::Pushed(answer)) => Some(answer),
                    _ => None,
                });
                if pushed.is_some() {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            }
            Zero => poll().map(drop),
        };
        if polled.is_ready() {
            self.future = None;
        }
        polled
    }

    /// Is polled with another waker from now on.
    pub(crate) fn hear_another_bell(&mut self) {
        self.bell = Arc::default();
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.bell.0.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn is_asleep(&self) -> bool {
        self.future.is_some() && !self.is_woken()
    }
}
