//! The races; see the file above.

use latchless::error::TryPopError;
use latchless::queue::Bounded;
use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;

const THREADS: u64 = 4;
const ROUNDS: u64 = 300;

pub fn main() {
    super::waits::begin();
    match std::env::var("LATCHLESS_PLANTED_FAULT").as_deref() {
        Ok("race") => return race_without_synchronisation(),
        Ok("use-after-free") => return read_freed_memory(),
        Ok(other) if super::products::planted(other) => return,
        Ok(other) => panic!("no such fault: {other}"),
        Err(_) => {}
    }
    let mut popped = 0;
    for round in 0..ROUNDS {
        let capacity = [1, 2, 3, 7, 64][round as usize % 5];
        popped += race(capacity, round);
    }
    assert!(popped > ROUNDS, "the queues were not empty all the time");
    threads_come_and_go();
    super::segments::main();
    super::waits::main();
    super::pipes::main();
    super::products::main();
    println!("{ROUNDS} races, {popped} items popped");
}

/// One queue, four threads with a handle or without, every call, closed in the end.
fn race(capacity: usize, round: u64) -> u64 {
    let queue = Arc::new(Bounded::new(capacity));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                if (round + thread).is_multiple_of(2) {
                    through_handle(queue, thread)
                } else {
                    through_reference(&queue, thread)
                }
            })
        })
        .collect();
    let (mut pushed, mut popped) = (0, 0);
    for thread in threads {
        let (more_pushed, more_popped) = thread.join().expect("no thread panicked");
        pushed += more_pushed;
        popped += more_popped;
    }
    popped += queue.close_now().len() as u64;
    assert_eq!(queue.try_pop(), Err(TryPopError::Closed));
    assert_eq!(pushed, popped, "every item exactly once");
    popped
}

fn through_handle(queue: Arc<Bounded<Box<u64>>>, thread: u64) -> (u64, u64) {
    let (mut pushed, mut popped) = (0, 0);
    for turn in 0..8 {
        // Given back and taken again each turn, so that records change hands.
        let mut handle = Bounded::owned_handle(&queue).expect("few handles");
        for step in 0..8 {
            let value = Box::new(thread * 1000 + turn * 10 + step);
            match (thread + step) % 4 {
                0 => pushed += u64::from(handle.try_push(value).is_ok()),
                1 => popped += u64::from(handle.try_pop().is_ok()),
                2 => {
                    if let Ok(displaced) = handle.force_push(value) {
                        pushed += 1;
                        popped += u64::from(displaced.is_some());
                    }
                }
                _ => {
                    let mut some = Vec::new();
                    popped += handle.try_pop_many(&mut some, 2) as u64;
                }
            }
        }
    }
    (pushed, popped)
}

fn through_reference(queue: &Bounded<Box<u64>>, thread: u64) -> (u64, u64) {
    let (mut pushed, mut popped) = (0, 0);
    for step in 0..64 {
        match (thread + step) % 5 {
            0 => pushed += u64::from(queue.try_push(Box::new(step)).is_ok()),
            1 => popped += u64::from(queue.try_pop().is_ok()),
            2 => {
                let mut items = VecDeque::from([Box::new(step), Box::new(step + 1)]);
                pushed += queue.try_push_many(&mut items) as u64;
            }
            3 => assert!(queue.len() <= queue.capacity()),
            _ => {
                let _ = (queue.is_empty(), queue.is_full(), queue.is_closed());
                popped += queue.try_iter().take(1).count() as u64;
            }
        }
        if step == 48 && thread == 3 {
            queue.close();
        }
    }
    (pushed, popped)
}

/// Thread numbers are handed over from one thread to the next, with the participants they own.
fn threads_come_and_go() {
    let queue = Arc::new(
        Bounded::builder(3)
            .threads(2)
            .build()
            .expect("a small queue"),
    );
    let mut sum = 0;
    for wave in 0..100_u64 {
        let threads: Vec<_> = (0..3)
            .map(|thread| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || {
                    let pushed = queue.try_push(Box::new(wave + thread)).is_ok();
                    let popped = queue.try_pop().is_ok();
                    i64::from(pushed) - i64::from(popped)
                })
            })
            .collect();
        for thread in threads {
            sum += thread.join().expect("no thread panicked");
        }
    }
    assert_eq!(sum, queue.len() as i64);
}

/// What ThreadSanitizer must report.
fn race_without_synchronisation() {
    struct Shared(std::cell::UnsafeCell<u64>);
    // SAFETY: none; this is the planted fault, reached only when it is asked for by name.
    unsafe impl Sync for Shared {}
    let shared = Arc::new(Shared(std::cell::UnsafeCell::new(0)));
    let threads = [(); 2].map(|()| {
        let shared = Arc::clone(&shared);
        thread::spawn(move || {
            for _ in 0..1000 {
                // SAFETY: none, as above.
                unsafe { *shared.0.get() += 1 };
            }
        })
    });
    for thread in threads {
        thread.join().expect("no thread panicked");
    }
    println!("a planted race went unseen");
}

/// What AddressSanitizer must report.
fn read_freed_memory() {
    let freed = std::ptr::from_ref(&*Box::new(7_u64));
    // SAFETY: none; this is the planted fault, reached only when it is asked for by name.
    let value = unsafe { freed.read_volatile() };
    println!("planted use after free went unseen, and read {value}");
}
