//! Threads that wait, sleep and run out of time, again and again: they leave the memory of every structure as it was, with
//! a long sleeper before them and without.
//!
//! A call may find its time over before it has come to a list, and has shown nothing then. Here a thread knows whether it
//! slept, for that is a step: only those calls are counted, and there are as many calls as it takes.
//!
//! Needs `--cfg latchless_steps`; without it, this file is empty.
#![cfg(latchless_steps)]

#[path = "memory_bounded/counting.rs"]
#[allow(dead_code, reason = "only this thread's requests are of interest here")]
mod counting;
#[path = "waiting/tasks.rs"]
mod tasks;

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use latchless::lock::{Mutex, ReentrantMutex};
use latchless::queue::{Bounded, Joinable};
use latchless::sync::{Kind, set_hook};
use latchless::{Event, Semaphore, channel, pipe};

use counting::{asked, turn};
use tasks::poll_once;

/// So many calls sleep, each time.
const SLEEPS: u64 = 1_000;

/// Calls `wait` until so many of the calls have slept; how many calls that took.
fn until_slept(sleeps: u64, slept: &Cell<u64>, wait: &mut impl FnMut(Duration)) -> u64 {
    let enough = slept.get() + sleeps;
    let mut timeout = Duration::from_micros(20);
    let mut calls = 0;
    while slept.get() < enough {
        let before = slept.get();
        wait(timeout);
        if slept.get() == before {
            // On a machine that is so busy it has to have more time.
            timeout = timeout.saturating_mul(2).min(Duration::from_secs(1));
        }
        calls += 1;
    }
    calls
}

/// Calls that run out of time while they sleep ask for no memory, after a first time.
fn flat(what: &str, mut wait: impl FnMut(Duration)) {
    let slept = Rc::new(Cell::new(0));
    let counts = Rc::clone(&slept);
    set_hook(Some(Box::new(move |step| {
        if step.kind == Kind::Park {
            counts.set(counts.get() + 1);
        }
    })));
    until_slept(100, &slept, &mut wait);
    let (calls, times, _) = asked(|| until_slept(SLEEPS, &slept, &mut wait));
    set_hook(None);
    println!("{what}: {calls} calls, of which at least {SLEEPS} slept");
    assert_eq!(times, 0, "{what}: requests for memory");
}

#[test]
fn waits_at_a_queue_that_run_out_of_time_leave_memory_flat() {
    let _turn = turn();
    let queue = Bounded::new(1);
    let mut handle = queue.handle().expect("few handles exist");
    flat("pops", |time| assert!(queue.pop_timeout(time).is_err()));
    let mut sleeper = pin!(queue.pop_async());
    assert!(poll_once(&mut sleeper).is_pending());
    flat("pops behind a sleeper", |time| {
        assert!(handle.pop_timeout(time).is_err());
    });
    queue.try_push(1).expect("there is room");
    flat("pushes", |time| {
        assert!(queue.push_timeout(2, time).is_err());
    });
    let queue = Joinable::new(1);
    flat("pops of tasks", |time| {
        assert!(queue.pop_timeout(time).is_err());
    });
    queue.try_push(1).expect("there is room");
    flat("pushes of tasks", |time| {
        assert!(queue.push_timeout(2, time).is_err());
    });
    flat("joins", |time| assert!(!queue.join_timeout(time)));
}

#[test]
fn waits_at_a_channel_that_run_out_of_time_leave_memory_flat() {
    let _turn = turn();
    for capacity in [0, 1] {
        let (sender, receiver) = channel::bounded(capacity);
        flat("receives", |time| {
            assert!(receiver.recv_timeout(time).is_err());
        });
        if capacity == 1 {
            sender.try_send(0).expect("there is room");
        }
        flat("sends", |time| {
            assert!(sender.send_timeout(1, time).is_err());
        });
    }
}

#[test]
fn waits_at_a_semaphore_that_run_out_of_time_leave_memory_flat() {
    let _turn = turn();
    for semaphore in [Semaphore::new(1), Semaphore::barging(1)] {
        flat("acquisitions", |time| {
            assert!(semaphore.acquire_many_timeout(2, time).is_err());
            assert_eq!(semaphore.available_permits(), 1, "its part is back");
        });
        let mut sleeper = pin!(semaphore.acquire_many_async(3));
        assert!(poll_once(&mut sleeper).is_pending());
        flat("acquisitions behind a sleeper", |time| {
            assert!(semaphore.acquire_many_timeout(2, time).is_err());
        });
    }
}

#[test]
fn waits_for_an_event_that_run_out_of_time_leave_memory_flat() {
    let _turn = turn();
    let event = Event::new();
    flat("waits", |time| assert!(!event.wait_timeout(time)));
    let mut sleeper = pin!(event.wait_async());
    assert!(poll_once(&mut sleeper).is_pending());
    flat("waits behind a sleeper", |time| {
        assert!(!event.wait_timeout(time));
    });
}

#[test]
fn waits_for_a_lock_that_run_out_of_time_leave_memory_flat() {
    let _turn = turn();
    let mutex = Mutex::new(());
    let held = mutex.lock();
    flat("locks", |time| assert!(mutex.lock_timeout(time).is_err()));
    flat("locks of one that starves", |time| {
        assert!(mutex.lock_in_time_as_one_that_starves(time).is_none());
    });
    let mut sleeper = pin!(mutex.lock_async());
    assert!(poll_once(&mut sleeper).is_pending());
    flat("locks behind a sleeper", |time| {
        assert!(mutex.lock_timeout(time).is_err());
    });
    drop(held);
    let mutex = ReentrantMutex::new(());
    let _held = mutex.lock();
    thread::scope(|scope| {
        scope.spawn(|| {
            flat("locks by another thread", |time| {
                assert!(mutex.lock_timeout(time).is_err());
            });
        });
    });
}

#[test]
fn waits_at_a_pipe_that_run_out_of_time_leave_memory_flat() {
    let _turn = turn();
    let (mut sender, mut receiver) = pipe::oneway(1);
    flat("receives", |time| {
        assert!(receiver.recv_timeout(time).is_err());
    });
    sender.try_send(0).expect("there is room");
    flat("sends", |time| {
        assert!(sender.send_timeout(1, time).is_err());
    });
    let (mut writer, mut reader) = pipe::bytes(1);
    flat("reads", |time| {
        assert!(reader.read_timeout(&mut [0], time).is_err());
    });
    assert_eq!(writer.try_write(&[1]).ok(), Some(1));
    flat("writes", |time| {
        assert!(writer.write_timeout(&[2], time).is_err());
    });
    let (mut sender, mut receiver) = pipe::framed(1);
    flat("messages", |time| {
        assert!(receiver.recv_into_timeout(&mut [0], time).is_err());
    });
    assert_eq!(sender.try_send(&[1]), Ok(()));
    flat("messages sent", |time| {
        assert!(sender.send_timeout(&[2], time).is_err());
    });
}
