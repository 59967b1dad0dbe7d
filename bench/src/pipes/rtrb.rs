//! `rtrb`, by itself and with threads that park.
#![forbid(unsafe_code)]

use std::sync::Arc;

use ::rtrb::{Consumer, Producer, RingBuffer};

use super::parked::Places;
use crate::blocking::{self, Blocking, RecvEnd, SendEnd};
use crate::contender::Card;
use crate::pipe::{
    Bytes, Ends, ReadEnd, Receives, RecvSlice, SendSlice, Sends, Sliced, Tried, TryRecv, TrySend,
    WriteEnd,
};

const CARD: Card = Card {
    name: "rtrb",
    origin: "rtrb",
    algorithm: "ring with an index a side on lines of their own, each side remembers the other's; every push stores \
                its index",
    order: "FIFO",
    exactness: "exact",
    stopped_peer: "nothing: each side goes on until the ring is full or empty",
    blocking: false,
    asynchronous: false,
    timeout: false,
    waiting: "",
};

/// The ring by itself.
#[derive(Debug)]
pub struct Rtrb;

impl Tried for Rtrb {
    const CARD: Card = CARD;
    type Sender = Sends<Producer<u64>>;
    type Receiver = Receives<Consumer<u64>>;

    fn ends(capacity: usize) -> Option<Ends<Self::Sender, Self::Receiver>> {
        let (producer, consumer) = RingBuffer::new(capacity);
        Some((Sends(producer), Receives(consumer)))
    }
}

impl TrySend for Producer<u64> {
    #[inline]
    fn try_send(&mut self, value: u64) -> Result<(), u64> {
        self.push(value).map_err(|_| value)
    }
}

impl TryRecv for Consumer<u64> {
    #[inline]
    fn try_recv(&mut self) -> Option<u64> {
        self.pop().ok()
    }
}

impl Sliced for Rtrb {
    const CARD: Card = CARD;
    type Sender = Producer<u64>;
    type Receiver = Consumer<u64>;

    fn ends(capacity: usize) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(RingBuffer::new(capacity))
    }
}

impl SendSlice for Producer<u64> {
    #[inline]
    fn try_send_slice(&mut self, values: &[u64]) -> usize {
        // One chunk, as long as there is room.
        self.push_partial_slice(values).0.len()
    }
}

impl RecvSlice for Consumer<u64> {
    #[inline]
    fn try_recv_slice(&mut self, values: &mut [u64]) -> usize {
        self.pop_partial_slice(values).0.len()
    }
}

/// The ring with threads that spin, then park.
#[derive(Debug)]
pub struct ParkedRtrb;

const PARKED: Card = Card {
    name: "rtrb (parked)",
    algorithm: "the ring, and around it a flag a side that says who sleeps: a fence and a look after every push and pop",
    blocking: true,
    waiting: "some microseconds of spins and yields, then sets its flag and parks",
    ..CARD
};

/// The end that sends.
#[derive(Debug)]
pub struct ParkedProducer<T> {
    ring: Producer<T>,
    places: Arc<Places>,
}

/// The end that receives.
#[derive(Debug)]
pub struct ParkedConsumer<T> {
    ring: Consumer<T>,
    places: Arc<Places>,
}

fn parked<T>(capacity: usize) -> Ends<ParkedProducer<T>, ParkedConsumer<T>> {
    let (producer, consumer) = RingBuffer::new(capacity);
    let places = Arc::<Places>::default();
    let sender = ParkedProducer {
        ring: producer,
        places: Arc::clone(&places),
    };
    let receiver = ParkedConsumer {
        ring: consumer,
        places,
    };
    (sender, receiver)
}

impl<T> ParkedProducer<T> {
    /// False when nobody receives any more.
    #[cold]
    fn wait(&self) -> bool {
        let gone = || self.places.receiver_is_gone();
        self.places.wait_for_room(|| !self.ring.is_full() || gone());
        !gone()
    }
}

impl<T> ParkedConsumer<T> {
    /// False when nothing is inside and nothing will come.
    #[cold]
    fn wait(&self) -> bool {
        // Looks whether the other has gone before it looks into the ring for the last time.
        let gone = || self.places.sender_is_gone();
        self.places
            .wait_for_item(|| !self.ring.is_empty() || gone());
        !(gone() && self.ring.is_empty())
    }
}

impl<T> Drop for ParkedProducer<T> {
    fn drop(&mut self) {
        self.places.sender_goes();
    }
}

impl<T> Drop for ParkedConsumer<T> {
    fn drop(&mut self) {
        self.places.receiver_goes();
    }
}

impl Blocking<u64> for ParkedRtrb {
    const CARD: Card = PARKED;
    type Sender = ParkedProducer<u64>;
    type Receiver = ParkedConsumer<u64>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<blocking::Ends<Self::Sender, Self::Receiver>> {
        if (senders, receivers) != (1, 1) {
            return None;
        }
        let (sender, receiver) = parked(capacity);
        Some((vec![sender], vec![receiver]))
    }
}

impl SendEnd<u64> for ParkedProducer<u64> {
    #[inline]
    fn send(&mut self, payload: u64) -> bool {
        while self.ring.push(payload).is_err() {
            if !self.wait() {
                return false;
            }
        }
        self.places.item_came();
        true
    }
}

impl RecvEnd<u64> for ParkedConsumer<u64> {
    #[inline]
    fn recv(&mut self) -> Option<u64> {
        loop {
            if let Ok(payload) = self.ring.pop() {
                self.places.item_went();
                return Some(payload);
            }
            if !self.wait() {
                return None;
            }
        }
    }
}

impl Bytes for ParkedRtrb {
    const CARD: Card = PARKED;
    type Writer = ParkedProducer<u8>;
    type Reader = ParkedConsumer<u8>;

    fn ends(capacity: usize) -> Option<Ends<Self::Writer, Self::Reader>> {
        Some(parked(capacity))
    }
}

impl WriteEnd for ParkedProducer<u8> {
    fn write_block(&mut self, block: &[u8]) -> bool {
        let mut rest = block;
        while !rest.is_empty() {
            let (written, left) = self.ring.push_partial_slice(rest);
            if !written.is_empty() {
                self.places.item_came();
            } else if !self.wait() {
                return false;
            }
            rest = left;
        }
        true
    }
}

impl ReadEnd for ParkedConsumer<u8> {
    fn read_some(&mut self, into: &mut [u8]) -> usize {
        loop {
            let count = self.ring.pop_partial_slice(into).0.len();
            if count > 0 || into.is_empty() {
                self.places.item_went();
                return count;
            }
            if !self.wait() {
                return 0;
            }
        }
    }
}
