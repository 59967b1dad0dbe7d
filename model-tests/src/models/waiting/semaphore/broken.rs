//! The line in its fewest steps, with the mistakes that are easy to make: done wrong it must fail; done right it is in
//! the catalogue.
#![forbid(unsafe_code)]

use super::join;
use crate::models::Model;
use crate::models::waiting::task::Bell;
use latchless::sync::{AtomicU64, Ordering};
use latchless::wait::list::{Exchange, Listed, WaitList};
use latchless::wait::node::{Content, Sleeper};
use loom::thread;
use std::ops::Deref;
use std::sync::Arc;

/// The owner of a parcel has all; more than this is what it needs.
const GRANTED: Content = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    None,
    /// Takes what is there before it has its place in the line, and waits for the rest.
    TakesPartsOutOfTurn,
    /// Sleeps without another look at what is free.
    LooksBeforeItEnlists,
    /// Adds what is given, and tells nobody who has come meanwhile.
    LooksBeforeItAdds,
    /// Goes, and does not give its part back.
    KeepsItsPart,
    /// Goes, and does not look whether it was given all in that moment.
    ForgetsWhatItWasGiven,
    /// Puts back what nobody needs, and does not look again.
    PutsBackUnseen,
}
use Mistake::{
    ForgetsWhatItWasGiven, KeepsItsPart, LooksBeforeItAdds, LooksBeforeItEnlists, PutsBackUnseen,
    TakesPartsOutOfTurn,
};

const SERVED: &[&str] = &["served"];

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("parts_that_are_taken_in_turn_come_together", 1, 20, SERVED, || two_ask(Mistake::None)),
    Model::own("who_adds_and_who_enlists_find_each_other", 1, 20, SERVED, || add_meets_enlist(Mistake::None)),
    Model::own("one_that_goes_leaves_nothing_behind", 1, 10, SERVED, || leaver_is_given(Mistake::None)),
    Model::own("what_is_put_back_is_seen_by_who_has_come", 1, 20, SERVED, || put_back_meets_enlist(Mistake::None)),
];

const BOTH_WAIT: &str = "both wait, each for what the other has";
const SLEEPS: &str = "a permit is free, and somebody sleeps";
const LOST: &str = "permits were lost";

/// The mistakes, and what their models say.
#[rustfmt::skip]
pub const BROKEN: &[(Model, &str)] = &[
    (Model::own("broken_takes_parts_out_of_turn", 1, 1, SERVED, || two_ask(TakesPartsOutOfTurn)), BOTH_WAIT),
    (Model::own("broken_looks_before_it_enlists", 1, 1, SERVED, || add_meets_enlist(LooksBeforeItEnlists)), SLEEPS),
    (Model::own("broken_looks_before_it_adds", 1, 1, SERVED, || add_meets_enlist(LooksBeforeItAdds)), SLEEPS),
    (Model::own("broken_keeps_its_part", 1, 1, SERVED, || leaver_is_given(KeepsItsPart)), LOST),
    (Model::own("broken_forgets_what_it_was_given", 1, 1, SERVED, || leaver_is_given(ForgetsWhatItWasGiven)), LOST),
    (Model::own("broken_puts_back_unseen", 1, 1, SERVED, || put_back_meets_enlist(PutsBackUnseen)), SLEEPS),
];

#[derive(Debug)]
struct Inside {
    free: AtomicU64,
    line: WaitList,
    mistake: Mistake,
}

#[derive(Clone, Debug)]
struct Toy(Arc<Inside>);

/// One that waits, for so many.
struct Waiter {
    listed: Listed<Toy>,
    bell: Arc<Bell>,
    wanted: u64,
}

impl Deref for Toy {
    type Target = WaitList;
    fn deref(&self) -> &WaitList {
        &self.0.line
    }
}

impl Toy {
    fn new(free: u64, mistake: Mistake) -> Self {
        Self(Arc::new(Inside {
            free: AtomicU64::new(free),
            line: WaitList::new(),
            mistake,
        }))
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.0.mistake == mistake
    }

    fn free(&self) -> u64 {
        self.0.free.fetch_add(0, Ordering::AcqRel)
    }

    fn put(&self, permits: u64) {
        self.0.free.fetch_add(permits, Ordering::AcqRel);
    }

    fn take(&self, most: u64) -> u64 {
        let mut seen = self.0.free.load(Ordering::Relaxed);
        loop {
            let taken = seen.min(most);
            let now = seen - taken;
            match (self.0.free).compare_exchange(seen, now, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return taken,
                Err(now) => seen = now,
            }
        }
    }

    fn hand_over(&self, mut permits: u64) -> u64 {
        while permits > 0 {
            let given = self.exchange_as(|found| {
                let need = u64::from(found.checked_sub(GRANTED).filter(|&need| need > 0)?);
                Some(if need <= permits {
                    Exchange::AndWake(GRANTED)
                } else {
                    Exchange::Quietly(GRANTED + (need - permits) as Content)
                })
            });
            let Some(found) = given else { break };
            permits -= u64::from(found - GRANTED).min(permits);
        }
        permits
    }

    fn serve(&self) {
        while self.has_waiters_after_change() && self.has_parcel(|found| found > GRANTED) {
            let taken = self.take(u64::MAX);
            if taken == 0 {
                return;
            }
            self.put(self.hand_over(taken));
            if self.makes(PutsBackUnseen) {
                return;
            }
        }
    }

    fn release(&self, permits: u64) {
        if self.makes(LooksBeforeItAdds) {
            let left = self.hand_over(permits);
            return self.put(left);
        }
        self.put(permits);
        self.serve();
    }

    /// Takes its place, for what it cannot have at once; none if it has all.
    fn enlist(&self, wanted: u64) -> Option<Waiter> {
        let mut part = 0;
        if self.makes(TakesPartsOutOfTurn) {
            part = self.take(wanted);
        }
        if self.makes(LooksBeforeItEnlists) && self.free() >= wanted {
            part = self.take(wanted);
        }
        if part == wanted {
            return None;
        }
        let bell = Arc::new(Bell::default());
        let sleeper = Sleeper::Task(bell.clone().into());
        let listed = Listed::new(self.clone(), sleeper, GRANTED + (wanted - part) as Content);
        if !self.makes(LooksBeforeItEnlists) {
            self.serve();
        }
        Some(Waiter {
            listed,
            bell,
            wanted,
        })
    }

    /// Goes, with nothing.
    fn leave(&self, mut waiter: Waiter) {
        let content = waiter.listed.close_parcel();
        waiter.listed.leave();
        let part = match content {
            GRANTED if self.makes(ForgetsWhatItWasGiven) => 0,
            GRANTED => waiter.wanted,
            _ if self.makes(KeepsItsPart) => 0,
            needs => waiter.wanted - u64::from(needs - GRANTED),
        };
        if part > 0 {
            self.release(part);
        }
    }

    /// All who are left go, before anything is said that ends the model.
    fn end(&self, waiters: impl IntoIterator<Item = Waiter>) {
        waiters.into_iter().for_each(|waiter| self.leave(waiter));
    }
}

/// Two permits are free and one is held. One asks for three, the other for two; nobody gives anything back before it has
/// all.
fn two_ask(mistake: Mistake) -> &'static str {
    let toy = Toy::new(2, mistake);
    let other = toy.clone();
    let other = thread::spawn(move || other.enlist(2));
    let one = toy.enlist(3);
    let other = join(other);
    toy.release(1);
    let waits = |waiter: &Option<Waiter>| waiter.as_ref().is_some_and(|one| !one.bell.rang());
    let both_wait = waits(&one) && waits(&other);
    toy.end(one.into_iter().chain(other));
    assert!(!both_wait, "{BOTH_WAIT}");
    "served"
}

fn add_meets_enlist(mistake: Mistake) -> &'static str {
    let toy = Toy::new(0, mistake);
    let gives = toy.clone();
    let gift = thread::spawn(move || gives.release(1));
    let waiter = toy.enlist(1);
    join(gift);
    judge(&toy, waiter);
    "served"
}

/// Nothing is under way: there is nothing free while somebody sleeps.
fn judge(toy: &Toy, waiter: Option<Waiter>) {
    let sleeps = waiter.as_ref().is_some_and(|one| !one.bell.rang());
    let in_vain = sleeps && toy.free() > 0;
    toy.end(waiter);
    assert!(!in_vain, "{SLEEPS}");
}

/// It has one of two, and goes while the other one is given.
fn leaver_is_given(mistake: Mistake) -> &'static str {
    let toy = Toy::new(1, mistake);
    let waiter = toy.enlist(2).expect("one is too few");
    let gives = toy.clone();
    let gift = thread::spawn(move || gives.release(1));
    toy.leave(waiter);
    join(gift);
    assert_eq!(toy.free(), 2, "{LOST}");
    "served"
}

/// One goes while a permit is about to be handed to it, and is put back; another one comes.
fn put_back_meets_enlist(mistake: Mistake) -> &'static str {
    let toy = Toy::new(0, mistake);
    let first = toy.enlist(1).expect("there is none");
    let (gives, comes) = (toy.clone(), toy.clone());
    toy.put(1);
    let gift = thread::spawn(move || gives.serve());
    let change = thread::spawn(move || {
        comes.leave(first);
        comes.enlist(1)
    });
    join(gift);
    judge(&toy, join(change));
    "served"
}
