//! Queues, channels and pipes of values.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use latchless::channel::{self, Receiver, Sender};
use latchless::pipe;
use latchless::queue::{Bounded, Joinable, Unbounded};

use super::Seen;
use super::caller::Dice;
use super::flow::{Flow, Got, Item, Promise, Put, Putter, QUEUE, Taker};
use super::tasks::{block_on, within};

/// A capacity: often the least, at times enough.
pub fn some_capacity(dice: &mut Dice) -> usize {
    [1, 1, 2, 3, 8, 64][dice.below(6) as usize]
}

/// How many items go through.
fn some(dice: &mut Dice) -> u64 {
    20 + dice.below(400)
}

fn so_many(dice: &mut Dice) -> usize {
    1 + dice.below(3) as usize
}

/// Never none, which would be a try.
pub fn a_while(dice: &mut Dice) -> Duration {
    Duration::from_micros(1 + dice.below(300))
}

/// Puts an item in by one of the five forms, or by a future that is dropped.
macro_rules! put {
    ($end:expr, $item:expr, $dice:expr, $seen:expr, $try:ident, $wait:ident, $timeout:ident, $future:ident) => {
        match $dice.below(6) {
            0 => match $end.$try($item) {
                Ok(()) => Put::In,
                Err(error) if error.is_closed() => Put::Closed(error.into_inner()),
                Err(error) => Put::Back(error.into_inner()),
            },
            1 => match $end.$wait($item) {
                Ok(()) => Put::In,
                Err(error) => Put::Closed(error.into_inner()),
            },
            2 => match block_on($end.$future($item)) {
                Ok(()) => Put::In,
                Err(error) => Put::Closed(error.into_inner()),
            },
            3 => {
                let polls = $dice.below(4);
                match within(pin!($end.$future($item)), polls) {
                    Some(Ok(())) => Put::In,
                    Some(Err(error)) => Put::Closed(error.into_inner()),
                    None => {
                        if polls > 0 {
                            $seen.cancel();
                        }
                        Put::Unknown
                    }
                }
            }
            _ => match $end.$timeout($item, a_while($dice)) {
                Ok(()) => Put::In,
                Err(error) if error.is_closed() => Put::Closed(error.into_inner()),
                Err(error) => {
                    $seen.timeout();
                    Put::Back(error.into_inner())
                }
            },
        }
    };
}

/// Takes an item in the same way; `$item` says what becomes of what came.
macro_rules! take {
    ($end:expr, $dice:expr, $seen:expr, $try:ident, $wait:ident, $timeout:ident, $future:ident) => {
        take!(
            $end,
            $dice,
            $seen,
            $try,
            $wait,
            $timeout,
            $future,
            Got::Item
        )
    };
    ($end:expr, $dice:expr, $seen:expr, $try:ident, $wait:ident, $timeout:ident, $future:ident, $item:expr) => {
        match $dice.below(6) {
            0 => match $end.$try() {
                Ok(item) => $item(item),
                Err(error) if error.is_closed() => Got::End,
                Err(_) => Got::Nothing,
            },
            1 => $end.$wait().map_or_else(|_| Got::End, $item),
            2 => block_on($end.$future()).map_or_else(|_| Got::End, $item),
            3 => {
                let polls = $dice.below(4);
                match within(pin!($end.$future()), polls) {
                    Some(Ok(item)) => $item(item),
                    Some(Err(_)) => Got::End,
                    None => {
                        if polls > 0 {
                            $seen.cancel();
                        }
                        Got::Nothing
                    }
                }
            }
            _ => match $end.$timeout(a_while($dice)) {
                Ok(item) => $item(item),
                Err(error) if error.is_closed() => Got::End,
                Err(_) => {
                    $seen.timeout();
                    Got::Nothing
                }
            },
        }
    };
}

macro_rules! putter {
    ($end:expr, $try:ident, $wait:ident, $timeout:ident, $future:ident) => {{
        let mut end = $end;
        Box::new(move |item: Item, dice: &mut Dice, seen: &Seen| {
            put!(end, item, dice, seen, $try, $wait, $timeout, $future)
        }) as Putter
    }};
}

macro_rules! taker {
    ($end:expr, $try:ident, $wait:ident, $timeout:ident, $future:ident) => {{
        let mut end = $end;
        Box::new(move |dice: &mut Dice, seen: &Seen| {
            take!(end, dice, seen, $try, $wait, $timeout, $future)
        }) as Taker
    }};
}

pub fn bounded(dice: &mut Dice, seen: &Seen) {
    let queue = Arc::new(Bounded::new(some_capacity(dice)));
    let by_handle = dice.below(2) == 0;
    let handle = || Bounded::owned_handle(&queue).expect("few handles exist");
    let putter = |_| match by_handle {
        true => putter!(handle(), try_push, push, push_timeout, push_async),
        #[allow(unused_mut, reason = "a handle must be")]
        false => putter!(Arc::clone(&queue), try_push, push, push_timeout, push_async),
    };
    let taker = |_| match by_handle {
        true => taker!(handle(), try_pop, pop, pop_timeout, pop_async),
        #[allow(unused_mut, reason = "a handle must be")]
        false => taker!(Arc::clone(&queue), try_pop, pop, pop_timeout, pop_async),
    };
    let flow = Flow {
        promise: QUEUE,
        putters: (0..so_many(dice)).map(putter).collect(),
        takers: (0..so_many(dice)).map(taker).collect(),
        close: {
            let queue = Arc::clone(&queue);
            Box::new(move || {
                queue.close();
            })
        },
    };
    flow.run(some(dice), dice, seen);
    assert!(queue.is_empty());
}

pub fn unbounded(dice: &mut Dice, seen: &Seen) {
    let queue = Arc::new(Unbounded::new());
    let by_handle = dice.below(2) == 0;
    // A push never waits: there is one form of it.
    let putter = |_| {
        let queue = Arc::clone(&queue);
        let mut handle = by_handle.then(|| Unbounded::owned_handle(&queue));
        let put = move |item: Item, _: &mut Dice, _: &Seen| {
            let pushed = match &mut handle {
                Some(handle) => handle.push(item),
                None => queue.push(item),
            };
            match pushed {
                Ok(()) => Put::In,
                Err(error) => Put::Closed(error.into_inner()),
            }
        };
        Box::new(put) as Putter
    };
    let taker = |_| match by_handle {
        true => taker!(
            Unbounded::owned_handle(&queue),
            try_pop,
            pop,
            pop_timeout,
            pop_async
        ),
        #[allow(unused_mut, reason = "a handle must be")]
        false => taker!(Arc::clone(&queue), try_pop, pop, pop_timeout, pop_async),
    };
    let flow = Flow {
        promise: QUEUE,
        putters: (0..so_many(dice)).map(putter).collect(),
        takers: (0..so_many(dice)).map(taker).collect(),
        close: {
            let queue = Arc::clone(&queue);
            Box::new(move || {
                queue.close();
            })
        },
    };
    flow.run(some(dice), dice, seen);
    assert!(queue.is_empty());
}

/// Tasks are done, or put back for another turn; and two wait until all are done.
pub fn joinable(dice: &mut Dice, seen: &Seen) {
    let queue = Arc::new(match dice.below(2) {
        0 => Joinable::new(some_capacity(dice)),
        _ => Joinable::unbounded(),
    });
    let putter = |_| {
        #[allow(unused_mut, reason = "others must be")]
        let putter = putter!(Arc::clone(&queue), try_push, push, push_timeout, push_async);
        putter
    };
    let taker = |_| {
        let queue = Arc::clone(&queue);
        let take = move |dice: &mut Dice, seen: &Seen| {
            let again = dice.below(8) == 0;
            take!(
                queue,
                dice,
                seen,
                try_pop,
                pop,
                pop_timeout,
                pop_async,
                |task| {
                    if again {
                        retried(task)
                    } else {
                        Got::Item(task.into_inner())
                    }
                }
            )
        };
        Box::new(take) as Taker
    };
    let flow = Flow {
        promise: Promise {
            in_order: false,
            ..QUEUE
        },
        putters: (0..so_many(dice)).map(putter).collect(),
        takers: (0..so_many(dice)).map(taker).collect(),
        close: {
            let queue = Arc::clone(&queue);
            Box::new(move || {
                queue.close();
            })
        },
    };
    let items = some(dice);
    std::thread::scope(|scope| {
        // Joined at any moment: it may be done in between, and must not be missed at the end.
        scope.spawn(|| queue.join());
        scope.spawn(|| block_on(queue.join_async()));
        flow.run(items, dice, seen);
    });
    assert!(queue.try_join() && queue.is_empty());
}

/// Put back for another turn, or kept where there is no room or no further turn.
fn retried(task: latchless::queue::Task<'_, Item>) -> Got {
    match task.try_retry() {
        Ok(()) => Got::Nothing,
        Err(error) => Got::Item(error.into_inner().into_inner()),
    }
}

pub fn channel(dice: &mut Dice, seen: &Seen) {
    let ends = channel::bounded(some_capacity(dice));
    through_channel(ends, QUEUE, dice, seen);
}

/// An item whose receiver went away is kept, and another may be handed over before it.
pub fn rendezvous(dice: &mut Dice, seen: &Seen) {
    let promise = Promise {
        in_order: false,
        ..QUEUE
    };
    through_channel(channel::bounded(0), promise, dice, seen);
}

pub fn growing_channel(dice: &mut Dice, seen: &Seen) {
    through_channel(channel::unbounded(), QUEUE, dice, seen);
}

/// Ends by `close`, by the last sender's drop, or by the last receiver's.
fn through_channel(
    (sender, receiver): (Sender<Item>, Receiver<Item>),
    promise: Promise,
    dice: &mut Dice,
    seen: &Seen,
) {
    let (by_close, they_vanish) = (dice.below(2) == 0, dice.below(4) == 0);
    let closer = by_close.then(|| sender.clone());
    let items = some(dice);
    let putter = |_| {
        #[allow(unused_mut, reason = "others must be")]
        let putter = putter!(sender.clone(), try_send, send, send_timeout, send_async);
        putter
    };
    let taker = |_| {
        #[allow(unused_mut, reason = "others must be")]
        let taker = taker!(receiver.clone(), try_recv, recv, recv_timeout, recv_async);
        if they_vanish {
            vanishing(taker, items / 3)
        } else {
            taker
        }
    };
    let flow = Flow {
        promise: Promise {
            all_arrive: !they_vanish,
            ..promise
        },
        putters: (0..so_many(dice)).map(putter).collect(),
        takers: (0..so_many(dice)).map(taker).collect(),
        close: Box::new(move || {
            if let Some(sender) = &closer {
                sender.close();
            }
        }),
    };
    drop((sender, receiver));
    flow.run(items, dice, seen);
}

/// One that goes away after so many items.
fn vanishing(mut taker: Taker, after: u64) -> Taker {
    let mut taken = 0;
    Box::new(move |dice, seen| {
        if taken == after {
            return Got::End;
        }
        let got = taker(dice, seen);
        taken += u64::from(matches!(got, Got::Item(_)));
        got
    })
}

pub fn oneway(dice: &mut Dice, seen: &Seen) {
    let (sender, receiver) = pipe::oneway(some_capacity(dice));
    through_pipe(sender, receiver, dice, seen);
}

/// One way after the other, by the halves of its ends.
pub fn duplex(dice: &mut Dice, seen: &Seen) {
    let (here, there) = pipe::duplex(some_capacity(dice));
    let ((to, from), (back, came)) = (here.split(), there.split());
    through_pipe(to, came, dice, seen);
    through_pipe(back, from, dice, seen);
}

fn through_pipe(
    sender: pipe::Sender<Item>,
    receiver: pipe::Receiver<Item>,
    dice: &mut Dice,
    seen: &Seen,
) {
    let (items, they_vanish) = (some(dice) * 2, dice.below(2) == 0);
    let taker = taker!(receiver, try_recv, recv, recv_timeout, recv_async);
    let flow = Flow {
        promise: Promise {
            in_order: true,
            all_arrive: !they_vanish,
        },
        putters: vec![putter!(sender, try_send, send, send_timeout, send_async)],
        takers: vec![if they_vanish {
            vanishing(taker, items / 3)
        } else {
            taker
        }],
        close: Box::new(|| ()),
    };
    flow.run(items, dice, seen);
}
