//! Blocks of bytes that say which they are.
#![forbid(unsafe_code)]

use super::super::check::Totals;
use super::BLOCK;

/// One block in so many is looked at as a whole.
const SELDOM: u64 = 64;

const WORD: usize = size_of::<u64>();

/// A block, but for its two words at the ends: no byte is like its neighbours.
fn pattern() -> Vec<u8> {
    (0..BLOCK)
        .map(|place| (place * 31 + place / 256) as u8)
        .collect()
}

/// The block that is to be written next.
#[derive(Debug)]
pub(super) struct Outgoing(Vec<u8>);

impl Outgoing {
    pub(super) fn new() -> Outgoing {
        Outgoing(pattern())
    }

    /// The block of this number.
    #[inline]
    pub(super) fn numbered(&mut self, number: u64) -> &[u8] {
        self.0[..WORD].copy_from_slice(&number.to_ne_bytes());
        self.0[BLOCK - WORD..].copy_from_slice(&number.to_ne_bytes());
        &self.0
    }
}

/// The block that is being read, in whatever pieces.
#[derive(Debug)]
pub(super) struct Incoming {
    block: Vec<u8>,
    pattern: Vec<u8>,
    filled: usize,
    /// The numbers of the blocks that have been read as a whole.
    pub(super) read: Totals,
}

impl Incoming {
    pub(super) fn new() -> Incoming {
        Incoming {
            block: vec![0; BLOCK],
            pattern: pattern(),
            filled: 0,
            read: Totals::default(),
        }
    }

    /// The rest of the block.
    #[inline]
    pub(super) fn rest(&mut self) -> &mut [u8] {
        &mut self.block[self.filled..]
    }

    /// So many bytes of the rest have been read.
    #[inline]
    pub(super) fn came(&mut self, count: usize) {
        self.filled += count;
        if self.filled == BLOCK {
            self.filled = 0;
            self.whole();
        }
    }

    fn whole(&mut self) {
        let word = |from: usize| {
            let mut bytes = [0; WORD];
            bytes.copy_from_slice(&self.block[from..from + WORD]);
            u64::from_ne_bytes(bytes)
        };
        let number = word(0);
        assert!(
            number == word(BLOCK - WORD),
            "a block has two numbers: bytes were lost"
        );
        if self.read.count.is_multiple_of(SELDOM) {
            let inside = WORD..BLOCK - WORD;
            assert!(
                self.block[inside.clone()] == self.pattern[inside],
                "a byte of a block is not what was written"
            );
        }
        self.read.add(number);
    }

    /// What was read, when nothing will come: a part of a block would be a loss.
    pub(super) fn end(self) -> Totals {
        assert!(
            self.filled == 0,
            "the last block is not whole: {} bytes of it",
            self.filled
        );
        self.read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], piece: usize) -> Totals {
        let mut incoming = Incoming::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let place = incoming.rest();
            let count = piece.min(place.len()).min(rest.len());
            place[..count].copy_from_slice(&rest[..count]);
            incoming.came(count);
            rest = &rest[count..];
        }
        incoming.end()
    }

    fn three() -> Vec<u8> {
        let mut outgoing = Outgoing::new();
        let blocks = (7..10).map(|number| outgoing.numbered(number).to_vec());
        blocks.collect::<Vec<_>>().concat()
    }

    #[test]
    fn blocks_are_known_in_whatever_pieces_they_come() {
        for piece in [1, 100, BLOCK, 2 * BLOCK] {
            assert_eq!(read(&three(), piece), Totals::consecutive(7, 3));
        }
    }

    #[test]
    #[should_panic(expected = "two numbers")]
    fn a_byte_that_is_missing_is_found() {
        let mut bytes = three();
        bytes.remove(BLOCK + 100);
        read(&bytes, BLOCK);
    }

    #[test]
    #[should_panic(expected = "a byte of a block")]
    fn a_byte_that_was_changed_is_found_in_a_block_that_is_looked_at() {
        let mut bytes = three();
        bytes[100] ^= 1;
        read(&bytes, BLOCK);
    }

    #[test]
    #[should_panic(expected = "not whole")]
    fn a_part_of_a_block_is_not_the_end() {
        let bytes = three();
        read(&bytes[..bytes.len() - 1], BLOCK);
    }
}
