//! A channel, tasks that sleep at it, and threads that are stopped in what they do with it.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use latchless::channel::{Receiver, Sender};
use latchless::queue::Bounded;
use latchless::sync::AtomicU64;
use model_tests::history::{Clock, History, Log, Order};
use model_tests::single_step::Reached;
use model_tests::spec::rendezvous::Answer;
use model_tests::stall::{Stop, checked};

use super::record::{self, Book, Room as Fitting, Task};

/// The most steps of a call, of a poll or of a drop while all others stand: a few laps over so small a queue, or a few
/// segments of two slots that are appended, passed and recycled, and a list of a handful of nodes, each of which may
/// have to be woken and taken out.
pub(crate) const BOUND: u64 = 160;

/// What one waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// A message: the channel is empty.
    Item,
    /// Room, or a receiver: the channel is full; one without bound has something inside, and nobody waits.
    Room,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    TrySend,
    TryRecv,
    SendMany,
    RecvMany,
    Close,
    /// Clones both ends, makes weak ones of them and ends of those again, and drops all.
    Ends,
    /// Asks how long it is, and whether it is closed.
    Ask,
    /// Polls a new task and drops it.
    Wait(Side),
    /// Polls a new task twice, with two wakers, and drops it.
    Renew(Side),
    /// Drops a task that was polled and woken.
    DropWoken(Side),
    /// Polls such a one.
    PollWoken(Side),
    /// Waits as a thread, until the channel is closed.
    Bare(Side),
    /// Waits as a thread, for a moment.
    Timed(Side),
    /// Drops the last sender.
    LastSender,
    /// Drops the last receiver.
    LastReceiver,
}

pub(crate) use Act::*;
pub(crate) use Side::{Item, Room};

/// Long enough to come to the list, mostly; nothing depends on it.
const MOMENT: Duration = Duration::from_micros(300);

/// Counts how often it is rung. To ring it is a step: a notifier can be stopped before it.
#[derive(Debug, Default)]
struct Bell(AtomicU64);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A task that somebody polls by hand.
pub(crate) struct Sleeper {
    task: Task,
    bell: Arc<Bell>,
}

impl Sleeper {
    pub(crate) fn poll(&mut self, book: &mut Book<'_>) -> Poll<Answer> {
        self.task.poll(book, &Waker::from(self.bell.clone()))
    }

    /// Drops it where it is.
    pub(crate) fn drop(self, book: &mut Book<'_>) {
        self.task.drop(book);
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.bell.0.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn is_asleep(&self) -> bool {
        !self.task.is_over() && !self.is_woken()
    }
}

/// What one thread has in its hands: its ends, as far as there are any, numbers of its own, and what it writes down.
pub(crate) struct Hands<'c> {
    pub(crate) sender: Option<Sender<u64>>,
    pub(crate) receiver: Option<Receiver<u64>>,
    pub(crate) book: Book<'c>,
    next: u64,
}

impl<'c> Hands<'c> {
    pub(crate) fn new(clock: &'c Clock, thread: u64, ends: &(Sender<u64>, Receiver<u64>)) -> Self {
        Hands {
            sender: Some(ends.0.clone()),
            receiver: Some(ends.1.clone()),
            book: Log::new(clock, 64),
            next: 1_000 * thread,
        }
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// A task that sleeps, on a channel where it has to.
    pub(crate) fn asleep(&mut self, side: Side) -> Sleeper {
        let mut sleeper = self.sleeper(side).expect("there is an end");
        assert!(sleeper.poll(&mut self.book).is_pending());
        sleeper
    }

    /// A task of this side that was not polled yet, if there is an end for it.
    pub(crate) fn sleeper(&mut self, side: Side) -> Option<Sleeper> {
        let number = self.number();
        let task = match side {
            Item => Task::receive(self.receiver.as_ref()?, number),
            Room => Task::send(self.sender.as_ref()?, number),
        };
        Some(Sleeper {
            task,
            bell: Arc::default(),
        })
    }

    /// Does it, as far as there are ends for it, with the one that was woken, if it is about such a one.
    pub(crate) fn perform(&mut self, act: Act, woken: Option<Sleeper>) {
        let numbers = [self.number(), self.number()];
        let number = numbers[0];
        let (sender, receiver) = (self.sender.clone(), self.receiver.clone());
        let book = &mut self.book;
        match (act, &sender, &receiver) {
            (TrySend, Some(sender), _) => _ = record::try_send(book, sender, number),
            (TryRecv, _, Some(receiver)) => _ = record::try_recv(book, receiver),
            (SendMany, Some(sender), _) => record::try_send_many(book, sender, &numbers),
            (RecvMany, _, Some(receiver)) => record::try_recv_many(book, receiver, 2),
            (Close, Some(sender), _) => record::close(book, || sender.close()),
            (Close, _, Some(receiver)) => record::close(book, || receiver.close()),
            (Ends, Some(sender), Some(receiver)) => {
                let again = (sender.downgrade().upgrade(), receiver.downgrade().upgrade());
                assert!(matches!(again, (Some(_), Some(_))), "both are alive");
            }
            (Ask, Some(sender), _) => {
                assert!(sender.capacity().is_none_or(|most| sender.len() <= most));
                record::is_closed(book, || sender.is_closed());
            }
            (Ask, _, Some(receiver)) => record::is_closed(book, || receiver.is_closed()),
            (Bare(Item), _, Some(receiver)) => _ = record::recv(book, receiver, number),
            (Bare(Room), Some(sender), _) => _ = record::send(book, sender, number),
            (Timed(Item), _, Some(receiver)) => {
                record::recv_timeout(book, receiver, number, MOMENT);
            }
            (Timed(Room), Some(sender), _) => {
                record::send_timeout(book, sender, number, MOMENT);
            }
            (Wait(side), ..) => {
                if let Some(mut sleeper) = self.sleeper(side) {
                    _ = sleeper.poll(&mut self.book);
                    sleeper.drop(&mut self.book);
                }
            }
            (Renew(side), ..) => {
                if let Some(mut sleeper) = self.sleeper(side) {
                    _ = sleeper.poll(&mut self.book);
                    sleeper.bell = Arc::default();
                    _ = sleeper.poll(&mut self.book);
                    sleeper.drop(&mut self.book);
                }
            }
            (DropWoken(_), ..) => woken.expect("it was prepared").task.drop(book),
            (PollWoken(_), ..) => _ = woken.expect("it was prepared").poll(book),
            (LastSender, ..) => {
                drop(sender);
                let last = self.sender.take();
                record::goes(book, || drop(last));
            }
            (LastReceiver, ..) => {
                drop(receiver);
                let last = self.receiver.take();
                record::goes(book, || drop(last));
            }
            _ => {}
        }
    }

    /// An operation that sleepers of this side wait for; whether it succeeded.
    pub(crate) fn succeed(&mut self, side: Side) -> bool {
        let number = self.number();
        match (side, &self.sender, &self.receiver) {
            (Item, Some(sender), _) => {
                record::try_send(&mut self.book, sender, number) == Answer::Sent
            }
            (Room, _, Some(receiver)) => {
                matches!(
                    record::try_recv(&mut self.book, receiver),
                    Answer::Received(_)
                )
            }
            _ => false,
        }
    }
}

impl Hands<'_> {
    /// Tries to send, or, where there is no sender, to receive; whether it is told Closed.
    pub(crate) fn is_told_closed(&mut self) -> bool {
        let number = self.number();
        let answer = match (&self.sender, &self.receiver) {
            (Some(sender), _) => record::try_send(&mut self.book, sender, number),
            (None, Some(receiver)) => record::try_recv(&mut self.book, receiver),
            (None, None) => unreachable!("somebody has an end"),
        };
        answer == Answer::Closed
    }
}

impl Act {
    pub(crate) fn is_about_woken(self) -> Option<Side> {
        match self {
            DropWoken(side) | PollWoken(side) => Some(side),
            _ => None,
        }
    }

    /// Whether it can be done where sleepers of this side are.
    pub(crate) fn fits(self, room: Fitting, side: Side) -> bool {
        match self {
            LastSender => side == Item,
            LastReceiver => side == Room,
            _ => (self.is_about_woken()).is_none_or(|own| own == side && can_wait(room, side)),
        }
    }

    /// Whether one success may wake nobody while it stands: because it goes to its own node in the list; or, in a
    /// rendezvous, to one that it has woken to pass a wake on.
    pub(crate) fn may_take_one(self, side: Side, room: Fitting) -> bool {
        match self {
            Wait(own) | Renew(own) | Bare(own) | Timed(own) => own == side,
            DropWoken(_) | PollWoken(_) => room == Some(0),
            _ => false,
        }
    }
}

/// Whether there is anything to wait for on this side.
pub(crate) fn can_wait(room: Fitting, side: Side) -> bool {
    room.is_some() || side == Item
}

/// A victim: what it does, and before which step it is stopped.
pub(crate) type Victim = (Act, u64);

/// Does something within the bound; how many steps it took.
pub(crate) fn within_bound<R>(what: &str, stops: &[&Stop], act: impl FnOnce() -> R) -> (R, u64) {
    let done = checked(BOUND, stops, act);
    assert!(!done.stalled, "{what} is held up");
    (done.value, done.steps)
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

/// On a fresh channel: sleepers come to wait by `prepare`, the victims run to their stops, one after the other, and
/// then `meanwhile` is done with the others' hands and the sleepers. In the end everything is closed, released, drained
/// and judged. The number of a victim that ended before it came to its stop, if one did.
pub(crate) fn while_stopped(
    room: Fitting,
    side: Side,
    victims: &[Victim],
    prepare: impl FnOnce(&mut Hands<'_>) -> Vec<Sleeper>,
    meanwhile: impl FnOnce(&mut Hands<'_>, &mut Vec<Sleeper>, &[&Stop]),
) -> Option<usize> {
    let clock = Clock::new(Order::RealTime);
    let ends = record::channel(room);
    let mut hands = Hands::new(&clock, 1, &ends);
    let mut theirs: Vec<_> = (2..)
        .zip(victims)
        .map(|(thread, _)| Hands::new(&clock, thread, &ends))
        .collect();
    drop(ends);
    if side == Room {
        (0..room.unwrap_or(3)).for_each(|_| hands.perform(TrySend, None));
    }
    let mut woken: Vec<_> = (victims.iter().zip(&mut theirs))
        .map(|((act, _), own)| Some(own.asleep(act.is_about_woken()?)))
        .collect();
    let mut sleepers = prepare(&mut hands);
    let before = sleepers.len();
    for first in woken.iter().flatten() {
        assert!(hands.succeed(side) && first.is_woken());
    }
    for (act, _) in victims {
        match act {
            LastSender => hands.sender = None,
            LastReceiver => hands.receiver = None,
            _ => {}
        }
    }
    for ((act, _), own) in victims.iter().zip(&mut theirs) {
        match act {
            LastSender => own.receiver = None,
            LastReceiver => own.sender = None,
            _ => {}
        }
    }
    let stops: Vec<Stop> = victims
        .iter()
        .map(|&(_, at)| Stop::before_or_asleep(at))
        .collect();
    let stops: Vec<&Stop> = stops.iter().collect();
    let mut logs = Vec::new();
    let ended = thread::scope(|scope| {
        let released = Released(&stops);
        let mut ended = None;
        let mut running = Vec::new();
        for (index, mut own) in theirs.into_iter().enumerate() {
            let (act, stop, woken) = (victims[index].0, stops[index], woken[index].take());
            running.push(scope.spawn(move || {
                stop.run(|| own.perform(act, woken));
                own.book.into_operations()
            }));
            if stop.wait() == Reached::End {
                ended = Some(index);
                break;
            }
        }
        if ended.is_none() {
            meanwhile(&mut hands, &mut sleepers, &stops);
        }
        hands.perform(Close, None);
        drop(released);
        logs.extend(
            running
                .into_iter()
                .map(|victim| victim.join().expect("a released victim finishes")),
        );
        ended
    });
    for sleeper in sleepers {
        sleeper.drop(&mut hands.book);
    }
    // What may be inside: what is there to begin with, and what was sent meanwhile.
    for _ in 0..room.unwrap_or(20) + victims.len() + before + 1 {
        hands.perform(TryRecv, None);
    }
    logs.push(hands.book.into_operations());
    // What was prepared for victims that did not come to it is not in the record.
    if logs.len() > victims.len() {
        record::judge(room, &History::new(logs));
    }
    ended
}
