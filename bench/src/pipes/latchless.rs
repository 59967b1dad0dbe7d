//! Our pipes: of values, two-way, of bytes, of messages.
#![forbid(unsafe_code)]

use ::latchless::pipe::{self, FramedReceiver, FramedSender, Reader, Receiver, Sender, Writer};

use crate::blocking::{self, Blocking, RecvEnd, SendEnd};
use crate::contender::Card;
use crate::pipe::{
    AsyncBytes, AsyncReadEnd, AsyncWriteEnd, Bytes, Ends, Io, ReadEnd, Receives, RecvSlice,
    SendSlice, Sends, Sliced, Tried, TryRecv, TrySend, TwoWay, WriteEnd,
};

const VALUES: Card = Card {
    name: "latchless oneway",
    origin: "latchless",
    algorithm: "ring of slots, each with its state beside its value; the values of a slice side by side, one word for \
                all of them",
    order: "FIFO",
    exactness: "exact",
    stopped_peer: "nothing: each side goes on until the pipe is full or empty",
    blocking: true,
    asynchronous: true,
    timeout: true,
    waiting: "some microseconds of spins and yields, then sleeps; the one who waits pays for the fence",
};

/// Our pipe of values.
#[derive(Debug)]
pub struct LatchlessPipe;

impl Tried for LatchlessPipe {
    const CARD: Card = VALUES;
    type Sender = Sends<Sender<u64>>;
    type Receiver = Receives<Receiver<u64>>;

    fn ends(capacity: usize) -> Option<Ends<Self::Sender, Self::Receiver>> {
        let (sender, receiver) = pipe::try_oneway(capacity).ok()?;
        Some((Sends(sender), Receives(receiver)))
    }
}

impl TrySend for Sender<u64> {
    #[inline]
    fn try_send(&mut self, value: u64) -> Result<(), u64> {
        // A refused value is a copy of ours.
        Sender::try_send(self, value).map_err(|_| value)
    }
}

impl TryRecv for Receiver<u64> {
    #[inline]
    fn try_recv(&mut self) -> Option<u64> {
        Receiver::try_recv(self).ok()
    }
}

impl Sliced for LatchlessPipe {
    const CARD: Card = VALUES;
    type Sender = Sender<u64>;
    type Receiver = Receiver<u64>;

    fn ends(capacity: usize) -> Option<Ends<Self::Sender, Self::Receiver>> {
        pipe::try_oneway(capacity).ok()
    }
}

impl SendSlice for Sender<u64> {
    #[inline]
    fn try_send_slice(&mut self, values: &[u64]) -> usize {
        let mut rest = values;
        // What was sent is not in the slice any more; when it was refused there is nothing else to know.
        let _ = Sender::try_send_slice(self, &mut rest);
        values.len() - rest.len()
    }
}

impl RecvSlice for Receiver<u64> {
    #[inline]
    fn try_recv_slice(&mut self, values: &mut [u64]) -> usize {
        Receiver::try_recv_slice(self, values).unwrap_or(0)
    }
}

impl Blocking<u64> for LatchlessPipe {
    const CARD: Card = VALUES;
    type Sender = Sender<u64>;
    type Receiver = Receiver<u64>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<blocking::Ends<Self::Sender, Self::Receiver>> {
        if (senders, receivers) != (1, 1) {
            return None;
        }
        let (sender, receiver) = pipe::try_oneway(capacity).ok()?;
        Some((vec![sender], vec![receiver]))
    }
}

impl SendEnd<u64> for Sender<u64> {
    #[inline]
    fn send(&mut self, payload: u64) -> bool {
        Sender::send(self, payload).is_ok()
    }
}

impl RecvEnd<u64> for Receiver<u64> {
    #[inline]
    fn recv(&mut self) -> Option<u64> {
        Receiver::recv(self).ok()
    }
}

/// Our pipe in both directions.
#[derive(Debug)]
pub struct LatchlessDuplex;

impl TwoWay for LatchlessDuplex {
    const CARD: Card = Card {
        name: "latchless duplex",
        algorithm: "two pipes of values, one a direction",
        ..VALUES
    };
    type Sender = Sender<u64>;
    type Receiver = Receiver<u64>;

    fn ends(capacity: usize) -> Option<[(Self::Sender, Self::Receiver); 2]> {
        let (one, other) = pipe::duplex(capacity);
        Some([one.split(), other.split()])
    }
}

const BYTES: Card = Card {
    name: "latchless bytes",
    algorithm: "ring of bytes with room for a piece that would wrap; one counter a side, and each side remembers the \
                other's",
    ..VALUES
};

/// Our pipe of bytes.
#[derive(Debug)]
pub struct LatchlessBytes;

impl Bytes for LatchlessBytes {
    const CARD: Card = BYTES;
    type Writer = Io<Writer>;
    type Reader = Io<Reader>;

    fn ends(capacity: usize) -> Option<Ends<Self::Writer, Self::Reader>> {
        let (writer, reader) = pipe::try_bytes(capacity).ok()?;
        Some((Io(writer), Io(reader)))
    }
}

impl AsyncBytes for LatchlessBytes {
    const CARD: Card = BYTES;
    type Writer = Writer;
    type Reader = Reader;

    fn ends(capacity: usize) -> Option<Ends<Self::Writer, Self::Reader>> {
        pipe::try_bytes(capacity).ok()
    }
}

impl AsyncWriteEnd for Writer {
    #[inline]
    async fn write_block(&mut self, block: &[u8]) -> bool {
        self.write_all_async(block).await.is_ok()
    }
}

impl AsyncReadEnd for Reader {
    #[inline]
    async fn read_some(&mut self, into: &mut [u8]) -> usize {
        self.read_async(into).await.unwrap_or(0)
    }
}

/// Our pipe of messages.
#[derive(Debug)]
pub struct LatchlessFramed;

impl Bytes for LatchlessFramed {
    const CARD: Card = Card {
        name: "latchless framed",
        algorithm: "the pipe of bytes with a length before each message, which is sent and received as a whole",
        ..BYTES
    };
    type Writer = FramedSender;
    type Reader = FramedReceiver;

    fn ends(capacity: usize) -> Option<Ends<Self::Writer, Self::Reader>> {
        pipe::try_framed(capacity).ok()
    }
}

impl WriteEnd for FramedSender {
    #[inline]
    fn write_block(&mut self, block: &[u8]) -> bool {
        self.send(block).is_ok()
    }
}

impl ReadEnd for FramedReceiver {
    #[inline]
    fn read_some(&mut self, into: &mut [u8]) -> usize {
        self.recv_into(into).unwrap_or(0)
    }
}
