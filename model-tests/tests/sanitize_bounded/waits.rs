//! Those who wait: threads that park, tasks that are cancelled, and a close that ends them all.
//!
//! ThreadSanitizer does not know fences, and so not the one in the drop of an `Arc`: whoever frees what others have let
//! go of seems to race with them. So nothing that is counted is freed before all threads are joined: wakers are
//! [kept](KEPT), and so are the threads' handles.

use super::tasks::{Bell, block_on_with, own_waker, poll_for, within_with};
use latchless::queue::Bounded;
use std::sync::{Arc, OnceLock};
use std::task::{Poll, Waker};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const THREADS: u64 = 4;

/// An item in memory of its own, so that a race for it is seen.
type Item = Box<u64>;

/// One of every waker, until the end. (Of a contended `Mutex`, ThreadSanitizer sees only half.)
static KEPT: OnceLock<Bounded<Waker>> = OnceLock::new();

fn kept(waker: Waker) -> Waker {
    let kept = KEPT.get().expect("made before there were threads");
    kept.try_push(waker.clone()).expect("there is room for all");
    waker
}

thread_local! {
    static OWN: Waker = kept(own_waker());
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    OWN.with(|own| block_on_with(own, future))
}

pub fn within<F: Future + Unpin>(future: F, polls: u64) -> Option<F::Output> {
    OWN.with(|own| within_with(own, future, polls))
}

/// Joins all, and lets go of their handles afterwards.
pub fn join_all<R>(threads: Vec<JoinHandle<R>>) -> Vec<R> {
    let handles: Vec<_> = threads.iter().map(|one| one.thread().clone()).collect();
    let results = threads.into_iter().map(|one| one.join().expect("no panic"));
    let results = results.collect();
    drop(handles);
    results
}

/// To be called before there are threads.
pub fn begin() {
    KEPT.get_or_init(|| Bounded::new(1 << 16));
}

pub fn main() {
    for round in 0..60 {
        flow([1, 2, 3, 16][round as usize % 4], round);
        hurry(1 + round as usize % 2, round);
        pipe([1, 2, 3, 16][round as usize % 4], round);
    }
    for round in 0..200 {
        woken_while_leaving(round);
    }
    a_crowd_is_woken();
}

/// One sends and one receives, in all ways; both ends live until both threads were joined.
fn pipe(capacity: usize, round: u64) {
    const COUNT: u64 = 200;
    let (mut sender, mut receiver) = latchless::pipe::oneway::<Item>(capacity);
    let sends = thread::spawn(move || {
        for n in 0..COUNT {
            let item = Box::new(n);
            let sent = match (round + n) % 4 {
                0 => sender.send(item).is_ok(),
                1 => block_on(sender.send_async(item)).is_ok(),
                2 => sender.send_many(&mut [item].into()) == 1,
                _ => {
                    let has_room = sender.wait_writable_timeout(Duration::MAX).is_ok();
                    has_room && sender.try_send(item).is_ok()
                }
            };
            assert!(sent, "the receiver is there");
        }
        Box::new(sender) as Box<dyn Send>
    });
    let receives = thread::spawn(move || {
        let mut next = 0;
        while next < COUNT {
            let mut items = Vec::new();
            match (round / 2 + next) % 3 {
                0 => items.extend(receiver.recv().ok()),
                1 => items.extend(within(Box::pin(receiver.recv_async()), 3).and_then(Result::ok)),
                _ => _ = receiver.recv_many(&mut items, 3),
            }
            for item in items {
                assert_eq!(*item, next);
                next += 1;
            }
        }
        Box::new(receiver) as Box<dyn Send>
    });
    drop(join_all(vec![sends, receives]));
}

/// Half of the threads push, half of them pop, and all wait for each other; a close ends those who pop.
fn flow(capacity: usize, round: u64) {
    const EACH: u64 = 50;
    let queue = Arc::new(Bounded::<Item>::new(capacity));
    let spawn = |work: fn(&Arc<Bounded<Item>>, u64) -> u64, thread: u64| {
        let queue = Arc::clone(&queue);
        thread::spawn(move || work(&queue, round + thread))
    };
    let push = |queue: &Arc<Bounded<Item>>, seed: u64| {
        let mut handle = Bounded::owned_handle(queue).expect("few handles");
        for i in 0..EACH {
            let item = Box::new(i);
            let pushed = match (seed + i) % 3 {
                0 => queue.push(item),
                1 => handle.push(item),
                _ => block_on(handle.push_async(item)),
            };
            assert!(pushed.is_ok(), "nobody has closed");
        }
        EACH
    };
    let pop = |queue: &Arc<Bounded<Item>>, seed: u64| {
        let mut handle = Bounded::owned_handle(queue).expect("few handles");
        let mut count = 0;
        loop {
            let popped = match (seed + count) % 3 {
                0 => queue.pop(),
                1 => handle.pop(),
                _ => block_on(queue.pop_async()),
            };
            match popped {
                Ok(item) => assert!(*item < EACH),
                Err(_) => return count,
            }
            count += 1;
        }
    };
    let poppers: Vec<_> = (0..THREADS / 2).map(|thread| spawn(pop, thread)).collect();
    let pushers: Vec<_> = (0..THREADS / 2).map(|thread| spawn(push, thread)).collect();
    let handles: Vec<_> = pushers.iter().map(|one| one.thread().clone()).collect();
    let pushed: u64 = join_all(pushers).into_iter().sum();
    queue.close();
    let popped: u64 = join_all(poppers).into_iter().sum();
    drop(handles);
    assert_eq!(pushed, popped);
}

/// All give up now and then: futures are dropped, times run out, wakers are exchanged; closed in the middle.
fn hurry(capacity: usize, round: u64) {
    let queue = Arc::new(Bounded::<Item>::new(capacity));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || hurried(&queue, round + thread))
        })
        .collect();
    (0..round * 20).for_each(|_| thread::yield_now());
    queue.close();
    let (mut pushed, mut popped) = (0, 0);
    for (more_pushed, more_popped) in join_all(threads) {
        pushed += more_pushed;
        popped += more_popped;
    }
    assert_eq!(pushed, popped + queue.close_now().len() as u64);
}

fn hurried(queue: &Bounded<Item>, seed: u64) -> (u64, u64) {
    let (mut pushed, mut popped) = (0, 0);
    let bells = [Bell::new(), Bell::new()];
    bells.iter().for_each(|bell| drop(kept(bell.waker())));
    for i in 0..60 {
        let time = Duration::from_micros(i % 50);
        match (seed + i) % 6 {
            0 => pushed += u64::from(queue.push_timeout(Box::new(i), time).is_ok()),
            1 => popped += u64::from(queue.pop_timeout(time).is_ok()),
            2 => {
                let push = within(queue.push_async(Box::new(i)), i % 4);
                pushed += u64::from(push.is_some_and(|pushed| pushed.is_ok()));
            }
            3 => {
                let pop = within(queue.pop_async(), i % 4);
                popped += u64::from(pop.is_some_and(|popped| popped.is_ok()));
            }
            4 => {
                let mut pop = queue.pop_async();
                let done = bells
                    .iter()
                    .map(|bell| poll_for(&mut pop, bell))
                    .find(|poll| poll.is_ready());
                popped +=
                    u64::from(done.is_some_and(|popped| matches!(popped, Poll::Ready(Ok(_)))));
            }
            _ => pushed += u64::from(queue.try_push(Box::new(i)).is_ok()),
        }
    }
    (pushed, popped)
}

/// One notifies while the other drops the future: whoever of them is last drops the waker.
fn woken_while_leaving(round: u64) {
    let queue = Arc::new(Bounded::<Item>::new(1));
    let bell = Bell::new();
    let notifier = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            (0..20)
                .filter(|_| queue.try_push(Box::new(round)).is_ok())
                .count()
        })
    };
    let mut popped = 0;
    for _ in 0..20 {
        popped += usize::from(poll_for(&mut queue.pop_async(), &bell).is_ready());
    }
    let pushed = notifier.join().expect("no panic");
    assert_eq!(pushed, popped + queue.len());
    assert_eq!(Arc::strong_count(&bell), 1, "no waker outlives its future");
}

/// More wait than a list has room for at first.
fn a_crowd_is_woken() {
    let queue = Arc::new(Bounded::<Item>::new(2));
    let threads: Vec<_> = (0..24)
        .map(|thread| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || match thread % 2 {
                0 => queue.pop().is_ok(),
                _ => block_on(queue.pop_async()).is_ok(),
            })
        })
        .collect();
    for i in 0..12 {
        queue.push(Box::new(i)).expect("nobody has closed");
    }
    while !queue.is_empty() {
        thread::yield_now();
    }
    queue.close();
    let served = join_all(threads).into_iter();
    assert_eq!(served.filter(|&served| served).count(), 12);
}
