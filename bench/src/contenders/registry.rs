//! All contenders, for code that is generic over one.
#![forbid(unsafe_code)]

use super::{
    ArrayQueue, AsyncChannel, ConcurrentQueue, CrossbeamChannel, Flume, Heapless, Kanal,
    LatchlessChannel, LatchlessHandle, LatchlessShared, LatchlessTry, LfQueue, StdMpsc, ThingBuf,
    TokioMpsc,
};
use crate::{
    baseline::{Bare, ParkingLotMutex, StdMutex, Vyukov},
    contender::{Card, Contender, Payload},
    workload::waiting::{ALL, Entry, Work},
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

/// Every contender of `work`, in which somebody waits, in the order in which reports list them.
pub fn waiting_contenders<P: Payload>(work: Work) -> Vec<Entry> {
    if let Work::Tasks { .. } = work {
        return vec![
            Entry::asynchronous::<LatchlessHandle, P>(),
            Entry::asynchronous::<LatchlessShared, P>(),
            Entry::asynchronous::<LatchlessChannel, P>(),
            Entry::asynchronous::<Flume, P>(),
            Entry::asynchronous::<Kanal, P>(),
            Entry::asynchronous::<AsyncChannel, P>(),
            Entry::asynchronous::<TokioMpsc, P>(),
        ];
    }
    let mut all = vec![
        Entry::blocking::<LatchlessHandle, P>(),
        Entry::blocking::<LatchlessShared, P>(),
        Entry::blocking::<LatchlessChannel, P>(),
        Entry::blocking::<CrossbeamChannel, P>(),
        Entry::blocking::<Flume, P>(),
        Entry::blocking::<Kanal, P>(),
        Entry::blocking::<AsyncChannel, P>(),
        Entry::blocking::<StdMpsc, P>(),
        Entry::blocking::<StdMutex, P>(),
        Entry::blocking::<ParkingLotMutex, P>(),
    ];
    match work {
        Work::Alone => all.insert(1, Entry::blocking::<LatchlessTry, P>()),
        // A flag that is only looked at is no floor where the other side needs the same core.
        Work::RoundTrip {
            parked: false,
            one_core: false,
        } => all.push(Entry::blocking::<Bare<false>, P>()),
        Work::RoundTrip { .. } | Work::Idle { .. } => {
            all.push(Entry::blocking::<Bare<true>, P>());
        }
        Work::Threads { .. } | Work::Tasks { .. } => {}
    }
    all
}

/// The card of every contender, those included that only wait.
pub fn all_cards() -> Vec<Card> {
    let mut all = cards();
    for workload in ALL {
        for entry in waiting_contenders::<u64>(workload.work) {
            if all.iter().all(|card| card.name != entry.card.name) {
                all.push(entry.card);
            }
        }
    }
    all
}

/// The name of every contender, those included that only wait.
pub fn all_names() -> Vec<&'static str> {
    all_cards().iter().map(|card| card.name).collect()
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
