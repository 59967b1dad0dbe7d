//! One thread with an event of its own, and one that wakes another.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_utils::CachePadded;

use super::super::run::{CHUNK, Part};
use super::super::waiting::threads::{Act, Body, SENDS, Told, outcome, perform};
use super::super::waiting::{self, round_trip};
use super::super::{Outcome, Wrong};
use super::{Job, Work};
use crate::baseline::Bare;
use crate::blocking::{Blocking, Ends, RecvEnd, SendEnd};
use crate::contender;
use crate::cores;
use crate::primitive::{Card, Event};

/// What the bare futex promises.
pub(super) const BARE_FUTEX: Card = {
    let bare = <Bare<true> as Blocking<u64>>::CARD;
    Card {
        name: bare.name,
        origin: bare.origin,
        kind: "event",
        algorithm: bare.algorithm,
        fair: true,
        order: "one waiter",
        stopped_peer: bare.stopped_peer,
        blocking: true,
        asynchronous: false,
        timeout: false,
        waiting: bare.waiting,
    }
};

/// Runs `E` once.
pub(super) fn run<E: Event>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    match job.work {
        Work::IsSet => alone::<E>(job, waits::<E>),
        Work::SetReset => alone::<E>(job, sets_and_resets::<E>),
        Work::Wake => wake::<Pair<E>>(job),
        _ => Ok(None),
    }
}

/// Two threads that wake each other by turns, each asleep before.
pub(super) fn wake<C: Blocking<u64>>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    let work = waiting::Work::RoundTrip {
        parked: true,
        one_core: false,
    };
    let trips = waiting::Job {
        work,
        capacity: 1,
        length: job.length,
    };
    round_trip::run::<C, u64>(&trips, true)
}

fn alone<E: Event>(
    job: &Job,
    act: fn(&E, &Part<'_>, usize) -> Told,
) -> Result<Option<Outcome>, Wrong> {
    let body: Body = Box::new(move |part, index| {
        let event = CachePadded::new(E::new());
        event.set();
        act(&event, part, index)
    });
    let told = perform(vec![(SENDS, body)], &cores::available(), job.length)?;
    let operations = told.iter().map(|one| one.tally.pushed).sum();
    Ok(Some(outcome(&told, operations)))
}

#[inline(never)]
fn waits<E: Event>(event: &E, part: &Part<'_>, index: usize) -> Told {
    over_and_over(part, index, || event.wait())
}

#[inline(never)]
fn sets_and_resets<E: Event>(event: &E, part: &Part<'_>, index: usize) -> Told {
    let told = over_and_over(part, index, || {
        event.set();
        event.reset();
    });
    event.set();
    // Hangs, and is found to hang, if this last set was lost.
    event.wait();
    told
}

#[inline]
fn over_and_over(part: &Part<'_>, index: usize, act: impl Fn()) -> Told {
    let mut tally = Act::start(part, index);
    let run = part.run;
    let mut done = 0;
    while done < run.limit && run.goes_on() {
        let count = CHUNK.min(run.limit - done);
        for _ in 0..count {
            act();
        }
        done += count;
    }
    tally.tally.pushed = done;
    tally.end()
}

/// A place for one number, which an event says is there.
#[derive(Debug)]
struct Slot<E> {
    event: E,
    value: AtomicU64,
    over: AtomicBool,
}

/// One way between two threads that speak by turns: an event as if it were a queue of one item.
#[derive(Debug)]
struct Pair<E>(std::marker::PhantomData<E>);

#[derive(Debug)]
struct PairEnd<E>(Arc<CachePadded<Slot<E>>>);

#[derive(Debug)]
struct PairSender<E: Event>(PairEnd<E>);

impl<E: Event> Blocking<u64> for Pair<E> {
    const CARD: contender::Card = contender::Card {
        name: E::CARD.name,
        origin: E::CARD.origin,
        algorithm: E::CARD.algorithm,
        order: E::CARD.order,
        exactness: "",
        stopped_peer: E::CARD.stopped_peer,
        blocking: true,
        asynchronous: false,
        timeout: false,
        waiting: E::CARD.waiting,
    };
    type Sender = PairSender<E>;
    type Receiver = PairEnd<E>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        if (capacity, senders, receivers) != (1, 1, 1) {
            return None;
        }
        let slot = Arc::new(CachePadded::new(Slot {
            event: E::new(),
            value: AtomicU64::new(0),
            over: AtomicBool::new(false),
        }));
        let receiver = PairEnd(Arc::clone(&slot));
        Some((vec![PairSender(PairEnd(slot))], vec![receiver]))
    }
}

impl<E: Event> SendEnd<u64> for PairSender<E> {
    #[inline]
    fn send(&mut self, value: u64) -> bool {
        let slot = &*self.0.0;
        // ORDERING: Relaxed: what is done before an event is set is seen after it was waited for.
        slot.value.store(value, Ordering::Relaxed);
        slot.event.set();
        true
    }
}

impl<E: Event> Drop for PairSender<E> {
    fn drop(&mut self) {
        // ORDERING: Relaxed: as in `send`.
        self.0.0.over.store(true, Ordering::Relaxed);
        self.0.0.event.set();
    }
}

impl<E: Event> RecvEnd<u64> for PairEnd<E> {
    #[inline]
    fn recv(&mut self) -> Option<u64> {
        let slot = &*self.0;
        slot.event.wait();
        slot.event.reset();
        // ORDERING: Relaxed: as in `send`.
        let over = slot.over.load(Ordering::Relaxed);
        (!over).then(|| slot.value.load(Ordering::Relaxed))
    }
}
