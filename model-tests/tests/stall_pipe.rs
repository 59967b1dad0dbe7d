//! Pipes, step by step: one end is stopped for ever before each of its accesses to shared memory, while it sends,
//! receives, waits, gives up, or goes.
//!
//! * No call of the other end that does not wait is held up, nor a poll or the drop of a future, whether it was asleep
//!   before or not, and each takes a small number of its own steps.
//! * Nothing is lost, doubled or put out of order, whatever the other end did meanwhile.
//! * An end that is stopped before its wake leaves the other asleep only until it goes on, and a poll finds what is there.
//!
//! Needs `--cfg latchless_steps`; without it, this file is empty.
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

#[path = "waiting/tasks.rs"]
mod tasks;

use std::future::Future;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use latchless::pipe::{Receiver, Sender, oneway};
use model_tests::single_step::Reached;
use model_tests::stall::{Stop, checked};

use tasks::{Bell, poll_for, poll_once};

/// The most steps of a call on a pipe of three, of a poll, or of the drop of a future.
const BOUND: u64 = 60;

/// Long enough to come to the list, mostly; nothing depends on it.
const MOMENT: Duration = Duration::from_micros(50);

/// What an end does, and may be stopped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// The end that sends: 0, 1, 2 and so on.
struct Sends {
    end: Option<Sender<u64>>,
    /// So many were sent, and not one more.
    sent: u64,
}

impl Sends {
    fn act(&mut self, act: Act) {
        let Some(end) = &mut self.end else { return };
        let next = [self.sent, self.sent + 1];
        self.sent += match act {
            One => u64::from(end.try_send(next[0]).is_ok()),
            Slice => {
                let mut rest = &next[..];
                let sent = end.try_send_slice(&mut rest).is_ok();
                assert_eq!(sent, rest.is_empty(), "all, or not");
                2 - rest.len() as u64
            }
            Chunk => end.try_write_chunk(2).map_or(0, |mut chunk| {
                let taken = chunk.extend_from_slice(&next);
                chunk.commit();
                taken as u64
            }),
            Look => {
                _ = (end.len(), end.is_full(), end.is_closed());
                0
            }
            Timed => u64::from(end.send_timeout(next[0], MOMENT).is_ok()),
            Task => u64::from(polled_twice(&mut Box::pin(end.send_async(next[0]))) == Some(Ok(()))),
            Go => {
                self.end = None;
                0
            }
        };
    }
}

/// The end that receives.
struct Receives {
    end: Option<Receiver<u64>>,
    got: Vec<u64>,
}

impl Receives {
    fn act(&mut self, act: Act) {
        let Some(end) = &mut self.end else { return };
        match act {
            One => self.got.extend(end.try_recv()),
            Slice => {
                let mut into = [0; 2];
                let count = end.try_recv_slice(&mut into).unwrap_or(0);
                self.got.extend(&into[..count]);
            }
            Chunk => {
                if let Ok(mut chunk) = end.try_read_chunk(2) {
                    self.got.extend(chunk.next());
                }
            }
            Look => _ = (end.len(), end.is_empty(), end.is_closed()),
            Timed => self.got.extend(end.recv_timeout(MOMENT)),
            Task => {
                let received = polled_twice(&mut Box::pin(end.recv_async()));
                self.got.extend(received.and_then(Result::ok));
            }
            Go => self.end = None,
        }
    }

    /// Nothing was lost, doubled or put out of order: `sent` values, or the first of them if this end is gone.
    fn judge(&mut self, sent: u64, title: &str) {
        let is_there = self.end.is_some();
        (0..3).for_each(|_| self.act(Slice));
        assert!(
            self.got.iter().copied().eq(0..self.got.len() as u64),
            "{title}: {:?}",
            self.got
        );
        let got = self.got.len() as u64;
        assert!(
            got == sent || got < sent && !is_there,
            "{title}: {got} of {sent}"
        );
    }
}

/// Begins to wait as a task, exchanges its waker, and gives up, unless it came to an end.
fn polled_twice<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    match poll_once(future) {
        Poll::Pending => match poll_for(future, &Bell::new()) {
            Poll::Pending => None,
            Poll::Ready(done) => Some(done),
        },
        Poll::Ready(done) => Some(done),
    }
}

/// A pipe of three, with so many values inside.
fn filled(values: u64) -> (Sends, Receives) {
    let (sender, receiver) = oneway(3);
    let mut sends = Sends {
        end: Some(sender),
        sent: 0,
    };
    (0..values).for_each(|_| sends.act(One));
    assert_eq!(sends.sent, values, "there is room");
    let receives = Receives {
        end: Some(receiver),
        got: Vec::new(),
    };
    (sends, receives)
}

/// Releases its victim, also when an assertion fails while it stands.
struct Released<'s>(&'s Stop);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// Stops `victim` before each of its steps: how often it was stopped.
fn sweep(mut victim: impl FnMut(&Stop) -> bool) -> u64 {
    (1..).take_while(|&at| victim(&Stop::before(at))).count() as u64
}

/// Does something within the bound.
fn bounded<R>(stop: &Stop, title: &str, worst: &mut u64, act: impl FnOnce() -> R) -> R {
    let done = checked(BOUND, &[stop], act);
    assert!(!done.stalled, "{title}: held up");
    *worst = done.steps.max(*worst);
    done.value
}

/// The sender is stopped in `act`; the receiver, which may have been asleep, does all that does not wait. False if the
/// sender has ended before its stop.
fn receiver_goes_on(stop: &Stop, act: Act, values: u64, asleep: bool, worst: &mut u64) -> bool {
    let title = format!("the sender in {act:?}, {values} inside, asleep: {asleep}");
    let (mut sends, mut receives) = filled(values);
    let was_stopped = thread::scope(|scope| {
        let _released = Released(stop);
        let Receives { end, got } = &mut receives;
        let mut sleeper = end.as_mut().map(|end| Box::pin(end.recv_async()));
        if let Some(sleeper) = sleeper.as_mut().filter(|_| asleep) {
            assert!(poll_once(sleeper).is_pending());
        }
        let sends = &mut sends;
        scope.spawn(move || stop.run(|| sends.act(act)));
        if stop.wait() == Reached::End {
            return false;
        }
        if let Some(sleeper) = sleeper.as_mut().filter(|_| asleep) {
            let polled = bounded(stop, &title, worst, || poll_once(sleeper));
            got.extend(ready(polled).and_then(Result::ok));
        }
        bounded(stop, &title, worst, || drop(sleeper));
        for next in [AT_ONCE; 3].concat() {
            bounded(stop, &title, worst, || receives.act(next));
        }
        if values % 2 == 1 {
            bounded(stop, &title, worst, || receives.act(Go));
        }
        true
    });
    receives.judge(sends.sent, &title);
    was_stopped
}

/// As [`receiver_goes_on`], the other way round.
fn sender_goes_on(stop: &Stop, act: Act, values: u64, asleep: bool, worst: &mut u64) -> bool {
    let title = format!("the receiver in {act:?}, {values} inside, asleep: {asleep}");
    let (mut sends, mut receives) = filled(values);
    let was_stopped = thread::scope(|scope| {
        let _released = Released(stop);
        let Sends { end, sent } = &mut sends;
        let mut sleeper = end.as_mut().map(|end| Box::pin(end.send_async(*sent)));
        if let Some(sleeper) = sleeper.as_mut().filter(|_| asleep) {
            assert!(poll_once(sleeper).is_pending());
        }
        let receives = &mut receives;
        scope.spawn(move || stop.run(|| receives.act(act)));
        if stop.wait() == Reached::End {
            return false;
        }
        if let Some(sleeper) = sleeper.as_mut().filter(|_| asleep) {
            let polled = bounded(stop, &title, worst, || poll_once(sleeper));
            *sent += u64::from(ready(polled) == Some(Ok(())));
        }
        bounded(stop, &title, worst, || drop(sleeper));
        for next in [AT_ONCE; 3].concat() {
            bounded(stop, &title, worst, || sends.act(next));
        }
        if values % 2 == 1 {
            bounded(stop, &title, worst, || sends.act(Go));
        }
        true
    });
    receives.judge(sends.sent, &title);
    was_stopped
}

fn ready<T>(poll: Poll<T>) -> Option<T> {
    match poll {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

#[test]
fn a_stopped_end_never_blocks_the_other_and_nothing_is_lost_doubled_or_out_of_order() {
    let (mut stops, mut worst) = (0, 0);
    for act in ACTS {
        for values in 0..=3 {
            for asleep in [false, true] {
                if !asleep || values == 0 {
                    stops += sweep(|stop| receiver_goes_on(stop, act, values, asleep, &mut worst));
                }
                if !asleep || values == 3 {
                    stops += sweep(|stop| sender_goes_on(stop, act, values, asleep, &mut worst));
                }
            }
        }
    }
    println!("pipe, one stopped: swept {stops} stops, worst op {worst} steps");
    assert!(stops > 300, "the sweep was cut short: {stops}");
}

/// One end sleeps, the other is stopped in its call, and goes on to its end: whatever the sleeper was told meanwhile, it
/// is awake then.
fn is_awake_in_the_end<F: Future + Unpin>(
    stop: &Stop,
    mut sleeper: F,
    call: impl FnOnce() + Send,
) -> bool {
    let bell = Bell::new();
    assert!(poll_for(&mut sleeper, &bell).is_pending());
    let mut done = false;
    let was_stopped = thread::scope(|scope| {
        let _released = Released(stop);
        scope.spawn(|| stop.run(call));
        let was_stopped = stop.wait() == Reached::Stop;
        if was_stopped {
            // If what it waits for is there, a poll finds it, woken or not.
            done = bounded(stop, "a poll", &mut 0, || poll_for(&mut sleeper, &bell)).is_ready();
        }
        was_stopped
    });
    assert!(done || bell.rings() > 0, "it sleeps on");
    assert!(
        done || poll_for(&mut sleeper, &bell).is_ready(),
        "for what?"
    );
    was_stopped
}

#[test]
fn an_end_that_was_stopped_before_its_wake_has_woken_the_other_when_it_goes_on() {
    let stops = sweep(|stop| {
        let (mut sender, mut receiver) = oneway(3);
        let sleeper = Box::pin(receiver.recv_async());
        is_awake_in_the_end(stop, sleeper, || sender.try_send(7).expect("there is room"))
    });
    println!("chain, pipe, sender: swept {stops} stops");
    assert!(stops > 5, "the sweep was cut short: {stops}");
    let stops = sweep(|stop| {
        let (mut sender, mut receiver) = oneway(1);
        sender.try_send(7).expect("there is room");
        let sleeper = Box::pin(sender.send_async(8));
        is_awake_in_the_end(stop, sleeper, || {
            assert_eq!(receiver.try_recv(), Ok(7));
        })
    });
    println!("chain, pipe, receiver: swept {stops} stops");
    assert!(stops > 5, "the sweep was cut short: {stops}");
    for sender_goes in [false, true] {
        let stops = sweep(|stop| {
            let (mut sender, mut receiver) = oneway(1);
            if sender_goes {
                let sleeper = Box::pin(receiver.recv_async());
                return is_awake_in_the_end(stop, sleeper, || drop(sender));
            }
            sender.try_send(7).expect("there is room");
            let sleeper = Box::pin(sender.send_async(8));
            is_awake_in_the_end(stop, sleeper, || drop(receiver))
        });
        println!("chain, pipe, end, by the sender: {sender_goes}: swept {stops} stops");
        assert!(stops > 5, "the sweep was cut short: {stops}");
    }
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
