//! Ends of a channel as a `Stream` and a `Sink`.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use futures_core::{FusedStream, Stream};
use futures_sink::Sink;
use latchless::channel::{RecvStream, SendSink, bounded, unbounded};
use latchless::error::SendError;

use crate::made::channel;
use crate::task::{Task, block_on};

fn next<T>(stream: &mut RecvStream<T>) -> impl Future<Output = Option<T>> {
    poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx))
}

fn flush<T>(sink: &mut SendSink<T>) -> impl Future<Output = Result<(), SendError<T>>> {
    poll_fn(|cx| Pin::new(&mut *sink).poll_flush(cx))
}

async fn feed<T>(sink: &mut SendSink<T>, message: T) -> Result<(), SendError<T>> {
    poll_fn(|cx| Pin::new(&mut *sink).poll_ready(cx)).await?;
    Pin::new(sink).start_send(message)
}

#[test]
fn what_goes_into_a_sink_comes_out_of_a_stream() {
    const MESSAGES: usize = if cfg!(miri) { 20 } else { 1000 };
    for room in [Some(0), Some(1), Some(3), None] {
        let (sender, receiver) = channel(room);
        thread::scope(|scope| {
            scope.spawn(|| {
                block_on(async {
                    let mut sink = sender.into_sink();
                    for n in 0..MESSAGES {
                        feed(&mut sink, n).await.expect("a receiver is there");
                    }
                    poll_fn(|cx| Pin::new(&mut sink).poll_close(cx)).await
                })
                .expect("a receiver is there");
            });
            let mut stream = receiver.into_stream();
            let mut expected = 0..MESSAGES;
            while let Some(n) = block_on(next(&mut stream)) {
                assert_eq!(Some(n), expected.next());
            }
            assert_eq!(expected.next(), None);
            assert!(stream.is_terminated());
            assert_eq!(block_on(next(&mut stream)), None, "it stays so");
        });
    }
}

#[test]
fn a_stream_that_waits_is_woken_by_a_message_and_by_the_end() {
    for room in [Some(0), Some(1), None] {
        let (sender, receiver) = channel(room);
        let mut stream = receiver.into_stream();
        let task = Task::default();
        assert!(task.poll(&mut Box::pin(next(&mut stream))).is_pending());
        assert_eq!(sender.try_send(1), Ok(()));
        assert_eq!(task.wakes(), 1);
        let polled = task.poll(&mut Box::pin(next(&mut stream)));
        assert_eq!(polled, Poll::Ready(Some(1)));
        assert!(task.poll(&mut Box::pin(next(&mut stream))).is_pending());
        drop(sender);
        assert_eq!(task.wakes(), 2);
        let polled = task.poll(&mut Box::pin(next(&mut stream)));
        assert_eq!(polled, Poll::Ready(None));
    }
}

#[test]
fn a_stream_that_is_dropped_or_turned_back_leaves_its_wake_and_its_message_to_others() {
    type End = fn(RecvStream<u8>);
    let ends: [End; 2] = [drop, |stream| drop(stream.into_inner())];
    let rooms = [Some(0), Some(1), None].into_iter();
    for (room, end) in rooms.flat_map(|room| ends.map(|end| (room, end))) {
        let (sender, receiver) = channel(room);
        let mut stream = receiver.clone().into_stream();
        assert!(stream.receiver().same_channel(&receiver));
        let (gives_up, receives) = (Task::default(), Task::default());
        assert!(gives_up.poll(&mut Box::pin(next(&mut stream))).is_pending());
        let mut receiving = receiver.recv_async();
        assert!(receives.poll(&mut receiving).is_pending());
        assert_eq!(sender.try_send(1), Ok(()));
        assert_eq!((gives_up.wakes(), receives.wakes()), (1, 0));
        end(stream);
        assert_eq!(receives.wakes(), 1);
        assert_eq!(receives.poll(&mut receiving), Poll::Ready(Ok(1)));
    }
}

#[test]
fn the_last_stream_drops_what_it_was_given() {
    for room in [Some(0), Some(1), None] {
        let message = Arc::new(());
        let (sender, receiver) = channel(room);
        let mut stream = receiver.into_stream();
        assert!(
            Task::default()
                .poll(&mut Box::pin(next(&mut stream)))
                .is_pending()
        );
        assert!(sender.try_send(message.clone()).is_ok());
        drop(stream);
        assert_eq!(Arc::strong_count(&message), 1);
        assert!(sender.is_closed());
    }
}

#[test]
fn a_sink_keeps_one_message_that_does_not_fit() {
    let (sender, receiver) = bounded(1);
    let mut sink = sender.into_sink();
    let task = Task::default();
    block_on(feed(&mut sink, 1)).expect("there is room");
    assert_eq!(block_on(flush(&mut sink)), Ok(()), "it is inside already");
    block_on(feed(&mut sink, 2)).expect("the sink keeps it");
    assert!(task.poll(&mut Box::pin(flush(&mut sink))).is_pending());
    let early = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut sink).start_send(3)));
    assert!(early.is_err(), "it was not ready");
    assert_eq!(receiver.recv(), Ok(1));
    assert_eq!(task.wakes(), 1);
    assert_eq!(block_on(flush(&mut sink)), Ok(()));
    assert_eq!(receiver.recv(), Ok(2));
}

#[test]
fn a_sink_without_bound_keeps_nothing() {
    let (sender, receiver) = unbounded();
    let mut sink = sender.into_sink();
    for n in 0..100 {
        block_on(feed(&mut sink, n)).expect("there is room");
        assert_eq!(receiver.len(), n + 1);
    }
    drop(receiver);
    assert_eq!(block_on(feed(&mut sink, 100)), Err(SendError(100)));
    assert_eq!(block_on(flush(&mut sink)), Ok(()), "nothing is left");
}

#[test]
fn a_sink_gives_back_what_a_closed_channel_refuses() {
    for capacity in [0, 1] {
        let (sender, receiver) = bounded(capacity);
        sender.try_send_many(&mut (0..capacity).collect());
        let mut sink = sender.into_sink();
        block_on(feed(&mut sink, 8)).expect("the sink keeps it");
        drop(receiver);
        assert_eq!(block_on(flush(&mut sink)), Err(SendError(8)));
        assert_eq!(block_on(flush(&mut sink)), Ok(()), "nothing is left");
        assert_eq!(block_on(feed(&mut sink, 9)), Err(SendError(9)));
    }
}

#[test]
fn a_closed_sink_has_no_sender_and_takes_nothing() {
    let (sender, receiver) = bounded(1);
    let mut sink = sender.into_sink();
    assert!(sink.sender().is_some_and(|sender| sender.is_empty()));
    let closed = block_on(poll_fn(|cx| Pin::new(&mut sink).poll_close(cx)));
    assert_eq!(closed, Ok(()));
    assert!(sink.sender().is_none() && receiver.is_closed());
    assert_eq!(block_on(feed(&mut sink, 1)), Err(SendError(1)));
}

#[test]
fn streams_and_sinks_go_wherever_their_messages_may() {
    fn goes_anywhere<T: Send + Unpin>() {}
    goes_anywhere::<RecvStream<std::cell::Cell<u8>>>();
    goes_anywhere::<SendSink<std::cell::Cell<u8>>>();
    // A message that borrows.
    let text = String::from("borrowed");
    let (sender, receiver) = bounded(1);
    sender.send(&*text).expect("there is room");
    assert_eq!(
        block_on(next(&mut receiver.into_stream())),
        Some("borrowed")
    );
}
