//! Two threads that try, one value a call or many.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::check::{Totals, same};
use super::super::flow;
use super::super::run::{Part, Tally};
use super::super::waiting::threads::{Act, Body, RECEIVES, SENDS, Told, outcome, perform};
use super::super::{Outcome, Wrong};
use super::{Job, SLICE};
use crate::contender::End;
use crate::cores;
use crate::pipe::{RecvSlice, SendSlice, Sliced, Tried};

/// Runs `C` once, a value a call.
pub(super) fn items<C: Tried>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    let Some((mut sender, mut receiver)) = C::ends(job.capacity) else {
        return Ok(None);
    };
    let mut pushed = 0;
    while pushed < job.capacity as u64 && sender.try_push(pushed).is_ok() {
        pushed += 1;
    }
    let before = rest_of(|| receiver.try_pop().map(Totals::one));
    same(Totals::consecutive(0, pushed), before)?;
    let send = move |part: &Part<'_>, index: usize| {
        let tally = flow::produce::<u64, _>(&mut sender, part, index);
        drop(sender);
        tally
    };
    let receive = move |part: &Part<'_>, index: usize| {
        let tally = flow::consume::<u64, _>(&mut receiver, part, index);
        let rest = move || rest_of(|| receiver.try_pop().map(Totals::one));
        (tally, rest)
    };
    flowed(job, send, receive)
}

/// Runs `C` once, many values a call.
pub(super) fn slices<C: Sliced>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    let Some((mut sender, mut receiver)) = C::ends(job.capacity) else {
        return Ok(None);
    };
    let all: Vec<u64> = (0..job.capacity as u64).collect();
    let mut pushed = 0;
    while pushed < all.len() {
        match sender.try_send_slice(&all[pushed..]) {
            0 => break,
            count => pushed += count,
        }
    }
    let before = rest_of(|| some(&mut receiver));
    same(Totals::consecutive(0, pushed as u64), before)?;
    let send = move |part: &Part<'_>, index: usize| {
        let tally = send_slices(&mut sender, part, index);
        drop(sender);
        tally
    };
    let receive = move |part: &Part<'_>, index: usize| {
        let tally = receive_slices(&mut receiver, part, index);
        (tally, move || rest_of(|| some(&mut receiver)))
    };
    flowed(job, send, receive)
}

/// All that comes until nothing does.
fn rest_of(mut some: impl FnMut() -> Option<Totals>) -> Totals {
    let mut all = Totals::default();
    while let Some(totals) = some() {
        all = all.join(totals);
    }
    all
}

/// What is there, up to a slice of it.
fn some<R: RecvSlice>(receiver: &mut R) -> Option<Totals> {
    let mut slice = [0; SLICE];
    let count = receiver.try_recv_slice(&mut slice);
    (count > 0).then(|| Totals::of(&slice[..count]))
}

/// Says so when the sending thread has come to its end, also by a panic.
struct Over(Arc<AtomicBool>);

impl Drop for Over {
    fn drop(&mut self) {
        // ORDERING: Release, with the Acquire in `flowed`: who sees it sees all that was sent.
        self.0.store(true, Ordering::Release);
    }
}

/// One thread that sends and one that receives, and what was still on its way in the end.
fn flowed<R>(
    job: &Job,
    send: impl FnOnce(&Part<'_>, usize) -> Tally + Send + 'static,
    receive: impl FnOnce(&Part<'_>, usize) -> (Tally, R) + Send + 'static,
) -> Result<Option<Outcome>, Wrong>
where
    R: FnOnce() -> Totals,
{
    let over = Arc::new(AtomicBool::new(false));
    let left = Arc::new(Mutex::new(Totals::default()));
    let sends: Body = {
        let over = Over(Arc::clone(&over));
        Box::new(move |part, index| {
            let tally = send(part, index);
            drop(over);
            told(tally)
        })
    };
    let receives: Body = {
        let left = Arc::clone(&left);
        Box::new(move |part, index| {
            let (tally, rest) = receive(part, index);
            // ORDERING: Acquire: see `Over`.
            while !over.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            *left.lock().unwrap_or_else(PoisonError::into_inner) = rest();
            told(tally)
        })
    };
    let told = perform(
        vec![(SENDS, sends), (RECEIVES, receives)],
        &cores::available(),
        job.length,
    )?;
    let sum = |of: fn(&Tally) -> Totals| {
        let totals = told.iter().map(|one| of(&one.tally));
        totals.fold(Totals::default(), Totals::join)
    };
    let popped = sum(|tally| tally.popped);
    let left = *left.lock().unwrap_or_else(PoisonError::into_inner);
    same(sum(Tally::pushed_totals), popped.join(left))?;
    let mut outcome = outcome(&told, popped.count);
    // Nobody slept.
    outcome.waited = None;
    Ok(Some(outcome))
}

fn told(tally: Tally) -> Told {
    Told {
        tally,
        switches: [0, 0],
        trips: Vec::new(),
    }
}

#[inline(never)]
fn send_slices<S: SendSlice>(end: &mut S, part: &Part<'_>, index: usize) -> Tally {
    let mut slice = [0; SLICE];
    let mut act = Act::start(part, index);
    let run = part.run;
    let mut next = act.tally.first;
    let last = next + run.limit;
    'run: while next < last && run.goes_on() {
        for (value, place) in (next..).zip(&mut slice) {
            *place = value;
        }
        let mut rest = &slice[..SLICE.min((last - next) as usize)];
        let mut patience = run.patience();
        while !rest.is_empty() {
            match end.try_send_slice(rest) {
                0 if !patience.wait() => break 'run,
                0 => {}
                count => {
                    rest = &rest[count..];
                    next += count as u64;
                    patience = run.patience();
                }
            }
        }
    }
    act.tally.pushed = next - act.tally.first;
    act.end().tally
}

#[inline(never)]
fn receive_slices<R: RecvSlice>(end: &mut R, part: &Part<'_>, index: usize) -> Tally {
    let mut slice = [0; SLICE];
    let mut act = Act::start(part, index);
    let run = part.run;
    let mut popped = Totals::default();
    'run: while run.goes_on() {
        let mut patience = run.patience();
        let count = loop {
            match end.try_recv_slice(&mut slice) {
                0 if !patience.wait() => break 'run,
                0 => {}
                count => break count,
            }
        };
        popped = popped.join(Totals::of(&slice[..count]));
    }
    if run.drain {
        popped = popped.join(rest_of(|| some(end)));
    }
    act.tally.popped = popped;
    act.end().tally
}
