//! A function that calls itself, under a reentrant lock.
//!
//! Each call writes into one log that several threads share, and keeps the lock while it calls itself: so what one
//! descent writes stands in one piece, whoever else is at work. With a plain mutex the second call would wait for
//! the first, which waits for it.

use latchless::lock::ReentrantMutex;
use std::cell::RefCell;
use std::thread;

const DEPTH: u32 = 4;
const THREADS: u32 = 3;

type Log = ReentrantMutex<RefCell<Vec<String>>>;

/// Counts down, and says so on the way down and up again.
fn count_down(log: &Log, who: u32, n: u32) {
    let lines = log.lock();
    lines.borrow_mut().push(format!("thread {who}: {n} down"));
    if n > 0 {
        count_down(log, who, n - 1);
    }
    lines.borrow_mut().push(format!("thread {who}: {n} up"));
}

fn main() {
    let log = Log::default();
    thread::scope(|scope| {
        for who in 0..THREADS {
            let log = &log;
            scope.spawn(move || count_down(log, who, DEPTH));
        }
    });
    assert!(!log.is_mine(), "all guards are gone");

    let lines = log.into_inner().into_inner();
    let descents: Vec<_> = lines.chunks(2 * (DEPTH as usize + 1)).collect();
    for descent in &descents {
        let who = &descent[0][.."thread 0".len()];
        assert!(
            descent.iter().all(|line| line.starts_with(who)),
            "one piece"
        );
        println!("{who} went down and up in {} lines", descent.len());
    }
    println!(
        "{} descents of {} calls each, none of them interrupted",
        descents.len(),
        DEPTH + 1
    );
}
