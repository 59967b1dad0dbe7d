//! A consumer that loses patience again and again, and loses nothing else.
//!
//! `pop_async` knows nothing of time: the timeout is the runtime's, which drops the future when it is over.
//! Dropping it takes no item with it, and passes on a wake that came just then.

use latchless::queue::Bounded;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const ITEMS: u64 = 8;
const PAUSE: Duration = Duration::from_millis(25);
const PATIENCE: Duration = Duration::from_millis(10);

#[tokio::main(worker_threads = 2)]
async fn main() {
    let queue = Arc::new(Bounded::new(2));
    let producer = tokio::spawn(produce(Arc::clone(&queue)));
    let (sum, timeouts) = consume(&queue).await;
    producer.await.expect("the producer does not panic");

    println!("{timeouts} times nothing came in time");
    assert_eq!(sum, (1..=ITEMS).sum());
    println!("{ITEMS} items sent, sum {sum} received: no timeout took one with it");
}

/// Now and then an item, and then the end.
async fn produce(queue: Arc<Bounded<u64>>) {
    for item in 1..=ITEMS {
        sleep(PAUSE).await;
        queue.push_async(item).await.expect("it is closed below");
    }
    queue.close();
}

/// All items, and how often there was none in time.
async fn consume(queue: &Bounded<u64>) -> (u64, usize) {
    let (mut sum, mut timeouts) = (0, 0);
    loop {
        match timeout(PATIENCE, queue.pop_async()).await {
            Ok(Ok(item)) => {
                println!("item {item}");
                sum += item;
            }
            Ok(Err(_closed)) => return (sum, timeouts),
            Err(_elapsed) => timeouts += 1,
        }
    }
}
