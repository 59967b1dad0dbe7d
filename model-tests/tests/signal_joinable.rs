//! A signal handler may call the joinable queue that its own thread is just calling, by the calls that do not wait: also where that
//! thread is just coming to wait, leaving, or waking somebody.
//!
//! As in `signal_steps`, a hook before each access to shared memory is the handler. Every call is interrupted once,
//! before each of its steps in turn. What both were answered, and what is left in the end, is held against the sequential
//! specification: nothing is lost, doubled or told wrongly. (Whether a call allocates is not seen here.)
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

#[path = "signal_channel/handler.rs"]
mod handler;
#[path = "linear_joinable/record.rs"]
mod record;
#[path = "stall_joinable/stage.rs"]
#[allow(dead_code, reason = "the sweeps use the rest")]
mod stage;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use latchless::queue::Joinable;
use model_tests::history::History;
use model_tests::linearize::assert_linearizable;
use model_tests::spec;

use handler::{CLOCK, back, interrupted};
use stage::{
    Act, Ask, CAPACITY, Close, CloseNow, Done, DropWoken, Hands, Item, PollWoken, PopDone, Renew,
    Retry, Room, Side, TryPush, Wait, Zero,
};

fn interrupt_joinable(side: Side, act: Act, handler: Act, before: usize, at: usize) -> bool {
    let queue = Arc::new(Joinable::new(CAPACITY));
    let mut own = Hands::new(&CLOCK, 1, &queue);
    let mut theirs = Hands::new(&CLOCK, 2, &queue);
    for (act, hands) in [(act, &mut own), (handler, &mut theirs)] {
        if act.has_task() {
            hands.take_one();
        }
    }
    if side == Room {
        (0..CAPACITY).for_each(|_| own.perform(TryPush, None));
    }
    let woken = act.is_about_woken().map(|side| own.asleep(side));
    let sleepers: Vec<_> = (0..before).map(|_| own.asleep(side)).collect();
    if let Some(first) = &woken {
        assert!(own.succeed(side) && first.is_woken());
    }
    let theirs = Rc::new(RefCell::new(theirs));
    let comes = Rc::clone(&theirs);
    let handle = move || comes.borrow_mut().perform(handler, None);
    let came = interrupted(at, handle, || own.perform(act, woken));
    drop(sleepers);
    let mut theirs = back(theirs);
    for hands in [&mut own, &mut theirs] {
        hands.perform(Done, None);
    }
    for act in [TryPush, PopDone, Close] {
        own.perform(act, None);
    }
    (0..=CAPACITY).for_each(|_| own.perform(PopDone, None));
    own.perform(Ask, None);
    assert!(queue.try_join(), "all is done in the end");
    let books = [own, theirs].map(|hands| hands.book.into_operations());
    let start = spec::joinable::Joinable::bounded(CAPACITY);
    assert_linearizable(&start, &History::new(books.into()));
    came
}

#[test]
fn a_handler_may_call_a_joinable_queue_between_any_two_steps() {
    const ACTS: &[Act] = &[
        TryPush,
        PopDone,
        Done,
        Retry,
        Close,
        CloseNow,
        Ask,
        Wait(Item),
        Wait(Room),
        Renew(Item),
        Renew(Room),
        DropWoken(Item),
        DropWoken(Room),
        PollWoken(Item),
        PollWoken(Room),
    ];
    let mut all = 0;
    for side in [Item, Room] {
        for &act in ACTS.iter().filter(|act| act.fits(side)) {
            for handler in [TryPush, PopDone, Done, Retry, Ask, Close, CloseNow] {
                for before in [0, 2] {
                    let came = |&at: &usize| interrupt_joinable(side, act, handler, before, at);
                    let steps = (0..).take_while(came).count();
                    assert!(steps >= 1, "{act:?} has no step");
                    all += steps;
                }
            }
        }
    }
    println!("joinable queue, interrupted at {all} steps");
}

/// Who joins, or is about to, while a handler of its own thread is done with the last task.
#[test]
fn a_handler_that_is_done_with_the_last_task_ends_a_join_that_it_interrupts() {
    for handler in [Done, Retry] {
        for at in 0.. {
            let queue = Arc::new(Joinable::new(CAPACITY));
            let mut own = Hands::new(&CLOCK, 1, &queue);
            let mut theirs = Hands::new(&CLOCK, 2, &queue);
            theirs.take_one();
            let mut joins = own.sleeper(Zero);
            let came = interrupted(
                at,
                move || theirs.perform(handler, None),
                || {
                    _ = joins.poll(&mut own.book);
                },
            );
            if !came {
                break;
            }
            own.perform(PopDone, None);
            assert!(queue.try_join());
            assert!(
                !joins.is_asleep(),
                "{handler:?} before step {at}: it sleeps for ever"
            );
            assert!(joins.poll(&mut own.book).is_ready());
        }
    }
}
