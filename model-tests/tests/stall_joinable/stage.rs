//! A joinable queue, tasks that sleep at it, and threads that are stopped in what they do with it.
#![forbid(unsafe_code)]

mod sleeper;

use std::cell::Cell;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use latchless::queue::{Bounded, Joinable, Unbounded};
use model_tests::history::{Clock, History, Log, Order};
use model_tests::linearize::assert_linearizable;
use model_tests::single_step::Reached;
use model_tests::spec::joinable::{self, Answer};
use model_tests::stall::{Stop, checked};

use super::record::{self, Book, Queue, Task};

pub(crate) const CAPACITY: usize = 2;

/// The most steps of a call, of a poll or of a drop while all others stand: a few laps over so small a queue, and over
/// a list of a handful of nodes, each of which may have to be woken and taken out.
pub(crate) const BOUND: u64 = 160;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    TryPush,
    /// Pops a task, and is done with it.
    PopDone,
    /// Is done with the task in hand.
    Done,
    /// Puts the task in hand back, or is done with it.
    Retry,
    /// As this, and waits for room.
    BareRetry,
    Close,
    CloseNow,
    /// Tries to join, and asks how much there is.
    Ask,
    /// Polls a new future and drops it.
    Wait(Side),
    /// Polls a new future twice, with two wakers, and drops it.
    Renew(Side),
    /// Drops a future that was polled and woken.
    DropWoken(Side),
    /// Polls such a one.
    PollWoken(Side),
    /// Waits as a thread, until the queue is closed and all is done.
    Bare(Side),
    /// Waits as a thread, for a moment.
    Timed(Side),
}

pub(crate) use Act::*;
pub(crate) use sleeper::{Item, Room, Side, Sleeper, Zero};

/// Long enough to come to the list, mostly; nothing depends on it.
const MOMENT: Duration = Duration::from_micros(300);

/// What one thread has in its hands.
pub(crate) struct Hands<'c> {
    pub(crate) queue: Queue,
    pub(crate) book: Book<'c>,
    pub(crate) task: Option<Task>,
    next: u64,
}

impl<'c> Hands<'c> {
    pub(crate) fn new(clock: &'c Clock, thread: u64, queue: &Queue) -> Self {
        Hands {
            queue: Arc::clone(queue),
            book: Log::new(clock, 64),
            task: None,
            next: 1_000 * thread,
        }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// A future that was not polled yet.
    pub(crate) fn sleeper(&mut self, side: Side) -> Sleeper {
        let value = self.number();
        Sleeper::new(&self.queue, side, value)
    }

    /// One that sleeps.
    pub(crate) fn asleep(&mut self, side: Side) -> Sleeper {
        let mut sleeper = self.sleeper(side);
        assert!(sleeper.poll(&mut self.book).is_pending());
        sleeper
    }

    /// Takes a task into its hands.
    pub(crate) fn take_one(&mut self) {
        let value = self.number();
        record::try_push(&mut self.book, &self.queue, value);
        self.task = record::try_pop(&mut self.book, &self.queue).ok();
    }

    /// Does it, with the one that was woken, if it is about such a one.
    pub(crate) fn perform(&mut self, act: Act, woken: Option<Sleeper>) {
        let value = self.number();
        let (queue, book) = (&self.queue, &mut self.book);
        let mut popped = None;
        match act {
            TryPush => _ = record::try_push(book, queue, value),
            PopDone => popped = record::try_pop(book, queue).ok(),
            Done => popped = self.task.take(),
            Retry => {
                popped = self
                    .task
                    .take()
                    .and_then(|task| record::try_retry(book, task))
            }
            BareRetry => popped = self.task.take().and_then(|task| record::retry(book, task)),
            Close => record::close(book, queue),
            CloseNow => _ = record::close_now(book, queue),
            Ask => {
                record::join(book, || queue.try_join());
                record::unfinished(book, queue);
                let len = queue.len();
                assert!(queue.capacity().is_none_or(|most| len <= most));
            }
            Wait(side) => _ = Sleeper::new(queue, side, value).poll(book),
            Renew(side) => {
                let mut sleeper = Sleeper::new(queue, side, value);
                _ = sleeper.poll(book);
                sleeper.hear_another_bell();
                _ = sleeper.poll(book);
            }
            DropWoken(_) => drop(woken),
            PollWoken(_) => _ = woken.expect("it was prepared").poll(book),
            Bare(Item) => popped = record::bare_pop(book, queue).ok(),
            Bare(Room) => {
                record::push(book, value, || {
                    Some(record::pushed(queue.push(value), value))
                });
            }
            Bare(Zero) => {
                record::join(book, || {
                    queue.join();
                    true
                });
            }
            Timed(Item) => popped = record::pop_timeout(book, queue, MOMENT).ok(),
            Timed(Room) => _ = record::push_timeout(book, queue, value, MOMENT),
            Timed(Zero) => _ = record::join(book, || queue.join_timeout(MOMENT)),
        }
        if let Some(task) = popped {
            record::done(book, task);
        }
    }

    /// An operation that sleepers of this side wait for; whether it succeeded.
    pub(crate) fn succeed(&mut self, side: Side) -> bool {
        match side {
            Item => {
                let value = self.number();
                record::try_push(&mut self.book, &self.queue, value) == Answer::Pushed
            }
            Room => match record::try_pop(&mut self.book, &self.queue) {
                Ok(task) => {
                    record::done(&mut self.book, task);
                    true
                }
                Err(_) => false,
            },
            Zero => {
                let Some(task) = self.task.take() else {
                    return false;
                };
                record::done(&mut self.book, task);
                true
            }
        }
    }

    /// Tries to push; whether it is told Closed.
    pub(crate) fn is_told_closed(&mut self) -> bool {
        let value = self.number();
        record::try_push(&mut self.book, &self.queue, value) == Answer::Closed
    }
}

impl Act {
    pub(crate) fn is_about_woken(self) -> Option<Side> {
        match self {
            DropWoken(side) | PollWoken(side) => Some(side),
            _ => None,
        }
    }

    /// Whether it is about a task in hand.
    pub(crate) fn has_task(self) -> bool {
        matches!(self, Done | Retry | BareRetry)
    }

    /// Whether it can be done where sleepers of this side are.
    pub(crate) fn fits(self, side: Side) -> bool {
        self.is_about_woken().is_none_or(|own| own == side)
    }

    /// Whether its node in the list may take a notification that nobody uses while it stands.
    pub(crate) fn may_take_one(self, side: Side) -> bool {
        matches!(self, Wait(own) | Renew(own) | Bare(own) | Timed(own) if own == side)
    }
}

/// A victim: what it does, and before which step it is stopped.
pub(crate) type Victim = (Act, u64);

/// Does something within the bound; how many steps it took.
pub(crate) fn within_bound<R>(what: &str, stops: &[&Stop], act: impl FnOnce() -> R) -> (R, u64) {
    let bound = if HAS_NO_BOUND.get() { 2 * BOUND } else { BOUND };
    let done = checked(bound, stops, act);
    assert!(!done.stalled, "{what} is held up");
    (done.value, done.steps)
}

thread_local! {
    static HAS_NO_BOUND: Cell<bool> = const { Cell::new(false) };
}

/// Does something with queues without a bound, of which each call may come to the end of a segment.
pub(crate) fn without_bound<R>(act: impl FnOnce() -> R) -> R {
    HAS_NO_BOUND.set(true);
    let done = act();
    HAS_NO_BOUND.set(false);
    done
}

fn queue() -> Queue {
    Arc::new(if HAS_NO_BOUND.get() {
        Joinable::from(Unbounded::with_slots(2, 2))
    } else {
        Joinable::new(CAPACITY)
    })
}

/// A thread's first call takes a number that all threads of the process compete for; not to be counted here.
pub(crate) fn take_a_number() {
    assert!(Bounded::<u64>::new(1).is_empty());
}

/// Releases the victims, also when an assertion fails while they stand.
struct Released<'s>(&'s [&'s Stop]);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|stop| stop.release());
    }
}

/// As [`while_all_stopped`], with one victim: whether it came to its stop.
pub(crate) fn while_stopped(
    side: Side,
    victim: Victim,
    before: usize,
    meanwhile: impl FnOnce(&mut Hands<'_>, &mut Vec<Sleeper>, &[&Stop]),
) -> bool {
    while_all_stopped(side, &[victim], before, meanwhile).is_none()
}

/// On a fresh queue: `before` sleepers come to wait, the victims run to their stops, one after the other, and then
/// `meanwhile` is done with the others' hands and the sleepers. In the end everything is closed, released, drained and
/// judged. The number of the victim that did not come to its stop, if one did not.
pub(crate) fn while_all_stopped(
    side: Side,
    victims: &[Victim],
    before: usize,
    meanwhile: impl FnOnce(&mut Hands<'_>, &mut Vec<Sleeper>, &[&Stop]),
) -> Option<usize> {
    let clock = Clock::new(Order::RealTime);
    let queue = queue();
    let mut hands = Hands::new(&clock, 1, &queue);
    let mut own: Vec<_> = (2..)
        .zip(victims)
        .map(|(number, _)| Hands::new(&clock, number, &queue))
        .collect();
    for (own, (act, _)) in own.iter_mut().zip(victims) {
        if act.has_task() {
            own.take_one();
        }
    }
    match side {
        Item => {}
        Room => (0..CAPACITY).for_each(|_| hands.perform(TryPush, None)),
        Zero if victims.iter().any(|(act, _)| act.has_task()) => {}
        Zero if victims.iter().any(|&(act, _)| act == CloseNow) => hands.perform(TryPush, None),
        Zero => hands.take_one(),
    }
    let woken: Vec<_> = (own.iter_mut().zip(victims))
        .map(|(own, (act, _))| act.is_about_woken().map(|side| own.asleep(side)))
        .collect();
    let mut sleepers: Vec<_> = (0..before).map(|_| hands.asleep(side)).collect();
    for one in woken.iter().flatten() {
        assert!(hands.succeed(side) && one.is_woken());
    }
    let stops: Vec<_> = (victims.iter())
        .map(|&(_, at)| Stop::before_or_asleep(at))
        .collect();
    let stops: Vec<&Stop> = stops.iter().collect();
    let mut logs = Vec::new();
    let ended = thread::scope(|scope| {
        let released = Released(&stops);
        let mut running = Vec::new();
        let mut ended = None;
        let cast = own.into_iter().zip(woken).zip(victims).zip(&stops);
        for (index, (((mut own, woken), &(act, _)), &stop)) in cast.enumerate() {
            if ended.is_some() {
                own.perform(Done, None);
                logs.push(own.book.into_operations());
                continue;
            }
            running.push(scope.spawn(move || {
                stop.run(|| own.perform(act, woken));
                own.book.into_operations()
            }));
            if stop.wait() != Reached::Stop {
                ended = Some(index);
            }
        }
        if ended.is_none() {
            meanwhile(&mut hands, &mut sleepers, &stops);
        }
        hands.perform(Close, None);
        hands.perform(Done, None);
        drop(released);
        for victim in running {
            // Whoever joins waits for what is in the queue.
            while !victim.is_finished() {
                hands.perform(PopDone, None);
                thread::yield_now();
            }
            logs.push(victim.join().expect("a released victim finishes"));
        }
        ended
    });
    drop(sleepers);
    while !queue.is_empty() {
        hands.perform(PopDone, None);
    }
    hands.perform(PopDone, None);
    hands.perform(Ask, None);
    logs.push(hands.book.into_operations());
    let start =
        (queue.capacity()).map_or_else(joinable::Joinable::unbounded, joinable::Joinable::bounded);
    assert_linearizable(&start, &History::new(logs));
    ended
}
