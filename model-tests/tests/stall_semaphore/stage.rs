//! What is done with a semaphore, by whom, and how one of them is stopped.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake};
use std::thread;
use std::time::Duration;

use latchless::Semaphore;
use latchless::semaphore::Permit;
use latchless::sync::AtomicU64;
use model_tests::single_step::Reached;
use model_tests::stall::{Stop, checked};

/// The most steps of a call, of a poll or of a drop while all others stand: over a list of a handful of nodes, each of
/// which may have to be woken and taken out, and for each of a few permits.
const BOUND: u64 = 200;

/// Long enough to come to the list, mostly; nothing depends on it.
const MOMENT: Duration = Duration::from_micros(300);

/// Counts how often it is rung. To ring it is a step: who wakes can be stopped before it.
#[derive(Debug, Default)]
struct Bell(AtomicU64);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A future, polled by hand.
pub(crate) struct Sleeper<'s> {
    /// None when it has completed; a permit it got has gone back then.
    future: Option<Pin<Box<dyn Future<Output = ()> + Send + 's>>>,
    bell: Arc<Bell>,
}

impl<'s> Sleeper<'s> {
    pub(crate) fn new(semaphore: &'s Semaphore, permits: usize) -> Self {
        let future = async move { drop(semaphore.acquire_many_async(permits).await) };
        Self {
            future: Some(Box::pin(future)),
            bell: Arc::default(),
        }
    }

    pub(crate) fn asleep(semaphore: &'s Semaphore, permits: usize) -> Self {
        let mut sleeper = Self::new(semaphore, permits);
        assert!(sleeper.poll().is_pending());
        sleeper
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Acquires and gives back, if it can.
    Try(usize),
    Add(usize),
    /// Takes one out for good, and makes it anew.
    Forget,
    /// Drops a permit of so many.
    GiveBack(usize),
    /// Polls a new future and drops it.
    Wait(usize),
    /// Polls a new future twice, with two wakers, and drops it.
    Renew(usize),
    /// Waits as a thread, for a moment.
    Timed(usize),
    /// Drops a future that has got all that it asked for.
    DropGranted(usize),
    /// Polls such a one.
    PollGranted(usize),
    /// Drops a future that has one permit of two.
    DropPart,
    Close,
}
pub(crate) use Act::{
    Add, Close, DropGranted, DropPart, Forget, GiveBack, PollGranted, Renew, Timed, Try, Wait,
};

pub(crate) const VICTIMS: &[Act] = &[
    Try(1),
    Try(2),
    Add(1),
    Add(3),
    Forget,
    GiveBack(1),
    GiveBack(2),
    Wait(1),
    Wait(2),
    Renew(1),
    Timed(1),
    Timed(2),
    DropGranted(1),
    DropGranted(2),
    PollGranted(1),
    DropPart,
];

/// What a victim has before it begins.
#[derive(Default)]
pub(crate) struct Prepared<'s> {
    sleeper: Option<Sleeper<'s>>,
    permit: Option<Permit<'s>>,
}

impl Act {
    /// How many permits are made for it before.
    pub(crate) fn made_before(self) -> usize {
        match self {
            GiveBack(permits) | DropGranted(permits) | PollGranted(permits) => permits,
            DropPart => 1,
            _ => 0,
        }
    }

    /// The most of what others give later that it may keep.
    pub(crate) fn may_keep(self) -> usize {
        match self {
            Try(permits) | Wait(permits) | Renew(permits) | Timed(permits) => permits,
            Forget | DropPart => 1,
            _ => 0,
        }
    }

    /// As the first, before there are sleepers; what is made for it is given when they are there.
    pub(crate) fn prepare(self, semaphore: &Semaphore) -> Prepared<'_> {
        let mut prepared = Prepared::default();
        match self {
            GiveBack(permits) => {
                semaphore.add_permits(permits).expect("no maximum");
                prepared.permit = semaphore.try_acquire_many(permits).ok();
            }
            DropGranted(permits) | PollGranted(permits) => {
                prepared.sleeper = Some(Sleeper::asleep(semaphore, permits));
            }
            DropPart => prepared.sleeper = Some(Sleeper::asleep(semaphore, 2)),
            _ => {}
        }
        prepared
    }

    pub(crate) fn is_given_before(self) -> bool {
        matches!(self, DropGranted(_) | PollGranted(_) | DropPart)
    }

    /// Does it. Refusals are answers too.
    pub(crate) fn perform(self, semaphore: &Semaphore, prepared: Prepared<'_>) {
        match self {
            Try(permits) => drop(semaphore.try_acquire_many(permits)),
            Add(permits) => semaphore.add_permits(permits).expect("no maximum"),
            Forget => {
                let forgotten = semaphore.forget_permits(1);
                semaphore.add_permits(forgotten).expect("no maximum");
            }
            GiveBack(_) => drop(prepared.permit),
            Wait(permits) => _ = Sleeper::new(semaphore, permits).poll(),
            Renew(permits) => {
                let mut sleeper = Sleeper::new(semaphore, permits);
                _ = sleeper.poll();
                sleeper.bell = Arc::default();
                _ = sleeper.poll();
            }
            Timed(permits) => drop(semaphore.acquire_many_timeout(permits, MOMENT)),
            DropGranted(_) | DropPart => drop(prepared.sleeper),
            PollGranted(_) => _ = prepared.sleeper.expect("it was prepared").poll(),
            Close => _ = semaphore.close(),
        }
    }
}

/// Releases the victims, also when an assertion fails while they stand.
struct Released<'s>(&'s [&'s Stop]);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|stop| stop.release());
    }
}

/// On a fresh semaphore without free permits: `needs` come to wait, the victims run to their stops, one after the other,
/// and then `meanwhile` is done. The number of a victim that ended before it came to its stop, if one did.
pub(crate) fn while_stopped(
    semaphore: &Semaphore,
    victims: &[(Act, u64)],
    needs: &[usize],
    meanwhile: impl FnOnce(&mut Vec<Sleeper<'_>>, &[&Stop]),
) -> Option<usize> {
    let mut prepared: Vec<_> = (victims.iter())
        .map(|(act, _)| act.prepare(semaphore))
        .collect();
    let mut sleepers: Vec<_> = (needs.iter())
        .map(|&need| Sleeper::asleep(semaphore, need))
        .collect();
    for (act, _) in victims.iter().filter(|(act, _)| act.is_given_before()) {
        semaphore
            .add_permits(act.made_before())
            .expect("no maximum");
    }
    let stops: Vec<Stop> = victims.iter().map(|&(_, at)| Stop::before(at)).collect();
    let stops: Vec<&Stop> = stops.iter().collect();
    thread::scope(|scope| {
        let _released = Released(&stops);
        for (index, (&(act, _), &stop)) in victims.iter().zip(&stops).enumerate() {
            let prepared = std::mem::take(&mut prepared[index]);
            scope.spawn(move || stop.run(|| act.perform(semaphore, prepared)));
            if stop.wait() == Reached::End {
                return Some(index);
            }
        }
        meanwhile(&mut sleepers, &stops);
        None
    })
}

/// Does something within the bound; how many steps it took.
pub(crate) fn bounded<R>(what: &str, stops: &[&Stop], act: impl FnOnce() -> R) -> (R, u64) {
    let done = checked(BOUND, stops, act);
    assert!(!done.stalled, "{what} is held up");
    (done.value, done.steps)
}
