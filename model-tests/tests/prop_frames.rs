//! What stands before a message may be anything: a receiver says that it is corrupt, and never does more. Where all is
//! well but for one bit, what comes before it is received, and a bit of a message is a bit of that message.
//!
//! Needs `--cfg latchless_steps`, where the decoder can be called and a receiver made of any bytes; without it, this file
//! is empty.
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

use std::cell::Cell;

use latchless::error::TryRecvBytesError;
use latchless::pipe::{FramedReceiver, Writer, bytes, receiver_of};
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

/// What a sender writes.
#[derive(Clone, Copy, Debug)]
struct Written {
    /// The message's length.
    length: usize,
    /// Of one that is longer than the pipe: given up after so many parts, if it has more.
    given_up_after: Option<usize>,
    /// Then its receiver takes what there is.
    receives: bool,
}

/// One bit, flipped on its way.
#[derive(Clone, Copy, Debug)]
struct Flip {
    frame: usize,
    is_in_header: bool,
    bit: usize,
}

fn written() -> impl Strategy<Value = Written> {
    let given_up = prop_oneof![3 => Just(None), 1 => (1_usize..6).prop_map(Some)];
    let length = prop_oneof![0_usize..40, 0_usize..300];
    (length, given_up, any::<bool>()).prop_map(|(length, given_up_after, receives)| Written {
        length,
        given_up_after,
        receives,
    })
}

fn flip() -> impl Strategy<Value = Option<Flip>> {
    let flip = (0_usize..400, any::<bool>(), any::<usize>());
    let flip = flip.prop_map(|(frame, is_in_header, bit)| Flip {
        frame,
        is_in_header,
        bit,
    });
    prop_oneof![1 => Just(None), 3 => flip.prop_map(Some)]
}

/// A frame on its way, and what becomes of its message.
struct Sent {
    bytes: Vec<u8>,
    kind: Kind,
    /// The number of its message.
    message: usize,
    /// Where its payload stands in the message.
    place: usize,
    /// The message is whole with it.
    is_last: bool,
    /// Something is received then.
    receives: bool,
}

/// What a sender writes of these messages, and the messages themselves.
fn frames(written: &[Written], cut: Cut) -> (Vec<Sent>, Vec<Vec<u8>>) {
    let (mut frames, mut messages) = (Vec::new(), Vec::new());
    for (message, one) in written.iter().enumerate() {
        let bytes: Vec<u8> = (0..one.length)
            .map(|n| (message * 31 + n * 7) as u8)
            .collect();
        let is_long = one.length > cut.most;
        let part = if is_long { cut.part } else { one.length.max(1) };
        let parts = one.length.div_ceil(part).max(1);
        for number in (0..parts).take(one.given_up_after.filter(|_| is_long).unwrap_or(parts)) {
            let place = number * part;
            let rest = &bytes[place..];
            let kind = match (is_long, number) {
                (false, _) => Kind::Whole,
                (true, 0) => Kind::First,
                (true, _) => Kind::Next,
            };
            let left = rest.len() as u64;
            let payload = &rest[..rest.len().min(part)];
            frames.push(Sent {
                bytes: [&Frame { kind, left }.encode()[..], payload].concat(),
                kind,
                message,
                place,
                is_last: number + 1 == parts,
                receives: one.receives,
            });
        }
        messages.push(bytes);
    }
    (frames, messages)
}

/// How often something happened, in all cases together.
#[derive(Debug, Default)]
struct Counts {
    whole: Cell<usize>,
    in_parts: Cell<usize>,
    given_up: Cell<usize>,
    truncated: Cell<usize>,
    corrupt: Cell<usize>,
    changed: Cell<usize>,
}

fn count(counter: &Cell<usize>) {
    counter.set(counter.get() + 1);
}

/// A receiver, and what it has said.
struct Hears {
    receiver: FramedReceiver,
    got: Vec<Vec<u8>>,
    is_corrupt: bool,
}

impl Hears {
    /// Takes all that there is.
    fn drain(&mut self) {
        loop {
            match self.receiver.try_recv() {
                Ok(message) => self.got.push(message),
                Err(TryRecvBytesError::Corrupt) => {
                    self.is_corrupt = true;
                    assert_eq!(self.receiver.try_recv(), Err(TryRecvBytesError::Corrupt));
                    return;
                }
                Err(TryRecvBytesError::Empty) => return,
                Err(other) => panic!("{other:?}"),
            }
        }
    }
}

/// Writes a frame as a whole, as a sender does; false if there is no room.
fn write(writer: &mut Writer, bytes: &[u8]) -> bool {
    let Ok(mut grant) = writer.try_grant(bytes.len()) else {
        return false;
    };
    grant.copy_from_slice(bytes);
    grant.commit(bytes.len());
    true
}

/// Sends all, with one bit flipped, and judges what was received.
fn judge(capacity: usize, all: &[Written], flip: Option<Flip>, counts: &Counts) {
    let cut = Cut::new(capacity);
    let (mut frames, mut messages) = frames(all, cut);
    let mut broken = None;
    if let Some(flip) = flip
        && let Some(at) = flip.frame.checked_rem(frames.len())
    {
        let frame = &mut frames[at];
        let places = match flip.is_in_header {
            true => 0..HEADER,
            false => HEADER..frame.bytes.len(),
        };
        if let Some(bit) = flip.bit.checked_rem(places.len() * 8) {
            let place = places.start + bit / 8;
            frame.bytes[place] ^= 1 << (bit % 8);
            if place >= HEADER {
                messages[frame.message][frame.place + place - HEADER] ^= 1 << (bit % 8);
                count(&counts.changed);
            } else {
                broken = Some((at, place));
            }
        }
    }
    let (mut writer, reader) = bytes(capacity + HEADER);
    let mut hears = Hears {
        receiver: receiver_of(reader, capacity),
        got: Vec::new(),
        is_corrupt: false,
    };
    for frame in &frames {
        while !hears.is_corrupt && !write(&mut writer, &frame.bytes) {
            hears.drain();
        }
        if frame.receives {
            hears.drain();
        }
    }
    hears.drain();
    drop(writer);
    let said = hears.receiver.try_recv();
    let is_whole = |frame: &&Sent| frame.is_last;
    let whole_before = |at: usize| frames[..at].iter().filter(is_whole).map(|one| one.message);
    let before: Vec<usize> = whole_before(broken.map_or(frames.len(), |(at, _)| at)).collect();
    assert!(hears.got.len() >= before.len(), "a message was lost");
    for (got, &message) in hears.got.iter().zip(&before) {
        assert_eq!(*got, messages[message]);
    }
    for &message in &before {
        count(match all[message].length > cut.most {
            true => &counts.in_parts,
            false => &counts.whole,
        });
    }
    if hears.is_corrupt {
        assert_eq!(said, Err(TryRecvBytesError::Corrupt), "it stays corrupt");
        count(&counts.corrupt);
    }
    match broken {
        // The codes of the kinds differ in more than one bit, and what is left is known where it goes on.
        Some((at, place)) if place == HEADER - 1 || frames[at].kind == Kind::Next => {
            assert!(hears.is_corrupt, "it was not noticed");
            assert_eq!(hears.got.len(), before.len(), "something is made up");
        }
        Some(_) => {}
        None => {
            assert!(!hears.is_corrupt, "nothing is wrong with the headers");
            assert_eq!(hears.got.len(), before.len(), "something is made up");
            let ends_in_the_middle = frames.last().is_some_and(|last| !last.is_last);
            let given_up = frames.windows(2);
            given_up
                .filter(|two| !two[0].is_last && two[1].kind != Kind::Next)
                .for_each(|_| count(&counts.given_up));
            if ends_in_the_middle {
                count(&counts.truncated);
                assert_eq!(said, Err(TryRecvBytesError::Truncated));
            } else {
                assert_eq!(said, Err(TryRecvBytesError::Closed));
            }
        }
    }
}

#[test]
fn a_receiver_of_frames_gives_each_message_that_is_whole_and_notices_a_bit_that_is_flipped() {
    let counts = Counts::default();
    let cases = (1_usize..60, vec(written(), 0..40), flip());
    let config = ProptestConfig::with_cases(400);
    proptest!(config, |((capacity, all, flip) in cases)| {
        judge(capacity, &all, flip, &counts);
    });
    println!("frames: {counts:?}");
    let Counts {
        whole,
        in_parts,
        given_up,
        truncated,
        corrupt,
        changed,
    } = counts;
    assert!(whole.get() > 500 && in_parts.get() > 500, "few were sent");
    assert!(
        given_up.get() > 50 && truncated.get() > 2,
        "few were given up"
    );
    assert!(corrupt.get() > 40 && changed.get() > 40, "few were broken");
}
