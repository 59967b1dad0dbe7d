//! `thingbuf::ThingBuf`, the crate's queue for many producers and many consumers (its channels
//! have one consumer), written and read in place.
#![forbid(unsafe_code)]

use std::sync::Arc;

use crate::contender::{Card, Contender, End, Payload, Role};

/// The queue of thingbuf.
#[derive(Debug)]
pub struct ThingBuf;

/// Leaves the old value in a slot: every push overwrites all of it, so that the cleaning which
/// the default policy does before it would be paid for nothing.
#[derive(Clone, Copy, Debug)]
pub struct Overwrite;

impl<P: Payload> thingbuf::Recycle<P> for Overwrite {
    #[inline]
    fn new_element(&self) -> P {
        P::carrying(0)
    }

    #[inline]
    fn recycle(&self, _: &mut P) {}
}

impl<P: Payload> Contender<P> for ThingBuf {
    const CARD: Card = Card {
        name: "ThingBuf",
        origin: "thingbuf",
        algorithm: "ring of stamped slots after Vyukov, used in place; pushes skip a slot that \
                    is still being read",
        order: "FIFO in the order of the claims",
        exactness: "Empty may be false while a push before the found item is unfinished, Full \
                    while a pop is; skipped slots count as used for a lap",
        stopped_peer: "behind a slot that a stopped push has claimed, pops say Empty whatever was \
                       pushed later; a stopped pop costs its slot once it is marked as being \
                       read, and makes pushes say Full a lap later before that",
        blocking: false,
        asynchronous: false,
        timeout: false,
        waiting: "",
    };

    type End = Arc<thingbuf::ThingBuf<P, Overwrite>>;

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let queue = Arc::new(thingbuf::ThingBuf::with_recycle(capacity, Overwrite));
        Some(vec![queue; roles.len()])
    }
}

impl<P: Payload> End<P> for Arc<thingbuf::ThingBuf<P, Overwrite>> {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        match self.push_ref() {
            Ok(mut slot) => {
                *slot = payload;
                Ok(())
            }
            Err(_) => Err(payload),
        }
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.pop_ref().map(|slot| *slot)
    }
}
