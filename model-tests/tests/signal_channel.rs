//! A signal handler may call the channel that its own thread is just calling, by the calls that do not wait: also
//! where that thread is just coming to wait, leaving, or waking somebody.
//!
//! As in `signal_steps`, a hook before each access to shared memory is the handler. Every call is interrupted once,
//! before each of its steps in turn. What both were answered, and what is left in the end, is held against the sequential
//! specification: nothing is lost, doubled or told wrongly. (Whether a call allocates is not seen here.)
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

#[path = "signal_channel/handler.rs"]
mod handler;
#[path = "linear_channel/record.rs"]
mod record;
#[path = "stall_channel/stage.rs"]
#[allow(dead_code, reason = "the sweeps use the rest")]
mod stage;

use std::cell::RefCell;
use std::rc::Rc;

use latchless::channel::bounded;
use model_tests::history::History;

use handler::{CLOCK, back, interrupted};
use stage::{
    Act, Ask, Close, DropWoken, Hands, Item, PollWoken, RecvMany, Renew, Room, SendMany, Side,
    TryRecv, TrySend, Wait,
};

fn interrupt_channel(
    capacity: usize,
    side: Side,
    act: Act,
    handler: Act,
    before: usize,
    at: usize,
) -> bool {
    let ends = bounded(capacity);
    let mut own = Hands::new(&CLOCK, 1, &ends);
    let theirs = Rc::new(RefCell::new(Hands::new(&CLOCK, 2, &ends)));
    drop(ends);
    if side == Room {
        (0..capacity).for_each(|_| own.perform(TrySend, None));
    }
    let woken = act.is_about_woken().map(|side| own.asleep(side));
    let sleepers: Vec<_> = (0..before).map(|_| own.asleep(side)).collect();
    if let Some(first) = &woken {
        assert!(own.succeed(side) && first.is_woken());
    }
    let comes = Rc::clone(&theirs);
    let handle = move || comes.borrow_mut().perform(handler, None);
    let came = interrupted(at, handle, || own.perform(act, woken));
    for act in [TrySend, TryRecv, TryRecv, Close] {
        own.perform(act, None);
    }
    for sleeper in sleepers {
        sleeper.drop(&mut own.book);
    }
    (0..capacity + before + 2).for_each(|_| own.perform(TryRecv, None));
    let books = [own, back(theirs)].map(|hands| hands.book.into_operations());
    record::judge(Some(capacity), &History::new(books.into()));
    came
}

#[test]
fn a_handler_may_call_a_channel_between_any_two_steps() {
    const ACTS: &[Act] = &[
        TrySend,
        TryRecv,
        SendMany,
        RecvMany,
        Close,
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
    for capacity in [0, 2] {
        for side in [Item, Room] {
            for &act in ACTS.iter().filter(|act| act.fits(Some(capacity), side)) {
                for handler in [TrySend, TryRecv, SendMany, Close] {
                    for before in [0, 2] {
                        let came = |&at: &usize| {
                            interrupt_channel(capacity, side, act, handler, before, at)
                        };
                        let steps = (0..).take_while(came).count();
                        assert!(steps >= 2, "{act:?} has {steps} steps only");
                        all += steps;
                    }
                }
            }
        }
    }
    println!("channels, interrupted at {all} steps");
}
