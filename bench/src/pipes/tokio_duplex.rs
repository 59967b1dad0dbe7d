//! `tokio::io::duplex`, one direction of it.
#![forbid(unsafe_code)]

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use crate::contender::Card;
use crate::pipe::{AsyncBytes, AsyncReadEnd, AsyncWriteEnd, Ends};

/// The two-way pipe of tokio.
#[derive(Debug)]
pub struct TokioDuplex;

impl AsyncBytes for TokioDuplex {
    const CARD: Card = Card {
        name: "tokio duplex",
        origin: "tokio",
        algorithm: "a buffer of bytes behind a mutex for each direction",
        order: "FIFO",
        exactness: "exact: decided under the mutex",
        stopped_peer: "stopped while it holds the mutex, it stops the other",
        blocking: false,
        asynchronous: true,
        timeout: false,
        waiting: "one waker a side behind the mutex",
    };
    type Writer = DuplexStream;
    type Reader = DuplexStream;

    fn ends(capacity: usize) -> Option<Ends<Self::Writer, Self::Reader>> {
        Some(tokio::io::duplex(capacity))
    }
}

impl AsyncWriteEnd for DuplexStream {
    #[inline]
    async fn write_block(&mut self, block: &[u8]) -> bool {
        self.write_all(block).await.is_ok()
    }
}

impl AsyncReadEnd for DuplexStream {
    #[inline]
    async fn read_some(&mut self, into: &mut [u8]) -> usize {
        self.read(into).await.unwrap_or(0)
    }
}
