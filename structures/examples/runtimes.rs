//! One queue for all: threads, tokio, smol, and futures without any runtime.
//!
//! The `_async` calls return plain futures, which any executor can run. First each of three executors has
//! the queue to itself; then they all share one queue, together with threads.

use latchless::queue::Bounded;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

const ITEMS: u64 = 1000;

type Queue = Arc<Bounded<u64>>;

fn main() {
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .expect("threads can be spawned");
    let all = (1..=ITEMS).sum::<u64>();

    let queue = queue();
    let producer = tokio.spawn(produce(Arc::clone(&queue)));
    assert_eq!(tokio.block_on(consume(queue)), all);
    tokio.block_on(producer).expect("no task panics");
    println!("tokio:           {ITEMS} items, sum {all}");

    let queue = self::queue();
    let producer = smol::spawn(produce(Arc::clone(&queue)));
    assert_eq!(smol::block_on(consume(queue)), all);
    smol::block_on(producer);
    println!("smol:            {ITEMS} items, sum {all}");

    let queue = self::queue();
    let producer = {
        let queue = Arc::clone(&queue);
        thread::spawn(|| block_on(produce(queue)))
    };
    assert_eq!(block_on(consume(queue)), all);
    producer.join().expect("no thread panics");
    println!("without runtime: {ITEMS} items, sum {all}");

    let sum = together(&tokio);
    assert_eq!(sum, 4 * all);
    println!("together:        {} items, sum {sum}", 4 * ITEMS);
}

/// Small, so that both sides have to wait.
fn queue() -> Queue {
    Arc::new(Bounded::new(4))
}

/// The numbers up to `ITEMS`, and then the end.
async fn produce(queue: Queue) {
    send(&queue).await;
    queue.close();
}

async fn send(queue: &Bounded<u64>) {
    for item in 1..=ITEMS {
        queue.push_async(item).await.expect("closed afterwards");
    }
}

/// The sum of all that comes.
async fn consume(queue: Queue) -> u64 {
    let mut sum = 0;
    while let Ok(item) = queue.pop_async().await {
        sum += item;
    }
    sum
}

/// A producer and a consumer of each kind on one queue; what the consumers have got.
fn together(tokio: &tokio::runtime::Runtime) -> u64 {
    let queue = queue();
    let share = || Arc::clone(&queue);

    let consumers = (
        tokio.spawn(consume(share())),
        smol::spawn(consume(share())),
        thread::spawn({
            let queue = share();
            || block_on(consume(queue))
        }),
        thread::spawn({
            let queue = share();
            move || std::iter::from_fn(|| queue.pop().ok()).sum::<u64>()
        }),
    );
    let producers = (
        tokio.spawn({
            let queue = share();
            async move { send(&queue).await }
        }),
        smol::spawn({
            let queue = share();
            async move { send(&queue).await }
        }),
        thread::spawn({
            let queue = share();
            move || block_on(send(&queue))
        }),
        thread::spawn({
            let queue = share();
            move || (1..=ITEMS).for_each(|item| queue.push(item).expect("closed afterwards"))
        }),
    );

    block_on(producers.0).expect("no task panics");
    block_on(producers.1);
    producers.2.join().expect("no thread panics");
    producers.3.join().expect("no thread panics");
    queue.close();
    block_on(consumers.0).expect("no task panics")
        + block_on(consumers.1)
        + consumers.2.join().expect("no thread panics")
        + consumers.3.join().expect("no thread panics")
}

/// Wakes a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The smallest executor: polls one future on this thread, and parks in between.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
