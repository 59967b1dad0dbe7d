//! The calls on a channel, written down as the specification of the rendezvous knows them; for a channel with room,
//! the same record says what a queue was asked.
#![forbid(unsafe_code)]
#![allow(dead_code, reason = "each test uses what it needs")]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use latchless::channel::{self, Receiver, Sender};
use latchless::error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
use model_tests::history::{History, Log, Operation};
use model_tests::linearize::assert_linearizable;
use model_tests::spec::fifo;
use model_tests::spec::rendezvous::{Answer, Call, Rendezvous};

pub type Book<'c> = Log<'c, Call, Answer>;
type Part = (Call, Answer);

/// How many messages fit; `None` for any number.
pub type Room = Option<usize>;

/// A channel with so much room; without bound, in segments as small as the build lets them be, so that their ends are
/// met.
pub fn channel(room: Room) -> (Sender<u64>, Receiver<u64>) {
    match room {
        Some(room) => channel::bounded(room),
        #[cfg(latchless_steps)]
        None => channel::unbounded_with_slots(2, 2),
        #[cfg(not(latchless_steps))]
        None => channel::unbounded(),
    }
}

/// One that waits before its call is over: nobody sees from outside whether it did.
fn whole_send(message: u64, answer: Answer) -> Vec<Part> {
    vec![
        (Call::Comes(message), Answer::Goes),
        (Call::Listed(message), Answer::Goes),
        (Call::Looks(message), Answer::Goes),
        (Call::SendEnds(message), answer),
    ]
}

/// One that may run out of time: then it leaves and tries once more, which may end in any way.
fn timed_send(message: u64, answer: Answer) -> Vec<Part> {
    vec![
        (Call::Comes(message), Answer::Goes),
        (Call::Listed(message), Answer::Goes),
        (Call::Looks(message), Answer::Goes),
        (Call::SendLeaves(message), Answer::Goes),
        (Call::Comes(message), Answer::Goes),
        (Call::SendEnds(message), answer),
    ]
}

fn whole_receive(receiver: u64, answer: Answer) -> Vec<Part> {
    vec![
        (Call::Waits(receiver), Answer::Goes),
        (Call::ReceiveEnds(receiver), answer),
    ]
}

fn timed_receive(receiver: u64, answer: Answer) -> Vec<Part> {
    vec![
        (Call::Waits(receiver), Answer::Goes),
        (Call::ReceiveLeaves(receiver), Answer::Goes),
        (Call::ReceiveEnds(receiver), answer),
    ]
}

fn given_back(back: u64, message: u64, answer: Answer) -> Answer {
    assert_eq!(back, message, "a send gives its own message back");
    answer
}

fn sent(result: Result<(), SendError<u64>>, message: u64) -> Answer {
    match result {
        Ok(()) => Answer::Sent,
        Err(SendError(back)) => given_back(back, message, Answer::Closed),
    }
}

fn received(result: Result<u64, RecvError>) -> Answer {
    result.map_or(Answer::Closed, Answer::Received)
}

pub fn try_send(book: &mut Book<'_>, sender: &Sender<u64>, message: u64) -> Answer {
    let mut said = Answer::Full;
    book.record(Call::TrySend(message), || {
        said = match sender.try_send(message) {
            Ok(()) => Answer::Sent,
            Err(TrySendError::Full(back)) => given_back(back, message, Answer::Full),
            Err(TrySendError::Closed(back)) => given_back(back, message, Answer::Closed),
        };
        said
    });
    said
}

pub fn try_recv(book: &mut Book<'_>, receiver: &Receiver<u64>) -> Answer {
    let mut said = Answer::Empty;
    book.record(Call::TryRecv, || {
        said = match receiver.try_recv() {
            Ok(message) => Answer::Received(message),
            Err(TryRecvError::Empty) => Answer::Empty,
            Err(TryRecvError::Closed) => Answer::Closed,
        };
        said
    });
    said
}

pub fn try_send_many(book: &mut Book<'_>, sender: &Sender<u64>, messages: &[u64]) {
    book.record_several(|| {
        let mut rest = messages.iter().copied().collect();
        let count = sender.try_send_many(&mut rest);
        assert!(
            rest.iter().eq(&messages[count..]),
            "what was not sent stays"
        );
        let sent = messages[..count].iter();
        sent.map(|&message| (Call::TrySend(message), Answer::Sent))
            .collect::<Vec<_>>()
    });
}

pub fn try_recv_many(book: &mut Book<'_>, receiver: &Receiver<u64>, most: usize) {
    book.record_several(|| {
        let mut messages = Vec::with_capacity(most);
        receiver.try_recv_many(&mut messages, most);
        let received = messages.into_iter();
        received
            .map(|message| (Call::TryRecv, Answer::Received(message)))
            .collect::<Vec<_>>()
    });
}

pub fn close(book: &mut Book<'_>, close: impl FnOnce() -> bool) {
    book.record(Call::Close, || Answer::Is(close()));
}

/// The last end of a side goes.
pub fn goes(book: &mut Book<'_>, end: impl FnOnce()) {
    book.record(Call::Close, || {
        end();
        Answer::Goes
    });
}

pub fn is_closed(book: &mut Book<'_>, ask: impl FnOnce() -> bool) {
    book.record(Call::IsClosed, || Answer::Is(ask()));
}

pub fn send(book: &mut Book<'_>, sender: &Sender<u64>, message: u64) -> Answer {
    whole(
        book,
        |answer| whole_send(message, answer),
        || sent(sender.send(message), message),
    )
}

pub fn send_timeout(
    book: &mut Book<'_>,
    sender: &Sender<u64>,
    message: u64,
    time: Duration,
) -> Answer {
    whole(
        book,
        |answer| timed_send(message, answer),
        || match sender.send_timeout(message, time) {
            Ok(()) => Answer::Sent,
            Err(SendTimeoutError::Timeout(back)) => given_back(back, message, Answer::Timeout),
            Err(SendTimeoutError::Closed(back)) => given_back(back, message, Answer::Closed),
        },
    )
}

pub fn recv(book: &mut Book<'_>, receiver: &Receiver<u64>, number: u64) -> Answer {
    whole(
        book,
        |answer| whole_receive(number, answer),
        || received(receiver.recv()),
    )
}

pub fn recv_timeout(
    book: &mut Book<'_>,
    receiver: &Receiver<u64>,
    number: u64,
    time: Duration,
) -> Answer {
    whole(
        book,
        |answer| timed_receive(number, answer),
        || match receiver.recv_timeout(time) {
            Ok(message) => Answer::Received(message),
            Err(RecvTimeoutError::Timeout) => Answer::Timeout,
            Err(RecvTimeoutError::Closed) => Answer::Closed,
        },
    )
}

fn whole(
    book: &mut Book<'_>,
    parts: impl FnOnce(Answer) -> Vec<Part>,
    call: impl FnOnce() -> Answer,
) -> Answer {
    let mut said = Answer::Goes;
    book.record_several(|| {
        said = call();
        parts(said)
    });
    said
}

/// Which way a task's message goes; a receive has a number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Send(u64),
    Receive(u64),
}

/// A call as a task, polled by hand.
pub struct Task {
    way: Way,
    begun: bool,
    /// None when it has completed.
    future: Option<Pin<Box<dyn Future<Output = Answer> + Send>>>,
}

impl Task {
    /// With an end of its own.
    pub fn send(sender: &Sender<u64>, message: u64) -> Self {
        let sender = sender.clone();
        Task {
            way: Way::Send(message),
            begun: false,
            future: Some(Box::pin(async move {
                sent(sender.send_async(message).await, message)
            })),
        }
    }

    /// With an end of its own.
    pub fn receive(receiver: &Receiver<u64>, number: u64) -> Self {
        let receiver = receiver.clone();
        Task {
            way: Way::Receive(number),
            begun: false,
            future: Some(Box::pin(
                async move { received(receiver.recv_async().await) },
            )),
        }
    }

    pub fn is_over(&self) -> bool {
        self.future.is_none()
    }

    /// Polls it, if it is not over.
    pub fn poll(&mut self, book: &mut Book<'_>, waker: &Waker) -> Poll<Answer> {
        let Some(future) = &mut self.future else {
            return Poll::Pending;
        };
        let (way, first) = (self.way, !std::mem::replace(&mut self.begun, true));
        let mut polled = Poll::Pending;
        book.record_several(|| {
            polled = future.as_mut().poll(&mut Context::from_waker(waker));
            match (way, polled) {
                (Way::Send(message), Poll::Ready(answer)) if first => whole_send(message, answer),
                (Way::Send(message), Poll::Ready(answer)) => {
                    vec![(Call::SendEnds(message), answer)]
                }
                (Way::Send(message), Poll::Pending) if first => vec![
                    (Call::TrySend(message), Answer::Full),
                    (Call::Listed(message), Answer::Goes),
                    (Call::Looks(message), Answer::Goes),
                ],
                (Way::Send(message), Poll::Pending) => {
                    vec![(Call::SendPolled(message), Answer::Pending)]
                }
                (Way::Receive(number), Poll::Ready(answer)) if first => {
                    whole_receive(number, answer)
                }
                (Way::Receive(number), Poll::Ready(answer)) => {
                    vec![(Call::ReceiveEnds(number), answer)]
                }
                (Way::Receive(number), Poll::Pending) if first => vec![
                    (Call::TryRecv, Answer::Empty),
                    (Call::Waits(number), Answer::Goes),
                ],
                (Way::Receive(number), Poll::Pending) => {
                    vec![(Call::ReceivePolled(number), Answer::Pending)]
                }
            }
        });
        if polled.is_ready() {
            self.future = None;
        }
        polled
    }

    /// Drops it where it is.
    pub fn drop(mut self, book: &mut Book<'_>) {
        let Some(future) = self.future.take() else {
            return;
        };
        if !self.begun {
            return;
        }
        let call = match self.way {
            Way::Send(message) => Call::SendEnds(message),
            Way::Receive(number) => Call::ReceiveEnds(number),
        };
        book.record(call, || {
            drop(future);
            Answer::Dropped
        });
    }

    /// Polls it until it is over, on the current thread, or so often.
    pub fn within(
        mut self,
        book: &mut Book<'_>,
        waker: &Arc<Unpark>,
        polls: Option<u64>,
    ) -> Answer {
        let waker = Waker::from(Arc::clone(waker));
        let mut polled = 0;
        loop {
            if let Poll::Ready(answer) = self.poll(book, &waker) {
                return answer;
            }
            polled += 1;
            match polls {
                Some(most) if polled >= most => {
                    self.drop(book);
                    return Answer::Dropped;
                }
                Some(_) => std::thread::yield_now(),
                None => std::thread::park(),
            }
        }
    }
}

/// Wakes a thread.
pub struct Unpark(std::thread::Thread);

impl Unpark {
    /// The current one.
    pub fn here() -> Arc<Self> {
        Arc::new(Unpark(std::thread::current()))
    }
}

impl std::task::Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// What a queue was asked, by the same record.
fn as_queue(part: &Operation<Call, Answer>) -> Option<Operation<fifo::Call, fifo::Answer>> {
    let (call, answer) = match (part.call, part.answer?) {
        (Call::TrySend(value) | Call::SendEnds(value), answer) => {
            let answer = match answer {
                Answer::Sent => fifo::Answer::Pushed,
                Answer::Full | Answer::Timeout => fifo::Answer::Full,
                Answer::Closed => fifo::Answer::Closed,
                _ => return None,
            };
            (fifo::Call::TryPush(value), answer)
        }
        (Call::TryRecv | Call::ReceiveEnds(_), answer) => {
            let answer = match answer {
                Answer::Received(value) => fifo::Answer::Popped(value),
                Answer::Empty | Answer::Timeout => fifo::Answer::Empty,
                Answer::Closed => fifo::Answer::Closed,
                _ => return None,
            };
            (fifo::Call::TryPop, answer)
        }
        (Call::Close, Answer::Goes) => (fifo::Call::Close, fifo::Answer::Done),
        (Call::Close, Answer::Is(first)) => (fifo::Call::Close, fifo::Answer::Is(first)),
        (Call::IsClosed, Answer::Is(closed)) => (fifo::Call::IsClosed, fifo::Answer::Is(closed)),
        _ => return None,
    };
    Some(Operation {
        call,
        answer: Some(answer),
        invoked: part.invoked,
        returned: part.returned,
    })
}

/// Holds a history against a channel with so much room.
pub fn judge(room: Room, history: &History<Call, Answer>) {
    let queue = match room {
        Some(0) => return assert_linearizable(&Rendezvous::default(), history),
        Some(room) => fifo::Fifo::bounded(room),
        None => fifo::Fifo::unbounded(),
    };
    let threads = history.threads().iter();
    let asked = threads.map(|thread| thread.iter().filter_map(as_queue).collect());
    assert_linearizable(&queue, &History::new(asked.collect()));
}
