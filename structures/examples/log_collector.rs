//! Workers that write to a log, and never wait for it: the disk may be slow, but then only the log grows. When the last
//! worker has gone, the collector writes what is left and ends.

use latchless::channel::{Receiver, Sender, unbounded};
use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

const WORKERS: usize = 3;
const STEPS: usize = 40;

/// One line of the log.
struct Line {
    worker: usize,
    text: String,
    at: Instant,
}

fn main() {
    let (log, lines) = unbounded();
    let collector = thread::spawn(move || collect(&lines));
    for worker in 0..WORKERS {
        let log = log.clone();
        thread::spawn(move || work(worker, &log));
    }
    // The workers' senders are the last ones.
    drop(log);
    let written = collector.join().expect("the disk is not full");
    assert!(written.values().all(|&count| count == STEPS));
    println!(
        "{} workers, {} lines written, none lost",
        written.len(),
        written.values().sum::<usize>()
    );
}

fn work(worker: usize, log: &Sender<Line>) {
    for step in 0..STEPS {
        let line = Line {
            worker,
            text: format!("step {step} done"),
            at: Instant::now(),
        };
        // Not even this waits. It fails only when there is no collector any more; then one works without a log.
        let _ = log.send(line);
    }
}

/// Writes until the last worker has gone, as many lines at a time as have come meanwhile; how many of each worker.
fn collect(lines: &Receiver<Line>) -> BTreeMap<usize, usize> {
    let began = Instant::now();
    let (mut written, mut batch) = (BTreeMap::new(), Vec::new());
    while lines.recv_many(&mut batch, usize::MAX) > 0 {
        let latest = batch.last().map_or(began, |line: &Line| line.at);
        println!(
            "{:?}: {} lines at a time",
            latest.duration_since(began),
            batch.len()
        );
        for line in batch.drain(..) {
            let count = written.entry(line.worker).or_insert(0);
            // The lines of one worker come in its order.
            assert_eq!(line.text, format!("step {count} done"));
            *count += 1;
        }
        // A slow disk.
        thread::sleep(Duration::from_millis(1));
    }
    written
}
