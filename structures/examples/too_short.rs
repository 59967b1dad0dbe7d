//! Messages into a buffer that is now and then too short: nothing is cut off, and nothing is lost.
//!
//! One thread sends words as messages, the other receives each into the same buffer. Where a message does not fit, the
//! receiver is told how long it is and finds it again, in a buffer that is long enough.

use latchless::error::RecvBytesError;
use latchless::pipe::{self, FramedReceiver};
use std::thread;

const WORDS: [&str; 6] = [
    "rice",
    "noodles",
    "dumplings",
    "a very large bowl of soup with everything that is left of yesterday in it",
    "tea",
    "the bill",
];

fn main() {
    // A message longer than this travels in parts, and arrives as one.
    let (mut sender, receiver) = pipe::framed(32);
    let orders = thread::spawn(move || {
        for word in WORDS {
            sender.send(word.as_bytes()).expect("the kitchen is open");
        }
    });
    let (words, grown) = receive_all(receiver);
    orders.join().expect("the sender does not panic");

    assert_eq!(words, WORDS);
    println!(
        "{} messages, {grown} of them too long at first, none cut off",
        words.len()
    );
}

/// All messages, and how often the buffer had to grow.
fn receive_all(mut receiver: FramedReceiver) -> (Vec<String>, usize) {
    let (mut words, mut grown) = (Vec::new(), 0);
    let mut buffer = vec![0; 8];
    loop {
        match receiver.recv_into(&mut buffer) {
            Ok(length) => {
                let word = String::from_utf8_lossy(&buffer[..length]).into_owned();
                println!("received: {word}");
                words.push(word);
            }
            Err(RecvBytesError::TooShort { needed }) => {
                println!(
                    "a message of {needed} bytes, and the buffer has {}",
                    buffer.len()
                );
                buffer.resize(needed, 0);
                grown += 1;
            }
            Err(RecvBytesError::Closed) => return (words, grown),
            Err(error) => panic!("{error}"),
        }
    }
}
