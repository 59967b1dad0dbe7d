//! Parts that are taken out of turn: each takes what is there, and waits for the rest. Done wrong it must fail; done
//! right it is in the catalogue.
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

/// The rest of a need, in a parcel.
const GRANTED: Content = 1;

pub(super) const MODELS: &[Model] = &[Model::own(
    "parts_that_are_taken_in_turn_come_together",
    1,
    20,
    &["served"],
    || two_ask(false),
)];

/// The same, where each takes what is there before it has its place in the line.
pub const TAKES_PARTS_OUT_OF_TURN: Model =
    Model::own("broken_takes_parts_out_of_turn", 1, 20, &["served"], || {
        two_ask(true)
    });

/// What it says then.
pub const SAID: &str = "both wait, each for what the other has";

#[derive(Debug)]
struct Inside {
    free: AtomicU64,
    line: WaitList,
}

#[derive(Clone, Debug)]
struct Toy(Arc<Inside>);

impl Deref for Toy {
    type Target = WaitList;
    fn deref(&self) -> &WaitList {
        &self.0.line
    }
}

impl Toy {
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
            let left = self.hand_over(taken);
            self.0.free.fetch_add(left, Ordering::AcqRel);
        }
    }

    /// Takes its place, for what is left of `need`; none if it has all.
    fn enlist(&self, need: u64, too_early: bool) -> Option<(Listed<Toy>, Arc<Bell>)> {
        let part = if too_early { self.take(need) } else { 0 };
        if part == need {
            return None;
        }
        let bell = Arc::new(Bell::default());
        let sleeper = Sleeper::Task(bell.clone().into());
        let listed = Listed::new(self.clone(), sleeper, GRANTED + (need - part) as Content);
        self.serve();
        Some((listed, bell))
    }
}

/// Two permits are free and one is held. One asks for three, the other for two; nobody gives anything back before it has
/// all.
fn two_ask(too_early: bool) -> &'static str {
    let toy = Toy(Arc::new(Inside {
        free: AtomicU64::new(2),
        line: WaitList::new(),
    }));
    let other = toy.clone();
    let other = thread::spawn(move || other.enlist(2, too_early));
    let one = toy.enlist(3, too_early);
    let other = join(other);
    toy.0.free.fetch_add(1, Ordering::AcqRel);
    toy.serve();
    let waits = |waiter: &Option<(Listed<Toy>, Arc<Bell>)>| {
        waiter.as_ref().is_some_and(|(_, bell)| !bell.rang())
    };
    let both_wait = waits(&one) && waits(&other);
    for (mut listed, _) in [one, other].into_iter().flatten() {
        let _ = listed.close_parcel();
        listed.leave();
    }
    assert!(!both_wait, "{SAID}");
    "served"
}
