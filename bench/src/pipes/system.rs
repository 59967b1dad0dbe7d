//! The operating system's pipe, by `std::io::pipe`.
#![forbid(unsafe_code)]

use std::io::{PipeReader, PipeWriter, Read, Write};

use crate::blocking::{self, Blocking, RecvEnd, SendEnd};
use crate::contender::Card;
use crate::pipe::{Bytes, Ends, Io};

const CARD: Card = Card {
    name: "OS pipe",
    origin: "system",
    algorithm: "the kernel's list of pages behind a lock of the kernel's, a system call each time; as many bytes as \
                the system gives it (64 KiB on Linux)",
    order: "FIFO",
    exactness: "exact",
    stopped_peer: "nothing outside of the kernel, where the pipe has a lock",
    blocking: true,
    asynchronous: false,
    timeout: false,
    waiting: "sleeps at once in the kernel",
};

/// The operating system's pipe.
#[derive(Debug)]
pub struct SystemPipe;

/// Values of eight bytes, each written and read by a call of its own: a send is there when it returns.
impl Blocking<u64> for SystemPipe {
    const CARD: Card = CARD;
    type Sender = PipeWriter;
    type Receiver = PipeReader;

    fn ends(
        _capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<blocking::Ends<Self::Sender, Self::Receiver>> {
        if (senders, receivers) != (1, 1) {
            return None;
        }
        let (reader, writer) = std::io::pipe().ok()?;
        Some((vec![writer], vec![reader]))
    }
}

impl SendEnd<u64> for PipeWriter {
    #[inline]
    fn send(&mut self, payload: u64) -> bool {
        self.write_all(&payload.to_ne_bytes()).is_ok()
    }
}

impl RecvEnd<u64> for PipeReader {
    #[inline]
    fn recv(&mut self) -> Option<u64> {
        let mut bytes = [0; 8];
        self.read_exact(&mut bytes).ok()?;
        Some(u64::from_ne_bytes(bytes))
    }
}

impl Bytes for SystemPipe {
    const CARD: Card = CARD;
    type Writer = Io<PipeWriter>;
    type Reader = Io<PipeReader>;

    fn ends(_capacity: usize) -> Option<Ends<Self::Writer, Self::Reader>> {
        let (reader, writer) = std::io::pipe().ok()?;
        Some((Io(writer), Io(reader)))
    }
}
