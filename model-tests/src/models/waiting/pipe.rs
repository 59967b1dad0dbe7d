//! Pipes: what is sent is received whole and once, a place is written when it was read, and who waits at either end is
//! woken, by a value, by room, or because the other end goes.
//!
//! Threads give their ends back, so that no drop wakes whom a call should have woken.
#![forbid(unsafe_code)]

use super::gate::join;
use super::task::{Task, poll_once};
use crate::models::Model;
use latchless::error::{RecvError, TryRecvError, TrySendError};
use latchless::pipe::{Receiver, Sender, duplex, oneway};
use latchless::sync::{Timer, asymmetric, deadlines};
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread::{self, JoinHandle};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

const EARLY_OR_WOKEN: &[&str] = &["early", "woken"];

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("a_value_is_received_whole", 2, 30, &["empty", "received"], value_arrives).without_fences(),
    Model::own("a_place_is_not_written_before_it_was_read", 2, 30, &["full", "sent"], place_is_reused).without_fences(),
    Model::own("a_run_is_received_whole", 2, 50, &["empty", "received"], run_arrives).without_fences(),
    Model::own("a_run_is_not_overwritten_before_it_was_read", 2, 30, &["full", "one", "two"], run_is_reused).without_fences(),
    Model::own("values_and_runs_come_in_order", 2, 300, &["both", "one"], laps).without_fences(),
    Model::own("a_chunk_makes_room_when_it_is_dropped", 2, 15, &["full", "sent"], chunk_makes_room).without_fences(),
    Model::own("the_length_of_a_pipe_was_true_at_one_moment", 2, 100, &["0", "1", "2"], lengths),
    Model::own("a_receiver_that_waits_is_woken_by_a_send", 2, 900, EARLY_OR_WOKEN, send_meets_task),
    Model::own("a_receiver_that_waits_is_woken_by_a_run", 1, 25, EARLY_OR_WOKEN, run_meets_task),
    Model::own("a_thread_that_receives_is_woken_by_a_send", 1, 20, &["received"], send_meets_thread),
    Model::own("a_sender_that_waits_is_woken_by_a_receive", 2, 900, EARLY_OR_WOKEN, recv_meets_task),
    Model::own("a_sender_that_waits_is_woken_by_a_chunk", 1, 18, EARLY_OR_WOKEN, chunk_meets_task),
    Model::own("who_waits_at_a_pipe_is_woken_where_both_sides_make_their_fence", 2, 600, EARLY_OR_WOKEN, send_meets_task_with_fences),
    Model::own("a_receiver_that_is_watched_for_is_woken", 2, 1500, EARLY_OR_WOKEN, send_meets_watched_task),
    Model::own("a_receiver_that_was_watched_for_is_woken", 2, 200, &["early", "nothing yet", "woken"], sends_meet_watched_task),
    Model::own("a_receiver_that_waits_sees_its_sender_go", 2, 700, EARLY_OR_WOKEN, sender_goes),
    Model::own("a_sender_that_waits_sees_its_receiver_go", 2, 700, EARLY_OR_WOKEN, receiver_goes),
    Model::own("what_was_sent_is_received_before_the_end", 2, 80, &["at once", "later"], end_comes_last).without_fences(),
    Model::own("who_finds_its_receiver_gone_sees_what_that_did", 2, 30, &["closed", "sent"], receiver_is_gone).without_fences(),
    Model::own("a_value_sent_while_the_receiver_goes_is_given_back_or_dropped", 2, 100, &["dropped", "given back"], send_meets_drop),
    Model::own("a_receive_from_a_pipe_in_time_or_too_late", 1, 50, &["in time", "too late"], timeout),
    Model::own("a_dropped_receive_from_a_pipe_loses_nothing", 1, 1000, EARLY_OR_WOKEN, dropped),
    Model::own("a_forgotten_receive_keeps_no_wake", 1, 90, EARLY_OR_WOKEN, forgotten),
    Model::own("a_receiver_that_exchanges_its_waker_is_woken", 2, 150, EARLY_OR_WOKEN, exchanged),
    Model::own("both_ends_of_a_duplex_pipe_wait_for_each_other", 1, 600, &["answered"], ping_pong),
];

type Value = Box<u64>;

fn value(n: u64) -> Value {
    Box::new(n)
}

/// Sends on a thread of its own, which gives the end back.
fn sends<T: Send + 'static, R: 'static>(
    mut sender: Sender<T>,
    act: impl FnOnce(&mut Sender<T>) -> R + 'static,
) -> JoinHandle<(Sender<T>, R)> {
    thread::spawn(move || {
        let done = act(&mut sender);
        (sender, done)
    })
}

/// Receives on a thread of its own, which gives the end back.
fn receives<T: Send + 'static, R: 'static>(
    mut receiver: Receiver<T>,
    act: impl FnOnce(&mut Receiver<T>) -> R + 'static,
) -> JoinHandle<(Receiver<T>, R)> {
    thread::spawn(move || {
        let done = act(&mut receiver);
        (receiver, done)
    })
}

fn value_arrives() -> &'static str {
    let (sender, receiver) = oneway(1);
    let sends = sends(sender, |sender| sender.try_send(value(7)));
    let receives = receives(receiver, Receiver::try_recv);
    let (_sender, sent) = join(sends);
    assert_eq!(sent, Ok(()));
    match join(receives).1 {
        Ok(received) => {
            assert_eq!(*received, 7);
            "received"
        }
        Err(error) => {
            assert_eq!(error, TryRecvError::Empty);
            "empty"
        }
    }
}

fn place_is_reused() -> &'static str {
    let (mut sender, receiver) = oneway(1);
    sender.try_send(value(1)).expect("there is room");
    let sends = sends(sender, |sender| sender.try_send(value(2)));
    let receives = receives(receiver, |receiver| receiver.try_recv().map(|value| *value));
    let (_sender, sent) = join(sends);
    let (mut receiver, received) = join(receives);
    assert_eq!(received, Ok(1));
    match sent {
        Ok(()) => {
            assert_eq!(receiver.try_recv().map(|value| *value), Ok(2));
            "sent"
        }
        Err(error) => {
            assert!(error.is_full());
            assert_eq!(
                receiver.try_recv().map(|value| *value),
                Err(TryRecvError::Empty)
            );
            "full"
        }
    }
}

fn run_arrives() -> &'static str {
    let (mut sender, mut receiver) = oneway(2);
    // The run goes over the end of the memory.
    sender.try_send(0).expect("there is room");
    assert_eq!(receiver.try_recv(), Ok(0));
    let sends = sends(sender, |sender| sender.try_send_slice(&mut &[1, 2][..]));
    let receives = receives(receiver, |receiver| {
        let mut values = [0; 2];
        (receiver.try_recv_slice(&mut values), values)
    });
    assert_eq!(join(sends).1, Ok(()));
    match join(receives).1 {
        (Ok(count), values) => {
            assert_eq!((count, values), (2, [1, 2]), "a run is there as a whole");
            "received"
        }
        (Err(error), _) => {
            assert_eq!(error, TryRecvError::Empty);
            "empty"
        }
    }
}

/// The places of a run are made empty one by one, or both at once.
fn run_is_reused() -> &'static str {
    let (mut sender, receiver) = oneway(2);
    sender
        .try_send_slice(&mut &[1, 2][..])
        .expect("there is room");
    let sends = sends(sender, |sender| {
        let mut values = &[3, 4][..];
        let _ = sender.try_send_slice(&mut values);
        2 - values.len()
    });
    let receives = receives(receiver, |receiver| {
        [(); 2].map(|()| receiver.try_recv().expect("both are there"))
    });
    let (_sender, sent) = join(sends);
    let (mut receiver, received) = join(receives);
    assert_eq!(received, [1, 2]);
    let mut values = [0; 3];
    let count = receiver.try_recv_slice(&mut values).unwrap_or(0);
    assert_eq!(
        (count, values[..count].to_vec()),
        (sent, [3, 4][..sent].to_vec())
    );
    ["full", "one", "two"][sent]
}

/// Values by themselves and runs, received in other portions than they were sent in.
fn laps() -> &'static str {
    let (mut sender, receiver) = oneway(2);
    sender.try_send(1).expect("there is room");
    let sends = sends(sender, |sender| {
        let mut run = &[2, 3][..];
        let _ = sender.try_send_slice(&mut run);
        let last = sender.try_send(4).is_ok();
        (2 - run.len(), last)
    });
    let receives = receives(receiver, |receiver| {
        let mut values = [0; 2];
        let count = receiver.try_recv_slice(&mut values).expect("one is there");
        (values[..count].to_vec(), receiver.try_recv().ok())
    });
    let (mut sender, (of_run, last)) = join(sends);
    let (mut receiver, (mut all, next)) = join(receives);
    all.extend(next);
    all.extend(receiver.try_iter());
    let mut expected = vec![1, 2, 3];
    expected.truncate(1 + of_run);
    expected.extend(last.then_some(4));
    assert_eq!(all, expected, "in order, and whole");
    assert!(
        sender.try_send_slice(&mut &[5, 6][..]).is_ok(),
        "all is empty"
    );
    if of_run == 2 { "both" } else { "one" }
}

fn chunk_makes_room() -> &'static str {
    let (mut sender, receiver) = oneway(2);
    let mut chunk = sender.try_write_chunk(2).expect("there is room");
    chunk.push(value(1)).expect("it fits");
    chunk.push(value(2)).expect("it fits");
    chunk.commit();
    let sends = sends(sender, |sender| sender.try_send(value(3)));
    let receives = receives(receiver, |receiver| {
        let mut chunk = receiver.try_read_chunk(2).expect("both are there");
        assert_eq!(*chunk.as_slices().0[0], 1);
        chunk.next().map(|value| *value)
    });
    let (_sender, sent) = join(sends);
    let (mut receiver, first) = join(receives);
    assert_eq!(first, Some(1));
    let rest: Vec<u64> = receiver.try_iter().map(|value| *value).collect();
    if sent.is_ok() {
        assert_eq!(rest, [2, 3]);
        "sent"
    } else {
        assert_eq!(rest, [2]);
        "full"
    }
}

/// One is inside; it is received and another sent, in whatever order, while the receiver asks how many there are.
fn lengths() -> &'static str {
    let (mut sender, receiver) = oneway(2);
    sender.try_send(1).expect("there is room");
    let sends = sends(sender, |sender| {
        sender.try_send(2).expect("there is room");
        let len = sender.len();
        assert!(
            (1..=2).contains(&len),
            "its own value is inside, or was received"
        );
    });
    let receives = receives(receiver, |receiver| {
        let before = receiver.len();
        assert!(before >= 1, "one was inside before");
        receiver.try_recv().expect("one is there");
        (before, receiver.len())
    });
    let _sender = join(sends);
    match join(receives).1 {
        (2, after) => {
            assert_eq!(after, 1, "what was seen is there");
            "2"
        }
        (_, 1) => "1",
        _ => "0",
    }
}

/// A task that receives once, with the end inside, which it keeps.
fn receiving<T: Send + 'static>(
    receiver: Receiver<T>,
) -> Task<impl Future<Output = (Receiver<T>, Result<T, RecvError>)>> {
    Task::new(async move {
        let mut receiver = receiver;
        let received = receiver.recv_async().await;
        (receiver, received)
    })
}

/// Polls a task while another thread acts, and again when it was woken.
fn polled_meanwhile<F: Future, E>(
    mut task: Task<F>,
    act: JoinHandle<E>,
    ended: impl Fn(F::Output),
) -> &'static str {
    let first = task.poll();
    let _kept = join(act);
    if let std::task::Poll::Ready(output) = first {
        ended(output);
        return "early";
    }
    assert!(task.was_woken(), "it was not woken");
    match task.poll() {
        std::task::Poll::Ready(output) => ended(output),
        std::task::Poll::Pending => panic!("it was not woken for what it waits for"),
    }
    "woken"
}

fn send_meets_task() -> &'static str {
    let (sender, receiver) = oneway(1);
    let sends = sends(sender, |sender| sender.try_send(7));
    polled_meanwhile(receiving(receiver), sends, |(_, received)| {
        assert_eq!(received, Ok(7));
    })
}

fn send_meets_task_with_fences() -> &'static str {
    asymmetric(false);
    let ends = oneway(1);
    asymmetric(true);
    let (sender, receiver) = ends;
    let sends = sends(sender, |sender| sender.try_send(7));
    polled_meanwhile(receiving(receiver), sends, |(_, received)| {
        assert_eq!(received, Ok(7));
    })
}

/// A pipe whose receiver has slept before, in vain: it is watched for.
fn watched() -> (Sender<u64>, Receiver<u64>) {
    let (sender, mut receiver) = oneway(2);
    let mut in_vain = Box::pin(receiver.recv_async());
    assert!(poll_once(&mut in_vain).is_pending());
    drop(in_vain);
    (sender, receiver)
}

/// Nobody makes a fence for another any more.
fn send_meets_watched_task() -> &'static str {
    let (sender, receiver) = watched();
    let sends = sends(sender, |sender| sender.try_send(7));
    polled_meanwhile(receiving(receiver), sends, |(_, received)| {
        assert_eq!(received, Ok(7));
    })
}

/// The first of the two is the last for which it is watched, and it waits for the second.
fn sends_meet_watched_task() -> &'static str {
    let (mut sender, mut receiver) = watched();
    sender.try_send(1).expect("there is room");
    assert_eq!(receiver.try_recv(), Ok(1));
    let sends = sends(sender, |sender| [2, 3].map(|value| sender.try_send(value)));
    let Ok(received) = receiver.try_recv() else {
        let _sender = join(sends);
        return "nothing yet";
    };
    assert_eq!(received, 2);
    polled_meanwhile(receiving(receiver), sends, |(_, received)| {
        assert_eq!(received, Ok(3));
    })
}

fn run_meets_task() -> &'static str {
    let (sender, receiver) = oneway(2);
    let sends = sends(sender, |sender| sender.try_send_slice(&mut &[7, 8][..]));
    let mut receiver = receiver;
    let task = Task::new(async move {
        let mut values = [0; 3];
        let count = receiver.recv_slice_async(&mut values).await;
        (receiver, count, values)
    });
    polled_meanwhile(task, sends, |(_, count, values)| {
        assert_eq!((count, values), (Ok(2), [7, 8, 0]));
    })
}

fn send_meets_thread() -> &'static str {
    let (sender, receiver) = oneway(1);
    let receives = receives(receiver, Receiver::recv);
    let sends = sends(sender, |sender| sender.try_send(7));
    let _sender = join(sends);
    assert_eq!(join(receives).1, Ok(7));
    "received"
}

fn recv_meets_task() -> &'static str {
    let (mut sender, receiver) = oneway(1);
    sender.try_send(1).expect("there is room");
    let receives = receives(receiver, Receiver::try_recv);
    let task = Task::new(async move {
        let sent = sender.send_async(2).await;
        (sender, sent)
    });
    polled_meanwhile(task, receives, |(_, sent)| assert_eq!(sent, Ok(())))
}

fn chunk_meets_task() -> &'static str {
    let (mut sender, receiver) = oneway(1);
    sender.try_send(1).expect("there is room");
    let receives = receives(receiver, |receiver| {
        receiver.try_read_chunk(1).map(|mut chunk| chunk.next())
    });
    let task = Task::new(async move {
        let sent = sender.wait_writable_async().await;
        (sender, sent)
    });
    polled_meanwhile(task, receives, |(_, sent)| assert_eq!(sent, Ok(())))
}

fn sender_goes() -> &'static str {
    let (sender, receiver) = oneway::<u64>(1);
    let goes = thread::spawn(move || drop(sender));
    polled_meanwhile(receiving(receiver), goes, |(_, received)| {
        assert_eq!(received, Err(RecvError));
    })
}

fn receiver_goes() -> &'static str {
    let (mut sender, receiver) = oneway(1);
    sender.try_send(1).expect("there is room");
    let goes = thread::spawn(move || drop(receiver));
    let task = Task::new(async move {
        // Room that the receiver makes as it goes does not count.
        let sent = sender.send_async(2).await;
        (sender, sent)
    });
    polled_meanwhile(task, goes, |(sender, sent)| {
        assert!(sent.is_err() && sender.is_closed());
    })
}

/// Closed is said when everything was received, and not before.
fn end_comes_last() -> &'static str {
    let (mut sender, receiver) = oneway(1);
    let goes = thread::spawn(move || {
        sender.try_send(value(7)).expect("there is room");
    });
    let (mut receiver, first) = join(receives(receiver, Receiver::try_recv));
    join(goes);
    match first {
        Ok(received) => {
            assert_eq!(*received, 7);
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
            "at once"
        }
        Err(error) => {
            assert_eq!(error, TryRecvError::Empty, "the value was not found");
            assert_eq!(receiver.try_recv().map(|value| *value), Ok(7));
            "later"
        }
    }
}

fn receiver_is_gone() -> &'static str {
    let did = Arc::new(AtomicU64::new(0));
    let (sender, receiver) = oneway(1);
    let does = did.clone();
    let goes = thread::spawn(move || {
        does.store(1, Ordering::Relaxed);
        drop(receiver);
    });
    let sends = sends(sender, move |sender| {
        let sent = sender.try_send(7);
        let done = did.load(Ordering::Relaxed) == 1;
        assert!(sent.is_ok() || done, "it is gone, and nothing was done");
        sent
    });
    let (_sender, sent) = join(sends);
    join(goes);
    match sent {
        Ok(()) => "sent",
        Err(error) => {
            assert_eq!(error, TrySendError::Closed(7));
            "closed"
        }
    }
}

fn send_meets_drop() -> &'static str {
    let counted = Arc::new(());
    let (sender, receiver) = oneway(1);
    let goes = thread::spawn(move || drop(receiver));
    let message = counted.clone();
    let sends = sends(sender, move |sender| sender.try_send(message));
    join(goes);
    let (sender, sent) = join(sends);
    drop(sender);
    let outcome = if sent.is_ok() {
        "dropped"
    } else {
        "given back"
    };
    drop(sent);
    assert_eq!(Arc::strong_count(&counted), 1, "dropped exactly once");
    outcome
}

fn timeout() -> &'static str {
    let (mut sender, receiver) = oneway(1);
    let (timer, clock) = Timer::start();
    deadlines(Some(timer));
    let receives = receives(receiver, |receiver| {
        receiver.recv_timeout(Duration::from_secs(1))
    });
    sender.try_send(7).expect("there is room");
    let (mut receiver, received) = join(receives);
    join(clock);
    deadlines(None);
    match received {
        Ok(received) => {
            assert_eq!(received, 7);
            "in time"
        }
        Err(error) => {
            assert!(error.is_timeout());
            assert_eq!(receiver.try_recv(), Ok(7), "a timeout takes nothing");
            "too late"
        }
    }
}

/// A receive that sleeps is dropped while something is sent, and the next one waits.
fn dropped() -> &'static str {
    let (sender, mut receiver) = oneway(1);
    let sends = sends(sender, |sender| sender.try_send(7));
    let mut first = Box::pin(receiver.recv_async());
    if let std::task::Poll::Ready(received) = poll_once(&mut first) {
        assert_eq!(received, Ok(7));
        let _sender = join(sends);
        return "early";
    }
    drop(first);
    polled_meanwhile(receiving(receiver), sends, |(_, received)| {
        assert_eq!(received, Ok(7));
    });
    "woken"
}

/// A receive that sleeps is forgotten: the next one is woken all the same.
fn forgotten() -> &'static str {
    let (sender, mut receiver) = oneway(1);
    let mut first = receiver.recv_async();
    {
        let mut first = std::pin::pin!(&mut first);
        assert!(poll_once(&mut first).is_pending());
    }
    std::mem::forget(first);
    let sends = sends(sender, |sender| sender.try_send(7));
    polled_meanwhile(receiving(receiver), sends, |(_, received)| {
        assert_eq!(received, Ok(7));
    })
}

fn exchanged() -> &'static str {
    let (sender, receiver) = oneway(1);
    let mut task = receiving(receiver);
    assert!(task.poll().is_pending());
    let sends = sends(sender, |sender| sender.try_send(7));
    task.change_bell();
    polled_meanwhile(task, sends, |(_, received)| {
        assert_eq!(received, Ok(7));
    })
}

fn ping_pong() -> &'static str {
    let (mut here, mut there) = duplex(1);
    let answers = thread::spawn(move || {
        let question: u64 = there.recv().expect("it is open");
        there.send(question + 1).expect("it is open");
        there
    });
    let asks = thread::spawn(move || {
        here.send(7).expect("it is open");
        let answer: u64 = here.recv().expect("it is open");
        assert_eq!(answer, 8);
        here
    });
    let _here = join(asks);
    let _there = join(answers);
    "answered"
}
