//! Items that some put in and others take out, and the books that are kept of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering};
use std::thread;

use super::Seen;
use super::caller::Dice;
use super::stops::Worker;

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

/// How one call that puts an item in ended.
pub enum Put {
    In,
    /// It is back.
    Back(Item),
    /// Its future was dropped: it may have been handed over, or not.
    Unknown,
    /// It is back, and none will be taken any more.
    Closed(Item),
}

/// How one call that takes an item ended.
pub enum Got {
    Item(Item),
    Nothing,
    /// There will be none any more.
    End,
}

pub type Putter = Box<dyn FnMut(Item, &mut Dice, &Seen) -> Put + Send>;
pub type Taker = Box<dyn FnMut(&mut Dice, &Seen) -> Got + Send>;

/// What a structure promises of its items.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    /// Each taker gets those of one putter in order.
    pub in_order: bool,
    /// Whatever was put in comes out. (Else the last taker may have gone before.)
    pub all_arrive: bool,
}

/// In order, and all of them.
pub const QUEUE: Promise = Promise {
    in_order: true,
    all_arrive: true,
};

/// A structure, taken to pieces for the threads that use it.
pub struct Flow {
    pub promise: Promise,
    pub putters: Vec<Putter>,
    pub takers: Vec<Taker>,
    /// Closes it for those who put in.
    pub close: Box<dyn Fn() + Sync + Send>,
}

const NEW: u8 = 0;
const IN: u8 = 1;
const UNKNOWN: u8 = 2;
const ARRIVED: u8 = 4;

struct Books<'a> {
    each: u64,
    items: Vec<AtomicU8>,
    alive: Arc<AtomicI64>,
    arrived: AtomicU64,
    putting: AtomicBool,
    seen: &'a Seen,
}

impl Books<'_> {
    fn new(putters: usize, each: u64, seen: &Seen) -> Books<'_> {
        Books {
            each,
            items: (0..putters as u64 * each)
                .map(|_| AtomicU8::new(NEW))
                .collect(),
            alive: Arc::default(),
            arrived: AtomicU64::new(0),
            putting: AtomicBool::new(true),
            seen,
        }
    }

    fn of(&self, producer: usize, number: u64) -> &AtomicU8 {
        &self.items[producer * self.each as usize + number as usize]
    }

    fn put_all(&self, producer: usize, mut put: Putter, mut dice: Dice) {
        let _worker = Worker::enters();
        for number in 0..self.each {
            self.alive.fetch_add(1, Ordering::Relaxed);
            let mut item = Item {
                producer,
                number,
                alive: Arc::clone(&self.alive),
            };
            let fate = loop {
                match put(item, &mut dice, self.seen) {
                    Put::In => break IN,
                    Put::Unknown => break UNKNOWN,
                    Put::Back(back) => item = self.the_same(back, producer, number),
                    Put::Closed(back) => {
                        self.the_same(back, producer, number);
                        return self.seen.cut_off();
                    }
                }
                thread::yield_now();
            };
            self.of(producer, number).fetch_or(fate, Ordering::Relaxed);
            self.seen.step();
        }
    }

    fn the_same(&self, back: Item, producer: usize, number: u64) -> Item {
        assert_eq!((back.producer, back.number), (producer, number));
        back
    }

    fn take_all(&self, mut take: Taker, mut dice: Dice, in_order: bool) {
        let _worker = Worker::enters();
        let mut last = vec![None; self.items.len() / self.each as usize];
        loop {
            match take(&mut dice, self.seen) {
                Got::End => return,
                Got::Nothing => thread::yield_now(),
                Got::Item(item) => {
                    let before = self.of(item.producer, item.number);
                    let before = before.fetch_or(ARRIVED, Ordering::Relaxed);
                    assert_eq!(before & ARRIVED, 0, "{item:?} has arrived twice");
                    let last = &mut last[item.producer];
                    assert!(
                        !in_order || last.is_none_or(|last| last < item.number),
                        "{item:?} after {last:?}"
                    );
                    *last = Some(item.number);
                    self.arrived.fetch_add(1, Ordering::Relaxed);
                    self.seen.step();
                }
            }
        }
    }

    /// Waits until a third has arrived, or nobody puts any more.
    fn until_a_third(&self) {
        let third = self.items.len() as u64 / 3;
        while self.arrived.load(Ordering::Relaxed) < third && self.putting.load(Ordering::Relaxed) {
            thread::yield_now();
        }
    }

    fn balance(&self, promise: Promise) {
        for (place, item) in self.items.iter().enumerate() {
            let fate = item.load(Ordering::Relaxed);
            let lost = promise.all_arrive && fate == IN;
            assert!(!lost, "item {place} was put in and has not arrived");
            assert_ne!(fate, ARRIVED, "item {place} was not put in and has arrived");
        }
        let alive = self.alive.load(Ordering::Relaxed);
        assert_eq!(alive, 0, "dropped exactly once");
    }
}

impl Flow {
    /// Lets `each` items go through from each putter; one time in two it is closed in the middle.
    pub fn run(self, each: u64, dice: &mut Dice, seen: &Seen) {
        let cut = dice.below(2) == 0;
        let Flow {
            promise,
            putters,
            takers,
            close,
        } = self;
        let books = Books::new(putters.len(), each, seen);
        let mut seed = || Dice::new(dice.below(u64::MAX));
        thread::scope(|scope| {
            for take in takers {
                let (books, dice) = (&books, seed());
                scope.spawn(move || books.take_all(take, dice, promise.in_order));
            }
            let putting: Vec<_> = putters
                .into_iter()
                .enumerate()
                .map(|(who, put)| {
                    let (books, dice) = (&books, seed());
                    scope.spawn(move || books.put_all(who, put, dice))
                })
                .collect();
            if cut {
                let (books, close) = (&books, &close);
                scope.spawn(move || {
                    books.until_a_third();
                    close();
                });
            }
            for one in putting {
                one.join().expect("nobody who puts panics");
            }
            books.putting.store(false, Ordering::Relaxed);
            close();
        });
        drop(close);
        books.balance(promise);
    }
}
