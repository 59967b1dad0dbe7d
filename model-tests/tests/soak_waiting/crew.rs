//! Those who push and pop, and the books that are kept of it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use latchless::error::{PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError};
use latchless::queue::{Bounded, Handle};

use super::caller::Dice;
use super::tasks::{block_on, own_waker, poll, within};

/// What was seen of each item, and what everybody is doing.
pub struct Books {
    each: u64,
    arrived: Vec<AtomicU8>,
    doing: Vec<Mutex<&'static str>>,
    /// Items that exist.
    pub alive: Arc<AtomicI64>,
    /// Items that arrived.
    pub popped: AtomicU64,
    /// Calls that have moved something.
    pub steps: Arc<AtomicU64>,
    /// What else happened.
    pub seen: Seen,
}

/// What moved nothing.
#[derive(Debug, Default)]
pub struct Seen {
    /// Waits whose time was over.
    pub timeouts: AtomicU64,
    /// Futures that were dropped while they waited.
    pub cancels: AtomicU64,
    /// Producers that a close cut off.
    pub cut_off: AtomicU64,
}

impl Seen {
    fn timeout(&self) {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
    }
    fn cancel(&self) {
        self.cancels.fetch_add(1, Ordering::Relaxed);
    }
    fn cut_off(&self) {
        self.cut_off.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Books")
            .field("popped", &self.popped)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?} have arrived", self.popped)?;
        for (who, doing) in self.doing.iter().enumerate() {
            writeln!(f, "thread {who}: {doing:?}")?;
        }
        Ok(())
    }
}

/// One item, which counts itself.
#[derive(Debug)]
pub struct Item {
    producer: usize,
    number: u64,
    alive: Arc<AtomicI64>,
}

impl Drop for Item {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Books {
    pub fn new(producers: usize, consumers: usize, each: u64) -> Self {
        Books {
            each,
            arrived: (0..producers as u64 * each)
                .map(|_| AtomicU8::new(0))
                .collect(),
            doing: (0..producers + consumers)
                .map(|_| Mutex::new("nothing yet"))
                .collect(),
            alive: Arc::default(),
            popped: AtomicU64::new(0),
            steps: Arc::default(),
            seen: Seen::default(),
        }
    }

    fn item(&self, producer: usize, number: u64) -> Item {
        self.alive.fetch_add(1, Ordering::Relaxed);
        Item {
            producer,
            number,
            alive: Arc::clone(&self.alive),
        }
    }

    fn doing(&self, who: usize, what: &'static str) {
        *self.doing[who].lock().expect("not poisoned") = what;
    }

    /// An item came out; `last` is the last that this consumer had of each producer.
    fn arrives(&self, item: Item, last: &mut [Option<u64>]) {
        let place = item.producer as u64 * self.each + item.number;
        let before = self.arrived[place as usize].fetch_add(1, Ordering::Relaxed);
        assert_eq!(before, 0, "{item:?} has arrived twice");
        let last = &mut last[item.producer];
        assert!(
            last.is_none_or(|last| last < item.number),
            "{item:?} after {last:?}"
        );
        *last = Some(item.number);
        self.popped.fetch_add(1, Ordering::Relaxed);
        self.steps.fetch_add(1, Ordering::Relaxed);
    }
}

/// How a push ended.
enum Pushed {
    Yes,
    /// The item came back, or was dropped with its future: a new one takes its number.
    No(Option<Item>),
    Closed,
}

/// Pushes all its items, or until the queue is closed; says how many.
pub fn produce(queue: &Bounded<Item>, books: &Books, who: usize) -> u64 {
    let mut dice = Dice::new(who as u64 + 1);
    let mut handle = queue.handle().expect("few handles exist");
    let mut kept = None;
    let mut next = 0;
    while next < books.each {
        let item = kept.take().unwrap_or_else(|| books.item(who, next));
        if dice.below(8) == 0 {
            drop(item);
            let end = books.each.min(next + 1 + dice.below(5));
            let mut items: VecDeque<Item> =
                (next..end).map(|number| books.item(who, number)).collect();
            books.doing(who, "push_many");
            next += queue.push_many(&mut items) as u64;
            if !items.is_empty() {
                assert!(queue.is_closed());
                books.seen.cut_off();
                return next;
            }
        } else {
            match push(queue, &mut handle, item, books, &mut dice) {
                Pushed::Yes => next += 1,
                Pushed::No(item) => kept = item,
                Pushed::Closed => {
                    assert!(queue.is_closed());
                    books.seen.cut_off();
                    return next;
                }
            }
        }
        books.steps.fetch_add(1, Ordering::Relaxed);
    }
    books.doing(who, "finished");
    next
}

fn push(
    queue: &Bounded<Item>,
    handle: &mut Handle<'_, Item>,
    item: Item,
    books: &Books,
    dice: &mut Dice,
) -> Pushed {
    let who = item.producer;
    let in_the_end = |result: Result<(), PushError<Item>>| match result {
        Ok(()) => Pushed::Yes,
        Err(_) => Pushed::Closed,
    };
    let in_time = |result: Result<(), PushTimeoutError<Item>>| match result {
        Ok(()) => Pushed::Yes,
        Err(PushTimeoutError::Timeout(item)) => {
            books.seen.timeout();
            Pushed::No(Some(item))
        }
        Err(PushTimeoutError::Closed(_)) => Pushed::Closed,
    };
    // Never none, which would be a try.
    let (form, time) = (dice.below(7), Duration::from_micros(1 + dice.below(300)));
    books.doing(
        who,
        [
            "push",
            "a handle's push",
            "push_timeout",
            "a handle's push_timeout",
            "push_async",
            "a handle's push_async that gives up",
            "try_push",
        ][form as usize],
    );
    match form {
        0 => in_the_end(queue.push(item)),
        1 => in_the_end(handle.push(item)),
        2 => in_time(queue.push_timeout(item, time)),
        3 => in_time(handle.push_timeout(item, time)),
        4 => in_the_end(block_on(queue.push_async(item))),
        5 => {
            let polls = dice.below(4);
            match within(handle.push_async(item), polls) {
                Some(pushed) => in_the_end(pushed),
                None => {
                    if polls > 0 {
                        books.seen.cancel();
                    }
                    Pushed::No(None)
                }
            }
        }
        _ => match queue.try_push(item) {
            Ok(()) => Pushed::Yes,
            Err(TryPushError::Full(item)) => Pushed::No(Some(item)),
            Err(TryPushError::Closed(_)) => Pushed::Closed,
        },
    }
}

/// Pops until the queue is closed and empty; says how many.
pub fn consume(queue: &Bounded<Item>, books: &Books, number: usize) -> u64 {
    let who = books.doing.len() / 2 + number;
    let mut dice = Dice::new(1_000 + number as u64);
    let mut handle = queue.handle().expect("few handles exist");
    let mut last = vec![None; books.doing.len()];
    let mut items = Vec::new();
    let mut count = 0;
    while pop(queue, &mut handle, &mut items, books, who, &mut dice) {
        count += items.len() as u64;
        items
            .drain(..)
            .for_each(|item| books.arrives(item, &mut last));
    }
    assert!(items.is_empty());
    books.doing(who, "finished");
    count
}

/// Pops some, or none; false when there will not be any.
fn pop(
    queue: &Bounded<Item>,
    handle: &mut Handle<'_, Item>,
    items: &mut Vec<Item>,
    books: &Books,
    who: usize,
    dice: &mut Dice,
) -> bool {
    let form = dice.below(9);
    let (time, some) = (
        Duration::from_micros(1 + dice.below(300)),
        1 + dice.below(5) as usize,
    );
    books.doing(
        who,
        [
            "pop",
            "a handle's pop",
            "pop_timeout",
            "a handle's pop_timeout",
            "pop_async",
            "a handle's pop_async that gives up",
            "pop_many",
            "try_pop",
            "two pop_async at a time",
        ][form as usize],
    );
    let in_time = |error| {
        if error == PopTimeoutError::Timeout {
            books.seen.timeout();
        }
        error == PopTimeoutError::Closed
    };
    let polls = dice.below(4);
    let popped = match form {
        0 => queue.pop().map_err(|_| true),
        1 => handle.pop().map_err(|_| true),
        2 => queue.pop_timeout(time).map_err(in_time),
        3 => handle.pop_timeout(time).map_err(in_time),
        4 => block_on(queue.pop_async()).map_err(|_| true),
        5 => match within(handle.pop_async(), polls) {
            Some(popped) => popped.map_err(|_| true),
            None => {
                if polls > 0 {
                    books.seen.cancel();
                }
                Err(false)
            }
        },
        6 => return queue.pop_many(items, some) > 0,
        7 => queue
            .try_pop()
            .map_err(|error| error == TryPopError::Closed),
        _ => return the_first_of_two(queue, items),
    };
    match popped {
        Ok(item) => {
            items.push(item);
            true
        }
        Err(closed) => !closed,
    }
}

/// Waits for two at once, takes what the first round brings, and drops the other.
fn the_first_of_two(queue: &Bounded<Item>, items: &mut Vec<Item>) -> bool {
    let mut two = [Some(queue.pop_async()), Some(queue.pop_async())];
    let waker = own_waker();
    loop {
        let mut closed = false;
        for one in &mut two {
            if let Some(Poll::Ready(popped)) = one.as_mut().map(|pop| poll(pop, &waker)) {
                *one = None;
                closed |= popped.is_err();
                items.extend(popped);
            }
        }
        if !items.is_empty() || closed {
            return !items.is_empty();
        }
        std::thread::park();
    }
}
