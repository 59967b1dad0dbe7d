//! Pipes, step by step: one end is stopped for ever before each of its accesses to shared memory, while it sends,
//! receives, waits, gives up, or goes.
//!
//! * No call of the other end that does not wait is held up, and each takes a small number of its own steps: wait-free.
//! * What was sent or received before is there: a stopped end takes nothing with it but what it was about.
//! * An end that is stopped before its wake leaves the other asleep only until its next call.
//!
//! Needs `--cfg latchless_steps`; without it, this file is empty.
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

#[path = "waiting/tasks.rs"]
mod tasks;

use std::cell::Cell;
use std::thread;
use std::time::Duration;

use latchless::pipe::{Receiver, Sender, oneway};
use model_tests::single_step::Reached;
use model_tests::stall::{Stop, checked};

use tasks::{Bell, poll_for, poll_once};

/// The most steps of a call that does not wait, on a pipe of three.
const BOUND: u64 = 40;

/// What an end does, and may be stopped in.
#[derive(Clone, Copy, Debug)]
enum Act {
    One,
    Slice,
    Chunk,
    Look,
    /// Waits for a moment.
    Timed,
    /// Begins to wait as a task, exchanges its waker, and gives up.
    Task,
    Go,
}

use Act::{Chunk, Go, Look, One, Slice, Task, Timed};

const ACTS: [Act; 7] = [One, Slice, Chunk, Look, Timed, Task, Go];
const AT_ONCE: [Act; 4] = [One, Slice, Chunk, Look];

fn send(sender: &mut Option<Sender<u64>>, act: Act) {
    let Some(end) = sender else { return };
    match act {
        One => _ = end.try_send(1),
        Slice => _ = end.try_send_slice(&mut &[1, 2][..]),
        Chunk => {
            if let Ok(mut chunk) = end.try_write_chunk(2) {
                chunk.extend_from_slice(&[1, 2]);
                chunk.commit();
            }
        }
        Look => _ = (end.len(), end.is_full(), end.is_closed()),
        Timed => _ = end.send_timeout(1, Duration::from_micros(50)),
        Task => {
            let mut future = Box::pin(end.send_async(1));
            if poll_once(&mut future).is_pending() {
                _ = poll_for(&mut future, &Bell::new());
            }
        }
        Go => drop(sender.take()),
    }
}

fn receive(receiver: &mut Option<Receiver<u64>>, act: Act) {
    let Some(end) = receiver else { return };
    match act {
        One => _ = end.try_recv(),
        Slice => _ = end.try_recv_slice(&mut [0; 2]),
        Chunk => {
            if let Ok(mut chunk) = end.try_read_chunk(2) {
                chunk.next();
            }
        }
        Look => _ = (end.len(), end.is_empty(), end.is_closed()),
        Timed => _ = end.recv_timeout(Duration::from_micros(50)),
        Task => {
            let mut future = Box::pin(end.recv_async());
            if poll_once(&mut future).is_pending() {
                _ = poll_for(&mut future, &Bell::new());
            }
        }
        Go => drop(receiver.take()),
    }
}

/// Releases its victim, also when an assertion fails while it stands.
struct Released<'s>(&'s Stop);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// What one of the two ends does, whichever it is.
type Does = Box<dyn FnMut(Act) + Send>;

/// Stops `victim` before each of its steps, and does `meanwhile` each time; how often it was stopped.
fn sweep(victim: impl Fn(&Stop, &mut dyn FnMut(&Stop))) -> u64 {
    let is_stopped = |&at: &u64| {
        let stop = Stop::before(at);
        let mut was_stopped = false;
        victim(&stop, &mut |_| was_stopped = true);
        was_stopped
    };
    (1..).take_while(is_stopped).count() as u64
}

/// One side is stopped in `act`; the other does all that does not wait, within the bound.
fn other_goes_on(act: Act, filled: usize, sender_stops: bool) -> (u64, u64) {
    let worst = Cell::new(0);
    let stops = sweep(|stop, stopped| {
        let (mut sender, receiver) = oneway(3);
        (0..filled).for_each(|_| sender.try_send(0).expect("there is room"));
        let (mut sender, mut receiver) = (Some(sender), Some(receiver));
        let mut own: Does = Box::new(move |act| send(&mut sender, act));
        let mut other: Does = Box::new(move |act| receive(&mut receiver, act));
        if !sender_stops {
            std::mem::swap(&mut own, &mut other);
        }
        thread::scope(|scope| {
            let _released = Released(stop);
            scope.spawn(move || stop.run(|| own(act)));
            if stop.wait() == Reached::End {
                return;
            }
            stopped(stop);
            for turn in 0..3 {
                for next in AT_ONCE {
                    let done = checked(BOUND, &[stop], || other(next));
                    assert!(
                        !done.stalled,
                        "{next:?}, turn {turn}, is held up by {act:?}"
                    );
                    worst.set(done.steps.max(worst.get()));
                }
            }
            let done = checked(BOUND, &[stop], || other(Go));
            assert!(!done.stalled, "to go is held up by {act:?}");
        });
    });
    (stops, worst.get())
}

#[test]
fn an_end_stopped_in_any_call_never_blocks_a_call_of_the_other_that_does_not_wait() {
    let (mut stops, mut worst) = (0, 0);
    for act in ACTS {
        for filled in 0..=3 {
            for sender_stops in [false, true] {
                let (more, steps) = other_goes_on(act, filled, sender_stops);
                stops += more;
                worst = steps.max(worst);
            }
        }
    }
    println!("pipe, one stopped: swept {stops} stops, worst op {worst} steps");
    assert!(stops > 300, "the sweep was cut short: {stops}");
}

/// The receiver sleeps; a sender is stopped in its send, and sends again when it may go on: whatever it had come to, the
/// receiver is awake then.
#[test]
fn an_end_that_was_stopped_before_its_wake_has_woken_the_other_when_it_goes_on() {
    let stops = sweep(|stop, stopped| {
        let (mut sender, mut receiver) = oneway(3);
        let bell = Bell::new();
        let mut waits = Box::pin(receiver.recv_async());
        assert!(poll_for(&mut waits, &bell).is_pending());
        thread::scope(|scope| {
            let _released = Released(stop);
            scope.spawn(|| stop.run(|| sender.try_send(7)));
            if stop.wait() == Reached::Stop {
                stopped(stop);
                // If its value is there, a poll finds it, woken or not.
                let polled = checked(BOUND * 5, &[stop], || poll_for(&mut waits, &bell));
                assert!(!polled.stalled, "a poll is held up");
            }
        });
        drop(waits);
        assert!(bell.rings() > 0 || receiver.is_empty(), "it sleeps on");
    });
    println!("chain, pipe: swept {stops} stops");
    assert!(stops > 5, "the sweep was cut short: {stops}");
}

#[test]
fn a_send_and_a_receive_take_so_many_steps_and_no_more() {
    let (mut sender, mut receiver) = oneway(2);
    for round in 0..5 {
        // Is the other there? Is there room (as from the second lap on is to be asked)? The value, fence, look.
        let sent = checked(9, &[], || sender.try_send(round));
        assert!(
            sent.value.is_ok() && sent.steps <= 5,
            "{} steps",
            sent.steps
        );
        // Is it there? The place, fence, look.
        let received = checked(9, &[], || receiver.try_recv());
        assert_eq!((received.value, received.steps), (Ok(round), 4));
    }
    let sent = checked(9, &[], || sender.try_send_slice(&mut &[1, 2][..]));
    assert!(
        sent.value.is_ok() && sent.steps <= 6,
        "{} steps",
        sent.steps
    );
    let received = checked(9, &[], || receiver.try_recv_slice(&mut [0; 2]));
    assert_eq!((received.value, received.steps), (Ok(2), 4));
}
