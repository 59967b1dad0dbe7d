//! A thread stopped inside `try_push` or `try_pop`; the others do pairs.
#![forbid(unsafe_code)]

use std::marker::PhantomData;

use model_tests::single_step;

use super::super::check::{Totals, Wrong, same};
use super::super::patience::Patience;
use super::super::run::first_value;
use super::{OTHERS, Play, sweep};
use crate::contender::{Contender, End, Payload, Role};
use crate::plan::StalledPlan;
use crate::record::Stalled;

/// Capacity of the queue, which the victim and the others find half full: neither end is near.
const CAPACITY: usize = 64;

/// The operation in which the victim is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `try_push`.
    Push,
    /// `try_pop`.
    Pop,
}

impl Operation {
    /// Both.
    pub const ALL: [Operation; 2] = [Operation::Push, Operation::Pop];

    /// The name in records.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Push => "push",
            Operation::Pop => "pop",
        }
    }
}

/// Stops a victim at every instruction of `operation`. `Ok(None)` when `C` cannot serve three
/// threads that do both, or when this platform cannot stop a thread at an instruction.
pub fn stalled<C: Contender<P>, P: Payload>(
    operation: Operation,
    plan: &StalledPlan,
) -> Result<Option<Stalled>, Wrong> {
    let play = Pairs::<C, P> {
        operation,
        contender: PhantomData,
    };
    sweep(&play, C::CARD.name, operation.name(), plan)
}

struct Pairs<C, P> {
    operation: Operation,
    contender: PhantomData<fn() -> (C, P)>,
}

/// One end of the queue, and what its thread has put in and taken out.
struct Side<E> {
    end: E,
    first: u64,
    next: u64,
    popped: Totals,
}

impl<E> Side<E> {
    fn new(index: usize, end: E) -> Side<E> {
        let first = first_value(index);
        Side {
            end,
            first,
            next: first,
            popped: Totals::default(),
        }
    }

    /// Whether the next value went in.
    fn pushes<P: Payload>(&mut self, push: impl FnOnce(&mut E, P) -> Result<(), P>) -> bool {
        let pushed = push(&mut self.end, P::carrying(self.next)).is_ok();
        self.next += u64::from(pushed);
        pushed
    }

    /// Whether a value came out.
    fn pops<P: Payload>(&mut self, pop: impl FnOnce(&mut E) -> Option<P>) -> bool {
        let payload = pop(&mut self.end);
        let came = payload.is_some();
        if let Some(payload) = payload {
            self.popped.add(payload.value());
        }
        came
    }
}

impl<C: Contender<P>, P: Payload> Play for Pairs<C, P> {
    type Side = Side<C::End>;

    fn sides(&self) -> Option<Vec<Self::Side>> {
        let ends = C::ends(CAPACITY, &[Role::Both; OTHERS + 1])?;
        let sides = ends.into_iter().enumerate();
        let mut sides: Vec<_> = sides.map(|(index, end)| Side::new(index, end)).collect();
        let victim = sides.last_mut()?;
        // The values inside are the victim's first ones.
        while victim.next - victim.first < CAPACITY as u64 / 2
            && victim.pushes(<C::End as End<P>>::try_push)
        {}
        Some(sides)
    }

    fn warm_up(&self, victim: &mut Self::Side) {
        victim.pushes(<C::End as End<P>>::try_push);
        victim.pops(<C::End as End<P>>::try_pop);
    }

    fn act(&self, victim: &mut Self::Side, stop: &single_step::Stop) {
        match self.operation {
            Operation::Push => victim.pushes(|end, payload| stop.run(|| end.try_push(payload))),
            Operation::Pop => victim.pops(|end| stop.run(|| end.try_pop())),
        };
    }

    #[inline(always)]
    fn turn<'s>(&self, side: &mut Self::Side, patience: impl Fn() -> Patience<'s>) -> bool {
        let mut pushing = patience();
        while !side.pushes(<C::End as End<P>>::try_push) {
            if !pushing.wait() {
                return false;
            }
        }
        let mut popping = patience();
        while !side.pops(<C::End as End<P>>::try_pop) {
            if !popping.wait() {
                return false;
            }
        }
        true
    }

    fn settle(&self, mut sides: Vec<Self::Side>) -> Result<(), Wrong> {
        if let Some(side) = sides.first_mut() {
            while side.pops(<C::End as End<P>>::try_pop) {}
        }
        let pushed = (sides.iter())
            .map(|side| Totals::consecutive(side.first, side.next - side.first))
            .fold(Totals::default(), Totals::join);
        let popped = (sides.iter())
            .map(|side| side.popped)
            .fold(Totals::default(), Totals::join);
        same(pushed, popped)
    }
}
