//! The unbounded queue: segments of few slots that come, go and are used again, while threads do, with handles or without.

use latchless::error::TryPopError;
use latchless::queue::Unbounded;
use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;

const THREADS: u64 = 4;
const ROUNDS: u64 = 60;
const STEPS: u64 = 400;

/// So large that the largest segments have 4 slots.
struct Item {
    own: Box<u64>,
    _large: [u64; 255],
}

impl Item {
    fn new(value: u64) -> Self {
        Self {
            own: Box::new(value),
            _large: [value; 255],
        }
    }
}

pub fn main() {
    // The epochs are set up before there are threads: std's `Once`, by which they are, was not built for ThreadSanitizer.
    drop(Unbounded::<u8>::new().handle());
    let popped: u64 = (0..ROUNDS).map(race).sum();
    assert!(popped > ROUNDS * 100, "hardly anything was popped");
}

/// Says how many were popped.
fn race(round: u64) -> u64 {
    let queue = Arc::new(Unbounded::new());
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || churn(&queue, round, thread))
        })
        .collect();
    let (mut pushed, mut popped) = (0, 0);
    for thread in threads {
        let (more_pushed, more_popped) = thread.join().expect("no thread panicked");
        pushed += more_pushed;
        popped += more_popped;
    }
    if round.is_multiple_of(3) {
        // What is inside is dropped with the queue.
        return popped;
    }
    popped += queue.close_now().len() as u64;
    assert!(matches!(queue.try_pop(), Err(TryPopError::Closed)));
    assert_eq!(pushed, popped, "every item exactly once");
    popped
}

fn churn(queue: &Arc<Unbounded<Item>>, round: u64, thread: u64) -> (u64, u64) {
    let (mut pushed, mut popped) = (0, 0);
    let mut handle = Unbounded::owned_handle(queue);
    for step in 0..STEPS {
        let item = || Item::new(thread * STEPS + step);
        match (round + thread + step) % 7 {
            0 => pushed += u64::from(handle.push(item()).is_ok()),
            1 => pushed += u64::from(queue.push(item()).is_ok()),
            2 => pushed += queue.push_many(&mut VecDeque::from([item(), item()])) as u64,
            3 => popped += u64::from(handle.try_pop().is_ok_and(|item| *item.own < u64::MAX)),
            4 => popped += u64::from(queue.try_pop().is_ok()),
            5 => popped += handle.try_pop_many(&mut Vec::new(), 3) as u64,
            _ => match step % 5 {
                0 => handle = Unbounded::owned_handle(queue),
                1 => queue.shrink(),
                2 => _ = (queue.len(), handle.is_empty(), queue.is_closed()),
                _ => popped += queue.try_iter().take(2).count() as u64,
            },
        }
        if thread == 3 && round.is_multiple_of(2) && step == STEPS - 20 {
            queue.close();
        }
    }
    (pushed, popped)
}
