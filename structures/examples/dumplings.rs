//! A cook and an eater with room for five dumplings between them. When the cook has made all, it leaves: that is the end,
//! and no last dumpling has to say so.

use latchless::pipe::{Receiver, Sender, oneway};
use std::thread;

const DUMPLINGS: u32 = 100;

fn main() {
    let (plate, table) = oneway(5);
    let cook = thread::spawn(move || cook(plate));
    let eaten = eat(table);
    cook.join().expect("nobody burns the kitchen down");
    assert_eq!(eaten, DUMPLINGS);
    println!("{eaten} dumplings eaten, and the eater knew that it was the last");
}

fn cook(mut plate: Sender<u32>) {
    for dumpling in 1..=DUMPLINGS {
        // Waits while five are on the table.
        plate.send(dumpling).expect("the eater is still hungry");
    }
    // Here the cook's end is dropped.
}

fn eat(table: Receiver<u32>) -> u32 {
    let mut eaten = 0;
    // Takes what is still there when the cook has gone, and then ends.
    for dumpling in table {
        eaten += 1;
        assert_eq!(dumpling, eaten, "in the order in which they were made");
    }
    eaten
}
