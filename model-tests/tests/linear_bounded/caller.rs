//! How a test's threads draw their calls and make them, on the real queue and on toys alike.

use std::collections::VecDeque;

use latchless::error::{TryPopError, TryPushError};
use latchless::queue::{Bounded, Handle};
use model_tests::history::Log;
use model_tests::spec::fifo::{Answer, Call};

/// One who can make the calls of the specification.
pub trait Caller {
    /// Makes one call.
    fn call(&mut self, call: Call) -> Answer;
}

/// One who can also make the calls that count as several.
pub trait BatchCaller: Caller {
    /// Pushes from the front and says how many.
    fn push_many(&mut self, items: &mut VecDeque<u64>) -> usize;
    /// Pops at most `max`.
    fn pop_many(&mut self, items: &mut Vec<u64>, max: usize) -> usize;
    /// Closes and drains.
    fn close_now(&mut self) -> Vec<u64>;
}

fn pushed(result: Result<(), TryPushError<u64>>, value: u64) -> Answer {
    match result {
        Ok(()) => Answer::Pushed,
        Err(error) => {
            let answer = if error.is_full() {
                Answer::Full
            } else {
                Answer::Closed
            };
            assert_eq!(
                error.into_inner(),
                value,
                "a refused push gives its own value back"
            );
            answer
        }
    }
}

fn popped(result: Result<u64, TryPopError>) -> Answer {
    match result {
        Ok(value) => Answer::Popped(value),
        Err(TryPopError::Empty) => Answer::Empty,
        Err(TryPopError::Closed) => Answer::Closed,
    }
}

fn displaced(result: Result<Option<u64>, latchless::error::PushError<u64>>) -> Answer {
    match result {
        Ok(None) => Answer::Pushed,
        Ok(Some(oldest)) => Answer::Displaced(oldest),
        Err(_) => Answer::Closed,
    }
}

impl Caller for &Bounded<u64> {
    fn call(&mut self, call: Call) -> Answer {
        match call {
            Call::TryPush(value) => pushed(self.try_push(value), value),
            Call::ForcePush(value) => displaced(self.force_push(value)),
            Call::TryPop => popped(self.try_pop()),
            Call::Len => Answer::Len(self.len()),
            Call::IsEmpty => Answer::Is(self.is_empty()),
            Call::IsFull => Answer::Is(self.is_full()),
            Call::IsClosed => Answer::Is(self.is_closed()),
            Call::Close => Answer::Is(self.close()),
        }
    }
}

impl BatchCaller for &Bounded<u64> {
    fn push_many(&mut self, items: &mut VecDeque<u64>) -> usize {
        self.try_push_many(items)
    }
    fn pop_many(&mut self, items: &mut Vec<u64>, max: usize) -> usize {
        self.try_pop_many(items, max)
    }
    fn close_now(&mut self) -> Vec<u64> {
        Bounded::close_now(self)
    }
}

impl Caller for Handle<'_, u64> {
    fn call(&mut self, call: Call) -> Answer {
        match call {
            Call::TryPush(value) => pushed(self.try_push(value), value),
            Call::ForcePush(value) => displaced(self.force_push(value)),
            Call::TryPop => popped(self.try_pop()),
            on_the_queue => (&**self).call(on_the_queue),
        }
    }
}

impl BatchCaller for Handle<'_, u64> {
    fn push_many(&mut self, items: &mut VecDeque<u64>) -> usize {
        self.try_push_many(items)
    }
    fn pop_many(&mut self, items: &mut Vec<u64>, max: usize) -> usize {
        self.try_pop_many(items, max)
    }
    fn close_now(&mut self) -> Vec<u64> {
        Bounded::close_now(self)
    }
}

/// What a thread is going to do.
#[derive(Clone, Debug)]
pub enum Planned {
    One(Call),
    PushMany(Vec<u64>),
    PopMany(usize),
    CloseNow,
}

/// How often each call is drawn.
#[derive(Clone, Copy, Debug)]
pub enum Mix {
    /// Pushes and pops alone.
    PushPop,
    /// Every call that answers for itself; a close now and then.
    Single,
    /// Those, and batches and `close_now`.
    Everything,
}

impl Mix {
    /// Draws what to do; pushes take values from `first` on, at most three.
    pub fn draw(self, dice: &mut Dice, first: u64) -> Planned {
        let sides = match self {
            Mix::PushPop => 8,
            Mix::Single => 16,
            Mix::Everything => 20,
        };
        match dice.below(sides) {
            0..=3 => Planned::One(Call::TryPush(first)),
            4..=7 => Planned::One(Call::TryPop),
            8..=9 => Planned::One(Call::ForcePush(first)),
            10..=11 => Planned::One(Call::Len),
            12 => Planned::One(Call::IsEmpty),
            13 => Planned::One(Call::IsFull),
            14 => Planned::One(Call::IsClosed),
            15 => Planned::One(Call::Close),
            16..=17 => Planned::PushMany((first..=first + 1 + dice.below(2)).collect()),
            18 => Planned::PopMany(1 + dice.below(3) as usize),
            _ => Planned::CloseNow,
        }
    }
}

/// Does what was planned and writes it down.
pub fn record(caller: &mut impl BatchCaller, planned: &Planned, log: &mut Log<'_, Call, Answer>) {
    match planned {
        Planned::One(call) => log.record(*call, || caller.call(*call)),
        Planned::PushMany(values) => log.record_several(|| {
            let mut items: VecDeque<u64> = values.iter().copied().collect();
            let count = caller.push_many(&mut items);
            assert!(
                items.iter().eq(&values[count..]),
                "what was not pushed stays, in order"
            );
            let refused = items
                .front()
                .map(|&value| (Call::TryPush(value), Answer::Refused));
            let pushed = values[..count]
                .iter()
                .map(|&value| (Call::TryPush(value), Answer::Pushed));
            pushed.chain(refused).collect::<Vec<_>>()
        }),
        Planned::PopMany(max) => log.record_several(|| {
            let mut items = Vec::new();
            let count = caller.pop_many(&mut items, *max);
            assert_eq!(count, items.len());
            let short = (count < *max).then_some((Call::TryPop, Answer::Nothing));
            let popped = items
                .into_iter()
                .map(|value| (Call::TryPop, Answer::Popped(value)));
            popped.chain(short).collect::<Vec<_>>()
        }),
        Planned::CloseNow => log.record_several(|| {
            let popped = caller
                .close_now()
                .into_iter()
                .map(|value| (Call::TryPop, Answer::Popped(value)));
            let close = std::iter::once((Call::Close, Answer::Done));
            let drained = std::iter::once((Call::TryPop, Answer::Closed));
            close.chain(popped).chain(drained).collect::<Vec<_>>()
        }),
    }
}

/// Numbers that look random and are the same in every run (splitmix64).
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number below `sides`.
    pub fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}
