//! Locks, semaphores, events, channels and joinable queues: what each of them guards, or hands on, is plain memory, so
//! that a race for it is seen.
//!
//! What is counted is dropped by the main thread, when all others are joined; see `waits`.

use super::waits::{block_on, join_all, within};
use latchless::channel::{Receiver, Sender};
use latchless::lock::{Mutex, ReentrantMutex};
use latchless::queue::Joinable;
use latchless::{Event, Semaphore, channel};
use std::cell::{Cell, UnsafeCell};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

const THREADS: u64 = 4;
const EACH: u64 = 30;

pub fn main() {
    for round in 0..20 {
        locks(round);
        permits(&Arc::new(Semaphore::new(1)), 1, round);
        permits(&Arc::new(Semaphore::new(2)), 2, round);
        permits(&Arc::new(Semaphore::barging(1)), 1, round);
        gifts(round);
        events(round);
        messages(channel::bounded(0), round);
        messages(channel::bounded(3), round);
        messages(channel::unbounded(), round);
        tasks(round);
    }
}

/// Memory that one thread at a time may use, as something else sees to.
#[derive(Default)]
struct Shared(UnsafeCell<u64>);

// SAFETY: it is used by one thread at a time: that is what the sanitizer watches.
unsafe impl Sync for Shared {}

impl Shared {
    fn add(&self, more: u64) {
        // SAFETY: as above.
        unsafe { *self.0.get() += more }
    }

    fn get(&self) -> u64 {
        // SAFETY: as above.
        unsafe { *self.0.get() }
    }
}

/// All do the same, each with its number.
fn crew<R: Send + 'static>(work: impl Fn(u64) -> R + Send + Clone + 'static) -> Vec<R> {
    let threads = (0..THREADS).map(|thread| {
        let work = work.clone();
        thread::spawn(move || work(thread))
    });
    join_all(threads.collect())
}

fn locks(round: u64) {
    let mutex = Arc::new(Mutex::new(Box::new(0)));
    let cell = Arc::new(ReentrantMutex::new(Cell::new(0)));
    let (one, other) = (Arc::clone(&mutex), Arc::clone(&cell));
    let counted = crew(move |thread| {
        let mut counted = 0;
        for i in 0..EACH {
            let time = Duration::from_micros(i % 40);
            let guard = match (round + thread + i) % 5 {
                0 => Some(one.lock()),
                1 => Some(block_on(one.lock_async())),
                2 => one.lock_timeout(time).ok(),
                3 => within(Box::pin(one.lock_async()), i % 3),
                _ => one.try_lock().ok(),
            };
            if let Some(mut guard) = guard {
                **guard += 1;
                counted += 1;
            }
            let outer = other.lock();
            let inner = other.lock_timeout(time).expect("its own thread has it");
            drop(outer);
            inner.set(inner.get() + 1);
        }
        counted
    });
    assert_eq!(**mutex.lock(), counted.iter().sum::<u64>());
    assert_eq!(cell.lock().get(), THREADS * EACH);
}

/// Who has them all is alone.
fn permits(semaphore: &Arc<Semaphore>, all: usize, round: u64) {
    let shared = Arc::new(Shared::default());
    let (counts, one) = (Arc::clone(&shared), Arc::clone(semaphore));
    let counted = crew(move |thread| {
        let mut counted = 0;
        for i in 0..EACH {
            let time = Duration::from_micros(i % 40);
            let permit = match (round + thread + i) % 5 {
                0 => one.acquire_many(all).ok(),
                1 => block_on(one.acquire_many_async(all)).ok(),
                2 => one.acquire_many_timeout(all, time).ok(),
                3 => within(Box::pin(one.acquire_many_async(all)), i % 3).and_then(Result::ok),
                _ => one.try_acquire_many(all).ok(),
            };
            if let Some(mut permit) = permit {
                counts.add(1);
                counted += 1;
                // Given back in two steps.
                drop(permit.split(all / 2));
            }
        }
        counted
    });
    assert_eq!(semaphore.available_permits(), all);
    assert_eq!(shared.get(), counted.iter().sum::<u64>());
}

/// A permit says that it is the other's turn.
fn gifts(round: u64) {
    let turns = Arc::new([Semaphore::new(1), Semaphore::new(0)]);
    let shared = Arc::new(Shared::default());
    let threads = [0, 1].map(|thread| {
        let (turns, shared) = (Arc::clone(&turns), Arc::clone(&shared));
        thread::spawn(move || {
            for i in 0..EACH {
                let (own, other) = (&turns[thread], &turns[1 - thread]);
                let permit = match (round + i) % 3 {
                    0 => own.acquire().ok(),
                    1 => own.acquire_timeout(Duration::MAX).ok(),
                    _ => block_on(own.acquire_async()).ok(),
                };
                permit.expect("nobody has closed it").forget();
                shared.add(1);
                other.add_permits(1).expect("there is no maximum");
            }
        })
    });
    join_all(threads.into());
    assert_eq!(shared.get(), 2 * EACH);
}

fn events(round: u64) {
    let (event, shared) = (Arc::new(Event::new()), Arc::new(Shared::default()));
    let (waits, looks) = (Arc::clone(&event), Arc::clone(&shared));
    let sets = move |thread| {
        if thread == 0 {
            looks.add(7);
            waits.set();
            // Those who wait have begun to, or find it set again.
            waits.reset();
            waits.set();
        }
        let short = Duration::from_micros(thread * 20);
        match (round + thread) % 3 {
            0 => waits.wait(),
            1 => block_on(waits.wait_async()),
            _ => while !waits.wait_timeout(short) {},
        }
        looks.get()
    };
    assert!(crew(sets).iter().all(|&seen| seen == 7));
}

fn messages((sender, receiver): (Sender<Box<u64>>, Receiver<Box<u64>>), round: u64) {
    let sends = (0..THREADS / 2).map(|thread| {
        let sender = sender.clone();
        thread::spawn(move || {
            for i in 0..EACH {
                let message = Box::new(i);
                let sent = match (round + thread + i) % 3 {
                    0 => sender.send(message).is_ok(),
                    1 => block_on(sender.send_async(message)).is_ok(),
                    _ => sender.send_timeout(message, Duration::MAX).is_ok(),
                };
                assert!(sent, "somebody receives");
            }
            0
        })
    });
    let sends: Vec<_> = sends.collect();
    let receives = (0..THREADS / 2).map(|thread| {
        let receiver = receiver.clone();
        thread::spawn(move || {
            let mut sum = 0;
            for i in 0.. {
                let short = Duration::from_micros(i % 40);
                let received = match (round + thread + i) % 4 {
                    0 => receiver.recv().map_err(|_| true),
                    1 => block_on(receiver.recv_async()).map_err(|_| true),
                    2 => receiver
                        .recv_timeout(short)
                        .map_err(|error| error.is_closed()),
                    _ => match within(receiver.recv_async(), i % 3) {
                        Some(received) => received.map_err(|_| true),
                        None => Err(false),
                    },
                };
                match received {
                    Ok(message) => sum += *message,
                    Err(true) => break,
                    Err(false) => {}
                }
            }
            sum
        })
    });
    let threads = sends.into_iter().chain(receives.collect::<Vec<_>>());
    drop(sender);
    let sums = join_all(threads.collect());
    assert_eq!(
        sums.iter().sum::<u64>(),
        THREADS / 2 * (EACH - 1) * EACH / 2
    );
    assert!(receiver.is_closed());
}

/// Who joins sees what was done to the tasks.
fn tasks(round: u64) {
    let queue = Arc::new(Joinable::<Box<u64>>::new(2));
    let done: Arc<[Shared; THREADS as usize]> = Arc::default();
    let threads = (0..THREADS).map(|thread| {
        let (queue, done) = (Arc::clone(&queue), Arc::clone(&done));
        thread::spawn(move || {
            for i in 0.. {
                let short = Duration::from_micros(i % 40);
                let task = match (round + thread + i) % 3 {
                    0 => queue.pop().map_err(|_| true),
                    1 => block_on(queue.pop_async()).map_err(|_| true),
                    _ => queue.pop_timeout(short).map_err(|error| error.is_closed()),
                };
                match task {
                    Ok(task) => done[thread as usize].add(**task),
                    Err(true) => break,
                    Err(false) => {}
                }
            }
        })
    });
    let threads: Vec<_> = threads.collect();
    for n in 1..=EACH {
        queue.push(Box::new(1)).expect("nobody has closed it");
        if n % 10 == 0 {
            match round % 2 {
                0 => queue.join(),
                _ => block_on(queue.join_async()),
            }
            assert_eq!(done.iter().map(Shared::get).sum::<u64>(), n);
        }
    }
    queue.close();
    join_all(threads);
}

/// What ThreadSanitizer must report: memory that a thread uses beside the one for whom it is guarded. False if there is no
/// such fault.
pub fn planted(fault: &str) -> bool {
    let shared = Arc::new(Shared::default());
    let (mutex, semaphore) = (Arc::new(Mutex::new(())), Arc::new(Semaphore::new(2)));
    let (event, both) = (Arc::new(Event::new()), Arc::new(Barrier::new(2)));
    let act: fn(u64, &Shared, &Mutex<()>, &Semaphore, &Event, &Barrier) = match fault {
        "unlocked" => |thread, shared, mutex, _, _, _| {
            let _guard = (thread == 0).then(|| mutex.lock());
            shared.add(1);
        },
        "two-inside" => |_, shared, _, semaphore, _, both| {
            let _permit = semaphore.acquire();
            both.wait();
            shared.add(1);
        },
        "early" => |thread, shared, _, _, event, _| match thread {
            0 => {
                shared.add(1);
                event.set();
            }
            _ => _ = shared.get(),
        },
        _ => return false,
    };
    let threads = [0, 1].map(|thread| {
        let (shared, mutex, semaphore) = (shared.clone(), mutex.clone(), semaphore.clone());
        let (event, both) = (event.clone(), both.clone());
        thread::spawn(move || act(thread, &shared, &mutex, &semaphore, &event, &both))
    });
    join_all(threads.into());
    println!("a planted race went unseen");
    true
}
