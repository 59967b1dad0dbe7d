//! Semaphores, events and locks.

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use latchless::lock::{Mutex, MutexGuard, ReentrantMutex};
use latchless::semaphore::Permit;
use latchless::{Event, Semaphore};

use super::Seen;
use super::caller::Dice;
use super::flows::a_while;
use super::stops::Worker;
use super::tasks::{block_on, within};

/// Lets so many threads do `work`, each with dice of its own.
fn together(threads: u64, dice: &mut Dice, work: impl Fn(Dice) + Sync) {
    thread::scope(|scope| {
        for _ in 0..threads {
            let (dice, work) = (Dice::new(dice.below(1 << 60)), &work);
            scope.spawn(move || {
                let _worker = Worker::enters();
                work(dice);
            });
        }
    });
}

/// Never more holders than permits; all permits are there in the end, also when it is closed while some wait.
pub fn semaphore(dice: &mut Dice, seen: &Seen) {
    let permits = 1 + dice.below(4) as usize;
    let semaphore = match dice.below(2) {
        0 => Semaphore::new(permits),
        _ => Semaphore::barging(permits),
    };
    let (holders, turns) = (AtomicUsize::new(0), 50 + dice.below(400));
    let (cut, made) = (dice.below(2) == 0, AtomicUsize::new(0));
    together(2 + dice.below(4), dice, |mut dice| {
        for _ in 0..turns {
            let many = 1 + dice.below(permits as u64) as usize;
            let Some(permit) = acquired(&semaphore, many, &mut dice, seen) else {
                if semaphore.is_closed() {
                    return seen.cut_off();
                }
                continue;
            };
            let before = holders.fetch_add(many, Ordering::Relaxed);
            assert!(
                before + many <= permits,
                "{many} beside {before} of {permits}"
            );
            if dice.below(4) == 0 {
                thread::yield_now();
            }
            holders.fetch_sub(many, Ordering::Relaxed);
            given_back(&semaphore, permit, &mut dice);
            seen.step();
            if cut && made.fetch_add(1, Ordering::Relaxed) as u64 == turns {
                semaphore.close();
            }
        }
    });
    assert_eq!(semaphore.available_permits(), permits);
}

/// None: no time, no permits, no patience, or closed.
fn acquired<'a>(
    semaphore: &'a Semaphore,
    many: usize,
    dice: &mut Dice,
    seen: &Seen,
) -> Option<Permit<'a>> {
    match dice.below(6) {
        0 => semaphore.try_acquire_many(many).ok(),
        1 => semaphore.acquire_many(many).ok(),
        2 => block_on(semaphore.acquire_many_async(many)).ok(),
        3 => {
            let polls = dice.below(4);
            let acquired = within(pin!(semaphore.acquire_many_async(many)), polls);
            if acquired.is_none() && polls > 0 {
                seen.cancel();
            }
            acquired?.ok()
        }
        _ => match semaphore.acquire_many_timeout(many, a_while(dice)) {
            Ok(permit) => Some(permit),
            Err(error) => {
                if error.is_timeout() {
                    seen.timeout();
                }
                None
            }
        },
    }
}

/// At once, in two parts, or by hand.
fn given_back<'a>(semaphore: &'a Semaphore, mut permit: Permit<'a>, dice: &mut Dice) {
    match dice.below(4) {
        0 => drop(permit.split(1)),
        1 => {
            let many = permit.num_permits();
            permit.forget();
            semaphore.add_permits(many).expect("below the maximum");
        }
        _ => {}
    }
}

/// Whoever waits when it is set is released, however soon it is reset; and all in the end.
pub fn event(dice: &mut Dice, seen: &Seen) {
    let (event, over) = (Event::new(), AtomicBool::new(false));
    let rounds = 50 + dice.below(400);
    let setting = AtomicUsize::new(2);
    together(5, dice, |mut dice| {
        // The first two to come set and reset; the others wait until all is over.
        let sets = setting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .is_ok();
        if sets {
            for _ in 0..rounds {
                event.set();
                event.reset();
                if dice.below(4) == 0 {
                    thread::yield_now();
                }
                seen.step();
            }
            // For good: nobody resets it behind the last one.
            if over.swap(true, Ordering::Relaxed) {
                event.set();
            }
        } else {
            while !(over.load(Ordering::Relaxed) && event.is_set()) {
                waited(&event, &mut dice, seen);
                seen.step();
            }
        }
    });
    assert!(event.is_set());
}

fn waited(event: &Event, dice: &mut Dice, seen: &Seen) {
    match dice.below(4) {
        0 => event.wait(),
        1 => block_on(event.wait_async()),
        2 => {
            let polls = dice.below(4);
            if within(pin!(event.wait_async()), polls).is_none() && polls > 0 {
                seen.cancel();
            }
        }
        _ => {
            if !event.wait_timeout(a_while(dice)) {
                seen.timeout();
            }
        }
    }
}

/// One holder at a time, by a count that races if there are two.
pub fn mutex(dice: &mut Dice, seen: &Seen) {
    locked_by(
        3 + dice.below(3),
        dice,
        |mutex, dice| match dice.below(5) {
            0 => mutex.try_lock().ok(),
            1 => Some(mutex.lock()),
            2 => Some(block_on(mutex.lock_async())),
            3 => {
                let polls = dice.below(4);
                let locked = within(pin!(mutex.lock_async()), polls);
                if locked.is_none() && polls > 0 {
                    seen.cancel();
                }
                locked
            }
            _ => {
                let locked = mutex.lock_timeout(a_while(dice)).ok();
                if locked.is_none() {
                    seen.timeout();
                }
                locked
            }
        },
        seen,
    );
}

/// The same where most give up.
pub fn mutex_of_tasks(dice: &mut Dice, seen: &Seen) {
    locked_by(
        3 + dice.below(3),
        dice,
        |mutex, dice| {
            let locked = within(pin!(mutex.lock_async()), 1 + dice.below(3));
            if locked.is_none() {
                seen.cancel();
            }
            locked
        },
        seen,
    );
}

fn locked_by(
    threads: u64,
    dice: &mut Dice,
    lock: impl for<'a> Fn(&'a Mutex<u64>, &mut Dice) -> Option<MutexGuard<'a, u64>> + Sync,
    seen: &Seen,
) {
    let (mutex, turns) = (Mutex::new(0), 50 + dice.below(400));
    together(threads, dice, |mut dice| {
        let mut made = 0;
        while made < turns {
            let Some(mut count) = lock(&mutex, &mut dice) else {
                thread::yield_now();
                continue;
            };
            let before = *count;
            if dice.below(8) == 0 {
                thread::yield_now();
            }
            *count = before + 1;
            made += 1;
            seen.step();
        }
    });
    assert_eq!(mutex.into_inner(), threads * turns);
}

/// The same, and its holder locks it again.
pub fn reentrant(dice: &mut Dice, seen: &Seen) {
    let threads = 2 + dice.below(3);
    let (mutex, turns) = (
        Arc::new(ReentrantMutex::new(Cell::new(0))),
        50 + dice.below(400),
    );
    together(threads, dice, |mut dice| {
        let mut made = 0;
        while made < turns {
            let outer = match dice.below(3) {
                0 => mutex.try_lock().ok(),
                1 => Some(mutex.lock()),
                _ => {
                    let locked = mutex.lock_timeout(a_while(&mut dice)).ok();
                    if locked.is_none() {
                        seen.timeout();
                    }
                    locked
                }
            };
            let Some(outer) = outer else {
                thread::yield_now();
                continue;
            };
            let before = outer.get();
            let inner = mutex.try_lock().expect("it is mine");
            if dice.below(8) == 0 {
                thread::yield_now();
            }
            inner.set(before + 1);
            made += 1;
            seen.step();
        }
    });
    let mutex = Arc::into_inner(mutex).expect("nobody else has it");
    assert_eq!(mutex.into_inner().get(), threads * turns);
}
