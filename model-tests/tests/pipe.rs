//! Pipes with real threads and tasks: what is sent arrives in order and whole, who waits goes on, timeouts and dropped
//! futures take nothing and leave memory flat, and what a user can do wrong is told.
#![cfg(not(latchless_loom))]

#[path = "memory_bounded/counting.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod counting;
#[path = "waiting/tasks.rs"]
mod tasks;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use latchless::error::{CapacityError, RecvError, RecvTimeoutError, TryRecvError};
use latchless::pipe::{self, End, ReuniteError, duplex, oneway, try_duplex, try_oneway};

use counting::{asked, turn};
use tasks::{Bell, block_on, poll_for, poll_once};

const COUNT: u64 = 20_000;

#[test]
fn threads_and_tasks_pass_values_in_order_through_pipes_of_all_sizes() {
    for capacity in [1, 2, 3, 64] {
        let (mut sender, mut receiver) = oneway(capacity);
        let sends = thread::spawn(move || {
            for n in 0..COUNT {
                if n % 3 == 0 {
                    sender.send(n).expect("it is open");
                } else {
                    block_on(sender.send_async(n)).expect("it is open");
                }
            }
        });
        for n in 0..COUNT {
            let received = match n % 5 {
                0 => block_on(receiver.recv_async()).ok(),
                1 => receiver.recv_timeout(Duration::MAX).ok(),
                _ => receiver.recv().ok(),
            };
            assert_eq!(received, Some(n));
        }
        assert_eq!(receiver.recv(), Err(RecvError));
        sends.join().expect("every value was sent");
    }
}

#[test]
fn slices_and_chunks_of_all_lengths_pass_in_order() {
    for capacity in [1, 3, 64] {
        let (mut sender, mut receiver) = oneway(capacity);
        let sends = thread::spawn(move || {
            let values: Vec<u64> = (0..COUNT).collect();
            let mut rest = &values[..];
            let mut length = 1;
            while !rest.is_empty() {
                length = length % 7 + 1;
                let (mut now, later) = rest.split_at(length.min(rest.len()));
                if length == 5 {
                    now.iter()
                        .try_for_each(|&n| sender.send(n))
                        .expect("it is open");
                } else if length == 6 {
                    sender.send_many(&mut now.iter().copied().collect());
                } else {
                    sender.send_slice(&mut now).expect("it is open");
                }
                rest = later;
            }
        });
        let mut all = Vec::new();
        let mut values = [0; 5];
        while let Ok(()) = receiver.wait_readable() {
            match all.len() % 3 {
                0 => {
                    let count = receiver.recv_slice(&mut values).expect("one is there");
                    all.extend_from_slice(&values[..count]);
                }
                1 => all.extend(receiver.try_read_chunk(4).expect("one is there")),
                _ => _ = receiver.recv_many(&mut all, 9),
            }
        }
        assert!(all.into_iter().eq(0..COUNT));
        sends.join().expect("every value was sent");
    }
}

#[test]
fn both_ends_of_a_duplex_pipe_send_and_receive_and_their_halves_belong_together() {
    let (mut here, there) = duplex(1);
    let answers = thread::spawn(move || {
        let (mut sender, mut receiver) = there.split();
        for question in receiver.iter() {
            sender.send(question + 1_u64).expect("it is open");
        }
        End::reunite(sender, receiver).expect("they are of one end")
    });
    for n in 0..2_000_u64 {
        here.send(n).expect("it is open");
        assert_eq!(here.recv(), Ok(n + 1));
    }
    // The half of the sender is enough for the other to come to its end.
    let (sender, mut receiver) = here.split();
    drop(sender);
    let mut there = answers.join().expect("it came to its end");
    there.send(9).expect("the receiver is there");
    drop(there);
    assert_eq!((receiver.recv(), receiver.recv()), (Ok(9), Err(RecvError)));
}

#[test]
fn halves_that_do_not_belong_together_come_back() {
    let (one, other) = duplex::<u8, u8>(1);
    let (foreign, _kept) = duplex::<u8, u8>(1);
    let (plain, _end) = oneway::<u8>(1);
    let (sender, receiver) = one.split();
    let (back_sender, back_receiver) = other.split();
    // Of one pipe; of another pair; of none.
    let Err(ReuniteError(sender, back_receiver)) = End::reunite(sender, back_receiver) else {
        panic!("two ends of one pipe are no end of two");
    };
    let (foreign_sender, _foreign) = foreign.split();
    let Err(ReuniteError(_, receiver)) = End::reunite(foreign_sender, receiver) else {
        panic!("halves of different pairs");
    };
    let Err(ReuniteError(_, receiver)) = End::reunite(plain, receiver) else {
        panic!("a plain pipe is no half");
    };
    let said = End::reunite(back_sender, receiver).expect_err("one of each end");
    assert_eq!(
        said.to_string(),
        "halves of different ends of a duplex pipe"
    );
    assert_eq!(format!("{said:?}"), "ReuniteError(..)");
    let ReuniteError(back_sender, receiver) = said;
    assert!(End::reunite(sender, receiver).is_ok());
    assert!(End::reunite(back_sender, back_receiver).is_ok());
}

#[test]
fn a_capacity_that_cannot_be_had_is_an_error_or_a_panic_that_says_so() {
    for (capacity, error) in [
        (0, CapacityError::Zero),
        (usize::MAX, CapacityError::OutOfMemory),
        (usize::MAX / 16, CapacityError::OutOfMemory),
    ] {
        assert_eq!(try_oneway::<u64>(capacity).expect_err("too much"), error);
        assert_eq!(
            try_duplex::<(), u64>(capacity).expect_err("too much"),
            error
        );
        let panic = catch_unwind(|| drop(oneway::<u64>(capacity))).expect_err("too much");
        let said = panic.downcast_ref::<String>().expect("a text");
        assert!(said.contains(&error.to_string()), "{said}");
    }
}

#[test]
fn values_of_no_size_and_large_ones_pass() {
    let (mut sender, mut receiver) = oneway(3);
    for _ in 0..4 {
        sender.send_slice(&mut &[(); 3][..]).expect("there is room");
        assert!(sender.is_full() && sender.try_send(()).is_err());
        assert_eq!(receiver.recv_slice(&mut [(); 5]), Ok(3));
    }
    let (mut sender, mut receiver) = oneway(2);
    for n in 0..5_u64 {
        sender.send([n; 1_000]).expect("there is room");
        assert_eq!(receiver.recv(), Ok([n; 1_000]));
    }
}

#[test]
fn who_waits_is_told_what_it_needs_to_know() {
    let (mut sender, mut receiver) = oneway(1);
    assert_eq!(receiver.try_wait_readable(), Err(TryRecvError::Empty));
    assert_eq!(
        receiver.recv_timeout(Duration::ZERO),
        Err(RecvTimeoutError::Timeout)
    );
    let past = Instant::now();
    assert_eq!(
        receiver.wait_readable_deadline(past),
        Err(RecvTimeoutError::Timeout)
    );
    let soon = Duration::from_millis(1);
    assert_eq!(
        receiver.wait_readable_timeout(soon),
        Err(RecvTimeoutError::Timeout)
    );
    sender.send('a').expect("there is room");
    assert!(
        sender
            .try_wait_writable()
            .is_err_and(|error| error.is_full())
    );
    assert!(
        sender
            .wait_writable_timeout(soon)
            .is_err_and(|error| error.is_timeout())
    );
    assert!(
        sender
            .wait_writable_deadline(past)
            .is_err_and(|error| error.is_timeout())
    );
    assert_eq!(receiver.wait_readable(), Ok(()));
    assert_eq!(block_on(receiver.wait_readable_async()), Ok(()));
    assert_eq!(receiver.recv_deadline(past), Ok('a'), "it is tried once");
    assert_eq!(block_on(sender.wait_writable_async()), Ok(()));
    assert_eq!(
        format!("{sender:?}"),
        "Sender { len: 0, capacity: 1, is_closed: false }"
    );
    drop(receiver);
    assert!(sender.wait_writable().is_err() && sender.is_closed());
    assert!(
        sender
            .try_write_chunk(1)
            .is_err_and(|error| error.is_closed())
    );
}

#[test]
fn a_future_that_is_dropped_has_sent_and_taken_nothing() {
    let value = Rc::new(());
    let (mut sender, mut receiver) = oneway(1);
    let bell = Bell::new();
    assert!(poll_for(&mut Box::pin(receiver.recv_async()), &bell).is_pending());
    sender.send(Rc::clone(&value)).expect("there is room");
    let mut sends = Box::pin(sender.send_async(Rc::clone(&value)));
    assert!(poll_for(&mut sends, &bell).is_pending());
    assert_eq!(Rc::strong_count(&value), 3);
    drop(sends);
    assert_eq!((Rc::strong_count(&value), sender.len()), (2, 1));
    let mut sends = Box::pin(sender.send_async(Rc::clone(&value)));
    assert!(poll_for(&mut sends, &bell).is_pending());
    assert!(receiver.try_recv().is_ok());
    assert_eq!(bell.rings(), 1, "the two that were dropped are not woken");
    assert!(matches!(poll_for(&mut sends, &bell), Poll::Ready(Ok(()))));
    drop(sends);
    drop((sender, receiver));
    assert_eq!(Rc::strong_count(&value), 1);
    // A slice that was sent in part: the rest is where it was.
    let (mut sender, mut receiver) = oneway(2);
    let mut rest = &[1, 2, 3][..];
    assert!(poll_once(&mut Box::pin(sender.send_slice_async(&mut rest))).is_pending());
    assert_eq!((rest, receiver.recv()), (&[3][..], Ok(1)));
}

#[test]
fn futures_that_are_dropped_leave_memory_flat() {
    let _turn = turn();
    let (mut sender, mut receiver) = oneway(1);
    // (`memory_timeouts` has those that run out of time.)
    let mut gives_up = |rounds: u32| {
        for round in 0..rounds {
            assert!(poll_once(&mut Box::pin(receiver.recv_async())).is_pending());
            sender.try_send(round).expect("there is room");
            assert!(poll_once(&mut Box::pin(sender.send_async(round))).is_pending());
            receiver.try_recv().expect("one is there");
        }
    };
    gives_up(100);
    let ((), times, _) = asked(|| gives_up(2_000));
    // Two boxes a round, which the test makes itself.
    assert_eq!(times, 4_000);
}

#[test]
fn what_does_not_wait_allocates_nothing() {
    let _turn = turn();
    let (mut sender, mut receiver) = oneway(4);
    let ((), times, _) = asked(|| {
        for n in 0..1_000 {
            sender.try_send(n).expect("there is room");
            sender
                .try_send_slice(&mut &[1, 2][..])
                .expect("there is room");
            assert_eq!(receiver.try_recv(), Ok(n));
            assert_eq!(receiver.try_recv_slice(&mut [0; 4]), Ok(2));
            assert!(receiver.recv_timeout(Duration::ZERO).is_err());
        }
    });
    assert_eq!(times, 0);
}

/// Panics when it is dropped, and counts the drops.
struct Bomb(Arc<AtomicUsize>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        if !thread::panicking() {
            resume_unwind(Box::new("bomb"));
        }
    }
}

#[test]
fn a_value_whose_drop_panics_keeps_no_other_from_being_dropped() {
    let drops = Arc::<AtomicUsize>::default();
    let bomb = || Bomb(Arc::clone(&drops));
    let panics = |act: &mut dyn FnMut()| catch_unwind(AssertUnwindSafe(act)).is_err();
    let mut expected = 0;
    let mut dropped = |count: usize| {
        expected += count;
        assert_eq!(drops.load(Ordering::Relaxed), expected);
    };
    let filled = || {
        let (mut sender, receiver) = oneway(8);
        sender.send(bomb()).map_err(drop).expect("there is room");
        assert_eq!(sender.send_many(&mut (0..3).map(|_| bomb()).collect()), 3);
        (sender, receiver)
    };
    // By the receiver, by the chunk that is skipped, by the one that is not committed, and by the ring.
    let (sender, receiver) = filled();
    let mut receiver = Some(receiver);
    assert!(panics(&mut || drop(receiver.take())));
    dropped(4);
    drop(sender);
    dropped(0);
    let (sender, mut receiver) = filled();
    assert!(panics(&mut || drop(receiver.recv())));
    dropped(1);
    assert!(panics(&mut || receiver
        .try_read_chunk(3)
        .expect("three")
        .skip_first(3)));
    dropped(1);
    assert_eq!(
        (receiver.len(), sender.len()),
        (2, 2),
        "what was taken makes room"
    );
    assert!(panics(&mut || {
        let (mut sender, _receiver) = oneway(2);
        let mut chunk = sender.try_write_chunk(2).expect("there is room");
        let _ = (chunk.push(bomb()), chunk.push(bomb()));
        drop(chunk);
    }));
    dropped(2);
    let mut receiver = Some(receiver);
    assert!(panics(&mut || drop(receiver.take())));
    dropped(2);
    drop(sender);
}

#[test]
fn ends_are_send_and_sync_and_survive_a_panic() {
    fn is<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    is::<pipe::Sender<Vec<u8>>>();
    is::<pipe::Receiver<Vec<u8>>>();
    is::<End<u8, String>>();
    let (mut sender, _receiver) = oneway(1);
    fn is_send(_: impl Send) {}
    is_send(sender.send_async(1));
}
