//! Two players, and a ball that goes from one to the other: a pipe each way.
//!
//! Who misses the ball just leaves. The other learns of it by its next receive: there is no ball any more, and
//! nobody who could send one.

use latchless::pipe::{End, duplex};
use std::thread;

const MISSED: u32 = 11;

/// How often it was hit so far.
#[derive(Debug)]
struct Ball(u32);

fn main() {
    let (mut left, right) = duplex(1);
    left.send(Ball(0)).expect("the other is there");
    let right = thread::spawn(move || play("ping", right));
    let left = play("pong", left);
    let right = right.join().expect("nobody is hurt");
    assert_eq!(left + right, MISSED);
    println!("the ball was hit {MISSED} times, {right} times from the right");
}

/// How often this player hit the ball.
fn play(says: &str, mut table: End<Ball, Ball>) -> u32 {
    let mut hits = 0;
    while let Ok(Ball(count)) = table.recv() {
        if count == MISSED {
            println!("missed");
            break;
        }
        println!("{says}");
        hits += 1;
        if table.send(Ball(count + 1)).is_err() {
            break;
        }
    }
    hits
}
