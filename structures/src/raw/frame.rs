//! What stands before a message, or before a part of one, in a ring of bytes.
//!
//! # Word layout
//!
//! ```text
//!  header   [ kind (8) | bytes of the message from here on (56) ], little-endian, then the payload
//!
//!  WHOLE    the message, which has so many bytes
//!  FIRST    the first part of a message that has so many, more than fit inside at once
//!  NEXT     another part of it; so many bytes were still to come, these among them
//! ```
//!
//! A part is as long as all parts, or the rest. A frame is published as a whole, so where its first byte is to
//! be seen, so is its last. The kinds differ in more than one bit, and none is zero: memory that is no header
//! is rarely taken for one.
//!
//! [`decode`] takes any bytes: what no sender writes is an error.

#![forbid(unsafe_code)]

/// Bytes of a header.
pub const HEADER: usize = 8;

/// The longest message that a header can tell.
pub const LONGEST: u64 = (1 << KIND_SHIFT) - 1;

const KIND_SHIFT: u32 = 56;

/// What a frame is of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All of it.
    Whole,
    /// Its first part.
    First,
    /// Another part.
    Next,
}

const CODES: [(Kind, u8); 3] = [(Kind::Whole, 0xA5), (Kind::First, 0x5C), (Kind::Next, 0xC3)];

/// A frame, as its header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is of its message.
    pub kind: Kind,
    /// Bytes of the message from here on.
    pub left: u64,
}

/// What no sender writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt;

/// How messages are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The longest message that is sent at once.
    pub most: usize,
    /// The bytes of a part of a longer one.
    pub part: usize,
}

impl Cut {
    /// For a ring that takes messages of `most` bytes at once: parts of half a ring, so that there is room for
    /// one while another is read.
    pub fn new(most: usize) -> Self {
        let half = (most + HEADER) / 2;
        Self {
            most,
            part: half.saturating_sub(HEADER).max(1),
        }
    }

    /// The bytes of the message in this frame.
    fn payload(self, frame: Frame) -> Option<usize> {
        let left = usize::try_from(frame.left).ok()?;
        match frame.kind {
            Kind::Whole => (left <= self.most).then_some(left),
            Kind::First => (left > self.most).then_some(self.part),
            Kind::Next => (left > 0).then_some(left.min(self.part)),
        }
    }
}

impl Frame {
    /// As it stands before its payload.
    pub fn encode(self) -> [u8; HEADER] {
        debug_assert!(self.left <= LONGEST);
        let code = CODES
            .iter()
            .find_map(|&(kind, code)| (kind == self.kind).then_some(code));
        let code = u64::from(code.unwrap_or_default());
        (code << KIND_SHIFT | self.left).to_le_bytes()
    }
}

/// The frame at the beginning of `bytes`, and its payload.
///
/// # Errors
///
/// If there is none that a sender with this cut has written.
pub fn decode(bytes: &[u8], cut: Cut) -> Result<(Frame, &[u8]), Corrupt> {
    let (header, rest) = bytes.split_first_chunk::<HEADER>().ok_or(Corrupt)?;
    let word = u64::from_le_bytes(*header);
    let code = word >> KIND_SHIFT;
    let kind = CODES
        .iter()
        .find_map(|&(kind, of)| (u64::from(of) == code).then_some(kind))
        .ok_or(Corrupt)?;
    let frame = Frame {
        kind,
        left: word & LONGEST,
    };
    let length = cut.payload(frame).ok_or(Corrupt)?;
    let payload = rest.get(..length).ok_or(Corrupt)?;
    Ok((frame, payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let cut = Cut::new(40);
        assert_eq!(cut.part, 16);
        for (kind, left, length) in [
            (Kind::Whole, 0, 0),
            (Kind::Whole, 40, 40),
            (Kind::First, 41, 16),
            (Kind::First, LONGEST, 16),
            (Kind::Next, LONGEST - 16, 16),
            (Kind::Next, 25, 16),
            (Kind::Next, 9, 9),
        ] {
            let frame = Frame { kind, left };
            let mut bytes = frame.encode().to_vec();
            bytes.extend((0..40).map(|n| n as u8));
            let payload = &bytes[HEADER..HEADER + length];
            assert_eq!(decode(&bytes, cut), Ok((frame, payload)));
            let short = &bytes[..HEADER + length];
            assert_eq!(decode(short, cut), Ok((frame, payload)));
            for cut_off in 0..short.len() {
                assert_eq!(decode(&short[..cut_off], cut), Err(Corrupt));
            }
        }
    }

    #[test]
    fn what_no_sender_writes_is_corrupt() {
        let cut = Cut::new(40);
        let with = |kind, left| {
            let mut bytes = Frame { kind, left }.encode().to_vec();
            bytes.resize(100, 0);
            decode(&bytes, cut).map(|(frame, _)| frame)
        };
        assert_eq!(
            with(Kind::Whole, 41),
            Err(Corrupt),
            "it does not fit at once"
        );
        assert_eq!(with(Kind::First, 40), Err(Corrupt), "it fits at once");
        assert_eq!(with(Kind::Next, 0), Err(Corrupt), "nothing is left");
        assert_eq!(decode(&[0; 100], cut), Err(Corrupt));
        assert_eq!(decode(&[0xFF; 100], cut), Err(Corrupt));
    }

    #[test]
    fn two_parts_fit_into_a_ring_that_has_room_for_them() {
        for most in 1..100 {
            let Cut { part, .. } = Cut::new(most);
            assert!(part >= 1 && part <= most);
            assert!(part == 1 || 2 * (part + HEADER) <= most + HEADER);
        }
    }
}
