//! Tickets sold under a lock: looking whether one is left and taking it are one step for all others.
//!
//! Without the lock two clerks could both see the last ticket, and both sell it (`cargo demo tickets` shows that). Clerks
//! in threads and clerks in tasks share the one till.

use latchless::lock::{Mutex, MutexGuard};
use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

const TICKETS: u32 = 60;
const THREADS: u32 = 3;
const TASKS: u32 = 3;
const BUYERS_EACH: u32 = 15;

#[derive(Debug, Default)]
struct Till {
    next: u32,
    sold: Vec<u32>,
    refused: u32,
}

/// Sells one ticket, if one is left; the guard says that nobody else is at the till.
fn sell(mut till: MutexGuard<'_, Till>) {
    if till.next == TICKETS {
        till.refused += 1;
        return;
    }
    till.next += 1;
    let ticket = till.next;
    till.sold.push(ticket);
}

fn main() {
    let till = Mutex::new(Till::default());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..BUYERS_EACH).for_each(|_| sell(till.lock())));
        }
        // One thread for all tasks: a task that waits for the till does not keep the thread.
        scope.spawn(|| {
            let clerks = smol::LocalExecutor::new();
            let tasks: Vec<_> = (0..TASKS)
                .map(|_| {
                    clerks.spawn(async {
                        for _ in 0..BUYERS_EACH {
                            sell(till.lock_async().await);
                        }
                    })
                })
                .collect();
            smol::block_on(clerks.run(async {
                for task in tasks {
                    task.await;
                }
            }));
        });
        // Somebody asks how it is going, and does not insist on an answer.
        match till.lock_timeout(Duration::from_millis(1)) {
            Ok(till) => println!("{} sold so far", till.sold.len()),
            Err(busy) => println!("no answer: {busy}"),
        }
    });

    let till = till.into_inner();
    assert!(till.sold.iter().copied().eq(1..=TICKETS), "in order");
    let different: BTreeSet<_> = till.sold.iter().collect();
    assert_eq!(different.len() as u32, TICKETS, "each once");
    assert_eq!(till.refused, (THREADS + TASKS) * BUYERS_EACH - TICKETS);
    println!(
        "{} tickets sold under the lock, each once; {} buyers came too late",
        different.len(),
        till.refused
    );
}
