//! All contenders, for code that is generic over one.
#![forbid(unsafe_code)]

use super::{
    ArrayQueue, AsyncChannel, ConcurrentQueue, CrossbeamChannel, Flume, Heapless, Kanal,
    LatchlessHandle, LatchlessShared, LfQueue, StdMpsc, ThingBuf,
};
use crate::{
    baseline::{ParkingLotMutex, StdMutex, Vyukov},
    contender::{Card, Contender, Payload},
};

/// What is to be done with each contender: a closure cannot be generic over a type, this can.
pub trait Visitor<P: Payload> {
    /// Called once for each contender.
    fn visit<C: Contender<P>>(&mut self);
}

/// Shows every contender to `visitor`, in the order in which reports list them.
pub fn visit_all<P: Payload>(visitor: &mut impl Visitor<P>) {
    visitor.visit::<LatchlessHandle>();
    visitor.visit::<LatchlessShared>();
    visitor.visit::<ArrayQueue>();
    visitor.visit::<ConcurrentQueue>();
    visitor.visit::<ThingBuf>();
    visitor.visit::<Heapless>();
    visitor.visit::<LfQueue>();
    visitor.visit::<CrossbeamChannel>();
    visitor.visit::<Flume>();
    visitor.visit::<Kanal>();
    visitor.visit::<AsyncChannel>();
    visitor.visit::<StdMpsc>();
    visitor.visit::<StdMutex>();
    visitor.visit::<ParkingLotMutex>();
    visitor.visit::<Vyukov>();
}

/// Shows the contender whose card says `name` to `visitor`; false when there is none.
pub fn visit_named<P: Payload>(name: &str, visitor: &mut impl Visitor<P>) -> bool {
    let mut filter = Named {
        name,
        visitor,
        found: false,
    };
    visit_all(&mut filter);
    filter.found
}

/// The card of every contender.
pub fn cards() -> Vec<Card> {
    let mut cards = Cards(Vec::new());
    visit_all::<u64>(&mut cards);
    cards.0
}

/// The name of every contender.
pub fn names() -> Vec<&'static str> {
    cards().iter().map(|card| card.name).collect()
}

struct Named<'a, V> {
    name: &'a str,
    visitor: &'a mut V,
    found: bool,
}

impl<P: Payload, V: Visitor<P>> Visitor<P> for Named<'_, V> {
    fn visit<C: Contender<P>>(&mut self) {
        if C::CARD.name == self.name {
            self.found = true;
            self.visitor.visit::<C>();
        }
    }
}

struct Cards(Vec<Card>);

impl Visitor<u64> for Cards {
    fn visit<C: Contender<u64>>(&mut self) {
        self.0.push(C::CARD);
    }
}
