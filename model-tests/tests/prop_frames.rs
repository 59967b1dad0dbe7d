//! What stands before a message may be anything: a receiver says that it is corrupt, and never does more.
//!
//! Needs `--cfg latchless_steps`, where the decoder can be called and a receiver made of any bytes; without it, this file
//! is empty.
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

use latchless::error::TryRecvBytesError;
use latchless::pipe::{bytes, receiver_of};
use latchless::raw::frame::{Corrupt, Cut, Frame, HEADER, Kind, LONGEST, decode};
use proptest::collection::vec;
use proptest::prelude::*;

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Whole), Just(Kind::First), Just(Kind::Next)]
}

/// A length near what a sender could have written, or anything.
fn left() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 0..100_u64, 1 => 0..=LONGEST, 1 => Just(LONGEST)]
}

/// A header, perhaps with a bit flipped, and a payload; or anything.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let framed = (kind(), left(), 0..160_u32, vec(any::<u8>(), 0..40));
    let framed = framed.prop_map(|(kind, left, flipped, payload)| {
        let mut bytes = Frame { kind, left }.encode();
        if let Some(byte) = bytes.get_mut(flipped as usize / 8) {
            *byte ^= 1 << (flipped % 8);
        }
        [&bytes[..], &payload].concat()
    });
    prop_oneof![3 => framed, 1 => vec(any::<u8>(), 0..40)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_decoded_lies_inside_and_says_what_stands_there(
        bytes in piece(),
        most in 1_usize..60,
    ) {
        let cut = Cut::new(most);
        match decode(&bytes, cut) {
            Err(Corrupt) => {}
            Ok((frame, payload)) => {
                assert_eq!(bytes[..HEADER], frame.encode());
                assert_eq!(&bytes[HEADER..][..payload.len()], payload);
                assert!(payload.len() as u64 <= frame.left && payload.len() <= most.max(cut.part));
                assert_eq!(frame.kind == Kind::Whole, payload.len() as u64 == frame.left && frame.kind == Kind::Whole);
            }
        }
    }

    #[test]
    fn a_receiver_of_any_bytes_ends_and_stays_where_it_is_corrupt(
        pieces in vec(piece(), 0..20),
        capacity in 1_usize..40,
    ) {
        let (mut writer, reader) = bytes(64);
        let mut receiver = receiver_of(reader, capacity);
        let mut is_corrupt = false;
        for piece in pieces {
            // One that does not fit is cut off: then it is corrupt, or the next one is.
            let _ = writer.try_write(&piece);
            for _ in 0..8 {
                match receiver.try_recv() {
                    Ok(message) => assert!(!is_corrupt && message.len() <= 64 * 64),
                    Err(TryRecvBytesError::Corrupt) => is_corrupt = true,
                    Err(TryRecvBytesError::Empty) => assert!(!is_corrupt),
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
        drop(writer);
        let last = receiver.try_recv();
        assert_eq!(last == Err(TryRecvBytesError::Corrupt), is_corrupt);
    }
}
