//! `ringbuf::HeapRb`, by its caching ends.
#![forbid(unsafe_code)]

use ::ringbuf::traits::{Consumer as _, Producer as _, Split as _};
use ::ringbuf::{HeapCons, HeapProd, HeapRb};

use crate::contender::Card;
use crate::pipe::{Ends, Receives, RecvSlice, SendSlice, Sends, Sliced, Tried, TryRecv, TrySend};

const CARD: Card = Card {
    name: "ringbuf",
    origin: "ringbuf",
    algorithm: "ring with an index a side; each side remembers the other's; every push stores its index",
    order: "FIFO",
    exactness: "exact",
    stopped_peer: "nothing: each side goes on until the ring is full or empty",
    blocking: false,
    asynchronous: false,
    timeout: false,
    waiting: "",
};

/// The ring on the heap.
#[derive(Debug)]
pub struct RingBuf;

impl Tried for RingBuf {
    const CARD: Card = CARD;
    type Sender = Sends<HeapProd<u64>>;
    type Receiver = Receives<HeapCons<u64>>;

    fn ends(capacity: usize) -> Option<Ends<Self::Sender, Self::Receiver>> {
        let (producer, consumer) = HeapRb::new(capacity).split();
        Some((Sends(producer), Receives(consumer)))
    }
}

impl TrySend for HeapProd<u64> {
    #[inline]
    fn try_send(&mut self, value: u64) -> Result<(), u64> {
        self.try_push(value)
    }
}

impl TryRecv for HeapCons<u64> {
    #[inline]
    fn try_recv(&mut self) -> Option<u64> {
        self.try_pop()
    }
}

impl Sliced for RingBuf {
    const CARD: Card = CARD;
    type Sender = HeapProd<u64>;
    type Receiver = HeapCons<u64>;

    fn ends(capacity: usize) -> Option<Ends<Self::Sender, Self::Receiver>> {
        Some(HeapRb::new(capacity).split())
    }
}

impl SendSlice for HeapProd<u64> {
    #[inline]
    fn try_send_slice(&mut self, values: &[u64]) -> usize {
        self.push_slice(values)
    }
}

impl RecvSlice for HeapCons<u64> {
    #[inline]
    fn try_recv_slice(&mut self, values: &mut [u64]) -> usize {
        self.pop_slice(values)
    }
}
