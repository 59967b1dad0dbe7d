//! Waiting for news, and doing something else meanwhile: `poll` with a timeout, as Python's pipes have it.

use latchless::error::RecvTimeoutError;
use latchless::pipe::oneway;
use std::thread;
use std::time::Duration;

fn main() {
    let (mut sender, mut receiver) = oneway(1);
    let reporter = thread::spawn(move || {
        for news in ["it rains", "it stops", "the sun is out"] {
            thread::sleep(Duration::from_millis(30));
            sender.send(news).expect("somebody listens");
        }
    });
    let (mut heard, mut knitted) = (0, 0_u32);
    loop {
        // Nothing is taken: the news stays in the pipe until it is received.
        match receiver.wait_readable_timeout(Duration::from_millis(10)) {
            Ok(()) => {
                println!("{}", receiver.recv().expect("it is there"));
                heard += 1;
            }
            Err(RecvTimeoutError::Timeout) => knitted += 1,
            Err(RecvTimeoutError::Closed) => break,
        }
    }
    reporter.join().expect("the reporter comes home");
    println!("knitted {knitted} rows meanwhile");
    assert_eq!(heard, 3);
    println!("3 news heard, and then there was nobody any more who could send some");
}
