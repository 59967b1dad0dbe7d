//! Sleepers, and threads that are stopped in what they do.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake};
use std::thread;
use std::time::Duration;

use latchless::queue::Bounded;
use latchless::sync::AtomicU64;
use model_tests::single_step::Reached;
use model_tests::stall::{Stop, checked};

pub(crate) const CAPACITY: usize = 4;

/// The most steps of a call, of a poll or of a drop while all others stand: a few laps over so small a queue, and over a
/// list of a handful of nodes, each of which may have to be woken and taken out.
pub(crate) const BOUND: u64 = 120;

/// What one waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// An item, at an empty queue.
    Item,
    /// Room, at a full one.
    Room,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    TryPush,
    TryPop,
    ForcePush,
    PushMany,
    PopMany,
    Close,
    /// Polls a new future and drops it.
    Wait(Side),
    /// Polls a new future twice, with two wakers, and drops it.
    Renew(Side),
    /// Drops a future that was polled and notified.
    DropNotified(Side),
    /// Polls such a one.
    PollNotified(Side),
    /// Waits as a thread, for a moment.
    Timed(Side),
}

pub(crate) use Act::{
    Close, DropNotified, ForcePush, PollNotified, PopMany, PushMany, Renew, Timed, TryPop, TryPush,
    Wait,
};
pub(crate) use Side::{Item, Room};

impl Act {
    /// Does it, with the one that was notified, if it is about such a one. Full, Empty and Closed are answers too.
    pub(crate) fn perform(self, queue: &Bounded<u64>, notified: Option<Sleeper<'_>>) {
        match self {
            TryPush => _ = queue.try_push(1),
            TryPop => _ = queue.try_pop(),
            ForcePush => _ = queue.force_push(1),
            PushMany => _ = queue.try_push_many(&mut VecDeque::from([1, 2])),
            PopMany => _ = queue.try_pop_many(&mut Vec::with_capacity(2), 2),
            Close => _ = queue.close(),
            Wait(side) => _ = Sleeper::new(queue, side).poll(),
            Renew(side) => {
                let mut sleeper = Sleeper::new(queue, side);
                _ = sleeper.poll();
                sleeper.bell = Arc::default();
                _ = sleeper.poll();
            }
            DropNotified(_) => drop(notified),
            PollNotified(_) => _ = notified.expect("it was prepared").poll(),
            Timed(Item) => _ = queue.pop_timeout(MOMENT),
            Timed(Room) => _ = queue.push_timeout(1, MOMENT),
        }
    }

    /// The one that it is about, as the first in its list; not notified yet.
    pub(crate) fn prepare(self, queue: &Bounded<u64>) -> Option<Sleeper<'_>> {
        match self {
            DropNotified(side) | PollNotified(side) => asleep(queue, side, 1).pop(),
            _ => None,
        }
    }

    /// Whether its node in the list may take a notification that nobody uses while it stands.
    pub(crate) fn may_take_one(self) -> bool {
        matches!(self, Wait(_) | Renew(_) | Timed(_))
    }
}

/// Long enough to come to the list, mostly; nothing depends on it.
pub(crate) const MOMENT: Duration = Duration::from_micros(300);

/// Counts how often it is rung. To ring it is a step: a notifier can be stopped before it.
#[derive(Debug, Default)]
pub(crate) struct Bell(pub(crate) AtomicU64);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A future, polled by hand.
pub(crate) struct Sleeper<'q> {
    /// None when it has completed.
    pub(crate) future: Option<Pin<Box<dyn Future<Output = ()> + Send + 'q>>>,
    pub(crate) bell: Arc<Bell>,
}

impl<'q> Sleeper<'q> {
    pub(crate) fn new(queue: &'q Bounded<u64>, side: Side) -> Self {
        let future: Pin<Box<dyn Future<Output = ()> + Send + 'q>> = match side {
            Item => Box::pin(async { _ = queue.pop_async().await }),
            Room => Box::pin(async { _ = queue.push_async(1).await }),
        };
        Self {
            future: Some(future),
            bell: Arc::default(),
        }
    }

    pub(crate) fn poll(&mut self) -> Poll<()> {
        let Some(future) = &mut self.future else {
            return Poll::Ready(());
        };
        let waker = self.bell.clone().into();
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_ready() {
            self.future = None;
        }
        polled
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.bell.0.load(Ordering::Relaxed) > 0
    }
}

/// What whoever comes later does, of what sleepers of one side wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Success {
    /// A push or a pop.
    Single,
    /// A push that displaces an item if it must, or a pop.
    Forced,
    /// A batch of one.
    Batch,
}

impl Success {
    pub(crate) const ALL: [Success; 3] = [Success::Single, Success::Forced, Success::Batch];

    /// Whether it succeeded.
    pub(crate) fn comes(self, queue: &Bounded<u64>, side: Side) -> bool {
        match (self, side) {
            (Success::Single, Item) => queue.try_push(1).is_ok(),
            (Success::Forced, Item) => queue.force_push(1).is_ok(),
            (Success::Batch, Item) => queue.try_push_many(&mut VecDeque::from([1])) > 0,
            (Success::Batch, Room) => queue.try_pop_many(&mut Vec::with_capacity(1), 1) > 0,
            (Success::Single | Success::Forced, Room) => queue.try_pop().is_ok(),
        }
    }
}

/// An operation that sleepers of this side wait for; whether it succeeded.
pub(crate) fn succeed(queue: &Bounded<u64>, side: Side) -> bool {
    Success::Single.comes(queue, side)
}

pub(crate) fn queue(side: Side, capacity: usize) -> Bounded<u64> {
    let queue = Bounded::new(capacity);
    if side == Room {
        (0..capacity as u64).for_each(|value| queue.try_push(value).expect("there is room"));
    }
    queue
}

pub(crate) fn asleep(queue: &Bounded<u64>, side: Side, count: usize) -> Vec<Sleeper<'_>> {
    let mut sleepers: Vec<_> = (0..count).map(|_| Sleeper::new(queue, side)).collect();
    for sleeper in &mut sleepers {
        assert!(sleeper.poll().is_pending());
    }
    sleepers
}

pub(crate) fn woken(sleepers: &[Sleeper<'_>]) -> usize {
    sleepers.iter().filter(|sleeper| sleeper.is_woken()).count()
}

/// A victim: what it does, and before which step it is stopped.
pub(crate) type Victim = (Act, u64);

/// On a fresh queue: `before` sleepers come to wait, the victims run to their stops, one after the other, and then
/// `meanwhile` is done with the queue and the sleepers. The number of a victim that ended before it came to its stop,
/// if one did.
pub(crate) fn while_stopped(
    side: Side,
    capacity: usize,
    victims: &[Victim],
    before: usize,
    meanwhile: impl FnOnce(&Bounded<u64>, &mut Vec<Sleeper<'_>>, &[&Stop]),
) -> Option<usize> {
    let queue = &queue(side, capacity);
    let mut prepared: Vec<_> = (victims.iter())
        .map(|(act, _)| act.prepare(queue))
        .collect();
    let mut sleepers = asleep(queue, side, before);
    for first in prepared.iter().flatten() {
        assert!(succeed(queue, side) && first.is_woken());
    }
    let stops: Vec<Stop> = victims.iter().map(|&(_, at)| Stop::before(at)).collect();
    let stops: Vec<&Stop> = stops.iter().collect();
    let sleepers = &mut sleepers;
    thread::scope(|scope| {
        let _released = Released(&stops);
        for (index, (&(act, _), &stop)) in victims.iter().zip(&stops).enumerate() {
            let notified = prepared[index].take();
            scope.spawn(move || stop.run(|| act.perform(queue, notified)));
            if stop.wait() == Reached::End {
                return Some(index);
            }
        }
        meanwhile(queue, sleepers, &stops);
        None
    })
}

/// Releases the victims, also when an assertion fails while they stand.
pub(crate) struct Released<'s>(&'s [&'s Stop]);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|stop| stop.release());
    }
}

/// Does something within the bound; how many steps it took.
pub(crate) fn bounded<R>(what: &str, stops: &[&Stop], act: impl FnOnce() -> R) -> (R, u64) {
    let done = checked(BOUND, stops, act);
    assert!(!done.stalled, "{what} is held up");
    (done.value, done.steps)
}

/// A thread's first call takes a number that all threads of the process compete for; not to be counted here.
pub(crate) fn take_a_number() {
    assert!(Bounded::<u64>::new(1).is_empty());
}
